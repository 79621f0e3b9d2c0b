import { readTime } from './certificate-fields.ts'
import { DerReader, integerOctets, smallInteger, tags } from './der.ts'
import { type RawExtension, readExtensionList } from './extensions.ts'

export interface CrlEntry {
  readonly revokedAt: Date
  /** RFC 5280 §5.3.1; 6 is `certificateHold`, a suspension. */
  readonly reason: number | undefined
}

/** Where the entries of a list are. Plain data, so that another thread can find it out. */
export interface EntryIndex {
  /** Where each entry begins, in the order of their serial numbers; where one stands twice, the later one last. */
  readonly places: Uint32Array<ArrayBuffer>
  /** A critical extension of an entry that is not processed: then the list tells nothing (RFC 5280 §5.3). */
  readonly unprocessed: string | undefined
}

/**
 * The revoked certificates of a CRL. Large authorities list hundreds of thousands, so the list is walked once over its
 * octets, only to know where each entry is; an entry is read when somebody asks for it.
 */
export class CrlEntries {
  readonly #list: EntryList
  readonly index: EntryIndex

  /** @param index of this very list, where it was found out before. @throws certificate-malformed */
  constructor(list: Uint8Array, index?: EntryIndex) {
    this.#list = new EntryList(list)
    this.index = index ?? this.#list.index()
  }

  get unprocessed(): string | undefined {
    return this.index.unprocessed
  }

  get size(): number {
    return this.index.places.length
  }

  /** @param serialOctets Hex of the octets of the INTEGER, as certificates have it. */
  get(serialOctets: string): CrlEntry | undefined {
    const at = this.#place(Buffer.from(serialOctets, 'hex'))
    if (at === undefined) return undefined
    try {
      const { revokedAt, extensions } = this.#list.entry(at)
      return { revokedAt, reason: reasonOf(extensions.get(REASON)?.value) }
    } catch {
      return { revokedAt: new Date(0), reason: undefined } // it is on the list, however badly that is written
    }
  }

  /** The last of the entries with this serial number. */
  #place(serial: Buffer): number | undefined {
    const { places } = this.index
    let [low, high] = [0, places.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#list.compare(places[middle] ?? 0, serial) <= 0) low = middle + 1
      else high = middle
    }
    const at = places[low - 1]
    return at !== undefined && this.#list.compare(at, serial) === 0 ? at : undefined
  }
}

/** The octets of a list, and the entries in them. */
class EntryList {
  readonly #octets: Buffer

  constructor(list: Uint8Array) {
    this.#octets = Buffer.from(list.buffer, list.byteOffset, list.length)
  }

  /** @throws certificate-malformed */
  index(): EntryIndex {
    const found: number[] = []
    let unprocessed: string | undefined
    for (let at = 0; at < this.#octets.length; ) {
      const { end, isPlain } = this.#walk(at)
      if (!isPlain) unprocessed ??= unprocessedIn(this.entry(at))
      found.push(at)
      at = end
    }
    const places = Uint32Array.from(found)
    return { places: places.sort((a, b) => this.#order(a, b) || a - b), unprocessed }
  }

  /** Shorter serial numbers first, then by their octets. */
  compare(at: number, serial: Buffer): number {
    const { start, length } = this.#serial(at)
    return length - serial.length || this.#octets.compare(serial, 0, serial.length, start, start + length)
  }

  entry(at: number): { revokedAt: Date; extensions: ReadonlyMap<string, RawExtension> } {
    const whole = new DerReader(this.#octets.subarray(at)).read(tags.sequence, 'A revoked certificate')
    const entry = new DerReader(whole.content)
    entry.read(tags.integer, 'A serial number')
    const revokedAt = readTime(entry.readAny('The time of revocation'))
    const more = entry.readOptional(tags.sequence)
    entry.end('A revoked certificate')
    return { revokedAt, extensions: more === undefined ? new Map<string, RawExtension>() : readExtensionList(more) }
  }

  /** In the order of `compare`; octet by octet, because nearly all differ in one of the first. */
  #order(a: number, b: number): number {
    const [one, other] = [this.#serial(a), this.#serial(b)]
    if (one.length !== other.length) return one.length - other.length
    for (let i = 0; i < one.length; i++) {
      const difference = (this.#octets[one.start + i] ?? 0) - (this.#octets[other.start + i] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  }

  /** The octets of the serial number of an entry that was walked over. */
  #serial(at: number): { start: number; length: number } {
    const octets = this.#octets
    const [length, serialLength] = [octets[at + 1] ?? 0, octets[at + 3] ?? 0]
    if (length < 0x80 && serialLength < 0x80) return { start: at + 4, length: serialLength }
    const { content } = new DerReader(octets.subarray(at)).read(tags.sequence, 'A revoked certificate')
    const serial = new DerReader(content).read(tags.integer, 'A serial number').content
    return { start: serial.byteOffset - octets.byteOffset, length: serial.length }
  }

  /** The entry that begins here. `isPlain`: it has no extension that would have to be read. */
  #walk(at: number): { end: number; isPlain: boolean } {
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
      return { end, isPlain: this.#isPlain(time + 2 + (octets[time + 1] ?? 0), end) }
    }
    const { content, encoded } = new DerReader(octets.subarray(at)).read(tags.sequence, 'A revoked certificate')
    integerOctets(new DerReader(content).read(tags.integer, 'A serial number'))
    return { end: at + encoded.length, isPlain: false }
  }

  /** Whether nothing follows the time of revocation, or only a reason that is not critical, as it is always written. */
  #isPlain(afterTime: number, end: number): boolean {
    if (afterTime === end) return true
    const reason = afterTime + ONLY_REASON.length
    return reason + 1 === end && this.#octets.compare(ONLY_REASON, 0, ONLY_REASON.length, afterTime, reason) === 0
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
