import { constants, hash, type KeyObject, verify } from 'node:crypto'
import { GatewayError } from '../base/index.ts'
import type { SigningAlgorithm } from '../pki/index.ts'

/** SHA-256 and its kin, by the names of node:crypto. */
export type DigestName = 'sha256' | 'sha384' | 'sha512'

interface SignatureMethod {
  readonly keyType: 'rsa' | 'ec' | 'ed25519'
  /** null: the algorithm brings its own. */
  readonly digest: DigestName | null
  readonly pss?: true
}

/** The only signature algorithms there are for us (TT 15/2025; edXML notes §7.2; RFC 9231 gives the URIs). */
export const signatureMethods: ReadonlyMap<string, SignatureMethod> = new Map<string, SignatureMethod>([
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', { keyType: 'rsa', digest: 'sha256' }],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha384', { keyType: 'rsa', digest: 'sha384' }],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', { keyType: 'rsa', digest: 'sha512' }],
  ['http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1', { keyType: 'rsa', digest: 'sha256', pss: true }],
  ['http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1', { keyType: 'rsa', digest: 'sha384', pss: true }],
  ['http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1', { keyType: 'rsa', digest: 'sha512', pss: true }],
  ['http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256', { keyType: 'ec', digest: 'sha256' }],
  ['http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384', { keyType: 'ec', digest: 'sha384' }],
  ['http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512', { keyType: 'ec', digest: 'sha512' }],
  ['http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519', { keyType: 'ed25519', digest: null }],
])

/** What our own signers write. */
export const signatureUris: Readonly<Record<SigningAlgorithm, string>> = {
  'rsa-pkcs1-sha256': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'rsa-pss-sha256': 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  'ecdsa-p256-sha256': 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
  'ecdsa-p384-sha384': 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384',
  ed25519: 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519',
}

export const SHA256_URI = 'http://www.w3.org/2001/04/xmlenc#sha256'

const digestMethods: ReadonlyMap<string, DigestName> = new Map([
  [SHA256_URI, 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
])

export const canonicalizations = {
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  exclusiveWithComments: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  inclusive: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  inclusiveWithComments: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  inclusive11: 'http://www.w3.org/2006/12/xml-c14n11',
  inclusive11WithComments: 'http://www.w3.org/2006/12/xml-c14n11#WithComments',
} as const

export const ENVELOPED_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** @throws {GatewayError} algorithm-forbidden | algorithm-not-allowed */
export function requireSignatureMethod(uri: string): SignatureMethod {
  return signatureMethods.get(uri) ?? refuse('signature', uri)
}

/** @throws {GatewayError} algorithm-forbidden | algorithm-not-allowed */
export function requireDigestMethod(uri: string): DigestName {
  return digestMethods.get(uri) ?? refuse('digest', uri)
}

export function digestOf(method: DigestName, octets: Uint8Array): Buffer {
  return hash(method, octets, 'buffer')
}

/** Does `value` sign `octets` under this key? A key of another kind than the method names never does (key confusion). */
export function signatureMatches(
  method: SignatureMethod,
  key: KeyObject,
  octets: Uint8Array,
  value: Uint8Array,
): boolean {
  if (key.asymmetricKeyType !== method.keyType) return false
  if (method.keyType === 'ec') {
    return value.length === pointOctets(key) && verify(method.digest, octets, { key, dsaEncoding: 'ieee-p1363' }, value)
  }
  if (method.pss !== true) return verify(method.digest, octets, key, value) // RSA: PKCS#1 v1.5
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return verify(method.digest, octets, pss, value)
}

/** r‖s, each as long as the order of the curve (XMLDSig 1.1 §6.4.3). */
function pointOctets(key: KeyObject): number | undefined {
  return POINT_OCTETS.get(key.asymmetricKeyDetails?.namedCurve ?? '')
}

const POINT_OCTETS: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 64],
  ['secp384r1', 96],
  ['secp521r1', 132],
])

function refuse(kind: string, uri: string): never {
  if (/sha1|md5|hmac|[#/]dsa/i.test(uri)) {
    throw new GatewayError('algorithm-forbidden', `The ${kind} algorithm ${uri} is never accepted.`, { value: uri })
  }
  throw new GatewayError('algorithm-not-allowed', `The ${kind} algorithm ${uri} is not on the list.`, { value: uri })
}
