import { GatewayError, limits } from '../base/index.ts'
import { type Element, isElement, type OpenElement, refuseStructure } from './element.ts'
import { namespaces } from './names.ts'
import { octetText } from './octet-text.ts'
import { NO_CHILDREN, openElement } from './start-tag.ts'

export interface Skeleton {
  readonly text: string
  readonly root: Element
  /** In document order. */
  readonly elements: readonly Element[]
  /** Offset of the first comment or processing instruction, and of the first CDATA section, behind the start of the root. */
  readonly intrusion: number | undefined
  readonly cdata: number | undefined
  /** The text ends before the root does: the attachments follow in later chunks. */
  readonly open: boolean
}

/**
 * Reads where the elements are, in one pass and within the limits, so that a hostile file is given up before any
 * tree is built. Whether the text is XML at all is not decided here but by libxml2 (well-formed.ts); on well-formed
 * text without a DTD this reading is unambiguous.
 *
 * @param text one character per octet (octet-text.ts)
 * @param bounds the limits; none for what was canonicalized, where one declaration of the file can become thousands
 * @returns undefined when the markup makes no sense: libxml2 will say why
 * @throws {GatewayError} structure-limit | doctype-not-allowed | unexpected-content
 */
export function readSkeleton(text: string, bounds: Bounds = limits): Skeleton | undefined {
  const elements: OpenElement[] = []
  const hasSpecials = SPECIAL_IN_TEXT.test(text)
  let declarations = 0
  let attributes = 0
  let intrusion: number | undefined
  let cdata: number | undefined
  let root: OpenElement | undefined
  let current: OpenElement | undefined
  let depth = 0
  let at = 0
  for (;;) {
    const tag = text.indexOf('<', at)
    if (tag < 0) break
    if (tag > at && current !== undefined) {
      if (tag - at > bounds.textCharacters) requireShortText(text, at, tag, current)
      current.plain &&= text.indexOf('>', at) > tag && !(hasSpecials && NOT_PLAIN_IN_TEXT.test(text.slice(at, tag)))
    }
    const next = text.charCodeAt(tag + 1)
    if (next === SLASH) {
      if (current === undefined) return undefined
      at = closeElement(text, tag, current)
      if (at < 0) return undefined
      if (current.parent !== undefined) current.parent.plain &&= current.plain
      current = current.parent
      depth -= 1
    } else if (next === BANG || next === QUESTION) {
      if (text.startsWith('<![CDATA[', tag)) {
        if (current === undefined) return undefined
        current.plain = false
        cdata ??= tag
        at = behind(text, ']]>', tag)
      } else {
        if (text.startsWith('<!D', tag)) refuseDoctype()
        if (root !== undefined) intrusion ??= tag
        at = next === BANG ? behind(text, '-->', tag) : behind(text, '?>', tag)
      }
      if (at < 0) return undefined
    } else {
      if (root !== undefined && current === undefined) return undefined
      const element = openElement(text, tag, current)
      if (element === undefined) return undefined
      root ??= element
      elements.push(element)
      if (current !== undefined) addChild(current, element)
      declarations += element.declared.length
      attributes += element.attributes.length
      if (elements.length > bounds.elements) refuseStructure('elements', bounds.elements)
      if (depth + 1 > bounds.depth) refuseStructure('levels of nesting', bounds.depth)
      if (attributes > bounds.attributes) refuseStructure('attributes', bounds.attributes)
      if (declarations > bounds.namespaceDeclarations) {
        refuseStructure('namespace declarations', bounds.namespaceDeclarations)
      }
      at = element.contentStart
      if (element.end >= 0) {
        if (current !== undefined) current.plain = false
      } else {
        current = element
        depth += 1
      }
    }
  }
  if (root === undefined || (current !== undefined && current !== root)) return undefined
  return { text, root, elements, intrusion, cdata, open: current === root }
}

/**
 * For documents that are not read here: refuses a document type declaration in front of the root, where alone it may stand.
 * @throws {GatewayError} doctype-not-allowed
 */
export function requireNoDoctype(octets: Uint8Array): void {
  const text = octetText(octets)
  for (let tag = text.indexOf('<'); tag >= 0; tag = text.indexOf('<', tag)) {
    if (text.startsWith('<!D', tag)) refuseDoctype()
    const next = text.charCodeAt(tag + 1)
    if (next !== BANG && next !== QUESTION) return
    tag = next === BANG ? behind(text, '-->', tag) : behind(text, '?>', tag)
    if (tag < 0) return // not well-formed: libxml2 will say so
  }
}

/** The skeleton of octets that were canonicalized, so libxml2 has accepted them before. */
export function reread(octets: Uint8Array): Skeleton {
  const skeleton = readSkeleton(octetText(octets), UNBOUNDED)
  if (skeleton === undefined || skeleton.open)
    throw new GatewayError('not-well-formed', 'A signed part is not one whole element.')
  return skeleton
}

/** One-based line of an offset. */
export function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

type Bounds = Readonly<Record<'elements' | 'depth' | 'attributes' | 'namespaceDeclarations' | 'textCharacters', number>>
const UNBOUNDED: Bounds = {
  elements: Infinity,
  depth: Infinity,
  attributes: Infinity,
  namespaceDeclarations: Infinity,
  textCharacters: Infinity,
}

const SLASH = 0x2f
const BANG = 0x21
const QUESTION = 0x3f

// Canonical XML 1.0 §2.3: which characters stand for themselves in text and in values, and which are written as references.
const SPECIAL_IN_TEXT = /[&\r]/
const NOT_PLAIN_IN_TEXT = /\r|&(?!(?:amp|lt|gt|#xD);)/

/** Most elements have no children, and are many: the list is made for the first one. */
function addChild(parent: OpenElement, child: OpenElement): void {
  if (parent.children === NO_CHILDREN) parent.children = [child]
  else (parent.children as OpenElement[]).push(child)
}

/** Whether start and end tag have one name is for libxml2 to say. */
function closeElement(text: string, tag: number, element: OpenElement): number {
  const end = text.indexOf('>', tag)
  if (end < 0) return -1
  if (end !== tag + 2 + element.name.length) element.plain = false
  element.contentEnd = tag
  element.end = end + 1
  return element.end
}

function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at < 0 ? -1 : at + mark.length
}

/** Base64 is bounded by the size of the file; every other text by its characters. */
function requireShortText(text: string, from: number, to: number, element: Element | undefined): void {
  if (element !== undefined && isElement(element, namespaces.edxml, 'ContentTransferEncoded')) return
  if (Buffer.from(text.slice(from, to), 'latin1').toString().length > limits.textCharacters) {
    refuseStructure('characters in one text', limits.textCharacters)
  }
}

function refuseDoctype(): never {
  throw new GatewayError(
    'doctype-not-allowed',
    'A document type declaration stands before the root; there must be none.',
  )
}
