import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { type Clock, GatewayError } from '../base/index.ts'
import { describeKey } from './key-strength.ts'
import type { SigningAlgorithm } from './signer.ts'
import { methods, type SigningKey } from './signing-key.ts'
import type { TokenMechanism, TokenPlace } from './token-protocol.ts'
import { TokenThread } from './token-thread.ts'

export interface TokenOptions {
  readonly place: TokenPlace
  readonly clock: Clock
  /** The npm package that speaks PKCS#11. */
  readonly binding?: string
}

/** A private key on a token. The token is not asked for anything before the first signature. */
export class TokenKey implements SigningKey {
  readonly publicKey: KeyObject
  readonly isRemote = true
  readonly #place: TokenPlace
  readonly #thread: SharedThread
  #obstacle: GatewayError | undefined

  /** @param publicKey That of its certificate. */
  constructor({ place, clock, binding = 'pkcs11js' }: TokenOptions, publicKey: KeyObject) {
    this.#place = place
    this.publicKey = publicKey
    this.#thread = takeThread(place.moduleFile, binding, clock)
  }

  get obstacle(): GatewayError | undefined {
    return this.#obstacle
  }

  /** A signature is handed out only if it verifies: a token with another key, or one that errs, is found out here. */
  async sign(octets: Uint8Array, algorithm: SigningAlgorithm): Promise<Uint8Array> {
    const { mechanism, input } = tasks[algorithm](octets)
    try {
      const signature = await this.#thread.thread.ask({ ask: 'sign', place: this.#place, mechanism, input })
      const { hash, ...parameters } = methods[algorithm]
      if (!verify(hash, octets, { key: this.publicKey, ...parameters }, signature))
        throw new GatewayError(
          'key-unusable',
          `The key "${this.#place.key}" on the token "${this.#place.token}" is not that of the certificate.`,
        )
      this.#obstacle = undefined
      return signature
    } catch (error) {
      if (error instanceof GatewayError) this.#obstacle = error
      throw error
    }
  }

  close(): Promise<void> {
    return this.#thread.release()
  }

  toJSON(): object {
    return { token: this.#place.token, key: this.#place.key }
  }

  [inspect.custom](): string {
    return `TokenKey(${describeKey(this.publicKey)} on "${this.#place.token}")`
  }
}

/** The public half of a key on a token. @throws key-token-unavailable, key-password-wrong, key-unusable */
export async function readTokenPublicKey({ place, clock, binding = 'pkcs11js' }: TokenOptions): Promise<KeyObject> {
  const shared = takeThread(place.moduleFile, binding, clock)
  try {
    const key = await shared.thread.ask({ ask: 'public-key', place })
    return createPublicKey({ key: Buffer.from(key), format: 'der', type: 'spki' })
  } finally {
    await shared.release()
  }
}

/** A module is initialized once in a process, so all keys of one module share its thread; the last to go ends it. */
interface SharedThread {
  readonly thread: TokenThread
  release(): Promise<void>
}

const threads = new Map<string, { readonly thread: TokenThread; users: number }>()

function takeThread(moduleFile: string, binding: string, clock: Clock): SharedThread {
  const name = `${binding} ${moduleFile}`
  const shared = threads.get(name) ?? { thread: new TokenThread({ moduleFile, binding }, clock), users: 0 }
  threads.set(name, shared)
  shared.users++
  let isHeld = true
  return {
    thread: shared.thread,
    async release() {
      if (!isHeld) return
      isHeld = false
      if (--shared.users > 0) return
      threads.delete(name)
      await shared.thread.close()
    },
  }
}

type Task = (octets: Uint8Array) => { mechanism: TokenMechanism; input: Uint8Array }

/** What is left to the token: it signs digests, since it takes long for much else. */
const tasks: Readonly<Record<SigningAlgorithm, Task>> = {
  'rsa-pkcs1-sha256': (octets) => ({
    mechanism: 'rsa-pkcs1',
    input: Buffer.concat([SHA256_INFO, digest('sha256', octets)]),
  }),
  'rsa-pss-sha256': (octets) => ({ mechanism: 'rsa-pss-sha256', input: digest('sha256', octets) }),
  'ecdsa-p256-sha256': (octets) => ({ mechanism: 'ecdsa', input: digest('sha256', octets) }),
  'ecdsa-p384-sha384': (octets) => ({ mechanism: 'ecdsa', input: digest('sha384', octets) }),
  ed25519: (octets) => ({ mechanism: 'eddsa', input: octets }),
}

/** RFC 8017 §9.2, note 1: what stands before the digest in a DigestInfo of SHA-256. */
const SHA256_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex')

function digest(hash: string, octets: Uint8Array): Buffer {
  return createHash(hash).update(octets).digest()
}
