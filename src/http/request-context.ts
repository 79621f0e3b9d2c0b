import type { ServerResponse } from 'node:http'
import type { Response } from 'express'
import type { FailureCode } from '../base/index.ts'

/** What the log says of who calls: the id of a client or of a user, and for which agency; never a key. */
export type CallerFields = { readonly [field in 'client' | 'user' | 'agency']?: string }

/** What is known of one request while it is answered; the log line is made of it. */
export interface RequestContext {
  /** In X-Request-Id, in problem documents, in the log. */
  readonly id: string
  /** The path of the operation with its parameters unfilled, so that the log holds no ids of documents' readers. */
  route?: string
  caller?: CallerFields
  failure?: FailureCode
}

const KEY = 'context'

export function beginContext(response: Response, id: string): RequestContext {
  const context: RequestContext = { id }
  response.locals[KEY] = context
  return context
}

export function contextOf(response: Response): RequestContext {
  return response.locals[KEY] as RequestContext
}

/** Of a request that a door has begun to answer; of another nobody has a context. */
export function noteFailure(response: ServerResponse, failure: FailureCode): void {
  const context = (response as Partial<Response>).locals?.[KEY] as RequestContext | undefined
  if (context !== undefined) context.failure = failure
}
