/** What attackers do to signed PDFs, by hand, octet by octet. */

export interface Places {
  readonly gapStart: number
  readonly gapEnd: number
  readonly length: number
}

/** The byte range of the last signature. */
export function byteRangeOf(pdf: Uint8Array): Places {
  const found = [...textOf(pdf).matchAll(/\/ByteRange \[0 +(\d+) +(\d+) +(\d+) *\]/g)].at(-1)
  if (found === null || found === undefined) throw new Error('there is no byte range')
  const [, gapStart = '', gapEnd = '', length = ''] = found
  return { gapStart: Number(gapStart), gapEnd: Number(gapEnd), length: Number(length) }
}

/** Other numbers in the place of the last byte range, as long as the old ones, so that nothing moves. */
export function withByteRange(pdf: Uint8Array, written: string): Buffer {
  const text = textOf(pdf)
  const at = text.lastIndexOf('/ByteRange')
  const end = text.indexOf(']', at) + 1
  let room = end
  while (text[room] === ' ') room++
  const fresh = `/ByteRange ${written}`
  if (fresh.length > room - at) throw new Error(`${written} does not fit`)
  return octetsOf(text.slice(0, at) + fresh.padEnd(room - at) + text.slice(room))
}

/** Other text in the place of the signature value, as long as the old one. */
export function withContents(pdf: Uint8Array, change: (hex: string) => string): Buffer {
  const { gapStart, gapEnd } = byteRangeOf(pdf)
  const text = textOf(pdf)
  const fresh = change(text.slice(gapStart + 1, gapEnd - 1))
  if (fresh.length !== gapEnd - gapStart - 2) throw new Error('the signature value must keep its length')
  return octetsOf(`${text.slice(0, gapStart + 1)}${fresh}${text.slice(gapEnd - 1)}`)
}

export function replaced(pdf: Uint8Array, from: string | RegExp, to: string): Buffer {
  const text = textOf(pdf)
  const fresh = text.replace(from, to)
  if (fresh === text) throw new Error(`${from} is not there`)
  return octetsOf(fresh)
}

export interface Increment {
  /** Number → what stands between `obj` and `endobj`. */
  readonly objects?: Readonly<Record<number, string>>
  /** Number → offset: objects that are said to be elsewhere. */
  readonly moved?: Readonly<Record<number, number>>
  /** Instead of the last Root. */
  readonly trailer?: string
  /** Octets before the section. */
  readonly stray?: string
  /** `none`: no section, no trailer; `old`: the last startxref again. */
  readonly section?: 'table' | 'none' | 'old'
}

/** A further saving, written by hand. */
export function incremented(
  pdf: Uint8Array,
  { objects = {}, moved = {}, trailer, stray = '', section = 'table' }: Increment,
): Buffer {
  const text = textOf(pdf)
  const previous = Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(text)?.[1])
  const root = [...text.matchAll(/\/Root (\d+ \d+ R)/g)].at(-1)?.[1]
  const places = new Map(Object.entries(moved).map(([n, offset]) => [Number(n), offset]))
  let body = text.endsWith('\n') ? text : `${text}\n`
  for (const [n, value] of Object.entries(objects)) {
    places.set(Number(n), body.length)
    body += `${n} 0 obj\n${value}\nendobj\n`
  }
  body += stray
  if (section === 'none') return octetsOf(body)
  if (section === 'old') return octetsOf(`${body}startxref\n${previous}\n%%EOF\n`)
  const lines = [...places]
    .sort(([a], [b]) => a - b)
    .map(([n, offset]) => `${n} 1\n${String(offset).padStart(10, '0')} 00000 n \n`)
  const table = `xref\n${lines.join('')}trailer\n<</Size 1000 /Prev ${previous} ${trailer ?? `/Root ${root}`}>>\n`
  return octetsOf(`${body}${table}startxref\n${body.length}\n%%EOF\n`)
}

/** The text of an object as it stands last in the file. */
export function objectOf(pdf: Uint8Array, n: number): string {
  const found = [...textOf(pdf).matchAll(new RegExp(`(?:^|\\s)${n} 0 obj\\s(.*?)\\sendobj`, 'gs'))].at(-1)
  if (found?.[1] === undefined) throw new Error(`there is no object ${n}`)
  return found[1]
}

/** A stream object with this text. */
export function stream(text: string, keys = ''): string {
  return `<<${keys} /Length ${text.length}>>\nstream\n${text}\nendstream`
}

/** A document of one page, written by hand: object 4 is what the page shows. `more` may change or add objects. */
export function handmade(more: Readonly<Record<number, string>> = {}, header = '%PDF-1.7\n'): Buffer {
  const objects: Readonly<Record<number, string>> = {
    1: '<</Type /Catalog /Pages 2 0 R>>',
    2: '<</Type /Pages /Kids [3 0 R] /Count 1>>',
    3: '<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <<>>>>',
    4: stream('0 0 m 100 100 l S'),
    ...more,
  }
  let body = header
  const numbers = Object.keys(objects).map(Number)
  const places = numbers.map((n) => {
    const at = body.length
    body += `${n} 0 obj\n${objects[n]}\nendobj\n`
    return `${n} 1\n${String(at).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 1\n0000000000 65535 f \n${places.join('')}trailer\n<</Size ${Math.max(...numbers) + 1} /Root 1 0 R>>\n`
  return octetsOf(`${body}${table}startxref\n${body.length}\n%%EOF\n`)
}

export function textOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1')
}

export function octetsOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
