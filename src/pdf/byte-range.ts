import type { Finding } from './findings.ts'
import { countOf, isArray, isString, type PdfDictionary } from './values.ts'

/** What a signature covers: everything up to `end` but its own value between `gapStart` and `gapEnd`. */
export interface SignedRange {
  readonly gapStart: number
  readonly gapEnd: number
  readonly end: number
  /** The octets written in the gap. */
  readonly contents: Uint8Array
}

/**
 * The byte range, if it is the one honest kind there is: from the first octet to an end, leaving out exactly the string
 * that is the signature's own `Contents`. Ranges that begin later, overlap, run backwards, leave out more, or surround
 * another signature's value are how signed PDFs have been forged.
 * @see ISO 32000-2 §12.8.1; EN 319 142-1 §5.4
 */
export function signedRange(
  { entries, start, end: dictionaryEnd }: PdfDictionary,
  octets: Uint8Array,
): SignedRange | Finding {
  const contents = entries.get('Contents')
  if (!isString(contents) || contents.form !== 'hexadecimal' || contents.octets.length === 0)
    return { code: 'contents-malformed' }
  const range = entries.get('ByteRange')
  const numbers = (isArray(range) ? range.items : []).map(countOf)
  const [first, gapStart, gapEnd, length, ...more] = numbers
  if (first !== 0 || !gapStart || !gapEnd || !length || more.length > 0) return { code: 'byte-range-malformed' }
  const end = gapEnd + length
  if (gapEnd <= gapStart || end > octets.length)
    return { code: 'byte-range-malformed', detail: `0 ${gapStart} ${gapEnd} ${length} of ${octets.length}` }
  if (contents.start !== gapStart || contents.end !== gapEnd || gapStart <= start || gapEnd >= dictionaryEnd)
    return {
      code: 'byte-range-elsewhere',
      detail: `${gapStart}–${gapEnd} is left out; the signature stands at ${contents.start}–${contents.end}`,
    }
  if (gapEnd - gapStart !== 2 * contents.octets.length + 2) return { code: 'contents-malformed' } // spaces, or half an octet
  return { gapStart, gapEnd, end, contents: contents.octets }
}
