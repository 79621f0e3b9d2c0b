import { createHash } from 'node:crypto'
import { limits } from '../base/index.ts'
import { type AgencyCode, documentId } from '../message/index.ts'
import type { OutgoingPart } from './axis.ts'
import { writePartHeaders } from './part-headers.ts'

/** A signed directory as it travels to one agency: parts of type `directory` on its lane `status`. */
export function directoryParts({
  octets,
  version,
  contentType,
  from,
  to,
  messageId,
  timestamp,
}: {
  readonly octets: Uint8Array
  readonly version: number
  readonly contentType: string
  readonly from: AgencyCode
  readonly to: AgencyCode
  readonly messageId: string
  readonly timestamp: Date
}): OutgoingPart[] {
  const parts = Math.max(1, Math.ceil(octets.length / limits.directoryPartBytes))
  const envelopeSha256 = createHash('sha256').update(octets).digest('hex')
  return Array.from({ length: parts }, (_, part) => {
    const body = octets.subarray(part * limits.directoryPartBytes, (part + 1) * limits.directoryPartBytes)
    const partSha256 = createHash('sha256').update(body).digest('hex')
    const about = { from, to, documentId: documentId(`directory-${version}`), attempt: 1 }
    const headers = writePartHeaders({ ...about, part, parts, partSha256, envelopeSha256 })
    return { from, to, lane: 'status', type: 'directory', contentType, messageId, timestamp, headers, body }
  })
}
