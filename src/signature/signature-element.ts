import { GatewayError, limits } from '../base/index.ts'
import {
  canonicalizations,
  type DigestName,
  ENVELOPED_SIGNATURE,
  requireDigestMethod,
  requireSignatureMethod,
} from './algorithms.ts'
import type { Reading } from './canonical.ts'
import { namespaces } from './names.ts'
import { readable } from './octet-text.ts'
import { attributeOf, type Element, holdsOnlyElements, isElement, type Skeleton } from './skeleton.ts'

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

/** A ds:Signature that has exactly the shape of the contract. */
export interface SignatureElement {
  readonly signedInfo: Element
  readonly value: Uint8Array
  /** DER, in the order of KeyInfo. */
  readonly certificates: readonly Uint8Array[]
  /** The one child of each ds:Object. */
  readonly signedProperties: Element | undefined
  readonly receipt: Element | undefined
}

/**
 * Reads a ds:Signature strictly (XMLDSig 1.1 §4): the known children in their order, the known attributes, nothing else.
 * @throws {GatewayError} signature-malformed | signature-object-unexpected | certificate-missing |
 *   certificate-malformed | structure-limit | inclusive-namespaces
 */
export function readSignatureElement(skeleton: Skeleton, signature: Element): SignatureElement {
  requireNoInclusiveNamespaces(signature)
  const { text } = skeleton
  const reader: StrictReader = new StrictReader(text)
  const [signedInfo, value, keyInfo, ...objects] = reader.children(signature, ['Id'])
  reader.require(signature, signedInfo, 'SignedInfo')
  reader.require(signature, value, 'SignatureValue')
  if (!signature.children.some((child) => isElement(child, namespaces.ds, 'KeyInfo'))) {
    throw new GatewayError('certificate-missing', 'KeyInfo with the certificate must follow SignatureValue.')
  }
  reader.require(signature, keyInfo, 'KeyInfo')
  return {
    signedInfo,
    value: reader.base64(value, ['Id']),
    certificates: readCertificateOctets(reader, keyInfo),
    ...readObjects(reader, objects, attributeOf(signature, 'Id')),
  }
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

  /** Decoded base64: white space is ignored, anything else that is not canonical base64 is refused. */
  base64(element: Element, attributes: readonly string[]): Uint8Array {
    return decodeBase64(this.content(element, attributes)) ?? refuseShape(element, 'is not base64')
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

/** White space is ignored; undefined when the rest is empty or not canonical base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const characters = text.replace(/[ \t\r\n]+/g, '')
  const octets = Buffer.from(characters, 'base64')
  return characters !== '' && octets.toString('base64') === characters ? octets : undefined
}

export function refuseShape(element: Element, what: string): never {
  throw new GatewayError('signature-malformed', `${readable(element.name)} ${what}.`, { field: readable(element.name) })
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

function readCertificateOctets(reader: StrictReader, keyInfo: Element): readonly Uint8Array[] {
  const certificates: Uint8Array[] = []
  const children = reader.children(keyInfo, ['Id'])
  if (!children.some((child) => isElement(child, namespaces.ds, 'X509Data'))) {
    throw new GatewayError('certificate-missing', 'KeyInfo holds no X509Data with the certificate.')
  }
  for (const data of children) {
    if (isElement(data, namespaces.ds, 'KeyName') || isElement(data, namespaces.ds, 'KeyValue')) continue // says nothing
    reader.require(keyInfo, data, 'X509Data')
    for (const item of reader.children(data, [])) {
      if (isElement(item, namespaces.ds, 'X509Certificate'))
        certificates.push(requireCertificateOctets(reader.content(item, [])))
    }
  }
  if (certificates.length === 0) throw new GatewayError('certificate-missing', 'KeyInfo holds no X509Certificate.')
  if (certificates.length > limits.certificatesInKeyInfo) {
    throw new GatewayError('structure-limit', `KeyInfo holds ${certificates.length} certificates.`, {
      expected: limits.certificatesInKeyInfo,
    })
  }
  return certificates
}

function requireCertificateOctets(text: string): Uint8Array {
  const octets = decodeBase64(text)
  if (octets === undefined) throw new GatewayError('certificate-malformed', 'An X509Certificate is not base64.')
  return octets
}

/** At most one object with XAdES properties and one with non-repudiation information. */
function readObjects(reader: StrictReader, objects: readonly Element[], id: string | undefined) {
  let signedProperties: Element | undefined
  let receipt: Element | undefined
  for (const object of objects) {
    const [content, second] = isElement(object, namespaces.ds, 'Object')
      ? reader.children(object, ['Id', 'MimeType', 'Encoding'])
      : []
    if (content === undefined || second !== undefined) refuseObject(object)
    if (isElement(content, namespaces.xades, 'QualifyingProperties') && signedProperties === undefined) {
      signedProperties = readQualifyingProperties(reader, content, id)
    } else if (isElement(content, namespaces.receipt, 'NonRepudiationInformation') && receipt === undefined) {
      receipt = content
    } else refuseObject(content)
  }
  return { signedProperties, receipt }
}

/** XAdES baseline B: signed properties of this very signature, and no unsigned ones. */
function readQualifyingProperties(reader: StrictReader, element: Element, id: string | undefined): Element {
  const [properties, ...more] = reader.children(element, ['Id', 'Target'])
  reader.require(element, properties, 'SignedProperties', namespaces.xades)
  reader.requireNoMore(element, more)
  if (id === undefined || attributeOf(element, 'Target') !== `#${id}`)
    refuseShape(element, 'does not name the Signature as its Target')
  return properties
}

function requireNoInclusiveNamespaces(element: Element): void {
  if (isElement(element, namespaces.exclusive, 'InclusiveNamespaces')) {
    throw new GatewayError(
      'inclusive-namespaces',
      'A canonicalization names InclusiveNamespaces; it must have no parameters.',
    )
  }
  for (const child of element.children) requireNoInclusiveNamespaces(child)
}

function refuseObject(element: Element): never {
  throw new GatewayError(
    'signature-object-unexpected',
    `The signature holds ${readable(element.name)}, which is not expected there.`,
  )
}

function refuseTransform(names: string, what: string): never {
  throw new GatewayError('transform-not-allowed', `The transform ${names} ${what}.`, { value: names })
}

export function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
