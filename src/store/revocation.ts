import type { Sql } from './sql.ts'

/** A place that revocation data comes from. */
export interface RevocationPlace {
  readonly place: string
  readonly kind: 'crl' | 'ocsp'
  readonly url: string
  /** Fingerprint of a certificate that names it: for OCSP, the one that is asked about. */
  readonly certificate: string
}

export interface DuePlace extends RevocationPlace {
  /** Failures in a row. */
  readonly attempt: number
}

/** What a place gave last, and when it failed since. */
export interface RevocationState extends RevocationPlace {
  readonly fingerprint?: string
  readonly fetchedAt?: Date
  readonly validUntil?: Date
  readonly error?: string
  readonly errorAt?: Date
}

/** Adds a place that is not known yet; it is due at once. */
export async function addPlace(tx: Sql, { place, kind, url, certificate }: RevocationPlace): Promise<void> {
  await tx.run(
    `INSERT INTO revocation_source (place, kind, url, certificate, next_at) VALUES (?, ?, ?, ?, 0)
     ON CONFLICT (place) DO NOTHING`,
    [place, kind, url, certificate],
  )
}

/** Whether anything is due: a look costs no write. */
export async function isDue(sql: Sql, now: Date): Promise<boolean> {
  const row = await sql.get('SELECT 1 AS found FROM revocation_source WHERE next_at <= ? LIMIT 1', [now.getTime()])
  return row !== undefined
}

/** Claims places that are due; whoever dies with them leaves them due again at `leaseUntil`. */
export async function leaseDue(
  tx: Sql,
  { now, leaseUntil, limit }: { now: Date; leaseUntil: Date; limit: number },
): Promise<DuePlace[]> {
  return tx.all<DuePlace>(
    `UPDATE revocation_source SET next_at = ? WHERE place IN (
       SELECT place FROM revocation_source WHERE next_at <= ? ORDER BY next_at, place LIMIT ? {{skipLocked}})
     RETURNING place, kind, url, certificate, attempt`,
    [leaseUntil.getTime(), now.getTime(), limit],
  )
}

export async function keep(
  tx: Sql,
  place: string,
  got: { fingerprint: string; der: Uint8Array; at: Date; validUntil: Date | undefined; nextAt: Date },
): Promise<void> {
  await tx.run(
    `UPDATE revocation_source SET fingerprint = ?, bytes = ?, fetched_at = ?, valid_until = ?, next_at = ?, attempt = 0,
       error = NULL, error_at = NULL WHERE place = ?`,
    [got.fingerprint, got.der, got.at.getTime(), got.validUntil?.getTime() ?? null, got.nextAt.getTime(), place],
  )
}

/** What the place gave before stays. */
export async function fail(tx: Sql, place: string, error: string, at: Date, nextAt: Date): Promise<void> {
  await tx.run(
    'UPDATE revocation_source SET error = ?, error_at = ?, next_at = ?, attempt = attempt + 1 WHERE place = ?',
    [error, at.getTime(), nextAt.getTime(), place],
  )
}

/** A place that is out of date since `since` or longer. @returns false when it is gone, or was renewed since the caller looked */
export async function forgetExpired(tx: Sql, place: string, since: Date): Promise<boolean> {
  const text = 'DELETE FROM revocation_source WHERE place = ? AND valid_until <= ?'
  return (await tx.run(text, [place, since.getTime()])) === 1
}

/** A place that gave nothing, time after time. @returns false when it is gone, or gave or failed since it was leased */
export async function forgetFailed(tx: Sql, { place, attempt }: DuePlace): Promise<boolean> {
  return (await tx.run('DELETE FROM revocation_source WHERE place = ? AND attempt = ?', [place, attempt])) === 1
}

export async function states(sql: Sql): Promise<RevocationState[]> {
  const rows = await sql.all<
    RevocationPlace &
      Record<'fingerprint' | 'error', string | null> &
      Record<'fetched' | 'valid' | 'failed', number | null>
  >(
    `SELECT place, kind, url, certificate, fingerprint, fetched_at AS fetched, valid_until AS valid, error, error_at AS failed
     FROM revocation_source ORDER BY place`,
  )
  return rows.map(({ fingerprint, fetched, valid, error, failed, ...place }) => ({
    ...place,
    ...(fingerprint !== null && { fingerprint }),
    ...(fetched !== null && { fetchedAt: new Date(fetched) }),
    ...(valid !== null && { validUntil: new Date(valid) }),
    ...(error !== null && { error }),
    ...(failed !== null && { errorAt: new Date(failed) }),
  }))
}

export async function octets(
  sql: Sql,
  place: string,
): Promise<{ fingerprint: string; der: Uint8Array; at: Date } | undefined> {
  const row = await sql.get<{ fingerprint: string | null; bytes: Uint8Array | null; fetched_at: number | null }>(
    'SELECT fingerprint, bytes, fetched_at FROM revocation_source WHERE place = ?',
    [place],
  )
  if (row?.fingerprint == null || row.bytes === null) return undefined
  return { fingerprint: row.fingerprint, der: row.bytes, at: new Date(row.fetched_at ?? 0) }
}
