import { constants, type KeyObject, verify } from 'node:crypto'
import type { Clock } from '../base/index.ts'
import type { Certificate, Signer, SigningAlgorithm } from '../pki/index.ts'
import type { Store } from './sql.ts'

/** The end of the audit chain on a day, under a signature: what was there then cannot be cut off or rewritten unseen. */
export interface AuditHead {
  /** `2026-11-21`, UTC. */
  readonly day: string
  readonly seq: number
  /** Of the row `seq`. */
  readonly hash: string
  readonly algorithm: SigningAlgorithm
  /** DER, base64. */
  readonly certificate: string
  /** Base64. */
  readonly signature: string
  /** Milliseconds. */
  readonly signedAt: number
}

/**
 * Signs the chain's present head, once a day. Let the head be logged as well: whoever can replace the whole store by an
 * older copy can be caught only with what is kept elsewhere.
 * @returns the head, or undefined when today's is there already or nothing was chained since the last.
 */
export async function signAuditHead(store: Store, signer: Signer, clock: Clock): Promise<AuditHead | undefined> {
  const signedAt = clock.now()
  const day = signedAt.toISOString().slice(0, 10)
  const end = await store.read.get<{ seq: number; hash: string }>(
    `SELECT seq, hash FROM audit WHERE seq > (SELECT COALESCE(MAX(seq), 0) FROM audit_head) ORDER BY seq DESC LIMIT 1`,
  )
  const today = await store.read.get('SELECT day FROM audit_head WHERE day = ?', [day])
  if (end === undefined || today !== undefined) return undefined
  const unsigned = { ...end, day, signedAt: signedAt.getTime() }
  const head: AuditHead = {
    ...unsigned,
    algorithm: signer.algorithm,
    certificate: Buffer.from(signer.certificate.der).toString('base64'),
    // Outside any transaction: a signature takes its time, above all one from a token.
    signature: Buffer.from(await signer.sign(octetsOf(unsigned))).toString('base64'),
  }
  const added = await store.transact((tx) =>
    tx.run(
      `INSERT INTO audit_head (day, seq, hash, algorithm, certificate, signature, signed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (day) DO NOTHING`,
      [head.day, head.seq, head.hash, head.algorithm, head.certificate, head.signature, head.signedAt],
    ),
  )
  return added === 1 ? head : undefined
}

/** Whether one of these certificates signed the head. */
export function isSignedBy(head: AuditHead, certificates: readonly Certificate[]): boolean {
  const certificate = certificates.find(({ der }) => Buffer.from(der).toString('base64') === head.certificate)
  const check = Object.hasOwn(checks, head.algorithm) ? checks[head.algorithm] : undefined
  if (certificate === undefined || check === undefined) return false
  return check(octetsOf(head), certificate.publicKey, Buffer.from(head.signature, 'base64'))
}

function octetsOf({ day, seq, hash, signedAt }: Pick<AuditHead, 'day' | 'seq' | 'hash' | 'signedAt'>): Uint8Array {
  return Buffer.from(JSON.stringify(['lienthong-audit-head', 1, day, seq, hash, signedAt]))
}

type Check = (octets: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean

const ecdsa =
  (hash: string): Check =>
  (octets, key, signature) =>
    verify(hash, octets, { key, dsaEncoding: 'ieee-p1363' }, signature)

const checks: Readonly<Record<SigningAlgorithm, Check>> = {
  'rsa-pkcs1-sha256': (octets, key, signature) => verify('sha256', octets, key, signature),
  'rsa-pss-sha256': (octets, key, signature) =>
    verify('sha256', octets, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature),
  'ecdsa-p256-sha256': ecdsa('sha256'),
  'ecdsa-p384-sha384': ecdsa('sha384'),
  ed25519: (octets, key, signature) => verify(null, octets, key, signature),
}
