import { z } from 'zod'
import { envelopeId } from '../http/index.ts'
import { operation } from './operation.ts'
import {
  documentQuery,
  documentRowsShape,
  documentViewShape,
  evidenceViewShape,
  signatureViewShape,
} from './shapes-documents.ts'

const idParams = z.object({ id: envelopeId })
const FILE = { description: 'The file, as an attachment.' }

export const listDocuments = operation({
  id: 'listDocuments',
  method: 'get',
  path: '/console/api/documents',
  tag: 'documents',
  access: 'read',
  summary: 'Tìm văn bản · Find documents',
  description:
    'Newest first. One page looks at a bounded number of documents: it may have fewer items than asked for, and a `next`.',
  query: documentQuery,
  answers: { 200: { description: 'One page.', shape: documentRowsShape } },
  failures: ['cursor-invalid'],
})

export const getDocumentView = operation({
  id: 'getDocument',
  method: 'get',
  path: '/console/api/documents/{id}',
  tag: 'documents',
  access: 'read',
  summary: 'Một văn bản · One document',
  description:
    'Everything that is known of it. What it says is there only with the right `content`, and then it is audited.',
  params: idParams,
  answers: { 200: { description: 'The document.', shape: documentViewShape } },
  failures: ['not-found'],
})

export const getSignature = operation({
  id: 'getSignature',
  method: 'get',
  path: '/console/api/documents/{id}/signature',
  tag: 'documents',
  access: 'read',
  summary: 'Chữ ký số · The signature',
  description: 'The stored bytes, verified again for this answer: what is signed, and by whom.',
  params: idParams,
  answers: { 200: { description: 'The verdict.', shape: signatureViewShape } },
  failures: ['not-found'],
})

export const getEvidence = operation({
  id: 'getEvidence',
  method: 'get',
  path: '/console/api/documents/{id}/evidence',
  tag: 'documents',
  access: 'read',
  summary: 'Bằng chứng kiểm tra chữ ký lúc nhận · What its signer was judged by',
  description: 'Of a received package: the chain, the revocation data and the verdict, as of its arrival.',
  params: idParams,
  answers: { 200: { description: 'The evidence.', shape: evidenceViewShape } },
  failures: ['not-found'],
})

export const downloadEvidence = operation({
  id: 'downloadEvidence',
  method: 'get',
  path: '/console/api/documents/{id}/evidence/file',
  tag: 'documents',
  access: 'read',
  summary: 'Tải bằng chứng · Download the evidence',
  description:
    'The same with every certificate, CRL and OCSP response in it: `lienthong verify --evidence` repeats the verdict without a network. Audited.',
  params: idParams,
  answers: { 200: { ...FILE, mediaTypes: ['application/json'] }, 304: { description: 'Unchanged.' } },
  failures: ['not-found'],
})

export const downloadReceiptEvidence = operation({
  id: 'downloadReceiptEvidence',
  method: 'get',
  path: '/console/api/documents/{id}/receipts/{receiptId}/evidence',
  tag: 'documents',
  access: 'read',
  summary: 'Tải bằng chứng của biên nhận · Download the evidence of a receipt',
  description: 'What the signer of a receipt that came was judged by, in the same form. Audited.',
  params: idParams.extend({ receiptId: envelopeId }),
  answers: { 200: { ...FILE, mediaTypes: ['application/json'] }, 304: { description: 'Unchanged.' } },
  failures: ['not-found'],
})

export const downloadEnvelope = operation({
  id: 'downloadEnvelope',
  method: 'get',
  path: '/console/api/documents/{id}/envelope',
  tag: 'documents',
  access: 'content',
  summary: 'Tải gói tin · Download the package',
  description: 'The signed package, byte for byte. Audited.',
  params: idParams,
  answers: { 200: { ...FILE, mediaTypes: ['application/xml'] }, 304: { description: 'Unchanged.' } },
  failures: ['not-found'],
})

export const downloadAttachment = operation({
  id: 'downloadAttachment',
  method: 'get',
  path: '/console/api/documents/{id}/attachments/{n}',
  tag: 'documents',
  access: 'content',
  summary: 'Tải tệp đính kèm · Download an attachment',
  description: 'Never shown or run by the browser. Audited.',
  params: idParams.extend({ n: z.coerce.number().int().min(1).max(1000) }),
  answers: {
    200: { ...FILE, mediaTypes: ['*/*'] },
    206: { description: 'A part of it.', mediaTypes: ['*/*'] },
    304: { description: 'Unchanged.' },
  },
  failures: ['not-found', 'range-not-satisfiable'],
})

export const downloadReceipt = operation({
  id: 'downloadReceipt',
  method: 'get',
  path: '/console/api/documents/{id}/receipts/{receiptId}',
  tag: 'documents',
  access: 'content',
  summary: 'Tải biên nhận · Download a receipt',
  description: 'A signed answer to the document, byte for byte. Audited.',
  params: idParams.extend({ receiptId: envelopeId }),
  answers: { 200: { ...FILE, mediaTypes: ['application/xml'] }, 304: { description: 'Unchanged.' } },
  failures: ['not-found'],
})
