import { createHash, type Hash } from 'node:crypto'
import { GatewayError, limits } from '../base/index.ts'
import type { AttachmentDescription } from '../message/index.ts'
import { type ContentSpan, type SignedAttachment, signedIds } from '../signature/index.ts'
import { ElementWriter } from './element-writer.ts'
import { PREFIX, QCVN } from './names.ts'
import { idAttribute } from './write-parts.ts'

/** What the attachments of one package became. Without attachments: no chunks, and the digest is empty. */
export interface WrittenAttachments {
  /** SHA-256 of AttachmentEncoded under exclusive canonicalization. */
  readonly digest: Uint8Array
  readonly attachments: readonly SignedAttachment[]
  /** Chunks emitted, numbered from 1. */
  readonly chunks: number
  readonly octets: number
}

/**
 * Writes `<AttachmentEncoded>` and what follows it as a stream of chunks, with the memory of one chunk however long the
 * attachments are. Base64 has no line breaks, so a decoded offset is found by arithmetic (architecture §4).
 */
export class AttachmentWriter {
  readonly #emit: (seq: number, bytes: Uint8Array) => Promise<void>
  readonly #chunkBytes: number
  readonly #canonical = createHash('sha256')
  readonly #attachments: SignedAttachment[] = []
  /** Grows to a chunk as it fills: most packages are much smaller than one. */
  #chunk: Buffer = Buffer.alloc(0)
  #filled = 0
  #seq = 1
  #octets = 0

  /** @param emit Receives chunks 1, 2, … of exactly `chunkBytes` octets, the last one shorter; awaited, so it may slow us down. */
  constructor(emit: (seq: number, bytes: Uint8Array) => Promise<void>, chunkBytes: number = limits.chunkBytes) {
    this.#emit = emit
    this.#chunkBytes = chunkBytes
  }

  /**
   * Appends one attachment.
   * @throws {GatewayError} attachment-damaged: it is empty
   * @throws {GatewayError} document-invalid: its name cannot be written, its ContentId is taken, or there are too many
   * @throws {GatewayError} document-too-large: the package would be larger than the gateway carries
   */
  async add(description: AttachmentDescription, content: AsyncIterable<Uint8Array>): Promise<SignedAttachment> {
    const at = `/attachments/${this.#attachments.length}`
    this.#requireRoom(description, at)
    if (this.#attachments.length === 0) await this.#open()
    await this.#text(startOf(description, at))
    const { sha256, length, spans } = await this.#base64(content)
    if (length === 0) {
      throw new GatewayError('attachment-damaged', `${at} is empty: give a file with content, or leave it out.`, {
        field: at,
        value: description.attachmentName,
      })
    }
    await this.#text(END_OF_ATTACHMENT)
    const written = { ...description, sha256: sha256.digest('hex'), length, spans }
    this.#attachments.push(written)
    return written
  }

  /** Closes AttachmentEncoded and the root, and emits the last chunk. Nothing at all is emitted without attachments. */
  async end(): Promise<WrittenAttachments> {
    if (this.#attachments.length === 0) return { digest: new Uint8Array(0), attachments: [], chunks: 0, octets: 0 }
    await this.#text('  </AttachmentEncoded>')
    const digest = this.#canonical.digest()
    await this.#append(Buffer.from('\n</edXML>\n'))
    if (this.#filled > 0) await this.#flush()
    return { digest, attachments: this.#attachments, chunks: this.#seq - 1, octets: this.#octets }
  }

  #requireRoom(description: AttachmentDescription, at: string): void {
    if (this.#attachments.length >= limits.attachments) {
      throw new GatewayError('document-invalid', `A document carries at most ${limits.attachments} attachments.`, {
        field: '/attachments',
        expected: `at most ${limits.attachments}`,
      })
    }
    if (this.#attachments.some(({ contentId }) => contentId === description.contentId)) {
      throw new GatewayError('document-invalid', `${at}/contentId is used twice: give each attachment its own.`, {
        field: `${at}/contentId`,
        value: description.contentId,
        rule: 'BR-06',
      })
    }
  }

  async #open(): Promise<void> {
    const id = idAttribute(signedIds.attachments)
    // The default namespace is declared at the root; the canonical form needs it here (Exclusive XML C14N 1.0 §3).
    this.#canonical.update(`<AttachmentEncoded xmlns="${QCVN}"${id}>\n`)
    await this.#append(Buffer.from(`<AttachmentEncoded${id}>\n`))
  }

  async #base64(content: AsyncIterable<Uint8Array>): Promise<{ sha256: Hash; length: number; spans: ContentSpan[] }> {
    const sha256 = createHash('sha256')
    const spans: ContentSpan[] = []
    let length = 0
    let characters = 0
    let left: Uint8Array = new Uint8Array(0)
    const write = async (text: string): Promise<void> => {
      let from = 0
      while (from < text.length) {
        const taken = Math.min(text.length - from, this.#chunkBytes - this.#filled)
        growSpan(spans, {
          chunk: this.#seq,
          start: this.#filled,
          end: this.#filled + taken,
          charactersBefore: characters,
        })
        await this.#text(text.slice(from, from + taken))
        characters += taken
        from += taken
      }
    }
    for await (const bytes of content) {
      sha256.update(bytes)
      length += bytes.length
      // Base64 turns three octets into four characters, so what is over waits for the next piece.
      const joined =
        left.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([left, bytes])
      const whole = joined.length - (joined.length % 3)
      for (let from = 0; from < whole; from += SLICE)
        await write(joined.toString('base64', from, Math.min(from + SLICE, whole)))
      left = Uint8Array.from(joined.subarray(whole))
    }
    await write(Buffer.from(left).toString('base64'))
    return { sha256, length, spans }
  }

  async #text(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    this.#canonical.update(bytes)
    await this.#append(bytes)
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#octets += bytes.length
    if (this.#octets > limits.envelopeBytes) {
      throw new GatewayError('document-too-large', 'The attachments together are larger than the gateway carries.', {
        field: '/attachments',
        expected: `at most ${limits.envelopeBytes} octets as base64`,
      })
    }
    let from = 0
    while (from < bytes.length) {
      this.#reserve(bytes.length - from)
      const taken = bytes.copy(this.#chunk, this.#filled, from)
      this.#filled += taken
      from += taken
      if (this.#filled === this.#chunkBytes) await this.#flush()
    }
  }

  #reserve(octets: number): void {
    const wanted = Math.min(this.#filled + octets, this.#chunkBytes)
    if (wanted <= this.#chunk.length) return
    const larger = Buffer.allocUnsafe(Math.min(this.#chunkBytes, Math.max(FIRST_BYTES, 2 * wanted)))
    this.#chunk.copy(larger, 0, 0, this.#filled)
    this.#chunk = larger
  }

  async #flush(): Promise<void> {
    const full = this.#chunk.subarray(0, this.#filled)
    const seq = this.#seq
    this.#chunk = Buffer.alloc(0) // a new one each time: the receiver may keep what it was given
    this.#filled = 0
    this.#seq += 1
    await this.#emit(seq, full)
  }
}

/** A chunk begins with as much. */
const FIRST_BYTES = 8 * 1024

/** Octets encoded at once; divisible by three. */
const SLICE = 48 * 1024

const END_OF_ATTACHMENT = `</${PREFIX}:ContentTransferEncoded>\n    </Attachment>\n`

/** The elements before the content, as in the samples: no prefix but on ContentTransferEncoded (edXML notes §4.2, TOL-02). */
function startOf(description: AttachmentDescription, at: string): string {
  const to = new ElementWriter(3, '')
  to.leaf('ContentId', `cid:${description.contentId}`, `${at}/contentId`)
  to.leaf('AttachmentName', description.attachmentName, `${at}/attachmentName`)
  to.leaf('Description', description.description, `${at}/description`)
  to.leaf('ContentType', description.contentType, `${at}/contentType`)
  return `    <Attachment>\n${to.text}      <${PREFIX}:ContentTransferEncoded xmlns:${PREFIX}="${QCVN}">`
}

/** Joins a span to the last one when it follows in the same chunk. */
function growSpan(spans: ContentSpan[], next: ContentSpan): void {
  const last = spans.at(-1)
  if (last?.chunk === next.chunk && last.end === next.start) spans[spans.length - 1] = { ...last, end: next.end }
  else spans.push(next)
}
