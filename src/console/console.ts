import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import { GatewayError } from '../base/index.ts'
import { answerProblem, logRequests, refuseOtherMethods } from '../http/index.ts'
import { serveAgencies } from './agencies.ts'
import { serveAudit } from './audit.ts'
import { serveCommands } from './commands.ts'
import type { ConsoleDeps } from './deps.ts'
import { serveDocuments } from './documents.ts'
import { serveIncidents } from './incidents.ts'
import { JobRunner } from './job-runner.ts'
import { serveJobs } from './jobs.ts'
import { operations } from './openapi.ts'
import { serveOverview } from './overview.ts'
import { servePages } from './pages.ts'
import { serveSession } from './session.ts'
import { Stream } from './stream.ts'

/** The operators' console, and what has to go on for it. */
export interface Console {
  /** Its pages at `/console/`, and what they ask at `/console/api/…`. */
  readonly app: Express
  /** Does a step of the long work, and tells open pages what happened. @returns whether there is more to do at once */
  runOnce(): Promise<boolean>
  /** Lets open pages go. */
  close(): Promise<void>
}

export function createConsole(deps: ConsoleDeps): Console {
  const stream = new Stream(deps)
  const runner = new JobRunner(deps)
  return {
    app: consoleApp(deps, stream),
    async runOnce() {
      const more = await runner.runOnce()
      await stream.runOnce()
      return more
    },
    close: () => stream.close(),
  }
}

function consoleApp(deps: ConsoleDeps, stream: Stream): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.use(logRequests(deps), helmet(POLICIES), keepOutOfCaches)
  serveSession(app, deps)
  serveDocuments(app, deps)
  serveOverview(app, deps)
  serveIncidents(app, deps)
  serveAgencies(app, deps)
  serveAudit(app, deps)
  serveCommands(app, deps)
  serveJobs(app, deps)
  stream.serve(app)
  refuseOtherMethods(app, operations)
  servePages(app, deps.pages)
  app.use(() => {
    throw new GatewayError('not-found', 'there is nothing at this address')
  })
  app.use(answerProblem(deps.log, 'Session'))
  return app
}

/** Of answers that are data; pages have a policy of their own. */
const POLICIES = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
} as const

const keepOutOfCaches: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}
