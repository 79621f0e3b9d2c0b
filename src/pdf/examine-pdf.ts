import { createHash } from 'node:crypto'
import { limits } from '../base/index.ts'
import { Budget } from './budget.ts'
import { type SignedRange, signedRange } from './byte-range.ts'
import { type Change, changesBetween } from './changes.ts'
import { readCms } from './cms.ts'
import { readCrossReference } from './cross-reference.ts'
import type { Finding } from './findings.ts'
import { type JudgedCms, judgeCms } from './judge-cms.ts'
import { isSpace } from './parser.ts'
import { type SignatureField, signatureFields } from './signature-fields.ts'
import { pdfTime } from './times.ts'
import { findingOf, unreadable } from './unreadable.ts'
import { isArray, isDictionary, nameOf, type PdfDictionary, textOf } from './values.ts'
import { View } from './view.ts'

/** What the octets of a PDF say, before anyone is trusted: plain data, so that a worker can make it. */
export interface ExaminedPdf {
  readonly signatures: readonly ExaminedSignature[]
  readonly findings: readonly Finding[]
}

export interface ExaminedSignature extends Partial<JudgedCms> {
  readonly field: string
  readonly kind: 'signature' | 'time-stamp'
  readonly subFilter?: string
  /** Octets 0 up to `end` are signed, but for the signature value itself. */
  readonly signedOctets?: { readonly end: number; readonly gapStart: number; readonly gapEnd: number }
  readonly coversWholeFile: boolean
  readonly changes: readonly Change[]
  /** 1: nothing may follow; 2: forms and signatures may; 3: annotations too (ISO 32000-2 §12.8.2.2). */
  readonly certifies?: number
  /** What the signer's software wrote beside the signature. */
  readonly claimed: { readonly time?: Date; readonly reason?: string; readonly location?: string }
  readonly findings: readonly Finding[]
}

/** Never throws for what the octets are. @param octets all of the file */
export function examinePdf(octets: Uint8Array): ExaminedPdf {
  const budget = new Budget()
  try {
    const { sections } = readCrossReference(octets, budget)
    const now = new View(octets, sections, budget)
    if (sections.some(({ trailer }) => trailer.entries.has('Encrypt')))
      throw unreadable('The file is encrypted.', 'pdf-encrypted')
    const fields = signatureFields(now)
    const signatures = fields.map((field) => examineSignature(field, now, budget))
    const stray = strayByteRange(octets, fields)
    const findings: Finding[] =
      stray === undefined ? [] : [{ code: 'signature-elsewhere', detail: `octets at ${stray}` }]
    return { signatures: signatures.sort((a, b) => endOf(a) - endOf(b)), findings }
  } catch (error) {
    return { signatures: [], findings: [findingOf(error)] }
  }
}

/** Forms of signature values that are judged (ISO 32000-2 Table 255; EN 319 142-1). */
const PROFILES: ReadonlyMap<string, 'pkcs7' | 'cades'> = new Map([
  ['adbe.pkcs7.detached', 'pkcs7'],
  ['ETSI.CAdES.detached', 'cades'],
])
/** Forms that are SHA-1 by their definition. */
const FORBIDDEN_FORMS = new Set(['adbe.pkcs7.sha1', 'adbe.x509.rsa_sha1'])
const TIME_STAMP = 'ETSI.RFC3161'

function examineSignature(field: SignatureField, now: View, budget: Budget): ExaminedSignature {
  const { dictionary } = field
  const subFilter = nameOf(now.resolve(dictionary.entries.get('SubFilter')))
  const certifies = permissionOf(dictionary, now)
  const seen = {
    field: field.name,
    kind: subFilter === TIME_STAMP ? 'time-stamp' : 'signature',
    ...(subFilter !== undefined && { subFilter }),
    ...(certifies !== undefined && { certifies }),
    claimed: claimedIn(dictionary, now),
  } as const
  const unplaced = { ...seen, coversWholeFile: false, changes: [] }
  if (now.entry(field.object)?.kind !== 'at')
    return { ...unplaced, findings: [{ code: 'signature-malformed', detail: 'inside an object stream' }] }
  const range = signedRange(dictionary, now.octets)
  if ('code' in range) return { ...unplaced, findings: [range] }
  const placed = { ...seen, signedOctets: { end: range.end, gapStart: range.gapStart, gapEnd: range.gapEnd } }
  const coversWholeFile = isSpaceFrom(now.octets, range.end)
  const found: Finding[] = []
  let changes: readonly Change[] = []
  let judged: JudgedCms | undefined
  try {
    const signed = signedView(field, range, now, budget)
    const newer = now.sections.slice(0, now.sections.length - signed.sections.length)
    changes = coversWholeFile ? [] : changesBetween(signed, now, newer, budget)
    found.push(...changeFindings(changes, certifies))
  } catch (error) {
    found.push(findingOf(error))
  }
  try {
    judged = judgeValue(subFilter, range, now.octets, budget, found)
  } catch (error) {
    found.push(findingOf(error))
  }
  return {
    ...placed,
    coversWholeFile,
    changes: told(changes),
    ...judged,
    findings: [...found, ...(judged?.findings ?? [])],
  }
}

function judgeValue(
  subFilter: string | undefined,
  range: SignedRange,
  octets: Uint8Array,
  budget: Budget,
  found: Finding[],
): JudgedCms | undefined {
  if (range.contents.length > limits.pdfContentsBytes)
    throw unreadable(`The signature value is longer than ${limits.pdfContentsBytes} octets.`, 'pdf-too-complex')
  const profile = PROFILES.get(subFilter ?? '')
  if (subFilter === TIME_STAMP) found.push({ code: 'timestamp-not-judged' })
  else if (FORBIDDEN_FORMS.has(subFilter ?? '')) found.push({ code: 'algorithm-forbidden', detail: subFilter ?? '' })
  else if (profile === undefined) found.push({ code: 'sub-filter-unknown' })
  if (profile === undefined) return undefined
  return judgeCms(readCms(range.contents), { profile, digestOf: (hash) => digestOf(hash, range, octets, budget) })
}

function digestOf(
  hash: string,
  { gapStart, gapEnd, end }: SignedRange,
  octets: Uint8Array,
  budget: Budget,
): Uint8Array {
  budget.spendDigested(end)
  return createHash(hash).update(octets.subarray(0, gapStart)).update(octets.subarray(gapEnd, end)).digest()
}

/**
 * The file as it was when it was signed. Its newest section must be one that the file of now builds upon.
 * @throws pdf-unreadable: byte-range-incomplete
 */
function signedView(field: SignatureField, { end }: SignedRange, now: View, budget: Budget): View {
  const octets = now.octets.subarray(0, end)
  try {
    const { sections } = readCrossReference(octets, budget)
    const view = new View(octets, sections, budget)
    const signature = view.object(field.object)?.value
    const [newest] = sections
    const builtUpon = now.sections[now.sections.length - sections.length]
    if (isDictionary(signature) && signature.start === field.dictionary.start && builtUpon?.offset === newest?.offset)
      return view
  } catch (error) {
    const { code, detail } = findingOf(error)
    if (code === 'pdf-too-complex') throw error
    throw unreadable(detail, 'byte-range-incomplete', error)
  }
  throw unreadable('The signed octets do not end with a saving that the file builds upon.', 'byte-range-incomplete')
}

/** So many that a report stays small, whatever was changed, and at least one of each kind. */
function told(changes: readonly Change[]): readonly Change[] {
  const kinds = new Set<Change['kind']>()
  return changes.filter(({ kind }, i) => {
    const isFirst = !kinds.has(kind)
    kinds.add(kind)
    return i < limits.pdfChangesTold || isFirst
  })
}

function changeFindings(changes: readonly Change[], certifies: number | undefined): Finding[] {
  const what = (...kinds: Change['kind'][]): string =>
    changes
      .filter(({ kind }) => kinds.includes(kind))
      .slice(0, 10)
      .map((change) => change.what)
      .join('; ')
  const has = (...kinds: Change['kind'][]): boolean => changes.some(({ kind }) => kinds.includes(kind))
  const found: Finding[] = []
  if (has('content')) found.push({ code: 'changed-after-signing', detail: what('content') })
  if (certifies === 1 && has('signature', 'annotation', 'form-value'))
    found.push({ code: 'certification-forbids', detail: what('signature', 'annotation', 'form-value') })
  if (certifies === 2 && has('annotation')) found.push({ code: 'certification-forbids', detail: what('annotation') })
  if (has('annotation', 'form-value'))
    found.push({ code: 'annotated-after-signing', detail: what('annotation', 'form-value') })
  if (found.length === 0 && changes.length > 0)
    found.push({ code: 'extended-after-signing', detail: [...new Set(changes.map(({ kind }) => kind))].join(', ') })
  return found
}

/** DocMDP (ISO 32000-2 §12.8.2.2). */
function permissionOf({ entries }: PdfDictionary, view: View): number | undefined {
  const references = view.resolve(entries.get('Reference'))
  for (const item of isArray(references) ? references.items.slice(0, 16) : []) {
    const reference = view.resolve(item)
    if (!isDictionary(reference) || nameOf(reference.entries.get('TransformMethod')) !== 'DocMDP') continue
    const parameters = view.resolve(reference.entries.get('TransformParams'))
    const permission = isDictionary(parameters) ? view.resolve(parameters.entries.get('P')) : null
    return permission === 1 || permission === 3 ? permission : 2
  }
  return undefined
}

function claimedIn({ entries }: PdfDictionary, view: View): ExaminedSignature['claimed'] {
  const text = (key: string): string | undefined => textOf(view.resolve(entries.get(key)))?.slice(0, 500)
  const [time, reason, location] = [pdfTime(text('M')), text('Reason'), text('Location')]
  return {
    ...(time !== undefined && { time }),
    ...(reason !== undefined && { reason }),
    ...(location !== undefined && { location }),
  }
}

function isSpaceFrom(octets: Uint8Array, from: number): boolean {
  for (let i = from; i < octets.length; i++) if (!isSpace(octets[i])) return false
  return true
}

/** A byte range that belongs to no signature of the form: one that was taken out of it, or never was in it. */
function strayByteRange(octets: Uint8Array, fields: readonly SignatureField[]): number | undefined {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length)
  for (let at = text.indexOf(BYTE_RANGE); at >= 0; at = text.indexOf(BYTE_RANGE, at + BYTE_RANGE.length))
    if (!fields.some(({ dictionary: { start, end } }) => at > start && at < end)) return at
  return undefined
}

const BYTE_RANGE = '/ByteRange'

function endOf({ signedOctets }: ExaminedSignature): number {
  return signedOctets?.end ?? Number.POSITIVE_INFINITY
}
