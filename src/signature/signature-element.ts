import { GatewayError, limits } from '../base/index.ts'
import { attributeOf, type Element, isElement } from './element.ts'
import { namespaces } from './names.ts'
import { readable } from './octet-text.ts'
import type { Skeleton } from './skeleton.ts'
import { refuseShape, StrictReader } from './strict-reader.ts'

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
        certificates.push(requireCertificateOctets(reader.findBase64(item, [])))
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

function requireCertificateOctets(octets: Uint8Array | undefined): Uint8Array {
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
