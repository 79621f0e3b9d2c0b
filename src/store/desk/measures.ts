import { limits } from '../../base/index.ts'
import type { AgencyCode, Lane } from '../../message/index.ts'
import type { Sql } from '../sql.ts'

/** An event as the metrics count it. */
export interface MeasuredEvent {
  readonly seq: number
  readonly type: string
  readonly at: number
  readonly counterpart: AgencyCode | null
  readonly lane: Lane | null
  /** When the delivery was accepted that it is about, milliseconds. */
  readonly acceptedAt: number | null
  readonly data: string
}

/** The events about documents after a number and up to another, in order, each with what is needed to measure it. */
export function measuredEvents(sql: Sql, seq: number, upTo: number): Promise<MeasuredEvent[]> {
  return sql.all<MeasuredEvent>(
    `SELECT v.seq, v.type, v.at, v.counterpart, v.data, e.lane, d.accepted_at AS "acceptedAt"
     FROM (SELECT seq, type, at, counterpart, envelope, data FROM event WHERE seq > ? AND seq <= ?) AS v
     LEFT JOIN envelope e ON e.id = v.envelope
     LEFT JOIN delivery d ON d.envelope = v.envelope AND d.recipient = v.counterpart
     WHERE e.form IS NULL OR e.form = 'document' ORDER BY v.seq`,
    [seq, upTo],
  )
}

/** Since when the receipt or status waits that has waited longest for its next step; milliseconds. Bounded. */
export async function oldestAnswer(sql: Sql): Promise<number | undefined> {
  const row = await sql.get<{ at: number | null }>(
    `SELECT MIN(accepted_at) AS at FROM
       (SELECT accepted_at FROM delivery WHERE lane = 'status' AND next_attempt_at IS NOT NULL ORDER BY next_attempt_at LIMIT ${limits.deskRows}) AS waiting`,
  )
  return row?.at ?? undefined
}

/** Packages that wait in quarantine for somebody. */
export async function quarantined(sql: Sql): Promise<number> {
  const row = await sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM quarantine WHERE state IN ('kept', 'redriving')`)
  return row?.n ?? 0
}
