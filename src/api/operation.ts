import type { IRouter, Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { type FailureCode, GatewayError } from '../base/index.ts'
import { authenticate } from './authenticate.ts'
import type { ApiDeps } from './deps.ts'
import { readJson } from './json-body.ts'
import { type Parsed, parsed } from './parsed.ts'
import { type Caller, contextOf } from './request-context.ts'

export const tags = {
  documents: 'Văn bản: gửi văn bản, theo dõi, tải về. Submit documents and see what becomes of them.',
  inbox: 'Văn bản đến: nhận, xác nhận, báo trạng thái xử lý. Fetch what arrived and report what was done with it.',
  directory: 'Danh bạ cơ quan. Who takes part.',
  gateway: 'The gateway itself: health, and this description.',
} as const

/**
 * One operation of the API. The running server and the OpenAPI document are both made from it, so they cannot differ.
 */
export interface Operation<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly id: string
  readonly method: 'get' | 'post'
  /** In the OpenAPI form: `/v1/documents/{id}`. */
  readonly path: string
  readonly tag: keyof typeof tags
  readonly summary: string
  readonly description: string
  /** `open` needs no key. */
  readonly access: 'client' | 'open'
  readonly params: P
  readonly query: Q
  /** The JSON body; `z.undefined()` where there is none, or where it is not JSON. */
  readonly body: B
  readonly answers: Readonly<Record<string, Answer>>
  /** The named errors beside those that every operation has. */
  readonly failures: readonly FailureCode[]
  /** What no shape tells: a multipart body, request headers. */
  readonly requestBody?: object
  readonly parameters?: readonly object[]
}

/** What the operation answers with one HTTP status. */
export interface Answer {
  readonly description: string
  readonly shape?: z.ZodType
  /** Of an answer that is not JSON. */
  readonly mediaTypes?: readonly string[]
  /** Name of a response header → what it says. */
  readonly headers?: Readonly<Record<string, string>>
}

export type AnyOperation = Operation<z.ZodType, z.ZodType, z.ZodType>

type Given<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Omit<
  Operation<P, Q, B>,
  'access' | 'params' | 'query' | 'body'
> & { readonly access?: 'open'; readonly params?: P; readonly query?: Q; readonly body?: B }

const nothing = z.strictObject({})

export function operation<
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = z.ZodUndefined,
>(given: Given<P, Q, B>): Operation<P, Q, B> {
  return {
    ...given,
    access: given.access ?? 'client',
    params: given.params ?? (nothing as unknown as P),
    query: given.query ?? (nothing as unknown as Q),
    body: given.body ?? (z.undefined() as unknown as B),
  }
}

/** One request, checked against its operation. */
export interface Call<P, Q, B> {
  readonly request: Request
  readonly response: Response
  readonly params: P
  readonly query: Q
  readonly body: B
}

/** A request by a known client for one agency. */
export interface ClientCall<P, Q, B> extends Call<P, Q, B> {
  readonly caller: Caller
}

/** Serves an operation that needs a key; the key is looked at before anything else of the request. */
export function serve<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  router: IRouter,
  deps: ApiDeps,
  operation: Operation<P, Q, B>,
  handle: (call: ClientCall<Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<void>,
): void {
  const identify: RequestHandler = async (request, response, next) => {
    contextOf(response).caller = await authenticate(deps, request)
    next()
  }
  const answer: RequestHandler = async (request, response) => {
    const { caller } = contextOf(response)
    if (caller === undefined) throw new GatewayError('unauthenticated', 'nobody was identified')
    await handle({ ...checked(operation, request, response), caller })
  }
  register(router, operation, identify, answer)
}

/** Serves an operation that anybody may call. */
export function serveOpen<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  router: IRouter,
  operation: Operation<P, Q, B>,
  handle: (call: Call<Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<void>,
): void {
  register(router, operation, async (request, response) => handle(checked(operation, request, response)))
}

function register(router: IRouter, operation: AnyOperation, ...handlers: [...RequestHandler[], RequestHandler]): void {
  const note: RequestHandler = (_request, response, next) => {
    contextOf(response).route = operation.path
    next()
  }
  const answer = handlers.pop() as RequestHandler
  const json = operation.body instanceof z.ZodUndefined ? [] : [readJson]
  router[operation.method](expressPath(operation.path), note, ...handlers, ...json, answer)
}

/** `/v1/documents/:id` */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

function checked<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  operation: Operation<P, Q, B>,
  request: Request,
  response: Response,
): Call<Parsed<P>, Parsed<Q>, Parsed<B>> {
  const params = operation.params.safeParse(request.params)
  if (!params.success) throw new GatewayError('not-found', 'there is nothing at this address')
  return {
    request,
    response,
    params: params.data as Parsed<P>,
    query: parsed(operation.query, queryOf(operation, request), '/query'),
    body: parsed(operation.body, operation.body instanceof z.ZodUndefined ? undefined : (request.body as unknown), ''),
  }
}

/** `agency` belongs to the caller's identity, not to the operation. */
function queryOf({ access }: AnyOperation, { query }: Request): object {
  const own = Object.entries(query).filter(([name]) => access === 'open' || name !== 'agency')
  return Object.fromEntries(own)
}
