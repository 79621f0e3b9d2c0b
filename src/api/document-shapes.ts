import { z } from 'zod'
import { limits } from '../base/index.ts'
import {
  agencyCode,
  edxmlDateText,
  envelopeId,
  fileName,
  instant,
  line,
  mediaType,
  messageShape,
  newResponseFor,
  newStaffInfo,
  nextCursor,
  octets,
  pageQuery,
  processingStatusShape,
  sha256,
  staffInfoShape,
  text,
} from '../http/index.ts'

export const newAttachmentShape = z.strictObject({
  part: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Field name of the file part this describes; without it, the next file part in order.' }),
  name: fileName.optional(),
  contentType: mediaType.optional(),
  description: text(500, 'Mô tả tệp').optional(),
})

/** What the OpenAPI document shows: a letter that is accepted as it stands. */
const LETTER = {
  to: ['G22'],
  code: { codeNumber: '7421', codeNotation: 'BCT-KHTC' },
  promulgationInfo: { place: 'Hà Nội', promulgationDate: '2026/11/20' },
  documentType: { type: '18', typeDetail: '0', typeName: 'Công văn' },
  subject: 'Về việc báo cáo tình hình sản xuất công nghiệp tháng 11 năm 2026',
  signerInfo: { competence: 'KT. BỘ TRƯỞNG', position: 'Thứ trưởng', fullName: 'Nguyễn Văn An' },
  priority: '0',
  otherInfo: { pageAmount: '3', appendixes: ['Phụ lục 1: Số liệu sản xuất'] },
  responseFor: [
    {
      organId: '000.00.00.G22',
      code: '1234/VPCP-CN',
      documentId: '000.00.00.G22,2026/11/02,1234/VPCP-CN',
      promulgationDate: '2026/11/02',
    },
  ],
  toPlaces: ['Như trên', 'Lưu: VT, KHTC'],
  staffInfo: { department: 'Vụ Kế hoạch - Tài chính', staff: 'Trần Thị Bình', email: 'binhtt@bct.example' },
  paper: false,
  secrecy: 'none',
  attachments: [
    { name: 'Công văn 7421.pdf', contentType: 'application/pdf', description: 'Bản chính' },
    { name: 'Phụ lục 1.xlsx', contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' },
  ],
}

/** The part `document` of a submission. */
export const newDocumentShape = z
  .strictObject({
    to: z
      .array(agencyCode)
      .min(1)
      .max(limits.recipients)
      .refine((codes) => new Set(codes).size === codes.length, 'must name each recipient once')
      .meta({ description: 'Nơi nhận: the recipients; codes from GET /v1/agencies.', example: ['G22'] }),
    documentId: line(
      200,
      'Mã định danh văn bản. By default `<agency>,<date>,<number>/<notation>`; the same in every later message about the document.',
      '000.00.00.G02,2026/11/20,7421/BCT-KHTC',
    ).optional(),
    code: z
      .strictObject({
        codeNumber: line(11, 'Số', '7421'),
        codeNotation: line(50, 'Ký hiệu, without the slash', 'BCT-KHTC'),
      })
      .meta({ description: 'Số, ký hiệu' }),
    promulgationInfo: z
      .strictObject({
        place: text(50, 'Địa danh', 'Hà Nội').optional(),
        promulgationDate: edxmlDateText('Ngày ban hành, not in the future'),
      })
      .meta({ description: 'Ban hành' }),
    documentType: z
      .strictObject({
        type: text(10, 'Mã loại văn bản', '18').optional(),
        typeDetail: text(10, 'Mã chi tiết', '0').optional(),
        typeName: text(100, 'Tên loại văn bản', 'Công văn'),
      })
      .meta({ description: 'Loại văn bản; only typeName is dependable between agencies.' }),
    subject: text(500, 'Trích yếu', 'Về việc báo cáo tình hình sản xuất công nghiệp tháng 11 năm 2026'),
    content: text(500, 'Nội dung tóm tắt').optional(),
    signerInfo: z
      .strictObject({
        competence: text(100, 'Quyền hạn: TM., KT., TL., TUQ.', 'KT. BỘ TRƯỞNG').optional(),
        position: text(100, 'Chức vụ', 'Thứ trưởng').optional(),
        fullName: text(50, 'Họ tên người ký', 'Nguyễn Văn A'),
      })
      .meta({ description: 'Người ký văn bản' }),
    dueDate: edxmlDateText('Hạn trả lời').optional(),
    priority: z
      .enum(['0', '1', '2', '3', '4'])
      .optional()
      .meta({ description: 'Độ khẩn: 0 thường, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc hẹn giờ.' }),
    otherInfo: z
      .strictObject({
        sphereOfPromulgation: text(100, 'Phạm vi lưu hành').optional(),
        typerNotation: text(10, 'Ký hiệu người đánh máy').optional(),
        promulgationAmount: z
          .string()
          .regex(/^\d{1,3}$/)
          .optional()
          .meta({ description: 'Số bản' }),
        pageAmount: z
          .string()
          .regex(/^\d{1,3}$/)
          .optional()
          .meta({ description: 'Số trang', example: '3' }),
        appendixes: z.array(text(500, 'Tên phụ lục')).max(100).optional(),
      })
      .optional()
      .meta({ description: 'Thông tin khác' }),
    responseFor: z.array(newResponseFor).max(50).optional().meta({ description: 'Văn bản được trả lời' }),
    steeringType: z
      .enum(['1', '2', '3'])
      .optional()
      .meta({ description: '1 không phải văn bản chỉ đạo, 2 chỉ đạo, 3 báo cáo chỉ đạo' }),
    toPlaces: z.array(text(1000, 'Một dòng “Nơi nhận”')).max(100).optional(),
    staffInfo: newStaffInfo.optional(),
    reason: text(500, 'Lý do, ghi chú nghiệp vụ').optional(),
    paper: z.boolean().optional().meta({ description: 'true: bản giấy được gửi kèm (paper also follows).' }),
    secrecy: z.string().max(50).optional().meta({
      description:
        'Độ mật. Only `none` (or absent) is carried; anything else is refused with secrecy-not-allowed (QĐ 28/2018 Art. 1).',
      example: 'none',
    }),
    attachments: z.array(newAttachmentShape).max(limits.attachments).optional().meta({
      description:
        'What the file parts are, by `part` or in their order. Each entry needs its file part; a file without an entry speaks for itself.',
    }),
  })
  .meta({ id: 'NewDocument', description: 'Văn bản mới: the part `document` of a submission.', example: LETTER })

export const transportState = z.enum(['accepted', 'sent', 'received', 'rejected', 'expired', 'held']).meta({
  id: 'TransportState',
  description:
    'Trạng thái truyền, per recipient: accepted (đã nhận vào hàng gửi) → sent (trục đã xác nhận) → received (bên nhận đã ký biên nhận) | rejected (bị từ chối) | expired (quá hạn) | held (tạm giữ).',
})

export const acceptedShape = z
  .object({
    id: envelopeId,
    documentId: z.string().meta({ description: 'Mã định danh văn bản' }),
    acceptedAt: instant('When the document became durable'),
    deliveries: z.array(
      z.object({ recipient: agencyCode, deadlineAt: instant('Sending goes on until this instant at the latest') }),
    ),
  })
  .meta({ id: 'Accepted', description: 'The document is durable: it reaches a final state for each recipient.' })

export const inboxStateShape = z.enum(['waiting', 'leased', 'confirmed']).meta({
  id: 'InboxState',
  description: 'waiting: chờ lấy; leased: đang được một hệ thống giữ; confirmed: hệ thống nhận đã xác nhận lưu.',
})

export const inboxShape = z
  .object({
    state: inboxStateShape,
    leaseUntil: instant('End of the present lease').optional(),
    arrivedAt: instant('When the verified document was stored'),
    confirmedAt: instant('When the recipient’s system confirmed').optional(),
    warnings: z
      .array(z.object({ rule: z.string(), field: z.string(), message: z.string() }))
      .meta({ description: 'What was odd but not wrong in the package; show it to the clerk.' }),
  })
  .meta({ id: 'InboxRecord' })

export const deliveryShape = z
  .object({
    recipient: agencyCode,
    state: transportState,
    attempt: z.number().int().min(0).meta({ description: 'Attempts so far; the message id stays the same at each.' }),
    nextAttemptAt: instant('Next attempt').optional(),
    deadlineAt: instant('Deadline'),
    acceptedAt: instant('Accepted'),
    sentAt: instant('Confirmed by the axis').optional(),
    endedAt: instant('Final state reached').optional(),
    lastError: z.string().optional().meta({ description: 'Stable code of the last failure.' }),
    lastMessage: z.string().optional().meta({ description: 'What went wrong, in a sentence.' }),
    receipt: envelopeId.optional().meta({ description: 'The recipient’s signed receipt: GET …/receipts/{receiptId}.' }),
    processingStatus: processingStatusShape
      .optional()
      .meta({ description: 'The furthest processing status told by this recipient.' }),
  })
  .meta({ id: 'Delivery', description: 'One recipient’s share of the journey.' })

export const attachmentShape = z
  .object({
    n: z.number().int().min(1).meta({ description: 'Number in GET …/attachments/{n}, from 1.' }),
    contentId: z.string(),
    name: z.string().meta({ description: 'Tên tệp, as the sender wrote it.' }),
    description: z.string().optional(),
    contentType: z
      .string()
      .meta({ description: 'As the sender wrote it; downloads of active types come as application/octet-stream.' }),
    sha256,
    octets,
  })
  .meta({ id: 'Attachment' })

export const receiptShape = z
  .object({
    id: envelopeId,
    sender: agencyCode,
    code: processingStatusShape,
    receivedAt: instant('When the receipt was verified'),
    evidence: z
      .boolean()
      .meta({ description: 'What its signer was judged by is kept: GET …/receipts/{receiptId}/evidence.' }),
  })
  .meta({ id: 'Receipt', description: 'Biên nhận đã ký: a signed answer that names the digests of what was received.' })

export const statusShape = z
  .object({
    id: envelopeId,
    direction: z.enum(['out', 'in']),
    counterpart: agencyCode,
    code: processingStatusShape,
    description: z.string().optional(),
    staffInfo: staffInfoShape.optional(),
    reportedAt: z.string().meta({ description: 'As the reporter wrote it: yyyy/MM/dd HH:mm:ss, Vietnam time.' }),
    recordedAt: instant('When this gateway recorded it'),
  })
  .meta({ id: 'Status', description: 'Một trạng thái xử lý đã báo, gửi đi hoặc nhận về.' })

export const eventShape = z
  .object({
    id: z.string(),
    seq: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Place in the agency’s feed; given shortly after the event.' }),
    type: z.string().meta({ example: 'document.accepted' }),
    at: instant('When it happened'),
    counterpart: agencyCode.optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event', description: 'One line of the timeline.' })

const summaryFields = {
  id: envelopeId,
  agency: agencyCode.meta({ description: 'The local agency whose document this is.' }),
  direction: z.enum(['out', 'in']).meta({ description: 'out: văn bản đi; in: văn bản đến.' }),
  operation: z.string().meta({ description: 'new, recall, update or replace', example: 'new' }),
  sender: agencyCode,
  documentId: z.string(),
  code: z.object({ codeNumber: z.string(), codeNotation: z.string() }),
  promulgationDate: z.string(),
  subject: z.string(),
  lane: z.enum(['express', 'ordinary', 'status']),
  sha256: sha256.meta({ description: 'Of the whole signed package, the file under …/envelope.' }),
  octets,
  storedAt: instant('When it became durable here'),
  signer: z.string().meta({ description: 'SHA-256 fingerprint of the signing certificate.' }),
  signingTime: instant('The signing time that the signer claims').optional(),
  deliveries: z.array(deliveryShape).meta({ description: 'One per recipient; empty for an incoming document.' }),
  inbox: inboxShape.optional().meta({ description: 'Only of an incoming document.' }),
}

export const documentSummaryShape = z
  .object(summaryFields)
  .meta({ id: 'DocumentSummary', description: 'One document in a list.' })

export const documentShape = z
  .object({
    ...summaryFields,
    message: messageShape,
    attachments: z.array(attachmentShape),
    statuses: z.array(statusShape),
    receipts: z.array(receiptShape),
    timeline: z.array(eventShape).meta({ description: 'Everything that happened to it, oldest first.' }),
  })
  .meta({ id: 'Document', description: 'One document with its deliveries, statuses and whole timeline.' })

export const searchQuery = z.strictObject({
  text: z.string().min(1).max(200).optional().meta({
    description:
      'Words of the number, subject, id, sender or signer; with or without diacritics: `bao cao` finds `Báo cáo`.',
  }),
  direction: z.enum(['out', 'in']).optional(),
  counterpart: agencyCode.optional().meta({ description: 'The other side: a recipient (out) or the sender (in).' }),
  state: transportState
    .optional()
    .meta({ description: 'Of any of its deliveries; with `counterpart`, of the one to it.' }),
  from: z.iso.date().optional().meta({
    description: 'First day, Vietnam time, on which the document became durable here.',
    example: '2026-11-01',
  }),
  to: z.iso.date().optional().meta({ description: 'Last day, Vietnam time.', example: '2026-11-30' }),
  ...pageQuery,
})

export const documentListShape = z
  .object({ items: z.array(documentSummaryShape), next: nextCursor })
  .meta({ id: 'DocumentList', description: 'Newest first.' })

export const receiptListShape = z.object({ items: z.array(receiptShape) }).meta({ id: 'ReceiptList' })
