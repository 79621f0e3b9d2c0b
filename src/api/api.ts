import type { Express } from 'express'
import { dataApp, refuseOtherMethods, serveOpen } from '../http/index.ts'
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
  return dataApp(deps, (app) => {
    serveHealth(app, deps)
    serveMetrics(app, deps)
    serveDocs(app, deps.version)
    serveDocuments(app, deps)
    serveInbox(app, deps)
    serveAgencies(app, deps)
    refuseOtherMethods(app, operations)
  })
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
