import { createHash } from 'node:crypto'
import {
  type Certificate,
  DerReader,
  type DerValue,
  oidText,
  readAlgorithm,
  readCertificate,
  requireKeyStrength,
  tags,
} from '../pki/index.ts'
import { type Attributes, type CmsSignature, inCmsWords, SIGNED_DATA } from './cms.ts'
import { digestFor, isSignedWith, methodFor, type SignatureMethod } from './cms-algorithms.ts'
import type { Finding, FindingCode } from './findings.ts'
import { derTime } from './times.ts'
import { unreadable } from './unreadable.ts'

/** What a CMS signature says of itself and whether its mathematics hold. Who the signer is, a chain decides later. */
export interface JudgedCms {
  readonly findings: readonly Finding[]
  /** DER; absent where it did not come along. */
  readonly signer?: Uint8Array
  /** DER of all that came along. */
  readonly certificates: readonly Uint8Array[]
  readonly digestAlgorithm?: string
  readonly signatureAlgorithm?: string
  /** Signed, and yet only what the signer says. */
  readonly signingTime?: Date
  /** Present, and not judged yet: the time is what it claims. */
  readonly timeStamp?: { readonly claimedTime?: Date }
}

export interface CmsQuestion {
  /** CAdES asks that the certificate is named under the signature (EN 319 122-1 §5.2.2). */
  readonly profile: 'pkcs7' | 'cades'
  /** The digest of the signed octets of the file. */
  readonly digestOf: (hash: string) => Uint8Array
}

/** @throws pdf-unreadable: cms-malformed, cms-ambiguous */
export function judgeCms(cms: CmsSignature, question: CmsQuestion): JudgedCms {
  return inCmsWords(() => judge(cms, question))
}

const attribute = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  algorithmProtection: '1.2.840.113549.1.9.52',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  timeStampToken: '1.2.840.113549.1.9.16.2.14',
} as const

const DATA = '1.2.840.113549.1.7.1'

function judge(cms: CmsSignature, { profile, digestOf }: CmsQuestion): JudgedCms {
  const found: Finding[] = []
  const add = (code: FindingCode, detail?: string): void => {
    found.push({ code, ...(detail !== undefined && { detail }) })
  }
  const { signedAttributes: attributes, signedOctets } = cms
  const signingTime = one(attributes, attribute.signingTime)
  const claimedTime = signingTime && derTime(signingTime)
  const timeStamp = timeStampOf(cms.unsignedAttributes)
  const certificate = signerCertificate(cms)
  const said = {
    certificates: cms.certificates,
    ...(certificate !== undefined && { signer: certificate.der }),
    ...(claimedTime !== undefined && { signingTime: claimedTime }),
    ...(timeStamp !== undefined && { timeStamp }),
  }
  const digest = digestFor(cms.digestAlgorithm)
  if (typeof digest === 'string') {
    add(digest, cms.digestAlgorithm.oid)
    return { ...said, findings: found }
  }
  const method = methodFor(cms.signatureAlgorithm, digest)
  if (typeof method === 'string') add(method, cms.signatureAlgorithm.oid)
  if (certificate === undefined) add('certificate-missing')
  if (signedOctets === undefined) add('signed-attributes-missing')
  else {
    if (cms.contentType !== DATA || oidIn(one(attributes, attribute.contentType)) !== DATA) add('content-type-mismatch')
    if (!isEqual(octetsIn(one(attributes, attribute.messageDigest)), digestOf(digest.name))) add('digest-mismatch')
    if (!isProtected(cms)) add('cms-ambiguous', 'algorithm protection')
    if (certificate !== undefined) found.push(...namedCertificate(attributes, certificate, profile))
    if (certificate !== undefined && typeof method === 'object')
      found.push(...keyFindings(certificate, method, signedOctets, cms.signature))
  }
  return {
    ...said,
    findings: found,
    digestAlgorithm: digest.name,
    ...(typeof method === 'object' && { signatureAlgorithm: method.label }),
  }
}

function keyFindings(
  { publicKey }: Certificate,
  method: SignatureMethod,
  octets: Uint8Array,
  signature: Uint8Array,
): Finding[] {
  const found: Finding[] = []
  try {
    requireKeyStrength(publicKey)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'key-too-short' && code !== 'algorithm-forbidden' && code !== 'algorithm-not-allowed') throw error
    found.push({ code })
  }
  if (!isSignedWith(method, publicKey, octets, signature)) found.push({ code: 'signature-mismatch' })
  return found
}

/**
 * The certificate that the signer's name leads to. @throws pdf-unreadable: two different ones bear that name
 */
function signerCertificate({ certificates, signer }: CmsSignature): Certificate | undefined {
  const fitting = new Map<string, Certificate>()
  for (const certificate of certificates.flatMap(readable)) {
    const { issuer, serialOctets, subjectKeyId } = certificate.fields
    const fits =
      'subjectKeyId' in signer
        ? subjectKeyId === signer.subjectKeyId
        : issuer.octets === signer.issuer && serialOctets === signer.serialOctets
    if (fits) fitting.set(certificate.fingerprint, certificate)
  }
  if (fitting.size > 1) throw unreadable('Two different certificates bear the name of the signer.', 'cms-ambiguous')
  return [...fitting.values()][0]
}

function readable(der: Uint8Array): Certificate[] {
  try {
    return [readCertificate(der)]
  } catch {
    return [] // one that cannot be read leads nowhere
  }
}

/** RFC 5035 §3 (version 2) and RFC 2634 §5.4: the first certificate named is the signer's. */
function namedCertificate(
  attributes: Attributes,
  certificate: Certificate,
  profile: CmsQuestion['profile'],
): Finding[] {
  const [v2, v1] = [one(attributes, attribute.signingCertificateV2), one(attributes, attribute.signingCertificate)]
  if (v2 === undefined && v1 === undefined) return profile === 'cades' ? [{ code: 'signing-certificate-missing' }] : []
  const isNamed = [v2, v1].every((value) => value === undefined || isDigestOf(firstIdentifier(value), certificate))
  return isNamed ? [] : [{ code: 'signing-certificate-mismatch' }]
}

function firstIdentifier(value: DerValue): { hash: string | undefined; digest: Uint8Array } | undefined {
  const list = new DerReader(new DerReader(value.content).read(tags.sequence, 'The certificates').content)
  const reader = new DerReader(list.read(tags.sequence, 'A certificate').content)
  const algorithm = reader.readOptional(tags.sequence)
  const named = algorithm && digestFor(readAlgorithm(algorithm))
  const digest = reader.read(tags.octetString, 'The digest of a certificate').content
  // without an algorithm it is SHA-256 in version 2 and SHA-1 in version 1, which only its length tells apart
  if (named === undefined) return { hash: digest.length === 20 ? 'sha1' : 'sha256', digest }
  return { hash: typeof named === 'object' ? named.name : undefined, digest }
}

/** SHA-1 only tells certificates apart here: the one that is named has been found by its name and its key. */
function isDigestOf(named: ReturnType<typeof firstIdentifier>, { der }: Certificate): boolean {
  return named?.hash !== undefined && isEqual(named.digest, createHash(named.hash).update(der).digest())
}

/** RFC 6211: where the signer repeats the algorithms under the signature, they are the ones used. */
function isProtected({ signedAttributes, digestAlgorithm, signatureAlgorithm }: CmsSignature): boolean {
  const value = one(signedAttributes, attribute.algorithmProtection)
  if (value === undefined) return true
  const reader = new DerReader(value.content)
  const digest = readAlgorithm(reader.read(tags.sequence, 'The digest algorithm'))
  const signature = reader.readOptional(0xa1)
  if (digest.oid !== digestAlgorithm.oid || signature === undefined) return false
  const content = new DerReader(signature.content) // implicitly tagged: the fields of the algorithm follow at once
  return oidText(content.read(tags.oid, 'The signature algorithm').content) === signatureAlgorithm.oid
}

/** @throws pdf-unreadable: given with several values */
function one(attributes: Attributes, type: string): DerValue | undefined {
  const values = attributes.get(type)
  if (values === undefined) return undefined
  const [value] = values
  if (value === undefined || values.length !== 1)
    throw unreadable(`The attribute ${type} has ${values.length} values.`, 'cms-ambiguous')
  return value
}

function oidIn(value: DerValue | undefined): string | undefined {
  return value?.tag === tags.oid ? oidText(value.content) : undefined
}

function octetsIn(value: DerValue | undefined): Uint8Array | undefined {
  return value?.tag === tags.octetString ? value.content : undefined
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0
}

/** RFC 3161 §2.4.2, as far as the time it claims; a token that cannot be read is present all the same. */
function timeStampOf(attributes: Attributes): JudgedCms['timeStamp'] {
  const [token] = attributes.get(attribute.timeStampToken) ?? []
  if (token === undefined) return undefined
  try {
    const claimedTime = claimedIn(token)
    return claimedTime === undefined ? {} : { claimedTime }
  } catch {
    return {}
  }
}

function claimedIn(token: DerValue): Date | undefined {
  const info = new DerReader(token.content)
  if (oidText(info.read(tags.oid, 'The type').content) !== SIGNED_DATA) return undefined
  const signedData = new DerReader(
    new DerReader(info.read(0xa0, 'The content').content).read(tags.sequence, 'SignedData').content,
  )
  signedData.read(tags.integer, 'The version')
  signedData.read(tags.set, 'The digest algorithms')
  const content = new DerReader(signedData.read(tags.sequence, 'The content').content)
  content.read(tags.oid, 'The type of the content')
  const octets = new DerReader(content.read(0xa0, 'The content').content).read(tags.octetString, 'The octets').content
  const stamp = new DerReader(new DerReader(octets).read(tags.sequence, 'TSTInfo').content)
  stamp.read(tags.integer, 'The version')
  stamp.read(tags.oid, 'The policy')
  stamp.read(tags.sequence, 'The imprint')
  stamp.read(tags.integer, 'The serial number')
  return derTime(stamp.readAny('The time'))
}
