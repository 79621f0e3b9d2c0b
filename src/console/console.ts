import type { Express } from 'express'
import { dataApp, refuseOtherMethods } from '../http/index.ts'
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
  const serve = (app: Express): void => {
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
  }
  return dataApp(deps, serve, 'Session')
}
