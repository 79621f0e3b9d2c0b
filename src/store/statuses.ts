import type { AgencyCode, DocumentId, EnvelopeId, ProcessingStatus, StaffInfo } from '../message/index.ts'
import type { ReceiptInfo } from '../signature/index.ts'
import type { Direction } from './envelopes.ts'
import type { Sql } from './sql.ts'

/** One status package, told by us (`out`) or to us (`in`). */
export interface NewStatusRecord {
  /** The status package itself. */
  readonly envelope: EnvelopeId
  readonly agency: AgencyCode
  readonly direction: Direction
  readonly counterpart: AgencyCode
  /** Our envelope of the document it is about, when known. */
  readonly document?: EnvelopeId
  readonly documentId: DocumentId
  readonly code: ProcessingStatus
  readonly description?: string
  readonly staffInfo?: StaffInfo
  /** The reporter's own timestamp, as written. */
  readonly reportedAt: string
  readonly recordedAt: Date
  /** Which bytes it answers, from under its signature. */
  readonly answers?: ReceiptInfo
  /** Ours are applied when made; what arrives waits for `notify`. */
  readonly applied: boolean
}

export async function add(tx: Sql, status: NewStatusRecord): Promise<void> {
  const at = status.recordedAt.getTime()
  await tx.run(
    `INSERT INTO status (envelope, agency, direction, counterpart, document, document_id, code, description, staff, reported_at,
       recorded_at, answers_sha256, answers_digests, applied_at, next_try_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      status.envelope,
      status.agency,
      status.direction,
      status.counterpart,
      status.document ?? null,
      status.documentId,
      status.code,
      status.description ?? null,
      status.staffInfo === undefined ? null : JSON.stringify(status.staffInfo),
      status.reportedAt,
      at,
      status.answers?.envelopeSha256 ?? null,
      status.answers === undefined ? null : JSON.stringify(status.answers.references.map((r) => r.digestValue)),
      status.applied ? at : null,
      at,
    ],
  )
}

/** A status that arrived and has not been matched yet. */
export interface UnappliedStatus {
  readonly envelope: EnvelopeId
  readonly agency: AgencyCode
  readonly counterpart: AgencyCode
  readonly documentId: DocumentId
  readonly code: ProcessingStatus
  readonly description: string | undefined
  readonly answersSha256: string | undefined
  readonly answersDigests: readonly string[]
  readonly recordedAt: Date
  readonly attempts: number
}

interface UnappliedRow {
  envelope: EnvelopeId
  agency: AgencyCode
  counterpart: AgencyCode
  document_id: DocumentId
  code: ProcessingStatus
  description: string | null
  answers_sha256: string | null
  answers_digests: string | null
  recorded_at: number
  attempts: number
}

export async function unapplied(sql: Sql, now: Date, limit: number): Promise<UnappliedStatus[]> {
  const rows = await sql.all<UnappliedRow>(
    `SELECT envelope, agency, counterpart, document_id, code, description, answers_sha256, answers_digests, recorded_at, attempts
     FROM status WHERE applied_at IS NULL AND next_try_at <= ? ORDER BY next_try_at, envelope LIMIT ?`,
    [now.getTime(), limit],
  )
  return rows.map((row) => ({
    envelope: row.envelope,
    agency: row.agency,
    counterpart: row.counterpart,
    documentId: row.document_id,
    code: row.code,
    description: row.description ?? undefined,
    answersSha256: row.answers_sha256 ?? undefined,
    answersDigests: JSON.parse(row.answers_digests ?? '[]') as string[],
    recordedAt: new Date(row.recorded_at),
    attempts: row.attempts,
  }))
}

/** Takes a status to apply it in this unit. @returns false when somebody else has, or is about to */
export async function take(tx: Sql, envelope: EnvelopeId): Promise<boolean> {
  const text = 'SELECT envelope FROM status WHERE envelope = ? AND applied_at IS NULL {{skipLocked}}'
  return (await tx.get(text, [envelope])) !== undefined
}

/** @returns false when somebody else applied it first: then nothing of this unit may stay */
export async function markApplied(
  tx: Sql,
  envelope: EnvelopeId,
  result: { at: Date; document?: EnvelopeId; outcome: string },
): Promise<boolean> {
  const changed = await tx.run(
    'UPDATE status SET applied_at = ?, document = ?, outcome = ? WHERE envelope = ? AND applied_at IS NULL',
    [result.at.getTime(), result.document ?? null, result.outcome, envelope],
  )
  return changed === 1
}

export async function tryAgain(tx: Sql, envelope: EnvelopeId, at: Date): Promise<void> {
  await tx.run('UPDATE status SET attempts = attempts + 1, next_try_at = ? WHERE envelope = ? AND applied_at IS NULL', [
    at.getTime(),
    envelope,
  ])
}

/**
 * A refusal that we have came once more: where its package was sent again since, and waits for an answer, it is applied
 * once more too.
 */
export async function refuseAgain(tx: Sql, envelope: EnvelopeId, at: Date): Promise<void> {
  await tx.run(
    `UPDATE status SET applied_at = NULL, outcome = NULL, attempts = 0, next_try_at = ?
     WHERE envelope = ? AND code = '02' AND applied_at IS NOT NULL AND EXISTS (SELECT 1 FROM envelope e JOIN delivery d ON d.envelope = e.id
       WHERE e.sha256 = status.answers_sha256 AND d.owner = status.agency AND d.recipient = status.counterpart AND d.kind <> 'receipt'
         AND d.state IN ('accepted', 'sent'))`,
    [at.getTime(), envelope],
  )
}

/** Our envelope of the document that a status package is about. */
export async function documentOf(sql: Sql, envelope: EnvelopeId): Promise<EnvelopeId | undefined> {
  const row = await sql.get<{ document: EnvelopeId | null }>('SELECT document FROM status WHERE envelope = ?', [
    envelope,
  ])
  return row?.document ?? undefined
}

/** A status as people see it. */
export interface StatusRecord {
  readonly id: EnvelopeId
  readonly direction: Direction
  readonly counterpart: AgencyCode
  readonly code: ProcessingStatus
  readonly description?: string
  readonly staffInfo?: StaffInfo
  /** `yyyy/MM/dd HH:mm:ss`, Vietnam time, as the reporter wrote it. */
  readonly reportedAt: string
  readonly recordedAt: Date
}

interface StatusRow {
  envelope: EnvelopeId
  direction: Direction
  counterpart: AgencyCode
  code: ProcessingStatus
  description: string | null
  staff: string | null
  reported_at: string
  recorded_at: number
}

/** Every status told about a document, ordered by the reporter's timestamp, then by arrival (edXML notes §4.5). */
export async function of(sql: Sql, document: EnvelopeId): Promise<StatusRecord[]> {
  const rows = await sql.all<StatusRow>(
    `SELECT envelope, direction, counterpart, code, description, staff, reported_at, recorded_at FROM status
     WHERE document = ? ORDER BY reported_at, envelope`,
    [document],
  )
  return rows.map((row) => ({
    id: row.envelope,
    direction: row.direction,
    counterpart: row.counterpart,
    code: row.code,
    ...(row.description === null ? {} : { description: row.description }),
    ...(row.staff === null ? {} : { staffInfo: JSON.parse(row.staff) as StaffInfo }),
    reportedAt: row.reported_at,
    recordedAt: new Date(row.recorded_at),
  }))
}
