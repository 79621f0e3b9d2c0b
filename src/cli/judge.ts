import { type FailureCode, GatewayError, messageOf } from '../base/index.ts'
import { readEnvelope } from '../envelope/index.ts'
import { type Certificate, describeKey, isToyCertificate } from '../pki/index.ts'
import { type SignedContent, verify, verifyCore } from '../signature/index.ts'
import { type Evidence, evidenceNotes, requireSamePackage } from './evidence-file.ts'
import { type Binding, GivenTrust, readPublicKey } from './given-trust.ts'
import { PackageFile, packageOf, type SignedPackage } from './package-file.ts'

export interface Question {
  /** Absent: the package stands in the evidence. */
  readonly file?: string
  readonly evidence?: Evidence
  /** `strict`: what the gateway itself asks of a package. `core`: any XML signature with a given key, no envelope rules. */
  readonly profile: 'strict' | 'core'
  readonly trust: readonly string[]
  readonly key?: string
  readonly at: Date
}

/** What `lienthong verify --json` prints. */
export interface Verdict {
  readonly verdict: 'accepted' | 'refused'
  /** The failure code; null when accepted. */
  readonly reason: FailureCode | null
  readonly message: string
  readonly signedElements: readonly string[]
  readonly signer: JudgedSigner | null
  readonly algorithms: { readonly signature: string; readonly digests: readonly string[] } | null
  /** What is odd but not wrong. */
  readonly notes: readonly string[]
}

export interface JudgedSigner {
  readonly subject: string
  readonly issuer: string
  readonly serialNumber: string
  readonly fingerprint: string
  readonly notBefore: string
  readonly notAfter: string
  readonly key: string
  readonly agency?: string
  /** How it was decided that this certificate may sign for the agency in From. */
  readonly binding?: Binding
  /** With evidence: whether the signer was known to be revoked at the moment of arrival. */
  readonly revocation?: string
  readonly signingTime?: string
}

/**
 * Judges one file.
 * @throws {GatewayError} trust-unusable, request-invalid: it could not be judged
 */
export async function judge(question: Question): Promise<Verdict> {
  const file = packageFor(question)
  const inspect = question.profile === 'core' ? prepareCore(question) : prepareStrict(question)
  try {
    return await inspect(file)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === 'internal') throw error
    return {
      verdict: 'refused',
      reason: error.code,
      message: messageOf(error),
      signedElements: [],
      signer: null,
      algorithms: null,
      notes: [],
    }
  }
}

/** @throws {GatewayError} request-invalid: there is no package to judge */
function packageFor({ file, evidence }: Question): SignedPackage {
  if (file !== undefined) return new PackageFile(file)
  if (evidence?.octets !== undefined) return packageOf(evidence.octets)
  throw new GatewayError('request-invalid', 'name the package too: it does not stand in the evidence')
}

type Inspection = (file: SignedPackage) => Promise<Verdict>

/** Signature, chain and sender as the gateway judges them, then the schema and the rules of edXML. */
function prepareStrict({ trust, key, at, evidence }: Question): Inspection {
  const given = new GivenTrust(trust, key)
  return async (file) => {
    const material = given.material(await file.certificates(), evidence)
    const content = await verify(await file.content(), material, at)
    given.requireSigner(content.signer.certificate)
    if (evidence !== undefined) requireSamePackage(evidence, content.sha256)
    const { warnings } = readEnvelope(content, at)
    const signer = {
      ...describedCertificate(content.signer.certificate),
      agency: content.signer.agency,
      binding: material.binding,
      ...(evidence && { revocation: content.signer.chain.revocation }),
      ...(content.signingTime && { signingTime: content.signingTime.toISOString() }),
    }
    const notes = warnings.map(({ rule, field, message }) => `${rule} ${field}: ${message}`)
    if (evidence !== undefined) notes.push(...evidenceNotes(evidence, content.signer.chain))
    if (material.binding === 'unchecked')
      notes.push(`nobody named says whether this signer may sign for ${signer.agency}: that was not checked`)
    if (isToyCertificate(content.signer.certificate))
      notes.push('the certificate is a toy: its key is public, and anybody could have signed this')
    return { ...accepted, signedElements: signedElementsOf(content), signer, algorithms: content.algorithms, notes }
  }
}

/** The signature by a given key; with trust, a certificate of that key must stand in the file and lead to it. */
function prepareCore({ trust, key, at }: Question): Inspection {
  if (key === undefined)
    throw new GatewayError('trust-unusable', 'the core profile needs the key to verify with: name it with --key')
  const publicKey = readPublicKey(key)
  const given = trust.length === 0 ? undefined : new GivenTrust(trust, key)
  return async (file) => {
    const { signedElements, algorithms } = await verifyCore(await file.whole(), publicKey)
    const presented = given === undefined ? [] : await file.certificates()
    const certificate = presented.find((one) => one.publicKey.equals(publicKey))
    if (given !== undefined) {
      if (certificate === undefined)
        throw new GatewayError('certificate-missing', 'the file carries no certificate of the given key')
      given.material(presented).store.requirePath(certificate, presented, at)
      given.requireSigner(certificate)
    }
    return {
      ...accepted,
      signedElements,
      signer: certificate === undefined ? null : describedCertificate(certificate),
      algorithms,
      notes: [],
    }
  }
}

const accepted = {
  verdict: 'accepted',
  reason: null,
  message: 'everything that must be signed is signed and unchanged',
} as const

export function describedCertificate(certificate: Certificate): JudgedSigner {
  const { subject, issuer, serialNumber, fingerprint, notBefore, notAfter, publicKey } = certificate
  return {
    subject,
    issuer,
    serialNumber,
    fingerprint,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    key: describeKey(publicKey),
  }
}

function signedElementsOf(content: SignedContent): string[] {
  return [
    'MessageHeader',
    ...(content.traceHeaderList === undefined ? [] : ['TraceHeaderList']),
    ...(content.body === undefined ? [] : ['edXMLBody']),
    ...(content.attachments.length === 0 ? [] : ['AttachmentEncoded']),
    ...(content.receipt === undefined ? [] : ['NonRepudiationInformation']),
  ]
}
