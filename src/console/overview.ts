import type { IRouter } from 'express'
import { limits, steadyMs, VIETNAM_OFFSET_MS } from '../base/index.ts'
import type { Parsed } from '../http/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { desk, type QueueCell, type TrafficRow } from '../store/index.ts'
import { certificatesOf } from './agencies.ts'
import type { ConsoleDeps } from './deps.ts'
import { getOverview, getSeries } from './gateway-operations.ts'
import { incidentGroupsOf } from './incidents.ts'
import { serve } from './operation.ts'
import { partnerStates } from './partner-states.ts'
import type { PartnerState } from './shapes-agencies.ts'
import type { Count } from './shapes-common.ts'
import type { Health, Overview, Series, seriesQuery } from './shapes-overview.ts'
import { daysUntil } from './signature-view.ts'
import { instantIf, iso, named, numberOf } from './words.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

/** *Tổng quan*: now, and over time. */
export function serveOverview(router: IRouter, deps: ConsoleDeps): void {
  serve(router, deps, getOverview, async ({ response, caller }) => {
    response.json(await overview(deps, caller.agencies))
  })

  serve(router, deps, getSeries, async ({ response, caller, query }) => {
    const { agency } = query
    const agencies = agency === undefined ? caller.agencies : caller.agencies.filter((code) => code === agency)
    response.json(await series(deps, agencies, query))
  })
}

async function overview(deps: ConsoleDeps, agencies: readonly AgencyCode[]): Promise<Overview> {
  const { store, clock, directory } = deps
  const sql = store.read
  const now = clock.now()
  const dayAgo = new Date(now.getTime() - DAY_MS)
  const [queues, inboxes, rows, oldest, states, incidents, health] = await Promise.all([
    desk.outgoingQueues(sql, agencies, dayAgo),
    desk.incomingQueues(sql, agencies),
    desk.traffic(sql, { agencies, from: dayAgo, to: new Date(now.getTime() + HOUR_MS) }),
    desk.oldestUnfinished(sql, agencies),
    partnerStates(sql),
    incidentGroupsOf(deps, agencies, { by: 'cause', days: 7 }),
    healthOf(deps),
  ])
  const total = queues.reduce((sum, { count }) => sum + count, 0)
  const count = (value: number): Count => ({ value, exact: total < limits.deskRows })
  const waiting = (state: string): Count => count(sumOf(queues.filter((cell) => cell.state === state)))
  const inbox = (state: string): Count => count(sumOf(inboxes.filter((cell) => cell.state === state)))
  const day = (column: Column | 'confirmed'): Count => ({
    value: rows.reduce((sum, row) => sum + row[column], 0),
    exact: true,
  })
  return {
    at: now.toISOString(),
    out: {
      waiting: waiting('accepted'),
      sent: waiting('sent'),
      held: waiting('held'),
      submitted: day('submitted'),
      received: day('received'),
      rejected: waiting('rejected'),
      expired: waiting('expired'),
    },
    in: {
      waiting: inbox('waiting'),
      leased: inbox('leased'),
      arrived: day('arrived'),
      confirmed: day('confirmed'),
      quarantined: day('refused'),
    },
    ...(oldest === undefined
      ? {}
      : {
          oldestUnfinished: {
            id: oldest.id,
            number: numberOf(oldest),
            subject: oldest.subject ?? '',
            recipient: named(directory, oldest.recipient),
            state: oldest.state,
            acceptedAt: iso(oldest.acceptedAt),
            deadlineAt: iso(oldest.deadlineAt),
          },
        }),
    health,
    partners: partnersOf(deps, queues, states, rows),
    incidents: incidents.slice(0, 5).map(({ group, cause, partner, count: found }) => ({
      group,
      ...(cause === undefined ? {} : { cause }),
      ...(partner === undefined ? {} : { partner }),
      count: found,
    })),
    certificates: endingCertificates(deps, now),
  }
}

function sumOf(cells: readonly { readonly count: number }[]): number {
  return cells.reduce((sum, { count }) => sum + count, 0)
}

/** Those with trouble or a queue, worst first. */
function partnersOf(
  { directory }: ConsoleDeps,
  queues: readonly QueueCell[],
  states: ReadonlyMap<AgencyCode, PartnerState>,
  rows: readonly TrafficRow[],
): Overview['partners'] {
  const failures = new Map<string, number>()
  for (const { counterpart, failed } of rows) failures.set(counterpart, (failures.get(counterpart) ?? 0) + failed)
  const byRecipient = Map.groupBy(queues, ({ recipient }) => recipient)
  const codes = new Set([...states.keys(), ...byRecipient.keys()])
  const lines = [...codes].map((code) => {
    const open = (byRecipient.get(code) ?? []).filter(({ state }) => ['accepted', 'sent', 'held'].includes(state))
    const oldest = open.length === 0 ? null : Math.min(...open.map(({ oldestAt }) => oldestAt))
    return {
      agency: named(directory, code),
      state: states.get(code) ?? OPEN,
      waiting: { value: sumOf(open), exact: true },
      ...instantIf('oldestAt', oldest),
      failed: { value: failures.get(code) ?? 0, exact: true },
    }
  })
  const trouble = ({ state, failed, waiting }: (typeof lines)[number]): number =>
    (state.state === 'open' ? 0 : 1e12) + failed.value * 1e6 + waiting.value
  return lines
    .filter((line) => trouble(line) > 0)
    .sort((a, b) => trouble(b) - trouble(a))
    .slice(0, 20)
}

export const OPEN: PartnerState = { state: 'open' }

/** Those that end soon, or have ended with nothing after them. */
function endingCertificates(deps: ConsoleDeps, now: Date): Overview['certificates'] {
  return deps.directory
    .list()
    .filter(({ code }) => deps.directory.isActive(code, now))
    .flatMap((agency) => {
      const last = certificatesOf(agency).toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime())[0]
      if (last === undefined || daysUntil(last.notAfter, now) > 90) return []
      const { fingerprint, notAfter } = last
      const daysLeft = daysUntil(notAfter, now)
      return [{ agency: named(deps.directory, agency.code), fingerprint, notAfter: notAfter.toISOString(), daysLeft }]
    })
    .sort((a, b) => a.daysLeft - b.daysLeft)
    .slice(0, 50)
}

async function healthOf({ store, brokerIsUp, brokerKind }: ConsoleDeps): Promise<Health> {
  const begun = steadyMs()
  const storeIsUp = await store
    .transact((tx) => tx.get('SELECT 1 AS one'))
    .then(
      () => true,
      () => false,
    )
  const milliseconds = Math.round((steadyMs() - begun) * 10) / 10
  const { rows, signedUpTo, signedAt } = await desk.auditEnd(store.read)
  const up = brokerIsUp()
  return {
    state: storeIsUp ? (up ? 'up' : 'degraded') : 'down',
    store: { state: storeIsUp ? 'up' : 'down', kind: store.dialect.name, milliseconds },
    broker: { state: up ? 'up' : 'down', kind: brokerKind },
    audit: { rows, signedUpTo, ...(signedAt === undefined ? {} : { headSignedAt: signedAt.toISOString() }) },
  }
}

type Column = 'submitted' | 'sent' | 'received' | 'failed' | 'arrived' | 'refused'
const COLUMNS: readonly Column[] = ['submitted', 'sent', 'received', 'failed', 'arrived', 'refused']

async function series(
  { store, clock, directory }: ConsoleDeps,
  agencies: readonly AgencyCode[],
  query: Parsed<typeof seriesQuery>,
): Promise<Series> {
  const stepMs = query.step === 'day' ? DAY_MS : HOUR_MS
  const offset = query.step === 'day' ? VIETNAM_OFFSET_MS : 0
  const begin = (at: number): number => Math.floor((at + offset) / stepMs) * stepMs - offset
  const to = query.to === undefined ? clock.now().getTime() : Date.parse(query.to)
  const wanted =
    query.from === undefined ? to - (query.step === 'day' ? 30 * DAY_MS : 47 * HOUR_MS) : Date.parse(query.from)
  const from = Math.max(begin(wanted), begin(to) - (limits.deskSteps - 1) * stepMs)
  const steps = Math.max(1, Math.floor((begin(to) - from) / stepMs) + 1)
  const { partner, lane } = query
  const rows = await desk.traffic(store.read, {
    agencies,
    from: new Date(from),
    to: new Date(from + steps * stepMs),
    ...(partner === undefined ? {} : { counterpart: partner }),
    ...(lane === undefined ? {} : { lane }),
  })
  const keyOf = (row: TrafficRow): string =>
    query.by === 'partner' ? row.counterpart : query.by === 'lane' ? row.lane : ''
  const groups = [...Map.groupBy(rows, keyOf)]
    .map(([key, own]) => ({
      key,
      own,
      weight: own.reduce((sum, row) => sum + row.submitted + row.arrived + row.failed, 0),
    }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 20)
  if (groups.length === 0 && query.by === 'total') groups.push({ key: '', own: [], weight: 0 })
  return {
    from: iso(from),
    stepSeconds: stepMs / 1000,
    steps,
    complete: false,
    lines: groups.map(({ key, own }) => ({
      ...(query.by === 'partner' ? { partner: named(directory, key) } : {}),
      ...(query.by === 'lane' ? { lane: key as TrafficRow['lane'] } : {}),
      ...columnsOf(own, from, stepMs, steps),
    })),
  }
}

function columnsOf(rows: readonly TrafficRow[], from: number, stepMs: number, steps: number): Record<Column, number[]> {
  const empty = (): number[] => Array.from({ length: steps }, () => 0)
  const columns = Object.fromEntries(COLUMNS.map((column) => [column, empty()])) as Record<Column, number[]>
  for (const row of rows) {
    const step = Math.floor((row.hour - from) / stepMs)
    for (const column of COLUMNS) columns[column][step] = (columns[column][step] ?? 0) + row[column]
  }
  return columns
}
