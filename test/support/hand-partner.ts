import { createHash, randomUUID } from 'node:crypto'
import { type EmbeddedAxis, type ReceivedPart, writePartHeaders } from '../../src/broker/index.ts'
import { type AgencyCode, documentId, type Lane } from '../../src/message/index.ts'
import { senderOf, signVector } from './sign-vector.ts'

/** A partner who connects with software of his own: he puts any signed text on the axis and reads what comes back. */
export interface HandPartner {
  /** Signs the text as the agency in its From and sends it, the head and the rest as two parts. @returns SHA-256, hex */
  send(xml: string, to: string, options?: { documentId?: string; lane?: Lane }): Promise<string>
  /** Sends signed bytes. */
  sendBytes(file: Uint8Array, to: string, options?: { documentId?: string; lane?: Lane }): Promise<string>
  /** The status packages that came, in order. */
  readonly answers: readonly string[]
  close(): Promise<void>
}

export async function handPartner(axis: EmbeddedAxis, code: string, now: Date): Promise<HandPartner> {
  const agency = code as AgencyCode
  axis.provision(agency)
  const connection = axis.connect({ user: code, agencies: [agency] })
  const answers: string[] = []
  const keep = async (part: ReceivedPart): Promise<void> => {
    answers.push(Buffer.from(part.body).toString())
  }
  await connection.consume(agency, 'status', 10, keep)
  const sendBytes: HandPartner['sendBytes'] = async (file, to, { documentId: id = '', lane = 'express' } = {}) => {
    const bytes = Buffer.from(file)
    const cut = bytes.indexOf('<AttachmentEncoded')
    const bodies = cut < 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)]
    const envelopeSha256 = sha256(bytes)
    const common = { from: agency, to: to as AgencyCode, lane }
    const envelope = { messageId: randomUUID(), type: lane === 'status' ? 'status' : 'edoc', timestamp: now } as const
    const about = {
      from: agency,
      to: common.to,
      documentId: documentId(id),
      attempt: 1,
      parts: bodies.length,
      envelopeSha256,
    }
    for (const [part, body] of bodies.entries()) {
      const headers = writePartHeaders({ ...about, part, partSha256: sha256(body) })
      await connection.publish({ ...common, ...envelope, contentType: 'application/xml', body, headers })
    }
    return envelopeSha256
  }
  return {
    answers,
    sendBytes,
    async send(xml, to, options) {
      const id = options?.documentId ?? /<edXML:DocumentId>([^<]*)</.exec(xml)?.[1] ?? ''
      const lane = options?.lane ?? (xml.includes('StatusCode>') ? 'status' : 'express')
      return sendBytes(await signVector(xml, senderOf(xml)), to, { documentId: id, lane })
    },
    close: () => connection.close(),
  }
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}
