import { type FailureCode, GatewayError } from '../base/index.ts'
import type { Certificate } from './certificate.ts'
import { requireKeyStrength } from './key-strength.ts'

/** When a path holds: at every instant of a closed interval, in milliseconds UTC, and at no other. */
export interface Validity {
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * Judges a path whose names and signatures fit (see PathSearch), leaf first, by the rules that know no time, and says
 * when it holds. The rules apply to the anchor as to every other certificate: an anchor is trusted as what it says it
 * is, so that a pinned signing certificate does not become an authority.
 * @throws certificate-untrusted: `detail.reason` and `detail.certificate` say which rule and where
 * @throws key-too-short, algorithm-not-allowed, algorithm-forbidden: see requireKeyStrength
 * @see RFC 5280 §6.1.3–§6.1.5
 */
export function requirePathRules(path: readonly Certificate[]): Validity {
  const [leaf, ...issuers] = path
  if (leaf === undefined) throw new TypeError('a path has at least one certificate')
  for (const certificate of path) requireUnderstood(certificate)
  requireMaySign(leaf)
  let below = 0 // authorities between this one and the leaf that are not self-issued
  for (const issuer of issuers) {
    requireAuthority(issuer, below)
    if (issuer.fields.subject.octets !== issuer.fields.issuer.octets) below += 1
  }
  for (const certificate of path) requireStrongKey(certificate)
  return {
    fromMs: Math.max(...path.map(({ notBefore }) => notBefore.getTime())),
    untilMs: Math.min(...path.map(({ notAfter }) => notAfter.getTime())),
  }
}

/** Whether this certificate's key may sign documents: keyUsage, where it is given. @see RFC 5280 §4.2.1.3 */
export function maySignDocuments({ fields: { keyUsage } }: Certificate): boolean {
  return keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation')
}

/** RFC 5280 §6.1.4 (o), §6.1.5 (f): what is critical and not processed refuses the path. */
function requireUnderstood(certificate: Certificate): void {
  const [oid] = certificate.fields.unprocessedExtensions
  if (oid !== undefined)
    throw untrusted(certificate, 'unprocessed-extension', `restricts it by an extension that is not processed: ${oid}`)
}

function requireMaySign(leaf: Certificate): void {
  if (!maySignDocuments(leaf))
    throw untrusted(leaf, 'not-for-signing', 'has a keyUsage without digitalSignature and nonRepudiation')
}

/** RFC 5280 §6.1.4 (k)–(n). */
function requireAuthority(issuer: Certificate, below: number): void {
  const { basicConstraints, keyUsage } = issuer.fields
  if (basicConstraints?.ca !== true)
    throw untrusted(issuer, 'not-an-authority', 'issued a certificate without being an authority')
  if (keyUsage !== undefined && !keyUsage.has('keyCertSign'))
    throw untrusted(issuer, 'key-usage', 'has a keyUsage without keyCertSign')
  if (basicConstraints.pathLength !== undefined && below > basicConstraints.pathLength)
    throw untrusted(
      issuer,
      'path-length',
      `allows ${basicConstraints.pathLength} authorities below it, and there are ${below}`,
    )
}

function requireStrongKey(certificate: Certificate): void {
  try {
    requireKeyStrength(certificate.publicKey)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const detail = { ...error.detail, certificate: certificate.subject }
    throw new GatewayError(error.code, `${certificate.subject}: ${error.message}`, detail, { cause: error })
  }
}

function untrusted(certificate: Certificate, reason: string, text: string): GatewayError {
  const code: FailureCode = 'certificate-untrusted'
  return new GatewayError(code, `${certificate.subject} ${text}.`, { reason, certificate: certificate.subject })
}
