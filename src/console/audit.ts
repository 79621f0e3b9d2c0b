import { version as nodeVersion } from 'node:process'
import type { IRouter } from 'express'
import { limits } from '../base/index.ts'
import { cursorAfter, keyOf } from '../http/index.ts'
import { type AuditRowView, desk } from '../store/index.ts'
import type { ConsoleDeps } from './deps.ts'
import { startOfDay } from './document-rows.ts'
import { getConfiguration, listAudit } from './gateway-operations.ts'
import { serve } from './operation.ts'
import type { AuditEntryView, Configuration } from './shapes-audit.ts'
import { ACTION_TEXTS, iso, wordsFor } from './words.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** *Nhật ký* and *Cấu hình*. */
export function serveAudit(router: IRouter, deps: ConsoleDeps): void {
  serve(router, deps, listAudit, async ({ response, query }) => {
    const { limit, cursor, from, to, ...filters } = query
    const list = { ...filters, from, to }
    const before = keyOf(cursor, 'audit', list)
    const { items, next } = await desk.auditPage(
      deps.store.read,
      {
        ...filters,
        ...(from === undefined ? {} : { from: startOfDay(from) }),
        ...(to === undefined ? {} : { to: new Date(startOfDay(to).getTime() + DAY_MS) }),
      },
      { ...(before === undefined ? {} : { before }), limit, window: limits.deskLooks },
    )
    response.json({
      items: items.map(entryView),
      ...(next === undefined ? {} : { next: cursorAfter('audit', list, next) }),
    })
  })

  serve(router, deps, getConfiguration, async ({ response }) => {
    const configuration: Configuration = {
      version: deps.version,
      node: nodeVersion,
      startedAt: deps.startedAt.toISOString(),
      settings: deps.settings,
    }
    response.json(configuration)
  })
}

function entryView(row: AuditRowView): AuditEntryView {
  return {
    ...(row.seq === null ? {} : { seq: row.seq }),
    id: row.id,
    at: iso(row.at),
    actor: row.actor,
    action: row.action,
    text: wordsFor(ACTION_TEXTS, row.action),
    subject: row.subject,
    ...(row.detail === null ? {} : { detail: JSON.parse(row.detail) as Record<string, unknown> }),
    ...(row.hash === null ? {} : { hash: row.hash }),
  }
}
