import type { Ids } from '../base/index.ts'
import type { AgencyCode, EnvelopeId } from '../message/index.ts'
import { marks } from './marks.ts'
import type { Sql } from './sql.ts'

/** What a timeline can tell. Types are a promise to clients: add freely, never rename. */
export const eventTypes = [
  'document-accepted',
  'document-sent',
  'document-sent-again',
  'receipt-queried',
  'attempt-failed',
  'document-held',
  'receipt-verified',
  'late-receipt',
  'document-rejected',
  'document-expired',
  'document-verified',
  'document-arrived',
  'repeat-answered',
  'document-fetched',
  'document-confirmed',
  'lease-released',
  'status-reported',
  'status-expired',
  'status-received',
  'status-unmatched',
  'package-refused',
  'package-quarantined',
  'stage-expired',
  'certificate-expiring',
  'attachment-report',
  'document-resent',
  'document-released',
  'circuit-opened',
  'circuit-closed',
  'partner-paused',
  'partner-resumed',
] as const
export type EventType = (typeof eventTypes)[number]

export interface NewEvent {
  /** Whose timeline. */
  readonly agency: AgencyCode
  /** The document it is about, our envelope id. */
  readonly envelope?: EnvelopeId
  readonly counterpart?: AgencyCode
  readonly type: EventType
  readonly at: Date
  /** Small facts: codes, attempt numbers, digests. Never document text. */
  readonly data?: Readonly<Record<string, string | number | boolean | undefined>>
}

/** Told in the transaction of what happened; the sequencer numbers it after the commit, so that a cursor never skips. */
export async function add(tx: Sql, ids: Ids, event: NewEvent): Promise<void> {
  await tx.run('INSERT INTO event (id, agency, envelope, counterpart, type, at, data) VALUES (?, ?, ?, ?, ?, ?, ?)', [
    ids.next(),
    event.agency,
    event.envelope ?? null,
    event.counterpart ?? null,
    event.type,
    event.at.getTime(),
    JSON.stringify(event.data ?? {}),
  ])
}

export interface EventRecord {
  readonly id: string
  /** Absent for a moment, until the sequencer has been there. */
  readonly seq?: number
  readonly type: EventType
  readonly at: Date
  readonly counterpart?: AgencyCode
  readonly data: Readonly<Record<string, unknown>>
}

interface EventRow {
  id: string
  seq: number | null
  type: EventType
  at: number
  counterpart: AgencyCode | null
  data: string
}

/** Everything these agencies may know of a document, in order. Found by the document: of an agency there are millions. */
export async function timeline(
  sql: Sql,
  agencies: readonly AgencyCode[],
  envelope: EnvelopeId,
): Promise<EventRecord[]> {
  const rows = await sql.all<EventRow>(
    `SELECT id, seq, type, at, counterpart, data FROM event
     WHERE envelope = ? AND COALESCE(agency, '') IN (${marks(agencies)}) ORDER BY seq IS NULL, seq, id`,
    [envelope, ...agencies],
  )
  return rows.map((row) => ({
    id: row.id,
    ...(row.seq === null ? {} : { seq: row.seq }),
    type: row.type,
    at: new Date(row.at),
    ...(row.counterpart === null ? {} : { counterpart: row.counterpart }),
    data: JSON.parse(row.data) as Record<string, unknown>,
  }))
}
