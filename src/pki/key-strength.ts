import type { KeyObject } from 'node:crypto'
import { GatewayError, limits } from '../base/index.ts'

/** `RSA 2048`, `EC P-256`, `Ed25519`: what people call the key. */
export function describeKey(key: KeyObject): string {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return `RSA ${modulusLength}`
    case 'ec':
      return `EC ${curves.get(namedCurve ?? '') ?? namedCurve ?? 'with a curve of its own'}`
    case 'ed25519':
      return 'Ed25519'
    default:
      return `${key.asymmetricKeyType ?? key.type}`
  }
}

/**
 * Accepts RSA of 2048 bits or more, EC on P-256, P-384 or P-521, and Ed25519.
 * @throws key-too-short: an RSA or EC key below that
 * @throws algorithm-forbidden: DSA
 * @throws algorithm-not-allowed: any other kind of key, an odd curve, an RSA key beyond the limits (see isBounded)
 * @see TT 15/2025 Appendix I, edXML notes §7.2
 */
export function requireKeyStrength(key: KeyObject): void {
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      if (modulusLength < 2048) throw tooShort(key)
      if (!isBounded(key) || publicExponent < 3n || publicExponent % 2n === 0n) throw notAllowed(key)
      return
    case 'ec':
      if (curves.has(namedCurve ?? '')) return
      throw SHORT_CURVE.test(namedCurve ?? '') ? tooShort(key) : notAllowed(key)
    case 'ed25519':
      return
    case 'dsa':
      throw new GatewayError('algorithm-forbidden', 'The key is a DSA key; use RSA or EC.', { value: 'dsa' })
    default:
      throw notAllowed(key)
  }
}

/** Whether a verification by this key costs no more than usual, so that it may be tried before anybody vouches for it. */
export function isBounded(key: KeyObject): boolean {
  const { namedCurve = '', modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'ec') return curves.has(namedCurve) || SHORT_CURVE.test(namedCurve)
  return modulusLength <= limits.rsaModulusBitsMax && publicExponent < 1n << BigInt(limits.rsaExponentBitsMax)
}

/** Whether `requireKeyStrength` accepts it. */
export function isStrongKey(key: KeyObject): boolean {
  try {
    requireKeyStrength(key)
    return true
  } catch {
    return false
  }
}

/**
 * Whether two public keys are one. Kind and curve are compared first: `KeyObject.equals` on keys of different kinds
 * leaves an error behind in OpenSSL's queue, and the next key that is read fails by it.
 */
export function isSameKey(a: KeyObject, b: KeyObject): boolean {
  const curveOf = (key: KeyObject): string | undefined => key.asymmetricKeyDetails?.namedCurve
  return a.asymmetricKeyType === b.asymmetricKeyType && curveOf(a) === curveOf(b) && a.equals(b)
}

const curves: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
])

/** Curves whose name tells that their field has fewer than 256 bits: secp224r1, prime192v1, brainpoolP160r1 … */
const SHORT_CURVE = /^[a-z]+?(?:P)?(1\d\d|2[0-4]\d)\D/i

function tooShort(key: KeyObject): GatewayError {
  const value = describeKey(key)
  return new GatewayError('key-too-short', `The key is ${value}; RSA needs 2048 bits, EC 256.`, { value })
}

function notAllowed(key: KeyObject): GatewayError {
  const value = describeKey(key)
  const expected = 'RSA from 2048 bits, EC P-256, P-384 or P-521, Ed25519'
  return new GatewayError('algorithm-not-allowed', `The key is ${value}; known are ${expected}.`, { value, expected })
}
