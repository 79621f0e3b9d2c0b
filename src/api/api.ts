import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import { GatewayError } from '../base/index.ts'
import { answerProblem, logRequests, refuseOtherMethods, serveOpen } from '../http/index.ts'
import { serveAgencies } from './agencies.ts'
import type { ApiDeps } from './deps.ts'
import { serveDocs } from './docs.ts'
import { serveDocuments } from './documents.ts'
import { getHealth, getReadiness } from './gateway-operations.ts'
import { serveInbox } from './inbox.ts'
import { serveMetrics } from './metrics.ts'
import { operations } from './openapi.ts'
import { readinessCheck } from './readiness.ts'

/** The REST API for agencies' systems. What it accepts with 202 is durable. */
export function createApi(deps: ApiDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // the files have theirs; nothing else is cached
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.use(logRequests(deps), helmet(POLICIES), keepOutOfCaches)
  serveHealth(app, deps)
  serveMetrics(app, deps)
  serveDocs(app, deps.version)
  serveDocuments(app, deps)
  serveInbox(app, deps)
  serveAgencies(app, deps)
  refuseOtherMethods(app, operations)
  app.use(() => {
    throw new GatewayError('not-found', 'there is nothing at this address')
  })
  app.use(answerProblem(deps.log))
  return app
}

/** Answers are data, never pages: nothing may be loaded from them, and no other site may frame them. */
const POLICIES = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
} as const

const keepOutOfCaches: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}

function serveHealth(app: Express, deps: ApiDeps): void {
  const readiness = readinessCheck(deps)
  serveOpen(app, getHealth, async ({ response }) => {
    response.json({ status: 'ok', version: deps.version })
  })
  serveOpen(app, getReadiness, async ({ response }) => {
    const state = await readiness()
    response.status(state.status === 'unready' ? 503 : 200).json(state)
  })
}
