import { GatewayError } from '../base/index.ts'
import type { AgencyCode, EnvelopeId, Lane } from '../message/index.ts'
import * as quarantine from './quarantine.ts'
import type { Sql } from './sql.ts'

/** An upload that is growing; it becomes an envelope or is swept. */
export async function beginUpload(tx: Sql, id: EnvelopeId, agency: AgencyCode, at: Date): Promise<void> {
  await tx.run(`INSERT INTO stage (id, direction, agency, first_at) VALUES (?, 'out', ?, ?)`, [
    id,
    agency,
    at.getTime(),
  ])
}

/** What the headers of a part say of its package: the same for every part. */
export interface PackageClaim {
  readonly agency: AgencyCode
  readonly brokerUser: string
  readonly messageId: string
  readonly sender: AgencyCode
  readonly type: 'edoc' | 'status' | 'directory'
  readonly lane: Lane
  readonly documentId: string
  readonly parts: number
  readonly envelopeSha256: string
}

/** Parts of one package from the axis, assembled by (broker user, message id, recipient). */
export interface Stage extends PackageClaim {
  readonly id: EnvelopeId
  readonly received: number
  readonly octets: number
  readonly verified: boolean
  /** Its head was refused: later parts are dropped until part 0 comes again, or a part of a later attempt. */
  readonly refused: boolean
  /** The attempt whose head was refused; absent where that is not known. */
  readonly refusedAttempt?: number
  /** Arrival of the first part: the instant by which the signer's chain is judged. */
  readonly firstAt: Date
  readonly fence: number
  readonly attempt: number
  /** The quarantined package that is judged again here. */
  readonly quarantined?: string
}

interface StageRow {
  id: string
  agency: string
  broker_user: string
  message_id: string
  sender: string
  type: string
  lane: string
  document_id: string
  parts: number
  envelope_sha256: string
  octets: number
  received: number
  verified: number
  refused: number
  refused_attempt: number | null
  first_at: number
  fence: number
  attempt: number
  quarantined: string | null
}

const COLUMNS =
  'id, agency, broker_user, message_id, sender, type, lane, document_id, parts, envelope_sha256, octets, received, verified, refused, refused_attempt, first_at, fence, attempt, quarantined'

/** The stage of this package, made when this is its first part. It cannot be closed before the unit has ended. */
export async function open(tx: Sql, id: EnvelopeId, claim: PackageClaim, at: Date): Promise<Stage> {
  // another unit may close it between our two statements: then this is the first part of a new one
  for (let tries = 0; tries < 10; tries++) {
    const found = await findOrAdd(tx, id, claim, at)
    if (found !== undefined) return stage(found)
  }
  throw new GatewayError('store-unavailable', 'a stage is closed again and again while a part is put into it')
}

/**
 * Puts a whole package back from quarantine, under the id of its parts in `content`.
 * @returns false when the same package is staged just now, or when it was judged since the caller looked: its parts may
 * be those of a document by now
 */
export async function openAgain(
  tx: Sql,
  id: EnvelopeId,
  claim: PackageClaim,
  was: { octets: number; firstAt: Date; quarantined: string },
): Promise<boolean> {
  if (!(await quarantine.waits(tx, was.quarantined))) return false
  const changed = await tx.run(
    `INSERT INTO stage (id, direction, agency, broker_user, message_id, sender, type, lane, document_id, parts, envelope_sha256, first_at,
       octets, received, quarantined)
     VALUES (?, 'in', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [id, ...valuesOf(claim), was.firstAt.getTime(), was.octets, claim.parts, was.quarantined],
  )
  return changed === 1
}

/** In the order of the columns `agency` to `envelope_sha256`. */
function valuesOf(claim: PackageClaim): (string | number)[] {
  const { agency, brokerUser, messageId, sender, type, lane, documentId, parts, envelopeSha256 } = claim
  return [agency, brokerUser, messageId, sender, type, lane, documentId, parts, envelopeSha256]
}

async function findOrAdd(tx: Sql, id: EnvelopeId, claim: PackageClaim, at: Date): Promise<StageRow | undefined> {
  const opened = tx.run(
    `INSERT INTO stage (id, direction, agency, broker_user, message_id, sender, type, lane, document_id, parts, envelope_sha256, first_at)
     VALUES (?, 'in', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [id, ...valuesOf(claim), at.getTime()],
  )
  const found = tx.get<StageRow>(
    `SELECT ${COLUMNS} FROM stage WHERE direction = 'in' AND broker_user = ? AND message_id = ? AND agency = ? {{keep}}`,
    [claim.brokerUser, claim.messageId, claim.agency],
  )
  const [, row] = await Promise.all([opened, found])
  return row
}

/** One more part is there. @returns the stage's count of parts received; undefined when it was refused meanwhile */
export async function grew(tx: Sql, id: EnvelopeId, octets: number): Promise<number | undefined> {
  const row = await tx.get<{ received: number }>(
    'UPDATE stage SET received = received + 1, octets = octets + ? WHERE id = ? AND refused = 0 RETURNING received',
    [octets, id],
  )
  return row?.received
}

/** The numbers of the parts that are there, ascending; undefined when nothing of this package is staged. */
export async function presentParts(
  sql: Sql,
  brokerUser: string,
  messageId: string,
  agency: AgencyCode,
): Promise<number[] | undefined> {
  const stage = await sql.get<{ id: EnvelopeId }>(
    `SELECT id FROM stage WHERE direction = 'in' AND broker_user = ? AND message_id = ? AND agency = ?`,
    [brokerUser, messageId, agency],
  )
  if (stage === undefined) return undefined
  const rows = await sql.all<{ seq: number }>('SELECT seq FROM content WHERE envelope = ? ORDER BY seq', [stage.id])
  return rows.map((row) => row.seq)
}

/** How much of this broker user waits unverified for its missing parts; what was refused waits for nothing. */
export async function unverified(sql: Sql, brokerUser: string): Promise<{ stages: number; octets: number }> {
  const row = await sql.get<{ stages: number; octets: number }>(
    `SELECT COUNT(*) AS stages, COALESCE(SUM(octets), 0) AS octets FROM stage
     WHERE direction = 'in' AND broker_user = ? AND verified = 0 AND refused = 0 AND received < parts`,
    [brokerUser],
  )
  return row ?? { stages: 0, octets: 0 }
}

export async function markVerified(tx: Sql, id: EnvelopeId): Promise<void> {
  await tx.run('UPDATE stage SET verified = 1 WHERE id = ?', [id])
}

/**
 * The head was refused: what is staged is given back, and the row stays so that late parts are dropped.
 * @returns false when it was ended otherwise, or is whole and therefore judged as a whole, by now perhaps by somebody else:
 * then its bytes are not ours to free
 */
export async function markRefused(tx: Sql, id: EnvelopeId, attempt: number): Promise<boolean> {
  const text =
    'UPDATE stage SET refused = 1, refused_attempt = ?, received = 0, octets = 0 WHERE id = ? AND received < parts'
  return (await tx.run(text, [attempt, id])) === 1
}

/** Part 0 came again, or a part of a later attempt: the package gets a new hearing. */
export async function reopen(tx: Sql, id: EnvelopeId, at: Date): Promise<void> {
  await tx.run('UPDATE stage SET refused = 0, first_at = ? WHERE id = ?', [at.getTime(), id])
}

/** Claims packages of one lane that are whole and wait to be verified. */
export async function leaseComplete(
  tx: Sql,
  request: { lane: Lane; now: Date; leaseUntil: Date; limit: number },
): Promise<Stage[]> {
  const rows = await tx.all<StageRow>(
    `WITH whole AS MATERIALIZED (SELECT id FROM stage WHERE direction = 'in' AND lane = ? AND received = parts AND lease_until <= ?
                                  ORDER BY first_at, id LIMIT ? {{skipLocked}})
     UPDATE stage SET lease_until = ?, fence = fence + 1 WHERE id IN (SELECT id FROM whole)
     RETURNING ${COLUMNS}`,
    [request.lane, request.now.getTime(), request.limit, request.leaseUntil.getTime()],
  )
  return rows.map(stage).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Holds a claim longer, for a package that takes long to judge. */
export async function holdOn(tx: Sql, lease: Stage, leaseUntil: Date): Promise<void> {
  const text = 'UPDATE stage SET lease_until = ? WHERE id = ? AND fence = ?'
  await tx.run(text, [leaseUntil.getTime(), lease.id, lease.fence])
}

/** Gives a claim back after a failure that will pass; `attempt` counts them. */
export async function retryLater(tx: Sql, lease: Stage, at: Date): Promise<void> {
  await tx.run('UPDATE stage SET lease_until = ?, attempt = attempt + 1 WHERE id = ? AND fence = ?', [
    at.getTime(),
    lease.id,
    lease.fence,
  ])
}

/** Ends a stage under its lease. @returns false when the lease was lost: then nothing of this unit may stay */
export async function close(tx: Sql, lease: Stage): Promise<boolean> {
  return (await tx.run('DELETE FROM stage WHERE id = ? AND fence = ?', [lease.id, lease.fence])) === 1
}

/** @returns false when it is gone: it became a document, or was swept with its content */
export async function closeUpload(tx: Sql, id: EnvelopeId): Promise<boolean> {
  return (await tx.run(`DELETE FROM stage WHERE id = ? AND direction = 'out'`, [id])) === 1
}

/** Ends a stage that is abandoned still. @returns false when it was ended otherwise, or became whole meanwhile */
export async function closeAbandoned(tx: Sql, id: EnvelopeId, before: Date): Promise<boolean> {
  const text = `DELETE FROM stage WHERE id = ? AND ${ABANDONED}`
  return (await tx.run(text, [id, before.getTime()])) === 1
}

const ABANDONED = `first_at < ? AND (direction = 'out' OR received < parts)`

/** Stages begun before `before`: uploads whose client went away, packages whose parts never came. */
export async function abandoned(
  sql: Sql,
  before: Date,
  limit: number,
): Promise<{ id: EnvelopeId; direction: 'in' | 'out'; stage: Stage }[]> {
  const rows = await sql.all<StageRow & { direction: 'in' | 'out' }>(
    `SELECT direction, ${COLUMNS} FROM stage WHERE ${ABANDONED} ORDER BY first_at LIMIT ?`,
    [before.getTime(), limit],
  )
  return rows.map((row) => ({ id: row.id as EnvelopeId, direction: row.direction, stage: stage(row) }))
}

function stage(row: StageRow): Stage {
  return {
    id: row.id as EnvelopeId,
    agency: row.agency as AgencyCode,
    brokerUser: row.broker_user,
    messageId: row.message_id,
    sender: row.sender as AgencyCode,
    type: row.type as Stage['type'],
    lane: row.lane as Lane,
    documentId: row.document_id,
    parts: row.parts,
    envelopeSha256: row.envelope_sha256,
    octets: row.octets,
    received: row.received,
    verified: row.verified === 1,
    refused: row.refused === 1,
    ...(row.refused_attempt === null ? {} : { refusedAttempt: row.refused_attempt }),
    firstAt: new Date(row.first_at),
    fence: row.fence,
    attempt: row.attempt,
    ...(row.quarantined === null ? {} : { quarantined: row.quarantined }),
  }
}

/** Whether a lease would find anything: a look that writes nothing. */
export async function completeLanes(sql: Sql, now: Date): Promise<ReadonlySet<Lane>> {
  const rows = await sql.all<{ lane: Lane }>(
    `SELECT DISTINCT lane FROM stage WHERE direction = 'in' AND received = parts AND lease_until <= ?`,
    [now.getTime()],
  )
  return new Set(rows.map((row) => row.lane))
}
