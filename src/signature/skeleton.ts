import { GatewayError, limits } from '../base/index.ts'
import { namespaces } from './names.ts'
import { decodeReferences, octetText } from './octet-text.ts'

/** One element of the markup: where it stands and what it is called. All offsets count octets. */
export interface Element {
  /** As written, with its prefix. */
  readonly name: string
  readonly local: string
  /** '' = none. */
  readonly namespace: string
  readonly attributes: readonly Attribute[]
  /** Prefixes declared on this very element; '' is the default namespace. */
  readonly declared: readonly string[]
  /** Every prefix in scope. */
  readonly scope: ReadonlyMap<string, string>
  readonly parent: Element | undefined
  readonly children: readonly Element[]
  /** Of `<`, and just behind the name in the start tag. */
  readonly start: number
  readonly nameEnd: number
  /** Behind the start tag, of the end tag, and behind the end tag. -1 while open. */
  readonly contentStart: number
  readonly contentEnd: number
  readonly end: number
  /** Tags and texts, its own and those inside, are written as Canonical XML writes them (canonical-form.ts). */
  readonly plain: boolean
}

export interface Attribute {
  readonly name: string
  readonly value: string
}

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
      if (tag - at > limits.textCharacters) requireShortText(text, at, tag, current)
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

export function isElement(element: Element, namespace: string, local: string): boolean {
  return element.local === local && element.namespace === namespace
}

export function attributeOf(element: Element, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name)?.value
}

/** Does the element hold, beside its children, nothing but white space? */
export function holdsOnlyElements(text: string, element: Element): boolean {
  let at = element.contentStart
  for (const child of element.children) {
    if (!isBlank(text, at, child.start)) return false
    at = child.end
  }
  return isBlank(text, at, element.contentEnd < 0 ? text.length : element.contentEnd)
}

/** One-based line of an offset. */
export function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

type Bounds = Readonly<Record<'elements' | 'depth' | 'attributes' | 'namespaceDeclarations', number>>
const UNBOUNDED: Bounds = { elements: Infinity, depth: Infinity, attributes: Infinity, namespaceDeclarations: Infinity }

interface OpenElement extends Element {
  readonly parent: OpenElement | undefined
  children: readonly OpenElement[]
  contentEnd: number
  end: number
  plain: boolean
}

const SLASH = 0x2f
const BANG = 0x21
const QUESTION = 0x3f
const NOTHING: readonly never[] = []
const XML_SCOPE: ReadonlyMap<string, string> = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']])

// Not \s: in octet text it would match the second half of letters such as à (C3 A0).
const ATTRIBUTE = /[ \t\r\n]+([^ \t\r\n<>/="'&]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y
const TAG_END = /[ \t\r\n]*(\/?)>/y
// Canonical XML 1.0 §2.3: which characters stand for themselves in text and in values, and which are written as references.
const SPECIAL_IN_TEXT = /[&\r]/
const NOT_PLAIN_IN_TEXT = /\r|&(?!(?:amp|lt|gt|#xD);)/
const NOT_PLAIN_IN_VALUE = /[\t\n\r]|&(?!(?:amp|lt|quot|#x9|#xA|#xD);)/
const NOT_BLANK = /[^ \t\r\n]/

function openElement(text: string, start: number, parent: OpenElement | undefined): OpenElement | undefined {
  const nameEnd = endOfName(text, start + 1)
  if (nameEnd === start + 1) return undefined
  const name = text.slice(start + 1, nameEnd)
  let attributes: readonly Attribute[] = NOTHING
  let declared: readonly string[] = NOTHING
  let scope = parent?.scope ?? XML_SCOPE
  let contentStart = nameEnd + 1
  let empty = false
  let plain = true
  if (text.charCodeAt(nameEnd) !== 0x3e) {
    const written = readAttributes(text, nameEnd)
    TAG_END.lastIndex = written.end
    const tagEnd = TAG_END.exec(text)
    if (tagEnd === null) return undefined
    empty = tagEnd[1] === '/'
    contentStart = TAG_END.lastIndex
    plain = written.plain && !empty && tagEnd[0].length === 1
    attributes = written.attributes
    if (written.namespaces !== undefined) {
      declared = [...written.namespaces.keys()]
      scope = new Map([...scope, ...written.namespaces])
    }
  }
  const { prefix, local } = splitName(name)
  return {
    name,
    local,
    namespace: scope.get(prefix) ?? '',
    attributes,
    declared,
    scope,
    parent,
    children: NOTHING,
    start,
    nameEnd,
    contentStart,
    contentEnd: empty ? contentStart : -1,
    end: empty ? contentStart : -1,
    plain,
  }
}

function splitName(name: string): { prefix: string; local: string } {
  const colon = name.indexOf(':')
  return colon < 0 ? { prefix: '', local: name } : { prefix: name.slice(0, colon), local: name.slice(colon + 1) }
}

/** Where a name ends: at the first character that no name has. What else names may not have, libxml2 knows. */
function endOfName(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); isNameCode(code); code = text.charCodeAt(at)) at += 1
  return at
}

function isNameCode(code: number): boolean {
  return code > 0x3e || code === 0x3a || (code >= 0x2d && code <= 0x39 && code !== 0x2f)
}

/** Most elements have no children, and are many: the list is made for the first one. */
function addChild(parent: OpenElement, child: OpenElement): void {
  if (parent.children === NOTHING) parent.children = [child]
  else (parent.children as OpenElement[]).push(child)
}

function readAttributes(text: string, from: number) {
  const attributes: Attribute[] = []
  let namespaces: Map<string, string> | undefined
  let end = from
  let plain = true
  for (;;) {
    ATTRIBUTE.lastIndex = end
    const match = ATTRIBUTE.exec(text)
    if (match === null) return { attributes, namespaces, end, plain }
    const name = match[1] ?? ''
    const value = match[2] ?? match[3] ?? ''
    plain &&= text[end] === ' ' && match[2] !== undefined && match[0].length === name.length + value.length + 4
    plain &&= !NOT_PLAIN_IN_VALUE.test(value)
    end = ATTRIBUTE.lastIndex
    if (name === 'xmlns' || name.startsWith('xmlns:')) {
      plain &&= attributes.length === 0
      namespaces ??= new Map()
      namespaces.set(name.slice(6), requireNamespaceName(value))
    } else attributes.push({ name, value: value.includes('&') ? decodeReferences(value) : value })
    if (attributes.length > limits.attributesPerElement) {
      refuseStructure('attributes of one element', limits.attributesPerElement)
    }
  }
}

/** A namespace name written with references or quotes could read differently elsewhere, so it is refused. */
function requireNamespaceName(value: string): string {
  if (value.length > limits.namespaceNameOctets)
    refuseStructure('octets in a namespace name', limits.namespaceNameOctets)
  if (/[&"'\t\r\n]/.test(value)) {
    throw new GatewayError(
      'unexpected-content',
      'A namespace name must be written plainly, without references and quotes.',
      {
        value,
      },
    )
  }
  return value
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

function isBlank(text: string, from: number, to: number): boolean {
  return !NOT_BLANK.test(text.slice(from, to))
}

/** Base64 is bounded by the size of the file; every other text by its characters. */
function requireShortText(text: string, from: number, to: number, element: Element | undefined): void {
  if (element !== undefined && isElement(element, namespaces.edxml, 'ContentTransferEncoded')) return
  if (Buffer.from(text.slice(from, to), 'latin1').toString().length > limits.textCharacters) {
    refuseStructure('characters in one text', limits.textCharacters)
  }
}

function refuseStructure(what: string, limit: number): never {
  throw new GatewayError('structure-limit', `The package has more than ${limit} ${what}.`, { expected: limit })
}

function refuseDoctype(): never {
  throw new GatewayError(
    'doctype-not-allowed',
    'A document type declaration stands before the root; there must be none.',
  )
}
