import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import { GatewayError } from '../base/index.ts'
import { answerProblem } from './problem.ts'
import { logRequests } from './request-log.ts'

/**
 * What stands behind a door: its answers are data, never pages, and kept in no cache. Failures, and addresses at which
 * there is nothing, are answered with a problem.
 * @param serve Adds what is served.
 * @param scheme The scheme of `WWW-Authenticate` for whoever has not said who he is.
 */
export function dataApp(
  deps: Parameters<typeof logRequests>[0],
  serve: (app: Express) => void,
  scheme?: Parameters<typeof answerProblem>[1],
): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // files have theirs; nothing else is cached
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.use(logRequests(deps), helmet(POLICIES), keepOutOfCaches)
  serve(app)
  app.use(() => {
    throw new GatewayError('not-found', 'there is nothing at this address')
  })
  app.use(answerProblem(deps.log, scheme))
  return app
}

/** Nothing may be loaded from an answer, and no other site may frame it; pages have a policy of their own. */
const POLICIES = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
} as const

const keepOutOfCaches: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}
