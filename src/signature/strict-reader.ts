import { GatewayError } from '../base/index.ts'
import { requireDigestMethod } from './algorithms.ts'
import { attributeOf, type Element, holdsOnlyElements, isElement } from './element.ts'
import { namespaces } from './names.ts'
import { decodeReferences, readable } from './octet-text.ts'

/** Reads elements that may hold exactly what is asked for. */
export class StrictReader {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The children of an element that holds nothing else and has no other attributes. */
  children(element: Element, attributes: readonly string[]): readonly Element[] {
    this.#requireAttributes(element, attributes)
    if (!holdsOnlyElements(this.#text, element)) refuseShape(element, 'holds text where only elements may stand')
    return element.children
  }

  /** The text of an element without children; references stay as written. */
  content(element: Element, attributes: readonly string[]): string {
    this.#requireAttributes(element, attributes)
    if (element.children.length > 0) refuseShape(element, 'must hold text only')
    return this.#text.slice(element.contentStart, element.contentEnd)
  }

  /**
   * Decoded base64: white space is ignored, anything else that is not canonical base64 is refused. References are
   * followed, since Java ends its lines with a carriage return, which XML writes as `&#13;`.
   */
  base64(element: Element, attributes: readonly string[]): Uint8Array {
    return this.findBase64(element, attributes) ?? refuseShape(element, 'is not base64')
  }

  /** The same; undefined when it is not base64. */
  findBase64(element: Element, attributes: readonly string[]): Uint8Array | undefined {
    return decodeBase64(decodeReferences(this.content(element, attributes)))
  }

  /** The Algorithm of an element that has nothing else. */
  algorithm(element: Element): string {
    const [child] = this.children(element, ['Algorithm'])
    if (child !== undefined) refuseShape(element, `must be empty, and holds ${readable(child.name)}`)
    return attributeOf(element, 'Algorithm') ?? refuseShape(element, 'has no Algorithm')
  }

  require(
    parent: Element,
    child: Element | undefined,
    local: string,
    namespace: string = namespaces.ds,
  ): asserts child is Element {
    if (child === undefined || !isElement(child, namespace, local)) {
      refuseShape(
        parent,
        `must hold ${local} and holds ${child === undefined ? 'nothing' : readable(child.name)} in its place`,
      )
    }
  }

  requireNoMore(parent: Element, more: readonly Element[]): void {
    if (more[0] !== undefined) refuseShape(parent, `holds ${readable(more[0].name)}, which is too much`)
  }

  #requireAttributes(element: Element, allowed: readonly string[]): void {
    const unknown = element.attributes.find(({ name }) => !allowed.includes(name))
    if (unknown !== undefined) refuseShape(element, `has the attribute ${readable(unknown.name)}`)
  }
}

export function refuseShape(element: Element, what: string): never {
  throw new GatewayError('signature-malformed', `${readable(element.name)} ${what}.`, { field: readable(element.name) })
}

/** DigestMethod and DigestValue, as references and the receipt use them. */
export function readDigest(
  reader: StrictReader,
  parent: Element,
  method: Element | undefined,
  value: Element | undefined,
) {
  reader.require(parent, method, 'DigestMethod')
  reader.require(parent, value, 'DigestValue')
  const digestMethod = reader.algorithm(method)
  return { digestMethod, digestName: requireDigestMethod(digestMethod), digestValue: reader.base64(value, []) }
}

/** White space is ignored; undefined when the rest is empty or not canonical base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const characters = text.replace(/[ \t\r\n]+/g, '')
  const octets = Buffer.from(characters, 'base64')
  return characters !== '' && octets.toString('base64') === characters ? octets : undefined
}

export function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
