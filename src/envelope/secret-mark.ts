import type { Message } from '../message/index.ts'

export interface SecretMark {
  /** JSON pointer of the field that bears the mark. */
  readonly field: string
  readonly mark: (typeof marks)[number]
}

/**
 * The mark of secrecy that a document bears, if any. The axis carries no state secrets (QĐ 28/2018 Art. 1; edXML notes
 * §4.9, BR-12).
 *
 * edXML has no field for the level of secrecy, so the places where clerks write one are looked at: short fields are
 * compared item by item, running text only where it begins with the mark or shows it in brackets. So «MẬT: V/v …» and
 * «V/v … (Tối mật)» are found, and «bảo mật thông tin», «mật độ xây dựng», «Mật ong» are not.
 *
 * A status is never marked: it may have to name the mark for which a document was refused.
 */
export function findSecretMark(message: Message): SecretMark | undefined {
  if (message.form === 'status') return undefined
  const { otherInfo, bussiness, documentType, attachments, toPlaces } = message
  const short: [string, string | undefined][] = [
    ['/otherInfo/sphereOfPromulgation', otherInfo.sphereOfPromulgation],
    ['/otherInfo/typerNotation', otherInfo.typerNotation],
    ['/otherInfo/priority', otherInfo.priority],
    ['/steeringType', message.steeringType],
    ['/applicationType', message.applicationType],
  ]
  const running: [string, string | undefined][] = [
    ['/documentType/typeName', documentType?.typeName],
    ['/subject', message.subject],
    ['/content', message.content],
    ['/bussiness/bussinessDocReason', bussiness.bussinessDocReason],
    ...toPlaces.map((place, index): [string, string] => [`/toPlaces/${index}`, place]),
    ...(otherInfo.appendixes ?? []).map((title, index): [string, string] => [`/otherInfo/appendixes/${index}`, title]),
  ]
  return firstOf(short, markInItems) ?? firstOf(running, markInText) ?? findSecretMarkOfFiles(attachments)
}

/** What is said of an attached file, by the manifest or beside its bytes. */
export interface NamedFile {
  readonly description?: string
  readonly attachmentName?: string
}

/** The mark that attached files bear by their names and descriptions. */
export function findSecretMarkOfFiles(files: readonly NamedFile[]): SecretMark | undefined {
  const said = files.flatMap(({ description, attachmentName }, index): [string, string | undefined][] => [
    [`/attachments/${index}/description`, description],
    [`/attachments/${index}/attachmentName`, attachmentName],
  ])
  return firstOf(said, markInText)
}

/** Longest first, so that «tối mật» is not taken for «mật». */
const marks = ['tuyệt mật', 'tối mật', 'mật'] as const

type Find = (text: string) => SecretMark['mark'] | undefined

function firstOf(places: readonly [string, string | undefined][], find: Find): SecretMark | undefined {
  for (const [field, text] of places) {
    // Most texts are seen not to hold the word at all, in any normalisation form: their plain letters are m and t.
    const mark = text !== undefined && /m.{1,3}t/iu.test(text) ? find(tidy(text)) : undefined
    if (mark !== undefined) return { field, mark }
  }
  return undefined
}

/** Composed form and single spaces, for the comparison only. */
function tidy(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim()
}

/** A short field: the mark is the whole of it, or one item of a list in it. */
function markInItems(text: string): SecretMark['mark'] | undefined {
  const parts = fold(text).split(/[,;/|()[\]]|\s[-–—]\s/u)
  return parts
    .map(withoutLead)
    .map(markAlone)
    .find((mark) => mark !== undefined)
}

function markInText(text: string): SecretMark['mark'] | undefined {
  const alone = markAlone(withoutLead(fold(text)))
  if (alone !== undefined) return alone
  for (const [, inside = ''] of fold(text).matchAll(/[([{<【]([^()[\]{}<>【】]{1,60})[)\]}>】]/gu)) {
    const bracketed = markAlone(withoutLead(inside))
    if (bracketed !== undefined) return bracketed
  }
  return marks.find((mark) => isLeading(text.slice(text.length - withoutLead(fold(text)).length), mark))
}

/** Small letters. The length stays as it is, so that places in the folded text are places in the text. */
function fold(text: string): string {
  const folded = text.toLowerCase()
  if (folded.length === text.length) return folded
  // a few letters, such as İ, have no small form of one length: those stay
  return Array.from(text, (letter) => {
    const small = letter.toLowerCase()
    return small.length === letter.length ? small : letter
  }).join('')
}

/** «Độ mật: …» names the field; what is marked stands behind it. */
function withoutLead(folded: string): string {
  return folded.trim().replace(/^(?:mức )?(?:dấu )?(?:chỉ )?độ (?:khẩn, )?mật\s*[:：=-]\s*/u, '')
}

function markAlone(folded: string): SecretMark['mark'] | undefined {
  const bare = folded.replace(/^[\s*.!]+|[\s*.!]+$/gu, '')
  return marks.find((mark) => bare === mark)
}

/** The mark as the first words: set off by punctuation, or in capitals before a text that is not. */
function isLeading(shown: string, mark: string): boolean {
  const head = shown.slice(0, mark.length)
  const tail = shown.slice(mark.length)
  if (fold(head) !== mark) return false
  if (/^\s*[:;|]|^\s*[.,](\s|$)|^\s[-–—/]\s/u.test(tail)) return true
  if (!/^[\s_.–—/-]/u.test(tail)) return false
  // No ordinary phrase begins with «tối mật» or «tuyệt mật», many do with «mật».
  if (mark !== 'mật') return true
  return head === head.toUpperCase() && /^[\s_.–—/-]*\d|\p{Ll}/u.test(tail.replace(/\.\w{1,5}$/u, ''))
}
