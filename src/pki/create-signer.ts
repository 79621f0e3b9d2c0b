import { createPrivateKey, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { GatewayError, messageOf, type Secret } from '../base/index.ts'
import { type Certificate, readCertificates } from './certificate.ts'
import { isSameKey, requireKeyStrength } from './key-strength.ts'
import { maySignDocuments } from './path-rules.ts'
import type { Signer, SigningAlgorithm } from './signer.ts'
import { algorithmFor, FileKey, type SigningKey } from './signing-key.ts'

export interface SignerOptions {
  /** PKCS#8, PKCS#1 or SEC 1. */
  readonly privateKeyPem: string
  /** Of an encrypted private key. */
  readonly password?: Secret
  /** The leaf first, then its issuers; a root may be among them. */
  readonly certificatePem: string
  /** For RSA keys; `pss` unless told otherwise. */
  readonly scheme?: 'pkcs1' | 'pss'
}

/**
 * A signer over a private key in PEM.
 * @throws key-password-wrong
 * @throws key-unusable: unreadable, encrypted or weak key; a key that is not the certificate's; a certificate that may
 *   not sign; certificates that do not form one path; a kind of key we do not sign with
 */
export function createSigner({ privateKeyPem, password, certificatePem, scheme }: SignerOptions): Signer {
  const certificates = usable(() => readCertificates(certificatePem))
  return signerOf(new FileKey(readPrivateKey(privateKeyPem, password)), certificates, scheme)
}

/**
 * A signer over a key and its certificates: the one that is the key's, and its issuers in any order.
 * @throws key-unusable
 */
export function signerOf(
  key: SigningKey,
  certificates: readonly Certificate[],
  scheme: 'pkcs1' | 'pss' | undefined,
): Signer {
  const [first] = certificates
  if (first === undefined) throw unusable('There is no certificate.')
  const certificate = certificates.find(({ publicKey }) => isSameKey(publicKey, key.publicKey))
  if (certificate === undefined) throw unusable(`The private key is not that of the certificate ${first.subject}.`)
  usable(() => requireKeyStrength(key.publicKey))
  if (!maySignDocuments(certificate)) throw unusable(`The keyUsage of ${certificate.subject} does not allow signing.`)
  const others = certificates.filter((one) => one !== certificate)
  return new KeySigner(key, algorithmFor(key.publicKey, scheme), certificate, chainOf(certificate, others))
}

/** @throws key-password-wrong, key-unusable */
export function readPrivateKey(pem: string, password?: Secret): KeyObject {
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)
  if (isEncrypted && password === undefined)
    throw unusable('The private key is encrypted: name the file that holds its password.')
  try {
    return createPrivateKey({ key: pem, ...(isEncrypted && { passphrase: password?.reveal() ?? '' }) })
  } catch {
    // the cause is left out: a parser's message may quote what it could not read
    if (isEncrypted) throw new GatewayError('key-password-wrong', 'The password of the private key is wrong.')
    throw unusable('The private key is not PEM.')
  }
}

/** What signs, and the certificates that go with it. */
class KeySigner implements Signer {
  readonly algorithm: SigningAlgorithm
  readonly certificate: Certificate
  readonly chain: readonly Certificate[]
  readonly #key: SigningKey

  constructor(key: SigningKey, algorithm: SigningAlgorithm, certificate: Certificate, chain: readonly Certificate[]) {
    this.#key = key
    this.algorithm = algorithm
    this.certificate = certificate
    this.chain = chain
  }

  get obstacle(): GatewayError | undefined {
    return this.#key.obstacle
  }

  get isRemote(): boolean {
    return this.#key.isRemote
  }

  sign(octets: Uint8Array): Promise<Uint8Array> {
    return this.#key.sign(octets, this.algorithm)
  }

  close(): Promise<void> {
    return this.#key.close()
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

export function usable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof GatewayError && error.code.startsWith('key-') && error.code !== 'key-too-short') throw error
    throw unusable(messageOf(error), error)
  }
}

function unusable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('key-unusable', message, {}, { cause })
}
