import { GatewayError } from '../base/index.ts'
import { type Element, holdsOnlyElements, isElement } from './element.ts'
import { namespaces } from './names.ts'
import { readable } from './octet-text.ts'
import { lineOf, type Skeleton } from './skeleton.ts'

/** The parts of a package that are signed, each at the only place where it may stand. */
export interface Places {
  readonly messageHeader: Element
  readonly traceHeaderList?: Element
  readonly body?: Element
  /** Only when the whole document is at hand. */
  readonly attachments?: Element
}

export interface Layout {
  readonly places: Places
  readonly signature: Element
  /** By value of their Id. */
  readonly ids: ReadonlyMap<string, Element>
  /** Every value that someone may take for an id: none may stand again. */
  readonly taken: ReadonlySet<string>
}

/**
 * Finds the one signature and the parts, and refuses everything that stands around them: the wrappers hold the parts
 * and white space, so nothing unsigned can be taken for signed (architecture, the wire).
 * @throws {GatewayError} not-edxml | comment-or-instruction | xsi-attribute | id-not-unique | signature-missing |
 *   signature-repeated | signature-misplaced | unexpected-content | reference-elsewhere
 */
export function requireLayout(skeleton: Skeleton): Layout {
  const header = requireSkeleton(skeleton)
  requireNoIntrusion(skeleton)
  requireNoXsiAttributes(skeleton)
  const { ids, taken } = collectIds(skeleton)
  const signature = requireOneSignature(skeleton, header)
  return { places: requirePlaces(skeleton, header), signature, ids, taken }
}

/** The same for a document whose signature was cut out, as the enveloped-signature transform does. */
export function requirePlaces(skeleton: Skeleton, header = requireSkeleton(skeleton)): Places {
  const { root } = skeleton
  const envelope = childrenAt(skeleton, root, ['edXMLEnvelope', 'AttachmentEncoded'])
  const parts = childrenAt(skeleton, envelope.edXMLEnvelope ?? root, ['edXMLHeader', 'edXMLBody'])
  const signed = childrenAt(skeleton, header, ['MessageHeader', 'TraceHeaderList'])
  if (signed.MessageHeader === undefined) return refuseMissingHeader(skeleton)
  return {
    messageHeader: signed.MessageHeader,
    ...(signed.TraceHeaderList && { traceHeaderList: signed.TraceHeaderList }),
    ...(parts.edXMLBody && { body: parts.edXMLBody }),
    ...(envelope.AttachmentEncoded && { attachments: envelope.AttachmentEncoded }),
  }
}

/** Root, envelope and header, matched by namespace and local name, never by prefix (edXML notes §4.11, TOL-01, TOL-04, TOL-15). */
function requireSkeleton({ root }: Skeleton): Element {
  if (root.namespace !== namespaces.edxml) {
    const found = root.namespace === '' ? 'no namespace' : `the namespace ${readable(root.namespace)}`
    refuseForm(`The root ${readable(root.name)} has ${found}; ${namespaces.edxml} is right.`)
  }
  if (root.local !== 'edXML') refuseForm(`The root element is ${readable(root.local)}; edXML is right.`)
  const envelope = root.children.find((child) => isElement(child, namespaces.edxml, 'edXMLEnvelope'))
  if (envelope === undefined) refuseForm('The root edXML holds no edXMLEnvelope.')
  const header = envelope.children.find((child) => isElement(child, namespaces.edxml, 'edXMLHeader'))
  if (header === undefined) refuseForm('edXMLEnvelope holds no edXMLHeader.')
  return header
}

/** Comments and instructions vanish in canonical forms, and CDATA hides markup: none of them may stand in the root. */
function requireNoIntrusion({ text, root, intrusion, cdata }: Skeleton): void {
  if (intrusion !== undefined) {
    const line = lineOf(text, intrusion)
    if (root.end >= 0 && intrusion >= root.end) refuseContent(line, 'A comment or instruction follows the root')
    throw new GatewayError('comment-or-instruction', `A comment or processing instruction stands on line ${line}.`, {
      line,
    })
  }
  if (cdata !== undefined) refuseContent(lineOf(text, cdata), 'A CDATA section stands in the package')
}

function requireNoXsiAttributes({ text, elements }: Skeleton): void {
  for (const element of elements) {
    for (const { name } of element.attributes) {
      const colon = name.indexOf(':')
      if (colon < 0 || element.scope.get(name.slice(0, colon)) !== namespaces.xsi) continue
      throw new GatewayError('xsi-attribute', `The element ${readable(element.name)} has the attribute ${name}.`, {
        line: lineOf(text, element.start),
      })
    }
  }
}

/**
 * An Id is an attribute `Id`; `ID` and `id` are left-overs of older forms (edXML notes §4.2) that some verifiers take
 * for ids too, so their values share one set. `xml:id` is an id for every XML tool and never ours.
 */
function collectIds({ text, elements }: Skeleton): Pick<Layout, 'ids' | 'taken'> {
  const taken = new Set<string>()
  const ids = new Map<string, Element>()
  for (const element of elements) {
    for (const { name, value } of element.attributes) {
      if (name !== 'Id' && name !== 'ID' && name !== 'id' && name !== 'xml:id') continue
      if (taken.has(value) || name === 'xml:id') {
        throw new GatewayError(
          'id-not-unique',
          `The attribute ${name}="${readable(value)}" is a second id or an xml:id.`,
          {
            value: readable(value),
            line: lineOf(text, element.start),
          },
        )
      }
      taken.add(value)
      if (name === 'Id') ids.set(value, element)
    }
  }
  return { ids, taken }
}

/** Only a ds:Signature is one: the empty or invented placeholders of other software are none (edXML notes §4.8). */
function requireOneSignature({ text, elements }: Skeleton, header: Element): Element {
  const [signature, second] = elements.filter((element) => isElement(element, namespaces.ds, 'Signature'))
  if (signature === undefined) {
    throw new GatewayError('signature-missing', `edXMLHeader holds no Signature of the namespace ${namespaces.ds}.`)
  }
  if (second !== undefined) {
    throw new GatewayError('signature-repeated', 'The package has a second Signature.', {
      line: lineOf(text, second.start),
    })
  }
  if (header.children.at(-1) !== signature) {
    const line = lineOf(text, signature.start)
    throw new GatewayError(
      'signature-misplaced',
      `The Signature on line ${line} is not the last child of edXMLHeader.`,
      { line },
    )
  }
  return signature
}

/** The children of a wrapper: each of the names at most once, in any order, and nothing else; no attributes. */
function childrenAt<Name extends string>(
  { text }: Skeleton,
  wrapper: Element,
  names: readonly Name[],
): Partial<Record<Name, Element>> {
  const found: Partial<Record<Name, Element>> = {}
  if (wrapper.attributes.length > 0)
    refuseContent(lineOf(text, wrapper.start), `${readable(wrapper.name)} has attributes`)
  if (!holdsOnlyElements(text, wrapper))
    refuseContent(lineOf(text, wrapper.start), `${readable(wrapper.name)} holds text`)
  for (const child of wrapper.children) {
    if (isElement(child, namespaces.ds, 'Signature')) continue // its place was checked
    const name = names.find((candidate) => isElement(child, namespaces.edxml, candidate))
    if (name === undefined || found[name] !== undefined) {
      refuseContent(
        lineOf(text, child.start),
        `${readable(wrapper.name)} holds ${name === undefined ? '' : 'a second '}${readable(child.name)}`,
      )
    }
    found[name] = child
  }
  return found
}

/** A header that was moved away is the classical wrapping attack; one that never was is another format. */
function refuseMissingHeader({ text, elements }: Skeleton): never {
  const moved = elements.find((element) => isElement(element, namespaces.edxml, 'MessageHeader'))
  if (moved === undefined) refuseForm('edXMLHeader holds no MessageHeader.')
  throw new GatewayError('reference-elsewhere', 'The MessageHeader does not stand in edXMLHeader.', {
    line: lineOf(text, moved.start),
  })
}

function refuseForm(message: string): never {
  throw new GatewayError('not-edxml', message, { expected: `{${namespaces.edxml}}edXML` })
}

function refuseContent(line: number, what: string): never {
  throw new GatewayError('unexpected-content', `${what} (line ${line}).`, { line })
}
