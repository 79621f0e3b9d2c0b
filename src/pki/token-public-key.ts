import { createPublicKey } from 'node:crypto'
import { GatewayError } from '../base/index.ts'
import { ck } from './token-binding.ts'

/**
 * The public key that a token describes, as SubjectPublicKeyInfo in DER.
 * @param attribute Reads an attribute of the key.
 * @throws key-unusable: a kind of key that we do not sign with
 */
export function publicKeyFrom(attribute: (type: number) => Buffer): Uint8Array {
  const key = createPublicKey({ key: jwkFrom(attribute), format: 'jwk' })
  return key.export({ type: 'spki', format: 'der' })
}

function jwkFrom(attribute: (type: number) => Buffer): Record<string, string> {
  const kind = numberOf(attribute(ck.CKA_KEY_TYPE))
  if (kind === ck.CKK_RSA)
    return { kty: 'RSA', n: base64url(attribute(ck.CKA_MODULUS)), e: base64url(attribute(ck.CKA_PUBLIC_EXPONENT)) }
  if (kind !== ck.CKK_EC && kind !== ck.CKK_EC_EDWARDS) throw unknownKind()
  const curve = curves.get(attribute(ck.CKA_EC_PARAMS).toString('hex'))
  if (curve === undefined) throw unknownKind()
  const { crv, coordinate } = curve
  const point = pointOf(attribute(ck.CKA_EC_POINT), crv === 'Ed25519' ? coordinate : 2 * coordinate + 1)
  if (crv === 'Ed25519') return { kty: 'OKP', crv, x: base64url(point) }
  return {
    kty: 'EC',
    crv,
    x: base64url(point.subarray(1, 1 + coordinate)),
    y: base64url(point.subarray(1 + coordinate)),
  }
}

/** CKA_EC_PARAMS: the OID of the curve, or its name (PKCS#11 3.0). */
const curves: ReadonlyMap<string, { crv: string; coordinate: number }> = new Map([
  ['06082a8648ce3d030107', { crv: 'P-256', coordinate: 32 }],
  ['06052b81040022', { crv: 'P-384', coordinate: 48 }],
  ['06032b6570', { crv: 'Ed25519', coordinate: 32 }],
  [`130c${Buffer.from('edwards25519').toString('hex')}`, { crv: 'Ed25519', coordinate: 32 }],
])

/** PKCS#11 wraps the point into an octet string; some tokens do not. */
function pointOf(value: Buffer, length: number): Buffer {
  if (value.length === length) return value
  const wrapped = value.subarray(value.length - length)
  if (value[0] === 0x04 && wrapped.length === length) return wrapped
  throw unknownKind()
}

/** CK_ULONG, in the machine's own order. */
function numberOf(value: Buffer): number {
  return value.length === 8 ? Number(value.readBigUInt64LE()) : value.readUInt32LE()
}

function base64url(octets: Buffer): string {
  return octets.toString('base64url')
}

function unknownKind(): GatewayError {
  return new GatewayError('key-unusable', 'The key on the token is of a kind that we do not sign with.')
}
