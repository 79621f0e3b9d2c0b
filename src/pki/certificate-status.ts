import { limits } from '../base/index.ts'
import type { Certificate } from './certificate.ts'
import { isSignedBy } from './certificate-signature.ts'
import { type RevocationReason, revocationReason } from './chain-reasons.ts'
import type { ChainReason, RevocationProof } from './chain-verdict.ts'
import type { Crl } from './crl.ts'
import { relativeName } from './distinguished-name.ts'
import { ALL_REASONS, type DistributionPoint, type DistributionPointName } from './distribution-point.ts'
import type { GeneralName } from './general-name.ts'
import { isSameKey, isStrongKey } from './key-strength.ts'
import { answerAbout, isResponder, type OcspResponse } from './ocsp.ts'
import type { Purpose } from './path-rules.ts'
import type { RevocationData } from './revocation-data.ts'

export interface CertificateStatus {
  readonly status: 'good' | 'revoked' | 'undetermined'
  readonly reasons: readonly ChainReason[]
  readonly proofs: readonly RevocationProof[]
}

export interface StatusInputs {
  readonly data: RevocationData
  /** Was it revoked at this instant? */
  readonly at: Date
  /** What was issued after this instant is of the future. */
  readonly knownAt: Date
  /**
   * Certificates with this name whose path ends at the same anchor, holds at `at`, and allows the purpose; `trusting` are
   * those whose status is being asked for, so that nobody vouches for himself.
   */
  signers(name: string, purpose: Purpose, anchor: Certificate, trusting: ReadonlySet<string>): readonly Vouched[]
}

/** Whoever may be believed, and what tells so. */
export interface Vouched {
  readonly certificate: Certificate
  readonly proofs: readonly RevocationProof[]
}

/** What a CRL or a response is worth. */
interface Judged {
  /** Why it does not tell that a certificate is good; of a CRL also that it is only out of date. */
  readonly flaw?: RevocationReason
  /** That its signer may be believed, where his key is not in the path. */
  readonly proofs: readonly RevocationProof[]
}

const worthless = (flaw: RevocationReason): Judged => ({ flaw, proofs: [] })

/** One certificate under its issuer in a path that holds. */
export interface StatusQuestion {
  readonly certificate: Certificate
  readonly issuer: Certificate
  readonly anchor: Certificate
  readonly trusting: ReadonlySet<string>
}

/**
 * The status of one certificate by everything at hand. Whoever says *revoked* and may say so wins; *good* needs CRLs for
 * all reasons of revocation, or one OCSP response. @see RFC 5280 §6.3, without delta and indirect CRLs; RFC 6960 §3.2
 */
export function statusOf(question: StatusQuestion, inputs: StatusInputs): CertificateStatus {
  const byOcsp = statusByOcsp(question, inputs)
  if (byOcsp.status === 'revoked') return byOcsp
  const byCrl = statusByCrl(question, inputs)
  if (byCrl.status !== 'undetermined' || byOcsp.status === 'undetermined')
    return byCrl.status === 'undetermined' ? undetermined(question, [...byOcsp.reasons, ...byCrl.reasons]) : byCrl
  return byOcsp
}

function undetermined({ certificate }: StatusQuestion, reasons: readonly ChainReason[]): CertificateStatus {
  const named = reasons.length > 0 ? reasons : [revocationReason(certificate.subject, 'no-revocation-data')]
  return { status: 'undetermined', reasons: named, proofs: [] }
}

function statusByOcsp(question: StatusQuestion, inputs: StatusInputs): CertificateStatus {
  const { certificate, issuer } = question
  const reasons: ChainReason[] = []
  let good: CertificateStatus | undefined
  for (const response of inputs.data.responsesAbout(certificate.fields.serialOctets)) {
    const answer = answerAbout(response, certificate, issuer)
    if (answer === undefined) continue
    const judged = judgeResponse(response, question, inputs)
    if (judged.flaw !== undefined) {
      reasons.push(revocationReason(certificate.subject, judged.flaw))
      continue
    }
    const { der, fingerprint } = response
    const proofs: RevocationProof[] = [{ kind: 'ocsp', der, fingerprint }, ...judged.proofs]
    if (answer.status === 'revoked' && (answer.revokedAt === undefined || answer.revokedAt <= inputs.at))
      return { status: 'revoked', proofs, reasons: [revokedSince(certificate, answer.revokedAt)] }
    const { thisUpdate, nextUpdate } = answer
    const until = nextUpdate?.getTime() ?? thisUpdate.getTime() + limits.ocspAgeMs
    const stale = inputs.at.getTime() > until
    if (answer.status === 'unknown') reasons.push(revocationReason(certificate.subject, 'ocsp-unknown'))
    else if (stale) reasons.push(revocationReason(certificate.subject, 'ocsp-stale'))
    else if (isOfAfterExpiry(thisUpdate, certificate))
      reasons.push(revocationReason(certificate.subject, 'ocsp-after-expiry'))
    else good = { status: 'good', reasons: [], proofs }
  }
  return good ?? { status: 'undetermined', reasons, proofs: [] }
}

/**
 * Who issues a list or an answer need not remember who expired before it (RFC 5280 §3.3, RFC 6960 §4.4.4): then that a
 * certificate is not named as revoked says nothing.
 */
function isOfAfterExpiry(thisUpdate: Date, { notAfter }: Certificate): boolean {
  return thisUpdate > notAfter
}

/** RFC 6960 §4.2.2.2: the issuer itself signs, or one to whom the issuer gave a certificate for just that. */
function judgeResponse(response: OcspResponse, question: StatusQuestion, inputs: StatusInputs): Judged {
  const { certificate, issuer, anchor, trusting } = question
  const known = inputs.knownAt.getTime() + limits.revocationSkewMs
  const answer = answerAbout(response, certificate, issuer)
  if (response.producedAt.getTime() > known || (answer?.thisUpdate.getTime() ?? 0) > known)
    return worthless('ocsp-from-the-future')
  if (response.unsupported !== undefined) return worthless('ocsp-signature')
  // who looks back has an answer of a later time, and its signer may have become one after the instant asked about
  const signedAt = new Date(Math.max(response.producedAt.getTime(), inputs.at.getTime()))
  if (isResponder(response, issuer) && wasSigned(response, issuer)) return { proofs: [] }
  for (const delegate of response.certificates) {
    if (!isResponder(response, delegate) || !isDelegate(delegate, question, signedAt)) continue
    const self = { certificate: delegate, issuer, anchor, trusting: new Set([...trusting, certificate.fingerprint]) }
    const { status, proofs } = delegate.fields.ocspNoCheck ? UNCHECKED : statusByCrl(self, inputs)
    if (status === 'good' && wasSigned(response, delegate)) return { proofs }
  }
  return worthless('ocsp-signature')
}

/** Of a delegate whose certificate says that nobody needs to ask about it (RFC 6960 §4.2.2.2.1). */
const UNCHECKED: CertificateStatus = { status: 'good', reasons: [], proofs: [] }

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'

function isDelegate(delegate: Certificate, { issuer }: StatusQuestion, at: Date): boolean {
  const { fields, notBefore, notAfter } = delegate
  return (
    fields.issuer.key === issuer.fields.subject.key &&
    fields.unprocessedExtensions.length === 0 &&
    fields.extendedKeyUsage?.purposes.has(OCSP_SIGNING) === true &&
    (fields.keyUsage === undefined || fields.keyUsage.has('digitalSignature')) &&
    notBefore <= at &&
    at <= notAfter &&
    isStrongKey(delegate.publicKey) &&
    isSignedBy(fields, issuer.publicKey)
  )
}

function statusByCrl(question: StatusQuestion, inputs: StatusInputs): CertificateStatus {
  const { certificate, issuer } = question
  const { subject, fields } = certificate
  const reasons: ChainReason[] = []
  const proofs: RevocationProof[] = []
  const crls = inputs.data.crlsOf(issuer.fields.subject.key)
  let covered = 0
  const verdicts = new Map<Crl, Judged>()
  // all are looked at, also when all reasons are covered: of two lists that are not out of date, one may be newer
  for (const point of [...fields.crlDistributionPoints, implicitPoint(issuer)]) {
    if (point.crlIssuer !== undefined && !namesIssuer(point, issuer)) {
      reasons.push(revocationReason(subject, 'indirect-crl'))
      continue
    }
    for (const crl of crls) {
      const about = reasonsCovered(crl, point, certificate, issuer)
      if (about === 0) continue
      const judged = verdicts.get(crl) ?? judgeCrl(crl, question, inputs)
      verdicts.set(crl, judged)
      const { flaw } = judged
      const entry = flaw === undefined || flaw === 'crl-stale' ? crl.entries.get(fields.serialOctets) : undefined
      const those: RevocationProof[] = [{ kind: 'crl', der: crl.der, fingerprint: crl.fingerprint }, ...judged.proofs]
      if (entry !== undefined && entry.revokedAt <= inputs.at)
        return { status: 'revoked', proofs: those, reasons: [revokedSince(certificate, entry.revokedAt)] }
      if (flaw !== undefined) reasons.push(revocationReason(subject, flaw))
      else if (isOfAfterExpiry(crl.thisUpdate, certificate)) reasons.push(revocationReason(subject, 'crl-after-expiry'))
      else if ((about & ~covered) !== 0) {
        covered |= about
        proofs.push(...those)
      }
    }
  }
  // A delta at hand may revoke what the complete list does not: it is not read, so nothing is known.
  const hasDelta = crls.some(({ isDelta }) => isDelta)
  if (hasDelta) reasons.push(revocationReason(subject, 'delta-crl'))
  else if (covered === ALL_REASONS)
    return { status: 'good', reasons: [], proofs: distinct(proofs, ({ fingerprint }) => fingerprint) }
  if (crls.length > 0 && reasons.length === 0) reasons.push(revocationReason(subject, 'crl-scope'))
  return { status: 'undetermined', reasons: distinct(reasons, ({ code }) => code), proofs: [] }
}

/** RFC 5280 §6.3.3: CRLs that no distribution point names count as if their issuer's name stood in one. */
function implicitPoint(issuer: Certificate): DistributionPoint {
  const name: DistributionPointName = { kind: 'full', names: [{ form: 'directory', name: issuer.fields.subject }] }
  return { name, reasons: undefined, crlIssuer: undefined }
}

function namesIssuer({ crlIssuer = [] }: DistributionPoint, issuer: Certificate): boolean {
  return crlIssuer.some((name) => name.form === 'directory' && name.name.key === issuer.fields.subject.key)
}

/** The reasons of revocation for which this CRL covers the certificate, seen from a distribution point (§6.3.3 (b), (d)). */
function reasonsCovered(crl: Crl, point: DistributionPoint, { fields }: Certificate, issuer: Certificate): number {
  const { name, only, reasons } = crl.scope
  const isAuthority = fields.basicConstraints?.ca === true
  if (only === 'attributes' || (only === 'users' && isAuthority) || (only === 'authorities' && !isAuthority)) return 0
  if (name !== undefined && !haveCommonName(name, point, crl, issuer)) return 0
  return reasons & (point.reasons ?? ALL_REASONS)
}

function haveCommonName(name: DistributionPointName, point: DistributionPoint, crl: Crl, issuer: Certificate): boolean {
  const pointNames =
    point.name === undefined
      ? (point.crlIssuer ?? []).map(comparable)
      : comparableNames(point.name, issuer.fields.subject)
  const crlNames = comparableNames(name, crl.issuer)
  return crlNames.some((one) => one !== undefined && pointNames.includes(one))
}

function comparableNames(name: DistributionPointName, issuer: Crl['issuer']): (string | undefined)[] {
  return name.kind === 'full' ? name.names.map(comparable) : [`directory ${relativeName(issuer, name.relative)}`]
}

function comparable(name: GeneralName): string | undefined {
  switch (name.form) {
    case 'directory':
      return `directory ${name.name.key}`
    case 'uri':
    case 'dns':
    case 'email':
      return `${name.form} ${name.text}`
    default:
      return undefined
  }
}

/** A CRL that would cover a certificate. One that is only out of date may still say that it is revoked. */
function judgeCrl(crl: Crl, question: StatusQuestion, inputs: StatusInputs): Judged {
  const { unsupported, thisUpdate, nextUpdate } = crl
  if (unsupported === 'indirect-crl' || unsupported === 'delta-crl') return worthless(unsupported)
  if (unsupported !== undefined) return worthless('crl-extension')
  if (thisUpdate.getTime() > inputs.knownAt.getTime() + limits.revocationSkewMs) return worthless('crl-from-the-future')
  const proofs = proofsOfSigner(crl, question, inputs)
  if (proofs === undefined) return worthless('crl-signature')
  return nextUpdate === undefined || inputs.at > nextUpdate ? { flaw: 'crl-stale', proofs } : { proofs }
}

/**
 * RFC 5280 §6.3.3 (f), (g): signed by the issuer's key in the path, which needs no proof of its own, or by another of the
 * same authority under the same anchor.
 */
function proofsOfSigner(
  crl: Crl,
  { certificate, issuer, anchor, trusting }: StatusQuestion,
  inputs: StatusInputs,
): readonly RevocationProof[] | undefined {
  const { keyUsage } = issuer.fields
  if ((keyUsage === undefined || keyUsage.has('cRLSign')) && wasSigned(crl, issuer)) return []
  const deeper = new Set([...trusting, certificate.fingerprint])
  return inputs
    .signers(crl.issuer.key, 'sign-crls', anchor, deeper)
    .find((one) => !isSameKey(one.certificate.publicKey, issuer.publicKey) && wasSigned(crl, one.certificate))?.proofs
}

const verified = new WeakMap<Crl | OcspResponse, Map<string, boolean>>()

/** A list of a large authority is signed once and asked about many times. */
function wasSigned(signed: Crl | OcspResponse, signer: Certificate): boolean {
  const results = verified.get(signed) ?? new Map<string, boolean>()
  verified.set(signed, results)
  const earlier = results.get(signer.fingerprint)
  if (earlier !== undefined) return earlier
  const result = isStrongKey(signer.publicKey) && isSignedBy(signed, signer.publicKey)
  results.set(signer.fingerprint, result)
  return result
}

function revokedSince(certificate: Certificate, since: Date | undefined): ChainReason {
  return revocationReason(certificate.subject, 'revoked', since === undefined ? '' : ` (${since.toISOString()})`)
}

function distinct<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()]
}
