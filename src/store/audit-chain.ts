import { createHash } from 'node:crypto'

/** What the chain covers of an audit row, beside its number and the hash before it. */
export interface AuditRow {
  readonly id: string
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  /** SHA-256 of salt and detail, lower-case hex. */
  readonly detail_digest: string
}

/** The `prev` of the first row. */
export const chainBegin = '0'.repeat(64)

/** SHA-256, lower-case hex, over the row and the hash before it. JSON keeps neighbouring fields from flowing together. */
export function chainHash(prev: string, seq: number, row: AuditRow): string {
  const { id, at, actor, action, subject, detail_digest: digest } = row
  return sha256(JSON.stringify([prev, seq, id, at, actor, action, subject, digest]))
}

export function detailDigest(salt: string, detail: string): string {
  return sha256(JSON.stringify([salt, detail]))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
