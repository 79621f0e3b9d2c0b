import { createHash, type Hash } from 'node:crypto'

/** SHA-256 in lower-case hex, and number of octets. */
export interface DecodedContent {
  readonly sha256: string
  readonly length: number
}

/**
 * Decodes base64 as it streams past, strictly (RFC 4648 §3.3, §3.5): the standard alphabet, correct padding, no stray
 * bits, white space allowed between characters. Damage is remembered and told at the end, so that whoever feeds it can
 * first ask whether these octets were signed at all.
 */
export class Base64Reader {
  readonly #sha256: Hash = createHash('sha256')
  #length = 0
  #characters = 0
  #damaged = false
  /** The last one to four characters, held back because the last quantum is special. */
  #held = ''

  /** Base64 characters seen so far, white space not counted. */
  get characters(): number {
    return this.#characters
  }

  /** @param octets ASCII */
  push(octets: Buffer): void {
    for (let from = 0; from < octets.length; from += SLICE) this.#push(octets.subarray(from, from + SLICE))
  }

  #push(octets: Buffer): void {
    // Node's decoder skips what it does not know and takes the URL alphabet for good.
    if (URL_ALPHABET.some((code) => octets.includes(code))) this.#damaged = true
    const text = octets.toString('latin1')
    const fresh = WHITE_SPACE.some((code) => octets.includes(code)) ? text.replaceAll(/[ \t\n]+/g, '') : text
    this.#characters += fresh.length
    const characters = this.#held + fresh
    const ready = characters.length - (characters.length % 4 || 4)
    if (ready > 0) this.#decode(characters.slice(0, ready))
    this.#held = characters.slice(Math.max(ready, 0))
  }

  /** Undefined when the text was not base64, or empty. */
  end(): DecodedContent | undefined {
    const last = Buffer.from(this.#held, 'base64')
    if (this.#damaged || this.#held === '' || last.toString('base64') !== this.#held) return undefined
    return { sha256: this.#sha256.update(last).digest('hex'), length: this.#length + last.length }
  }

  /** Whole quanta without padding, so what was skipped shows in the length. */
  #decode(quanta: string): void {
    const octets = Buffer.from(quanta, 'base64')
    if (octets.length * 4 !== quanta.length * 3) this.#damaged = true
    if (this.#damaged) return
    this.#sha256.update(octets)
    this.#length += octets.length
  }
}

/** Octets decoded at once: short texts are collected soon. */
const SLICE = 48 * 1024

const WHITE_SPACE = [0x20, 0x0a, 0x09]
const URL_ALPHABET = [0x2d, 0x5f] // - _
