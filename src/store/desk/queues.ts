import { limits } from '../../base/index.ts'
import type { AgencyCode, EnvelopeId, Lane, TransportState } from '../../message/index.ts'
import type { InboxState } from '../inbox.ts'
import { marks } from '../marks.ts'
import type { Sql, SqlValue } from '../sql.ts'

/** On the way, or stopped; the words of the index `delivery_live`. */
const LIVE = `state IN ('accepted', 'sent', 'held')`

export interface QueueCell {
  readonly recipient: AgencyCode
  readonly lane: Lane
  readonly state: TransportState
  readonly count: number
  readonly oldestAt: number
}

/** What has not arrived, by recipient, lane and state; of what has failed, since an instant. Bounded: see `limits.deskRows`. */
export async function outgoingQueues(sql: Sql, owners: readonly AgencyCode[], failedSince: Date): Promise<QueueCell[]> {
  const cells = (condition: string, order: string, params: readonly SqlValue[]): Promise<QueueCell[]> =>
    sql.all<QueueCell>(
      `SELECT recipient, lane, state, COUNT(*) AS count, MIN(accepted_at) AS "oldestAt" FROM
         (SELECT recipient, lane, state, accepted_at FROM delivery WHERE kind = 'document' AND ${condition} AND owner IN (${marks(owners)})
          ORDER BY ${order} DESC LIMIT ${limits.deskRows}) AS open
       GROUP BY recipient, lane, state`,
      [...params, ...owners],
    )
  const found = await Promise.all([
    cells(LIVE, 'envelope', []),
    cells(`state IN ('rejected', 'expired') AND ended_at >= ?`, 'ended_at', [failedSince.getTime()]),
  ])
  return found.flat()
}

export interface InboxCell {
  readonly agency: AgencyCode
  readonly state: InboxState
  readonly count: number
  readonly oldestAt: number
}

/** What has arrived and not been confirmed. Bounded. */
export function incomingQueues(sql: Sql, agencies: readonly AgencyCode[]): Promise<InboxCell[]> {
  return sql.all<InboxCell>(
    `SELECT agency, state, COUNT(*) AS count, MIN(arrived_at) AS "oldestAt" FROM
       (SELECT agency, state, arrived_at FROM inbox WHERE state <> 'confirmed' AND agency IN (${marks(agencies)})
        ORDER BY agency, state, arrived_at LIMIT ${limits.deskRows}) AS open
     GROUP BY agency, state`,
    [...agencies],
  )
}

export interface OldestDelivery {
  readonly id: EnvelopeId
  readonly codeNumber: string | null
  readonly codeNotation: string | null
  readonly subject: string | null
  readonly recipient: AgencyCode
  readonly state: 'accepted' | 'sent' | 'held'
  readonly acceptedAt: number
  readonly deadlineAt: number
}

/** The delivery that has waited longest for its end. */
export function oldestUnfinished(sql: Sql, owners: readonly AgencyCode[]): Promise<OldestDelivery | undefined> {
  return sql.get<OldestDelivery>(
    `SELECT e.id, e.code_number AS "codeNumber", e.code_notation AS "codeNotation", e.subject, d.recipient, d.state,
       d.accepted_at AS "acceptedAt", d.deadline_at AS "deadlineAt"
     FROM delivery d JOIN envelope e ON e.id = d.envelope
     WHERE d.kind = 'document' AND d.${LIVE} AND d.owner IN (${marks(owners)})
     ORDER BY d.envelope LIMIT 1`,
    [...owners],
  )
}

export interface TrafficRow {
  readonly hour: number
  readonly counterpart: string
  readonly lane: Lane
  readonly submitted: number
  readonly sent: number
  readonly received: number
  readonly failed: number
  readonly arrived: number
  readonly refused: number
  readonly confirmed: number
}

/** What happened by hour, counterpart and lane. */
export function traffic(
  sql: Sql,
  query: { agencies: readonly AgencyCode[]; from: Date; to: Date; counterpart?: AgencyCode; lane?: Lane },
): Promise<TrafficRow[]> {
  const more = [
    query.counterpart === undefined ? '' : 'AND counterpart = ?',
    query.lane === undefined ? '' : 'AND lane = ?',
  ]
  return sql.all<TrafficRow>(
    `SELECT hour, counterpart, lane, SUM(submitted) AS submitted, SUM(sent) AS sent, SUM(received) AS received,
       SUM(failed) AS failed, SUM(arrived) AS arrived, SUM(refused) AS refused, SUM(confirmed) AS confirmed
     FROM traffic WHERE hour >= ? AND hour < ? AND agency IN (${marks(query.agencies)}) ${more.join(' ')}
     GROUP BY hour, counterpart, lane ORDER BY hour`,
    [
      query.from.getTime(),
      query.to.getTime(),
      ...query.agencies,
      ...(query.counterpart === undefined ? [] : [query.counterpart]),
      ...(query.lane === undefined ? [] : [query.lane]),
    ],
  )
}

export interface ContactRow {
  readonly agency: AgencyCode
  readonly sentAt: number | null
  readonly heardAt: number | null
}

/** When an agency was last sent something, and when something verified last came from it. */
export function contacts(sql: Sql): Promise<ContactRow[]> {
  return sql.all<ContactRow>('SELECT agency, sent_at AS "sentAt", heard_at AS "heardAt" FROM contact')
}

/** Rows of the audit, how many heads are signed, how far they cover it, and when the last was signed. */
export async function auditEnd(
  sql: Sql,
): Promise<{ rows: number; heads: number; signedUpTo: number; signedAt?: Date }> {
  const [end, head, heads] = await Promise.all([
    sql.get<{ seq: number | null }>('SELECT MAX(seq) AS seq FROM audit'),
    sql.get<{ seq: number; at: number }>('SELECT seq, signed_at AS at FROM audit_head ORDER BY seq DESC LIMIT 1'),
    sql.get<{ n: number }>('SELECT COUNT(*) AS n FROM audit_head'),
  ])
  return {
    rows: end?.seq ?? 0,
    heads: heads?.n ?? 0,
    signedUpTo: head?.seq ?? 0,
    ...(head === undefined ? {} : { signedAt: new Date(head.at) }),
  }
}

/** The number of the last event. */
export async function lastEvent(sql: Sql): Promise<number> {
  return (await sql.get<{ seq: number | null }>('SELECT MAX(seq) AS seq FROM event'))?.seq ?? 0
}

export interface HeardEvent {
  readonly seq: number
  readonly type: string
  readonly agency: AgencyCode
  readonly counterpart: AgencyCode | null
  readonly envelope: EnvelopeId | null
}

/** The events after a number, in order. */
export function eventsAfter(sql: Sql, seq: number, limit: number): Promise<HeardEvent[]> {
  return sql.all<HeardEvent>(
    'SELECT seq, type, agency, counterpart, envelope FROM event WHERE seq > ? ORDER BY seq LIMIT ?',
    [seq, limit],
  )
}
