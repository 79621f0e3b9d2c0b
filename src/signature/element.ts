import { GatewayError } from '../base/index.ts'

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

/** An element while it is read. */
export interface OpenElement extends Element {
  readonly parent: OpenElement | undefined
  children: readonly OpenElement[]
  contentEnd: number
  end: number
  plain: boolean
}

/** @throws {GatewayError} structure-limit */
export function refuseStructure(what: string, limit: number): never {
  throw new GatewayError('structure-limit', `The package has more than ${limit} ${what}.`, { expected: limit })
}

const NOT_BLANK = /[^ \t\r\n]/

function isBlank(text: string, from: number, to: number): boolean {
  return !NOT_BLANK.test(text.slice(from, to))
}
