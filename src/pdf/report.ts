import {
  type AnchorScope,
  type Certificate,
  type ChainVerdict,
  describeKey,
  type RevocationProof,
  type RevocationResult,
  readCertificate,
} from '../pki/index.ts'
import type { Change } from './changes.ts'
import type { ExaminedFile } from './examine-file.ts'
import type { ExaminedSignature } from './examine-pdf.ts'
import {
  type Finding,
  type FindingCode,
  findings,
  type PdfVerdict,
  type Reason,
  reasonOf,
  verdictOf,
  worst,
} from './findings.ts'
import { type SenderQuestion, senderFindings } from './sender.ts'
import { type SignerName, signerName } from './signer-name.ts'

/**
 * What is told of one attachment: what TT 15/2025 Art. 6 asks a verifier to show, for each signature and for the file.
 * Plain JSON; instants are ISO 8601 in UTC. Fields are added freely, never renamed.
 */
export interface AttachmentReport {
  readonly version: 1
  readonly file: {
    readonly name: string
    readonly contentType: string
    readonly octets: number
    readonly sha256: string
    /** What its octets are, whatever it is called. */
    readonly form: ExaminedFile['form']
    /** The file that was judged, where it came in a ZIP. */
    readonly inner?: { readonly name: string; readonly octets: number; readonly sha256: string }
  }
  readonly role: AttachmentRole
  readonly verdict: PdfVerdict
  /** Not signed: of informative value only (QĐ 28/2018 Art. 4(2)). */
  readonly informationOnly: boolean
  readonly reasons: readonly Reason[]
  readonly signatures: readonly SignatureReport[]
  /** The instant at which certificates were judged. */
  readonly at: string
}

/** The main document is signed by a person and the organisation, a separate attachment by the organisation (NĐ 30/2020). */
export type AttachmentRole = 'main' | 'attached'

export interface SignatureReport {
  readonly field: string
  readonly kind: ExaminedSignature['kind']
  readonly verdict: PdfVerdict
  readonly reasons: readonly Reason[]
  readonly integrity: 'intact' | 'broken' | 'unknown'
  readonly coverage: {
    readonly wholeFile: boolean
    readonly byteRange?: readonly [number, number, number, number]
    /** What was added to the file after this signature. */
    readonly addedAfter: readonly Change[]
  }
  readonly subFilter?: string
  readonly digestAlgorithm?: string
  readonly signatureAlgorithm?: string
  readonly signer?: SignerName & {
    readonly subject: string
    /** The authority that issued the certificate. */
    readonly issuer: string
    readonly serialNumber: string
    readonly fingerprint: string
    readonly notBefore: string
    readonly notAfter: string
    readonly key: string
  }
  /** What the signer says; nothing proves it. */
  readonly signingTime?: { readonly at: string; readonly source: 'signed-attribute' | 'signature-dictionary' }
  /** Recorded and not judged yet. */
  readonly timeStamp?: { readonly claimedTime?: string; readonly verdict: 'not-judged' }
  readonly chain?: {
    readonly verdict: ChainVerdict['verdict']
    readonly revocation: RevocationResult
    readonly scope?: AnchorScope
    /** Subjects, leaf first, anchor last. */
    readonly path: readonly { readonly subject: string; readonly fingerprint: string }[]
    /** The CRLs and OCSP responses that decided, by the SHA-256 of their DER. */
    readonly proofs: readonly { readonly kind: RevocationProof['kind']; readonly fingerprint: string }[]
  }
  /** 1 to 3: what the signature allows to follow it (DocMDP). */
  readonly certifies?: number
  readonly reason?: string
  readonly location?: string
}

/**
 * What is known of a signer's chain at one instant.
 * @param presented Certificates that came along; they help to find a path and are not trusted.
 */
export type JudgeChain = (leaf: Certificate, presented: readonly Certificate[], at: Date) => ChainVerdict

export interface ReportQuestion {
  readonly file: {
    readonly name: string
    readonly contentType: string
    readonly octets: number
    readonly sha256: string
  }
  readonly role: AttachmentRole
  /** The instant at which the file was there for certain: its arrival. */
  readonly at: Date
  /** Absent: nobody is trusted, and no signature becomes valid. */
  readonly judgeChain?: JudgeChain | undefined
  /** Absent: who signed is not held against anybody. */
  readonly sender?: SenderQuestion
  /** `required` when absent: what cannot be checked is undetermined. A person may choose not to ask; the report says so. */
  readonly revocation?: 'required' | 'not-asked'
}

/** Judges what was examined. Trust comes in here and nowhere before. */
export function reportOn(examined: ExaminedFile, question: ReportQuestion): AttachmentReport {
  const signatures = (examined.pdf?.signatures ?? []).map((signature) => reportSignature(signature, question))
  const found: Finding[] = [...examined.findings, ...(examined.pdf?.findings ?? [])]
  const signed = signatures.filter(({ kind }) => kind === 'signature')
  const isUnsigned = examined.pdf !== undefined && found.length === 0 && signed.length === 0
  if (isUnsigned) found.push({ code: 'unsigned' })
  found.push(...expected(signed, question.role))
  if (question.sender !== undefined)
    found.push(...senderFindings(organisationsIn(signed), question.sender, question.role))
  // a time stamp counts against the file where it is forged, not where it is not judged yet
  const counted = signatures.filter(({ kind, verdict }) => kind === 'signature' || verdict === 'invalid')
  return {
    version: 1,
    file: { ...question.file, form: examined.form, ...(examined.inner !== undefined && { inner: examined.inner }) },
    role: question.role,
    verdict: worst([verdictOf(found), ...counted.map(({ verdict }) => verdict)]),
    informationOnly: isUnsigned,
    reasons: found.map(reasonOf),
    signatures,
    at: question.at.toISOString(),
  }
}

function reportSignature(examined: ExaminedSignature, question: ReportQuestion): SignatureReport {
  const found: Finding[] = [...examined.findings]
  const certificate = examined.signer === undefined ? undefined : certificateIn(examined.signer, found)
  const time = examined.signingTime ?? examined.claimed.time
  const chain = certificate && judgedChain(certificate, examined, time, question)
  if (certificate !== undefined)
    found.push(...timeFindings(certificate, examined, time, question.at), ...(chain?.findings ?? []))
  const { range } = { range: examined.signedOctets }
  return {
    field: examined.field,
    kind: examined.kind,
    verdict: worst([verdictOf(found), ...(chain?.verdict === undefined ? [] : [chain.verdict.verdict])]),
    reasons: [...found.map(reasonOf), ...(chain?.verdict?.reasons ?? [])],
    integrity: integrityOf(examined),
    coverage: {
      wholeFile: examined.coversWholeFile,
      ...(range !== undefined && { byteRange: [0, range.gapStart, range.gapEnd, range.end - range.gapEnd] as const }),
      addedAfter: examined.changes,
    },
    ...(examined.subFilter !== undefined && { subFilter: examined.subFilter }),
    ...(examined.digestAlgorithm !== undefined && { digestAlgorithm: examined.digestAlgorithm }),
    ...(examined.signatureAlgorithm !== undefined && { signatureAlgorithm: examined.signatureAlgorithm }),
    ...(certificate !== undefined && { signer: described(certificate) }),
    ...(time !== undefined && { signingTime: { at: time.toISOString(), source: sourceOf(examined) } }),
    ...(examined.timeStamp !== undefined && { timeStamp: stamped(examined.timeStamp) }),
    ...(chain?.verdict !== undefined && { chain: pathOf(chain.verdict) }),
    ...(examined.certifies !== undefined && { certifies: examined.certifies }),
    ...(examined.claimed.reason !== undefined && { reason: examined.claimed.reason }),
    ...(examined.claimed.location !== undefined && { location: examined.claimed.location }),
  }
}

function certificateIn(der: Uint8Array, found: Finding[]): Certificate | undefined {
  try {
    return readCertificate(der)
  } catch {
    found.push({ code: 'certificate-malformed' })
    return undefined
  }
}

interface JudgedChain {
  readonly verdict: ChainVerdict | undefined
  readonly findings: readonly Finding[]
}

/**
 * The chain at the instant at which the file was there for certain. Held against the time that the signer claims only to
 * tell "has expired since" from "never was trusted": a claim proves nothing.
 * @see TT 15/2025 Art. 6, Appendix II (edXML notes §7.3)
 */
function judgedChain(
  certificate: Certificate,
  { certificates = [] }: ExaminedSignature,
  claimed: Date | undefined,
  { at, judgeChain, revocation = 'required' }: ReportQuestion,
): JudgedChain {
  if (judgeChain === undefined) return { verdict: undefined, findings: [{ code: 'trust-missing' }] }
  const presented = certificates.flatMap(readable)
  const now = judgeChain(certificate, presented, at)
  if (now.verdict !== 'invalid') return { verdict: now, findings: revocationFindings(now, revocation) }
  if (claimed === undefined || claimed.getTime() >= at.getTime())
    return { verdict: now, findings: revocationFindings(now, revocation) }
  const then = judgeChain(certificate, presented, claimed)
  if (then.verdict === 'invalid') return { verdict: now, findings: revocationFindings(now, revocation) }
  return {
    verdict: { ...now, verdict: 'undetermined', path: then.path },
    findings: [{ code: 'validity-at-signing-unproven' }],
  }
}

/** What cannot be checked is never valid (edXML notes §7.3). */
function revocationFindings({ revocation, verdict }: ChainVerdict, asked: 'required' | 'not-asked'): Finding[] {
  if (revocation === 'revoked') return [{ code: 'certificate-revoked' }]
  if (revocation === 'good' || verdict === 'invalid') return []
  const isNotAsked = asked === 'not-asked' && revocation === 'not-checked'
  return [{ code: isNotAsked ? 'revocation-not-asked' : 'revocation-unknown' }]
}

function readable(der: Uint8Array): Certificate[] {
  try {
    return [readCertificate(der)]
  } catch {
    return []
  }
}

/** Clocks of signers and ours may differ by this. */
const LENIENCE_MS = 10 * 60_000

function timeFindings(
  certificate: Certificate,
  examined: ExaminedSignature,
  time: Date | undefined,
  at: Date,
): Finding[] {
  if (time === undefined) return [{ code: 'signing-time-missing' }]
  const found: Finding[] = []
  const add = (code: FindingCode): void => {
    found.push({ code, detail: time.toISOString() })
  }
  if (time < certificate.notBefore || time > certificate.notAfter) add('signing-time-outside-certificate')
  if (time.getTime() > at.getTime() + LENIENCE_MS) add('signing-time-ahead')
  const { signingTime, claimed } = examined
  const apart = signingTime && claimed.time ? Math.abs(signingTime.getTime() - claimed.time.getTime()) : 0
  if (apart > LENIENCE_MS) add('signing-time-contradictory')
  return found
}

/** Findings that say something other than that the octets are not those that were signed. */
const INTACT = new Set<FindingCode>(['digest-mismatch', 'signature-mismatch', 'changed-after-signing'])

function integrityOf({ findings: found, digestAlgorithm, kind }: ExaminedSignature): SignatureReport['integrity'] {
  if (found.some(({ code }) => INTACT.has(code) || code.startsWith('byte-range'))) return 'broken'
  return kind === 'signature' && digestAlgorithm !== undefined ? 'intact' : 'unknown'
}

function described(certificate: Certificate): NonNullable<SignatureReport['signer']> {
  const { subject, issuer, serialNumber, fingerprint, notBefore, notAfter, publicKey } = certificate
  return {
    ...signerName(subject),
    subject,
    issuer,
    serialNumber,
    fingerprint,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    key: describeKey(publicKey),
  }
}

function sourceOf({ signingTime }: ExaminedSignature): 'signed-attribute' | 'signature-dictionary' {
  return signingTime === undefined ? 'signature-dictionary' : 'signed-attribute'
}

function stamped({ claimedTime }: { readonly claimedTime?: Date }): NonNullable<SignatureReport['timeStamp']> {
  return { verdict: 'not-judged', ...(claimedTime !== undefined && { claimedTime: claimedTime.toISOString() }) }
}

function pathOf({ verdict, revocation, scope, path, proofs }: ChainVerdict): NonNullable<SignatureReport['chain']> {
  return {
    verdict,
    revocation,
    ...(scope !== undefined && { scope }),
    path: path.map(({ subject, fingerprint }) => ({ subject, fingerprint })),
    proofs: proofs.map(({ kind, fingerprint }) => ({ kind, fingerprint })),
  }
}

/** Who signed as an organisation, as far as that signature stands; where nobody certainly did, who may have. */
function organisationsIn(signed: readonly SignatureReport[]): NonNullable<SignatureReport['signer']>[] {
  const signers = signed.flatMap(({ verdict, signer }) => (verdict === 'invalid' || !signer ? [] : [signer]))
  const certain = signers.filter(({ kind }) => kind === 'organisation')
  return certain.length > 0 ? certain : signers.filter(({ kind }) => kind === 'unknown')
}

/** What is normally there and is not. A signer of unknown kind may be either. */
function expected(signed: readonly SignatureReport[], role: AttachmentRole): Finding[] {
  const standing = signed.filter(({ verdict }) => verdict !== 'invalid')
  const kinds = standing.map(({ signer }) => signer?.kind ?? 'unknown')
  if (signed.length === 0) return []
  let unknown = kinds.filter((kind) => kind === 'unknown').length
  const lacks = (kind: 'person' | 'organisation'): boolean => !kinds.includes(kind) && unknown-- <= 0
  const found: Finding[] = []
  if (role === 'main' && lacks('person')) found.push({ code: 'person-signature-missing' })
  if (lacks('organisation')) found.push({ code: 'organisation-signature-missing' })
  const [person, organisation] = [kinds.indexOf('person'), kinds.lastIndexOf('organisation')]
  if (role === 'main' && person >= 0 && organisation >= 0 && organisation < person)
    found.push({ code: 'signature-order-unusual' })
  return found
}

/** All that a finding can be called, for those who describe reports. */
export const findingCodes = Object.keys(findings) as FindingCode[]
