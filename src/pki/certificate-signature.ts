import { constants, type KeyObject, verify } from 'node:crypto'
import { type AlgorithmIdentifier, readAlgorithm, type Signed } from './certificate-fields.ts'
import { DerReader, explicit, smallInteger, tags } from './der.ts'

/** Whether the algorithm that signed this is on our list; SHA-1 and everything else that is old is not. */
export function isSignatureAlgorithmAllowed({ signatureAlgorithm }: Signed): boolean {
  return methodOf(signatureAlgorithm) !== undefined
}

/** Whether this key signed it, by an allowed algorithm. Says nothing about whether it was allowed to. */
export function isSignedBy({ signatureAlgorithm, signedOctets, signature }: Signed, issuerKey: KeyObject): boolean {
  const method = methodOf(signatureAlgorithm)
  if (method === undefined || !method.keyTypes.includes(issuerKey.asymmetricKeyType ?? '')) return false
  try {
    return verify(method.hash, signedOctets, { key: issuerKey, ...method.options }, signature)
  } catch {
    return false // OpenSSL refuses some combinations of key and parameters by throwing
  }
}

interface Method {
  readonly hash: string | null
  readonly keyTypes: readonly string[]
  readonly options: { readonly padding?: number; readonly saltLength?: number }
}

const rsa = (hash: string): Method => ({ hash, keyTypes: ['rsa'], options: { padding: constants.RSA_PKCS1_PADDING } })
const ecdsa = (hash: string): Method => ({ hash, keyTypes: ['ec'], options: {} })

/** RFC 4055, RFC 5758 and RFC 8410, as far as TT 15/2025 Appendix I goes (edXML notes §7.2). */
const methods: ReadonlyMap<string, Method> = new Map([
  ['1.2.840.113549.1.1.11', rsa('sha256')],
  ['1.2.840.113549.1.1.12', rsa('sha384')],
  ['1.2.840.113549.1.1.13', rsa('sha512')],
  ['1.2.840.10045.4.3.2', ecdsa('sha256')],
  ['1.2.840.10045.4.3.3', ecdsa('sha384')],
  ['1.2.840.10045.4.3.4', ecdsa('sha512')],
  ['1.3.101.112', { hash: null, keyTypes: ['ed25519'], options: {} }],
])

const RSASSA_PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'
const NULL = 0x05

const hashes: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

function methodOf(algorithm: AlgorithmIdentifier): Method | undefined {
  if (algorithm.oid === RSASSA_PSS) return pssMethod(algorithm)
  const method = methods.get(algorithm.oid)
  if (algorithm.parameters === undefined) return method
  // RFC 4055 §5: NULL for RSA; RFC 5758 §3.2 and RFC 8410 §3: nothing for the others
  return isNull(algorithm) && method?.keyTypes.includes('rsa') === true ? method : undefined
}

/** RFC 4055 §3.1: SHA-2, MGF1 with the same hash, and a salt of stated length. The defaults are SHA-1 and so refused. */
function pssMethod(algorithm: AlgorithmIdentifier): Method | undefined {
  if (algorithm.parameters?.tag !== tags.sequence) return undefined
  try {
    const reader = new DerReader(algorithm.parameters.content)
    const hash = hashOf(inner(reader, 0))
    const mask = readAlgorithm(inner(reader, 1).read(tags.sequence, 'The mask'))
    const saltLength = smallInteger(inner(reader, 2).read(tags.integer, 'The salt length'), 'The salt length')
    reader.end('The parameters') // the trailer field has one legal value, its default, which DER omits
    if (hash === undefined || mask.oid !== MGF1 || mask.parameters === undefined) return undefined
    if (hashOf(new DerReader(mask.parameters.encoded)) !== hash || saltLength > 64) return undefined
    return { hash, keyTypes: ['rsa', 'rsa-pss'], options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } }
  } catch {
    return undefined // parameters of another shape: not an algorithm on the list
  }
}

function inner(reader: DerReader, n: number): DerReader {
  return new DerReader(reader.read(explicit(n), 'A parameter').content)
}

function hashOf(reader: DerReader): string | undefined {
  const algorithm = readAlgorithm(reader.read(tags.sequence, 'The hash'))
  return algorithm.parameters === undefined || isNull(algorithm) ? hashes.get(algorithm.oid) : undefined
}

function isNull({ parameters }: AlgorithmIdentifier): boolean {
  return parameters?.tag === NULL && parameters.content.length === 0
}
