import { GatewayError, limits } from '../base/index.ts'
import { type Attribute, type OpenElement, refuseStructure } from './element.ts'
import { decodeReferences } from './octet-text.ts'

/**
 * Reads the start tag at an offset.
 * @returns undefined when it is none: libxml2 will say why
 * @throws {GatewayError} structure-limit | unexpected-content
 */
export function openElement(text: string, start: number, parent: OpenElement | undefined): OpenElement | undefined {
  const nameEnd = endOfName(text, start + 1)
  if (nameEnd === start + 1) return undefined
  const name = text.slice(start + 1, nameEnd)
  let attributes: readonly Attribute[] = []
  let declared: readonly string[] = []
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
    children: NO_CHILDREN,
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

/** What an element without children has: one list for all of them. */
export const NO_CHILDREN: readonly never[] = []
const XML_SCOPE: ReadonlyMap<string, string> = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']])

// Not \s: in octet text it would match the second half of letters such as à (C3 A0).
const ATTRIBUTE = /[ \t\r\n]+([^ \t\r\n<>/="'&]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y
const TAG_END = /[ \t\r\n]*(\/?)>/y
const NOT_PLAIN_IN_VALUE = /[\t\n\r]|&(?!(?:amp|lt|quot|#x9|#xA|#xD);)/
