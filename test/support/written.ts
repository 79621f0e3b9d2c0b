import { AttachmentWriter, type WrittenAttachments, type WrittenHead, writeDocument } from '../../src/envelope/index.ts'
import type { DocumentMessage } from '../../src/message/index.ts'
import type { Signer } from '../../src/pki/index.ts'
import { NOON } from './toy-signers.ts'

export interface Written {
  readonly head: WrittenHead
  /** Chunks 1, 2, … */
  readonly chunks: readonly Uint8Array[]
  readonly attachments: WrittenAttachments
}

/** Writes a document with our writer; each attachment contains its own name, or what `contents` gives for it. */
export async function written(
  message: DocumentMessage,
  signer: Signer,
  signingTime: Date = NOON,
  contents: (index: number) => Uint8Array = (index) => Buffer.from(message.attachments[index]?.attachmentName ?? ''),
  chunkBytes = 512,
): Promise<Written> {
  const chunks: Uint8Array[] = []
  const writer = new AttachmentWriter(async (seq, bytes) => {
    chunks[seq - 1] = bytes
  }, chunkBytes)
  for (const [index, description] of message.attachments.entries())
    await writer.add(description, pieces(contents(index)))
  const attachments = await writer.end()
  return { head: await writeDocument(message, attachments, signer, signingTime), chunks, attachments }
}

/** The file as text. */
export function fileOf(head: WrittenHead, chunks: readonly Uint8Array[]): string {
  return Buffer.concat([head.octets, ...chunks]).toString()
}

/** Octets in pieces of 1, 2, 3, … so that base64 never falls on their borders. */
export async function* pieces(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  let size = 1
  for (let from = 0; from < octets.length; from += size - 1) {
    yield octets.subarray(from, from + size)
    size += 1
  }
}
