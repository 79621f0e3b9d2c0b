import { type FailureCode, GatewayError } from '../base/index.ts'
import type { Certificate } from './certificate.ts'
import { requireKeyStrength } from './key-strength.ts'
import { NameRules } from './name-constraints.ts'
import { isSelfIssued, PolicyGraph, type PolicyInputs } from './policy-graph.ts'

/** When a path holds: at every instant of a closed interval, in milliseconds UTC, and at no other. */
export interface Validity {
  readonly fromMs: number
  readonly untilMs: number
}

/** What the leaf is to be used for. `any`: whatever it says, as RFC 5280 §6 leaves it to the application. */
export type Purpose = 'sign-documents' | 'sign-crls' | 'sign-ocsp' | 'stamp-time' | 'any'

export interface PathInputs extends PolicyInputs {
  readonly purpose: Purpose
}

/**
 * Judges a path whose names and signatures fit (see PathSearch), leaf first, by the rules that know no time, and says
 * when it holds. The rules apply to the anchor as to every other certificate: an anchor is trusted as what it says it
 * is, so that a pinned signing certificate does not become an authority.
 * @throws certificate-untrusted: `detail.reason` and `detail.certificate` say which rule and where
 * @throws key-too-short, algorithm-not-allowed, algorithm-forbidden: see requireKeyStrength
 * @see RFC 5280 §6.1.3–§6.1.5; RFC 5937 for the anchor
 */
export function requirePathRules(path: readonly Certificate[], inputs: PathInputs): Validity {
  const [leaf, ...issuers] = path
  if (leaf === undefined) throw new TypeError('a path has at least one certificate')
  for (const certificate of path) requireUnderstood(certificate)
  requirePurpose(leaf, inputs.purpose)
  let below = 0 // authorities between this one and the leaf that are not self-issued
  for (const issuer of issuers) {
    requireAuthority(issuer, below)
    if (!isSelfIssued(issuer)) below += 1
  }
  requireNamesAndPolicies(path, inputs)
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

/** Extended purposes of RFC 5280 §4.2.1.12, RFC 9336 and of a vendor, by the use that they allow. */
const purposes: Readonly<Record<'documents' | 'ocsp' | 'time', readonly string[]>> = {
  documents: ['2.5.29.37.0', '1.3.6.1.5.5.7.3.36', '1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.10.3.12'],
  ocsp: ['1.3.6.1.5.5.7.3.9'],
  time: ['1.3.6.1.5.5.7.3.8'],
}

/** RFC 5280 §6.1.4 (o), §6.1.5 (f): what is critical and not processed refuses the path. */
function requireUnderstood(certificate: Certificate): void {
  const [oid] = certificate.fields.unprocessedExtensions
  if (oid !== undefined)
    throw untrusted(certificate, 'unprocessed-extension', `restricts it by an extension that is not processed: ${oid}`)
}

function requirePurpose(leaf: Certificate, purpose: Purpose): void {
  const { keyUsage, extendedKeyUsage } = leaf.fields
  const allows = (use: keyof typeof purposes): boolean =>
    purposes[use].some((oid) => extendedKeyUsage?.purposes.has(oid) === true)
  switch (purpose) {
    case 'sign-documents':
      if (!maySignDocuments(leaf))
        throw untrusted(leaf, 'not-for-signing', 'has a keyUsage without digitalSignature and nonRepudiation')
      if (extendedKeyUsage?.critical === true && !allows('documents'))
        throw untrusted(leaf, 'extended-key-usage', 'is for other purposes than signing documents')
      return
    case 'sign-crls':
      if (keyUsage !== undefined && !keyUsage.has('cRLSign'))
        throw untrusted(leaf, 'key-usage', 'has a keyUsage without cRLSign')
      return
    case 'sign-ocsp':
      if (!allows('ocsp') || !maySignDocuments(leaf))
        throw untrusted(leaf, 'extended-key-usage', 'is not for signing OCSP responses')
      return
    case 'stamp-time':
      if (!allows('time') || !maySignDocuments(leaf))
        throw untrusted(leaf, 'extended-key-usage', 'is not for stamping time')
      return
    case 'any':
  }
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

/** From below the anchor down to the leaf, as these rules add up. */
function requireNamesAndPolicies(path: readonly Certificate[], inputs: PolicyInputs): void {
  const [anchor, ...below] = path.toReversed()
  const leaf = below.at(-1)
  if (anchor === undefined || leaf === undefined) return
  const names = new NameRules()
  const policies = new PolicyGraph(inputs, below.length)
  names.add(anchor)
  policies.beginAt(anchor)
  for (const certificate of below) {
    const isLeaf = certificate === leaf
    const forbidden = names.forbidden(certificate, isLeaf)
    if (forbidden !== undefined)
      throw untrusted(
        certificate,
        'name-constraints',
        `bears a name that an authority above it may not give: ${forbidden}`,
      )
    requirePolicy(certificate, policies.add(certificate, isLeaf))
    names.add(certificate)
  }
  requirePolicy(leaf, policies.end(leaf))
}

function requirePolicy(certificate: Certificate, broken: ReturnType<PolicyGraph['end']>): void {
  if (broken === 'policy-required')
    throw untrusted(certificate, broken, 'stands in a path without the certificate policy that is required')
  if (broken === 'policy-mapping-of-any') throw untrusted(certificate, broken, 'maps the policy that stands for any')
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
