import { XmlC14NMode } from 'libxml2-wasm'
import { GatewayError, limits } from '../base/index.ts'
import { canonicalizations, type DigestName, ENVELOPED_SIGNATURE } from './algorithms.ts'
import type { Canonicalization } from './canonical.ts'
import { attributeOf, type Element, isElement } from './element.ts'
import { namespaces } from './names.ts'
import { readable } from './octet-text.ts'
import { reread } from './skeleton.ts'
import { readDigest, refuseShape, StrictReader } from './strict-reader.ts'

export interface CoreReference {
  readonly uri: string
  readonly enveloped: boolean
  readonly canonicalization: Canonicalization
  readonly digestMethod: string
  readonly digestName: DigestName
  readonly digestValue: Uint8Array
}

/**
 * Reads canonical octets of any SignedInfo of the core profile.
 * @param used how the octets were made; they must say the same
 * @throws {GatewayError} signature-malformed | reference-missing | reference-limit | reference-elsewhere |
 *   transform-not-allowed | algorithm-forbidden | algorithm-not-allowed
 */
export function readCoreSignedInfo(
  octets: Uint8Array,
  used: Canonicalization,
): { signatureMethod: string; references: readonly CoreReference[] } {
  const { text, root } = reread(octets)
  const reader: StrictReader = new StrictReader(text)
  const [canonicalization, method, ...references] = root.children
  reader.require(root, canonicalization, 'CanonicalizationMethod')
  reader.require(root, method, 'SignatureMethod')
  if (JSON.stringify(canonicalizationOf(canonicalization)) !== JSON.stringify(used)) {
    refuseShape(canonicalization, 'reads otherwise once it is canonical')
  }
  if (references.length === 0) throw new GatewayError('reference-missing', 'The signature signs nothing.')
  if (references.length > limits.references) {
    throw new GatewayError('reference-limit', `The signature has ${references.length} references.`, {
      expected: limits.references,
    })
  }
  return {
    signatureMethod: reader.algorithm(method),
    references: references.map((reference) => readReference(reader, root, reference)),
  }
}

/** @throws {GatewayError} algorithm-not-allowed */
export function requireCanonicalization(uri: string, prefixList: string | undefined): Canonicalization {
  const known = MODES.get(uri)
  if (known === undefined) {
    throw new GatewayError('algorithm-not-allowed', `The canonicalization ${uri} is not on the list.`, { value: uri })
  }
  const prefixes = prefixList?.split(/[ \t\r\n]+/).filter((prefix) => prefix !== '') ?? []
  return { ...known, prefixes: known.mode === XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 ? prefixes : [] }
}

const MODES: ReadonlyMap<string, Omit<Canonicalization, 'prefixes'>> = new Map([
  [canonicalizations.inclusive, { mode: XmlC14NMode.XML_C14N_1_0, withComments: false }],
  [canonicalizations.inclusiveWithComments, { mode: XmlC14NMode.XML_C14N_1_0, withComments: true }],
  [canonicalizations.inclusive11, { mode: XmlC14NMode.XML_C14N_1_1, withComments: false }],
  [canonicalizations.inclusive11WithComments, { mode: XmlC14NMode.XML_C14N_1_1, withComments: true }],
  [canonicalizations.exclusive, { mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0, withComments: false }],
  [canonicalizations.exclusiveWithComments, { mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0, withComments: true }],
])

function canonicalizationOf(element: Element): Canonicalization {
  const inclusive = element.children.find((child) => isElement(child, namespaces.exclusive, 'InclusiveNamespaces'))
  const prefixList = inclusive && attributeOf(inclusive, 'PrefixList')
  return requireCanonicalization(attributeOf(element, 'Algorithm') ?? '', prefixList)
}

function readReference(reader: StrictReader, parent: Element, reference: Element): CoreReference {
  reader.require(parent, reference, 'Reference')
  const children = reader.children(reference, ['Id', 'URI', 'Type'])
  const hasTransforms = children[0] !== undefined && isElement(children[0], namespaces.ds, 'Transforms')
  const [method, value, ...more] = hasTransforms ? children.slice(1) : children
  reader.requireNoMore(reference, more)
  const uri = attributeOf(reference, 'URI')
  if (uri === undefined) throw new GatewayError('reference-elsewhere', 'A Reference has no URI.')
  const steps = hasTransforms && children[0] !== undefined ? reader.children(children[0], []) : []
  return { uri: readable(uri), ...readTransforms(steps), ...readDigest(reader, reference, method, value) }
}

/** Cutting out the signature, then one canonicalization; without one, C14N 1.0 (XMLDSig 1.1 §4.4.3.2). */
function readTransforms(steps: readonly Element[]): Pick<CoreReference, 'enveloped' | 'canonicalization'> {
  const enveloped = steps[0] !== undefined && attributeOf(steps[0], 'Algorithm') === ENVELOPED_SIGNATURE
  const [canonical, ...more] = enveloped ? steps.slice(1) : steps
  const algorithm = canonical && (attributeOf(canonical, 'Algorithm') ?? '')
  const [odd] = algorithm === undefined || MODES.has(algorithm) ? more : [canonical]
  if (odd !== undefined) {
    const value = attributeOf(odd, 'Algorithm') ?? ''
    throw new GatewayError('transform-not-allowed', `The transform ${value} is not one of the core profile.`, { value })
  }
  return {
    enveloped,
    canonicalization:
      canonical === undefined
        ? requireCanonicalization(canonicalizations.inclusive, undefined)
        : canonicalizationOf(canonical),
  }
}
