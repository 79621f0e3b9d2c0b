import { createHash, type Hash } from 'node:crypto'
import { limits } from '../base/index.ts'
import { Base64Reader, type DecodedContent } from './base64.ts'
import { namespaces } from './names.ts'
import { canonicalText, decodeText, octetText, view } from './octet-text.ts'
import type { ContentSpan, SignedAttachment } from './signed-content.ts'

/** One attachment; `content` is undefined when it is not base64, which is told after the digest was judged. */
export interface ReadAttachment extends Omit<SignedAttachment, 'sha256' | 'length'> {
  readonly content: DecodedContent | undefined
}

/** What follows the head of a package, when it is written as the contract writes it. */
export interface AttachmentTail {
  readonly id: string
  /** Of the exclusive canonical octets of AttachmentEncoded. */
  readonly digest: Uint8Array
  readonly attachments: readonly ReadAttachment[]
}

/**
 * Reads `<AttachmentEncoded>` and what follows it as it streams past, with the memory of one chunk: a strict reader of
 * the tiny grammar of the contract (edXML notes §4.7). It digests canonical octets and decodes base64 on the way. What
 * it does not recognise it does not judge: that is for the whole-document path, where libxml2 reads.
 *
 * The text *is* canonical as it is recognised, except that the root declares the default namespace, which the
 * canonical form has on AttachmentEncoded, and that references in names are written again in the canonical way.
 */
export class AttachmentTailReader {
  readonly #canonical: Hash
  readonly #rootEnd: RegExp
  readonly #attachments: ReadAttachment[] = []
  #state: 'start' | 'attachment' | 'field' | 'content' | 'root-end' | 'blank' | 'unknown' = 'start'
  /** Markup that is not complete yet. */
  #carry: Buffer = Buffer.alloc(0)
  /** Canonical octet text that is not digested yet. */
  #written = ''
  #id = ''
  #fields = new Map<string, string>()
  #content: { readonly closing: string; readonly base64: Base64Reader; readonly spans: ContentSpan[] } | undefined

  /** @param rootName as the root's start tag has it */
  constructor(digestName: string, rootName: string) {
    this.#canonical = createHash(digestName)
    this.#rootEnd = new RegExp(`^[ \\t\\r\\n]*</${rootName.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}[ \\t\\r\\n]*>`)
  }

  /**
   * @param chunk number of this item of the input
   * @param from offset in it at which the tail goes on
   * @returns false once the text is not what we know; nothing more may be pushed then
   */
  push(item: Uint8Array, chunk: number, from = 0): boolean {
    const fresh = view(item).subarray(from)
    const octets = this.#carry.length === 0 ? fresh : Buffer.concat([this.#carry, fresh])
    const origin = from - this.#carry.length // what was carried over lies before the chunk
    let at = 0
    while (at < octets.length) {
      const length =
        this.#state === 'content' ? this.#readContent(octets, at, chunk, origin) : this.#readMarkup(octets, at)
      if (length === undefined) this.#state = 'unknown'
      if (length === undefined || length === 0) break
      at += length
    }
    this.#carry = Buffer.from(octets.subarray(at))
    return this.#state !== 'unknown'
  }

  /** Undefined when the text ended too early. */
  end(): AttachmentTail | undefined {
    if (this.#state !== 'blank' || this.#carry.length > 0) return undefined
    return { id: this.#id, digest: this.#canonical.digest(), attachments: this.#attachments }
  }

  /** Length of the next tokens: 0 when none is complete, undefined when the next is none of ours. */
  #readMarkup(octets: Buffer, at: number): number | undefined {
    // Between two contents there are only short texts.
    const text = octets.toString('latin1', at, Math.min(octets.length, at + WINDOW))
    let length = 0
    while (this.#state !== 'content' && length < text.length) {
      const token = this.#readToken(length === 0 ? text : text.slice(length))
      if (token === undefined) break
      length += token
    }
    this.#canonical.update(this.#written, 'latin1')
    this.#written = ''
    return length > 0 || text.length < WINDOW ? length : undefined
  }

  /** Length of the next token, undefined when it is not complete or none of ours. */
  #readToken(text: string): number | undefined {
    switch (this.#state) {
      case 'start': {
        const [tag, id = ''] = START.exec(text) ?? []
        if (tag === undefined) return undefined
        this.#id = id
        this.#written += `<AttachmentEncoded xmlns="${namespaces.edxml}" Id="${id}">`
        return this.#went(tag, 'attachment')
      }
      case 'attachment': {
        const [tag, closing] = ATTACHMENT_OR_END.exec(text) ?? []
        if (tag === undefined) return undefined
        this.#written += tag
        return this.#went(tag, closing === undefined ? 'field' : 'root-end')
      }
      case 'field':
        return this.#readField(text) ?? this.#readContentStart(text) ?? this.#readAttachmentEnd(text)
      case 'root-end': {
        const [tag] = this.#rootEnd.exec(text) ?? []
        return tag === undefined ? undefined : this.#went(tag, 'blank')
      }
      case 'blank':
        return BLANK.exec(text)?.[0].length === text.length ? text.length : undefined
      case 'content':
      case 'unknown':
        return undefined
    }
  }

  #readField(text: string): number | undefined {
    const [field, open, name = '', value = '', close] = FIELD.exec(text) ?? []
    if (field === undefined || this.#fields.has(name)) return undefined
    const said = decodeText(value)
    if (said === undefined) return undefined
    this.#fields.set(name, said)
    this.#written += value.includes('&') ? open + octetText(Buffer.from(canonicalText(said))) + close : field
    return field.length
  }

  #readContentStart(text: string): number | undefined {
    const [tag, name] = CONTENT_START.exec(text) ?? []
    if (tag === undefined || this.#content !== undefined) return undefined
    this.#content = { closing: `</${name}>`, base64: new Base64Reader(), spans: [] }
    this.#written += tag
    return this.#went(tag, 'content')
  }

  #readAttachmentEnd(text: string): number | undefined {
    const [tag] = ATTACHMENT_END.exec(text) ?? []
    const contentId = this.#fields.get('ContentId')
    if (tag === undefined || contentId === undefined || this.#content === undefined) return undefined
    if (this.#attachments.length >= limits.attachments) return undefined
    const { base64, spans } = this.#content
    this.#attachments.push(attachmentOf(contentId, this.#fields, base64.end(), spans))
    this.#fields = new Map()
    this.#content = undefined
    this.#written += tag
    return this.#went(tag, 'attachment')
  }

  #readContent(octets: Buffer, at: number, chunk: number, origin: number): number | undefined {
    const content = this.#content
    if (content === undefined) return undefined
    const tag = octets.indexOf('<', at)
    const end = tag < 0 ? octets.length : tag
    if (end > at) {
      const text = octets.subarray(at, end)
      if (NOT_CANONICAL.some((code) => text.includes(code))) return undefined
      this.#canonical.update(text)
      content.spans.push({ chunk, start: origin + at, end: origin + end, charactersBefore: content.base64.characters })
      content.base64.push(text)
      return end - at
    }
    const closing = octets.toString('latin1', at, at + content.closing.length)
    if (closing !== content.closing) return content.closing.startsWith(closing) ? 0 : undefined
    this.#written += closing
    return this.#went(closing, 'field')
  }

  #went(token: string, state: 'attachment' | 'field' | 'content' | 'root-end' | 'blank'): number {
    this.#state = state
    return token.length
  }
}

/** The fields by name; only ContentId and the content are indispensable, what else is missing is for the rules to say. */
export function attachmentOf(
  contentId: string,
  fields: ReadonlyMap<string, string>,
  content: DecodedContent | undefined,
  spans: readonly ContentSpan[],
): ReadAttachment {
  const description = fields.get('Description')
  return {
    contentId: contentId.trim().replace(/^cid:/, ''),
    attachmentName: fields.get('AttachmentName') ?? '',
    ...(description !== undefined && { description }),
    contentType: fields.get('ContentType') ?? '',
    content,
    spans,
  }
}

const WINDOW = 16 * 1024
const START = new RegExp(`^<AttachmentEncoded(?: xmlns="${namespaces.edxml}")? Id="([\\w.-]+)">`)
const ATTACHMENT_OR_END = /^[ \t\n]*<(?:Attachment|(\/AttachmentEncoded))>/
const ATTACHMENT_END = /^[ \t\n]*<\/Attachment>/
const FIELD = /^([ \t\n]*<(ContentId|AttachmentName|Description|ContentType)>)([^<>\r]*)(<\/\2>)/
// The samples write this one element with a prefix, declared on it (edXML notes §4.7).
const CONTENT_START = new RegExp(
  `^[ \\t\\n]*<(ContentTransferEncoded(?=>)|edXML:ContentTransferEncoded(?= ))(?: xmlns:edXML="${namespaces.edxml}")?>`,
)
const BLANK = /^[ \t\r\n]*/
const NOT_CANONICAL = [0x26, 0x3e, 0x0d] // & > and carriage return
