import { XmlC14NMode, XmlElement } from 'libxml2-wasm'
import { QCVN } from './names.ts'
import { parseSkeleton } from './skeleton.ts'

/**
 * The canonical octets of Bussiness, cut out of those of TraceHeaderList. With one declaration on the apex, as we and
 * most others write, the cut gets that declaration; any other form is canonicalized again.
 */
export function bussinessOctets(traceHeaderList: Uint8Array | undefined): string | undefined {
  if (traceHeaderList === undefined) return undefined
  const text = Buffer.from(traceHeaderList).toString()
  const starts = [...text.matchAll(/<(?:[^\s<>/:]+:)?Bussiness(?=[\s>])/g)]
  const [start] = starts
  if (start === undefined) return undefined
  const [declaration, ...more] = text.matchAll(/ xmlns(?::[^\s=]+)?="[^"]*"/g)
  const prefix = start[0].slice(1).replace(/:?Bussiness$/, '')
  const isPlain = declaration?.[0] === ` xmlns${prefix === '' ? '' : `:${prefix}`}="${QCVN}"`
  if (!isPlain || more.length > 0 || starts.length > 1) return canonicalBussiness(traceHeaderList)
  const close = `</${start[0].slice(1)}>`
  const inside = start.index + start[0].length
  return `${start[0]}${declaration[0]}${text.slice(inside, text.lastIndexOf(close) + close.length)}`
}

function canonicalBussiness(traceHeaderList: Uint8Array): string | undefined {
  const document = parseSkeleton(traceHeaderList)
  try {
    const found = document.get('/*/q:Bussiness', { q: QCVN })
    if (!(found instanceof XmlElement)) return undefined
    return found.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 })
  } finally {
    document.dispose()
  }
}
