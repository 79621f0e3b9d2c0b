import { createHash } from 'node:crypto'
import { type ExaminedPdf, examinePdf } from './examine-pdf.ts'
import type { Finding } from './findings.ts'
import { findingOf } from './unreadable.ts'
import { unwrap } from './unwrap.ts'

/** An attachment as it came. */
export interface AttachedFile {
  readonly octets: Uint8Array<ArrayBuffer>
  /** As the package names it; decides nothing but what is expected. */
  readonly name: string
  readonly contentType: string
}

export interface ExaminedFile {
  readonly form: 'pdf' | 'zip' | 'other'
  /** The file inside of a ZIP. */
  readonly inner?: { readonly name: string; readonly octets: number; readonly sha256: string }
  readonly pdf?: ExaminedPdf
  /** Of the file itself; those of the PDF are there. */
  readonly findings: readonly Finding[]
}

/** Whether more needs to be read of a file than its first 1,024 octets, whatever it is called. */
export function isWorthExamining({ octets }: Pick<AttachedFile, 'octets'>): boolean {
  return startsWith(octets, PDF) || startsWith(octets, ZIP)
}

/**
 * What an attachment is, by its first octets and not by its names (edXML notes §4.7), and what its signatures say.
 * Never throws for what the octets are.
 */
export function examineFile({ octets, name, contentType }: AttachedFile): ExaminedFile {
  if (startsWith(octets, PDF)) return { form: 'pdf', pdf: examinePdf(octets), findings: [] }
  if (startsWith(octets, ZIP) && !ARCHIVES.has(extensionOf(name))) return examineZip(octets, name, contentType)
  return { form: 'other', findings: [notPdf(octets, name, contentType)] }
}

function examineZip(octets: Uint8Array, name: string, contentType: string): ExaminedFile {
  try {
    const file = unwrap(octets)
    if (file === undefined || extensionOf(file.name) !== extensionOf(name))
      return { form: 'zip', findings: [{ code: isCalledPdf(name, contentType) ? 'zip-broken' : 'not-a-pdf' }] }
    const inner = {
      name: printable(file.name),
      octets: file.octets.length,
      sha256: createHash('sha256').update(file.octets).digest('hex'),
    }
    if (startsWith(file.octets, PDF)) return { form: 'zip', inner, pdf: examinePdf(file.octets), findings: [] }
    return { form: 'zip', inner, findings: [notPdf(file.octets, name, contentType)] }
  } catch (error) {
    return { form: 'zip', findings: [findingOf(error)] }
  }
}

/** A file that is called a PDF and is none is damaged, or somebody hopes that it is opened all the same. */
function notPdf(octets: Uint8Array, name: string, contentType: string): Finding {
  if (!isCalledPdf(name, contentType)) return { code: 'not-a-pdf' }
  const beginning = Buffer.from(octets.subarray(0, 1024)).toString('latin1')
  return { code: beginning.includes('%PDF') ? 'pdf-header-displaced' : 'pdf-broken' }
}

const PDF = Buffer.from('%PDF-')
const ZIP = Buffer.from('PK\x03\x04')
/** Files that are a ZIP themselves. */
const ARCHIVES = new Set([
  'zip',
  'docx',
  'xlsx',
  'pptx',
  'docm',
  'xlsm',
  'pptm',
  'odt',
  'ods',
  'odp',
  'epub',
  'jar',
  'kmz',
])

function isCalledPdf(name: string, contentType: string): boolean {
  return extensionOf(name) === 'pdf' || /^application\/pdf\b/i.test(contentType)
}

function extensionOf(name: string): string {
  return /\.([^./\\]{1,10})$/.exec(name.trim())?.[1]?.toLowerCase() ?? ''
}

/** A name from a stranger, without what would make it look like another, or be more than a name. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/gu, '').slice(0, 200)
}

function startsWith(octets: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((octet, i) => octets[i] === octet)
}
