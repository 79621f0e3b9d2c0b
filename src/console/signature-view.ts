import { type Clock, codeOf, limits, messageOf } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import { type Certificate, describeKey } from '../pki/index.ts'
import { type TrustMaterial, verify } from '../signature/index.ts'
import { content, type DocumentRecord, type Sql } from '../store/index.ts'
import type { CertificateView } from './shapes-common.ts'
import type { SignatureView } from './shapes-documents.ts'
import { causeOf, named, text } from './words.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Verifies the stored bytes as they were judged on the day they were stored, and says what the signature covers. */
export async function signatureView(
  { sql, directory, trust, clock }: { sql: Sql; directory: Directory; trust: TrustMaterial; clock: Clock },
  record: DocumentRecord,
): Promise<SignatureView> {
  const checkedAt = clock.now().toISOString()
  const [first] = record.octets > 0 ? [await content.chunk(sql, record.id, 0)] : [undefined]
  if (first === undefined) return { verdict: 'gone', checkedAt, parts: [] }
  if (record.octets > limits.deskVerifiedBytes)
    return {
      verdict: 'unchecked',
      checkedAt,
      message: `only packages of at most ${limits.deskVerifiedBytes} octets are verified here: download it, and use lienthong verify`,
      parts: [],
    }
  try {
    const signed = await verify(content.readEnvelope(sql, record.id), trust, record.storedAt)
    const digestOf = (uri: string): string | undefined => signed.references.find((one) => one.uri === uri)?.digestValue
    return {
      verdict: 'valid',
      checkedAt,
      agency: named(directory, signed.signer.agency),
      certificate: certificateView(signed.signer.certificate, clock.now()),
      ...(signed.signingTime === undefined ? {} : { signingTime: signed.signingTime.toISOString() }),
      algorithm: signed.algorithms.signature,
      parts: [
        { what: text('Thông tin văn bản', 'What the document says'), element: 'MessageHeader' },
        ...(signed.traceHeaderList === undefined
          ? []
          : [
              {
                what: text('Thông tin nghiệp vụ và hành trình', 'Business fields and trace'),
                element: 'TraceHeaderList',
              },
            ]),
        ...(signed.body === undefined
          ? []
          : [{ what: text('Danh mục tệp', 'The list of files'), element: 'edXMLBody' }]),
        ...signed.attachments.map(({ attachmentName, contentId, sha256 }) => ({
          what: text(`Tệp “${attachmentName}”`, `The file “${attachmentName}”`),
          element: `AttachmentEncoded ${contentId}`,
          digest: digestOf(`cid:${contentId}`) ?? sha256,
        })),
      ],
    }
  } catch (error) {
    return { verdict: 'invalid', checkedAt, cause: causeOf(codeOf(error)), message: messageOf(error), parts: [] }
  }
}

export function certificateView(certificate: Certificate, now: Date): CertificateView {
  const { fingerprint, subject, issuer, serialNumber, notBefore, notAfter, publicKey } = certificate
  return {
    fingerprint,
    subject,
    issuer,
    serial: serialNumber,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    daysLeft: daysUntil(notAfter, now),
    key: describeKey(publicKey),
  }
}

export function daysUntil(end: Date, now: Date): number {
  return Math.floor((end.getTime() - now.getTime()) / DAY_MS)
}
