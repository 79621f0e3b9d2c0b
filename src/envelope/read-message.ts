import { GatewayError } from '../base/index.ts'
import {
  type AttachmentDescription,
  type Bussiness,
  type DocumentMessage,
  documentId,
  isProcessingStatus,
  type Operation,
  type OtherInfo,
  operations,
  type Party,
  type ProcessingStatus,
  processingStatuses,
  type ReplacementInfo,
  type ResponseFor,
  type StaffInfo,
  type StatusMessage,
  type TraceHeader,
} from '../message/index.ts'
import type { SignedAttachment } from '../signature/index.ts'
import { type Fields, present } from './fields.ts'
import { violation } from './rules.ts'

/** The elements that a message is read from; the last two only in a document. */
export interface SignedParts {
  readonly messageHeader: Fields
  readonly traceHeaderList?: Fields
  readonly manifest?: Fields
}

/**
 * A document as the package tells it. What BR-01 requires but the package lacks comes as '', for `checkRules` to name.
 * @throws {GatewayError} business-rule-violation BR-02: an operation that does not exist
 * @throws {GatewayError} attachments-incomplete: BR-06
 */
export function readDocument(parts: SignedParts, attachments: readonly SignedAttachment[]): DocumentMessage {
  const { messageHeader: header, traceHeaderList: trace, manifest } = parts
  const code = header.child('Code')
  const promulgation = header.child('PromulgationInfo')
  const steps = header.child('ResponseForTask')?.texts('TaskCode')
  return present<DocumentMessage>({
    form: 'document',
    from: party(header.child('From')),
    to: header.all('To').map(party),
    documentId: documentId(header.text('DocumentId') ?? ''),
    code: { codeNumber: code?.text('CodeNumber') ?? '', codeNotation: code?.text('CodeNotation') ?? '' },
    promulgationInfo: present<DocumentMessage['promulgationInfo']>({
      place: promulgation?.text('Place'),
      promulgationDate: promulgation?.text('PromulgationDate') ?? '',
    }),
    documentType: documentType(header.child('DocumentType')),
    subject: header.text('Subject') ?? '',
    content: header.text('Content'),
    signerInfo: signerInfo(header.child('SignerInfo')),
    dueDate: header.text('DueDate'),
    otherInfo: otherInfo(header.child('OtherInfo')),
    responseFor: header.all('ResponseFor').map(responseFor),
    steeringType: header.text('SteeringType'),
    responseForTask: steps === undefined || steps.length === 0 ? undefined : steps,
    applicationType: header.text('ApplicationType'),
    toPlaces: header.child('ToPlaces')?.texts('Place') ?? [],
    traceHeaders: trace?.all('TraceHeader').map(traceHeader) ?? [],
    bussiness: bussiness(trace),
    attachments: joined(manifest?.all('Reference') ?? [], attachments),
  })
}

/**
 * A status as the package tells it; `1` is read as `01` (edXML notes §4.5).
 * @throws {GatewayError} business-rule-violation BR-01: no status code, or one that does not exist
 */
export function readStatus(header: Fields): StatusMessage {
  const about = header.child('ResponseFor')
  return present<StatusMessage>({
    form: 'status',
    from: party(header.child('From')),
    responseFor: about === undefined ? {} : responseFor(about),
    staffInfo: staffInfo(header.child('StaffInfo')),
    statusCode: statusCode(header.text('StatusCode')),
    description: header.text('Description'),
    timestamp: header.text('Timestamp') ?? '',
  })
}

function party(fields: Fields | undefined): Party {
  return present<Party>({
    organId: fields?.text('OrganId'),
    organizationInCharge: fields?.text('OrganizationInCharge'),
    organName: fields?.text('OrganName'),
    organAdd: fields?.text('OrganAdd'),
    email: fields?.text('Email'),
    telephone: fields?.text('Telephone'),
    fax: fields?.text('Fax'),
    website: fields?.text('Website'),
  })
}

function documentType(fields: Fields | undefined): DocumentMessage['documentType'] {
  return (
    fields &&
    present<NonNullable<DocumentMessage['documentType']>>({
      type: fields.text('Type'),
      typeDetail: fields.text('TypeDetail'),
      typeName: fields.text('TypeName'),
    })
  )
}

function signerInfo(fields: Fields | undefined): DocumentMessage['signerInfo'] {
  return (
    fields &&
    present<NonNullable<DocumentMessage['signerInfo']>>({
      competence: fields.text('Competence'),
      position: fields.text('Position'),
      fullName: fields.text('FullName'),
    })
  )
}

function otherInfo(fields: Fields | undefined): OtherInfo {
  return present<OtherInfo>({
    priority: fields?.text('Priority'),
    sphereOfPromulgation: fields?.text('SphereOfPromulgation'),
    typerNotation: fields?.text('TyperNotation'),
    promulgationAmount: fields?.text('PromulgationAmount'),
    pageAmount: fields?.text('PageAmount'),
    replyFors: fields?.child('ReplyFors')?.texts('ReplyFor'),
    direction: fields?.text('Direction'),
    referenceCodes: fields?.child('ReferenceCodes')?.texts('ReferenceCode'),
    appendixes: fields?.child('Appendixes')?.texts('Appendix'),
  })
}

function responseFor(fields: Fields): ResponseFor {
  const id = fields.text('DocumentId')
  return present<ResponseFor>({
    organId: fields.text('OrganId'),
    code: fields.text('Code'),
    documentId: id === undefined ? undefined : documentId(id),
    promulgationDate: fields.text('PromulgationDate'),
  })
}

function traceHeader(fields: Fields): TraceHeader {
  return present<TraceHeader>({ organId: fields.text('OrganId'), timestamp: fields.text('Timestamp') })
}

function bussiness(trace: Fields | undefined): Bussiness {
  const fields = trace?.child('Bussiness')
  const id = fields?.text('DocumentId')
  const changes = fields?.child('BussinessDocumentInfo')
  const replaced = fields?.child('ReplacementInfoList')?.all('ReplacementInfo')
  return present<Bussiness>({
    documentId: id === undefined ? undefined : documentId(id),
    bussinessDocType: operation(fields?.text('BussinessDocType')),
    bussinessDocReason: fields?.text('BussinessDocReason'),
    paper: fields?.text('Paper') ?? trace?.text('Paper'),
    bussinessDocumentInfo:
      changes &&
      present<NonNullable<Bussiness['bussinessDocumentInfo']>>({
        documentInfo: changes.text('DocumentInfo'),
        documentReceiver: changes.text('DocumentReceiver'),
        receiverList: changes
          .child('ReceiverList')
          ?.all('Receiver')
          .map((receiver) =>
            present<{ readonly organId?: string; readonly receiverType?: string }>({
              organId: receiver.text('OrganId'),
              receiverType: receiver.text('ReceiverType'),
            }),
          ),
      }),
    replacementInfoList: replaced?.map(replacementInfo),
    staffInfo: staffInfo(fields?.child('StaffInfo')),
  })
}

function replacementInfo(fields: Fields): ReplacementInfo {
  const id = fields.text('DocumentId')
  return present<ReplacementInfo>({
    documentId: id === undefined ? undefined : documentId(id),
    organIds: fields.child('OrganIdList')?.texts('OrganId') ?? [],
  })
}

function staffInfo(fields: Fields | undefined): StaffInfo | undefined {
  return (
    fields &&
    present<StaffInfo>({
      departmentId: fields.text('DepartmentId'),
      department: fields.text('Department'),
      staffId: fields.text('StaffId'),
      staff: fields.text('Staff'),
      mobile: fields.text('Mobile'),
      email: fields.text('Email'),
    })
  )
}

/** BR-02: absent is new. */
function operation(text: string | undefined): Operation {
  if (text === undefined) return 'new'
  const found = operations.find((_, index) => String(index) === text.trim())
  if (found !== undefined) return found
  throw violation('BR-02', '/bussiness/bussinessDocType', 'this operation does not exist.', '0, 1, 2 or 3', text)
}

function statusCode(text: string | undefined): ProcessingStatus {
  const expected = Object.keys(processingStatuses).join(', ')
  const code = (text ?? '').trim().padStart(2, '0')
  if (text !== undefined && isProcessingStatus(code)) return code
  const what =
    text === undefined ? 'a status needs a status code, which is absent.' : 'this status code does not exist.'
  throw violation('BR-01', '/statusCode', what, expected, text)
}

/** BR-06: manifest and attachments one to one, after removing `cid:` (edXML notes §4.7). */
function joined(references: readonly Fields[], attachments: readonly SignedAttachment[]): AttachmentDescription[] {
  const left = new Map(attachments.map((attachment) => [attachment.contentId.trim(), attachment]))
  const described = references.map((reference) => {
    const contentId = (reference.text('ContentId') ?? '').trim().replace(/^cid:/, '')
    const attachment = contentId === '' ? undefined : left.get(contentId) // empty is absent (TOL-07)
    if (attachment === undefined)
      throw incomplete(`The manifest names ${contentId}, which is not attached once.`, contentId)
    left.delete(contentId)
    return present<AttachmentDescription>({
      contentId,
      contentType: reference.text('ContentType') ?? attachment.contentType,
      description: reference.text('Description'),
      attachmentName: reference.text('AttachmentName') ?? attachment.attachmentName,
    })
  })
  const [unnamed] = left.keys()
  if (unnamed !== undefined) throw incomplete(`The attachment ${unnamed} is not in the manifest.`, unnamed)
  if (described.length < attachments.length) throw incomplete('Two attachments have one ContentId.', 'ContentId')
  return described
}

function incomplete(message: string, contentId: string): GatewayError {
  return new GatewayError('attachments-incomplete', message, {
    rule: 'BR-06',
    field: '/attachments',
    value: contentId,
    expected: 'one Reference for each Attachment, with the same ContentId',
  })
}
