import type { IRouter } from 'express'
import type { z } from 'zod'
import { type CallBy, type Operation, operationsWith, type Parsed, serveKnown } from '../http/index.ts'
import type { ConsoleDeps } from './deps.ts'
import { type Access, type Caller, identityOf } from './identity.ts'

export const tags = {
  session: 'Đăng nhập, người dùng. Signing in, and who may.',
  documents: 'Văn bản đi, văn bản đến. Where every document is.',
  incidents: 'Sự cố và xử lý. What failed, and its repair.',
  gateway: 'Tổng quan, đơn vị, nhật ký, cấu hình. The whole gateway.',
} as const

/** An operation of this door: each says who may call it. */
export const operation = operationsWith<Access, keyof typeof tags>()

export type UserCall<P, Q, B> = CallBy<Caller, P, Q, B>

/** Serves an operation to those who are signed in and have the right that it names. */
export function serve<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  router: IRouter,
  deps: ConsoleDeps,
  operation: Operation<P, Q, B, Access>,
  handle: (call: UserCall<Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<void>,
): void {
  serveKnown(router, identityOf(deps), operation, handle)
}
