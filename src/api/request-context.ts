import type { Response } from 'express'
import type { FailureCode } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'

/** Who calls, and for which one agency: the only tenant that anything of this request may see. */
export interface Caller {
  /** Id of the client, never its key. */
  readonly client: string
  readonly agency: AgencyCode
}

/** What is known of one request while it is answered; the log line is made of it. */
export interface RequestContext {
  /** In X-Request-Id, in problem documents, in the log. */
  readonly id: string
  /** The path of the operation with its parameters unfilled, so that the log holds no ids of documents' readers. */
  route?: string
  caller?: Caller
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
