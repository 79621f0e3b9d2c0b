import type { FailureCode } from '../base/index.ts'
import { type AgencyCode, type EnvelopeId, type Lane, lanes, type TransportState } from '../message/index.ts'
import type { DeliveryKind, DeliveryView, PartRange } from './deliveries.ts'
import type { Sql } from './sql.ts'

/** A delivery claimed for one attempt. Every later write names its fence and does nothing once another holder has a newer one. */
export interface LeasedDelivery {
  readonly id: string
  readonly fence: number
  readonly envelope: EnvelopeId
  readonly owner: AgencyCode
  readonly recipient: AgencyCode
  readonly kind: DeliveryKind
  readonly lane: Lane
  readonly state: TransportState
  /** The attempts made so far. */
  readonly attempt: number
  readonly unknownFailures: number
  /** The parts that the recipient said it lacks; undefined when it has not been asked. */
  readonly missing: readonly PartRange[] | undefined
  /** When it was sent for the first time. */
  readonly sentAt: Date | undefined
}

interface LeasedRow {
  id: string
  fence: number
  envelope: string
  owner: string
  recipient: string
  kind: string
  lane: string
  state: string
  attempt: number
  unknown_failures: number
  missing: string | null
  sent_at: number | null
}

/** A recipient to whom something is due on a lane, and since when. */
export interface DueRecipient {
  readonly recipient: AgencyCode
  readonly since: Date
}

/**
 * The recipients to whom something is due on a lane and not claimed, whoever waits longest first. The index is walked
 * from one recipient to the next, so that a hundred thousand that wait for one cost no more than one.
 */
export async function dueRecipients(sql: Sql, lane: Lane, now: Date): Promise<DueRecipient[]> {
  const at = now.getTime()
  const rows = await sql.all<{ recipient: AgencyCode; since: number | null }>(
    `WITH RECURSIVE pending (recipient) AS (
       SELECT (SELECT recipient FROM delivery WHERE lane = ? AND next_attempt_at IS NOT NULL ORDER BY recipient LIMIT 1)
       UNION ALL
       SELECT (SELECT d.recipient FROM delivery d WHERE d.lane = ? AND d.next_attempt_at IS NOT NULL AND d.recipient > p.recipient
               ORDER BY d.recipient LIMIT 1)
       FROM pending p WHERE p.recipient IS NOT NULL)
     SELECT p.recipient, (SELECT d.next_attempt_at FROM delivery d WHERE d.lane = ? AND d.recipient = p.recipient
       AND d.next_attempt_at <= ? AND d.lease_until <= ? ORDER BY d.next_attempt_at LIMIT 1) AS since
     FROM pending p WHERE p.recipient IS NOT NULL`,
    [lane, lane, lane, at, at],
  )
  return rows
    .flatMap(({ recipient, since }) => (since === null ? [] : [{ recipient, since: new Date(since) }]))
    .sort((a, b) => a.since.getTime() - b.since.getTime())
}

/** Whether an answer is due to a recipient. */
export async function isReceiptDue(sql: Sql, recipient: AgencyCode, now: Date): Promise<boolean> {
  const row = await sql.get(
    `SELECT 1 AS found FROM delivery WHERE lane = 'status' AND recipient = ? AND next_attempt_at <= ? AND lease_until <= ? AND kind = 'receipt' LIMIT 1`,
    [recipient, now.getTime(), now.getTime()],
  )
  return row !== undefined
}

/**
 * Claims what is due to one recipient on a lane, oldest first; nothing while it is paused. A claim that is not used up
 * lapses at `leaseUntil`.
 * @param request.only Its circuit is open. `receipts` go out all the same: two that each wait for the other's answer
 * would wait for ever. `packages`: a probe is something that is answered
 */
export async function lease(
  tx: Sql,
  request: {
    lane: Lane
    recipient: AgencyCode
    now: Date
    leaseUntil: Date
    limit: number
    only?: 'receipts' | 'packages'
  },
): Promise<LeasedDelivery[]> {
  const now = request.now.getTime()
  const kinds = request.only === undefined ? '' : `AND kind ${request.only === 'receipts' ? '=' : '<>'} 'receipt'`
  const rows = await tx.all<LeasedRow>(
    `WITH due AS MATERIALIZED (SELECT id FROM delivery WHERE lane = ? AND recipient = ? AND next_attempt_at <= ? AND lease_until <= ? ${kinds}
                                  AND NOT EXISTS (SELECT 1 FROM partner WHERE agency = ? AND paused_at IS NOT NULL)
                                ORDER BY next_attempt_at LIMIT ? {{skipLocked}})
     UPDATE delivery SET lease_until = ?, fence = fence + 1 WHERE id IN (SELECT id FROM due)
     RETURNING id, fence, envelope, owner, recipient, kind, lane, state, attempt, unknown_failures, missing, sent_at`,
    [request.lane, request.recipient, now, now, request.recipient, request.limit, request.leaseUntil.getTime()],
  )
  return rows.map(leased).sort((a, b) => (a.id < b.id ? -1 : 1))
}

function leased(row: LeasedRow): LeasedDelivery {
  return {
    id: row.id,
    fence: row.fence,
    envelope: row.envelope as EnvelopeId,
    owner: row.owner as AgencyCode,
    recipient: row.recipient as AgencyCode,
    kind: row.kind as DeliveryKind,
    lane: row.lane as Lane,
    state: row.state as TransportState,
    attempt: row.attempt,
    unknownFailures: row.unknown_failures,
    missing: row.missing === null ? undefined : (JSON.parse(row.missing) as PartRange[]),
    sentAt: row.sent_at === null ? undefined : new Date(row.sent_at),
  }
}

/** Holds a claim longer, for a package of many parts. @returns whether it still held */
export async function holdOn(tx: Sql, delivery: LeasedDelivery, leaseUntil: Date): Promise<boolean> {
  const text = `UPDATE delivery SET lease_until = ? WHERE id = ? AND fence = ? AND state IN ('accepted', 'sent')`
  return (await tx.run(text, [leaseUntil.getTime(), delivery.id, delivery.fence])) === 1
}

/**
 * The broker confirmed every part. `nextAttemptAt` is when to send again if no receipt comes; undefined ends it here.
 * @returns whether the lease still held and the delivery still waited to be sent
 */
export async function markSent(
  tx: Sql,
  delivery: LeasedDelivery,
  sent: { at: Date; nextAttemptAt: Date | undefined; signer: string },
): Promise<boolean> {
  const at = sent.at.getTime()
  const changed = tx.run(
    `UPDATE delivery SET state = 'sent', attempt = ?, next_attempt_at = ?, lease_until = 0, missing = NULL, last_error = NULL, last_message = NULL,
       sent_at = COALESCE(sent_at, ?), ended_at = CASE WHEN ? = 1 THEN ? ELSE ended_at END
     WHERE id = ? AND fence = ? AND state IN ('accepted', 'sent')`,
    [
      delivery.attempt + 1,
      sent.nextAttemptAt?.getTime() ?? null,
      at,
      sent.nextAttemptAt === undefined ? 1 : 0,
      at,
      delivery.id,
      delivery.fence,
    ],
  )
  await addAttempt(tx, delivery, { at: sent.at, signer: sent.signer })
  return (await changed) === 1
}

/** The recipient is about to be asked what it lacks: its answer may be here before we know that the question is there. */
export async function expectAnswer(tx: Sql, delivery: LeasedDelivery): Promise<void> {
  const text = `UPDATE delivery SET asked = 1 WHERE id = ? AND fence = ? AND state IN ('accepted', 'sent')`
  await tx.run(text, [delivery.id, delivery.fence])
}

/**
 * The recipient was asked what it lacks: an attempt like any other, but nothing of the package is sent by it. When the
 * answer was faster, what it names stays due.
 */
export async function markQueried(tx: Sql, delivery: LeasedDelivery, at: Date, nextAttemptAt: Date): Promise<void> {
  await Promise.all([
    tx.run(
      `UPDATE delivery SET attempt = ?, next_attempt_at = CASE WHEN missing IS NULL THEN ? ELSE next_attempt_at END, lease_until = 0
       WHERE id = ? AND fence = ? AND state IN ('accepted', 'sent')`,
      [delivery.attempt + 1, nextAttemptAt.getTime(), delivery.id, delivery.fence],
    ),
    addAttempt(tx, delivery, { at, message: 'asked for the receipt or the missing parts' }),
  ])
}

/** An attempt failed and will be repeated (`state` undefined), or the delivery stops as `held` for a person. */
export async function markFailed(
  tx: Sql,
  delivery: LeasedDelivery,
  failure: {
    at: Date
    code: FailureCode
    message: string
    /** A full queue does not count as an attempt. */
    counts: boolean
    unknown: boolean
    retryAt: Date | undefined
    /** The deadline of what is held, which is one of its own. */
    heldUntil: Date
  },
): Promise<boolean> {
  const held = failure.retryAt === undefined ? 1 : 0
  const attempt = delivery.attempt + (failure.counts ? 1 : 0)
  const changed = await tx.run(
    `UPDATE delivery SET state = CASE WHEN ? = 1 THEN 'held' ELSE state END,
       remaining_ms = CASE WHEN ? = 1 THEN deadline_at - ? ELSE remaining_ms END, deadline_at = CASE WHEN ? = 1 THEN ? ELSE deadline_at END,
       attempt = ?, unknown_failures = unknown_failures + ?, next_attempt_at = ?, lease_until = 0, last_error = ?, last_message = ?
     WHERE id = ? AND fence = ? AND state IN ('accepted', 'sent')`,
    [
      held,
      held,
      failure.at.getTime(),
      held,
      failure.heldUntil.getTime(),
      attempt,
      failure.unknown ? 1 : 0,
      failure.retryAt?.getTime() ?? null,
      failure.code,
      failure.message,
      delivery.id,
      delivery.fence,
    ],
  )
  if (failure.counts) await addAttempt(tx, delivery, { at: failure.at, error: failure.code, message: failure.message })
  return changed === 1
}

async function addAttempt(
  tx: Sql,
  delivery: LeasedDelivery,
  attempt: { at: Date; error?: FailureCode; message?: string; signer?: string },
): Promise<void> {
  await tx.run(
    `INSERT INTO attempt (delivery, n, at, error, message, signer) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (delivery, n) DO NOTHING`,
    [
      delivery.id,
      delivery.attempt + 1,
      attempt.at.getTime(),
      attempt.error ?? null,
      attempt.message ?? null,
      attempt.signer ?? null,
    ],
  )
}

/** Ends what is past its deadline, at most `limit` at a time; what is held too, lest it wait for ever. */
export async function expire(tx: Sql, now: Date, limit: number): Promise<DeliveryView[]> {
  return tx.all<DeliveryView>(
    `WITH due AS MATERIALIZED (SELECT id FROM delivery WHERE (next_attempt_at IS NOT NULL OR state = 'held') AND deadline_at <= ?
                                ORDER BY deadline_at LIMIT ? {{skipLocked}})
     UPDATE delivery SET state = 'expired', ended_at = ?, next_attempt_at = NULL, lease_until = 0,
       last_error = COALESCE(last_error, 'deadline-passed')
     WHERE id IN (SELECT id FROM due)
     RETURNING id, envelope, owner, recipient, kind, state`,
    [now.getTime(), limit, now.getTime()],
  )
}

/** What a lease, or the end of a deadline, would find: one look that writes nothing. */
export async function anyWork(
  sql: Sql,
  now: Date,
): Promise<{ readonly due: ReadonlySet<Lane>; readonly expired: boolean }> {
  const at = now.getTime()
  const due = lanes.map(
    (lane) =>
      `EXISTS (SELECT 1 FROM delivery WHERE lane = '${lane}' AND next_attempt_at <= ? AND lease_until <= ?) AS "${lane}"`,
  )
  const row = await sql.get<Record<Lane | 'expired', number | boolean>>(
    `SELECT ${due.join(', ')},
       EXISTS (SELECT 1 FROM delivery WHERE (next_attempt_at IS NOT NULL OR state = 'held') AND deadline_at <= ?) AS expired`,
    [...lanes.flatMap(() => [at, at]), at],
  )
  const found = (name: Lane | 'expired'): boolean => Boolean(row?.[name])
  return { due: new Set(lanes.filter(found)), expired: found('expired') }
}
