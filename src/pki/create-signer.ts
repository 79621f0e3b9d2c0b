import { constants, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { inspect } from 'node:util'
import { GatewayError, messageOf } from '../base/index.ts'
import { type Certificate, readCertificates } from './certificate.ts'
import { describeKey, isSameKey, requireKeyStrength } from './key-strength.ts'
import { maySignDocuments } from './path-rules.ts'
import type { Signer, SigningAlgorithm } from './signer.ts'

export interface SignerOptions {
  /** PKCS#8, PKCS#1 or SEC 1, not encrypted. */
  readonly privateKeyPem: string
  /** The leaf first, then its issuers; a root may be among them. */
  readonly certificatePem: string
  /** For RSA keys; `pss` unless told otherwise. */
  readonly scheme?: 'pkcs1' | 'pss'
}

/**
 * A signer over a private key in PEM.
 * @throws key-unusable: unreadable, encrypted or weak key; a key that is not the certificate's; a certificate that may
 *   not sign; certificates that do not form one path; a kind of key we do not sign with
 */
export function createSigner(options: SignerOptions): Signer {
  const [certificate, ...others] = usable(() => readCertificates(options.certificatePem))
  if (certificate === undefined) throw unusable('There is no certificate.')
  const key = readPrivateKey(options.privateKeyPem)
  if (!isSameKey(createPublicKey(key), certificate.publicKey))
    throw unusable(`The private key is not that of the certificate ${certificate.subject}.`)
  usable(() => requireKeyStrength(key))
  if (!maySignDocuments(certificate)) throw unusable(`The keyUsage of ${certificate.subject} does not allow signing.`)
  return new PemSigner(key, algorithmFor(key, options.scheme ?? 'pss'), certificate, chainOf(certificate, others))
}

/** The key never leaves this object, and the object prints without it. */
class PemSigner implements Signer {
  readonly algorithm: SigningAlgorithm
  readonly certificate: Certificate
  readonly chain: readonly Certificate[]
  readonly #key: KeyObject

  constructor(key: KeyObject, algorithm: SigningAlgorithm, certificate: Certificate, chain: readonly Certificate[]) {
    this.#key = key
    this.algorithm = algorithm
    this.certificate = certificate
    this.chain = chain
  }

  sign(octets: Uint8Array): Promise<Uint8Array> {
    const { hash, ...parameters } = methods[this.algorithm]
    return new Promise((resolve, reject) => {
      // with a callback the signature is made on the thread pool
      sign(hash, octets, { key: this.#key, ...parameters }, (error, signature) => {
        if (error === null) resolve(signature)
        else reject(unusable('The private key could not sign.', error))
      })
    })
  }

  toJSON(): object {
    return { algorithm: this.algorithm, certificate: this.certificate.fingerprint }
  }

  toString(): string {
    return `Signer(${this.algorithm}, ${this.certificate.subject})`
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

/** XML-DSig's forms: PSS with MGF1 over the same hash and a salt as long as the digest (RFC 9231 §2.3.10), ECDSA as r‖s. */
const methods = {
  'rsa-pkcs1-sha256': { hash: 'sha256', padding: constants.RSA_PKCS1_PADDING },
  'rsa-pss-sha256': {
    hash: 'sha256',
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  },
  'ecdsa-p256-sha256': { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
  'ecdsa-p384-sha384': { hash: 'sha384', dsaEncoding: 'ieee-p1363' },
  ed25519: { hash: null },
} as const satisfies Record<SigningAlgorithm, object>

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // the cause is left out: a parser's message may quote what it could not read
    throw unusable('The private key is not PEM, or is encrypted.')
  }
}

function algorithmFor(key: KeyObject, scheme: 'pkcs1' | 'pss'): SigningAlgorithm {
  const description = describeKey(key)
  if (key.asymmetricKeyType === 'rsa') return scheme === 'pss' ? 'rsa-pss-sha256' : 'rsa-pkcs1-sha256'
  if (description === 'EC P-256') return 'ecdsa-p256-sha256'
  if (description === 'EC P-384') return 'ecdsa-p384-sha384'
  if (description === 'Ed25519') return 'ed25519'
  throw unusable(`We sign with RSA, EC P-256, EC P-384 and Ed25519; the key is ${description}.`)
}

/** The issuers, nearest first, without the root. */
function chainOf(leaf: Certificate, others: readonly Certificate[]): Certificate[] {
  const chain: Certificate[] = []
  const left = new Set(others)
  for (let last = leaf; left.size > 0; ) {
    const issuer = [...left].find(({ fields }) => fields.subject.octets === last.fields.issuer.octets)
    if (issuer === undefined)
      throw unusable(`The certificate that issued ${last.subject} is missing between the others.`)
    left.delete(issuer)
    if (issuer.fields.subject.octets !== issuer.fields.issuer.octets) chain.push(issuer)
    last = issuer
  }
  return chain
}

function usable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw unusable(messageOf(error), error)
  }
}

function unusable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('key-unusable', message, {}, { cause })
}
