import type { Message, ReadingWarning } from '../message/index.ts'
import type { SignedAttachment } from '../signature/index.ts'
import { findCivilDate, isCanonicalDate, isCanonicalTimestamp } from './dates.ts'
import { holdsAnything } from './fields.ts'
import { QCVN } from './names.ts'
import type { ElementView } from './skeleton.ts'

/** What a reader found odd but not wrong, for the clerk to see. */
export function readingWarnings(
  message: Message,
  root: ElementView,
  attachments: readonly SignedAttachment[],
): readonly ReadingWarning[] {
  const warnings = [...unknownElements(root), ...oddDates(message)]
  return message.form === 'status'
    ? warnings
    : [...warnings, ...missingOperation(root), ...oddAttachments(message, attachments)]
}

/** Elements of other namespaces in the signed parts say nothing to us. */
function* unknownElements(view: ElementView): Generator<ReadingWarning> {
  for (const child of view.children) {
    if (child.namespace === QCVN) yield* unknownElements(child)
    else
      yield {
        rule: 'TOL-01',
        field: child.path,
        message: `Line ${child.line}: an element of ${child.namespace} was skipped.`,
      }
  }
}

/** TOL-12 and BR-02: without an operation the package is a new document. */
function* missingOperation(root: ElementView): Generator<ReadingWarning> {
  const bussiness = findElement(root, 'Bussiness')
  if (bussiness === undefined) {
    yield { rule: 'TOL-12', field: '/bussiness', message: 'Bussiness is absent: read as a new document.' }
  } else if (findElement(bussiness, 'BussinessDocType') === undefined) {
    const message = 'BussinessDocType is absent: read as 0, a new document.'
    yield { rule: 'BR-02', field: '/bussiness/bussinessDocType', message }
  }
}

function findElement(view: ElementView, name: string): ElementView | undefined {
  if (view.name === name && view.namespace === QCVN && holdsAnything(view)) return view
  for (const child of view.children) {
    const found = findElement(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** TOL-10: the raw text is kept; what was understood is said. */
function* oddDates(message: Message): Generator<ReadingWarning> {
  const dates: [string, string | undefined][] = []
  const timestamps: [string, string | undefined][] = []
  if (message.form === 'status') {
    dates.push(['/responseFor/promulgationDate', message.responseFor.promulgationDate])
    timestamps.push(['/timestamp', message.timestamp])
  } else {
    dates.push(
      ['/promulgationInfo/promulgationDate', message.promulgationInfo.promulgationDate],
      ['/dueDate', message.dueDate],
    )
    for (const [index, { promulgationDate }] of message.responseFor.entries()) {
      dates.push([`/responseFor/${index}/promulgationDate`, promulgationDate])
    }
    for (const [index, { timestamp }] of message.traceHeaders.entries()) {
      timestamps.push([`/traceHeaders/${index}/timestamp`, timestamp])
    }
  }
  for (const [field, text] of dates)
    if (text !== undefined && !isCanonicalDate(text)) yield oddDate(field, text, 'yyyy/MM/dd')
  for (const [field, text] of timestamps) {
    if (text !== undefined && !isCanonicalTimestamp(text)) yield oddDate(field, text, 'yyyy/MM/dd HH:mm:ss')
  }
}

function oddDate(field: string, text: string, expected: string): ReadingWarning {
  const date = findCivilDate(text)
  const understood = date === undefined ? 'and is no date' : `and was read as ${date}`
  return { rule: 'TOL-10', field, message: `The text has not the form ${expected} ${understood}.` }
}

/** The two descriptions of one attachment should agree; the manifest's is the one we show (edXML notes §4.7). */
function* oddAttachments(
  message: Extract<Message, { form: 'document' }>,
  attachments: readonly SignedAttachment[],
): Generator<ReadingWarning> {
  for (const [index, shown] of message.attachments.entries()) {
    const own = attachments.find(({ contentId }) => contentId.trim() === shown.contentId)
    for (const name of ['attachmentName', 'contentType'] as const) {
      if (own === undefined || own[name] === shown[name]) continue
      const field = `/attachments/${index}/${name}`
      yield { rule: 'BR-06', field, message: 'The manifest and the attachment describe the same file differently.' }
    }
  }
}
