import type { AgencyCode, EnvelopeId, ReadingWarning } from '../message/index.ts'
import { marks } from './marks.ts'
import type { Sql } from './sql.ts'

export type InboxState = 'waiting' | 'leased' | 'confirmed'

/** A document an agency's system has to fetch. */
export interface InboxRecord {
  readonly id: EnvelopeId
  readonly agency: AgencyCode
  readonly state: InboxState
  /** The client that leases or has confirmed it. */
  readonly client?: string
  readonly leaseUntil?: Date
  readonly warnings: readonly ReadingWarning[]
  readonly arrivedAt: Date
  readonly confirmedAt?: Date
}

export async function add(
  tx: Sql,
  entry: { id: EnvelopeId; agency: AgencyCode; urgent: boolean; warnings: readonly ReadingWarning[]; arrivedAt: Date },
): Promise<void> {
  await tx.run(
    `INSERT INTO inbox (envelope, agency, state, urgent, warnings, arrived_at) VALUES (?, ?, 'waiting', ?, ?, ?)`,
    [entry.id, entry.agency, entry.urgent ? 1 : 0, JSON.stringify(entry.warnings), entry.arrivedAt.getTime()],
  )
}

/** Claims up to `limit` documents nobody holds, urgent ones first, then by arrival. */
export async function lease(
  tx: Sql,
  request: { agency: AgencyCode; client: string; tokenHash: string; now: Date; leaseUntil: Date; limit: number },
): Promise<EnvelopeId[]> {
  const now = request.now.getTime()
  const rows = await tx.all<{ envelope: EnvelopeId; urgent: number }>(
    `WITH waiting AS MATERIALIZED (
       SELECT envelope FROM inbox WHERE agency = ? AND state <> 'confirmed' AND lease_until <= ?
       ORDER BY urgent DESC, envelope LIMIT ? {{skipLocked}})
     UPDATE inbox SET state = 'leased', client = ?, token_hash = ?, lease_until = ?, fence = fence + 1
     WHERE agency = ? AND envelope IN (SELECT envelope FROM waiting)
     RETURNING envelope, urgent`,
    [
      request.agency,
      now,
      request.limit,
      request.client,
      request.tokenHash,
      request.leaseUntil.getTime(),
      request.agency,
    ],
  )
  return rows.sort((a, b) => b.urgent - a.urgent || (a.envelope < b.envelope ? -1 : 1)).map((row) => row.envelope)
}

/** The document and the token that holds it, for the decisions of `deliver`; it stays so until the unit has ended. */
export async function held(
  tx: Sql,
  agency: AgencyCode,
  id: EnvelopeId,
): Promise<{ state: InboxState; tokenHash: string | null; leaseUntil: number } | undefined> {
  return tx.get(
    `SELECT state, token_hash AS "tokenHash", lease_until AS "leaseUntil" FROM inbox
     WHERE envelope = ? AND agency = ? {{forUpdate}}`,
    [id, agency],
  )
}

export async function confirm(
  tx: Sql,
  agency: AgencyCode,
  id: EnvelopeId,
  tokenHash: string,
  at: Date,
): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE inbox SET state = 'confirmed', confirmed_at = ?, lease_until = 0
     WHERE envelope = ? AND agency = ? AND state = 'leased' AND token_hash = ? AND lease_until > ?`,
    [at.getTime(), id, agency, tokenHash, at.getTime()],
  )
  return changed === 1
}

export async function release(
  tx: Sql,
  agency: AgencyCode,
  id: EnvelopeId,
  tokenHash: string,
  at: Date,
): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE inbox SET state = 'waiting', client = NULL, token_hash = NULL, lease_until = 0
     WHERE envelope = ? AND agency = ? AND state = 'leased' AND token_hash = ? AND lease_until > ?`,
    [id, agency, tokenHash, at.getTime()],
  )
  return changed === 1
}

export async function extend(
  tx: Sql,
  agency: AgencyCode,
  id: EnvelopeId,
  tokenHash: string,
  at: Date,
  leaseUntil: Date,
): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE inbox SET lease_until = ? WHERE envelope = ? AND agency = ? AND state = 'leased' AND token_hash = ? AND lease_until > ?`,
    [leaseUntil.getTime(), id, agency, tokenHash, at.getTime()],
  )
  return changed === 1
}

interface InboxRow {
  envelope: EnvelopeId
  agency: AgencyCode
  state: InboxState
  client: string | null
  lease_until: number
  warnings: string
  arrived_at: number
  confirmed_at: number | null
}

const COLUMNS = 'envelope, agency, state, client, lease_until, warnings, arrived_at, confirmed_at'

export async function find(
  sql: Sql,
  agencies: readonly AgencyCode[],
  id: EnvelopeId,
): Promise<InboxRecord | undefined> {
  const row = await sql.get<InboxRow>(
    `SELECT ${COLUMNS} FROM inbox WHERE envelope = ? AND agency IN (${marks(agencies)})`,
    [id, ...agencies],
  )
  return row && record(row)
}

/** In the order of arrival; `after` is the last id of the page before. */
export async function list(
  sql: Sql,
  query: { agencies: readonly AgencyCode[]; state?: InboxState; after?: EnvelopeId; limit: number },
): Promise<InboxRecord[]> {
  const where = [`agency IN (${marks(query.agencies)})`, 'envelope > ?']
  const params: (string | number)[] = [...query.agencies, query.after ?? '']
  if (query.state !== undefined) {
    where.push('state = ?')
    params.push(query.state)
  }
  const rows = await sql.all<InboxRow>(
    `SELECT ${COLUMNS} FROM inbox WHERE ${where.join(' AND ')} ORDER BY envelope LIMIT ?`,
    [...params, query.limit],
  )
  return rows.map(record)
}

function record(row: InboxRow): InboxRecord {
  return {
    id: row.envelope,
    agency: row.agency,
    state: row.state,
    ...(row.client === null ? {} : { client: row.client }),
    ...(row.state === 'leased' ? { leaseUntil: new Date(row.lease_until) } : {}),
    warnings: JSON.parse(row.warnings) as ReadingWarning[],
    arrivedAt: new Date(row.arrived_at),
    ...(row.confirmed_at === null ? {} : { confirmedAt: new Date(row.confirmed_at) }),
  }
}
