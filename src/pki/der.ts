import { GatewayError } from '../base/index.ts'

/** One ASN.1 value: its identifier octet, its content, and all of its octets. */
export interface DerValue {
  readonly tag: number
  readonly content: Uint8Array
  readonly encoded: Uint8Array
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** Context tag [n]: primitive, or constructed. */
export const context = (n: number): number => 0x80 | n
export const explicit = (n: number): number => 0xa0 | n

/**
 * Reads DER and nothing laxer (X.690 §10): one-octet tags, definite lengths in their shortest form, no octet left over.
 * BER would let one certificate be written in many ways and two readers disagree about it.
 */
export class DerReader {
  readonly #octets: Uint8Array
  #position = 0

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  get done(): boolean {
    return this.#position === this.#octets.length
  }

  /** @throws certificate-malformed when the next value is another one. */
  read(tag: number, what: string): DerValue {
    const value = this.#peek()
    if (value?.tag !== tag) throw malformed(`${what} is missing or has an unexpected type.`)
    this.#position += value.encoded.length
    return value
  }

  readOptional(tag: number): DerValue | undefined {
    const value = this.#peek()
    if (value?.tag !== tag) return undefined
    this.#position += value.encoded.length
    return value
  }

  readAny(what: string): DerValue {
    const value = this.#peek()
    if (value === undefined) throw malformed(`${what} is missing.`)
    this.#position += value.encoded.length
    return value
  }

  end(what: string): void {
    if (!this.done) throw malformed(`${what} is followed by something unexpected.`)
  }

  #peek(): DerValue | undefined {
    if (this.done) return undefined
    const at = this.#position
    const tag = this.#octet(at)
    if ((tag & 0x1f) === 0x1f) throw malformed('A tag is longer than one octet.')
    const { length, start } = this.#length(at + 1)
    const end = start + length
    if (end > this.#octets.length) throw malformed('A value is cut off.')
    return { tag, content: this.#octets.subarray(start, end), encoded: this.#octets.subarray(at, end) }
  }

  #length(at: number): { length: number; start: number } {
    const first = this.#octet(at)
    if (first < 0x80) return { length: first, start: at + 1 }
    const count = first & 0x7f
    if (count === 0 || count > 4) throw malformed('A length is indefinite or out of bounds.')
    let length = 0
    for (let i = 1; i <= count; i++) length = length * 256 + this.#octet(at + i)
    if (length < 0x80 || length < 256 ** (count - 1)) throw malformed('A length is not in its shortest form.')
    return { length, start: at + 1 + count }
  }

  #octet(at: number): number {
    const octet = this.#octets[at]
    if (octet === undefined) throw malformed('A value is cut off.')
    return octet
  }
}

/** The items of a SEQUENCE OF or SET OF with one item type. */
export function itemsOf(list: DerValue, tag: number, what: string): DerValue[] {
  const reader = new DerReader(list.content)
  const items: DerValue[] = []
  while (!reader.done) items.push(reader.read(tag, what))
  return items
}

/** Dotted decimals; an arc must fit 53 bits, which every registered one does. */
export function oidText(content: Uint8Array): string {
  const arcs: number[] = []
  let arc = 0
  let open = false
  for (const octet of content) {
    if (!open && octet === 0x80) throw malformed('An object identifier is not in its shortest form.')
    arc = arc * 128 + (octet & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER) throw malformed('An object identifier has an arc out of bounds.')
    open = octet >= 0x80
    if (open) continue
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)))
    else arcs.push(arc)
    arc = 0
  }
  if (open || arcs.length === 0) throw malformed('An object identifier is cut off.')
  return arcs.join('.')
}

/** Content octets of an INTEGER, checked to be in their shortest form (X.690 §8.3.2). */
export function integerOctets(value: DerValue): Uint8Array {
  const [first, second] = value.content
  if (first === undefined) throw malformed('An integer is empty.')
  const redundant = second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
  if (redundant) throw malformed('An integer is not in its shortest form.')
  return value.content
}

/** An INTEGER between 0 and 2³¹. */
export function smallInteger(value: DerValue, what: string): number {
  const octets = integerOctets(value)
  if (octets.length > 4 || (octets[0] ?? 0) >= 0x80) throw malformed(`${what} is out of bounds.`)
  return octets.reduce((number, octet) => number * 256 + octet, 0)
}

/** X.690 §11.1: 0xFF or 0x00. */
export function booleanOf(value: DerValue): boolean {
  const [octet, ...more] = value.content
  if (more.length > 0 || (octet !== 0 && octet !== 0xff)) throw malformed('A boolean is neither true nor false.')
  return octet === 0xff
}

/** The octets of a BIT STRING and how many bits of the last one do not count; those must be zero (X.690 §11.2.1). */
export function bitsOf(value: DerValue): { octets: Uint8Array; unused: number } {
  const unused = value.content[0]
  const octets = value.content.subarray(1)
  const last = octets.at(-1)
  const padded =
    unused !== undefined && (last === undefined ? unused === 0 : unused < 8 && (last & ((1 << unused) - 1)) === 0)
  if (!padded) throw malformed('A bit string is badly padded.')
  return { octets, unused }
}

export function malformed(message: string, cause?: unknown): GatewayError {
  return new GatewayError('certificate-malformed', `The certificate cannot be read: ${message}`, {}, { cause })
}
