import type { EnvelopeId } from '../message/index.ts'
import type { ChainReason, ChainVerdict } from '../pki/index.ts'
import type { Sql } from './sql.ts'

/** What the verdict on the signer of a received package rested on, as of the moment of its arrival. */
export interface Validation {
  readonly envelope: EnvelopeId
  /** The instant of arrival, as of which it was judged. */
  readonly at: Date
  /** When it was judged: revocation data may be newer than the arrival. */
  readonly judgedAt: Date
  readonly verdict: ChainVerdict['verdict']
  readonly revocation: ChainVerdict['revocation']
  readonly scope?: string
  readonly reasons: readonly ChainReason[]
  /** The path from the signer to the anchor; then CRLs and OCSP responses, each before the certificates of who signed it. */
  readonly data: readonly ValidationDatum[]
}

export interface ValidationDatum {
  readonly kind: 'certificate' | 'crl' | 'ocsp'
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  readonly der: Uint8Array
}

/** The certificates of the path, and those of who signed a CRL or a response with a key that is not in it. */
export function certificatesOf(data: readonly ValidationDatum[]): {
  readonly path: readonly ValidationDatum[]
  readonly signers: readonly ValidationDatum[]
} {
  const end = data.findIndex(({ kind }) => kind !== 'certificate')
  const [path, rest] = end < 0 ? [data, []] : [data.slice(0, end), data.slice(end)]
  return { path, signers: rest.filter(({ kind }) => kind === 'certificate') }
}

/** @param kept Fingerprints of data that are in the store for certain; those are not sent again. */
export async function add(tx: Sql, validation: Validation, kept: ReadonlySet<string>): Promise<void> {
  const { envelope, data } = validation
  const fresh = data.filter(({ fingerprint }) => !kept.has(fingerprint))
  if (fresh.length > 0) await keep(tx, fresh)
  const rows: Promise<unknown>[] = [
    tx.run(
      'INSERT INTO validation (envelope, at, judged_at, verdict, revocation, scope, reasons) VALUES (?, ?, ?, ?, ?, ?, ?)',
      [
        envelope,
        validation.at.getTime(),
        validation.judgedAt.getTime(),
        validation.verdict,
        validation.revocation,
        validation.scope ?? null,
        JSON.stringify(validation.reasons),
      ],
    ),
  ]
  if (data.length > 0)
    rows.push(
      tx.run(
        `INSERT INTO validation_part (envelope, n, fingerprint) VALUES ${data.map(() => '(?, ?, ?)').join(', ')}`,
        data.flatMap(({ fingerprint }, n) => [envelope, n, fingerprint]),
      ),
    )
  await Promise.all(rows)
}

/** Certificates, CRLs and OCSP responses, each once, whoever rests on them. None is swept before this unit has ended. */
export async function keep(tx: Sql, data: readonly ValidationDatum[]): Promise<void> {
  // what is there may be swept between our two statements: then it is put back
  for (let missing = data; missing.length > 0; ) {
    const found = await Promise.all(missing.map((datum) => keepOne(tx, datum)))
    missing = missing.filter((_, i) => found[i] !== true)
  }
}

async function keepOne(tx: Sql, { fingerprint, kind, der }: ValidationDatum): Promise<boolean> {
  const [, found] = await Promise.all([
    tx.run('INSERT INTO validation_datum (fingerprint, kind, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
      ...[fingerprint, kind, der],
    ]),
    tx.get('SELECT 1 AS found FROM validation_datum WHERE fingerprint = ? {{keep}}', [fingerprint]),
  ])
  return found !== undefined
}

export async function find(sql: Sql, envelope: EnvelopeId): Promise<Validation | undefined> {
  const row = await sql.get<{
    at: number
    judged_at: number
    verdict: ChainVerdict['verdict']
    revocation: ChainVerdict['revocation']
    scope: string | null
    reasons: string
  }>('SELECT at, judged_at, verdict, revocation, scope, reasons FROM validation WHERE envelope = ?', [envelope])
  if (row === undefined) return undefined
  const data = await sql.all<{ kind: ValidationDatum['kind']; fingerprint: string; bytes: Uint8Array }>(
    `SELECT d.kind, d.fingerprint, d.bytes FROM validation_part p JOIN validation_datum d ON d.fingerprint = p.fingerprint
     WHERE p.envelope = ? ORDER BY p.n`,
    [envelope],
  )
  const { verdict, revocation, scope } = row
  return {
    envelope,
    at: new Date(row.at),
    judgedAt: new Date(row.judged_at),
    verdict,
    revocation,
    ...(scope !== null && { scope }),
    reasons: JSON.parse(row.reasons) as ChainReason[],
    data: data.map(({ kind, fingerprint, bytes }) => ({ kind, fingerprint, der: bytes })),
  }
}

/** Whether anything was kept: a look that reads none of it. */
export async function isKept(sql: Sql, envelope: EnvelopeId): Promise<boolean> {
  return (await sql.get('SELECT 1 AS found FROM validation WHERE envelope = ?', [envelope])) !== undefined
}
