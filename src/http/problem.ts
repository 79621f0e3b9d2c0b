import type { NextFunction, Request, Response } from 'express'
import {
  audienceOf,
  codeOf,
  type FailureCode,
  failures,
  GatewayError,
  httpStatusOf,
  type Log,
  messageOf,
} from '../base/index.ts'
import { contextOf } from './request-context.ts'

/** Seconds after which a transient failure is worth another try. */
const RETRY_AFTER_S: Partial<Record<FailureCode, number>> = { 'request-in-progress': 1, 'stage-quota-exceeded': 60 }
const RETRY_AFTER_DEFAULT_S = 5

/** For the header Retry-After; undefined when trying again is in vain. */
export function retryAfterOf({ code, detail }: GatewayError): number | undefined {
  if (failures[code].retry !== 'transient') return undefined
  return Number(detail['retryAfter'] ?? RETRY_AFTER_S[code] ?? RETRY_AFTER_DEFAULT_S)
}

/**
 * The RFC 9457 problem document of a failure. What went wrong inside (5xx) is told to the log only; the client gets
 * the id under which the log knows it.
 */
export function problemOf(error: GatewayError, requestId: string, english: boolean): Record<string, unknown> {
  const row = failures[error.code]
  const inside = row.http >= 500
  const { field, expected, rule, link } = error.detail
  return {
    type: `urn:lienthong:problem:${error.code}`,
    title: english ? row.en : row.vi,
    titleVi: row.vi,
    titleEn: row.en,
    status: row.http,
    ...(inside ? {} : { detail: error.message }),
    instance: `urn:lienthong:request:${requestId}`,
    code: error.code,
    retry: row.retry,
    ...(inside ? {} : given({ field, expected, rule, link })),
    remedy: { vi: row.remedyVi, en: row.remedyEn },
  }
}

function given(members: Readonly<Record<string, unknown>>): Record<string, string> {
  const present = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present.map(([name, value]) => [name, String(value)]))
}

/**
 * The last handler: everything that was thrown becomes a problem document, and 5xx a line in the log.
 * @param challenge How a caller shows who he is, for a 401 (RFC 9110 §11.6.1).
 */
export function answerProblem(log: Log, challenge = 'Bearer') {
  return (thrown: unknown, request: Request, response: Response, next: NextFunction): void => {
    void next // Express knows an error handler by its four parameters
    const context = contextOf(response)
    const error = named(thrown)
    context.failure ??= error.code // the first one says why
    if (error.code === 'internal') log.error({ err: thrown, requestId: context.id }, 'request failed unexpectedly')
    else if (audienceOf(error.code) === 'operator') log.warn({ err: error, requestId: context.id }, 'request failed')
    if (response.headersSent || request.socket.destroyed) {
      request.socket.destroy() // a broken download must not look like a whole one
      return
    }
    for (const name of ['Content-Length', 'Content-Disposition', 'ETag', 'Accept-Ranges', 'Cache-Control'])
      response.removeHeader(name)
    const english = request.acceptsLanguages('vi', 'en') === 'en'
    const status = httpStatusOf(error.code)
    const seconds = retryAfterOf(error)
    if (seconds !== undefined) response.set('Retry-After', String(seconds))
    if (status === 401) response.set('WWW-Authenticate', challenge)
    const { link } = error.detail
    if (link !== undefined) response.set('Link', `<${encodeURI(String(link))}>; rel="related"`)
    response
      .status(status)
      .set('Content-Language', english ? 'en' : 'vi')
      .set('Vary', 'Accept-Language')
      .type('application/problem+json')
      .send(JSON.stringify(problemOf(error, context.id, english)))
  }
}

/** Express throws errors with a `status`; what has no name of ours is `internal`. */
function named(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const { status } = thrown as { status?: unknown }
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new GatewayError('request-invalid', messageOf(thrown).slice(0, 200), {}, { cause: thrown })
  return new GatewayError(codeOf(thrown), 'unexpected', {}, { cause: thrown })
}
