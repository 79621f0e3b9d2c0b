import { edxmlDate, GatewayError } from '../base/index.ts'
import type { DocumentMessage, Message, ReadingWarning, StatusMessage } from '../message/index.ts'
import { dayAfter, findCivilDate } from './dates.ts'
import { findSecretMark, type SecretMark } from './secret-mark.ts'
import { isAbsent } from './xml-text.ts'

/**
 * The business rules that one package alone decides (edXML notes §4.9). BR-05, 08, 10, 11 and 13 need the directory or
 * other packages and live in submit, receive and notify; BR-15 is kept by the signature room.
 *
 * @param now For BR-09: the day in Vietnam.
 * @returns What is odd but not wrong.
 * @throws {GatewayError} business-rule-violation: `rule`, `field` (JSON pointer) and what would be right
 * @throws {GatewayError} secret-mark: BR-12
 */
export function checkRules(message: Message, now: Date): readonly ReadingWarning[] {
  if (message.form === 'status') {
    requireStatusForm(message)
    requireReason(message)
    return []
  }
  requireNoSecretMark(message) // first: what bears a mark is destroyed, whatever else is wrong with it
  requireDocumentForm(message)
  requireOperation(message)
  requireAttachments(message)
  return checkDates(message, now)
}

/** A broken rule as an error. @param field JSON pointer into the message. */
export function violation(
  rule: string,
  field: string,
  message: string,
  expected: string,
  value?: string,
): GatewayError {
  return new GatewayError('business-rule-violation', `${rule}: ${message}`, {
    rule,
    field,
    expected,
    ...(value === undefined ? {} : { value }),
  })
}

/** BR-01. */
function requireDocumentForm(message: DocumentMessage): void {
  const required = {
    '/from/organId': message.from.organId,
    '/to': message.to.length === 0 ? undefined : 'named',
    '/documentId': message.documentId,
    '/code/codeNumber': message.code.codeNumber,
    '/code/codeNotation': message.code.codeNotation,
    '/promulgationInfo/promulgationDate': message.promulgationInfo.promulgationDate,
    '/subject': message.subject,
  }
  requirePresent(required, 'a document')
}

/** BR-01. */
function requireStatusForm(message: StatusMessage): void {
  const { responseFor } = message
  const required = {
    '/from/organId': message.from.organId,
    '/responseFor': responseFor.documentId ?? responseFor.code ?? responseFor.organId,
    '/statusCode': message.statusCode,
    '/timestamp': message.timestamp,
  }
  requirePresent(required, 'a status')
}

function requirePresent(required: Readonly<Record<string, string | undefined>>, what: string): void {
  for (const [field, text] of Object.entries(required)) {
    if (text !== undefined && !isAbsent(text)) continue
    throw violation('BR-01', field, `${what} needs ${field}, which is absent.`, 'a value that is not empty')
  }
}

/** BR-12. */
function requireNoSecretMark(message: DocumentMessage): void {
  const found = findSecretMark(message)
  if (found !== undefined) throw secretMarkError(found)
}

/** BR-12 as an error. */
export function secretMarkError({ field, mark }: SecretMark): GatewayError {
  const detail = { rule: 'BR-12', field, value: mark, expected: 'no mark of secrecy' }
  return new GatewayError('secret-mark', `BR-12: ${field} bears the mark of secrecy ${mark}.`, detail)
}

/** BR-03 and BR-04. */
function requireOperation(message: DocumentMessage): void {
  const {
    bussinessDocType: operation,
    bussinessDocReason,
    bussinessDocumentInfo,
    replacementInfoList,
  } = message.bussiness
  if (operation === 'new') return
  if (bussinessDocReason === undefined || isAbsent(bussinessDocReason)) {
    throw violation('BR-03', '/bussiness/bussinessDocReason', `operation ${operation} needs a reason.`, 'a reason')
  }
  if (operation === 'update' && bussinessDocumentInfo === undefined) {
    const field = '/bussiness/bussinessDocumentInfo'
    throw violation('BR-04', field, 'an update tells what changed.', 'BussinessDocumentInfo')
  }
  const others = (replacementInfoList ?? []).filter(
    ({ documentId }) => documentId !== undefined && documentId !== message.documentId,
  )
  if (operation === 'replace' && others.length === 0) {
    const field = '/bussiness/replacementInfoList'
    throw violation('BR-04', field, 'a replacement names a document other than itself.', 'the id of the old document')
  }
}

/** BR-07. */
function requireAttachments(message: DocumentMessage): void {
  if (message.attachments.length > 0 || message.bussiness.bussinessDocType === 'recall') return
  throw violation('BR-07', '/attachments', 'a document needs at least one attachment.', 'at least one attachment')
}

/** BR-09. Dates that cannot be read at all are TOL-10 and cannot be compared. */
function checkDates(message: DocumentMessage, now: Date): ReadingWarning[] {
  const field = '/promulgationInfo/promulgationDate'
  const promulgated = findCivilDate(message.promulgationInfo.promulgationDate)
  const latest = dayAfter(edxmlDate(now))
  if (promulgated !== undefined && promulgated > latest) {
    throw violation('BR-09', field, 'the document is dated in the future.', `not after ${latest}`, promulgated)
  }
  const due = message.dueDate === undefined ? undefined : findCivilDate(message.dueDate)
  if (due === undefined || promulgated === undefined || due >= promulgated) return []
  return [
    { rule: 'BR-09', field: '/dueDate', message: `The deadline ${due} is before the document's date ${promulgated}.` },
  ]
}

/** BR-14. */
function requireReason(message: StatusMessage): void {
  if (message.statusCode !== '02' && message.statusCode !== '16') return
  if (message.description !== undefined && !isAbsent(message.description)) return
  throw violation('BR-14', '/description', `status ${message.statusCode} needs a reason.`, 'the reason in Description')
}
