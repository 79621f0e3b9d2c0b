import { limits } from '../base/index.ts'
import type { Budget } from './budget.ts'
import { isSpace, Parser } from './parser.ts'
import { decoded } from './streams.ts'
import { unreadable } from './unreadable.ts'
import { countOf, isArray, isDictionary, nameOf, type PdfDictionary, type PdfObject, requireCount } from './values.ts'

/** Where an object is: at an offset, inside an object stream, or nowhere. */
export type Entry =
  | { readonly kind: 'at'; readonly offset: number; readonly generation: number }
  | { readonly kind: 'inside'; readonly stream: number; readonly index: number }
  | { readonly kind: 'free' }

/** One cross-reference section with its trailer (ISO 32000-2 §7.5.4, §7.5.8): one saving of the file. */
export interface Section {
  readonly offset: number
  readonly entries: ReadonlyMap<number, Entry>
  readonly trailer: PdfDictionary
  /** The numbers of the cross-reference streams that make it up; they are containers and mean nothing themselves. */
  readonly streams: readonly number[]
}

/** The sections of a file, newest first. */
export interface CrossReference {
  readonly sections: readonly Section[]
  /** Octets after the last `%%EOF` that are no white space. */
  readonly trailing: number
}

/**
 * Follows the sections from the last `startxref`. There is no repairing: a file that viewers have to guess about may
 * look different in each of them.
 * @throws pdf-unreadable: pdf-broken, pdf-too-complex
 */
export function readCrossReference(octets: Uint8Array, budget: Budget): CrossReference {
  const { offset, trailing } = lastStart(octets, budget)
  const sections: Section[] = []
  const seen = new Set<number>()
  let count = 0
  for (let next: number | undefined = offset; next !== undefined; ) {
    if (seen.has(next)) throw unreadable('Its cross-reference sections lead in a circle.')
    if (sections.length === limits.pdfSections)
      throw unreadable(`It was saved more than ${limits.pdfSections} times.`, 'pdf-too-complex')
    seen.add(next)
    const section = readSection(octets, next, budget)
    count += section.entries.size
    if (count > limits.pdfObjects)
      throw unreadable(`It lists more than ${limits.pdfObjects} objects.`, 'pdf-too-complex')
    sections.push(section)
    const previous = section.trailer.entries.get('Prev')
    next = previous === undefined ? undefined : requireCount(previous, 'Prev')
  }
  return { sections, trailing }
}

/** The last `startxref`, its number and `%%EOF` (§7.5.5). */
function lastStart(octets: Uint8Array, budget: Budget): { offset: number; trailing: number } {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length)
  const at = text.lastIndexOf('startxref')
  if (at < 0) throw unreadable('It has no startxref.')
  const parser = new Parser(octets, at + 'startxref'.length, budget)
  for (let octet = octets[parser.position]; isSpace(octet); octet = octets[++parser.position]);
  const offset = parser.readCount('startxref')
  for (let octet = octets[parser.position]; isSpace(octet); octet = octets[++parser.position]);
  if (text.toString('latin1', parser.position, parser.position + 5) !== '%%EOF')
    throw unreadable('After the last startxref %%EOF is missing.')
  let end = octets.length
  while (end > parser.position + 5 && isSpace(octets[end - 1])) end--
  return { offset, trailing: end - (parser.position + 5) }
}

function readSection(octets: Uint8Array, offset: number, budget: Budget): Section {
  if (offset >= octets.length) throw unreadable(`A cross-reference section should begin at ${offset}, beyond the end.`)
  const parser = new Parser(octets, offset, budget)
  return parser.accept('xref') ? readTable(parser, offset, budget) : readStreamSection(octets, offset, budget)
}

function readTable(parser: Parser, offset: number, budget: Budget): Section {
  const entries = new Map<number, Entry>()
  while (!parser.accept('trailer')) {
    const first = parser.readCount('The first number of a subsection')
    const count = parser.readCount('The length of a subsection')
    if (first + count > limits.pdfObjects) throw tooMany()
    for (let n = first; n < first + count; n++) {
      const entry = readTableEntry(parser)
      if (entries.has(n)) throw unreadable(`Object ${n} is listed twice in one section.`)
      entries.set(n, entry)
    }
  }
  const trailer = parser.read()
  if (!isDictionary(trailer)) throw unreadable('A trailer is no dictionary.')
  const hybrid = trailer.entries.get('XRefStm')
  if (hybrid === undefined) return { offset, entries, trailer, streams: [] }
  // §7.5.8.4: what the table hides or does not list is in the stream beside it
  const beside = readStreamSection(parser.octets, requireCount(hybrid, 'XRefStm'), budget)
  for (const [n, entry] of beside.entries) if ((entries.get(n)?.kind ?? 'free') === 'free') entries.set(n, entry)
  return { offset, entries, trailer, streams: beside.streams }
}

function readTableEntry(parser: Parser): Entry {
  const offset = parser.readCount('An offset')
  const generation = parser.readCount('A generation')
  if (parser.accept('n')) return { kind: 'at', offset, generation }
  parser.expect('f')
  return { kind: 'free' }
}

/** §7.5.8. */
function readStreamSection(octets: Uint8Array, offset: number, budget: Budget): Section {
  const parser = new Parser(octets, offset, budget)
  const n = parser.readCount('The number of a cross-reference stream')
  parser.readCount('A generation')
  parser.expect('obj')
  const object = parser.readBody()
  if (!isDictionary(object.value) || nameOf(object.value.entries.get('Type')) !== 'XRef')
    throw unreadable(`At ${offset} there is no cross-reference section.`)
  const data = decoded(object.value, dataOf(octets, object), budget)
  return { offset, entries: streamEntries(object.value, data), trailer: object.value, streams: [n] }
}

/** The data of a stream whose length is written directly, with `endstream` after it. @throws pdf-unreadable */
export function dataOf(octets: Uint8Array, object: PdfObject, lengthOf = directLength): Uint8Array {
  const { value, streamStart } = object
  if (streamStart === undefined || !isDictionary(value)) throw unreadable('An object is not a stream.')
  const end = streamStart + lengthOf(value)
  if (end > octets.length) throw unreadable('A stream is longer than the file.')
  let after = end
  while (after < end + 2 && (octets[after] === 0x0d || octets[after] === 0x0a)) after++
  const keyword = Buffer.from(octets.buffer, octets.byteOffset + after, Math.min(9, octets.length - after)).toString(
    'latin1',
  )
  if (keyword !== 'endstream') throw unreadable(`The stream at ${streamStart} does not end where its length says.`)
  return octets.subarray(streamStart, end)
}

function directLength(dictionary: PdfDictionary): number {
  return requireCount(dictionary.entries.get('Length'), 'The length of a stream')
}

function streamEntries(dictionary: PdfDictionary, data: Uint8Array): Map<number, Entry> {
  const [typeWidth = -1, secondWidth = -1, thirdWidth = -1, ...more] = counts(dictionary, 'W') ?? []
  const width = typeWidth + secondWidth + thirdWidth
  if (
    Math.min(typeWidth, secondWidth, thirdWidth) < 0 ||
    Math.max(typeWidth, secondWidth, thirdWidth) > 6 ||
    width === 0 ||
    more.length > 0
  )
    throw unreadable('The widths of a cross-reference stream are not three that can be read.')
  const index = counts(dictionary, 'Index') ?? [0, requireCount(dictionary.entries.get('Size'), 'Size')]
  const entries = new Map<number, Entry>()
  let at = 0
  const field = (octets: number, otherwise: number): number => {
    if (octets === 0) return otherwise
    let value = 0
    for (let i = 0; i < octets; i++) value = value * 256 + (data[at++] ?? 0)
    return value
  }
  for (let i = 0; i + 1 < index.length; i += 2) {
    const [first = 0, count = 0] = [index[i], index[i + 1]]
    if (first + count > limits.pdfObjects) throw tooMany()
    if (at + count * width > data.length) throw unreadable('A cross-reference stream is shorter than its index says.')
    for (let n = first; n < first + count; n++) {
      const [type, second, third] = [field(typeWidth, 1), field(secondWidth, 0), field(thirdWidth, 0)]
      if (entries.has(n)) throw unreadable(`Object ${n} is listed twice in one section.`)
      entries.set(n, entryOf(type, second, third))
    }
  }
  return entries
}

/** §7.5.8.3, Table 18. */
function entryOf(type: number, second: number, third: number): Entry {
  if (type === 0) return { kind: 'free' }
  if (type === 1) return { kind: 'at', offset: second, generation: third }
  if (type === 2) return { kind: 'inside', stream: second, index: third }
  throw unreadable('A cross-reference stream has an entry of an unknown kind.')
}

function counts({ entries }: PdfDictionary, key: string): number[] | undefined {
  const value = entries.get(key)
  if (value === undefined) return undefined
  if (!isArray(value) || value.items.length > 2 * limits.pdfObjects) throw unreadable(`${key} is no list of numbers.`)
  return value.items.map((item) => countOf(item) ?? -1).map((count) => requireCount(count, `A number of ${key}`))
}

function tooMany(): Error {
  return unreadable(`It lists objects beyond number ${limits.pdfObjects}.`, 'pdf-too-complex')
}
