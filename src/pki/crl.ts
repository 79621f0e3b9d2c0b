import { createHash } from 'node:crypto'
import { GatewayError, limits, messageOf } from '../base/index.ts'
import { readAlgorithm, readSigned, readTime, type Signed } from './certificate-fields.ts'
import { CrlEntries, type EntryIndex } from './crl-entries.ts'
import { booleanOf, context, DerReader, explicit, smallInteger, tags } from './der.ts'
import { type DistinguishedName, readName } from './distinguished-name.ts'
import {
  ALL_REASONS,
  type DistributionPointName,
  readDistributionPointName,
  readReasons,
} from './distribution-point.ts'
import { type RawExtension, readRawExtensions } from './extensions.ts'

/** A list of revoked certificates, read once and believed by nobody yet. @see RFC 5280 §5 */
export interface Crl extends Signed {
  readonly der: Uint8Array<ArrayBuffer>
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  readonly issuer: DistinguishedName
  readonly thisUpdate: Date
  /** RFC 5280 §5.1.2.5 requires it; without it a list is never fresh. */
  readonly nextUpdate: Date | undefined
  readonly scope: CrlScope
  readonly entries: CrlEntries
  /** Only changes since another list. */
  readonly isDelta: boolean
  /** Names what it needs and this gateway does not process: then it tells nothing about any certificate. */
  readonly unsupported: string | undefined
}

/** Which certificates a list is about. @see RFC 5280 §5.2.5 */
export interface CrlScope {
  readonly name: DistributionPointName | undefined
  readonly only: 'users' | 'authorities' | 'attributes' | undefined
  readonly reasons: number
}

/** What another thread found out about a list, which reads it again at no cost. */
export interface IndexedCrl {
  readonly der: Uint8Array<ArrayBuffer>
  readonly fingerprint: string
  readonly index: EntryIndex
}

/** The list that was indexed. @throws {GatewayError} revocation-data-unusable */
export function readIndexedCrl(indexed: IndexedCrl): Crl {
  return named(() => readDer(indexed.der, indexed))
}

/** What a list says of itself, without its entries. @throws {GatewayError} revocation-data-unusable */
export function readCrlHead(der: Uint8Array): Pick<Crl, 'issuer' | 'thisUpdate' | 'nextUpdate'> {
  return named(() =>
    readDer(Uint8Array.from(der), { fingerprint: '', index: { places: new Uint32Array(), unprocessed: undefined } }),
  )
}

/** @param pemOrDer One CRL. @throws {GatewayError} revocation-data-unusable: it cannot be read, or is longer than the limit */
export function readCrl(pemOrDer: Uint8Array): Crl {
  return named(() => readDer(Uint8Array.from(pemOrDer[0] === tags.sequence ? pemOrDer : fromPem(pemOrDer))))
}

function named<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new GatewayError('revocation-data-unusable', `The CRL cannot be read: ${messageOf(cause)}`, {}, { cause })
  }
}

const oids = {
  number: '2.5.29.20',
  delta: '2.5.29.27',
  scope: '2.5.29.28',
  authorityKeyId: '2.5.29.35',
} as const

const processed: ReadonlySet<string> = new Set([oids.number, oids.delta, oids.scope, oids.authorityKeyId])

function readDer(der: Uint8Array<ArrayBuffer>, known?: Pick<IndexedCrl, 'fingerprint' | 'index'>): Crl {
  if (der.length > limits.crlBytes) throw new Error(`it is longer than ${limits.crlBytes} octets`)
  const { signed, algorithm, signature, rest } = readSigned(der)
  rest.end('The signature')
  const tbs = new DerReader(signed.content)
  const version = tbs.readOptional(tags.integer)
  if (version !== undefined && smallInteger(version, 'The version') !== 1) throw new Error('its version is not 2')
  if (Buffer.compare(tbs.read(tags.sequence, 'The inner signature algorithm').encoded, algorithm.encoded) !== 0)
    throw new Error('the two names of the signature algorithm differ')
  const issuer = readName(tbs.read(tags.sequence, 'The issuer'))
  const thisUpdate = readTime(tbs.readAny('thisUpdate'))
  const next = tbs.readOptional(tags.utcTime) ?? tbs.readOptional(tags.generalizedTime)
  const list = tbs.readOptional(tags.sequence)
  const tagged = tbs.readOptional(explicit(0))
  tbs.end('The signed part')
  const extensions = tagged === undefined ? new Map<string, RawExtension>() : readRawExtensions(tagged)
  const unknown = [...extensions].find(([oid, { critical }]) => critical && !processed.has(oid))?.[0]
  const { scope, indirect } = readScope(extensions.get(oids.scope)?.value)
  const entries = new CrlEntries(list?.content ?? new Uint8Array(), known?.index)
  const isDelta = extensions.has(oids.delta)
  return {
    der,
    fingerprint: known?.fingerprint ?? createHash('sha256').update(der).digest('hex'),
    signedOctets: signed.encoded,
    signatureAlgorithm: readAlgorithm(algorithm),
    signature,
    issuer,
    thisUpdate,
    nextUpdate: next && readTime(next),
    scope,
    entries,
    isDelta,
    unsupported: indirect
      ? 'indirect-crl'
      : isDelta
        ? 'delta-crl'
        : (unknown ?? entries.unprocessed) !== undefined
          ? 'crl-extension'
          : undefined,
  }
}

const everything: CrlScope = { name: undefined, only: undefined, reasons: ALL_REASONS }

function readScope(value: Uint8Array | undefined): { scope: CrlScope; indirect: boolean } {
  if (value === undefined) return { scope: everything, indirect: false }
  const outer = new DerReader(value)
  const reader = new DerReader(outer.read(tags.sequence, 'The issuing distribution point').content)
  outer.end('The issuing distribution point')
  const name = reader.readOptional(explicit(0))
  const flag = (n: number): boolean => {
    const found = reader.readOptional(context(n))
    return found !== undefined && booleanOf(found)
  }
  const users = flag(1)
  const authorities = flag(2)
  const reasons = reader.readOptional(context(3))
  const indirect = flag(4)
  const attributes = flag(5)
  reader.end('The issuing distribution point')
  if (Number(users) + Number(authorities) + Number(attributes) > 1) throw new Error('its scope contradicts itself')
  return {
    scope: {
      name: name && readDistributionPointName(name),
      only: users ? 'users' : authorities ? 'authorities' : attributes ? 'attributes' : undefined,
      reasons: reasons === undefined ? ALL_REASONS : readReasons(reasons),
    },
    indirect,
  }
}

/** RFC 7468 §6: the label is "X509 CRL". Its bounds are found by searching, so that hostile text costs linear time. */
function fromPem(octets: Uint8Array): Uint8Array {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END, begin)
  if (begin === -1 || end === -1) throw new Error('it is neither DER nor PEM')
  return Buffer.from(text.slice(begin + BEGIN.length, end), 'base64')
}

const BEGIN = '-----BEGIN X509 CRL-----'
const END = '-----END X509 CRL-----'
