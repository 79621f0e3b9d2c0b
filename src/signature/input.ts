import { createHash } from 'node:crypto'
import { giveBack, limits } from '../base/index.ts'
import { view } from './octet-text.ts'
import type { ContentSpan } from './signed-content.ts'

/** The file as it comes in, item by item: digested as a whole, and remembered while it is small enough to be read whole. */
export class Input {
  readonly #items: AsyncIterator<Uint8Array>
  readonly #sha256 = createHash('sha256')
  readonly #lengths: number[] = []
  #kept: Buffer[] | undefined = []
  #octets = 0
  /** The item that was handed out last. */
  #read: Buffer | undefined

  constructor(input: Uint8Array | AsyncIterable<Uint8Array>) {
    this.#items = (input instanceof Uint8Array ? single(input) : input)[Symbol.asyncIterator]()
  }

  /** The next item and its number, or undefined at the end. The one before is read; once nothing is remembered, its memory is given back. */
  async next(): Promise<{ octets: Buffer; chunk: number } | undefined> {
    if (this.#read !== undefined && this.#kept === undefined) giveBack(this.#read)
    const item = await this.#items.next()
    if (item.done === true) return undefined
    const octets = view(item.value)
    this.#read = octets
    this.#sha256.update(octets)
    this.#octets += octets.length
    this.#lengths.push(octets.length)
    this.#keep(octets)
    return { octets, chunk: this.#lengths.length - 1 }
  }

  /** All octets, for what can only be read as a whole; undefined when they are too many. */
  async whole(): Promise<Buffer | undefined> {
    while (this.#kept !== undefined && (await this.next()) !== undefined);
    return this.#kept === undefined ? undefined : Buffer.concat(this.#kept)
  }

  /** SHA-256 and length of the file, once everything was taken. */
  finish(): { sha256: string; octets: number } {
    return { sha256: this.#sha256.digest('hex'), octets: this.#octets }
  }

  /** A span of the whole file as spans of its items. */
  spansOf(span: ContentSpan, file: Buffer): ContentSpan[] {
    const spans: ContentSpan[] = []
    let itemStart = 0
    let { charactersBefore } = span
    for (const [chunk, length] of this.#lengths.entries()) {
      const start = Math.max(span.start, itemStart)
      const end = Math.min(span.end, itemStart + length)
      if (start < end) {
        spans.push({ chunk, start: start - itemStart, end: end - itemStart, charactersBefore })
        charactersBefore += file.toString('latin1', start, end).replaceAll(/[ \t\r\n]+/g, '').length
      }
      itemStart += length
    }
    return spans
  }

  /** Gives up remembering, and then the memory does not grow with the file. */
  #keep(octets: Buffer): void {
    if (this.#octets > limits.wholeDocumentBytes) this.#kept = undefined
    this.#kept?.push(octets)
  }
}

async function* single(item: Uint8Array): AsyncGenerator<Uint8Array> {
  yield item
}
