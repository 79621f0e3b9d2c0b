import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Clock, GatewayError } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { filesOf, type KeySource, openSigner } from './open-signer.ts'
import type { Signer } from './signer.ts'

/** One key of one of our agencies. */
export interface RingKey {
  readonly agency: AgencyCode
  readonly signer: Signer
  /** It signs from this instant on; absent: as soon as its certificate is valid. */
  readonly from?: Date
}

/** A key as the configuration names it. */
export type RingSource = { readonly agency: AgencyCode; readonly from?: Date } & KeySource

export interface RingChange {
  readonly added: readonly RingKey[]
  readonly removed: readonly RingKey[]
}

/** The signing keys of our own agencies. They can be exchanged at any time: all at once, or not at all. */
export class KeyRing {
  #keys: readonly RingKey[]
  /** What each key was opened from. */
  #opened = new Map<string, RingKey>()

  constructor(keys: readonly RingKey[]) {
    this.#keys = keys
  }

  /** @throws {GatewayError} key-unusable, key-password-wrong: no key was taken over */
  static async open(sources: readonly RingSource[], clock: Clock): Promise<KeyRing> {
    const ring = new KeyRing([])
    await ring.exchange(sources, clock)
    return ring
  }

  /**
   * Takes over these keys in place of those it has. A key whose files say what they said before stays as it is, with its
   * sessions; what was signing with a key that goes may finish.
   * @throws {GatewayError} key-unusable, key-password-wrong: everything stays as it was
   */
  async exchange(sources: readonly RingSource[], clock: Clock): Promise<RingChange> {
    const opened = new Map<string, RingKey>()
    const added: RingKey[] = []
    try {
      for (const source of sources) {
        const mark = markOf(source)
        const known = this.#opened.get(mark) ?? opened.get(mark)
        const key = known ?? { ...pick(source), signer: await openSigner(source, clock) }
        if (known === undefined) added.push(key)
        opened.set(mark, key)
      }
    } catch (error) {
      await closeAll(added)
      throw error
    }
    const removed = this.#keys.filter((key) => ![...opened.values()].includes(key))
    this.#opened = opened
    this.#keys = [...opened.values()]
    await closeAll(removed)
    return { added, removed }
  }

  list(): readonly RingKey[] {
    return this.#keys
  }

  /**
   * The agency's signer that may sign now and whose certificate is valid longest. One that could not sign the last time,
   * such as on a token that was taken away, comes after all others.
   * @param until The deadline of what is signed: a recipient may judge the certificate until then.
   * @throws {GatewayError} key-unusable: the agency has no key here, or none that is valid at `now`
   * @throws {GatewayError} key-expires-too-soon: the best one expires before `until`
   */
  signerFor(agency: AgencyCode, now: Date, until: Date): Signer {
    const [best] = this.#keys
      .filter((key) => key.agency === agency && mayBeginBy(key, now) && isValidAt(key.signer, now))
      .map(({ signer }) => signer)
      .sort((a, b) => failing(a) - failing(b) || b.certificate.notAfter.getTime() - a.certificate.notAfter.getTime())
    if (best === undefined)
      throw new GatewayError('key-unusable', `agency ${agency} has no signing key that is valid now`, { value: agency })
    if (best.certificate.notAfter < until)
      throw new GatewayError(
        'key-expires-too-soon',
        `the certificate of ${agency} expires ${best.certificate.notAfter.toISOString()}, before the deadline ${until.toISOString()}`,
        { value: best.certificate.notAfter.toISOString(), expected: until.toISOString() },
      )
    return best
  }

  /** Agencies that cannot sign just now, each with the reason: no key is valid, or none of the valid ones works. */
  obstacles(agencies: readonly AgencyCode[], now: Date): { agency: AgencyCode; reason: GatewayError }[] {
    return agencies.flatMap((agency) => {
      try {
        const { obstacle } = this.signerFor(agency, now, now)
        return obstacle === undefined ? [] : [{ agency, reason: obstacle }]
      } catch (error) {
        return error instanceof GatewayError ? [{ agency, reason: error }] : []
      }
    })
  }

  /** Tries the keys that may fail by themselves, so that a token that went or came back is known before a document is. */
  async probe(): Promise<void> {
    const tokens = this.#keys.filter(({ signer }) => signer.isRemote === true)
    await Promise.allSettled(tokens.map(({ signer }) => signer.sign(Buffer.from('lienthong-probe'))))
  }

  async close(): Promise<void> {
    await closeAll(this.#keys)
  }
}

function pick({ agency, from }: RingSource): Omit<RingKey, 'signer'> {
  return { agency, ...(from !== undefined && { from }) }
}

function mayBeginBy({ from }: RingKey, now: Date): boolean {
  return from === undefined || from <= now
}

function isValidAt({ certificate }: Signer, now: Date): boolean {
  return certificate.notBefore <= now && now <= certificate.notAfter
}

function failing({ obstacle }: Signer): number {
  return obstacle === undefined ? 0 : 1
}

async function closeAll(keys: readonly RingKey[]): Promise<void> {
  await Promise.all(keys.flatMap(({ signer }) => (signer.close === undefined ? [] : [signer.close()])))
}

/** Equal as long as the source and the contents of its files are. */
function markOf(source: RingSource): string {
  const contents = filesOf(source).map((file) => createHash('sha256').update(contentOf(file)).digest('hex'))
  return JSON.stringify([source, contents])
}

/** What cannot be read is complained of by who opens it. */
function contentOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch {
    return new Uint8Array()
  }
}
