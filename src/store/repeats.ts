import type { AgencyCode, DocumentId, EnvelopeId } from '../message/index.ts'
import type { Sql } from './sql.ts'

/**
 * What makes two packages the same (architecture §5): recipient, sender, document id, operation and content digest.
 * A package that could not be read has the operation `refused` and the SHA-256 of its bytes for a digest.
 */
export interface RepeatKey {
  readonly recipient: AgencyCode
  readonly sender: AgencyCode
  readonly documentId: DocumentId
  readonly operation: string
  readonly contentDigest: string
}

export interface Repeat {
  readonly verdict: 'received' | 'refused'
  /** Our envelope of what was received; absent for what was refused. */
  readonly envelope: EnvelopeId | undefined
  /** The signed answer that every repeat gets again; absent for a receipt, which is never answered. */
  readonly answer: EnvelopeId | undefined
}

interface RepeatRow {
  verdict: 'received' | 'refused'
  envelope: EnvelopeId | null
  answer: EnvelopeId | null
}

export async function find(sql: Sql, key: RepeatKey): Promise<Repeat | undefined> {
  const row = await sql.get<RepeatRow>(
    `SELECT verdict, envelope, answer FROM repeat_key
     WHERE recipient = ? AND sender = ? AND document_id = ? AND operation = ? AND content_digest = ?`,
    values(key),
  )
  return row && { verdict: row.verdict, envelope: row.envelope ?? undefined, answer: row.answer ?? undefined }
}

/** @returns false when the key is already there: somebody else was first */
export async function add(tx: Sql, key: RepeatKey, repeat: Repeat, at: Date): Promise<boolean> {
  const changed = await tx.run(
    `INSERT INTO repeat_key (recipient, sender, document_id, operation, content_digest, verdict, envelope, answer, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [...values(key), repeat.verdict, repeat.envelope ?? null, repeat.answer ?? null, at.getTime()],
  )
  return changed === 1
}

/** Another content accepted under this id and operation: BR-10's conflict. A refusal never blocks a corrected document. */
export async function conflicting(sql: Sql, key: RepeatKey): Promise<boolean> {
  const row = await sql.get(
    `SELECT 1 AS found FROM repeat_key WHERE recipient = ? AND sender = ? AND document_id = ? AND operation = ? AND content_digest <> ?
       AND verdict = 'received' LIMIT 1`,
    values(key),
  )
  return row !== undefined
}

/** The stored answer to a package that was refused, by the SHA-256 of its bytes; the newest of several. */
export async function refusalOf(sql: Sql, key: Omit<RepeatKey, 'operation'>): Promise<EnvelopeId | undefined> {
  const row = await sql.get<{ answer: EnvelopeId }>(
    `SELECT answer FROM repeat_key WHERE recipient = ? AND sender = ? AND document_id = ? AND content_digest = ?
       AND verdict = 'refused' AND answer IS NOT NULL ORDER BY at DESC LIMIT 1`,
    [key.recipient, key.sender, key.documentId, key.contentDigest],
  )
  return row?.answer
}

function values(key: RepeatKey): [string, string, string, string, string] {
  return [key.recipient, key.sender, key.documentId, key.operation, key.contentDigest]
}
