import 'reflect-metadata'
import { createPrivateKey } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'

/** The keys that `key make` makes, by the name that people give them. TT 15/2025 Appendix I allows all (edXML notes §7.2). */
const kinds = {
  p256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  p384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  rsa2048: rsa(2048),
  rsa3072: rsa(3072),
  ed25519: { name: 'Ed25519' },
} as const
export type KeyKind = keyof typeof kinds

/** A private key (PKCS#8 PEM) and the request for its certificate (PKCS#10 PEM). */
export async function makeKey({
  agency,
  name,
  kind,
}: {
  agency: string
  name: string
  kind: KeyKind
}): Promise<{ privateKey: string; request: string }> {
  const algorithm = kinds[kind]
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ C: ['VN'] }, { O: [name] }, { '2.5.4.97': [agency] }, { CN: [name] }],
    keys,
    signingAlgorithm: algorithm,
  })
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  })
  return { privateKey: String(privateKey), request: `${request.toString('pem')}\n` }
}

function rsa(modulusLength: number) {
  return {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
  } as const
}
