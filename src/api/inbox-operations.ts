import {
  attachmentAnswers,
  attachmentParams,
  EVIDENCE_DESCRIPTION,
  envelopeAnswers,
  evidenceAnswers,
  idParams,
  REPORT_DESCRIPTION,
  rangeParameters,
  reportAnswers,
} from './document-operations.ts'
import { documentShape } from './document-shapes.ts'
import {
  extendedShape,
  extendRequest,
  inboxListShape,
  inboxQuery,
  leaseRequest,
  leasesShape,
  newStatusShape,
  reportedStatusShape,
  tokenRequest,
} from './inbox-shapes.ts'
import { operation } from './operation.ts'

export const leaseInbox = operation({
  id: 'leaseInbox',
  method: 'post',
  path: '/v1/inbox/leases',
  tag: 'inbox',
  access: 'client',
  summary: 'Nhận văn bản chờ lấy · Lease waiting documents',
  description:
    'Gives up to `max` documents that nobody holds, each with a token. Store them, then confirm with the token; what is not confirmed before `leaseUntil` is given out again. Ask again until the list is empty.',
  body: leaseRequest,
  answers: { 200: { description: 'The leases; possibly none.', shape: leasesShape } },
  failures: ['request-invalid', 'request-too-large'],
})

export const confirmInbox = operation({
  id: 'confirmInbox',
  method: 'post',
  path: '/v1/inbox/{id}/confirm',
  tag: 'inbox',
  access: 'client',
  summary: 'Xác nhận đã lưu · Confirm',
  description:
    'The recipient’s system has stored the document; it is not given out again. Confirming twice with the same token is one confirmation.',
  params: idParams,
  body: tokenRequest,
  answers: { 204: { description: 'Confirmed.' } },
  failures: ['request-invalid', 'request-too-large', 'not-found', 'lease-lost'],
})

export const releaseInbox = operation({
  id: 'releaseInbox',
  method: 'post',
  path: '/v1/inbox/{id}/release',
  tag: 'inbox',
  access: 'client',
  summary: 'Trả lại hàng chờ · Release',
  description: 'Gives the document back before the lease ends; it waits for the next lease.',
  params: idParams,
  body: tokenRequest,
  answers: { 204: { description: 'Released.' } },
  failures: ['request-invalid', 'request-too-large', 'not-found', 'lease-lost'],
})

export const extendInbox = operation({
  id: 'extendInbox',
  method: 'post',
  path: '/v1/inbox/{id}/extend',
  tag: 'inbox',
  access: 'client',
  summary: 'Gia hạn quyền giữ · Extend',
  description: 'Moves the end of the lease, counted from now.',
  params: idParams,
  body: extendRequest,
  answers: { 200: { description: 'Extended.', shape: extendedShape } },
  failures: ['request-invalid', 'request-too-large', 'not-found', 'lease-lost'],
})

export const listInbox = operation({
  id: 'listInbox',
  method: 'get',
  path: '/v1/inbox',
  tag: 'inbox',
  access: 'client',
  summary: 'Danh sách văn bản đến · What arrived',
  description: 'Looks without leasing, in order of arrival.',
  query: inboxQuery,
  answers: { 200: { description: 'One page.', shape: inboxListShape } },
  failures: ['request-invalid', 'cursor-invalid'],
})

export const getInboxDocument = operation({
  id: 'getInboxDocument',
  method: 'get',
  path: '/v1/inbox/{id}',
  tag: 'inbox',
  access: 'client',
  summary: 'Xem văn bản đến · One document that arrived',
  description: 'Every field of the verified package, its attachments, and what was reported about it.',
  params: idParams,
  answers: { 200: { description: 'The document.', shape: documentShape } },
  failures: ['not-found'],
})

export const getInboxEnvelope = operation({
  id: 'getInboxEnvelope',
  method: 'get',
  path: '/v1/inbox/{id}/envelope',
  tag: 'inbox',
  access: 'client',
  summary: 'Tải gói edXML đã nhận · The received package',
  description: 'The edXML file byte for byte as the sender signed it.',
  params: idParams,
  answers: envelopeAnswers,
  failures: ['not-found'],
})

export const getInboxEvidence = operation({
  id: 'getInboxEvidence',
  method: 'get',
  path: '/v1/inbox/{id}/evidence',
  tag: 'inbox',
  access: 'client',
  summary: 'Dữ liệu kiểm tra chữ ký lúc nhận · What its signer was judged by',
  description: EVIDENCE_DESCRIPTION,
  params: idParams,
  answers: evidenceAnswers,
  failures: ['not-found'],
})

export const getInboxAttachment = operation({
  id: 'getInboxAttachment',
  method: 'get',
  path: '/v1/inbox/{id}/attachments/{n}',
  tag: 'inbox',
  access: 'client',
  summary: 'Tải tệp đính kèm của văn bản đến · One attachment',
  description: 'The decoded file; its SHA-256 is the ETag.',
  params: attachmentParams,
  parameters: rangeParameters,
  answers: attachmentAnswers,
  failures: ['not-found', 'range-not-satisfiable'],
})

export const getInboxAttachmentReport = operation({
  id: 'getInboxAttachmentReport',
  method: 'get',
  path: '/v1/inbox/{id}/attachments/{n}/report',
  access: 'client',
  tag: 'inbox',
  summary: 'Kết quả kiểm tra chữ ký số trong tệp đến · The signatures inside an attachment that arrived',
  description: REPORT_DESCRIPTION,
  params: attachmentParams,
  answers: reportAnswers,
  failures: ['not-found'],
})

export const reportInboxStatus = operation({
  id: 'reportInboxStatus',
  method: 'post',
  path: '/v1/inbox/{id}/statuses',
  tag: 'inbox',
  access: 'client',
  summary: 'Báo trạng thái xử lý · Report a processing status',
  description:
    'Signs the status and sends it to the document’s sender until that one’s gateway has answered. Steps may be skipped forward; nothing follows a refusal or the end. The same status again is answered with the first one.',
  params: idParams,
  body: newStatusShape,
  answers: {
    202: {
      description: 'Durable, and on its way.',
      shape: reportedStatusShape,
      headers: { 'Idempotency-Replayed': '`true` when the same status had been reported before.' },
    },
  },
  failures: [
    'request-invalid',
    'request-too-large',
    'not-found',
    'status-not-allowed',
    'document-invalid',
    'schema-violation',
    'business-rule-violation',
    'key-unusable',
    'key-expires-too-soon',
  ],
})
