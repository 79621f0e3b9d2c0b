import type { SignedContent } from '../signature/index.ts'
import { PREFIX, QCVN } from './names.ts'

/**
 * The package as it would be without everything that was not signed. The wrappers are ours; they bind no default
 * namespace, so that an element of no namespace stays one. Empty lines put the parts where they stand in the file.
 */
export function composeSkeleton(content: SignedContent): Uint8Array {
  const pieces: Uint8Array[] = []
  let line = 1
  const add = (octets: Uint8Array): void => {
    pieces.push(octets)
    for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1)) line += 1
  }
  const addAt = (octets: Uint8Array | undefined, target: number | undefined): void => {
    if (octets === undefined) return
    if (target !== undefined && target > line) add(Buffer.alloc(target - line, LF))
    add(octets)
  }
  add(WRAPPERS.start)
  addAt(content.messageHeader, content.lines.messageHeader)
  addAt(content.traceHeaderList, content.lines.traceHeaderList)
  add(WRAPPERS.middle)
  addAt(content.body, content.lines.body)
  add(WRAPPERS.end)
  return Buffer.concat(pieces)
}

const LF = 10
const WRAPPERS = {
  start: Buffer.from(`<${PREFIX}:edXML xmlns:${PREFIX}="${QCVN}"><${PREFIX}:edXMLEnvelope><${PREFIX}:edXMLHeader>`),
  middle: Buffer.from(`</${PREFIX}:edXMLHeader>`),
  end: Buffer.from(`</${PREFIX}:edXMLEnvelope></${PREFIX}:edXML>`),
}
