import type { FailureCode, Ids } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { Sql } from './sql.ts'

/** What cannot be attributed, or failed verification: kept and visible, believed by nobody. */
export interface NewQuarantined {
  readonly at: Date
  /** The local agency it was sent to. */
  readonly agency: AgencyCode
  readonly brokerUser?: string
  readonly messageId?: string
  readonly code: FailureCode
  readonly message: string
  readonly headers: Readonly<Record<string, unknown>>
  /** At most one chunk; absent when the law wants the bytes destroyed. */
  readonly bytes?: Uint8Array
  /** How much arrived. */
  readonly octets: number
}

export async function add(tx: Sql, ids: Ids, item: NewQuarantined): Promise<string> {
  const id = ids.next()
  await tx.run(
    `INSERT INTO quarantine (id, at, agency, broker_user, message_id, code, message, headers, bytes, octets)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      item.at.getTime(),
      item.agency,
      item.brokerUser ?? null,
      item.messageId ?? null,
      item.code,
      item.message,
      JSON.stringify(item.headers),
      item.bytes ?? null,
      item.octets,
    ],
  )
  return id
}

export interface QuarantineRecord {
  readonly id: string
  readonly at: Date
  readonly agency: AgencyCode
  readonly code: FailureCode
  readonly message: string
  readonly octets: number
}

/** Whether such an incident with this broker user was noted since then. */
export async function has(
  sql: Sql,
  agency: AgencyCode,
  brokerUser: string,
  code: FailureCode,
  since: Date,
): Promise<boolean> {
  const row = await sql.get(
    'SELECT 1 AS found FROM quarantine WHERE agency = ? AND broker_user = ? AND code = ? AND at >= ? LIMIT 1',
    [agency, brokerUser, code, since.getTime()],
  )
  return row !== undefined
}

/** Newest first. */
export async function list(sql: Sql, agency: AgencyCode, limit: number): Promise<QuarantineRecord[]> {
  const rows = await sql.all<Omit<QuarantineRecord, 'at'> & { at: number }>(
    'SELECT id, at, agency, code, message, octets FROM quarantine WHERE agency = ? ORDER BY id DESC LIMIT ?',
    [agency, limit],
  )
  return rows.map((row) => ({ ...row, at: new Date(row.at) }))
}
