import { limits } from '../base/index.ts'
import type { Budget } from './budget.ts'
import { dataOf, type Entry, type Section } from './cross-reference.ts'
import { Parser } from './parser.ts'
import { decoded } from './streams.ts'
import { unreadable } from './unreadable.ts'
import {
  isDictionary,
  isReference,
  nameOf,
  type PdfDictionary,
  type PdfObject,
  type PdfValue,
  requireCount,
} from './values.ts'

/** A file as one of its savings shows it: the newest section given, and those before it. */
export class View {
  readonly octets: Uint8Array
  readonly sections: readonly Section[]
  readonly #budget: Budget
  readonly #objects = new Map<number, PdfObject>()
  readonly #packed = new Map<number, readonly { readonly n: number; readonly value: PdfValue }[]>()
  readonly #packing = new Set<number>()

  /** @param octets up to the end of that saving: nothing behind it is part of what is shown. */
  constructor(octets: Uint8Array, sections: readonly Section[], budget: Budget) {
    this.octets = octets
    this.sections = sections
    this.#budget = budget
  }

  get trailer(): PdfDictionary {
    const [newest] = this.sections
    if (newest === undefined) throw unreadable('It has no cross-reference section.')
    return newest.trailer
  }

  /** The document catalog. @throws pdf-unreadable */
  get catalog(): PdfDictionary {
    const catalog = this.resolve(this.trailer.entries.get('Root'))
    if (!isDictionary(catalog)) throw unreadable('It has no catalog.')
    return catalog
  }

  entry(n: number): Entry | undefined {
    for (const { entries } of this.sections) {
      const entry = entries.get(n)
      if (entry !== undefined) return entry
    }
    return undefined
  }

  /** Whoever refers to another generation refers to nothing. */
  generation(n: number): number {
    const entry = this.entry(n)
    return entry?.kind === 'at' ? entry.generation : 0
  }

  /** The object, or nothing where it is free or absent, which PDF reads as null. @throws pdf-unreadable */
  object(n: number, generation?: number): PdfObject | undefined {
    const known = this.#objects.get(n)
    const entry = this.entry(n)
    if (entry === undefined || entry.kind === 'free') return undefined
    if (generation !== undefined && this.generation(n) !== generation) return undefined
    if (known !== undefined) return known
    const object = entry.kind === 'at' ? this.#readAt(n, entry) : this.#readInside(n, entry)
    if (this.#objects.size < limits.pdfObjects) this.#objects.set(n, object)
    return object
  }

  /** The value behind a reference, or the value itself. @throws pdf-unreadable */
  resolve(value: PdfValue | undefined): PdfValue {
    for (let steps = 0, at = value ?? null; ; steps++) {
      if (!isReference(at)) return at
      if (steps > limits.pdfDepth) throw unreadable('References lead in a circle.')
      at = this.object(at.n, at.generation)?.value ?? null
    }
  }

  /** The raw data of a stream. @throws pdf-unreadable */
  data(object: PdfObject): Uint8Array {
    return dataOf(this.octets, object, (dictionary) =>
      requireCount(this.resolve(dictionary.entries.get('Length')), 'The length of a stream'),
    )
  }

  #readAt(n: number, { offset, generation }: { offset: number; generation: number }): PdfObject {
    if (offset >= this.octets.length) throw unreadable(`Object ${n} should begin at ${offset}, beyond the end.`)
    return new Parser(this.octets, offset, this.#budget).readObject(n, generation)
  }

  #readInside(n: number, { stream, index }: { stream: number; index: number }): PdfObject {
    const found = this.#unpack(stream)[index]
    if (found?.n !== n) throw unreadable(`Object ${n} is not where it should be in the object stream ${stream}.`)
    return { value: found.value, end: 0 }
  }

  /** ISO 32000-2 §7.5.7. */
  #unpack(stream: number): readonly { readonly n: number; readonly value: PdfValue }[] {
    const known = this.#packed.get(stream)
    if (known !== undefined) return known
    if (this.#packing.has(stream) || this.entry(stream)?.kind !== 'at')
      throw unreadable(`The object stream ${stream} is inside of an object stream.`)
    this.#packing.add(stream)
    const object = this.object(stream)
    if (object === undefined || !isDictionary(object.value) || nameOf(object.value.entries.get('Type')) !== 'ObjStm')
      throw unreadable(`Object ${stream} is no object stream.`)
    const packed = this.#unpacked(object.value, decoded(object.value, this.data(object), this.#budget))
    this.#packed.set(stream, packed)
    return packed
  }

  #unpacked({ entries }: PdfDictionary, data: Uint8Array): { n: number; value: PdfValue }[] {
    const count = requireCount(entries.get('N'), 'The count of an object stream')
    const first = requireCount(entries.get('First'), 'The beginning of an object stream')
    if (count > limits.pdfObjects || first > data.length)
      throw unreadable('An object stream says of itself what is not so.')
    const head = new Parser(data.subarray(0, first), 0, this.#budget)
    const places = Array.from({ length: count }, () => ({
      n: head.readCount('An object number'),
      offset: first + head.readCount('An offset'),
    }))
    return places.map(({ n, offset }) => {
      if (offset >= data.length) throw unreadable(`Object ${n} should begin beyond the end of its object stream.`)
      return { n, value: new Parser(data, offset, this.#budget).read() }
    })
  }
}
