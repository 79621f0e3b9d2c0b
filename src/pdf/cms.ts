import { limits } from '../base/index.ts'
import {
  type AlgorithmIdentifier,
  context,
  DerReader,
  type DerValue,
  explicit,
  integerOctets,
  itemsOf,
  oidText,
  readAlgorithm,
  tags,
} from '../pki/index.ts'
import { definite } from './cms-encoding.ts'
import { unreadable } from './unreadable.ts'

/** What a detached CMS signature says, before anybody believes it (RFC 5652 §5). */
export interface CmsSignature {
  readonly contentType: string
  /** DER of each certificate that came along, in their order. */
  readonly certificates: readonly Uint8Array[]
  /** How the signer's certificate is named. */
  readonly signer: SignerName
  readonly digestAlgorithm: AlgorithmIdentifier
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  /** What the signature value covers: the DER of the signed attributes as a SET (§5.4). */
  readonly signedOctets: Uint8Array | undefined
  readonly signedAttributes: Attributes
  readonly unsignedAttributes: Attributes
}

export type SignerName = { readonly issuer: string; readonly serialOctets: string } | { readonly subjectKeyId: string }

/** Attribute type → its values. */
export type Attributes = ReadonlyMap<string, readonly DerValue[]>

export const SIGNED_DATA = '1.2.840.113549.1.7.2'

/**
 * Reads the value of `Contents`: one SignedData with one signer and no content of its own, then zeros.
 * @throws pdf-unreadable: contents-padding, cms-malformed, cms-ambiguous
 */
export function readCms(contents: Uint8Array): CmsSignature {
  const { value, length } = definite(contents)
  if (contents.subarray(length).some((octet) => octet !== 0))
    throw unreadable(`After ${length} octets of signature something other than zeros follows.`, 'contents-padding')
  return inCmsWords(() => readContentInfo(value))
}

/** What the reader of DER refuses is called by what is being read here. */
export function inCmsWords<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'certificate-malformed')
      throw unreadable('The signature value is not a CMS signature.', 'cms-malformed', error)
    throw error
  }
}

function readContentInfo(octets: Uint8Array): CmsSignature {
  const file = new DerReader(octets)
  const info = new DerReader(file.read(tags.sequence, 'ContentInfo').content)
  file.end('ContentInfo')
  if (oidText(info.read(tags.oid, 'The content type').content) !== SIGNED_DATA)
    throw unreadable('The signature value is no SignedData.', 'cms-malformed')
  const outer = new DerReader(info.read(explicit(0), 'SignedData').content)
  info.end('ContentInfo')
  const signedData = new DerReader(outer.read(tags.sequence, 'SignedData').content)
  outer.end('SignedData')

  signedData.read(tags.integer, 'The version')
  signedData.read(tags.set, 'The digest algorithms')
  const contentType = readContentType(signedData.read(tags.sequence, 'The content'))
  const certificates = readCertificateSet(signedData.readOptional(explicit(0)))
  signedData.readOptional(explicit(1)) // revocation data that came along; what counts is what is fetched
  const signers = itemsOf(signedData.read(tags.set, 'The signers'), tags.sequence, 'A signer')
  signedData.end('SignedData')
  const [signer] = signers
  if (signer === undefined || signers.length !== 1)
    throw unreadable(`The signature value has ${signers.length} signers.`, 'cms-ambiguous')
  return { contentType, certificates, ...readSigner(signer) }
}

/** Detached: the octets of the file are the content (ISO 32000-2 §12.8.3.3.1). */
function readContentType(content: DerValue): string {
  const reader = new DerReader(content.content)
  const type = oidText(reader.read(tags.oid, 'The type of the content').content)
  if (!reader.done) throw unreadable('The signature value carries a content of its own.', 'cms-ambiguous')
  return type
}

/** Attribute certificates and other kinds (§10.2.2) are passed over. */
function readCertificateSet(set: DerValue | undefined): Uint8Array[] {
  const certificates: Uint8Array[] = []
  const reader = new DerReader(set?.content ?? new Uint8Array())
  while (!reader.done) {
    const { tag, encoded } = reader.readAny('A certificate')
    if (tag === tags.sequence) certificates.push(encoded)
    if (certificates.length > limits.cmsCertificates)
      throw unreadable(`The signature brings more than ${limits.cmsCertificates} certificates.`, 'pdf-too-complex')
  }
  return certificates
}

type Signer = Omit<CmsSignature, 'contentType' | 'certificates'>

/** §5.3. */
function readSigner(value: DerValue): Signer {
  const reader = new DerReader(value.content)
  reader.read(tags.integer, 'The version of the signer')
  const keyId = reader.readOptional(context(0))
  const signer =
    keyId === undefined
      ? readIssuerAndSerial(reader.read(tags.sequence, 'The name of the signer'))
      : { subjectKeyId: hex(keyId.content) }
  const digestAlgorithm = readAlgorithm(reader.read(tags.sequence, 'The digest algorithm'))
  const signedAttributes = reader.readOptional(explicit(0))
  const signatureAlgorithm = readAlgorithm(reader.read(tags.sequence, 'The signature algorithm'))
  const signature = reader.read(tags.octetString, 'The signature').content
  const unsignedAttributes = reader.readOptional(explicit(1))
  reader.end('The signer')
  return {
    signer,
    digestAlgorithm,
    signatureAlgorithm,
    signature,
    signedOctets: signedAttributes && asSet(signedAttributes.encoded),
    signedAttributes: readAttributes(signedAttributes),
    unsignedAttributes: readAttributes(unsignedAttributes),
  }
}

/** The octets are digested with the tag of a SET in place of [0] (§5.4). */
function asSet(encoded: Uint8Array): Uint8Array {
  const octets = Uint8Array.from(encoded)
  octets[0] = tags.set
  return octets
}

function readIssuerAndSerial(value: DerValue): SignerName {
  const reader = new DerReader(value.content)
  const issuer = hex(reader.read(tags.sequence, 'The issuer').encoded)
  const serialOctets = hex(integerOctets(reader.read(tags.integer, 'The serial number')))
  reader.end('The name of the signer')
  return { issuer, serialOctets }
}

function readAttributes(set: DerValue | undefined): Attributes {
  const attributes = new Map<string, readonly DerValue[]>()
  for (const attribute of set === undefined ? [] : itemsOf(set, tags.sequence, 'An attribute')) {
    const reader = new DerReader(attribute.content)
    const type = oidText(reader.read(tags.oid, 'The type of an attribute').content)
    const values = new DerReader(reader.read(tags.set, 'The values of an attribute').content)
    reader.end('An attribute')
    if (attributes.has(type)) throw unreadable(`The attribute ${type} is given twice.`, 'cms-ambiguous')
    const list: DerValue[] = []
    while (!values.done) list.push(values.readAny('The value of an attribute'))
    attributes.set(type, list)
  }
  return attributes
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}
