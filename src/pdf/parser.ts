import { limits } from '../base/index.ts'
import type { Budget } from './budget.ts'
import { unreadable } from './unreadable.ts'
import {
  isDictionary,
  type PdfDictionary,
  type PdfObject,
  type PdfString,
  type PdfValue,
  requireCount,
} from './values.ts'

/**
 * Reads values at a position (ISO 32000-2 §7.2, §7.3), strictly: where readers could disagree about what is written
 * (a key given twice, a broken number, a string without end) it refuses instead of choosing.
 */
export class Parser {
  readonly octets: Uint8Array
  position: number
  readonly #budget: Budget

  constructor(octets: Uint8Array, position: number, budget: Budget) {
    this.octets = octets
    this.position = position
    this.#budget = budget
  }

  /** `n g obj` value, at exactly this place but for white space before it. @throws pdf-unreadable */
  readObject(n: number, generation: number): PdfObject {
    const [number, version] = [this.readCount('An object number'), this.readCount('A generation')]
    if (number !== n || version !== generation)
      throw unreadable(`Object ${n} ${generation} should begin at ${this.position}, and ${number} ${version} does.`)
    this.expect('obj')
    return this.readBody()
  }

  /** What follows `obj`. @throws pdf-unreadable */
  readBody(): PdfObject {
    const value = this.read()
    const end = this.position
    if (!isDictionary(value) || !this.accept('stream')) return { value, end }
    return { value, streamStart: this.#endOfLine(), end: this.position }
  }

  /** @throws pdf-unreadable */
  read(depth = 0): PdfValue {
    if (depth > limits.pdfDepth)
      throw unreadable(`Values are nested deeper than ${limits.pdfDepth}.`, 'pdf-too-complex')
    this.#budget.spendTokens(1)
    this.skipSpace()
    const octet = this.octets[this.position]
    switch (octet) {
      case SLASH:
        return { kind: 'name', name: this.#name() }
      case PAREN:
        return this.#literal()
      case BRACKET:
        return this.#array(depth)
      case LESS:
        return this.octets[this.position + 1] === LESS ? this.#dictionary(depth) : this.#hexadecimal()
      case undefined:
        throw unreadable('The file ends where a value is expected.')
      default:
        return isNumeric(octet) ? this.#numberOrReference() : this.#word()
    }
  }

  /** Whether this keyword comes next; then it is read. */
  accept(keyword: string): boolean {
    this.skipSpace()
    const end = this.position + keyword.length
    for (let i = 0; i < keyword.length; i++) if (this.octets[this.position + i] !== keyword.charCodeAt(i)) return false
    if (isRegular(this.octets[end])) return false
    this.position = end
    return true
  }

  /** @throws pdf-unreadable */
  expect(keyword: string): void {
    if (!this.accept(keyword)) throw unreadable(`At ${this.position} "${keyword}" is missing.`)
  }

  /** @throws pdf-unreadable */
  readCount(what: string): number {
    this.#budget.spendTokens(1)
    this.skipSpace()
    return requireCount(this.#number(), what)
  }

  /** White space and comments. */
  skipSpace(): void {
    const from = this.position
    for (;;) {
      const octet = this.octets[this.position]
      if (octet === PERCENT) this.#comment()
      else if (isSpace(octet)) this.position++
      else break
    }
    this.#budget.spendTokens((this.position - from) >>> 8)
  }

  #comment(): void {
    for (let octet = this.octets[this.position]; octet !== undefined; octet = this.octets[++this.position])
      if (octet === LF || octet === CR) return
  }

  /** After `stream`: CR LF or LF, nothing else (§7.3.8.1). */
  #endOfLine(): number {
    if (this.octets[this.position] === CR) this.position++
    if (this.octets[this.position] !== LF) throw unreadable(`The stream at ${this.position} does not begin on a line.`)
    return ++this.position
  }

  #name(): string {
    const start = ++this.position
    while (isRegular(this.octets[this.position])) this.position++
    if (this.position - start > MAX_NAME) throw unreadable('A name is too long.', 'pdf-too-complex')
    const written = Buffer.from(this.octets.subarray(start, this.position)).toString('latin1')
    return written.replace(/#([0-9A-Fa-f]{2})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
  }

  #array(depth: number): PdfValue {
    this.position++
    const items: PdfValue[] = []
    for (;;) {
      this.skipSpace()
      if (this.octets[this.position] === BRACKET_END) break
      items.push(this.read(depth + 1))
    }
    this.position++
    return { kind: 'array', items }
  }

  #dictionary(depth: number): PdfDictionary {
    const start = this.position
    this.position += 2
    const entries = new Map<string, PdfValue>()
    for (;;) {
      this.skipSpace()
      if (this.octets[this.position] === GREATER && this.octets[this.position + 1] === GREATER) break
      if (this.octets[this.position] !== SLASH) throw unreadable(`At ${this.position} a key is missing.`)
      const key = this.#name()
      if (entries.has(key)) throw unreadable(`The dictionary at ${start} gives a key twice.`)
      entries.set(key, this.read(depth + 1))
    }
    this.position += 2
    return { kind: 'dictionary', entries, start, end: this.position }
  }

  #literal(): PdfString {
    const start = this.position++
    const octets: number[] = []
    for (let open = 1; ; ) {
      const octet = this.#stringOctet()
      if (octet === BACKSLASH) this.#escape(octets)
      else {
        if (octet === PAREN) open++
        else if (octet === PAREN_END && --open === 0) break
        octets.push(octet)
      }
      if (octets.length > MAX_STRING) throw unreadable('A string is too long.', 'pdf-too-complex')
    }
    this.#budget.spendTokens(octets.length >>> 4)
    return { kind: 'string', octets: Uint8Array.from(octets), form: 'literal', start, end: this.position }
  }

  #stringOctet(): number {
    const octet = this.octets[this.position++]
    if (octet === undefined) throw unreadable('A string has no end.')
    return octet
  }

  /** §7.3.4.2, Table 3. */
  #escape(octets: number[]): void {
    const octet = this.#stringOctet()
    const plain = ESCAPES.get(octet)
    if (plain !== undefined) octets.push(plain)
    else if (octet === CR) this.position += this.octets[this.position] === LF ? 1 : 0
    else if (octet === LF) return
    else if (octet >= ZERO && octet < ZERO + 8) {
      let value = octet - ZERO
      for (let i = 0; i < 2; i++) {
        const digit = (this.octets[this.position] ?? 0) - ZERO
        if (digit < 0 || digit > 7) break
        value = value * 8 + digit
        this.position++
      }
      octets.push(value & 0xff)
    } else octets.push(octet)
  }

  #hexadecimal(): PdfString {
    const start = this.position
    const close = this.octets.indexOf(GREATER, start)
    if (close < 0) throw unreadable('A string has no end.')
    if (close - start > MAX_STRING) throw unreadable('A string is too long.', 'pdf-too-complex')
    this.#budget.spendTokens((close - start) >>> 6)
    const text = Buffer.from(this.octets.buffer, this.octets.byteOffset + start + 1, close - start - 1).toString(
      'latin1',
    )
    const digits = text.replace(/[\0\t\n\f\r ]+/g, '')
    if (!/^[0-9A-Fa-f]*$/.test(digits)) throw unreadable(`The string at ${start} has other characters than digits.`)
    this.position = close + 1
    const even = digits.length % 2 === 0 ? digits : `${digits}0`
    return { kind: 'string', octets: Buffer.from(even, 'hex'), form: 'hexadecimal', start, end: this.position }
  }

  #numberOrReference(): PdfValue {
    const number = this.#number()
    if (!Number.isSafeInteger(number) || number < 0) return number
    const after = this.position
    this.skipSpace()
    if (isDigit(this.octets[this.position])) {
      const generation = this.#number()
      if (Number.isSafeInteger(generation) && this.accept('R')) return { kind: 'reference', n: number, generation }
    }
    this.position = after
    return number
  }

  #number(): number {
    const start = this.position
    while (isNumeric(this.octets[this.position])) this.position++
    if (this.position - start > MAX_NUMBER) throw unreadable('A number is too long.', 'pdf-too-complex')
    const written = Buffer.from(this.octets.subarray(start, this.position)).toString('latin1')
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(written) || isRegular(this.octets[this.position]))
      throw unreadable(`At ${start} a number is not written as one.`)
    return Number(written)
  }

  #word(): PdfValue {
    if (this.accept('null')) return null
    if (this.accept('true')) return true
    if (this.accept('false')) return false
    throw unreadable(`At ${this.position} there is no value.`)
  }
}

export function isSpace(octet: number | undefined): boolean {
  return octet === 0x20 || octet === LF || octet === CR || octet === 0x09 || octet === 0x0c || octet === 0
}

const [LF, CR, PERCENT, SLASH, BACKSLASH, ZERO] = [0x0a, 0x0d, 0x25, 0x2f, 0x5c, 0x30]
const [PAREN, PAREN_END, BRACKET, BRACKET_END, LESS, GREATER] = [0x28, 0x29, 0x5b, 0x5d, 0x3c, 0x3e]
const MAX_NAME = 1024
const MAX_NUMBER = 64
/** The longest string that anybody needs is the value of a signature. */
const MAX_STRING = 2 * limits.pdfContentsBytes + 2
const DELIMITERS = new Set([PAREN, PAREN_END, BRACKET, BRACKET_END, LESS, GREATER, 0x7b, 0x7d, SLASH, PERCENT])
const ESCAPES = new Map(
  [
    ['n', 10],
    ['r', 13],
    ['t', 9],
    ['b', 8],
    ['f', 12],
  ].map(([letter, octet]) => [String(letter).charCodeAt(0), Number(octet)]),
)

function isDigit(octet: number | undefined): boolean {
  return octet !== undefined && octet >= ZERO && octet <= 0x39
}

function isNumeric(octet: number | undefined): boolean {
  return isDigit(octet) || octet === 0x2b || octet === 0x2d || octet === 0x2e
}

function isRegular(octet: number | undefined): boolean {
  return octet !== undefined && !isSpace(octet) && !DELIMITERS.has(octet)
}
