import type { IRouter, Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { type FailureCode, GatewayError } from '../base/index.ts'
import { readJson } from './json-body.ts'
import { type Parsed, parsed } from './parsed.ts'
import { type CallerFields, contextOf } from './request-context.ts'

/**
 * One operation of a door. The running server and the OpenAPI document are both made from it, so they cannot differ.
 */
export interface Operation<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  Access extends string = string,
  Tag extends string = string,
> {
  readonly id: string
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** In the OpenAPI form: `/v1/documents/{id}`. */
  readonly path: string
  readonly tag: Tag
  readonly summary: string
  readonly description: string
  /** Who may call; `open` is anybody. */
  readonly access: Access | 'open'
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

export type AnyOperation<Access extends string = string> = Operation<z.ZodType, z.ZodType, z.ZodType, Access>

/** An operation as it is written down: what it does not take is left out. */
export type Given<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  Access extends string,
  Tag extends string,
> = Omit<Operation<P, Q, B, Access, Tag>, 'params' | 'query' | 'body'> & {
  readonly params?: P
  readonly query?: Q
  readonly body?: B
}

const nothing = z.strictObject({})
export type Nothing = typeof nothing

/** How a door with these kinds of access and these tags writes its operations down. */
export function operationsWith<Access extends string, Tag extends string>() {
  return <P extends z.ZodType = Nothing, Q extends z.ZodType = Nothing, B extends z.ZodType = z.ZodUndefined>(
    given: Given<P, Q, B, Access, Tag>,
  ): Operation<P, Q, B, Access, Tag> => ({
    ...given,
    params: given.params ?? (nothing as unknown as P),
    query: given.query ?? (nothing as unknown as Q),
    body: given.body ?? (z.undefined() as unknown as B),
  })
}

/** One request, checked against its operation. */
export interface Call<P, Q, B> {
  readonly request: Request
  readonly response: Response
  readonly params: P
  readonly query: Q
  readonly body: B
}

/** A request by somebody who is known. */
export interface CallBy<C, P, Q, B> extends Call<P, Q, B> {
  readonly caller: C
}

/** How a door finds out who calls, before anything else of the request is looked at. */
export interface Identity<C> {
  /** @throws {GatewayError} unauthenticated, forbidden */
  readonly identify: (request: Request, operation: AnyOperation) => Promise<C>
  /** What the log says of the caller; never a key. */
  readonly inLog: (caller: C) => CallerFields
  /** Query parameters that belong to the caller's identity, not to the operation. */
  readonly query?: readonly string[]
}

/** Serves an operation to callers that the door knows. */
export function serveKnown<C, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  router: IRouter,
  identity: Identity<C>,
  operation: Operation<P, Q, B>,
  handle: (call: CallBy<C, Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<void>,
): void {
  const callers = new WeakMap<Request, { readonly caller: C }>()
  const identify: RequestHandler = async (request, response, next) => {
    const caller = await identity.identify(request, operation)
    contextOf(response).caller = identity.inLog(caller)
    callers.set(request, { caller })
    next()
  }
  const answer: RequestHandler = async (request, response) => {
    const known = callers.get(request)
    if (known === undefined) throw new GatewayError('unauthenticated', 'nobody was identified')
    await handle({ ...checked(operation, request, response, identity.query ?? []), ...known })
  }
  register(router, operation, identify, answer)
}

/** Serves an operation that anybody may call. */
export function serveOpen<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  router: IRouter,
  operation: Operation<P, Q, B>,
  handle: (call: Call<Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<void>,
): void {
  register(router, operation, async (request, response) => handle(checked(operation, request, response, [])))
}

/** A known address with another method: 405 with what is allowed. After all operations are served. */
export function refuseOtherMethods(router: IRouter, operations: readonly AnyOperation[]): void {
  for (const [path, known] of Map.groupBy(operations, (operation) => operation.path)) {
    const allowed = known.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
    router.all(expressPath(path), (request, response) => {
      contextOf(response).route = path
      response.set('Allow', allowed.join(', '))
      throw new GatewayError('method-not-allowed', `${request.method} is not among ${allowed.join(', ')}`)
    })
  }
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
function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

function checked<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  operation: Operation<P, Q, B>,
  request: Request,
  response: Response,
  identityQuery: readonly string[],
): Call<Parsed<P>, Parsed<Q>, Parsed<B>> {
  const params = operation.params.safeParse(request.params)
  if (!params.success) throw new GatewayError('not-found', 'there is nothing at this address')
  const query = Object.entries(request.query).filter(([name]) => !identityQuery.includes(name))
  return {
    request,
    response,
    params: params.data as Parsed<P>,
    query: parsed(operation.query, Object.fromEntries(query), '/query'),
    body: parsed(operation.body, operation.body instanceof z.ZodUndefined ? undefined : (request.body as unknown), ''),
  }
}
