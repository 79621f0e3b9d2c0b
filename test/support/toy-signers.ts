import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { AgencyCode } from '../../src/message/index.ts'
import type { TrustMaterial } from '../../src/signature/index.ts'
import { algorithms, type HandSigner } from './packages.ts'
import { toyFile, toyTrustStore } from './pki.ts'

/** An instant at which the toy certificates are valid, and near the signing times in packages.ts. */
export const NOON = new Date('2026-11-21T05:00:00Z')

/** Every algorithm that the gateway signs with, by the toy key of G02 that does it. */
export const signingKeys = [
  { title: 'RSA-2048 PKCS#1 v1.5', name: 'g02-rsa', method: algorithms.rsaSha256, scheme: 'pkcs1' },
  { title: 'RSA-3072 PKCS#1 v1.5', name: 'g02-rsa3072', method: algorithms.rsaSha256, scheme: 'pkcs1' },
  { title: 'RSA-2048 PSS', name: 'g02-rsa', method: algorithms.pssSha256, scheme: 'pss' },
  { title: 'RSA-3072 PSS', name: 'g02-rsa3072', method: algorithms.pssSha256, scheme: 'pss' },
  { title: 'ECDSA P-256', name: 'g02-p256', method: algorithms.ecdsaSha256 },
  { title: 'ECDSA P-384', name: 'g02-p384', method: algorithms.ecdsaSha384 },
  { title: 'Ed25519', name: 'g02-ed25519', method: algorithms.ed25519 },
] as const

/** `name` is a file of certs-example without its ending. */
export function handSigner(
  name: string,
  method: string = algorithms.ecdsaSha256,
): HandSigner & { publicKey: KeyObject } {
  const privateKey = createPrivateKey(toyFile(`${name}.key`))
  return { privateKey, publicKey: createPublicKey(privateKey), method, certificates: certificatesOf(`${name}.crt`) }
}

/** Base64 of each certificate in a PEM file. */
export function certificatesOf(file: string): string[] {
  return [...toyFile(file).matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END/g)].map(([, body = '']) =>
    body.replace(/\s/g, ''),
  )
}

/** Trusts the toy root; binds each certificate to the agency that the toy directory gives it, and Ed25519 where `agreed`. */
export function toyTrust(options: { ed25519Agreed?: boolean } = {}): TrustMaterial {
  return {
    store: toyTrustStore(),
    agencySigning: (certificate, organId) => {
      const code = agencies.get(Buffer.from(certificate.der).toString('base64'))
      return code !== undefined && wireCodes.get(code)?.includes(organId) === true ? code : undefined
    },
    ed25519Agreed: () => options.ed25519Agreed ?? false,
  }
}

const wireCodes = new Map([
  ['G02' as AgencyCode, ['G02', '000.00.00.G02']],
  ['G22' as AgencyCode, ['G22', '000.00.00.G22']],
  ['G12' as AgencyCode, ['G12', '000.00.00.G12']],
])

// The weak, expired and foreign certificates are bound too: what refuses them must be their own flaw.
const agencies = new Map(
  [
    ...[
      'g02-rsa',
      'g02-rsa3072',
      'g02-p256',
      'g02-p384',
      'g02-ed25519',
      'g02-expired',
      'g02-notyet',
      'weak-rsa1024',
      'stranger-g02',
    ].map((name) => [name, 'G02'] as const),
    ['g22-p256', 'G22'] as const,
    ['g12-p256', 'G12'] as const,
  ].map(([name, code]) => [certificatesOf(`${name}.crt`)[0] ?? '', code as AgencyCode] as const),
)
