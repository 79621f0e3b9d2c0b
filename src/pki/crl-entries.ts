import { readTime } from './certificate-fields.ts'
import { DerReader, integerOctets, smallInteger, tags } from './der.ts'
import { type RawExtension, readExtensionList } from './extensions.ts'

export interface CrlEntry {
  readonly revokedAt: Date
  /** RFC 5280 §5.3.1; 6 is `certificateHold`, a suspension. */
  readonly reason: number | undefined
}

/**
 * The revoked certificates of a CRL. Large authorities list hundreds of thousands, so the list is walked once over its
 * octets, only to know where each entry is; an entry is read when somebody asks for it.
 */
export class CrlEntries {
  readonly #octets: Buffer
  /** Where an entry begins, by the octets of its serial number, as latin1. */
  readonly #places = new Map<string, number>()
  /** A critical extension of an entry that is not processed: then the list tells nothing (RFC 5280 §5.3). */
  readonly unprocessed: string | undefined

  /** @throws certificate-malformed */
  constructor(list: Uint8Array) {
    this.#octets = Buffer.from(list.buffer, list.byteOffset, list.length)
    for (let at = 0; at < this.#octets.length; ) {
      const { end, isPlain } = this.#place(at)
      if (!isPlain) this.unprocessed ??= unprocessedIn(this.#entry(at))
      at = end
    }
  }

  get size(): number {
    return this.#places.size
  }

  /** @param serialOctets Hex of the octets of the INTEGER, as certificates have it. */
  get(serialOctets: string): CrlEntry | undefined {
    const at = this.#places.get(Buffer.from(serialOctets, 'hex').toString('latin1'))
    if (at === undefined) return undefined
    try {
      const { revokedAt, extensions } = this.#entry(at)
      return { revokedAt, reason: reasonOf(extensions.get(REASON)?.value) }
    } catch {
      return { revokedAt: new Date(0), reason: undefined } // it is on the list, however badly that is written
    }
  }

  /** Notes the serial number of the entry that begins here. `isPlain`: it has no extension that would have to be read. */
  #place(at: number): { end: number; isPlain: boolean } {
    const octets = this.#octets
    const length = octets[at + 1] ?? 0
    const serialLength = octets[at + 3] ?? 0
    // almost every entry and serial number has a length of one octet; whatever does not, is read the long way
    const short =
      octets[at] === tags.sequence && length < 0x80 && octets[at + 2] === tags.integer && serialLength < 0x80
    const first = octets[at + 4] ?? 0
    const redundant = serialLength > 1 && (first === 0 || first === 0xff)
    const end = at + 2 + length
    if (short && !redundant && serialLength > 0 && 2 + serialLength < length && end <= octets.length) {
      const time = at + 4 + serialLength
      this.#places.set(octets.toString('latin1', at + 4, time), at)
      return { end, isPlain: this.#isPlain(time + 2 + (octets[time + 1] ?? 0), end) }
    }
    const reader = new DerReader(octets.subarray(at))
    const { content, encoded } = reader.read(tags.sequence, 'A revoked certificate')
    const serial = integerOctets(new DerReader(content).read(tags.integer, 'A serial number'))
    this.#places.set(Buffer.from(serial).toString('latin1'), at)
    return { end: at + encoded.length, isPlain: false }
  }

  /** Whether nothing follows the time of revocation, or only a reason that is not critical, as it is always written. */
  #isPlain(afterTime: number, end: number): boolean {
    if (afterTime === end) return true
    const reason = afterTime + ONLY_REASON.length
    return reason + 1 === end && this.#octets.compare(ONLY_REASON, 0, ONLY_REASON.length, afterTime, reason) === 0
  }

  #entry(at: number): { revokedAt: Date; extensions: ReadonlyMap<string, RawExtension> } {
    const whole = new DerReader(this.#octets.subarray(at)).read(tags.sequence, 'A revoked certificate')
    const entry = new DerReader(whole.content)
    entry.read(tags.integer, 'A serial number')
    const revokedAt = readTime(entry.readAny('The time of revocation'))
    const more = entry.readOptional(tags.sequence)
    entry.end('A revoked certificate')
    return { revokedAt, extensions: more === undefined ? new Map<string, RawExtension>() : readExtensionList(more) }
  }
}

const REASON = '2.5.29.21'

/** SEQUENCE of one extension: reasonCode, not critical, an ENUMERATED of one octet, which follows. */
const ONLY_REASON = Buffer.from('300c300a0603551d1504030a01', 'hex')

function unprocessedIn({ extensions }: { extensions: ReadonlyMap<string, RawExtension> }): string | undefined {
  return [...extensions].find(([oid, { critical }]) => critical && oid !== REASON)?.[0]
}

const ENUMERATED = 0x0a

function reasonOf(value: Uint8Array | undefined): number | undefined {
  if (value === undefined) return undefined
  const reader = new DerReader(value)
  const reason = smallInteger(reader.read(ENUMERATED, 'The reason'), 'The reason')
  reader.end('The reason')
  return reason
}
