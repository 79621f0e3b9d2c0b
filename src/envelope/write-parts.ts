import {
  type AttachmentDescription,
  type Bussiness,
  type DocumentMessage,
  type OtherInfo,
  operations,
  type Party,
  type ResponseFor,
  type StaffInfo,
  type StatusMessage,
} from '../message/index.ts'
import { signedIds } from '../signature/index.ts'
import { ElementWriter } from './element-writer.ts'

/** The signed elements stand at these depths in every package we write. */
const HEADER_PART_DEPTH = 3
const BODY_DEPTH = 2

/** MessageHeader of a document, in the order of the Java SDK, which is the axis's own (edXML notes §4.2, TOL-03). */
export function documentHeader(message: DocumentMessage): string {
  const to = new ElementWriter(HEADER_PART_DEPTH)
  to.element('MessageHeader', () => documentFields(to, message), idAttribute(signedIds.messageHeader))
  return to.text
}

/** MessageHeader of a status (edXML notes §4.5). */
export function statusHeader(message: StatusMessage): string {
  const to = new ElementWriter(HEADER_PART_DEPTH)
  to.element('MessageHeader', () => statusFields(to, message), idAttribute(signedIds.messageHeader))
  return to.text
}

/** TraceHeaderList: the hops and the operation (edXML notes §4.2). BussinessDocType is always written (BR-02). */
export function traceHeaderList(message: DocumentMessage): string {
  const to = new ElementWriter(HEADER_PART_DEPTH)
  const children = (): void => {
    message.traceHeaders.forEach((hop, index) => {
      to.element('TraceHeader', () => {
        to.leaf('OrganId', hop.organId, `/traceHeaders/${index}/organId`)
        to.leaf('Timestamp', hop.timestamp, `/traceHeaders/${index}/timestamp`)
      })
    })
    bussiness(to, message.bussiness)
  }
  to.element('TraceHeaderList', children, idAttribute(signedIds.traceHeaderList))
  return to.text
}

/** edXMLBody: one Reference per attachment (edXML notes §4.7). */
export function body(attachments: readonly AttachmentDescription[]): string {
  const to = new ElementWriter(BODY_DEPTH)
  const references = (): void => {
    attachments.forEach((attachment, index) => {
      const at = `/attachments/${index}`
      to.element('Reference', () => {
        to.leaf('ContentId', `cid:${attachment.contentId}`, `${at}/contentId`)
        to.leaf('ContentType', attachment.contentType, `${at}/contentType`)
        to.leaf('Description', attachment.description, `${at}/description`)
        to.leaf('AttachmentName', attachment.attachmentName, `${at}/attachmentName`)
      })
    })
  }
  to.element('edXMLBody', () => to.element('edXMLManifest', references, ' version="1.0"'), idAttribute(signedIds.body))
  return to.text
}

/** ` Id="…"`: our departure from the standard's samples, so that a signature can refer to the element (architecture §6). */
export function idAttribute(id: string): string {
  return ` Id="${id}"`
}

function documentFields(to: ElementWriter, message: DocumentMessage): void {
  party(to, 'From', message.from, '/from')
  message.to.forEach((recipient, index) => {
    party(to, 'To', recipient, `/to/${index}`)
  })
  to.leaf('DocumentId', message.documentId, '/documentId')
  to.element('Code', () => {
    to.leaf('CodeNumber', message.code.codeNumber, '/code/codeNumber')
    to.leaf('CodeNotation', message.code.codeNotation, '/code/codeNotation')
  })
  to.element('PromulgationInfo', () => {
    to.leaf('Place', message.promulgationInfo.place, '/promulgationInfo/place')
    to.leaf('PromulgationDate', message.promulgationInfo.promulgationDate, '/promulgationInfo/promulgationDate')
  })
  const { documentType, signerInfo } = message
  if (documentType !== undefined) {
    to.element('DocumentType', () => {
      to.leaf('Type', documentType.type, '/documentType/type')
      to.leaf('TypeDetail', documentType.typeDetail, '/documentType/typeDetail')
      to.leaf('TypeName', documentType.typeName, '/documentType/typeName')
    })
  }
  to.leaf('Subject', message.subject, '/subject')
  to.leaf('Content', message.content, '/content')
  if (signerInfo !== undefined) {
    to.element('SignerInfo', () => {
      to.leaf('Competence', signerInfo.competence, '/signerInfo/competence')
      to.leaf('Position', signerInfo.position, '/signerInfo/position')
      to.leaf('FullName', signerInfo.fullName, '/signerInfo/fullName')
    })
  }
  to.leaf('DueDate', message.dueDate, '/dueDate')
  otherInfo(to, message.otherInfo)
  message.responseFor.forEach((earlier, index) => {
    const at = `/responseFor/${index}`
    to.element('ResponseFor', () => {
      to.leaf('OrganId', earlier.organId, `${at}/organId`)
      to.leaf('Code', earlier.code, `${at}/code`)
      to.leaf('DocumentId', earlier.documentId, `${at}/documentId`)
      to.leaf('PromulgationDate', earlier.promulgationDate, `${at}/promulgationDate`)
    })
  })
  to.leaf('SteeringType', message.steeringType, '/steeringType')
  to.list('ResponseForTask', 'TaskCode', message.responseForTask, '/responseForTask')
  to.leaf('ApplicationType', message.applicationType, '/applicationType')
  to.list('ToPlaces', 'Place', message.toPlaces, '/toPlaces')
}

function statusFields(to: ElementWriter, message: StatusMessage): void {
  party(to, 'From', message.from, '/from')
  const about: ResponseFor = message.responseFor
  to.element('ResponseFor', () => {
    // The samples of a status have the date before the id, those of a document after it.
    to.leaf('OrganId', about.organId, '/responseFor/organId')
    to.leaf('Code', about.code, '/responseFor/code')
    to.leaf('PromulgationDate', about.promulgationDate, '/responseFor/promulgationDate')
    to.leaf('DocumentId', about.documentId, '/responseFor/documentId')
  })
  staffInfo(to, message.staffInfo, '/staffInfo')
  to.leaf('StatusCode', message.statusCode, '/statusCode')
  to.leaf('Description', message.description, '/description')
  to.leaf('Timestamp', message.timestamp, '/timestamp')
}

function party(to: ElementWriter, name: string, who: Party, at: string): void {
  to.element(name, () => {
    to.leaf('OrganId', who.organId, `${at}/organId`)
    to.leaf('OrganizationInCharge', who.organizationInCharge, `${at}/organizationInCharge`)
    to.leaf('OrganName', who.organName, `${at}/organName`)
    to.leaf('OrganAdd', who.organAdd, `${at}/organAdd`)
    to.leaf('Email', who.email, `${at}/email`)
    to.leaf('Telephone', who.telephone, `${at}/telephone`)
    to.leaf('Fax', who.fax, `${at}/fax`)
    to.leaf('Website', who.website, `${at}/website`)
  })
}

function otherInfo(to: ElementWriter, info: OtherInfo): void {
  to.element('OtherInfo', () => {
    to.leaf('Priority', info.priority, '/otherInfo/priority')
    to.leaf('SphereOfPromulgation', info.sphereOfPromulgation, '/otherInfo/sphereOfPromulgation')
    to.leaf('TyperNotation', info.typerNotation, '/otherInfo/typerNotation')
    to.leaf('PromulgationAmount', info.promulgationAmount, '/otherInfo/promulgationAmount')
    to.leaf('PageAmount', info.pageAmount, '/otherInfo/pageAmount')
    to.list('ReplyFors', 'ReplyFor', info.replyFors, '/otherInfo/replyFors')
    to.leaf('Direction', info.direction ?? 'false', '/otherInfo/direction') // the official library always writes it
    to.list('ReferenceCodes', 'ReferenceCode', info.referenceCodes, '/otherInfo/referenceCodes')
    to.list('Appendixes', 'Appendix', info.appendixes, '/otherInfo/appendixes')
  })
}

function bussiness(to: ElementWriter, business: Bussiness): void {
  const at = '/bussiness'
  const { bussinessDocumentInfo: changes, replacementInfoList: replaced } = business
  to.element('Bussiness', () => {
    to.leaf('DocumentId', business.documentId, `${at}/documentId`)
    to.leaf('BussinessDocType', String(operations.indexOf(business.bussinessDocType)), `${at}/bussinessDocType`)
    to.leaf('BussinessDocReason', business.bussinessDocReason, `${at}/bussinessDocReason`)
    to.leaf('Paper', business.paper, `${at}/paper`)
    if (changes !== undefined) {
      to.element('BussinessDocumentInfo', () => {
        to.leaf('DocumentInfo', changes.documentInfo, `${at}/bussinessDocumentInfo/documentInfo`)
        to.leaf('DocumentReceiver', changes.documentReceiver, `${at}/bussinessDocumentInfo/documentReceiver`)
        receiverList(to, changes.receiverList)
      })
    }
    if (replaced !== undefined && replaced.length > 0) {
      to.element('ReplacementInfoList', () => {
        replaced.forEach((old, index) => {
          to.element('ReplacementInfo', () => {
            to.leaf('DocumentId', old.documentId, `${at}/replacementInfoList/${index}/documentId`)
            to.list('OrganIdList', 'OrganId', old.organIds, `${at}/replacementInfoList/${index}/organIds`)
          })
        })
      })
    }
    staffInfo(to, business.staffInfo, `${at}/staffInfo`)
  })
}

function receiverList(
  to: ElementWriter,
  receivers: readonly { readonly organId?: string; readonly receiverType?: string }[] | undefined,
): void {
  if (receivers === undefined || receivers.length === 0) return
  to.element('ReceiverList', () => {
    receivers.forEach((receiver, index) => {
      const at = `/bussiness/bussinessDocumentInfo/receiverList/${index}`
      to.element('Receiver', () => {
        to.leaf('OrganId', receiver.organId, `${at}/organId`)
        to.leaf('ReceiverType', receiver.receiverType, `${at}/receiverType`)
      })
    })
  })
}

function staffInfo(to: ElementWriter, staff: StaffInfo | undefined, at: string): void {
  if (staff === undefined) return
  to.element('StaffInfo', () => {
    to.leaf('DepartmentId', staff.departmentId, `${at}/departmentId`)
    to.leaf('Department', staff.department, `${at}/department`)
    to.leaf('StaffId', staff.staffId, `${at}/staffId`)
    to.leaf('Staff', staff.staff, `${at}/staff`)
    to.leaf('Mobile', staff.mobile, `${at}/mobile`)
    to.leaf('Email', staff.email, `${at}/email`)
  })
}
