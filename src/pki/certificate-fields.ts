import {
  bitsOf,
  context,
  DerReader,
  type DerValue,
  explicit,
  integerOctets,
  malformed,
  oidText,
  smallInteger,
  tags,
} from './der.ts'
import { attributeValues, type DistinguishedName, readName } from './distinguished-name.ts'
import { type CertificateExtensions, readExtensions } from './extensions.ts'

/** What the fields of an X.509 certificate say, before anybody believes them. @see RFC 5280 §4.1 */
export interface CertificateFields extends CertificateExtensions, Signed {
  /** For people; a negative number and a positive one may look the same. */
  readonly serialNumber: string
  /** Hex of the octets of the INTEGER, by which CRLs and OCSP name the certificate. */
  readonly serialOctets: string
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  /** The subject's DER, as OCSP digests it. */
  readonly subjectDer: Uint8Array
  /** Addresses in the subject, where old certificates have them (RFC 5280 §4.1.2.6). */
  readonly emailsInSubject: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array
}

/** What an authority signed, and how: a certificate, a CRL, an OCSP response. */
export interface Signed {
  /** The octets that the signature covers. */
  readonly signedOctets: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
}

export interface AlgorithmIdentifier {
  readonly oid: string
  readonly parameters: DerValue | undefined
}

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'

/** @throws certificate-malformed: not strict DER, or not the shape of RFC 5280 §4.1. */
export function readFields(der: Uint8Array): CertificateFields {
  const { signed, algorithm, signature, rest } = readSigned(der)
  rest.end('The signature')
  const tbs = new DerReader(signed.content)
  const version = readVersion(tbs.readOptional(explicit(0)))
  const serial = integerOctets(tbs.read(tags.integer, 'The serial number'))
  if (serial.length > 21) throw malformed('The serial number is longer than 20 octets.') // RFC 5280 §4.1.2.2, and a sign octet
  // RFC 5280 §4.1.1.2: the algorithm is named twice, and only the inner name is signed
  if (!equal(tbs.read(tags.sequence, 'The inner signature algorithm').encoded, algorithm.encoded))
    throw malformed('The two names of the signature algorithm differ.')
  const issuer = readName(tbs.read(tags.sequence, 'The issuer'))
  const validity = new DerReader(tbs.read(tags.sequence, 'The validity').content)
  const notBefore = readTime(validity.readAny('notBefore'))
  const notAfter = readTime(validity.readAny('notAfter'))
  validity.end('The validity')
  const subjectName = tbs.read(tags.sequence, 'The subject')
  const subject = readName(subjectName)
  const publicKeyInfo = tbs.read(tags.sequence, 'The public key').encoded
  if (version > 1) for (const n of [1, 2]) tbs.readOptional(context(n)) // unique identifiers, used by nobody
  const extensions = version === 3 ? tbs.readOptional(explicit(3)) : undefined
  tbs.end('The signed part')
  return {
    signedOctets: signed.encoded,
    signatureAlgorithm: readAlgorithm(algorithm),
    signature,
    serialNumber: hex(serial)
      .toUpperCase()
      .replace(/^00(?=..)/, ''),
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKeyInfo,
    serialOctets: hex(serial),
    subjectDer: subjectName.encoded,
    emailsInSubject: attributeValues(subjectName, EMAIL_ADDRESS),
    ...readExtensions(extensions),
  }
}

/** SIGNED of X.509: what was signed, by which algorithm, the value, and whatever follows it. */
export function readSigned(der: Uint8Array): {
  signed: DerValue
  algorithm: DerValue
  signature: Uint8Array
  rest: DerReader
} {
  const file = new DerReader(der)
  const outer = new DerReader(file.read(tags.sequence, 'The whole').content)
  file.end('The whole')
  const signed = outer.read(tags.sequence, 'The signed part')
  const algorithm = outer.read(tags.sequence, 'The signature algorithm')
  const { octets: signature, unused } = bitsOf(outer.read(tags.bitString, 'The signature'))
  if (unused !== 0) throw malformed('The signature is not a whole number of octets.')
  return { signed, algorithm, signature, rest: outer }
}

export function readAlgorithm(value: DerValue): AlgorithmIdentifier {
  const reader = new DerReader(value.content)
  const oid = oidText(reader.read(tags.oid, 'An algorithm').content)
  const parameters = reader.done ? undefined : reader.readAny('Algorithm parameters')
  reader.end('An algorithm')
  return { oid, parameters }
}

function readVersion(tagged: DerValue | undefined): 1 | 2 | 3 {
  if (tagged === undefined) return 1
  const reader = new DerReader(tagged.content)
  const version = smallInteger(reader.read(tags.integer, 'The version'), 'The version') + 1
  reader.end('The version')
  if (version !== 2 && version !== 3) throw malformed('The version is not 2 or 3.') // 1 is the default, which DER omits
  return version
}

/** RFC 5280 §4.1.2.5: seconds are written, the zone is Z. */
export function readTime(value: DerValue): Date {
  const text = Buffer.from(value.content).toString('latin1')
  const long = value.tag === tags.utcTime ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(long)
  if (parts === null || (value.tag !== tags.utcTime && value.tag !== tags.generalizedTime))
    throw malformed('A time has not the form of RFC 5280.')
  const [, year, month, day, hour, minute, second] = parts
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const time = new Date(iso)
  // the calendar decides: 30 February would otherwise become 1 or 2 March
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw malformed('A time does not exist.')
  return time
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
