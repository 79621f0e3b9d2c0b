import {
  type ErrorDetail,
  ParseOption,
  XmlC14NMode,
  XmlDocument,
  XmlElement,
  type XmlNode,
  XmlParseError,
} from 'libxml2-wasm'
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
export function viewOf(
  element: XmlElement,
  textOf: TextOf = plainText,
  name = element.name,
  path = `/${name}`,
): ElementView {
  const { namespaceUri: namespace, line } = element
  const elements = childElements(element)
  if (elements.length === 0) return { name, namespace, line, path, text: textOf(element), children: NONE }
  const names = elements.map((child) => child.name)
  const steps = stepsOf(names)
  const children = elements.map((child, index) => viewOf(child, textOf, names[index], `${path}/${steps[index] ?? ''}`))
  return { name, namespace, line, path, text: '', children }
}

const NONE: readonly never[] = []

type TextOf = (element: XmlElement) => string

const plainText: TextOf = ({ content }) => content

/**
 * How texts of this file are read. What the parser hands out loses a U+FEFF at its beginning, as if it were the mark of
 * an encoding; a file that holds one is read from its canonical form, which is slower.
 */
export function textReader(xml: Uint8Array): TextOf {
  return Buffer.from(xml.buffer, xml.byteOffset, xml.length).includes('\ufeff') ? canonicalText : plainText
}

/** Canonical XML 1.0 §1.1: four characters are escaped in a text, and no CDATA is left. */
function canonicalText(element: XmlElement): string {
  return element
    .canonicalizeToString({ mode: XmlC14NMode.XML_C14N_1_0 })
    .replace(/^<[^\s>]+(?:\s[^=]+="[^"]*")*>/, '')
    .replace(/<\/[^<]*>$/, '')
    .replace(/<\?[\s\S]*?\?>/g, '')
    .replace(/&(?:amp|lt|gt|#xD);/g, (escaped) => ESCAPED[escaped] ?? escaped)
}

const ESCAPED: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&#xD;': '\r' }

/** The path of a node as `ElementView` shows it. */
export function pathOf(node: XmlNode): string {
  if (!(node instanceof XmlElement)) return node.parent === null ? '' : pathOf(node.parent)
  const { parent } = node
  if (parent === null) return `/${node.name}`
  const siblings = childElements(parent)
  const index = siblings.findIndex((sibling) => sibling.isSameNode(node))
  return `${pathOf(parent)}/${stepsOf(siblings.map(({ name }) => name))[index] ?? node.name}`
}

/** The names as steps of a path: `To[2]` for the second of several, the name alone where it stands once. */
function stepsOf(names: readonly string[]): readonly string[] {
  if (new Set(names).size === names.length) return names
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const seen = new Map<string, number>()
  return names.map((name) => {
    const position = (seen.get(name) ?? 0) + 1
    seen.set(name, position)
    return counts.get(name) === 1 ? name : `${name}[${position}]`
  })
}

function childElements(element: XmlElement): XmlElement[] {
  const children: XmlElement[] = []
  for (let child = element.firstChild; child !== null; child = child.next)
    if (child instanceof XmlElement) children.push(child)
  return children
}
