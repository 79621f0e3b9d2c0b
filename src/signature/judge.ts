import { GatewayError, limits, naming } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { Certificate, ChainVerdict, TrustStore } from '../pki/index.ts'
import { digestOf, requireSignatureMethod, signatureMatches } from './algorithms.ts'
import type { Examined } from './examine.ts'
import { readable } from './octet-text.ts'
import { sameOctets } from './strict-reader.ts'

/** Whom we believe, and for whom. */
export interface TrustMaterial {
  readonly store: TrustStore
  /** The agency that `organId` names, if this certificate may sign for it. */
  agencySigning(certificate: Certificate, organId: string): AgencyCode | undefined
  /** How long ago, at most, a package may claim to be signed; `limits.signingTimeBehindMs` when absent. An archive is older. */
  readonly signingAgeMs?: number
  /** Ed25519 only where agreed. */
  ed25519Agreed(agency: AgencyCode): boolean
  /** Whether what cannot be told to be unrevoked is refused from this agency; when absent, it is accepted with a warning. */
  refusesUndetermined?(agency: AgencyCode): boolean
}

/** Who signed: proven by the value, the path and the directory. */
export interface ProvenSigner {
  readonly certificate: Certificate
  /** The path and what was known of revocation. */
  readonly chain: ChainVerdict
  readonly agency: AgencyCode
  readonly signingTime: Date | undefined
}

/**
 * Decides whether what was examined is to be believed at an instant. The signature value comes before the digests,
 * and the sender is read from digested octets.
 * @throws {GatewayError} certificate-malformed | certificate-untrusted | certificate-expired |
 *   certificate-not-yet-valid | certificate-revoked | revocation-undetermined | key-too-short | signature-invalid | digest-mismatch | signer-not-sender |
 *   algorithm-not-allowed | signing-time-out-of-bounds
 */
export function judge(examined: Examined, trust: TrustMaterial, at: Date): ProvenSigner {
  const certificates = examined.certificates.map((der) => trust.store.read(der))
  const certificate = requireSigningCertificate(examined, certificates)
  try {
    const chain = trust.store.requireChain(certificate, certificates, at)
    requireSignatureValue(examined, certificate)
    requireDigests(examined)
    const agency = requireSender(examined, certificate, trust)
    requireAgreement(examined, agency, trust)
    requireKnownRevocation(chain, agency, trust)
    return { certificate, chain, agency, signingTime: requireSigningTime(examined, trust, at) }
  } catch (error) {
    throw underCertificate(error, certificate)
  }
}

/** A failure names the certificate under which it was found, whoever's it is: so failures can be told by certificate. */
export function underCertificate(error: unknown, { fingerprint }: Certificate): unknown {
  return naming(error, { certificate: fingerprint })
}

/** KeyInfo only offers certificates; the signed properties say which one it is (ETSI EN 319 132-1 §5.2.2). */
function requireSigningCertificate({ properties }: Examined, certificates: readonly Certificate[]): Certificate {
  const named = properties.certificateDigest
  const signing =
    named === undefined
      ? certificates[0]
      : certificates.find(({ der }) => sameOctets(digestOf(named.method, der), named.value))
  if (signing === undefined) {
    throw new GatewayError(
      'certificate-malformed',
      'KeyInfo holds no certificate with the digest that SigningCertificateV2 names.',
    )
  }
  return signing
}

function requireSignatureValue(
  { signedInfo, signedInfoOctets, signatureValue }: Examined,
  certificate: Certificate,
): void {
  const method = requireSignatureMethod(signedInfo.signatureMethod)
  if (!signatureMatches(method, certificate.publicKey, signedInfoOctets, signatureValue)) {
    throw new GatewayError(
      'signature-invalid',
      'The SignatureValue was not made by the key of the certificate over this SignedInfo.',
      {
        value: certificate.fingerprint,
      },
    )
  }
}

function requireDigests({ mismatches: [uri] }: Examined): void {
  if (uri !== undefined) refuseDigest(uri)
}

export function refuseDigest(uri: string): never {
  const value = readable(uri)
  throw new GatewayError(
    'digest-mismatch',
    `What the reference "${value}" names has another digest than the one signed.`,
    { value },
  )
}

function requireSender(examined: Examined, certificate: Certificate, trust: TrustMaterial): AgencyCode {
  const organId = examined.sender
  const agency = organId === undefined ? undefined : trust.agencySigning(certificate, organId)
  if (agency === undefined) {
    throw new GatewayError(
      'signer-not-sender',
      `The certificate may not sign for ${organId ?? 'a package without one sender'}.`,
      {
        value: organId,
        expected: certificate.subject,
      },
    )
  }
  return agency
}

function requireAgreement({ signedInfo }: Examined, agency: AgencyCode, trust: TrustMaterial): void {
  if (requireSignatureMethod(signedInfo.signatureMethod).keyType !== 'ed25519' || trust.ed25519Agreed(agency)) return
  throw new GatewayError('algorithm-not-allowed', `Ed25519 was not agreed with ${agency}.`, {
    value: signedInfo.signatureMethod,
  })
}

/** TT 15/2025 Art. 6 wants a warning; an agency may want more (edXML notes §7.3). */
function requireKnownRevocation(chain: ChainVerdict, agency: AgencyCode, trust: TrustMaterial): void {
  if (chain.revocation !== 'undetermined' || trust.refusesUndetermined?.(agency) !== true) return
  const text = chain.reasons.map(({ en }) => en).join(' ')
  throw new GatewayError('revocation-undetermined', text, { value: chain.path[0]?.fingerprint })
}

/** The time is a claim: believed only near the time of arrival. */
function requireSigningTime(
  { properties: { signingTimeMs } }: Examined,
  { signingAgeMs = limits.signingTimeBehindMs }: TrustMaterial,
  at: Date,
): Date | undefined {
  if (signingTimeMs === undefined) return undefined
  const behind = at.getTime() - signingTimeMs
  const claimed = new Date(signingTimeMs)
  if (behind > signingAgeMs || -behind > limits.signingTimeAheadMs) {
    throw new GatewayError(
      'signing-time-out-of-bounds',
      `The signing time ${claimed.toISOString()} is too far from the time of arrival, ${at.toISOString()}.`,
      { value: claimed.toISOString() },
    )
  }
  return claimed
}
