import { type AgencyCode, type EnvelopeId, type Lane, predecessors, type TransportState } from '../message/index.ts'
import type { DeliveryKind } from './deliveries.ts'
import { marks } from './marks.ts'
import type { Sql, SqlValue } from './sql.ts'

/** A delivery and all by which an operator's command about it is judged. */
export interface MovableDelivery {
  readonly id: string
  readonly envelope: EnvelopeId
  readonly owner: AgencyCode
  readonly recipient: AgencyCode
  readonly kind: DeliveryKind
  readonly lane: Lane
  readonly state: TransportState
  readonly attempt: number
  readonly acceptedAt: Date
  readonly deadlineAt: Date
  /** The code of the last failure, or of the refusal. */
  readonly lastError?: string
  readonly documentId: string
  readonly parts: number
  /** Whether its bytes are still there. */
  readonly stored: boolean
  readonly signingTime?: Date
  /** Of the certificate that signed it, where the directory has it. */
  readonly signerUntil?: Date
}

/** Each condition that is given must hold. */
export interface DeliveryConditions {
  readonly ids?: readonly string[]
  readonly owners?: readonly AgencyCode[]
  readonly state?: TransportState
  readonly recipient?: AgencyCode
  /** The cause: the code of the last failure, or the one that a refusal names. */
  readonly code?: string
  readonly lane?: Lane
  /** All deliveries of one document or status. */
  readonly envelope?: EnvelopeId
  readonly acceptedFrom?: Date
  readonly acceptedBefore?: Date
  /** Not those that ended before. */
  readonly failedFrom?: Date
  /** Documents alone, no statuses. */
  readonly kind?: 'document'
}

interface MovableRow {
  id: string
  envelope: EnvelopeId
  owner: AgencyCode
  recipient: AgencyCode
  kind: DeliveryKind
  lane: Lane
  state: TransportState
  attempt: number
  accepted_at: number
  deadline_at: number
  last_error: string | null
  document_id: string
  parts: number
  envelope_state: string
  signing_time: number | null
  signer_until: number | null
}

/**
 * Deliveries in the order of their ids, which is the order in which they were accepted; each stays as it is until the
 * unit has ended. Unless they are named, those that are received already and receipts are passed over.
 * @param page `after` and `until` are ids: of the first only what comes after, of the second what comes before or is it
 */
export async function select(
  sql: Sql,
  conditions: DeliveryConditions,
  page: { after?: string; until?: string; limit: number },
): Promise<MovableDelivery[]> {
  const { where, params } = conditionsOf(conditions)
  if (page.after !== undefined) {
    where.push('d.id > ?')
    params.push(page.after)
  }
  if (page.until !== undefined) {
    where.push('d.id <= ?')
    params.push(page.until)
  }
  const of = (column: string): string => `(SELECT e.${column} FROM envelope e WHERE e.id = d.envelope)`
  const rows = await sql.all<MovableRow>(
    `SELECT d.id, d.envelope, d.owner, d.recipient, d.kind, d.lane, d.state, d.attempt, d.accepted_at, d.deadline_at, d.last_error,
       ${of('document_id')} AS document_id, ${of('parts')} AS parts, ${of('state')} AS envelope_state, ${of('signing_time')} AS signing_time,
       (SELECT MAX(c.not_after) FROM certificate c JOIN envelope e ON e.signer = c.fingerprint WHERE e.id = d.envelope) AS signer_until
     FROM delivery d WHERE ${where.join(' AND ')} ORDER BY d.id LIMIT ? {{forUpdate}}`,
    [...params, page.limit],
  )
  return rows.map(movable)
}

/** How many there are, and the last of them. */
export async function measure(sql: Sql, conditions: DeliveryConditions): Promise<{ count: number; last: string }> {
  const { where, params } = conditionsOf(conditions)
  const row = await sql.get<{ count: number; last: string | null }>(
    `SELECT COUNT(*) AS count, MAX(d.id) AS last FROM delivery d WHERE ${where.join(' AND ')}`,
    params,
  )
  return { count: row?.count ?? 0, last: row?.last ?? '' }
}

function conditionsOf(c: DeliveryConditions): { where: string[]; params: SqlValue[] } {
  const where = c.ids === undefined ? [`d.kind <> 'receipt'`, `d.state <> 'received'`] : [] // the words of the index
  const params: SqlValue[] = []
  const add = (condition: string, ...values: SqlValue[]): void => {
    where.push(condition)
    params.push(...values)
  }
  if (c.ids !== undefined) add(`d.id IN (${marks(c.ids)})`, ...c.ids)
  if (c.owners !== undefined) add(`d.owner IN (${marks(c.owners)})`, ...c.owners)
  if (c.state !== undefined) add('d.state = ?', c.state)
  if (c.recipient !== undefined) add('d.recipient = ?', c.recipient)
  if (c.code !== undefined) add('d.last_error = ?', c.code)
  if (c.lane !== undefined) add('d.lane = ?', c.lane)
  if (c.envelope !== undefined) add('d.envelope = ?', c.envelope)
  if (c.acceptedFrom !== undefined) add('d.accepted_at >= ?', c.acceptedFrom.getTime())
  if (c.acceptedBefore !== undefined) add('d.accepted_at < ?', c.acceptedBefore.getTime())
  if (c.failedFrom !== undefined) add('(d.ended_at IS NULL OR d.ended_at >= ?)', c.failedFrom.getTime())
  if (c.kind !== undefined) add('d.kind = ?', c.kind)
  return { where, params }
}

/**
 * Back into the outbox with a new deadline. What was rejected is sent whole: the recipient would answer a question with
 * the refusal that it has.
 */
export function resend(tx: Sql, { id, parts }: MovableDelivery, at: Date, deadlineAt: Date): Promise<boolean> {
  return move(
    tx,
    id,
    'accepted',
    predecessors('accepted'),
    `next_attempt_at = ?, deadline_at = ?, unknown_failures = 0, ended_at = NULL, receipt = NULL, last_error = NULL, last_message = NULL,
     remaining_ms = NULL, missing = CASE WHEN state = 'rejected' THEN ? ELSE NULL END`,
    [at.getTime(), deadlineAt.getTime(), JSON.stringify([[0, parts - 1]])],
  )
}

/** Whether a command has changed it after an instant, whatever became of it since. */
export async function wasOrderedSince(sql: Sql, { envelope, recipient }: MovableDelivery, at: Date): Promise<boolean> {
  const found = await sql.get(
    `SELECT 1 AS found FROM event WHERE envelope = ? AND counterpart = ? AND at > ?
       AND type IN ('document-resent', 'document-held', 'document-released', 'document-expired') LIMIT 1`,
    [envelope, recipient, at.getTime()],
  )
  return found !== undefined
}

/** Nothing is sent until it is released; the deadline stands still, and `until` takes its place. */
export function hold(tx: Sql, { id }: MovableDelivery, at: Date, until: Date): Promise<boolean> {
  return move(
    tx,
    id,
    'held',
    predecessors('held'),
    'next_attempt_at = NULL, remaining_ms = deadline_at - ?, deadline_at = ?',
    [at.getTime(), until.getTime()],
  )
}

/** Goes on with the time that was left when it was held. */
export function release(tx: Sql, { id }: MovableDelivery, at: Date): Promise<boolean> {
  return move(
    tx,
    id,
    'accepted',
    ['held'],
    'next_attempt_at = ?, deadline_at = ? + COALESCE(remaining_ms, deadline_at - ?), remaining_ms = NULL, unknown_failures = 0',
    [at.getTime(), at.getTime(), at.getTime()],
  )
}

/** Ends it before its deadline; a late receipt is still welcome. */
export function expire(tx: Sql, { id }: MovableDelivery, at: Date, code: string): Promise<boolean> {
  return move(
    tx,
    id,
    'expired',
    predecessors('expired'),
    'next_attempt_at = NULL, ended_at = ?, last_error = ?, remaining_ms = NULL',
    [at.getTime(), code],
  )
}

/** Whoever is at an attempt just now has an old fence and changes nothing any more. */
async function move(
  tx: Sql,
  id: string,
  to: TransportState,
  from: readonly TransportState[],
  sets: string,
  params: readonly SqlValue[],
): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE delivery SET state = ?, lease_until = 0, fence = fence + 1, asked = 0, ${sets}
     WHERE id = ? AND kind <> 'receipt' AND state IN (${marks(from)})`,
    [to, ...params, id, ...from],
  )
  return changed === 1
}

function movable(row: MovableRow): MovableDelivery {
  return {
    id: row.id,
    envelope: row.envelope,
    owner: row.owner,
    recipient: row.recipient,
    kind: row.kind,
    lane: row.lane,
    state: row.state,
    attempt: row.attempt,
    acceptedAt: new Date(row.accepted_at),
    deadlineAt: new Date(row.deadline_at),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    documentId: row.document_id,
    parts: row.parts,
    stored: row.envelope_state === 'stored',
    ...(row.signing_time === null ? {} : { signingTime: new Date(row.signing_time) }),
    ...(row.signer_until === null ? {} : { signerUntil: new Date(row.signer_until) }),
  }
}
