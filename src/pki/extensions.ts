import { limits } from '../base/index.ts'
import {
  bitsOf,
  booleanOf,
  context,
  DerReader,
  type DerValue,
  explicit,
  itemsOf,
  malformed,
  oidText,
  smallInteger,
  tags,
} from './der.ts'
import { type DistributionPoint, readDistributionPoints } from './distribution-point.ts'
import { type GeneralName, readGeneralName, readGeneralNames } from './general-name.ts'

/** The extensions of a certificate that a path is judged by. @see RFC 5280 §4.2 */
export interface CertificateExtensions {
  readonly basicConstraints: BasicConstraints | undefined
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined
  readonly extendedKeyUsage: ExtendedKeyUsage | undefined
  /** Hex. They order the candidates for an issuer and decide nothing. */
  readonly subjectKeyId: string | undefined
  readonly authorityKeyId: string | undefined
  readonly alternativeNames: readonly GeneralName[]
  readonly nameConstraints: NameConstraints | undefined
  /** Absent: no policy, so that a path through it has none. */
  readonly policies: ReadonlySet<string> | undefined
  readonly policyMappings: readonly PolicyMapping[]
  /** Numbers of certificates that may follow before it applies. */
  readonly requireExplicitPolicy: number | undefined
  readonly inhibitPolicyMapping: number | undefined
  readonly inhibitAnyPolicy: number | undefined
  readonly crlDistributionPoints: readonly DistributionPoint[]
  /** OCSP responders that the certificate names. */
  readonly ocspUrls: readonly string[]
  /** id-pkix-ocsp-nocheck: its status is not asked for. @see RFC 6960 §4.2.2.2.1 */
  readonly ocspNoCheck: boolean
  /** Critical extensions that are not processed here, by whatever reason: such a certificate is refused. */
  readonly unprocessedExtensions: readonly string[]
}

export interface BasicConstraints {
  readonly ca: boolean
  readonly pathLength: number | undefined
}

export interface ExtendedKeyUsage {
  readonly critical: boolean
  readonly purposes: ReadonlySet<string>
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

export interface PolicyMapping {
  readonly issuerPolicy: string
  readonly subjectPolicy: string
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

export const ANY_POLICY = '2.5.29.32.0'

const oids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  policies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInformation: '1.3.6.1.5.5.7.1.1',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
} as const

/** Known, but not when critical: RFC 5280 says that delta CRLs may be ignored, unless somebody insists. */
const notWhenCritical: ReadonlySet<string> = new Set([oids.freshestCrl])

export interface RawExtension {
  readonly critical: boolean
  readonly value: Uint8Array
}

/** @param tagged [3] EXPLICIT Extensions of a certificate; @throws certificate-malformed */
export function readExtensions(tagged: DerValue | undefined): CertificateExtensions {
  const found = tagged === undefined ? new Map<string, RawExtension>() : readRawExtensions(tagged)
  const unprocessed = [...found]
    .filter(([oid, { critical }]) => critical && (!processed.has(oid) || notWhenCritical.has(oid)))
    .map(([oid]) => oid)
  const read = <T>(oid: string, reading: (reader: DerReader) => T): T | undefined => {
    const extension = found.get(oid)
    if (extension === undefined) return undefined
    const reader = new DerReader(extension.value)
    const value = reading(reader)
    reader.end('The value of an extension')
    return value
  }
  const policies = read(oids.policies, readPolicies)
  if (policies?.oddQualifiers === true && found.get(oids.policies)?.critical === true) unprocessed.push(oids.policies)
  const names = read(oids.nameConstraints, readNameConstraints)
  if (names === 'unsupported') unprocessed.push(oids.nameConstraints)
  const constraints = read(oids.policyConstraints, readPolicyConstraints)
  const purposes = read(oids.extendedKeyUsage, readPurposes)
  return {
    basicConstraints: read(oids.basicConstraints, readBasicConstraints),
    keyUsage: read(oids.keyUsage, readKeyUsage),
    extendedKeyUsage: purposes && { purposes, critical: found.get(oids.extendedKeyUsage)?.critical === true },
    subjectKeyId: read(oids.subjectKeyId, (reader) => hex(reader.read(tags.octetString, 'The subject key id').content)),
    authorityKeyId: read(oids.authorityKeyId, readAuthorityKeyId),
    alternativeNames:
      read(oids.alternativeNames, (reader) =>
        readGeneralNames(reader.read(tags.sequence, 'The alternative names'), limits.namesInCertificate),
      ) ?? [],
    nameConstraints: names === 'unsupported' ? undefined : names,
    policies: policies?.oids,
    policyMappings: read(oids.policyMappings, readPolicyMappings) ?? [],
    requireExplicitPolicy: constraints?.requireExplicitPolicy,
    inhibitPolicyMapping: constraints?.inhibitPolicyMapping,
    inhibitAnyPolicy: read(oids.inhibitAnyPolicy, (reader) =>
      smallInteger(reader.read(tags.integer, 'inhibitAnyPolicy'), 'inhibitAnyPolicy'),
    ),
    crlDistributionPoints: read(oids.crlDistributionPoints, readDistributionPoints) ?? [],
    ocspUrls: read(oids.authorityInformation, readOcspUrls) ?? [],
    ocspNoCheck: found.has(oids.ocspNoCheck),
    unprocessedExtensions: unprocessed,
  }
}

const processed: ReadonlySet<string> = new Set(Object.values(oids))

/** Extensions by their id. @throws certificate-malformed: also when one is repeated (RFC 5280 §4.2) */
export function readRawExtensions(tagged: DerValue): Map<string, RawExtension> {
  const reader = new DerReader(tagged.content)
  const list = reader.read(tags.sequence, 'The extensions')
  reader.end('The extensions')
  return readExtensionList(list)
}

export function readExtensionList(list: DerValue): Map<string, RawExtension> {
  const found = new Map<string, RawExtension>()
  for (const extension of itemsOf(list, tags.sequence, 'An extension')) {
    const reader = new DerReader(extension.content)
    const oid = oidText(reader.read(tags.oid, 'The id of an extension').content)
    // FALSE is the default and DER omits it; it is read where written, because much software writes it
    const flag = reader.readOptional(tags.boolean)
    const critical = flag !== undefined && booleanOf(flag)
    const value = reader.read(tags.octetString, 'The value of an extension').content
    reader.end('An extension')
    if (found.has(oid)) throw malformed(`Extension ${oid} is repeated.`)
    found.set(oid, { critical, value })
  }
  return found
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

function readPurposes(reader: DerReader): ReadonlySet<string> {
  const list = itemsOf(reader.read(tags.sequence, 'The purposes of the key'), tags.oid, 'A purpose')
  return new Set(list.map(({ content }) => oidText(content)))
}

function readAuthorityKeyId(outer: DerReader): string | undefined {
  const reader = new DerReader(outer.read(tags.sequence, 'authorityKeyIdentifier').content)
  const id = reader.readOptional(context(0))
  return id === undefined ? undefined : hex(id.content)
}

/** Qualifiers of other kinds than a statement's address and a notice restrict a policy in a way that nobody applies. */
const knownQualifiers: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2'])

function readPolicies(outer: DerReader): { oids: ReadonlySet<string>; oddQualifiers: boolean } {
  const items = itemsOf(outer.read(tags.sequence, 'The policies'), tags.sequence, 'A policy')
  requireFew(items, limits.policiesInCertificate, 'policies')
  const found = new Set<string>()
  let oddQualifiers = false
  for (const item of items) {
    const reader = new DerReader(item.content)
    const oid = oidText(reader.read(tags.oid, 'A policy').content)
    const qualifiers = reader.readOptional(tags.sequence)
    reader.end('A policy')
    if (found.has(oid)) throw malformed(`Policy ${oid} is repeated.`) // RFC 5280 §4.2.1.4
    found.add(oid)
    for (const { content } of qualifiers === undefined ? [] : itemsOf(qualifiers, tags.sequence, 'A qualifier'))
      if (!knownQualifiers.has(oidText(new DerReader(content).read(tags.oid, 'A qualifier').content)))
        oddQualifiers = true
  }
  return { oids: found, oddQualifiers }
}

function readPolicyMappings(outer: DerReader): readonly PolicyMapping[] {
  const items = itemsOf(outer.read(tags.sequence, 'The policy mappings'), tags.sequence, 'A policy mapping')
  requireFew(items, limits.policiesInCertificate, 'policy mappings')
  return items.map(({ content }) => {
    const reader = new DerReader(content)
    const issuerPolicy = oidText(reader.read(tags.oid, 'A policy').content)
    const subjectPolicy = oidText(reader.read(tags.oid, 'A policy').content)
    reader.end('A policy mapping')
    return { issuerPolicy, subjectPolicy }
  })
}

function readPolicyConstraints(
  outer: DerReader,
): Pick<CertificateExtensions, 'requireExplicitPolicy' | 'inhibitPolicyMapping'> {
  const reader = new DerReader(outer.read(tags.sequence, 'The policy constraints').content)
  const explicitPolicy = reader.readOptional(context(0))
  const mapping = reader.readOptional(context(1))
  reader.end('The policy constraints')
  const number = (value: DerValue | undefined): number | undefined =>
    value === undefined ? undefined : smallInteger(value, 'A policy constraint')
  return { requireExplicitPolicy: number(explicitPolicy), inhibitPolicyMapping: number(mapping) }
}

/** `unsupported`: a distance or a shape that RFC 5280 does not use, or nothing at all. */
function readNameConstraints(outer: DerReader): NameConstraints | 'unsupported' {
  const reader = new DerReader(outer.read(tags.sequence, 'The name constraints').content)
  const permitted = readSubtrees(reader.readOptional(explicit(0)))
  const excluded = readSubtrees(reader.readOptional(explicit(1)))
  reader.end('The name constraints')
  if (permitted === 'unsupported' || excluded === 'unsupported') return 'unsupported'
  return permitted.length + excluded.length === 0 ? 'unsupported' : { permitted, excluded }
}

function readSubtrees(list: DerValue | undefined): GeneralName[] | 'unsupported' {
  const items = list === undefined ? [] : itemsOf(list, tags.sequence, 'A subtree')
  requireFew(items, limits.namesInCertificate, 'subtrees')
  const bases: GeneralName[] = []
  for (const { content } of items) {
    const reader = new DerReader(content)
    bases.push(readGeneralName(reader.readAny('The base of a subtree')))
    if (!reader.done) return 'unsupported' // minimum or maximum: RFC 5280 §4.2.1.10 has only their defaults
  }
  return bases
}

const OCSP = '1.3.6.1.5.5.7.48.1'

function readOcspUrls(outer: DerReader): string[] {
  const items = itemsOf(outer.read(tags.sequence, 'The authority information'), tags.sequence, 'An access description')
  requireFew(items, limits.namesInCertificate, 'access descriptions')
  return items.flatMap(({ content }) => {
    const reader = new DerReader(content)
    const method = oidText(reader.read(tags.oid, 'An access method').content)
    const location = readGeneralName(reader.readAny('An access location'))
    reader.end('An access description')
    return method === OCSP && location.form === 'uri' ? [location.text] : []
  })
}

function requireFew(items: readonly unknown[], most: number, what: string): void {
  if (items.length > most) throw malformed(`It has more than ${most} ${what}.`)
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
}
