import type { RequestHandler } from 'express'
import type { Clock, Ids, Log } from '../base/index.ts'
import { beginContext } from './request-context.ts'

/**
 * Gives each request its id and, when it is over, one line in the log: who, what, how it ended. Never the query or a
 * header, where subjects and keys stand.
 */
export function logRequests({ log, clock, ids }: { log: Log; clock: Clock; ids: Ids }): RequestHandler {
  return (request, response, next) => {
    const context = beginContext(response, ids.next())
    const startedAt = clock.now().getTime()
    response.set('X-Request-Id', context.id)
    response.once('close', () => {
      const fields = {
        requestId: context.id,
        method: request.method,
        route: context.route ?? 'none',
        status: response.statusCode,
        code: context.failure,
        ...context.caller,
        cutOff: response.writableFinished ? undefined : true,
        ms: clock.now().getTime() - startedAt,
      }
      if (context.caller === undefined && context.failure === undefined) log.debug(fields, 'request answered')
      else log.info(fields, 'request answered')
    })
    next()
  }
}
