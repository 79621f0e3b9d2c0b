import { type ErrorDetail, ParseOption, XmlDocument, XmlElement, type XmlNode, XmlParseError } from 'libxml2-wasm'
import { GatewayError } from '../base/index.ts'

/** One element, read without its prefix. */
export interface ElementView {
  readonly name: string
  readonly namespace: string
  /** Line in the file. */
  readonly line: number
  /** Local names from the root, with a position where the name is repeated: `/edXML/…/To[2]/OrganId`. */
  readonly path: string
  /** The text of an element without children; '' otherwise. */
  readonly text: string
  readonly children: readonly ElementView[]
}

/** Parses once, for validation and reading. The caller disposes of the document. */
export function parseSkeleton(xml: Uint8Array): XmlDocument {
  const option: ParseOption =
    ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_BIG_LINES
  try {
    return XmlDocument.fromBuffer(xml, { option })
  } catch (error) {
    if (!(error instanceof XmlParseError)) throw error
    const detail: ErrorDetail | undefined = error.details[0]
    const line = detail?.line ?? 0
    throw new GatewayError('not-well-formed', `Line ${line}: ${error.message.trim()}`, { line }, { cause: error })
  }
}

/** The tree below an element as plain objects, so that nothing later touches the parser's memory. */
export function viewOf(element: XmlElement, path = `/${element.name}`): ElementView {
  const elements = [...childElements(element)]
  const names = new Map<string, number>()
  for (const { name } of elements) names.set(name, (names.get(name) ?? 0) + 1)
  const seen = new Map<string, number>()
  const children = elements.map((child) => {
    const position = (seen.get(child.name) ?? 0) + 1
    seen.set(child.name, position)
    return viewOf(child, `${path}/${child.name}${(names.get(child.name) ?? 0) > 1 ? `[${position}]` : ''}`)
  })
  const { name, namespaceUri: namespace, line } = element
  return { name, namespace, line, path, text: children.length === 0 ? element.content : '', children }
}

/** The path of a node as `ElementView` shows it. */
export function pathOf(node: XmlNode): string {
  if (!(node instanceof XmlElement)) return node.parent === null ? '' : pathOf(node.parent)
  const { parent } = node
  if (parent === null) return `/${node.name}`
  const twins = [...childElements(parent)].filter(({ name }) => name === node.name)
  const position = twins.findIndex((twin) => twin.isSameNode(node)) + 1
  return `${pathOf(parent)}/${node.name}${twins.length > 1 ? `[${position}]` : ''}`
}

function* childElements(element: XmlElement): Generator<XmlElement> {
  for (let child = element.firstChild; child !== null; child = child.next) if (child instanceof XmlElement) yield child
}
