import { GatewayError, limits } from '../base/index.ts'
import { attachmentOf, type ReadAttachment } from './attachments.ts'
import { Base64Reader } from './base64.ts'
import type { Reading } from './canonical.ts'
import { type Element, holdsOnlyElements, isElement } from './element.ts'
import { namespaces } from './names.ts'
import { decodeReferences, octetsOf, readable } from './octet-text.ts'

/**
 * Reads attachments from the canonical form of AttachmentEncoded, with whatever prefixes, and finds where their base64
 * stands in the file. The spans count in the whole file, as if it were one item (whole-document.ts cuts them).
 *
 * @param source AttachmentEncoded as it stands in the text of the file, of which the canonical form was made
 * @param shift octets of the file before that text: a byte order mark
 * @throws {GatewayError} unexpected-content | attachments-incomplete | structure-limit
 */
export function readWholeAttachments(
  { text: signed, root }: Reading,
  text: string,
  source: Element,
  shift: number,
): readonly ReadAttachment[] {
  if (root.children.length > limits.attachments) {
    throw new GatewayError('structure-limit', `The package has ${root.children.length} attachments.`, {
      expected: limits.attachments,
    })
  }
  if (root.attributes.some(({ name }) => name !== 'Id')) refuse('AttachmentEncoded has attributes other than Id')
  requireBlanks(signed, root)
  const written = contentsOf(source)
  return root.children.map((attachment, index) => {
    if (!isElement(attachment, namespaces.edxml, 'Attachment'))
      refuse(`AttachmentEncoded holds ${readable(attachment.name)}`)
    return readAttachment(signed, attachment, text, written[index], shift)
  })
}

const FIELDS: ReadonlySet<string> = new Set(['ContentId', 'AttachmentName', 'Description', 'ContentType'])

function readAttachment(
  signed: string,
  attachment: Element,
  text: string,
  written: Element | undefined,
  shift: number,
): ReadAttachment {
  requireBlanks(signed, attachment)
  const fields = new Map<string, string>()
  let content: Element | undefined
  for (const child of attachment.children) {
    const isField = FIELDS.has(child.local) && !fields.has(child.local)
    const isContent = child.local === 'ContentTransferEncoded' && content === undefined
    if (
      child.namespace !== namespaces.edxml ||
      !(isField || isContent) ||
      child.children.length + child.attributes.length > 0
    ) {
      refuse(`Attachment holds ${readable(child.name)} where it may not stand`)
    }
    if (isContent) content = child
    else fields.set(child.local, readable(decodeReferences(signed.slice(child.contentStart, child.contentEnd))))
  }
  const contentId = fields.get('ContentId')
  if (contentId === undefined || content === undefined || written === undefined) {
    throw new GatewayError('attachments-incomplete', 'An Attachment lacks its ContentId or its ContentTransferEncoded.')
  }
  const base64 = new Base64Reader()
  base64.push(octetsOf(signed.slice(content.contentStart, content.contentEnd)))
  const asWritten = text.slice(written.contentStart, written.contentEnd)
  if (asWritten.includes('&')) refuse('The base64 of an attachment is written with references')
  const span = { chunk: 0, start: written.contentStart + shift, end: written.contentEnd + shift, charactersBefore: 0 }
  return attachmentOf(contentId, fields, base64.end(), [span])
}

/** The contents in document order, so one for each attachment that has one. */
function contentsOf(element: Element): readonly Element[] {
  return element.children.flatMap((attachment) =>
    attachment.children.filter((child) => isElement(child, namespaces.edxml, 'ContentTransferEncoded')).slice(0, 1),
  )
}

function requireBlanks(text: string, element: Element): void {
  if (!holdsOnlyElements(text, element)) refuse(`${readable(element.name)} holds text`)
}

function refuse(what: string): never {
  throw new GatewayError('unexpected-content', `${what}.`)
}
