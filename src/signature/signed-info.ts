import { GatewayError, limits } from '../base/index.ts'
import { canonicalizations, type DigestName, ENVELOPED_SIGNATURE, requireSignatureMethod } from './algorithms.ts'
import type { Reading } from './canonical.ts'
import { attributeOf, type Element, isElement } from './element.ts'
import { namespaces } from './names.ts'
import { readDigest, StrictReader } from './strict-reader.ts'

/** What SignedInfo says: which octets are signed, and how. Plain data. */
export interface SignedInfo {
  readonly signatureMethod: string
  readonly references: readonly SignedReference[]
}

export interface SignedReference {
  readonly uri: string
  readonly transforms: readonly string[]
  readonly digestMethod: string
  readonly digestName: DigestName
  readonly digestValue: Uint8Array
}

/**
 * Reads SignedInfo in its canonical form: the very octets that the signature value must cover.
 * @throws {GatewayError} signature-malformed | reference-limit | algorithm-forbidden | algorithm-not-allowed |
 *   transform-not-allowed | reference-elsewhere
 */
export function readSignedInfo({ text, root: element }: Reading): SignedInfo {
  const reader: StrictReader = new StrictReader(text)
  const [canonicalization, method, ...references] = reader.children(element, ['Id'])
  reader.require(element, canonicalization, 'CanonicalizationMethod')
  reader.require(element, method, 'SignatureMethod')
  requireExclusive(reader.algorithm(canonicalization))
  const signatureMethod = reader.algorithm(method)
  requireSignatureMethod(signatureMethod)
  if (references.length > limits.references) {
    throw new GatewayError(
      'reference-limit',
      `The signature has ${references.length} references; ${limits.references} are allowed.`,
    )
  }
  return { signatureMethod, references: references.map((reference) => readReference(reader, element, reference)) }
}

function readReference(reader: StrictReader, parent: Element, reference: Element): SignedReference {
  reader.require(parent, reference, 'Reference')
  const [transforms, method, value, ...more] = reader.children(reference, ['Id', 'URI', 'Type'])
  if (transforms === undefined || !isElement(transforms, namespaces.ds, 'Transforms')) {
    throw new GatewayError(
      'transform-not-allowed',
      'A Reference must name exclusive canonicalization as its transform.',
    )
  }
  reader.requireNoMore(reference, more)
  const uri = attributeOf(reference, 'URI')
  const names = reader.children(transforms, []).map((transform) => {
    reader.require(transforms, transform, 'Transform')
    if (transform.children.length > 0)
      refuseTransform(attributeOf(transform, 'Algorithm') ?? '', 'must have no parameters')
    return reader.algorithm(transform)
  })
  if (uri === undefined) {
    throw new GatewayError('reference-elsewhere', 'A Reference has no URI.')
  }
  requireTransforms(uri, names)
  return { uri, transforms: names, ...readDigest(reader, reference, method, value) }
}

/** By Id: exclusive canonicalization alone, since no signed part holds the signature. Whole document: cut it out first. */
function requireTransforms(uri: string, names: readonly string[]): void {
  const [first, second, ...more] = names
  if (uri !== '') {
    if (first === canonicalizations.exclusive && second === undefined) return
    refuseTransform(names.join(' '), `is not ${canonicalizations.exclusive} alone`)
  }
  const canonical = second === canonicalizations.exclusive || second === canonicalizations.inclusive
  if (first !== ENVELOPED_SIGNATURE || !canonical || more.length > 0) {
    refuseTransform(names.join(' '), 'is not enveloped-signature followed by a canonicalization')
  }
}

function requireExclusive(uri: string): void {
  if (uri === canonicalizations.exclusive) return
  throw new GatewayError(
    'algorithm-not-allowed',
    `SignedInfo is canonicalized with ${uri}; ${canonicalizations.exclusive} is right.`,
    {
      value: uri,
    },
  )
}

function refuseTransform(names: string, what: string): never {
  throw new GatewayError('transform-not-allowed', `The transform ${names} ${what}.`, { value: names })
}
