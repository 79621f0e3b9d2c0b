import { Buffer } from 'node:buffer'
import { XmlC14NMode, XmlElement } from 'libxml2-wasm'
import { GatewayError } from '../base/index.ts'
import type { Message, ReadingWarning } from '../message/index.ts'
import { assertSignedContent, type SignedContent } from '../signature/index.ts'
import { contentDigest } from './canonical.ts'
import { Fields, holdsAnything } from './fields.ts'
import { PREFIX, QCVN } from './names.ts'
import { mayRepeat, pointerOf } from './pointers.ts'
import { readDocument, readStatus, type SignedParts } from './read-message.ts'
import { readingWarnings } from './reading-warnings.ts'
import { checkRules } from './rules.ts'
import { requireSchema } from './schema.ts'
import { type ElementView, parseSkeleton, viewOf } from './skeleton.ts'

export interface ReadEnvelope {
  readonly message: Message
  readonly warnings: readonly ReadingWarning[]
  /** Lower-case hex, see `contentDigest`. */
  readonly contentDigest: string
}

/**
 * Reads a verified package, tolerantly (edXML notes §4.11), from the octets that were digested and nothing else.
 * Verification must have come first: there is no other way to get a `SignedContent`.
 *
 * @param now For BR-09: the day in Vietnam.
 * @throws {GatewayError} not-edxml: made by a program that follows no sample (TOL-15)
 * @throws {GatewayError} schema-violation: not edXML-shaped; `line` and `path` in the file
 * @throws {GatewayError} element-repeated: a single-valued element stands twice
 * @throws {GatewayError} attachments-incomplete, business-rule-violation, secret-mark: the rules of edXML notes §4.9
 */
export function readEnvelope(content: SignedContent, now: Date): ReadEnvelope {
  assertSignedContent(content)
  const skeleton = parseSkeleton(composeSkeleton(content))
  try {
    const root = viewOf(skeleton.root)
    const parts = partsOf(root)
    requireKnownDialect(root)
    const form = formOf(parts.header, content)
    requireSchema(skeleton, 'read', form)
    requireNoRepetition(root, form)
    const message = withLine(root, form, () => {
      const read =
        form === 'status' ? readStatus(new Fields(parts.header)) : readDocument(fieldsOf(parts), content.attachments)
      return { read, odd: checkRules(read, now) }
    })
    return {
      message: message.read,
      warnings: [...message.odd, ...readingWarnings(message.read, root, content.attachments)],
      contentDigest: contentDigest(
        content.messageHeader,
        bussinessOctets(content.traceHeaderList),
        content.attachments,
      ),
    }
  } finally {
    skeleton.dispose()
  }
}

/**
 * The package as it would be without everything that was not signed. The wrappers are ours; they bind no default
 * namespace, so that an element of no namespace stays one. Empty lines put the parts where they stand in the file.
 */
function composeSkeleton(content: SignedContent): Uint8Array {
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

interface PartViews {
  readonly header: ElementView
  readonly trace: ElementView | undefined
  readonly manifest: ElementView | undefined
}

function partsOf(root: ElementView): PartViews {
  const envelope = root.children[0]
  const [wrapper, body] = envelope?.children ?? []
  const header = childOf(wrapper, 'MessageHeader')
  if (header === undefined) {
    throw new GatewayError('not-edxml', `MessageHeader is not in the namespace ${QCVN}.`, {
      expected: QCVN,
      rule: 'TOL-01',
    })
  }
  return {
    header,
    trace: childOf(wrapper, 'TraceHeaderList'),
    manifest: childOf(body, 'edXMLManifest') ?? childOf(body, 'Manifest'), // TOL-05
  }
}

function childOf(view: ElementView | undefined, name: string): ElementView | undefined {
  return view?.children.find((child) => child.name === name && child.namespace === QCVN)
}

function fieldsOf({ header, trace, manifest }: PartViews): SignedParts {
  return {
    messageHeader: new Fields(header),
    ...(trace === undefined ? {} : { traceHeaderList: new Fields(trace) }),
    ...(manifest === undefined ? {} : { manifest: new Fields(manifest) }),
  }
}

/** Names that builders use who never saw a sample (edXML notes §4.11, TOL-15), and the names of the standard. */
const foreignDialect: Readonly<Record<string, string>> = {
  Promulgator: 'From and PromulgationInfo',
  Signer: 'SignerInfo',
  FileName: 'AttachmentName',
  'Manifest/Attachment': 'edXMLManifest/Reference',
  'edXMLManifest/Attachment': 'edXMLManifest/Reference',
}

function requireKnownDialect(view: ElementView): void {
  for (const child of view.children) {
    const expected = foreignDialect[child.name] ?? foreignDialect[`${view.name}/${child.name}`]
    if (expected !== undefined && child.namespace === QCVN) {
      const text = `Line ${child.line}: ${child.name} is no element of edXML; the standard writes ${expected}.`
      throw new GatewayError('not-edxml', text, {
        rule: 'TOL-15',
        line: child.line,
        path: child.path,
        value: child.name,
        expected,
      })
    }
    requireKnownDialect(child)
  }
}

const ofDocument: ReadonlySet<string> = new Set(['To', 'DocumentId', 'Code', 'PromulgationInfo', 'Subject'])
const ofStatus: ReadonlySet<string> = new Set(['StatusCode', 'Timestamp'])

/** Document or status, never both (BR-01). */
function formOf(header: ElementView, content: SignedContent): Message['form'] {
  const named = header.children.filter((child) => child.namespace === QCVN && holdsAnything(child))
  const status = named.find(({ name }) => ofStatus.has(name))
  if (status === undefined) return 'document'
  const also = named.find(({ name }) => ofDocument.has(name))
  if (also !== undefined) {
    throw formViolation(also, 'document', `${status.name} makes this a status, ${also.name} a document.`)
  }
  const more = content.traceHeaderList ?? content.body ?? content.attachments[0]
  if (more === undefined) return 'status'
  throw formViolation(status, 'status', 'a status has no TraceHeaderList, body or attachments.')
}

function formViolation({ path, line }: ElementView, form: Message['form'], text: string): GatewayError {
  const field = pointerOf(path, form) ?? path
  const detail = { rule: 'BR-01', field, line, expected: 'a document or a status' }
  return new GatewayError('business-rule-violation', `Line ${line}: BR-01: ${text}`, detail)
}

function requireNoRepetition(view: ElementView, form: Message['form']): void {
  const seen = new Set<string>()
  for (const child of view.children) {
    requireNoRepetition(child, form)
    if (child.namespace !== QCVN) continue
    // Both names of the manifest are read, so one of each is two (TOL-05).
    const name = child.name === 'Manifest' ? 'edXMLManifest' : child.name
    if (seen.has(name) && !mayRepeat(view.name, child.name, form)) {
      throw new GatewayError('element-repeated', `Line ${child.line}: ${child.path} may stand once only.`, {
        line: child.line,
        path: child.path,
        field: pointerOf(child.path, form) ?? child.path,
        expected: `one ${child.name}`,
      })
    }
    seen.add(name)
  }
}

/** Adds to a broken rule the line of its field; where the field is absent, of what should hold it. */
function withLine<T>(root: ElementView, form: Message['form'], read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof GatewayError) || typeof error.detail['field'] !== 'string') throw error
    const line = lineOf(root, form, error.detail['field'])
    throw new GatewayError(error.code, `Line ${line}: ${error.message}`, { ...error.detail, line }, { cause: error })
  }
}

function lineOf(root: ElementView, form: Message['form'], pointer: string): number {
  let best = { length: -1, line: root.line }
  const look = (view: ElementView): void => {
    const own = pointerOf(view.path, form)
    const holds = own !== undefined && (pointer === own || pointer.startsWith(`${own}/`))
    if (holds && own.length > best.length) best = { length: own.length, line: view.line }
    view.children.forEach(look)
  }
  look(root)
  return best.line
}

/**
 * The canonical octets of Bussiness, cut out of those of TraceHeaderList. With one declaration on the apex, as we and
 * most others write, the cut gets that declaration; any other form is canonicalized again.
 */
function bussinessOctets(traceHeaderList: Uint8Array | undefined): string | undefined {
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
