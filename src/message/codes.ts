/** `G02`, `G12.18`: the short form of QĐ 20/2020, our one key for an agency everywhere inside. */
export type AgencyCode = string & { readonly __brand: 'AgencyCode' }
/** The id that statuses, recalls and answers point at. Opaque, ≤ 200 characters, compared exactly after trimming (edXML notes §4.3). */
export type DocumentId = string & { readonly __brand: 'DocumentId' }
/** Our own id of one stored envelope, sortable by time: the `{id}` of every route. */
export type EnvelopeId = string & { readonly __brand: 'EnvelopeId' }

const SHORT_FORM = /^[A-Z0-9]{1,15}(\.[A-Z0-9]{1,15}){0,8}$/

/** The code when `text` has the short form (A–Z, 0–9, dots, ≤ 35 characters: QĐ 20/2020), otherwise undefined. */
export function findAgencyCode(text: string): AgencyCode | undefined {
  return text.length <= 35 && SHORT_FORM.test(text) ? (text as AgencyCode) : undefined
}

/**
 * The 13 characters of QCVN 102:2016, `000.00.18.G12` for `G12.18`: level 1 last, zero groups written. The directory's
 * own table wins over this rule, which does not hold for every unit (edXML notes §5.1).
 * @returns undefined for a code of more than four groups, or one whose groups do not fit.
 */
export function thirteenCharacterForm(code: AgencyCode): string | undefined {
  const [level1 = '', level2 = '00', level3 = '00', level4 = '000', ...more] = code.split('.')
  if (more.length > 0) return undefined
  const text = `${level4}.${level3}.${level2}.${level1}`
  return text.length === 13 ? text : undefined
}

/** `G12.18` for `000.00.18.G12`; undefined when `text` has not the 13-character form. */
export function fromThirteenCharacterForm(text: string): AgencyCode | undefined {
  if (!/^\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}$/.test(text)) return undefined
  const groups = text.split('.').reverse()
  while (groups.length > 1 && /^0+$/.test(groups.at(-1) ?? '')) groups.pop()
  return findAgencyCode(groups.join('.'))
}

/** The comma form with the full date, which some partners take apart (edXML notes §4.3): `000.00.00.G02,2025/10/15,7421/BCT-KHTC`. */
export function defaultDocumentId(
  wireCode: string,
  promulgationDate: string,
  number: string,
  notation: string,
): DocumentId {
  return `${wireCode},${promulgationDate},${number}/${notation}` as DocumentId
}

/** Trims, and nothing else: the id is opaque. */
export function documentId(text: string): DocumentId {
  return text.trim() as DocumentId
}
