import { constants, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { inspect } from 'node:util'
import { GatewayError } from '../base/index.ts'
import { describeKey } from './key-strength.ts'
import type { SigningAlgorithm } from './signer.ts'

/** A private key, wherever it is. What implements it prints without it. */
export interface SigningKey {
  readonly publicKey: KeyObject
  /** It is outside of this process, and may go away by itself. */
  readonly isRemote: boolean
  /** Why it could not sign the last time; undefined once it can again. */
  readonly obstacle: GatewayError | undefined
  sign(octets: Uint8Array, algorithm: SigningAlgorithm): Promise<Uint8Array>
  close(): Promise<void>
}

/** A private key that was read from a file. It never leaves this object. */
export class FileKey implements SigningKey {
  readonly publicKey: KeyObject
  readonly isRemote = false
  readonly obstacle = undefined
  readonly #key: KeyObject

  constructor(key: KeyObject) {
    this.#key = key
    this.publicKey = createPublicKey(key)
  }

  sign(octets: Uint8Array, algorithm: SigningAlgorithm): Promise<Uint8Array> {
    const { hash, ...parameters } = methods[algorithm]
    return new Promise((resolve, reject) => {
      // with a callback the signature is made on the thread pool
      sign(hash, octets, { key: this.#key, ...parameters }, (error, signature) => {
        if (error === null) resolve(signature)
        else reject(new GatewayError('key-unusable', 'The private key could not sign.', {}, { cause: error }))
      })
    })
  }

  async close(): Promise<void> {}

  toJSON(): object {
    return { key: describeKey(this.publicKey) }
  }

  [inspect.custom](): string {
    return `FileKey(${describeKey(this.publicKey)})`
  }
}

/**
 * What a key of this kind signs with.
 * @throws key-unusable: a kind of key that we do not sign with
 */
export function algorithmFor(key: KeyObject, scheme: 'pkcs1' | 'pss' = 'pss'): SigningAlgorithm {
  const description = describeKey(key)
  if (key.asymmetricKeyType === 'rsa') return scheme === 'pss' ? 'rsa-pss-sha256' : 'rsa-pkcs1-sha256'
  if (description === 'EC P-256') return 'ecdsa-p256-sha256'
  if (description === 'EC P-384') return 'ecdsa-p384-sha384'
  if (description === 'Ed25519') return 'ed25519'
  const said = `We sign with RSA, EC P-256, EC P-384 and Ed25519; the key is ${description}.`
  throw new GatewayError('key-unusable', said)
}

/** XML-DSig's forms: PSS with MGF1 over the same hash and a salt as long as the digest (RFC 9231 §2.3.10), ECDSA as r‖s. */
export const methods = {
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
