import { unreadable } from './unreadable.ts'

/** A value of a PDF file (ISO 32000-2 §7.3). Positions are offsets in the octets that were read. */
export type PdfValue = null | boolean | number | PdfName | PdfString | PdfReference | PdfArray | PdfDictionary

export interface PdfName {
  readonly kind: 'name'
  readonly name: string
}

export interface PdfString {
  readonly kind: 'string'
  readonly octets: Uint8Array
  readonly form: 'literal' | 'hexadecimal'
  /** Of the opening and after the closing delimiter. */
  readonly start: number
  readonly end: number
}

export interface PdfReference {
  readonly kind: 'reference'
  readonly n: number
  readonly generation: number
}

export interface PdfArray {
  readonly kind: 'array'
  readonly items: readonly PdfValue[]
}

export interface PdfDictionary {
  readonly kind: 'dictionary'
  readonly entries: ReadonlyMap<string, PdfValue>
  readonly start: number
  readonly end: number
}

/** What an indirect object holds: a value, and the octets after it where it is a stream. */
export interface PdfObject {
  readonly value: PdfValue
  /** Where the data of a stream begin. */
  readonly streamStart?: number
  /** After the value, or of a stream at its data: where reading ended. */
  readonly end: number
}

export function isDictionary(value: PdfValue | undefined): value is PdfDictionary {
  return typeof value === 'object' && value?.kind === 'dictionary'
}

export function isReference(value: PdfValue | undefined): value is PdfReference {
  return typeof value === 'object' && value?.kind === 'reference'
}

export function isArray(value: PdfValue | undefined): value is PdfArray {
  return typeof value === 'object' && value?.kind === 'array'
}

export function isString(value: PdfValue | undefined): value is PdfString {
  return typeof value === 'object' && value?.kind === 'string'
}

export function nameOf(value: PdfValue | undefined): string | undefined {
  return typeof value === 'object' && value?.kind === 'name' ? value.name : undefined
}

/** A whole number from 0, or nothing. */
export function countOf(value: PdfValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** @throws pdf-unreadable */
export function requireCount(value: PdfValue | undefined, what: string): number {
  const count = countOf(value)
  if (count === undefined) throw unreadable(`${what} is not a whole number.`)
  return count
}

/**
 * The value written in one way, whatever its spaces and the order of its keys: equal values are equal texts. Numbers are
 * equal to nine digits, because software that writes them again writes fewer. What a reference points to is not looked at.
 */
export function canonicalText(value: PdfValue): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(9)))
  if (value === null || typeof value !== 'object') return String(value)
  switch (value.kind) {
    case 'name':
      return `/${JSON.stringify(value.name)}`
    case 'string':
      return `(${Buffer.from(value.octets).toString('hex')})`
    case 'reference':
      return `${value.n}.${value.generation}R`
    case 'array':
      return `[${value.items.map(canonicalText).join(' ')}]`
    case 'dictionary':
      return `<${[...value.entries]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`)
        .join(' ')}>`
  }
}

/** Keys whose values are not written the same, or that only one of the two has. */
export function differingKeys(before: PdfDictionary, after: PdfDictionary): string[] {
  const text = ({ entries }: PdfDictionary, key: string): string => canonicalText(entries.get(key) ?? null)
  const keys = new Set([...before.entries.keys(), ...after.entries.keys()])
  return [...keys].filter((key) => text(before, key) !== text(after, key))
}

/** Every object that the value refers to directly. */
export function* referencesIn(value: PdfValue): Generator<PdfReference> {
  if (value === null || typeof value !== 'object') return
  if (value.kind === 'reference') yield value
  if (value.kind === 'array') for (const item of value.items) yield* referencesIn(item)
  if (value.kind === 'dictionary') for (const item of value.entries.values()) yield* referencesIn(item)
}

/**
 * Text string (ISO 32000-2 §7.9.2.2): UTF-16 or UTF-8 with its mark, otherwise read as Latin-1. It was written by
 * strangers and is shown to people: what would move a cursor or turn a line around is left out.
 */
export function textOf(value: PdfValue | undefined): string | undefined {
  return isString(value) ? decoded(Buffer.from(value.octets)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '') : undefined
}

function decoded(octets: Buffer): string {
  if (octets[0] === 0xfe && octets[1] === 0xff) return utf16.decode(octets.subarray(2))
  if (octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf) return octets.subarray(3).toString('utf8')
  return octets.toString('latin1')
}

const utf16 = new TextDecoder('utf-16be')
