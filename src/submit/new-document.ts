import { type Clock, edxmlTimestamp, GatewayError } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import {
  type AgencyCode,
  type AttachmentDescription,
  type DocumentId,
  type DocumentMessage,
  defaultDocumentId,
  documentId,
  laneOf,
  type OtherInfo,
  type ResponseFor,
  type StaffInfo,
} from '../message/index.ts'

/** A signed-off document as the agency's system hands it over; names are the standard's (edXML notes §4.2). */
export interface NewDocument {
  readonly from: AgencyCode
  readonly to: readonly AgencyCode[]
  /** By default the comma form with the full date (edXML notes §4.3). */
  readonly documentId?: string
  readonly code: { readonly codeNumber: string; readonly codeNotation: string }
  /** `promulgationDate`: yyyy/MM/dd, Vietnam. */
  readonly promulgationInfo: { readonly place?: string; readonly promulgationDate: string }
  readonly documentType: { readonly type?: string; readonly typeDetail?: string; readonly typeName: string }
  readonly subject: string
  readonly content?: string
  readonly signerInfo: { readonly competence?: string; readonly position?: string; readonly fullName: string }
  readonly dueDate?: string
  /** 0 thường … 3 hỏa tốc, 4 hỏa tốc hẹn giờ. */
  readonly priority?: string
  readonly otherInfo?: Omit<OtherInfo, 'priority' | 'direction'>
  readonly responseFor?: readonly ResponseFor[]
  readonly steeringType?: string
  readonly toPlaces?: readonly string[]
  readonly staffInfo?: StaffInfo
  readonly reason?: string
  /** Whether paper follows (QĐ 28/2018 Art. 5(3)). */
  readonly paper?: boolean
  /** Anything but `none` is refused: the axis carries no state secrets (QĐ 28/2018 Art. 1). */
  readonly secrecy?: string
}

/**
 * Refuses what no later step could mend, before a byte of an attachment is read.
 * @throws {GatewayError} secrecy-not-allowed, agency-unknown, document-invalid
 */
export function requireAcceptable(document: NewDocument, directory: Directory, clock: Clock): void {
  if (document.secrecy !== undefined && document.secrecy !== 'none')
    throw new GatewayError(
      'secrecy-not-allowed',
      `secrecy is '${document.secrecy}'; only 'none' may travel on the axis`,
      {
        field: '/secrecy',
        value: document.secrecy,
        expected: 'none',
        rule: 'BR-12',
      },
    )
  const now = clock.now()
  directory.requireActive(document.from, now)
  if (document.to.length === 0)
    throw new GatewayError('document-invalid', 'the document has no recipient; name at least one', {
      field: '/to',
      rule: 'BR-01',
    })
  for (const [i, code] of document.to.entries()) {
    directory.requireActive(code, now)
    directory.requireLane(code, laneOf(document.priority))
    if (code === document.from || document.to.indexOf(code) !== i)
      throw new GatewayError('document-invalid', `recipient ${code} is the sender itself or stands twice`, {
        field: `/to/${i}`,
        value: code,
      })
  }
}

/** The id every later message about this document points at. */
export function idOf(document: NewDocument, directory: Directory): DocumentId {
  if (document.documentId !== undefined) return documentId(document.documentId)
  const { codeNumber, codeNotation } = document.code
  return defaultDocumentId(
    directory.wireCodeOf(document.from),
    document.promulgationInfo.promulgationDate,
    codeNumber,
    codeNotation,
  )
}

/** The edXML message of a new document (type 0), with both agencies as the directory knows them. */
export function compose(
  document: NewDocument,
  attachments: readonly AttachmentDescription[],
  directory: Directory,
  now: Date,
): DocumentMessage {
  const id = idOf(document, directory)
  const { dueDate, content, steeringType, staffInfo } = document
  return {
    form: 'document',
    from: directory.partyOf(document.from),
    to: document.to.map((code) => directory.partyOf(code)),
    documentId: id,
    code: document.code,
    promulgationInfo: document.promulgationInfo,
    documentType: document.documentType,
    subject: document.subject,
    ...(content === undefined ? {} : { content }),
    signerInfo: document.signerInfo,
    ...(dueDate === undefined ? {} : { dueDate }),
    otherInfo: { ...document.otherInfo, priority: document.priority ?? '0', direction: 'false' },
    responseFor: document.responseFor ?? [],
    ...(steeringType === undefined ? {} : { steeringType }),
    toPlaces: document.toPlaces ?? [],
    traceHeaders: [{ organId: directory.wireCodeOf(document.from), timestamp: edxmlTimestamp(now) }],
    bussiness: {
      documentId: id,
      bussinessDocType: 'new',
      bussinessDocReason: document.reason ?? 'Văn bản điện tử mới',
      paper: document.paper === true ? '1' : '0',
      ...(staffInfo === undefined ? {} : { staffInfo }),
    },
    attachments,
  }
}
