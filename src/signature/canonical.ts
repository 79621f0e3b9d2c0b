import {
  type SubtreeC14NOptions,
  XmlC14NMode,
  type XmlDocument,
  type XmlElement,
  type XmlOutputBufferHandler,
} from 'libxml2-wasm'
import { GatewayError, limits } from '../base/index.ts'
import { isCanonicalForm, prefixOf } from './canonical-form.ts'
import type { Element } from './element.ts'
import { octetsOf } from './octet-text.ts'
import { reread, type Skeleton } from './skeleton.ts'
import { parseXml } from './well-formed.ts'

/** An element in canonical form. */
export interface CanonicalElement {
  readonly octets: Buffer
  /** The element as these octets have it, to be read: never anything that only the file has. */
  read(): Reading
}

export type Reading = Pick<Skeleton, 'text' | 'root'>

/**
 * Exclusive canonical form of one element (Exclusive XML Canonicalization 1.0, without comments). What is written
 * canonically is taken as it is. Otherwise libxml2 makes the form: cut out with all that is in scope declared on it,
 * the element is a document of its own, and canonicalizing a document is many times faster than a node in one.
 */
export function canonicalForm(text: string, element: Element): CanonicalElement {
  if (isCanonicalForm(element)) {
    const prefix = prefixOf(element)
    const octets = octetsOf(withDeclarations(text, element, element.declared.includes(prefix) ? [] : [prefix]))
    return { octets, read: () => ({ text, root: element }) }
  }
  const octets = canonicalize(octetsOf(standalone(text, element)), XmlC14NMode.XML_C14N_EXCLUSIVE_1_0)
  return { octets, read: () => reread(octets) }
}

/** The element as a document of its own: everything in scope declared on it. */
function standalone(text: string, element: Element): string {
  const inherited = [...element.scope.keys()].filter((prefix) => prefix !== 'xml' && !element.declared.includes(prefix))
  return withDeclarations(text, element, inherited)
}

/** How something is made canonical. `prefixes` is the PrefixList of InclusiveNamespaces. */
export interface Canonicalization {
  readonly mode: CanonicalizationMode
  readonly withComments: boolean
  readonly prefixes: readonly string[]
}

export type CanonicalizationMode = (typeof XmlC14NMode)[keyof typeof XmlC14NMode]

/** Canonical octets of a whole document, without comments. */
export function canonicalize(octets: Uint8Array, mode: CanonicalizationMode): Buffer {
  using document = parseXml(octets)
  return canonicalWhole(document, { mode, withComments: false, prefixes: [] })
}

export function canonicalWhole(document: XmlDocument, method: Canonicalization): Buffer {
  return collect((sink) => document.canonicalize(sink, optionsOf(method)))
}

/** In its place, with what it inherits (xml: attributes under inclusive forms). Slow: libxml2 asks us about every node. */
export function canonicalElement(element: XmlElement, method: Canonicalization): Buffer {
  return collect((sink) => element.canonicalize(sink, optionsOf(method)))
}

function optionsOf({ mode, withComments, prefixes }: Canonicalization): SubtreeC14NOptions {
  return { mode, withComments, ...(prefixes.length > 0 && { inclusiveNamespacePrefixes: [...prefixes] }) }
}

function collect(write: (sink: XmlOutputBufferHandler) => void): Buffer {
  const pieces: Buffer[] = []
  let octets = 0
  const keep = (piece: Uint8Array): number => {
    octets += piece.byteLength
    return octets > limits.canonicalBytes ? -1 : pieces.push(Buffer.from(piece)) && piece.byteLength
  }
  try {
    write({ write: keep, close: () => true })
  } catch (cause) {
    // libxml2 fails closed, e.g. on a relative namespace name.
    throw new GatewayError('not-well-formed', 'The package has no canonical form.', {}, { cause })
  }
  if (octets > limits.canonicalBytes) {
    throw new GatewayError('structure-limit', 'The canonical form is too long.', { expected: limits.canonicalBytes })
  }
  return Buffer.concat(pieces)
}

function withDeclarations(text: string, element: Element, prefixes: readonly string[]): string {
  let declarations = ''
  for (const prefix of prefixes) {
    declarations += ` xmlns${prefix === '' ? '' : ':'}${prefix}="${element.scope.get(prefix) ?? ''}"`
  }
  return text.slice(element.start, element.nameEnd) + declarations + text.slice(element.nameEnd, element.end)
}
