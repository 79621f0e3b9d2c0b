import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { GatewayError, messageOf } from '../base/index.ts'
import { type Attribute, ck, type Handle, type Mechanism, type Pkcs11 } from './token-binding.ts'
import type { TokenMechanism, TokenPlace } from './token-protocol.ts'
import { publicKeyFrom } from './token-public-key.ts'

interface Session {
  readonly handle: Handle
  readonly keys: Map<string, Handle>
}

/**
 * The tokens of one PKCS#11 module, in the one thread that speaks to it. A session is opened and logged in at the first
 * question and kept; one that was lost is opened again, once for each question. A PIN that was refused is not tried
 * again before its file holds another, because a token locks itself after a few.
 */
export class TokenSessions {
  readonly #pkcs11: Pkcs11
  readonly #sessions = new Map<string, Session>()
  readonly #refusedPins = new Map<string, string>()

  /** @throws key-token-unavailable: the module cannot be loaded */
  constructor(pkcs11: Pkcs11, moduleFile: string) {
    this.#pkcs11 = pkcs11
    try {
      pkcs11.load(moduleFile)
      this.#initialize()
    } catch (cause) {
      throw unavailable(`The PKCS#11 module ${moduleFile} cannot be used: ${messageOf(cause)}.`, cause)
    }
  }

  sign(place: TokenPlace, mechanism: TokenMechanism, input: Uint8Array): Uint8Array {
    return this.#inSession(place, (session) => {
      this.#pkcs11.C_SignInit(session.handle, mechanisms[mechanism], this.#keyOf(session, place))
      return this.#pkcs11.C_Sign(session.handle, Buffer.from(input), Buffer.alloc(SIGNATURE_OCTETS_MAX))
    })
  }

  /** As SubjectPublicKeyInfo, DER. */
  publicKey(place: TokenPlace): Uint8Array {
    return this.#inSession(place, ({ handle }) => {
      const object =
        this.#find(handle, ck.CKO_PUBLIC_KEY, place)[0] ?? this.#requireOne(handle, ck.CKO_PRIVATE_KEY, place)
      return publicKeyFrom((type) => this.#attribute(handle, object, type))
    })
  }

  close(): void {
    this.#sessions.clear()
    this.#pkcs11.C_Finalize() // ends all sessions
  }

  #inSession<T>(place: TokenPlace, work: (session: Session) => T): T {
    let first: unknown
    try {
      return work(this.#session(place))
    } catch (error) {
      this.#drop(place.token)
      if (error instanceof GatewayError && error.code !== 'key-token-unavailable') throw error
      if (isRefusal(error)) throw refused(place, error)
      first = error
    }
    try {
      if (!isLostSession(first)) this.#beginAnew()
      return work(this.#session(place))
    } catch (error) {
      this.#drop(place.token)
      if (error instanceof GatewayError) throw error
      throw isRefusal(error)
        ? refused(place, error)
        : unavailable(`The token "${place.token}" does not work: ${messageOf(error)}.`, error)
    }
  }

  #session(place: TokenPlace): Session {
    const open = this.#sessions.get(place.token)
    if (open !== undefined) return open
    const handle = this.#pkcs11.C_OpenSession(this.#slotOf(place), ck.CKF_SERIAL_SESSION)
    const session = { handle, keys: new Map<string, Handle>() }
    this.#sessions.set(place.token, session)
    this.#logIn(session, place)
    return session
  }

  #slotOf({ token }: TokenPlace): Handle {
    const slots = this.#pkcs11.C_GetSlotList(true)
    const slot = slots.find((one) => this.#pkcs11.C_GetTokenInfo(one).label.replace(/[\0 ]+$/, '') === token)
    if (slot !== undefined) return slot
    throw unavailable(`There is no token "${token}" in any slot.`)
  }

  #logIn({ handle }: Session, place: TokenPlace): void {
    const pin = readPin(place.pinFile)
    const digest = createHash('sha256').update(pin).digest('hex')
    if (this.#refusedPins.get(place.token) === digest)
      throw wrongPin(`The token "${place.token}" refused this PIN before; it is not tried again.`)
    const { flags } = this.#pkcs11.C_GetTokenInfo(this.#slotOf(place))
    if ((flags & ck.CKF_USER_PIN_LOCKED) !== 0) throw wrongPin(`The PIN of the token "${place.token}" is locked.`)
    if ((flags & ck.CKF_USER_PIN_FINAL_TRY) !== 0)
      throw wrongPin(`The token "${place.token}" allows one more try of its PIN; log in to it by hand first.`)
    try {
      this.#pkcs11.C_Login(handle, ck.CKU_USER, pin)
    } catch (error) {
      const name = messageOf(error)
      if (name.includes('CKR_USER_ALREADY_LOGGED_IN')) return
      if (!name.includes('CKR_PIN_')) throw error
      this.#refusedPins.set(place.token, digest)
      throw wrongPin(`The token "${place.token}" refuses the PIN: ${name}.`)
    }
  }

  #keyOf(session: Session, place: TokenPlace): Handle {
    const key = session.keys.get(place.key) ?? this.#requireOne(session.handle, ck.CKO_PRIVATE_KEY, place)
    session.keys.set(place.key, key)
    return key
  }

  #requireOne(session: Handle, kind: number, place: TokenPlace): Handle {
    const found = this.#find(session, kind, place)
    const [key] = found
    if (key !== undefined && found.length === 1) return key
    const count = found.length === 0 ? 'no key' : 'several keys'
    throw new GatewayError('key-unusable', `The token "${place.token}" holds ${count} named "${place.key}".`, {
      value: place.key,
    })
  }

  #find(session: Handle, kind: number, { key }: TokenPlace): Handle[] {
    const name: Attribute = key.startsWith('id:')
      ? { type: ck.CKA_ID, value: Buffer.from(key.slice(3), 'hex') }
      : { type: ck.CKA_LABEL, value: key }
    this.#pkcs11.C_FindObjectsInit(session, [{ type: ck.CKA_CLASS, value: kind }, name])
    try {
      return this.#pkcs11.C_FindObjects(session, 2)
    } finally {
      this.#pkcs11.C_FindObjectsFinal(session)
    }
  }

  #attribute(session: Handle, object: Handle, type: number): Buffer {
    const [attribute] = this.#pkcs11.C_GetAttributeValue(session, object, [{ type }])
    if (attribute?.value === undefined) throw new Error('an attribute is missing')
    return attribute.value
  }

  #drop(token: string): void {
    const session = this.#sessions.get(token)
    if (session === undefined) return
    this.#sessions.delete(token)
    try {
      this.#pkcs11.C_CloseSession(session.handle)
    } catch {
      // it is gone already
    }
  }

  /** Many a module sees a token that came back only when it begins anew. That ends the sessions of its other tokens, too. */
  #beginAnew(): void {
    try {
      this.close()
    } catch {
      // it had not begun
    }
    this.#initialize()
  }

  /** A module is initialized once for the whole process: who comes second finds it so. */
  #initialize(): void {
    try {
      this.#pkcs11.C_Initialize()
    } catch (error) {
      if (!messageOf(error).includes('CKR_CRYPTOKI_ALREADY_INITIALIZED')) throw error
    }
  }
}

/** RSA of 8192 bits. */
const SIGNATURE_OCTETS_MAX = 1024

const mechanisms: Readonly<Record<TokenMechanism, Mechanism>> = {
  'rsa-pkcs1': { mechanism: ck.CKM_RSA_PKCS },
  'rsa-pss-sha256': {
    mechanism: ck.CKM_RSA_PKCS_PSS,
    parameter: { type: ck.CK_PARAMS_RSA_PSS, hashAlg: ck.CKM_SHA256, mgf: ck.CKG_MGF1_SHA256, saltLen: 32 },
  },
  ecdsa: { mechanism: ck.CKM_ECDSA },
  eddsa: { mechanism: ck.CKM_EDDSA },
}

/** The token is there, and only the session with it is not. */
function isLostSession(error: unknown): boolean {
  return /CKR_(SESSION|USER_NOT_LOGGED_IN|KEY_HANDLE|OBJECT_HANDLE)/.test(messageOf(error))
}

/** The token works, and will not do this with this key, however often it is asked. */
function isRefusal(error: unknown): boolean {
  return /CKR_(MECHANISM|KEY_TYPE|KEY_FUNCTION|KEY_SIZE|TEMPLATE|ATTRIBUTE)_/.test(messageOf(error))
}

function refused({ token, key }: TokenPlace, cause: unknown): GatewayError {
  const said = `The token "${token}" does not sign in this way with the key "${key}": ${messageOf(cause)}.`
  return new GatewayError('key-unusable', said, { value: key }, { cause })
}

function readPin(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new GatewayError('key-unusable', `The file of the PIN, ${file}, cannot be read.`, { value: file }, { cause })
  }
}

function wrongPin(message: string): GatewayError {
  return new GatewayError('key-password-wrong', message)
}

function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('key-token-unavailable', message, {}, { cause })
}
