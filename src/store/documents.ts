import type {
  AgencyCode,
  DocumentId,
  EnvelopeId,
  Lane,
  Message,
  ProcessingStatus,
  TransportState,
} from '../message/index.ts'
import * as content from './content.ts'
import type { Direction } from './envelopes.ts'
import * as inbox from './inbox.ts'
import { marks } from './marks.ts'
import { folded } from './search-text.ts'
import type { Sql } from './sql.ts'

/** A document, sent or received, as its owner sees it. */
export interface DocumentRecord {
  readonly id: EnvelopeId
  readonly owner: AgencyCode
  readonly direction: Direction
  readonly operation: string
  readonly sender: AgencyCode
  readonly documentId: DocumentId
  readonly codeNumber: string
  readonly codeNotation: string
  readonly promulgationDate: string
  readonly subject: string
  readonly message: Message
  /** SHA-256 of the file, hex. */
  readonly sha256: string
  readonly octets: number
  readonly lane: Lane
  /** Fingerprint of the signing certificate. */
  readonly signer: string
  readonly signingTime?: Date
  readonly storedAt: Date
  /** Only for what was received. */
  readonly inbox?: inbox.InboxRecord
}

interface DocumentRow {
  id: EnvelopeId
  owner: AgencyCode
  direction: Direction
  operation: string
  sender: AgencyCode
  document_id: DocumentId
  code_number: string | null
  code_notation: string | null
  promulgation_date: string | null
  subject: string | null
  message: string
  sha256: string
  octets: number
  lane: Lane
  signer: string
  signing_time: number | null
  stored_at: number
}

const COLUMNS = `id, owner, direction, operation, sender, document_id, code_number, code_notation, promulgation_date, subject, message,
  sha256, octets, lane, signer, signing_time, stored_at`

export async function find(
  sql: Sql,
  agencies: readonly AgencyCode[],
  id: EnvelopeId,
): Promise<DocumentRecord | undefined> {
  const row = await sql.get<DocumentRow>(
    `SELECT ${COLUMNS} FROM envelope WHERE id = ? AND form = 'document' AND state = 'stored' AND owner IN (${marks(agencies)})`,
    [id, ...agencies],
  )
  if (row === undefined) return undefined
  const entry = row.direction === 'in' ? await inbox.find(sql, agencies, id) : undefined
  return { ...record(row), ...(entry === undefined ? {} : { inbox: entry }) }
}

export interface DocumentQuery {
  readonly agencies: readonly AgencyCode[]
  readonly direction?: Direction
  /** Words of number, symbol, subject, id or agency, with or without diacritics; each must occur. */
  readonly text?: string
  readonly counterpart?: AgencyCode
  /** Of any of its deliveries, or of the one to the counterpart. */
  readonly state?: TransportState
  readonly from?: Date
  readonly to?: Date
  readonly before?: EnvelopeId
  readonly limit: number
}

/** Newest first; `before` is the last id of the page before, so that a page never shifts. */
export async function search(sql: Sql, query: DocumentQuery): Promise<DocumentRecord[]> {
  const where = [`form = 'document'`, `state = 'stored'`, `owner IN (${marks(query.agencies)})`]
  const params: (string | number)[] = [...query.agencies]
  const add = (condition: string, ...values: (string | number)[]): void => {
    where.push(condition)
    params.push(...values)
  }
  if (query.direction !== undefined) add('direction = ?', query.direction)
  if (query.before !== undefined) add('id < ?', query.before)
  if (query.from !== undefined) add('stored_at >= ?', query.from.getTime())
  if (query.to !== undefined) add('stored_at < ?', query.to.getTime())
  for (const word of words(query.text)) add(`search LIKE ? ESCAPE '\\'`, `%${word.replace(/[\\%_]/g, '\\$&')}%`)
  const { counterpart, state } = query
  if (counterpart !== undefined) add(`(direction = 'out' OR sender = ?)`, counterpart)
  if (counterpart !== undefined || state !== undefined) {
    const of = [counterpart === undefined ? '' : 'AND d.recipient = ?', state === undefined ? '' : 'AND d.state = ?']
    add(
      `(${state === undefined ? `direction = 'in' OR ` : ''}EXISTS
        (SELECT 1 FROM delivery d WHERE d.envelope = envelope.id ${of.join(' ')}))`,
      ...[counterpart, state].filter((value) => value !== undefined),
    )
  }
  const rows = await sql.all<DocumentRow>(
    `SELECT ${COLUMNS} FROM envelope WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`,
    [...params, query.limit],
  )
  return rows.map(record)
}

function words(text: string | undefined): string[] {
  return folded(text ?? '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 10)
}

/** One recipient of a document. */
export interface DeliveryRecord {
  readonly recipient: AgencyCode
  readonly state: TransportState
  readonly attempt: number
  readonly nextAttemptAt?: Date
  readonly deadlineAt: Date
  readonly lastError?: string
  readonly lastMessage?: string
  readonly acceptedAt: Date
  readonly sentAt?: Date
  readonly endedAt?: Date
  /** The envelope of the signed answer. */
  readonly receipt?: EnvelopeId
  /** The furthest processing status this recipient has told. */
  readonly processingStatus?: ProcessingStatus
}

interface DeliveryRow {
  recipient: AgencyCode
  state: TransportState
  attempt: number
  next_attempt_at: number | null
  deadline_at: number
  last_error: string | null
  last_message: string | null
  accepted_at: number
  sent_at: number | null
  ended_at: number | null
  receipt: EnvelopeId | null
}

/** The displayed status moves only forward by rank; a 02 counts only before 03 (edXML notes §4.5). */
const RANK: Readonly<Record<ProcessingStatus, number>> = {
  '01': 1,
  '02': 2,
  '03': 3,
  '04': 4,
  '05': 5,
  '06': 6,
  '13': 0,
  '15': 0,
  '16': 0,
}

/** The status to show of several, or undefined. */
export function furthestStatus(codes: readonly ProcessingStatus[]): ProcessingStatus | undefined {
  return codes.filter((code) => RANK[code] > 0).sort((a, b) => RANK[b] - RANK[a])[0]
}

export async function deliveries(sql: Sql, id: EnvelopeId): Promise<DeliveryRecord[]> {
  const rows = await sql.all<DeliveryRow>(
    `SELECT recipient, state, attempt, next_attempt_at, deadline_at, last_error, last_message, accepted_at, sent_at, ended_at, receipt
     FROM delivery WHERE envelope = ? ORDER BY recipient`,
    [id],
  )
  const told = await sql.all<{ counterpart: AgencyCode; code: ProcessingStatus }>(
    `SELECT counterpart, code FROM status WHERE document = ? AND direction = 'in'`,
    [id],
  )
  return rows.map((row) => {
    const status = furthestStatus(told.filter((t) => t.counterpart === row.recipient).map((t) => t.code))
    return {
      recipient: row.recipient,
      state: row.state,
      attempt: row.attempt,
      ...(row.next_attempt_at === null ? {} : { nextAttemptAt: new Date(row.next_attempt_at) }),
      deadlineAt: new Date(row.deadline_at),
      ...(row.last_error === null ? {} : { lastError: row.last_error }),
      ...(row.last_message === null ? {} : { lastMessage: row.last_message }),
      acceptedAt: new Date(row.accepted_at),
      ...(row.sent_at === null ? {} : { sentAt: new Date(row.sent_at) }),
      ...(row.ended_at === null ? {} : { endedAt: new Date(row.ended_at) }),
      ...(row.receipt === null ? {} : { receipt: row.receipt }),
      ...(status === undefined ? {} : { processingStatus: status }),
    }
  })
}

export interface AttachmentRecord {
  /** From 1, in the order of the manifest. */
  readonly n: number
  readonly contentId: string
  readonly name: string
  readonly description?: string
  readonly contentType: string
  /** Of the decoded bytes. */
  readonly sha256: string
  readonly octets: number
}

export async function attachments(sql: Sql, id: EnvelopeId): Promise<AttachmentRecord[]> {
  const rows = await sql.all<Omit<AttachmentRecord, 'description'> & { description: string | null }>(
    `SELECT n, content_id AS "contentId", name, description, content_type AS "contentType", sha256, octets
     FROM attachment WHERE envelope = ? ORDER BY n`,
    [id],
  )
  return rows.map(({ description, ...row }) => ({ ...row, ...(description === null ? {} : { description }) }))
}

export interface ReceiptRecord {
  readonly id: EnvelopeId
  readonly sender: AgencyCode
  readonly code: ProcessingStatus
  readonly receivedAt: Date
  /** What its signer was judged by is kept: of those that came. */
  readonly evidence: boolean
}

/** The signed answers to a document: those that came for ours, the one we gave for another's. */
export async function receipts(sql: Sql, id: EnvelopeId): Promise<ReceiptRecord[]> {
  const rows = await sql.all<
    Pick<ReceiptRecord, 'id' | 'sender'> & { operation: string; stored_at: number; evidence: string | null }
  >(
    `SELECT e.id, e.sender, e.operation, e.stored_at, v.envelope AS evidence
     FROM envelope e LEFT JOIN validation v ON v.envelope = e.id
     WHERE e.answers = ? OR e.id IN (SELECT receipt FROM delivery WHERE envelope = ? AND receipt IS NOT NULL) ORDER BY e.id`,
    [id, id],
  )
  return rows.map((row) => ({
    id: row.id,
    sender: row.sender,
    code: row.operation.slice('status:'.length) as ProcessingStatus,
    receivedAt: new Date(row.stored_at),
    evidence: row.evidence !== null,
  }))
}

/** One of them with its bytes. Undefined: the document has no such answer, or its bytes are gone. */
export async function receipt(
  sql: Sql,
  id: EnvelopeId,
  receiptId: EnvelopeId,
): Promise<(ReceiptRecord & { sha256: string; bytes: Uint8Array }) | undefined> {
  const found = (await receipts(sql, id)).find((one) => one.id === receiptId)
  if (found === undefined) return undefined
  const [envelope, bytes] = await Promise.all([
    sql.get<{ sha256: string }>('SELECT sha256 FROM envelope WHERE id = ?', [receiptId]),
    content.chunk(sql, receiptId, 0), // it is one small part
  ])
  return envelope && bytes && { ...found, ...envelope, bytes }
}

function record(row: DocumentRow): DocumentRecord {
  return {
    id: row.id,
    owner: row.owner,
    direction: row.direction,
    operation: row.operation,
    sender: row.sender,
    documentId: row.document_id,
    codeNumber: row.code_number ?? '',
    codeNotation: row.code_notation ?? '',
    promulgationDate: row.promulgation_date ?? '',
    subject: row.subject ?? '',
    message: JSON.parse(row.message) as Message,
    sha256: row.sha256,
    octets: row.octets,
    lane: row.lane,
    signer: row.signer,
    ...(row.signing_time === null ? {} : { signingTime: new Date(row.signing_time) }),
    storedAt: new Date(row.stored_at),
  }
}
