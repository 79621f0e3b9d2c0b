import type { DocumentId } from './codes.ts'

/**
 * An edXML package in memory. Names are the standard's, in camel case, its misspellings kept (edXML notes §0.2(2)).
 * Texts are as they stood on the wire: never trimmed, normalised or folded. An absent field is absent, never ''.
 */
export type Message = DocumentMessage | StatusMessage

/** `From` and `To`. */
export interface Party {
  /** Wire form, e.g. `000.00.00.G02`; the directory turns it into an AgencyCode. */
  readonly organId?: string
  readonly organizationInCharge?: string
  readonly organName?: string
  readonly organAdd?: string
  readonly email?: string
  readonly telephone?: string
  readonly fax?: string
  readonly website?: string
}

/** BussinessDocType: 0 new, 1 recall, 2 update, 3 replace (edXML notes §4.4). */
export const operations = ['new', 'recall', 'update', 'replace'] as const
export type Operation = (typeof operations)[number]

export interface DocumentMessage {
  readonly form: 'document'
  readonly from: Party
  readonly to: readonly Party[]
  readonly documentId: DocumentId
  readonly code: { readonly codeNumber: string; readonly codeNotation: string }
  readonly promulgationInfo: { readonly place?: string; readonly promulgationDate: string }
  readonly documentType?: { readonly type?: string; readonly typeDetail?: string; readonly typeName?: string }
  readonly subject: string
  readonly content?: string
  readonly signerInfo?: { readonly competence?: string; readonly position?: string; readonly fullName?: string }
  readonly dueDate?: string
  readonly otherInfo: OtherInfo
  readonly responseFor: readonly ResponseFor[]
  readonly steeringType?: string
  readonly responseForTask?: readonly string[]
  readonly applicationType?: string
  readonly toPlaces: readonly string[]
  readonly traceHeaders: readonly TraceHeader[]
  readonly bussiness: Bussiness
  /** In the order of the manifest; joined with the attachments by ContentId without `cid:`. */
  readonly attachments: readonly AttachmentDescription[]
}

export interface StatusMessage {
  readonly form: 'status'
  readonly from: Party
  /** The document (or package) the status is about; `organId` is the other side (edXML notes §4.5). */
  readonly responseFor: ResponseFor
  readonly staffInfo?: StaffInfo
  readonly statusCode: ProcessingStatus
  readonly description?: string
  /** `yyyy/MM/dd HH:mm:ss`, Vietnam time. */
  readonly timestamp: string
}

export interface OtherInfo {
  readonly priority?: string
  readonly sphereOfPromulgation?: string
  readonly typerNotation?: string
  readonly promulgationAmount?: string
  readonly pageAmount?: string
  readonly replyFors?: readonly string[]
  readonly direction?: string
  readonly referenceCodes?: readonly string[]
  readonly appendixes?: readonly string[]
}

export interface ResponseFor {
  readonly organId?: string
  /** One text `number/notation`, not a structure. */
  readonly code?: string
  readonly documentId?: DocumentId
  readonly promulgationDate?: string
}

export interface TraceHeader {
  readonly organId?: string
  readonly timestamp?: string
}

export interface Bussiness {
  readonly documentId?: DocumentId
  readonly bussinessDocType: Operation
  readonly bussinessDocReason?: string
  /** '1' = paper also follows. */
  readonly paper?: string
  readonly bussinessDocumentInfo?: BussinessDocumentInfo
  readonly replacementInfoList?: readonly ReplacementInfo[]
  readonly staffInfo?: StaffInfo
}

export interface BussinessDocumentInfo {
  readonly documentInfo?: string
  readonly documentReceiver?: string
  readonly receiverList?: readonly { readonly organId?: string; readonly receiverType?: string }[]
}

export interface ReplacementInfo {
  readonly documentId?: DocumentId
  readonly organIds: readonly string[]
}

export interface StaffInfo {
  readonly departmentId?: string
  readonly department?: string
  readonly staffId?: string
  readonly staff?: string
  readonly mobile?: string
  readonly email?: string
}

export interface AttachmentDescription {
  /** Without `cid:`. */
  readonly contentId: string
  readonly contentType: string
  readonly description?: string
  readonly attachmentName: string
}

/** What a reader found odd but not wrong; kept beside the message, shown to the clerk. */
export interface ReadingWarning {
  /** The rule, e.g. `TOL-10`. */
  readonly rule: string
  readonly field: string
  readonly message: string
}

/** The processing statuses of edXML notes §4.5. They never share a type with transport states. */
export const processingStatuses = {
  '01': { vi: 'đã đến', en: 'arrived' },
  '02': { vi: 'từ chối tiếp nhận', en: 'refused' },
  '03': { vi: 'đã tiếp nhận', en: 'accepted' },
  '04': { vi: 'phân công xử lý', en: 'assigned' },
  '05': { vi: 'đang xử lý', en: 'in process' },
  '06': { vi: 'hoàn thành', en: 'finished' },
  '13': { vi: 'yêu cầu lấy lại', en: 'take-back requested' },
  '15': { vi: 'đồng ý cập nhật/lấy lại', en: 'take-back or update agreed' },
  '16': { vi: 'từ chối cập nhật/lấy lại', en: 'take-back or update refused' },
} as const
export type ProcessingStatus = keyof typeof processingStatuses

export function isProcessingStatus(code: string): code is ProcessingStatus {
  return Object.hasOwn(processingStatuses, code)
}
