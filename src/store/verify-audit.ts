import { GatewayError, limits } from '../base/index.ts'
import type { Certificate } from '../pki/index.ts'
import { type AuditRow, chainBegin, chainHash, detailDigest } from './audit-chain.ts'
import { type AuditHead, isSignedBy } from './audit-head.ts'
import type { Sql, Store } from './sql.ts'

export interface AuditVerdict {
  /** Rows that fit together. */
  readonly rows: number
  /** Of the last row: to compare with a head that was kept elsewhere. */
  readonly hash: string
  readonly heads: number
  /** The row up to which a signature covers the chain. */
  readonly signedUpTo: number
}

interface ChainedRow extends AuditRow {
  readonly seq: number
  readonly detail: string | null
  readonly salt: string | null
  readonly prev: string
  readonly hash: string
}

/**
 * Walks the whole chain, a page in memory at a time, also while the gateway adds to it.
 * @param certificates Those that may have signed heads.
 * @throws {GatewayError} audit-broken: the first place where something was edited, taken out, moved, cut off or
 * put under a signature that is not ours; `detail.seq` is the row
 */
export async function verifyAudit(
  store: Pick<Store, 'read'>,
  certificates: readonly Certificate[],
): Promise<AuditVerdict> {
  let walked: AuditVerdict | undefined
  for (;;) {
    const { verdict, ended } = await walkAudit(store, certificates, walked)
    if (ended) return verdict
    walked = verdict
  }
}

/**
 * One page of the same walk.
 * @param walked How far it came; absent at the beginning.
 * @returns what holds up to here; `ended` when there was nothing more
 * @throws {GatewayError} audit-broken
 */
export async function walkAudit(
  store: Pick<Store, 'read'>,
  certificates: readonly Certificate[],
  walked: AuditVerdict | undefined,
): Promise<{ readonly verdict: AuditVerdict; readonly ended: boolean }> {
  // Read first: heads signed while we walk speak of rows that we may not have seen.
  const begun = walked ?? {
    rows: 0,
    hash: chainBegin,
    heads: 0,
    signedUpTo: (await lastHead(store.read))?.seq ?? 0,
  }
  const { rows: begin, signedUpTo } = begun
  const page = await pageAfter(store.read, begin)
  if (page.length === 0 && begin < signedUpTo)
    throw broken(
      `The chain ends at row ${begin}, but a signed head covers row ${signedUpTo}: rows were cut off.`,
      begin,
    )
  let last = { seq: begin, hash: begun.hash }
  const hashes = new Map<number, string>()
  for (const row of page) {
    requireLink(row, last)
    hashes.set(row.seq, row.hash)
    last = row
  }
  const heads = page.length === 0 ? [] : await headsBetween(store.read, begin, last.seq)
  for (const head of heads) requireHead(head, hashes.get(head.seq), certificates)
  const verdict = { rows: last.seq, hash: last.hash, heads: begun.heads + heads.length, signedUpTo }
  return { verdict, ended: page.length === 0 }
}

function requireLink(row: ChainedRow, last: { seq: number; hash: string }): void {
  const { seq } = row
  if (seq !== last.seq + 1) throw broken(`Row ${last.seq + 1} is missing.`, last.seq + 1)
  if (row.prev !== last.hash) throw broken(`Row ${seq} does not follow the row before it.`, seq)
  if (chainHash(row.prev, seq, row) !== row.hash) throw broken(`Row ${seq} was changed after it was chained.`, seq)
  if (row.detail === null && row.salt === null) return // destroyed, as the law may ask
  if (row.detail === null || row.salt === null || detailDigest(row.salt, row.detail) !== row.detail_digest)
    throw broken(`The detail of row ${seq} was changed.`, seq)
}

function requireHead(head: AuditHead, hash: string | undefined, certificates: readonly Certificate[]): void {
  if (!isSignedBy(head, certificates))
    throw broken(`The head of ${head.day} does not bear a signature by a certificate that was given.`, head.seq)
  if (head.hash !== hash)
    throw broken(`Row ${head.seq} is not the one signed as head of ${head.day}: the chain was rewritten.`, head.seq)
}

function pageAfter(sql: Sql, seq: number): Promise<ChainedRow[]> {
  return sql.all<ChainedRow>(
    `SELECT seq, id, at, actor, action, subject, detail, salt, detail_digest, prev, hash
     FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`,
    [seq, limits.sequenceRows],
  )
}

const HEAD = 'SELECT day, seq, hash, algorithm, certificate, signature, signed_at AS "signedAt" FROM audit_head'

function headsBetween(sql: Sql, after: number, upTo: number): Promise<AuditHead[]> {
  return sql.all<AuditHead>(`${HEAD} WHERE seq > ? AND seq <= ? ORDER BY seq, day`, [after, upTo])
}

function lastHead(sql: Sql): Promise<AuditHead | undefined> {
  return sql.get<AuditHead>(`${HEAD} ORDER BY seq DESC LIMIT 1`)
}

function broken(message: string, seq: number): GatewayError {
  return new GatewayError('audit-broken', message, { seq })
}
