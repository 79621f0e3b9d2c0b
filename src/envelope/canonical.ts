import { createHash } from 'node:crypto'
import { PREFIX, QCVN } from './names.ts'

/**
 * Canonical text of one element of ours: its text as it stands in the document, with the namespace declaration that the
 * apex needs. Valid because everything inside uses that one prefix (Exclusive XML C14N 1.0 §3).
 * @param text Text that holds the element once, written by `ElementWriter`.
 */
export function canonicalElement(text: string, name: string): string {
  const start = text.indexOf(`<${PREFIX}:${name}`)
  const close = `</${PREFIX}:${name}>`
  const inside = start + PREFIX.length + name.length + 2
  return `<${PREFIX}:${name} xmlns:${PREFIX}="${QCVN}"${text.slice(inside, text.lastIndexOf(close) + close.length)}`
}

/**
 * Digest of what a package says, the same however often it is signed, sent and traced: the key of a repeat (architecture
 * §5). SHA-256, in lower-case hex, over these, each followed by one LF:
 *
 * 1. the canonical octets of MessageHeader,
 * 2. the canonical octets of Bussiness, if the package has one,
 * 3. for each attachment in order: the SHA-256 of its decoded bytes in lower-case hex.
 */
export function contentDigest(
  messageHeader: string | Uint8Array,
  bussiness: string | Uint8Array | undefined,
  attachments: readonly { readonly sha256: string }[],
): string {
  const hash = createHash('sha256').update(messageHeader).update('\n')
  if (bussiness !== undefined) hash.update(bussiness).update('\n')
  for (const { sha256 } of attachments) hash.update(sha256).update('\n')
  return hash.digest('hex')
}
