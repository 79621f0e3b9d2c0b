import { GatewayError } from '../base/index.ts'
import type { Message } from '../message/index.ts'
import type { SignedContent } from '../signature/index.ts'
import { holdsAnything } from './fields.ts'
import { QCVN } from './names.ts'
import { mayRepeat, pointerOf } from './pointers.ts'
import type { ElementView } from './skeleton.ts'

/**
 * Refuses packages of builders who follow no sample, and says what the standard writes instead (TOL-15).
 * @throws {GatewayError} not-edxml
 */
export function requireKnownDialect(view: ElementView): void {
  for (const child of view.children) {
    const expected = foreignDialect.get(child.name) ?? foreignDialect.get(`${view.name}/${child.name}`)
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

/**
 * Document or status, never both (BR-01).
 * @throws {GatewayError} business-rule-violation
 */
export function formOf(header: ElementView, content: SignedContent): Message['form'] {
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

/**
 * A single-valued element that stands twice would let two readers read two things.
 * @throws {GatewayError} element-repeated
 */
export function requireNoRepetition(view: ElementView, form: Message['form']): void {
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
        field: pointerOf(child.path, form) || child.path,
        expected: `one ${child.name}`,
      })
    }
    seen.add(name)
  }
}

/** Names that builders use who never saw a sample (edXML notes §4.11, TOL-15), and the names of the standard. */
const foreignDialect: ReadonlyMap<string, string> = new Map([
  ['Promulgator', 'From and PromulgationInfo'],
  ['Signer', 'SignerInfo'],
  ['FileName', 'AttachmentName'],
  ['Manifest/Attachment', 'edXMLManifest/Reference'],
  ['edXMLManifest/Attachment', 'edXMLManifest/Reference'],
])

const ofDocument: ReadonlySet<string> = new Set(['To', 'DocumentId', 'Code', 'PromulgationInfo', 'Subject'])
const ofStatus: ReadonlySet<string> = new Set(['StatusCode', 'Timestamp'])

function formViolation({ path, line }: ElementView, form: Message['form'], text: string): GatewayError {
  const field = pointerOf(path, form) ?? path
  const detail = { rule: 'BR-01', field, line, expected: 'a document or a status' }
  return new GatewayError('business-rule-violation', `Line ${line}: BR-01: ${text}`, detail)
}
