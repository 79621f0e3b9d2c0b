import { createHash } from 'node:crypto'
import { GatewayError, limits } from '../base/index.ts'
import type { DocumentMessage, StatusMessage } from '../message/index.ts'
import type { Signer } from '../pki/index.ts'
import {
  type PartToSign,
  type ReceiptInfo,
  type SignedAttachment,
  sign,
  signedIds,
  type VerifiedReference,
} from '../signature/index.ts'
import type { WrittenAttachments } from './attachment-writer.ts'
import { canonicalElement, contentDigest } from './canonical.ts'
import { ElementWriter } from './element-writer.ts'
import { PREFIX, QCVN } from './names.ts'
import { checkRules } from './rules.ts'
import { requireSchema } from './schema.ts'
import { parseSkeleton } from './skeleton.ts'
import { body, documentHeader, statusHeader, traceHeaderList } from './write-parts.ts'

/** The signed head of a package. */
export interface WrittenHead {
  /** Chunk 0, everything before `<AttachmentEncoded`; the whole file of a status or of a document without attachments. */
  readonly octets: Uint8Array
  /** Lower-case hex, see `contentDigest`. */
  readonly contentDigest: string
  /** The references of the signature, as `verify` will report them and a receipt will name them. */
  readonly references: readonly VerifiedReference[]
}

/**
 * Writes and signs the head of a document, in the order and with the prefixes of the standard (edXML notes §4.2, TOL-02,
 * TOL-03). Everything is checked before the key is used.
 *
 * @param attachments What `AttachmentWriter` wrote for `message.attachments`, in the same order.
 * @param signingTime Goes into the signature, and is the day that BR-09 compares with.
 * @throws {GatewayError} document-invalid: a text that XML cannot carry, or attachments other than the message's
 * @throws {GatewayError} business-rule-violation, secret-mark: see `checkRules`
 * @throws {GatewayError} schema-violation: `field` as JSON pointer, `line`, and what would be right
 * @throws {GatewayError} envelope-too-large: the head does not fit one chunk
 */
export async function writeDocument(
  message: DocumentMessage,
  attachments: WrittenAttachments,
  signer: Signer,
  signingTime: Date,
): Promise<WrittenHead> {
  requireSameAttachments(message, attachments.attachments)
  checkRules(message, signingTime)
  const header = documentHeader(message)
  const trace = traceHeaderList(message)
  const hasAttachments = attachments.attachments.length > 0
  const manifest = hasAttachments ? body(message.attachments) : ''
  const start = `${START}${header}${trace}`
  const end = `${END_OF_HEADER}${manifest}  </${PREFIX}:edXMLEnvelope>\n`
  requireSkeleton(`${start}${end}${tailSkeleton(attachments.attachments)}`, 'document')

  const canonicalHeader = canonicalElement(header, 'MessageHeader')
  const parts = [
    part(signedIds.messageHeader, canonicalHeader),
    part(signedIds.traceHeaderList, canonicalElement(trace, 'TraceHeaderList')),
  ]
  if (hasAttachments) {
    parts.push(part(signedIds.body, canonicalElement(manifest, 'edXMLBody')))
    parts.push({ id: signedIds.attachments, digest: attachments.digest, mimeType: MIME_TYPE })
  }
  // `<AttachmentEncoded` begins chunk 1; its indentation belongs to chunk 0.
  const rest = hasAttachments ? `${end}  ` : `${end}</edXML>\n`
  const signature = await sign(parts, signer, signingTime)
  const octets = head(start, signature, rest)
  const digest = contentDigest(canonicalHeader, canonicalElement(trace, 'Bussiness'), attachments.attachments)
  return { octets, contentDigest: digest, references: referencesOf(signature) }
}

/**
 * Writes and signs a status: a package of its own with a MessageHeader only (edXML notes §4.5).
 * @param receipt The bytes that this status answers; they come under its signature.
 * @throws {GatewayError} as `writeDocument`
 */
export async function writeStatus(
  message: StatusMessage,
  signer: Signer,
  signingTime: Date,
  receipt?: ReceiptInfo,
): Promise<WrittenHead> {
  checkRules(message, signingTime)
  const header = statusHeader(message)
  const start = `${START}${header}`
  const end = `${END_OF_HEADER}  </${PREFIX}:edXMLEnvelope>\n</edXML>\n`
  requireSkeleton(`${start}${end}`, 'status')
  const canonicalHeader = canonicalElement(header, 'MessageHeader')
  const parts = [part(signedIds.messageHeader, canonicalHeader)]
  const signature = await sign(parts, signer, signingTime, receipt)
  const octets = head(start, signature, end)
  return { octets, contentDigest: contentDigest(canonicalHeader, undefined, []), references: referencesOf(signature) }
}

const START = `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="${QCVN}">
  <${PREFIX}:edXMLEnvelope xmlns:${PREFIX}="${QCVN}">
    <${PREFIX}:edXMLHeader>
`
const END_OF_HEADER = `    </${PREFIX}:edXMLHeader>\n`
const MIME_TYPE = 'text/xml'

function part(id: string, canonical: string): PartToSign {
  return { id, digest: createHash('sha256').update(canonical).digest(), mimeType: MIME_TYPE }
}

/** Our own signature is canonical text, so its references can be read off. */
function referencesOf(signature: string): VerifiedReference[] {
  const signedInfo = signature.slice(0, signature.indexOf('</ds:SignedInfo>'))
  const found = signedInfo.matchAll(
    /<ds:Reference[^>]* URI="([^"]*)".*?<ds:DigestMethod Algorithm="([^"]*)".*?<ds:DigestValue>([^<]*)/gs,
  )
  return [...found].map(([, uri = '', digestMethod = '', digestValue = '']) => ({ uri, digestMethod, digestValue }))
}

function head(start: string, signature: string, end: string): Uint8Array {
  const octets = Buffer.from(`${start}      ${signature}\n${end}`)
  if (octets.length <= limits.headBytes) return octets
  const expected = `at most ${limits.headBytes} octets`
  throw new GatewayError('envelope-too-large', `The head has ${octets.length} octets; ${expected} fit one chunk.`, {
    value: octets.length,
    expected,
  })
}

function requireSkeleton(xml: string, form: 'document' | 'status'): void {
  const skeleton = parseSkeleton(Buffer.from(xml))
  try {
    requireSchema(skeleton, 'write', form)
  } finally {
    skeleton.dispose()
  }
}

/** The attachments with empty content, so that the schema can join them with the manifest. */
function tailSkeleton(attachments: readonly SignedAttachment[]): string {
  if (attachments.length === 0) return '</edXML>\n'
  const to = new ElementWriter(1, '')
  to.element('AttachmentEncoded', () => {
    attachments.forEach((attachment, index) => {
      const at = `/attachments/${index}`
      to.element('Attachment', () => {
        to.leaf('ContentId', `cid:${attachment.contentId}`, `${at}/contentId`)
        to.leaf('AttachmentName', attachment.attachmentName, `${at}/attachmentName`)
        to.leaf('Description', attachment.description, `${at}/description`)
        to.leaf('ContentType', attachment.contentType, `${at}/contentType`)
        to.element('ContentTransferEncoded', () => undefined)
      })
    })
  })
  return `${to.text}</edXML>\n`
}

/** BR-06 on our own side: the manifest must name what was written, in the same order. */
function requireSameAttachments(message: DocumentMessage, written: readonly SignedAttachment[]): void {
  const names = (list: readonly { contentId: string; attachmentName: string; contentType: string }[]): string =>
    JSON.stringify(list.map((item) => [item.contentId, item.attachmentName, item.contentType]))
  if (names(message.attachments) === names(written)) return
  throw new GatewayError('document-invalid', 'The attachments written are not those that the message names.', {
    rule: 'BR-06',
    field: '/attachments',
    expected: 'the same attachments in the same order',
  })
}
