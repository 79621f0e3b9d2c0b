import { idsFrom } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { Sql } from './sql.ts'

/** What one partner's clock says of ours: a receipt is signed after its document was accepted here, and before it came. */
export interface ClockWitness {
  readonly partner: AgencyCode
  /** Accepted here, signed there, stored here: milliseconds, each by its own clock. */
  readonly acceptedAt: number
  readonly signedAt: number
  readonly storedAt: number
}

/** The last verified receipt of each partner since then. */
export async function clockWitnesses(sql: Sql, since: Date): Promise<ClockWitness[]> {
  const rows = await sql.all<{ sender: AgencyCode; accepted_at: number; signing_time: number; stored_at: number }>(
    `SELECT e.sender, ours.stored_at AS accepted_at, e.signing_time, e.stored_at FROM envelope e
     JOIN status ON status.envelope = e.id JOIN envelope ours ON ours.id = status.document
     WHERE e.direction = 'in' AND e.operation = 'status:01' AND e.signing_time IS NOT NULL AND e.id >= ?
     ORDER BY e.id DESC LIMIT 500`,
    [idsFrom(since)],
  )
  const last = new Map<AgencyCode, ClockWitness>()
  for (const { sender: partner, accepted_at: acceptedAt, signing_time: signedAt, stored_at: storedAt } of rows)
    if (!last.has(partner)) last.set(partner, { partner, acceptedAt, signedAt, storedAt })
  return [...last.values()]
}

/** Partners whose packages were refused since then because they were signed too far from our time. */
export async function refusedForTheirTime(sql: Sql, since: Date): Promise<AgencyCode[]> {
  const rows = await sql.all<{ sender: AgencyCode }>(
    `SELECT DISTINCT sender FROM quarantine WHERE code = 'signing-time-out-of-bounds' AND at >= ? AND sender IS NOT NULL`,
    [since.getTime()],
  )
  return rows.map(({ sender }) => sender)
}
