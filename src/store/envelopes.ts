import type { AgencyCode, DocumentId, EnvelopeId, Lane, Message } from '../message/index.ts'
import type { ContentSpan, SignedAttachment, VerifiedReference } from '../signature/index.ts'
import { searchText } from './search-text.ts'
import type { Sql } from './sql.ts'

export type Direction = 'out' | 'in'

/** One package whose bytes are in `content`: what is needed to send it, answer it, find it and show it. */
export interface NewEnvelope {
  readonly id: EnvelopeId
  /** The local agency whose bytes these are. */
  readonly owner: AgencyCode
  readonly direction: Direction
  /** `new`, `recall`, `update`, `replace`, or `status:NN`. */
  readonly operation: string
  /** For a receipt: the envelope of ours that it answers. */
  readonly answers?: EnvelopeId
  readonly sender: AgencyCode
  readonly documentId: DocumentId
  /** SHA-256 of the file, hex. */
  readonly sha256: string
  readonly contentDigest: string
  readonly octets: number
  readonly parts: number
  readonly lane: Lane
  readonly message: Message
  readonly references: readonly VerifiedReference[]
  /** Fingerprint of the signing certificate. */
  readonly signer: string
  readonly signingTime: Date | undefined
  readonly storedAt: Date
  readonly attachments: readonly SignedAttachment[]
}

export async function add(tx: Sql, envelope: NewEnvelope): Promise<void> {
  const { message } = envelope
  const document = message.form === 'document' ? message : undefined
  const columns = {
    id: envelope.id,
    owner: envelope.owner,
    direction: envelope.direction,
    state: 'stored',
    form: message.form,
    operation: envelope.operation,
    answers: envelope.answers ?? null,
    sender: envelope.sender,
    document_id: envelope.documentId,
    sha256: envelope.sha256,
    content_digest: envelope.contentDigest,
    octets: envelope.octets,
    parts: envelope.parts,
    lane: envelope.lane,
    code_number: document?.code.codeNumber ?? null,
    code_notation: document?.code.codeNotation ?? null,
    promulgation_date: document?.promulgationInfo.promulgationDate ?? null,
    subject: document?.subject ?? null,
    search: document === undefined ? null : searchText(document, envelope.documentId),
    message: JSON.stringify(message),
    signed_digests: JSON.stringify(envelope.references),
    signer: envelope.signer,
    signing_time: envelope.signingTime?.getTime() ?? null,
    stored_at: envelope.storedAt.getTime(),
  }
  const names = Object.keys(columns)
  const text = `INSERT INTO envelope (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
  const rows = [tx.run(text, Object.values(columns))]
  for (const [index, attachment] of envelope.attachments.entries())
    rows.push(addAttachment(tx, envelope.id, index + 1, attachment))
  await Promise.all(rows)
}

function addAttachment(tx: Sql, envelope: EnvelopeId, n: number, attachment: SignedAttachment): Promise<number> {
  const spans: readonly ContentSpan[] = attachment.spans
  return tx.run(
    `INSERT INTO attachment (envelope, n, content_id, name, description, content_type, sha256, octets, spans)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      envelope,
      n,
      attachment.contentId,
      attachment.attachmentName,
      attachment.description ?? null,
      attachment.contentType,
      attachment.sha256,
      attachment.length,
      JSON.stringify(spans),
    ],
  )
}

/** What sending and answering need to know of a stored package. */
export interface StoredEnvelope {
  readonly id: EnvelopeId
  readonly owner: AgencyCode
  readonly operation: string
  readonly sender: AgencyCode
  readonly documentId: DocumentId
  readonly sha256: string
  readonly contentDigest: string
  readonly parts: number
  readonly form: 'document' | 'status'
  readonly signer: string
  readonly references: readonly VerifiedReference[]
  readonly message: Message
}

interface EnvelopeRow {
  id: string
  owner: string
  operation: string
  sender: string
  document_id: string
  sha256: string
  content_digest: string
  parts: number
  form: string
  signer: string
  signed_digests: string
  message: string
}

const COLUMNS =
  'id, owner, operation, sender, document_id, sha256, content_digest, parts, form, signer, signed_digests, message'

export async function find(sql: Sql, id: EnvelopeId): Promise<StoredEnvelope | undefined> {
  const row = await sql.get<EnvelopeRow>(`SELECT ${COLUMNS} FROM envelope WHERE id = ?`, [id])
  return row === undefined ? undefined : stored(row)
}

/** Our own packages under one document id, newest first: documents (`new` …), never statuses. */
export async function ownDocuments(sql: Sql, owner: AgencyCode, documentId: DocumentId): Promise<StoredEnvelope[]> {
  const rows = await sql.all<EnvelopeRow>(
    `SELECT ${COLUMNS} FROM envelope
     WHERE owner = ? AND document_id = ? AND direction = 'out' AND form = 'document' ORDER BY id DESC`,
    [owner, documentId],
  )
  return rows.map(stored)
}

/** The document between these two agencies that a status is about; the id decides (edXML notes §4.3). */
export async function documentBetween(
  sql: Sql,
  owner: AgencyCode,
  counterpart: AgencyCode,
  documentId: DocumentId,
): Promise<{ id: EnvelopeId; direction: Direction } | undefined> {
  return sql.get<{ id: EnvelopeId; direction: Direction }>(
    `SELECT e.id, e.direction FROM envelope e
     WHERE e.owner = ? AND e.document_id = ? AND e.form = 'document'
       AND (e.sender = ? OR EXISTS (SELECT 1 FROM delivery d WHERE d.envelope = e.id AND d.recipient = ?))
     ORDER BY e.id DESC LIMIT 1`,
    [owner, documentId, counterpart, counterpart],
  )
}

/** Our stored answer to a package with these bytes from this sender. */
export async function answerTo(
  sql: Sql,
  owner: AgencyCode,
  sender: AgencyCode,
  sha256: string,
): Promise<EnvelopeId | undefined> {
  const row = await sql.get<{ id: EnvelopeId }>(
    `SELECT answer.id FROM envelope package JOIN envelope answer ON answer.answers = package.id
     WHERE package.sha256 = ? AND package.owner = ? AND package.sender = ? AND package.direction = 'in' LIMIT 1`,
    [sha256, owner, sender],
  )
  return row?.id
}

/** Our receipt (01) for a package with these bytes, under this id, from this sender; undefined when it was not accepted. */
export async function receiptOf(
  sql: Sql,
  owner: AgencyCode,
  sender: AgencyCode,
  sha256: string,
  documentId: DocumentId,
): Promise<EnvelopeId | undefined> {
  const row = await sql.get<{ id: EnvelopeId }>(
    `SELECT answer.id FROM envelope package JOIN envelope answer ON answer.answers = package.id AND answer.operation = 'status:01'
     WHERE package.sha256 = ? AND package.owner = ? AND package.sender = ? AND package.document_id = ? AND package.direction = 'in' LIMIT 1`,
    [sha256, owner, sender, documentId],
  )
  return row?.id
}

function stored(row: EnvelopeRow): StoredEnvelope {
  return {
    id: row.id as EnvelopeId,
    owner: row.owner as AgencyCode,
    operation: row.operation,
    sender: row.sender as AgencyCode,
    documentId: row.document_id as DocumentId,
    sha256: row.sha256,
    contentDigest: row.content_digest,
    parts: row.parts,
    form: row.form as StoredEnvelope['form'],
    signer: row.signer,
    references: JSON.parse(row.signed_digests) as VerifiedReference[],
    message: JSON.parse(row.message) as Message,
  }
}
