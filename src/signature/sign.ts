import type { Certificate, Signer } from '../pki/index.ts'
import { canonicalizations, digestOf, SHA256_URI, signatureUris } from './algorithms.ts'
import { namespaces, SIGNED_PROPERTIES_TYPE } from './names.ts'
import type { ReceiptInfo } from './signed-content.ts'

export interface PartToSign {
  /** Value of its Id attribute. */
  readonly id: string
  /** SHA-256 of its exclusive canonical octets. */
  readonly digest: Uint8Array
  readonly mimeType: string
}

/**
 * Signs parts whose digests are known: XAdES baseline B (ETSI EN 319 132-1), by Id, exclusive canonicalization, SHA-256.
 * Everything that is digested here is written canonically at once, so signing needs neither parser nor canonicalizer.
 *
 * @param receipt For a status that answers a package: which octets it answers.
 * @returns the ds:Signature as text, to stand as last child of edXMLHeader where the prefix `ds` is not bound
 */
export async function sign(
  parts: readonly PartToSign[],
  signer: Signer,
  signingTime: Date,
  receipt?: ReceiptInfo,
): Promise<string> {
  const nonRepudiation = receipt && nonRepudiationInformation(receipt)
  const signed = [
    ...parts,
    ...(nonRepudiation === undefined ? [] : [{ id: RECEIPT_ID, digest: sha256(nonRepudiation), mimeType: 'text/xml' }]),
  ]
  const properties = signedProperties(signed, signer.certificate, signingTime)
  const info = signedInfo(signed, sha256(properties), signatureUris[signer.algorithm])
  const value = await signer.sign(Buffer.from(info))
  return (
    `<ds:Signature${DS} Id="${SIGNATURE_ID}">` +
    info.replace(DS, '') +
    `<ds:SignatureValue>${base64(value)}</ds:SignatureValue>` +
    keyInfo([signer.certificate, ...signer.chain]) +
    `<ds:Object><xades:QualifyingProperties${XADES} Target="#${SIGNATURE_ID}">${properties.replace(XADES, '')}</xades:QualifyingProperties></ds:Object>` +
    (nonRepudiation === undefined ? '' : `<ds:Object>${nonRepudiation}</ds:Object>`) +
    '</ds:Signature>'
  )
}

const DS = ` xmlns:ds="${namespaces.ds}"`
const XADES = ` xmlns:xades="${namespaces.xades}"`
const SIGNATURE_ID = 'Signature'
const PROPERTIES_ID = 'SignedProperties'
const RECEIPT_ID = 'NonRepudiationInformation'

function signedInfo(parts: readonly PartToSign[], propertiesDigest: Uint8Array, signatureUri: string): string {
  return (
    `<ds:SignedInfo${DS}>` +
    `<ds:CanonicalizationMethod Algorithm="${canonicalizations.exclusive}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${signatureUri}"></ds:SignatureMethod>` +
    parts.map(({ id, digest }) => reference(` Id="${referenceId(id)}" URI="#${attribute(id)}"`, digest)).join('') +
    reference(` Type="${SIGNED_PROPERTIES_TYPE}" URI="#${PROPERTIES_ID}"`, propertiesDigest) +
    '</ds:SignedInfo>'
  )
}

function reference(attributes: string, digest: Uint8Array): string {
  return (
    `<ds:Reference${attributes}><ds:Transforms>` +
    `<ds:Transform Algorithm="${canonicalizations.exclusive}"></ds:Transform></ds:Transforms>` +
    `${digestElements('', SHA256_URI, base64(digest))}</ds:Reference>`
  )
}

/** EN 319 132-1 §5.2.1, §5.2.2 and §5.2.4. Each `ds` child declares its prefix, as exclusive canonicalization has it. */
function signedProperties(parts: readonly PartToSign[], certificate: Certificate, signingTime: Date): string {
  return (
    `<xades:SignedProperties${XADES} Id="${PROPERTIES_ID}"><xades:SignedSignatureProperties>` +
    `<xades:SigningTime>${signingTime.toISOString().slice(0, 19)}Z</xades:SigningTime>` +
    '<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>' +
    digestElements(DS, SHA256_URI, base64(Buffer.from(certificate.fingerprint, 'hex'))) +
    '</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>' +
    '<xades:SignedDataObjectProperties>' +
    parts.map(dataObjectFormat).join('') +
    '</xades:SignedDataObjectProperties></xades:SignedProperties>'
  )
}

function dataObjectFormat({ id, mimeType }: PartToSign): string {
  return (
    `<xades:DataObjectFormat ObjectReference="#${referenceId(id)}">` +
    `<xades:MimeType>${content(mimeType)}</xades:MimeType></xades:DataObjectFormat>`
  )
}

function nonRepudiationInformation({ envelopeSha256, references }: ReceiptInfo): string {
  return (
    `<lt:NonRepudiationInformation xmlns:lt="${namespaces.receipt}" Id="${RECEIPT_ID}"><lt:EnvelopeDigest>` +
    `${digestElements(DS, SHA256_URI, base64(Buffer.from(envelopeSha256, 'hex')))}</lt:EnvelopeDigest>` +
    references
      .map(
        ({ uri, digestMethod, digestValue }) =>
          `<ds:Reference${DS} URI="${attribute(uri)}">${digestElements('', attribute(digestMethod), content(digestValue))}</ds:Reference>`,
      )
      .join('') +
    '</lt:NonRepudiationInformation>'
  )
}

function digestElements(declaration: string, method: string, value: string): string {
  return (
    `<ds:DigestMethod${declaration} Algorithm="${method}"></ds:DigestMethod>` +
    `<ds:DigestValue${declaration}>${value}</ds:DigestValue>`
  )
}

function keyInfo(certificates: readonly Certificate[]): string {
  const items = certificates.map(({ der }) => `<ds:X509Certificate>${base64(der)}</ds:X509Certificate>`)
  return `<ds:KeyInfo><ds:X509Data>${items.join('')}</ds:X509Data></ds:KeyInfo>`
}

function referenceId(id: string): string {
  return `Reference-${attribute(id)}`
}

/** Canonical escapes (Canonical XML 1.0 §2.3). */
function content(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;')
}

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#x9;')
    .replaceAll('\n', '&#xA;')
    .replaceAll('\r', '&#xD;')
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64')
}

function sha256(text: string): Uint8Array {
  return digestOf('sha256', Buffer.from(text))
}
