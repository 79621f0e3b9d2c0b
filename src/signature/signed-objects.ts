import { type DigestName, requireDigestMethod, SHA256_URI } from './algorithms.ts'
import type { Reading } from './canonical.ts'
import { attributeOf, type Element, isElement } from './element.ts'
import { namespaces } from './names.ts'
import { decodeText, readable } from './octet-text.ts'
import type { ReceiptInfo } from './signed-content.ts'
import { readDigest, refuseShape, StrictReader } from './strict-reader.ts'

/** What the XAdES signed properties tell us (ETSI EN 319 132-1 §5.2). */
export interface SigningProperties {
  /** Milliseconds since 1970, as the signer claims. */
  readonly signingTimeMs?: number
  /** Of the signing certificate. */
  readonly certificateDigest?: { readonly method: DigestName; readonly value: Uint8Array }
}

/**
 * Reads the canonical form of SignedProperties. They are the signer's own words, so what we do not use may stand there.
 * @throws {GatewayError} signature-malformed | algorithm-forbidden | algorithm-not-allowed
 */
export function readSigningProperties({ text, root }: Reading): SigningProperties {
  const reader: StrictReader = new StrictReader(text)
  const signature = root.children.find((child) => isElement(child, namespaces.xades, 'SignedSignatureProperties'))
  const properties = signature?.children ?? []
  const time = properties.find((child) => isElement(child, namespaces.xades, 'SigningTime'))
  const certificate = properties.find(
    (child) =>
      isElement(child, namespaces.xades, 'SigningCertificateV2') ||
      isElement(child, namespaces.xades, 'SigningCertificate'),
  )
  if (certificate === undefined) refuseShape(root, 'has no SigningCertificateV2')
  return {
    ...(time && { signingTimeMs: readTime(time, reader.content(time, [])) }),
    certificateDigest: readCertificateDigest(reader, certificate),
  }
}

/**
 * Reads the canonical form of NonRepudiationInformation.
 * @throws {GatewayError} signature-malformed | algorithm-forbidden | algorithm-not-allowed
 */
export function readReceipt({ text, root }: Reading): ReceiptInfo {
  const reader: StrictReader = new StrictReader(text)
  const [envelope, ...references] = reader.children(root, ['Id'])
  reader.require(root, envelope, 'EnvelopeDigest', namespaces.receipt)
  const [method, value, ...more] = reader.children(envelope, [])
  const { digestMethod, digestValue } = readDigest(reader, envelope, method, value)
  reader.requireNoMore(envelope, more)
  if (digestMethod !== SHA256_URI) refuseShape(envelope, `must use ${SHA256_URI}`)
  return {
    envelopeSha256: Buffer.from(digestValue).toString('hex'),
    references: references.map((reference) => {
      reader.require(root, reference, 'Reference')
      const [digest, digestText, ...others] = reader.children(reference, ['URI'])
      reader.requireNoMore(reference, others)
      const read = readDigest(reader, reference, digest, digestText)
      return {
        uri: readable(attributeOf(reference, 'URI') ?? refuseShape(reference, 'has no URI')),
        digestMethod: read.digestMethod,
        digestValue: Buffer.from(read.digestValue).toString('base64'),
      }
    }),
  }
}

function readTime(element: Element, text: string): number {
  const instant = Date.parse(text.trim())
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text.trim()) || Number.isNaN(instant)) {
    refuseShape(element, `is not an instant with a zone: ${readable(text)}`)
  }
  return instant
}

function readCertificateDigest(reader: StrictReader, element: Element): { method: DigestName; value: Uint8Array } {
  const [certificate] = element.children
  reader.require(element, certificate, 'Cert', namespaces.xades)
  const [digest] = certificate.children
  reader.require(certificate, digest, 'CertDigest', namespaces.xades)
  const [method, value] = digest.children
  reader.require(digest, method, 'DigestMethod')
  reader.require(digest, value, 'DigestValue')
  return { method: requireDigestMethod(reader.algorithm(method)), value: reader.base64(value, []) }
}

/** `From/OrganId` of a MessageHeader in canonical form; undefined unless there is exactly one. */
export function readSender({ text, root }: Reading): string | undefined {
  const only = (parent: Element, local: string): Element | undefined => {
    const [found, second] = parent.children.filter((child) => isElement(child, namespaces.edxml, local))
    return second === undefined ? found : undefined
  }
  const from = only(root, 'From')
  const organId = from && only(from, 'OrganId')
  if (organId === undefined || organId.children.length > 0) return undefined
  return decodeText(text.slice(organId.contentStart, organId.contentEnd))?.trim()
}
