import { z } from 'zod'
import { documentId, processingStatuses } from '../message/index.ts'
import { edxmlDateText, line, text } from './common-shapes.ts'

/** A package as JSON: the fields of QCVN 102:2016 in camel case, the standard’s misspellings kept. */

const optional = z.string().optional()

export const partyShape = z
  .object({
    organId: optional.meta({ description: 'Wire form of the agency code, e.g. 000.00.00.G02.' }),
    organizationInCharge: optional,
    organName: optional,
    organAdd: optional,
    email: optional,
    telephone: optional,
    fax: optional,
    website: optional,
  })
  .meta({ id: 'Party', description: 'From, To: bên gửi, bên nhận.' })

export const responseForShape = z
  .object({
    organId: optional.meta({ description: 'Agency that issued the document answered.' }),
    code: optional.meta({ description: 'Số/ký hiệu in one text.', example: '1234/VPCP-CN' }),
    documentId: optional.meta({ description: 'DocumentId of the document answered.' }),
    promulgationDate: optional.meta({ description: 'yyyy/MM/dd', example: '2026/11/02' }),
  })
  .meta({ id: 'ResponseFor', description: 'Văn bản được trả lời: the document this one answers.' })

export const staffInfoShape = z
  .object({
    departmentId: optional,
    department: optional.meta({ description: 'Đơn vị', example: 'Vụ Kế hoạch - Tài chính' }),
    staffId: optional,
    staff: optional.meta({ description: 'Họ tên', example: 'Nguyễn Văn An' }),
    mobile: optional,
    email: optional,
  })
  .meta({ id: 'StaffInfo', description: 'Cán bộ liên hệ: the clerk to contact.' })

const documentMessageShape = z
  .object({
    form: z.literal('document'),
    from: partyShape,
    to: z.array(partyShape),
    documentId: z.string(),
    code: z.object({ codeNumber: z.string(), codeNotation: z.string() }),
    promulgationInfo: z.object({ place: optional, promulgationDate: z.string() }),
    documentType: z.object({ type: optional, typeDetail: optional, typeName: optional }).optional(),
    subject: z.string().meta({ description: 'Trích yếu' }),
    content: optional,
    signerInfo: z.object({ competence: optional, position: optional, fullName: optional }).optional(),
    dueDate: optional,
    otherInfo: z.object({
      priority: optional,
      sphereOfPromulgation: optional,
      typerNotation: optional,
      promulgationAmount: optional,
      pageAmount: optional,
      replyFors: z.array(z.string()).optional(),
      direction: optional,
      referenceCodes: z.array(z.string()).optional(),
      appendixes: z.array(z.string()).optional(),
    }),
    responseFor: z.array(responseForShape),
    steeringType: optional,
    responseForTask: z.array(z.string()).optional(),
    applicationType: optional,
    toPlaces: z.array(z.string()),
    traceHeaders: z.array(z.object({ organId: optional, timestamp: optional })),
    bussiness: z.object({
      documentId: optional,
      bussinessDocType: z.enum(['new', 'recall', 'update', 'replace']),
      bussinessDocReason: optional,
      paper: optional,
      bussinessDocumentInfo: z
        .object({
          documentInfo: optional,
          documentReceiver: optional,
          receiverList: z.array(z.object({ organId: optional, receiverType: optional })).optional(),
        })
        .optional(),
      replacementInfoList: z.array(z.object({ documentId: optional, organIds: z.array(z.string()) })).optional(),
      staffInfo: staffInfoShape.optional(),
    }),
    attachments: z.array(
      z.object({
        contentId: z.string(),
        contentType: z.string(),
        description: optional,
        attachmentName: z.string(),
      }),
    ),
  })
  .meta({ id: 'DocumentMessage', description: 'Gói văn bản: every field of the signed package, as it stands there.' })

const statusMessageShape = z
  .object({
    form: z.literal('status'),
    from: partyShape,
    responseFor: responseForShape,
    staffInfo: staffInfoShape.optional(),
    statusCode: z.string(),
    description: optional,
    timestamp: z.string().meta({ description: 'yyyy/MM/dd HH:mm:ss, Vietnam time' }),
  })
  .meta({ id: 'StatusMessage', description: 'Gói trạng thái.' })

export const messageShape = z.discriminatedUnion('form', [documentMessageShape, statusMessageShape])

const statusNames = Object.entries(processingStatuses).map(([code, { vi, en }]) => `${code} ${vi} (${en})`)

export const processingStatusShape = z
  .enum(['01', '02', '03', '04', '05', '06', '13', '15', '16'])
  .meta({ id: 'ProcessingStatus', description: `Trạng thái xử lý: ${statusNames.join(', ')}.`, example: '03' })

/** What a client may write: the same fields, strict, with the lengths of NĐ 30/2020 Appendix VI (edXML notes §4.2). */
export const newResponseFor = z.strictObject({
  organId: text(35, 'Agency code of who issued the document answered.', 'G22').optional(),
  code: line(81, 'Số/ký hiệu in one text.', '1234/VPCP-CN').optional(),
  documentId: line(200, 'DocumentId of the document answered.').transform(documentId).optional(),
  promulgationDate: edxmlDateText('Date of the document answered.').optional(),
})

export const newStaffInfo = z
  .strictObject({
    departmentId: text(50, 'Mã đơn vị').optional(),
    department: text(200, 'Đơn vị', 'Vụ Kế hoạch - Tài chính').optional(),
    staffId: text(50, 'Mã cán bộ').optional(),
    staff: text(100, 'Họ tên', 'Nguyễn Văn An').optional(),
    mobile: text(50, 'Điện thoại').optional(),
    email: text(100, 'Thư điện tử').optional(),
  })
  .meta({ id: 'NewStaffInfo', description: 'Cán bộ liên hệ: the clerk to contact.' })
