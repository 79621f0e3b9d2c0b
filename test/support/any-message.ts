import fc from 'fast-check'
import { findSecretMark } from '../../src/envelope/index.ts'
import {
  type DocumentMessage,
  documentId,
  type Message,
  processingStatuses,
  type StatusMessage,
} from '../../src/message/index.ts'

/** Characters that XML 1.0 has, of every plane (XML 1.0 §2.2). */
const character = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...'aăâđêôơưAĂÂĐ ẹ\u0323\u0302\u0301<>&"\'\t\n\r\u0085\u2028\u00a0;]') },
  { weight: 1, arbitrary: fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => String.fromCodePoint(code)) },
  { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0xfffd }).map((code) => String.fromCodePoint(code)) },
  { weight: 1, arbitrary: fc.integer({ min: 0x10000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)) },
)

/** A text that is not empty, as long as the field allows. */
const text = (max: number): fc.Arbitrary<string> =>
  fc
    .array(character, { minLength: 1, maxLength: Math.min(max, 40) })
    .map((letters) => letters.join(''))
    .filter((value) => /[^ \t\r\n]/.test(value) && !/^\s*null\s*$/.test(value))

const digits = (max: number): fc.Arbitrary<string> => fc.integer({ min: 0, max: 10 ** max - 1 }).map(String)
const organId = fc.stringMatching(/^[A-Za-z0-9]{1,8}(\.[A-Za-z0-9]{1,8}){0,2}$/)
const id = text(200)
  .map((value) => documentId(value))
  .filter((value) => value !== '')
const date = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2026-11-21'), noInvalidDate: true })
  .map((day) => day.toISOString().slice(0, 10).replaceAll('-', '/'))
const timestamp = date.map((day) => `${day} 23:59:59`)
const flag = fc.constantFrom('0', '1')

/** A record in which each of the optional fields may be absent. */
function fields<Required, Optional>(
  required: { [Key in keyof Required]: fc.Arbitrary<Required[Key]> },
  optional: { [Key in keyof Optional]: fc.Arbitrary<Optional[Key]> },
): fc.Arbitrary<Required & Partial<Optional>> {
  const all = { ...required, ...optional } as Record<string, fc.Arbitrary<unknown>>
  return fc.record(all, { requiredKeys: Object.keys(required) }) as fc.Arbitrary<Required & Partial<Optional>>
}

const notEmpty = <T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  arbitrary.filter((value) => Object.keys(value).length > 0)

const contact = {
  organizationInCharge: text(200),
  organAdd: text(250),
  email: text(100),
  telephone: text(50),
  fax: text(50),
  website: text(100),
}
const party = fields({ organId, organName: text(200) }, contact)
const sender = fields({ organId: fc.constant('000.00.00.G02'), organName: text(200) }, contact)
const responseFor = fields({ organId }, { code: text(100), documentId: id, promulgationDate: date })
const staffInfo = notEmpty(
  fields(
    {},
    {
      departmentId: text(50),
      department: text(250),
      staffId: text(50),
      staff: text(100),
      mobile: text(50),
      email: text(100),
    },
  ),
)
const list = (item: fc.Arbitrary<string>): fc.Arbitrary<string[]> => fc.array(item, { minLength: 1, maxLength: 3 })

const bussiness = fc.oneof(
  fields(
    { bussinessDocType: fc.constant('new' as const) },
    { documentId: id, bussinessDocReason: text(1000), paper: flag, staffInfo },
  ),
  fields(
    { bussinessDocType: fc.constant('recall' as const), bussinessDocReason: text(1000) },
    { documentId: id, paper: flag },
  ),
  fields(
    {
      bussinessDocType: fc.constant('update' as const),
      bussinessDocReason: text(1000),
      bussinessDocumentInfo: fields(
        { documentInfo: flag, documentReceiver: flag },
        { receiverList: fc.array(fc.record({ organId, receiverType: flag }), { minLength: 1, maxLength: 3 }) },
      ),
    },
    { staffInfo },
  ),
  fields(
    {
      bussinessDocType: fc.constant('replace' as const),
      bussinessDocReason: text(1000),
      replacementInfoList: fc.array(fc.record({ documentId: id, organIds: list(organId) }), {
        minLength: 1,
        maxLength: 3,
      }),
    },
    {},
  ),
)

/** A name of an attachment is never the word null, and its ContentId is one token. */
const attachments = fc.uniqueArray(
  fields(
    {
      contentId: fc.stringMatching(/^[A-Za-z0-9@.-]{1,40}$/),
      contentType: fc.constantFrom('application/pdf', 'text/plain'),
      attachmentName: text(500),
    },
    { description: text(500) },
  ),
  { minLength: 1, maxLength: 3, selector: ({ contentId }) => contentId },
)

/** Any document that the standard lets us write. */
export const anyDocument: fc.Arbitrary<DocumentMessage> = fields(
  {
    form: fc.constant('document' as const),
    from: sender,
    to: fc.array(party, { minLength: 1, maxLength: 3 }),
    documentId: id,
    code: fc.record({ codeNumber: text(11).filter(fits(11)), codeNotation: text(30).filter(fits(30)) }),
    promulgationInfo: fields({ promulgationDate: date }, { place: text(50) }),
    documentType: fields({ typeName: text(100) }, { type: digits(4), typeDetail: digits(4) }),
    subject: text(500),
    signerInfo: fields({ fullName: text(50) }, { competence: text(100), position: text(100) }),
    otherInfo: fields(
      { direction: fc.constantFrom('true', 'false') },
      {
        priority: fc.constantFrom('0', '1', '2', '3', '4'),
        sphereOfPromulgation: text(100),
        typerNotation: text(20).filter(fits(20)),
        promulgationAmount: digits(3),
        pageAmount: digits(3),
        replyFors: list(text(500)),
        referenceCodes: list(text(500)),
        appendixes: list(text(500)),
      },
    ),
    responseFor: fc.array(responseFor, { maxLength: 2 }),
    toPlaces: fc.array(text(1000), { maxLength: 3 }),
    traceHeaders: fc.array(fields({ timestamp }, { organId }), { minLength: 1, maxLength: 3 }),
    bussiness,
    attachments,
  },
  {
    content: text(500),
    dueDate: date,
    steeringType: fc.constantFrom('0', '1', '2', '3'),
    responseForTask: list(text(100)),
    applicationType: text(50),
  },
).filter(isWritable)

/** Any status that the standard lets us write. */
export const anyStatus: fc.Arbitrary<StatusMessage> = fields(
  {
    form: fc.constant('status' as const),
    from: sender,
    responseFor,
    statusCode: fc.constantFrom(...(Object.keys(processingStatuses) as StatusMessage['statusCode'][])),
    description: text(1000),
    timestamp,
  },
  { staffInfo },
)

function fits(max: number): (value: string) => boolean {
  return (value) => [...value].length <= max
}

function isWritable(message: Message): boolean {
  return findSecretMark(message) === undefined
}
