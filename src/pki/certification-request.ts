import type { SigningAlgorithm } from './signer.ts'
import { algorithmFor, type SigningKey } from './signing-key.ts'

/** Whom the certificate shall name. */
export interface RequestedSubject {
  /** The short code, as organizationIdentifier (2.5.4.97). */
  readonly agency: string
  readonly name: string
}

/**
 * A request for a certificate (PKCS#10, PEM), signed by the key itself, wherever that is. RSA keys sign it by PKCS#1 v1.5,
 * which every authority reads.
 * @throws key-unusable, key-token-unavailable, key-password-wrong
 * @see RFC 2986 §4
 */
export async function requestCertificate(key: SigningKey, { agency, name }: RequestedSubject): Promise<string> {
  const algorithm = algorithmFor(key.publicKey, 'pkcs1')
  const subject = sequence(
    attribute('550406', value(0x13, Buffer.from('VN'))),
    attribute('55040a', value(0x0c, Buffer.from(name))),
    attribute('550461', value(0x0c, Buffer.from(agency))),
    attribute('550403', value(0x0c, Buffer.from(name))),
  )
  const publicKey = key.publicKey.export({ type: 'spki', format: 'der' })
  const info = sequence(integer(Buffer.alloc(1)), subject, publicKey, value(0xa0))
  const signature = await key.sign(info, algorithm)
  const bits = algorithm.startsWith('ecdsa') ? ecdsaValue(signature) : Buffer.from(signature)
  const request = sequence(info, algorithms[algorithm], value(0x03, Buffer.alloc(1), bits))
  const lines = request.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n')
}

const algorithms: Readonly<Record<SigningAlgorithm, Buffer>> = {
  'rsa-pkcs1-sha256': sequence(oid('2a864886f70d01010b'), value(0x05)),
  'rsa-pss-sha256': Buffer.alloc(0), // never asked for
  'ecdsa-p256-sha256': sequence(oid('2a8648ce3d040302')),
  'ecdsa-p384-sha384': sequence(oid('2a8648ce3d040303')),
  ed25519: sequence(oid('2b6570')),
}

/** r‖s as X.509 wants it. */
function ecdsaValue(signature: Uint8Array): Buffer {
  const half = signature.length / 2
  return sequence(integer(signature.subarray(0, half)), integer(signature.subarray(half)))
}

function attribute(type: string, text: Buffer): Buffer {
  return value(0x31, sequence(oid(type), text))
}

/** Of a number without sign. */
function integer(octets: Uint8Array): Buffer {
  const first = octets.findIndex((octet) => octet !== 0)
  const digits = first === -1 ? Buffer.alloc(1) : Buffer.from(octets.subarray(first))
  return (digits[0] ?? 0) < 0x80 ? value(0x02, digits) : value(0x02, Buffer.alloc(1), digits)
}

function oid(hex: string): Buffer {
  return value(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return value(0x30, ...parts)
}

function value(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const length = Buffer.from(content.length.toString(16).replace(/^(?=(..)*.$)/, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content])
}
