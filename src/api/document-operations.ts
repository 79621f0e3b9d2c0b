import { z } from 'zod'
import { limits } from '../base/index.ts'
import { type Answer, envelopeId, reportStateShape } from '../http/index.ts'
import {
  acceptedShape,
  documentListShape,
  documentShape,
  newDocumentShape,
  receiptListShape,
  searchQuery,
} from './document-shapes.ts'
import { evidenceShape } from './evidence-shape.ts'
import { operation } from './operation.ts'

export const idParams = z.object({ id: envelopeId })
export const attachmentParams = z.object({
  id: envelopeId,
  n: z.coerce.number().int().min(1).max(1000).meta({ description: 'Number of the attachment, from 1.', example: 1 }),
})

const receiptParams = idParams.extend({ receiptId: envelopeId })

export const EVIDENCE_DESCRIPTION =
  'Certificates, CRLs, OCSP responses and verdict of the moment of arrival (TT 15/2025). Keep it beside the package: `lienthong verify --evidence` repeats the verdict without a network.'
export const evidenceAnswers: Readonly<Record<string, Answer>> = {
  200: { description: 'The evidence.', shape: evidenceShape },
}

const DOWNLOAD_HEADERS = {
  ETag: 'SHA-256 of the whole file, hex, quoted.',
  'Content-Disposition': 'Always `attachment`, the name as UTF-8 (RFC 8187) and as ASCII.',
}

export const envelopeAnswers: Readonly<Record<string, Answer>> = {
  200: {
    description: 'The signed package, byte for byte.',
    mediaTypes: ['application/xml'],
    headers: DOWNLOAD_HEADERS,
  },
  304: { description: 'Unchanged: If-None-Match named this ETag.' },
}

export const attachmentAnswers: Readonly<Record<string, Answer>> = {
  200: {
    description: 'The file. Types that a browser would run (HTML, SVG, scripts, XML) come as application/octet-stream.',
    mediaTypes: ['*/*'],
    headers: { ...DOWNLOAD_HEADERS, 'Accept-Ranges': '`bytes`' },
  },
  206: {
    description: 'The part of the file that the header Range asks for.',
    mediaTypes: ['*/*'],
    headers: { ...DOWNLOAD_HEADERS, 'Content-Range': '`bytes first-last/length`' },
  },
  304: { description: 'Unchanged: If-None-Match named this ETag.' },
}

export const rangeParameters = [
  {
    in: 'header',
    name: 'Range',
    schema: { type: 'string' },
    description: 'One range: `bytes=0-1023`, `bytes=1024-`, `bytes=-512`.',
  },
  { in: 'header', name: 'If-Range', schema: { type: 'string' }, description: 'The ETag for which the range is meant.' },
]

const submissionBody = {
  required: true,
  description:
    "The part `document` must come first, so that the files can be streamed; they follow in order, each a part of its own. `curl -F 'document=@document.json;type=application/json' -F 'file=@congvan.pdf;type=application/pdf'`",
  content: {
    'multipart/form-data': {
      schema: z.object({
        document: newDocumentShape,
        file: z
          .array(z.unknown().meta({ override: { type: 'string', format: 'binary' } }))
          .min(1)
          .max(limits.attachments)
          .meta({ description: 'Tệp đính kèm: each file a part of its own; the parts may have any names.' }),
      }),
      encoding: { document: { contentType: 'application/json' }, file: { contentType: '*/*' } },
    },
  },
}

export const submitDocument = operation({
  id: 'submitDocument',
  method: 'post',
  path: '/v1/documents',
  tag: 'documents',
  access: 'client',
  summary: 'Gửi văn bản mới · Submit a document',
  description: `Hands over one document to one or more agencies. **202** means: signed, durable, and sure to end in a final state for each recipient. It works while the axis is down.

The same request again under the same \`Idempotency-Key\` gives the same answer with the header \`Idempotency-Replayed: true\`, and no second document. So after a broken connection simply repeat it.`,
  requestBody: submissionBody,
  parameters: [
    {
      in: 'header',
      name: 'Idempotency-Key',
      required: true,
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
      description: 'New for each document, the same at each repetition.',
      example: 'imoit-7421-2026-11-20',
    },
  ],
  answers: {
    202: {
      description: 'Accepted.',
      shape: acceptedShape,
      headers: {
        Location: 'Where to follow the document.',
        'Idempotency-Replayed': '`true` when it had been accepted before.',
      },
    },
  },
  failures: [
    'request-invalid',
    'idempotency-key-missing',
    'idempotency-key-reused',
    'request-in-progress',
    'document-already-submitted',
    'document-conflict',
    'request-too-large',
    'document-too-large',
    'document-invalid',
    'schema-violation',
    'business-rule-violation',
    'secrecy-not-allowed',
    'secret-mark',
    'agency-unknown',
    'lane-not-served',
    'attachment-damaged',
    'key-unusable',
    'key-expires-too-soon',
  ],
})

export const searchDocuments = operation({
  id: 'searchDocuments',
  method: 'get',
  path: '/v1/documents',
  tag: 'documents',
  access: 'client',
  summary: 'Tìm văn bản · Search documents',
  description: 'Documents sent and received, newest first. All filters must hold together.',
  query: searchQuery,
  answers: { 200: { description: 'One page.', shape: documentListShape } },
  failures: ['request-invalid', 'cursor-invalid'],
})

export const getDocument = operation({
  id: 'getDocument',
  method: 'get',
  path: '/v1/documents/{id}',
  tag: 'documents',
  access: 'client',
  summary: 'Xem văn bản và hành trình · One document and its journey',
  description: 'Deliveries with their transport states, processing statuses, signed receipts, and the whole timeline.',
  params: idParams,
  answers: { 200: { description: 'The document.', shape: documentShape } },
  failures: ['not-found'],
})

export const getEnvelope = operation({
  id: 'getEnvelope',
  method: 'get',
  path: '/v1/documents/{id}/envelope',
  tag: 'documents',
  access: 'client',
  summary: 'Tải gói edXML đã ký · The signed package',
  description: 'The evidence: the edXML file as it was signed and sent, or received. Any XML-DSig tool can verify it.',
  params: idParams,
  answers: envelopeAnswers,
  failures: ['not-found'],
})

export const getAttachment = operation({
  id: 'getAttachment',
  method: 'get',
  path: '/v1/documents/{id}/attachments/{n}',
  tag: 'documents',
  access: 'client',
  summary: 'Tải tệp đính kèm · One attachment',
  description: 'The decoded file. Range requests (RFC 9110 §14) resume a broken download.',
  params: attachmentParams,
  parameters: rangeParameters,
  answers: attachmentAnswers,
  failures: ['not-found', 'range-not-satisfiable'],
})

export const reportAnswers: Readonly<Record<string, Answer>> = {
  200: { description: 'The latest report, or that the attachment still waits to be judged.', shape: reportStateShape },
}

export const REPORT_DESCRIPTION =
  'Each signature inside of a PDF, judged as TT 15/2025 Art. 6 asks: coverage, integrity, signer, time, chain, revocation, and the verdict `valid`, `invalid` or `undetermined` with its reasons in Vietnamese and English. Judged off the path of the document; the event `attachment-report` in the timeline tells when.'

export const getAttachmentReport = operation({
  id: 'getAttachmentReport',
  method: 'get',
  path: '/v1/documents/{id}/attachments/{n}/report',
  access: 'client',
  tag: 'documents',
  summary: 'Kết quả kiểm tra chữ ký số trong tệp · The signatures inside an attachment',
  description: REPORT_DESCRIPTION,
  params: attachmentParams,
  answers: reportAnswers,
  failures: ['not-found'],
})

export const listReceipts = operation({
  id: 'listReceipts',
  method: 'get',
  path: '/v1/documents/{id}/receipts',
  tag: 'documents',
  access: 'client',
  summary: 'Biên nhận · Signed receipts',
  description:
    'For a sent document the receipts of its recipients; for a received one the receipt given to its sender.',
  params: idParams,
  answers: { 200: { description: 'All receipts so far.', shape: receiptListShape } },
  failures: ['not-found'],
})

export const getReceipt = operation({
  id: 'getReceipt',
  method: 'get',
  path: '/v1/documents/{id}/receipts/{receiptId}',
  tag: 'documents',
  access: 'client',
  summary: 'Tải biên nhận đã ký · One signed receipt',
  description: 'The signed status package (01, or 02 in its place) that names the digests of what was received.',
  params: receiptParams,
  answers: envelopeAnswers,
  failures: ['not-found'],
})

export const getReceiptEvidence = operation({
  id: 'getReceiptEvidence',
  method: 'get',
  path: '/v1/documents/{id}/receipts/{receiptId}/evidence',
  tag: 'documents',
  access: 'client',
  summary: 'Dữ liệu kiểm tra chữ ký của biên nhận · What the signer of a receipt was judged by',
  description: `Of a receipt that came: with it and the receipt, whoever sent can prove the receipt years later. ${EVIDENCE_DESCRIPTION}`,
  params: receiptParams,
  answers: evidenceAnswers,
  failures: ['not-found'],
})
