import {
  bitsOf,
  booleanOf,
  context,
  DerReader,
  type DerValue,
  explicit,
  integerOctets,
  itemsOf,
  malformed,
  oidText,
  smallInteger,
  tags,
} from './der.ts'
import { nameText } from './distinguished-name.ts'

/** What the fields of an X.509 certificate say, before anybody believes them. @see RFC 5280 §4.1 */
export interface CertificateFields {
  /** The octets that the issuer signed. */
  readonly signedOctets: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly serialNumber: string
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  readonly notBefore: Date
  readonly notAfter: Date
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array
  readonly basicConstraints: BasicConstraints | undefined
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined
  /** Hex. They order the candidates for an issuer and decide nothing. */
  readonly subjectKeyId: string | undefined
  readonly authorityKeyId: string | undefined
  /** Extensions that restrict a path and that the path rules do not apply: such a certificate is refused. */
  readonly unprocessedExtensions: readonly string[]
}

export interface AlgorithmIdentifier {
  readonly oid: string
  readonly parameters: DerValue | undefined
}

export interface DistinguishedName {
  /** RFC 4514. */
  readonly text: string
  /** Hex of the DER. Names are equal when their octets are. */
  readonly octets: string
}

export interface BasicConstraints {
  readonly ca: boolean
  readonly pathLength: number | undefined
}

export type KeyUsage = (typeof keyUsages)[number]

/** RFC 5280 §4.2.1.3, by bit. */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** @throws certificate-malformed: not strict DER, or not the shape of RFC 5280 §4.1. */
export function readFields(der: Uint8Array): CertificateFields {
  const file = new DerReader(der)
  const certificate = new DerReader(file.read(tags.sequence, 'The certificate').content)
  file.end('The certificate')
  const signed = certificate.read(tags.sequence, 'The signed part')
  const algorithm = certificate.read(tags.sequence, 'The signature algorithm')
  const { octets: signature, unused } = bitsOf(certificate.read(tags.bitString, 'The signature'))
  certificate.end('The signature')
  if (unused !== 0) throw malformed('The signature is not a whole number of octets.')

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
  const subject = readName(tbs.read(tags.sequence, 'The subject'))
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
    ...readExtensions(extensions),
  }
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

function readName(name: DerValue): DistinguishedName {
  return { text: nameText(name), octets: hex(name.encoded) }
}

/** RFC 5280 §4.1.2.5: seconds are written, the zone is Z. */
function readTime(value: DerValue): Date {
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

type Extensions = Pick<
  CertificateFields,
  'basicConstraints' | 'keyUsage' | 'subjectKeyId' | 'authorityKeyId' | 'unprocessedExtensions'
>

const oids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
} as const

/** Refused even when not marked critical, as RFC 5280 says they should be: name and policy constraints, inhibitAnyPolicy. */
const restrictions: ReadonlySet<string> = new Set(['2.5.29.30', '2.5.29.36', '2.5.29.54'])

function readExtensions(tagged: DerValue | undefined): Extensions {
  const found = new Map<string, DerReader>()
  const unprocessed: string[] = []
  const processed: ReadonlySet<string> = new Set(Object.values(oids))
  for (const extension of tagged === undefined ? [] : readList(tagged)) {
    const reader = new DerReader(extension.content)
    const oid = oidText(reader.read(tags.oid, 'The id of an extension').content)
    // FALSE is the default and DER omits it; it is read where written, because much software writes it
    const flag = reader.readOptional(tags.boolean)
    const critical = flag !== undefined && booleanOf(flag)
    const value = reader.read(tags.octetString, 'The value of an extension')
    reader.end('An extension')
    if (found.has(oid)) throw malformed(`Extension ${oid} is repeated.`) // RFC 5280 §4.2
    found.set(oid, new DerReader(value.content))
    if ((critical && !processed.has(oid)) || restrictions.has(oid)) unprocessed.push(oid)
  }
  return {
    basicConstraints: readValue(found.get(oids.basicConstraints), readBasicConstraints),
    keyUsage: readValue(found.get(oids.keyUsage), readKeyUsage),
    subjectKeyId: readValue(found.get(oids.subjectKeyId), (reader) =>
      hex(reader.read(tags.octetString, 'The subject key id').content),
    ),
    authorityKeyId: readValue(found.get(oids.authorityKeyId), readAuthorityKeyId),
    unprocessedExtensions: unprocessed,
  }
}

function readList(tagged: DerValue): DerValue[] {
  const reader = new DerReader(tagged.content)
  const list = reader.read(tags.sequence, 'The extensions')
  reader.end('The extensions')
  return itemsOf(list, tags.sequence, 'An extension')
}

function readValue<T>(reader: DerReader | undefined, read: (reader: DerReader) => T): T | undefined {
  if (reader === undefined) return undefined
  const value = read(reader)
  reader.end('The value of an extension')
  return value
}

function readBasicConstraints(outer: DerReader): BasicConstraints {
  const reader = new DerReader(outer.read(tags.sequence, 'basicConstraints').content)
  const flag = reader.readOptional(tags.boolean)
  const length = reader.readOptional(tags.integer)
  reader.end('basicConstraints')
  return {
    ca: flag !== undefined && booleanOf(flag),
    pathLength: length === undefined ? undefined : smallInteger(length, 'The path length'),
  }
}

function readKeyUsage(reader: DerReader): ReadonlySet<KeyUsage> {
  const { octets } = bitsOf(reader.read(tags.bitString, 'keyUsage'))
  return new Set(keyUsages.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0))
}

function readAuthorityKeyId(outer: DerReader): string | undefined {
  const reader = new DerReader(outer.read(tags.sequence, 'authorityKeyIdentifier').content)
  const id = reader.readOptional(context(0))
  return id === undefined ? undefined : hex(id.content)
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
