import type { FailureCode } from '../base/index.ts'
import { type AgencyCode, type EnvelopeId, type Lane, predecessors, type TransportState } from '../message/index.ts'
import { marks } from './marks.ts'
import type { Sql } from './sql.ts'

/** `receipt`: a 01 or an automatic 02; it ends at `sent` and is never answered. */
export type DeliveryKind = 'document' | 'status' | 'receipt'

export interface NewDelivery {
  readonly id: string
  readonly envelope: EnvelopeId
  readonly owner: AgencyCode
  readonly recipient: AgencyCode
  readonly kind: DeliveryKind
  readonly lane: Lane
  readonly acceptedAt: Date
  readonly deadlineAt: Date
  /** Fingerprint of the certificate that signed the package; of documents, so that failures can be told by it. */
  readonly signer?: string
}

export async function add(tx: Sql, delivery: NewDelivery): Promise<void> {
  const at = delivery.acceptedAt.getTime()
  await tx.run(
    `INSERT INTO delivery (id, envelope, owner, recipient, kind, lane, state, next_attempt_at, deadline_at, accepted_at, signer)
     VALUES (?, ?, ?, ?, ?, ?, 'accepted', ?, ?, ?, ?)`,
    [
      delivery.id,
      delivery.envelope,
      delivery.owner,
      delivery.recipient,
      delivery.kind,
      delivery.lane,
      at,
      delivery.deadlineAt.getTime(),
      at,
      delivery.signer ?? null,
    ],
  )
}

/** First and last part number, both inclusive. */
export type PartRange = readonly [first: number, last: number]

/**
 * The recipient's answer to our question: these parts are sent at once. One question has one answer, so that nobody can
 * make us send a gigabyte as often as it likes. @returns whether it was an answer to a question of ours
 */
export async function tellMissing(
  tx: Sql,
  told: { owner: AgencyCode; recipient: AgencyCode; envelope: EnvelopeId; missing: readonly PartRange[]; at: Date },
): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE delivery SET missing = ?, next_attempt_at = ?, asked = 0
     WHERE envelope = ? AND owner = ? AND recipient = ? AND asked = 1 AND state IN ('accepted', 'sent') AND next_attempt_at IS NOT NULL`,
    [JSON.stringify(told.missing), told.at.getTime(), told.envelope, told.owner, told.recipient],
  )
  return changed === 1
}

/** A delivery as its owner sees it. */
export interface DeliveryView {
  readonly id: string
  readonly envelope: EnvelopeId
  readonly owner: AgencyCode
  readonly recipient: AgencyCode
  readonly kind: DeliveryKind
  readonly state: TransportState
}

/** The delivery whose recipient answers for a package with this SHA-256. */
export async function findByPackage(
  sql: Sql,
  owner: AgencyCode,
  recipient: AgencyCode,
  sha256: string,
): Promise<(DeliveryView & { signedDigests: string }) | undefined> {
  return sql.get<DeliveryView & { signedDigests: string }>(
    `SELECT d.id, d.envelope, d.owner, d.recipient, d.kind, d.state, e.signed_digests AS "signedDigests"
     FROM envelope e JOIN delivery d ON d.envelope = e.id
     WHERE e.sha256 = ? AND d.owner = ? AND d.recipient = ? AND d.kind <> 'receipt'`,
    [sha256, owner, recipient],
  )
}

/** How a delivery stands; it stays so until the unit has ended. */
export async function stateOf(tx: Sql, id: string): Promise<TransportState | undefined> {
  return (await tx.get<{ state: TransportState }>('SELECT state FROM delivery WHERE id = ? {{forUpdate}}', [id]))?.state
}

/**
 * Ends a delivery by the recipient's signed answer, from any state that the table of transport states allows.
 * @param answer.reason The code that a refusal names
 * @returns false when it already stands as it should
 */
export async function end(
  tx: Sql,
  id: string,
  answer: { state: 'received' | 'rejected'; at: Date; receipt: EnvelopeId; reason?: string },
): Promise<boolean> {
  const from = predecessors(answer.state)
  const changed = await tx.run(
    `UPDATE delivery SET state = ?, ended_at = ?, receipt = ?, next_attempt_at = NULL, lease_until = 0, last_error = ?, last_message = NULL
     WHERE id = ? AND state IN (${marks(from)})`,
    [answer.state, answer.at.getTime(), answer.receipt, answer.reason ?? null, id, ...from],
  )
  return changed === 1
}

/** Sends a stored answer once more, for a repeat of what it answers; also one that stood still, or was given up. */
export async function sendAgain(tx: Sql, envelope: EnvelopeId, at: Date, deadlineAt: Date): Promise<void> {
  await tx.run(
    `UPDATE delivery SET next_attempt_at = ?, deadline_at = ?, lease_until = 0, ended_at = NULL
     WHERE envelope = ? AND state IN ('accepted', 'sent', 'held', 'expired') AND kind = 'receipt'`,
    [at.getTime(), deadlineAt.getTime(), envelope],
  )
  await tx.run(
    `UPDATE delivery SET state = 'accepted', remaining_ms = NULL, unknown_failures = 0
     WHERE envelope = ? AND state IN ('held', 'expired') AND kind = 'receipt'`,
    [envelope],
  )
}

/** One attempt to send, or to ask. */
export interface AttemptRecord {
  readonly n: number
  readonly at: Date
  readonly error?: FailureCode
  readonly message?: string
}

/** In their order; at most the last `limit`. */
export async function attempts(sql: Sql, id: string, limit: number): Promise<AttemptRecord[]> {
  const rows = await sql.all<{ n: number; at: number; error: FailureCode | null; message: string | null }>(
    'SELECT n, at, error, message FROM attempt WHERE delivery = ? ORDER BY n DESC LIMIT ?',
    [id, limit],
  )
  return rows.reverse().map(({ n, at, error, message }) => ({
    n,
    at: new Date(at),
    ...(error === null ? {} : { error }),
    ...(message === null ? {} : { message }),
  }))
}

/** How many deliveries wait to be sent or answered, by recipient. */
export async function waiting(sql: Sql): Promise<ReadonlyMap<AgencyCode, number>> {
  const rows = await sql.all<{ recipient: AgencyCode; n: number }>(
    'SELECT recipient, COUNT(*) AS n FROM delivery WHERE next_attempt_at IS NOT NULL GROUP BY recipient',
  )
  return new Map(rows.map(({ recipient, n }) => [recipient, n]))
}
