import type { IRouter } from 'express'
import type { z } from 'zod'
import { type CallBy, type Operation, operationsWith, type Parsed, serveKnown } from '../http/index.ts'
import { authenticate, type Caller } from './authenticate.ts'
import type { ApiDeps } from './deps.ts'

export const tags = {
  documents: 'Văn bản: gửi văn bản, theo dõi, tải về. Submit documents and see what becomes of them.',
  inbox: 'Văn bản đến: nhận, xác nhận, báo trạng thái xử lý. Fetch what arrived and report what was done with it.',
  directory: 'Danh bạ cơ quan. Who takes part.',
  gateway: 'The gateway itself: health, and this description.',
} as const

/** An operation of this door: `client` needs a key, `open` needs none. */
export const operation = operationsWith<'client', keyof typeof tags>()

/** A request by a known client for one agency. */
export type ClientCall<P, Q, B> = CallBy<Caller, P, Q, B>

/** Serves an operation that needs a key; the key is looked at before anything else of the request. */
export function serve<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  router: IRouter,
  deps: ApiDeps,
  operation: Operation<P, Q, B>,
  handle: (call: ClientCall<Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<void>,
): void {
  const identify = async (request: Parameters<typeof authenticate>[1]): Promise<Caller> => {
    const caller = await authenticate(deps, request)
    deps.rate.take(caller.client)
    return caller
  }
  serveKnown(router, { identify, inLog: (caller) => ({ ...caller }), query: ['agency'] }, operation, handle)
}
