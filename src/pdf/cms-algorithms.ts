import { constants, type KeyObject, verify } from 'node:crypto'
import { type AlgorithmIdentifier, DerReader, explicit, readAlgorithm, smallInteger, tags } from '../pki/index.ts'
import type { FindingCode } from './findings.ts'

/** A digest on the list (FIPS 180-4, FIPS 202; TT 15/2025 Appendix I, edXML notes §7.2). */
export interface Digest {
  /** As node:crypto calls it. */
  readonly name: string
}

/** A way to verify: the digest is part of it where the algorithm says so. */
export interface SignatureMethod {
  /** `RSASSA-PSS SHA-256`, for people. */
  readonly label: string
  readonly hash: string
  readonly keyTypes: readonly string[]
  readonly options: { readonly padding?: number; readonly saltLength?: number }
}

/** Why there is none. */
export type Refused = Extract<FindingCode, 'algorithm-forbidden' | 'algorithm-not-allowed'>

export function digestFor({ oid, parameters }: AlgorithmIdentifier): Digest | Refused {
  const name = digests.get(oid)
  if (name === undefined) return FORBIDDEN.has(oid) ? 'algorithm-forbidden' : 'algorithm-not-allowed'
  return parameters === undefined || isNull(parameters.tag, parameters.content) ? { name } : 'algorithm-not-allowed'
}

/**
 * The method that an algorithm names for a signer whose digest is `digest`; the two must agree (RFC 5754 §3).
 * RSA PKCS#1 v1.5, RSASSA-PSS (RFC 4056), ECDSA (RFC 5753 §2.1).
 */
export function methodFor({ oid, parameters }: AlgorithmIdentifier, digest: Digest): SignatureMethod | Refused {
  if (FORBIDDEN.has(oid)) return 'algorithm-forbidden'
  if (oid === RSASSA_PSS) return pss({ oid, parameters }, digest)
  const hash = oid === RSA_ENCRYPTION ? digest.name : (rsa.get(oid) ?? ecdsa.get(oid))
  if (hash === undefined || hash !== digest.name) return 'algorithm-not-allowed'
  const label = hash.toUpperCase().replace(/^SHA(\d)/, 'SHA-$1')
  if (ecdsa.has(oid)) return { label: `ECDSA ${label}`, hash, keyTypes: ['ec'], options: {} }
  const options = { padding: constants.RSA_PKCS1_PADDING }
  return { label: `RSA PKCS#1 v1.5 ${label}`, hash, keyTypes: ['rsa'], options }
}

/** Whether the key made the signature over these octets. */
export function isSignedWith(
  method: SignatureMethod,
  key: KeyObject,
  octets: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!method.keyTypes.includes(key.asymmetricKeyType ?? '')) return false
  try {
    return verify(method.hash, octets, { key, ...method.options }, signature)
  } catch {
    return false // OpenSSL refuses some combinations of key and parameters by throwing
  }
}

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1'
const RSASSA_PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'

const digests: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
  ['2.16.840.1.101.3.4.2.6', 'sha512-256'],
  ['2.16.840.1.101.3.4.2.8', 'sha3-256'],
  ['2.16.840.1.101.3.4.2.9', 'sha3-384'],
  ['2.16.840.1.101.3.4.2.10', 'sha3-512'],
])

const rsa: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
])

const ecdsa: ReadonlyMap<string, string> = new Map([
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
])

/** MD2, MD5, SHA-1, RIPEMD-160 and DSA, alone and in their combinations. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  '1.2.840.113549.2.2',
  '1.2.840.113549.2.5',
  '1.3.14.3.2.26',
  '1.3.14.3.2.29',
  '1.3.36.3.2.1',
  '1.2.840.113549.1.1.2',
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  '1.2.840.10045.4.1',
  '1.2.840.10040.4.1',
  '1.2.840.10040.4.3',
  '2.16.840.1.101.3.4.3.2',
])

/** RFC 4055 §3.1: the same hash in all three places; the defaults are SHA-1. */
function pss({ parameters }: AlgorithmIdentifier, digest: Digest): SignatureMethod | Refused {
  if (parameters?.tag !== tags.sequence) return 'algorithm-forbidden'
  const reader = new DerReader(parameters.content)
  const hash = reader.readOptional(explicit(0))
  const mask = reader.readOptional(explicit(1))
  const salt = reader.readOptional(explicit(2))
  const trailer = reader.readOptional(explicit(3))
  reader.end('The parameters of RSASSA-PSS')
  if (hash === undefined || mask === undefined) return 'algorithm-forbidden'
  const maskAlgorithm = algorithmIn(mask.content)
  if (maskAlgorithm.oid !== MGF1 || maskAlgorithm.parameters === undefined) return 'algorithm-not-allowed'
  const hashes = [digestFor(algorithmIn(hash.content)), digestFor(readAlgorithm(maskAlgorithm.parameters))]
  if (hashes.includes('algorithm-forbidden')) return 'algorithm-forbidden'
  const same = hashes.every((one) => typeof one === 'object' && one.name === digest.name)
  const saltLength = salt === undefined ? 20 : numberIn(salt.content)
  if (!same || saltLength > 64 || (trailer !== undefined && numberIn(trailer.content) !== 1))
    return 'algorithm-not-allowed'
  return {
    label: `RSASSA-PSS ${digest.name.toUpperCase().replace(/^SHA(\d)/, 'SHA-$1')}`,
    hash: digest.name,
    keyTypes: ['rsa', 'rsa-pss'],
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
  }
}

function algorithmIn(content: Uint8Array): AlgorithmIdentifier {
  const reader = new DerReader(content)
  const algorithm = readAlgorithm(reader.read(tags.sequence, 'An algorithm'))
  reader.end('An algorithm')
  return algorithm
}

function numberIn(content: Uint8Array): number {
  const reader = new DerReader(content)
  const number = smallInteger(reader.read(tags.integer, 'A number'), 'A number')
  reader.end('A number')
  return number
}

function isNull(tag: number, content: Uint8Array): boolean {
  return tag === 0x05 && content.length === 0
}
