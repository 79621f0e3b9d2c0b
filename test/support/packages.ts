import { constants, createHash, createHmac, type KeyObject, sign as signOctets } from 'node:crypto'
import { XmlC14NMode, XmlDocument, type XmlElement } from 'libxml2-wasm'

/**
 * Signed packages written by hand, as a partner with other software would write them, and a signer that signs
 * whatever it is told: the one who holds a key and means harm. Shares no code with src/signature and src/envelope.
 */

/** A key, how it signs, and what it shows in KeyInfo (base64 of DER, its own certificate first). */
export interface HandSigner {
  readonly privateKey: KeyObject
  /** SignatureMethod. */
  readonly method: string
  readonly certificates: readonly string[]
}

export const QCVN = 'http://www.mic.gov.vn/TBT/QCVN_102_2016'
export const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#'
export const RECEIPT = 'urn:vn:lienthong:receipt:1'

const EC_MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const MORE_2007 = 'http://www.w3.org/2007/05/xmldsig-more#'
export const algorithms = {
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  exclusiveWithComments: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  inclusive: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  inclusiveWithComments: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  inclusive11: 'http://www.w3.org/2006/12/xml-c14n11',
  inclusive11WithComments: 'http://www.w3.org/2006/12/xml-c14n11#WithComments',
  enveloped: `${DSIG}enveloped-signature`,
  sha1: `${DSIG}sha1`,
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha384: `${EC_MORE}sha384`,
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
  rsaSha1: `${DSIG}rsa-sha1`,
  dsaSha1: `${DSIG}dsa-sha1`,
  hmacSha256: `${EC_MORE}hmac-sha256`,
  rsaSha256: `${EC_MORE}rsa-sha256`,
  rsaSha384: `${EC_MORE}rsa-sha384`,
  rsaSha512: `${EC_MORE}rsa-sha512`,
  pssSha256: `${MORE_2007}sha256-rsa-MGF1`,
  pssSha384: `${MORE_2007}sha384-rsa-MGF1`,
  pssSha512: `${MORE_2007}sha512-rsa-MGF1`,
  ecdsaSha1: `${EC_MORE}ecdsa-sha1`,
  ecdsaSha256: `${EC_MORE}ecdsa-sha256`,
  ecdsaSha384: `${EC_MORE}ecdsa-sha384`,
  ecdsaSha512: `${EC_MORE}ecdsa-sha512`,
  ed25519: 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519',
} as const

export interface PackageText {
  /** Inside MessageHeader. */
  readonly header: string
  /** Inside TraceHeaderList; absent in a status. */
  readonly trace?: string
  readonly body?: string
  readonly attachments?: string
  /** A second ds:Object after the XAdES properties, with the Id that is to be referenced. */
  readonly receipt?: { readonly id: string; readonly xml: string }
}

/** A document of G02 to G22 with two small attachments. */
export const documentText: PackageText = {
  header: `<edXML:From><edXML:OrganId>000.00.00.G02</edXML:OrganId><edXML:OrganName>Bộ Công Thương</edXML:OrganName></edXML:From>
<edXML:To><edXML:OrganId>000.00.00.G22</edXML:OrganId><edXML:OrganName>Văn phòng Chính phủ</edXML:OrganName></edXML:To>
<edXML:DocumentId>000.00.00.G02,2026/11/20,7421/BCT-KHTC</edXML:DocumentId>
<edXML:Code><edXML:CodeNumber>7421</edXML:CodeNumber><edXML:CodeNotation>BCT-KHTC</edXML:CodeNotation></edXML:Code>
<edXML:PromulgationInfo><edXML:Place>Hà Nội</edXML:Place><edXML:PromulgationDate>2026/11/20</edXML:PromulgationDate></edXML:PromulgationInfo>
<edXML:DocumentType><edXML:Type>18</edXML:Type><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>
<edXML:Subject>V/v báo cáo quý III &amp; kế hoạch năm 2027</edXML:Subject>
<edXML:SignerInfo><edXML:Competence>KT. BỘ TRƯỞNG</edXML:Competence><edXML:FullName>Nguyễn Văn An</edXML:FullName></edXML:SignerInfo>
<edXML:OtherInfo><edXML:Priority>0</edXML:Priority></edXML:OtherInfo>`,
  trace: `<edXML:TraceHeader><edXML:OrganId>000.00.00.G02</edXML:OrganId><edXML:Timestamp>2026/11/20 16:32:08</edXML:Timestamp></edXML:TraceHeader>
<edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType><edXML:BussinessDocReason>Văn bản điện tử mới</edXML:BussinessDocReason><edXML:Paper>0</edXML:Paper></edXML:Bussiness>`,
  body: ['a-1', 'a-2']
    .map(
      (id) =>
        `<edXML:Reference><edXML:ContentId>cid:${id}</edXML:ContentId><edXML:ContentType>application/pdf</edXML:ContentType><edXML:Description>Tệp ${id}</edXML:Description><edXML:AttachmentName>công văn ${id}.pdf</edXML:AttachmentName></edXML:Reference>`,
    )
    .join('\n'),
  attachments: ['a-1', 'a-2']
    .map(
      (id) =>
        `<Attachment><ContentId>cid:${id}</ContentId><AttachmentName>công văn ${id}.pdf</AttachmentName><Description>Tệp ${id}</Description><ContentType>application/pdf</ContentType><ContentTransferEncoded>${Buffer.from(`%PDF-1.7 the content of ${id}, long enough to be cut somewhere`).toString('base64')}</ContentTransferEncoded></Attachment>`,
    )
    .join('\n'),
}

/** Status 03 of G02 about a document of G22. */
export const statusText: PackageText = {
  header: `<edXML:From><edXML:OrganId>000.00.00.G02</edXML:OrganId><edXML:OrganName>Bộ Công Thương</edXML:OrganName></edXML:From>
<edXML:ResponseFor><edXML:OrganId>000.00.00.G22</edXML:OrganId><edXML:Code>12/VPCP-TH</edXML:Code><edXML:PromulgationDate>2026/11/20</edXML:PromulgationDate><edXML:DocumentId>000.00.00.G22,2026/11/20,12/VPCP-TH</edXML:DocumentId></edXML:ResponseFor>
<edXML:StatusCode>03</edXML:StatusCode>
<edXML:Description>Đã tiếp nhận</edXML:Description>
<edXML:Timestamp>2026/11/20 16:32:31</edXML:Timestamp>`,
}

/** What a status that answers a package says about its bytes. */
export const receiptObject = {
  id: 'NonRepudiationInformation',
  xml: `<lt:NonRepudiationInformation xmlns:lt="${RECEIPT}" Id="NonRepudiationInformation"><lt:EnvelopeDigest><ds:DigestMethod Algorithm="${algorithms.sha256}"/><ds:DigestValue>${digestOf('the envelope')}</ds:DigestValue></lt:EnvelopeDigest><ds:Reference URI="#MessageHeader"><ds:DigestMethod Algorithm="${algorithms.sha256}"/><ds:DigestValue>${digestOf('its header')}</ds:DigestValue></ds:Reference></lt:NonRepudiationInformation>`,
} as const

/** The whole package, its parts and their signature: a valid one, to be changed in one point. */
export function signedPackage(text: PackageText, signer: HandSigner, signingTime = '2026-11-21T03:00:00Z'): string {
  const ids = [
    'MessageHeader',
    ...(text.trace === undefined ? [] : ['TraceHeaderList']),
    ...(text.body === undefined ? [] : ['edXMLBody']),
    ...(text.attachments === undefined ? [] : ['AttachmentEncoded']),
  ]
  return resigned(unsignedPackage(text, signatureText(ids, signer, signingTime, text.receipt)), signer)
}

/** The package around any text in the place of the signature. */
export function unsignedPackage(text: PackageText, signature: string): string {
  const part = (name: string, content: string | undefined, open = '', close = ''): string =>
    content === undefined ? '' : `\n<edXML:${name} Id="${name}">${open}${content}${close}</edXML:${name}>`
  const manifest = '<edXML:edXMLManifest version="1.0">'
  const tail =
    text.attachments === undefined
      ? ''
      : `\n<AttachmentEncoded Id="AttachmentEncoded">${text.attachments}</AttachmentEncoded>`
  return `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="${QCVN}">
<edXML:edXMLEnvelope xmlns:edXML="${QCVN}">
<edXML:edXMLHeader>${part('MessageHeader', text.header)}${part('TraceHeaderList', text.trace)}
${signature}
</edXML:edXMLHeader>${part('edXMLBody', text.body, manifest, '</edXML:edXMLManifest>')}
</edXML:edXMLEnvelope>${tail}
</edXML>
`
}

/** ds:Signature in XAdES baseline B with empty digests and an empty value. */
export function signatureText(
  ids: readonly string[],
  signer: HandSigner,
  signingTime: string,
  receipt?: { readonly id: string; readonly xml: string },
): string {
  const reference = (id: string, attributes = ''): string =>
    `<ds:Reference${attributes} URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${algorithms.exclusive}"/></ds:Transforms><ds:DigestMethod Algorithm="${algorithms.sha256}"/><ds:DigestValue></ds:DigestValue></ds:Reference>`
  const references = [
    ...ids.map((id) => reference(id, ` Id="ref-${id}"`)),
    reference('SignedProperties', ' Type="http://uri.etsi.org/01903#SignedProperties"'),
    ...(receipt === undefined ? [] : [reference(receipt.id)]),
  ]
  const certificates = signer.certificates.map((text) => `<ds:X509Certificate>${text}</ds:X509Certificate>`).join('')
  return `<ds:Signature xmlns:ds="${DSIG}" Id="Signature"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${algorithms.exclusive}"/><ds:SignatureMethod Algorithm="${signer.method}"/>${references.join('')}</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue><ds:KeyInfo><ds:X509Data>${certificates}</ds:X509Data></ds:KeyInfo><ds:Object>${propertiesText(ids, signer, signingTime)}</ds:Object>${receipt === undefined ? '' : `<ds:Object>${receipt.xml}</ds:Object>`}</ds:Signature>`
}

/** The signature as the standard's samples have it: one reference to the whole document, which it cuts itself out of. */
export function wholeSignatureText(
  { method, certificates }: HandSigner,
  canonicalization: string = algorithms.exclusive,
): string {
  const transforms = [algorithms.enveloped, canonicalization]
    .map((uri) => `<ds:Transform Algorithm="${uri}"/>`)
    .join('')
  return `<ds:Signature xmlns:ds="${DSIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${algorithms.exclusive}"/><ds:SignatureMethod Algorithm="${method}"/><ds:Reference URI=""><ds:Transforms>${transforms}</ds:Transforms><ds:DigestMethod Algorithm="${algorithms.sha256}"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificates[0]}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`
}

/** xades:QualifyingProperties: who signed, when, and what kind of data each part is. */
export function propertiesText(ids: readonly string[], signer: HandSigner, signingTime: string): string {
  const digest = createHash('sha256')
    .update(Buffer.from(signer.certificates[0] ?? '', 'base64'))
    .digest('base64')
  const formats = ids.map(
    (id) =>
      `<xades:DataObjectFormat ObjectReference="#ref-${id}"><xades:MimeType>application/xml</xades:MimeType></xades:DataObjectFormat>`,
  )
  return `<xades:QualifyingProperties xmlns:xades="${XADES}" Target="#Signature"><xades:SignedProperties Id="SignedProperties"><xades:SignedSignatureProperties><xades:SigningTime>${signingTime}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="${algorithms.sha256}"/><ds:DigestValue>${digest}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties><xades:SignedDataObjectProperties>${formats.join('')}</xades:SignedDataObjectProperties></xades:SignedProperties></xades:QualifyingProperties>`
}

/**
 * The same text with every digest of its first SignedInfo and the SignatureValue computed anew, whatever it now says:
 * after this, only a rule can refuse it. An algorithm that we do not know is computed as its nearest relative.
 * @param signer `firstDigest` is what the first reference shall claim, true or not.
 */
export function resigned(
  text: string,
  signer: Pick<HandSigner, 'privateKey'> & { readonly firstDigest?: string },
): string {
  const start = text.indexOf('<ds:SignedInfo')
  const end = text.indexOf('</ds:SignedInfo>')
  let lie = signer.firstDigest
  const signedInfo = text.slice(start, end).replace(/<ds:Reference\b[\s\S]*?<\/ds:Reference>/g, (reference) => {
    const digest = lie ?? referencedDigest(text, reference)
    lie = undefined
    return withDigest(reference, digest)
  })
  const digested = text.slice(0, start) + signedInfo + text.slice(end)
  const method = /<ds:SignatureMethod[^>]*Algorithm="([^"]*)"/.exec(signedInfo)?.[1] ?? ''
  const canonicalization =
    /<ds:CanonicalizationMethod[\s\S]*?(\/>|<\/ds:CanonicalizationMethod>)/.exec(signedInfo)?.[0] ?? ''
  const octets = canonical(digested, '(//*[local-name()="SignedInfo"])[1]', canonicalization)
  return withSignatureValue(digested, signatureValue(octets, method, signer.privateKey).toString('base64'))
}

/** Replaces the first SignatureValue. */
export function withSignatureValue(text: string, value: string): string {
  return text.replace(
    /(<ds:SignatureValue[^>]*>)[^<]*(<\/ds:SignatureValue>)/,
    (_, open: string, close: string) => `${open}${value}${close}`,
  )
}

/** Replaces exactly one occurrence, and complains when there is none: a vector that changes nothing proves nothing. */
export function edited(text: string, what: string | RegExp, by: string | ((match: string) => string)): string {
  const result = typeof by === 'string' ? text.replace(what, () => by) : text.replace(what, (match) => by(match))
  if (result === text) throw new Error(`the edit of ${String(what)} changed nothing`)
  return result
}

function withDigest(reference: string, digest: string): string {
  return reference.replace(/(<ds:DigestValue>)[^<]*/, (_, open: string) => open + digest)
}

function referencedDigest(text: string, reference: string): string {
  const uri = /URI="([^"]*)"/.exec(reference)?.[1] ?? ''
  const hash = /<ds:DigestMethod[^>]*[#-](sha\d+)"/.exec(reference)?.[1] ?? 'sha256'
  const transforms = reference.match(/<ds:Transform [\s\S]*?(\/>|<\/ds:Transform>)/g) ?? []
  const method = transforms.filter((step) => !step.includes(algorithms.enveloped)).at(-1)
  // Without a method C14N 1.0 is implied; both kinds of reference leave comments out (XML-DSig §4.4.3.2, §4.4.3.3).
  const canonicalization = (method ?? `Algorithm="${algorithms.inclusive}"`).replace(/#?WithComments/, '')
  const id = uri.slice(1)
  const path =
    uri === '' ? undefined : `(//*[@Id="${id}"])[1] | (//*[@ID="${id}" or @id="${id}"])[1][not(//*[@Id="${id}"])]`
  return createHash(hash)
    .update(canonical(text, path, canonicalization))
    .digest('base64')
}

/**
 * Canonical octets of the first element that the path finds; without a path, of the document without its signature.
 * @param method A Transform or CanonicalizationMethod as text; exclusive C14N when it names nothing that we know.
 */
export function canonical(text: string, path: string | undefined, method = ''): Buffer {
  const document = XmlDocument.fromString(text)
  try {
    if (path === undefined) (document.get('//*[local-name()="Signature"]') as XmlElement | null)?.remove()
    const node = path === undefined ? document : (document.get(path) as XmlElement | null)
    const algorithm = /Algorithm="([^"]*)"/.exec(method)?.[1] ?? ''
    const prefixes = /PrefixList="([^"]*)"/.exec(method)?.[1]?.trim().split(/\s+/)
    const octets = node?.canonicalizeToString({
      mode: modes.get(algorithm.replace('#WithComments', '')) ?? XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
      withComments: algorithm.endsWith('WithComments'),
      ...(prefixes === undefined ? {} : { inclusiveNamespacePrefixes: prefixes }),
    })
    return Buffer.from(octets ?? '')
  } finally {
    document.dispose()
  }
}

const modes = new Map<string, 0 | 2>([
  [algorithms.inclusive, XmlC14NMode.XML_C14N_1_0],
  [algorithms.inclusive11, XmlC14NMode.XML_C14N_1_1],
])

/** The value by the SignatureMethod's name, ECDSA as r‖s (XML-DSig 1.1 §6.4.3). */
export function signatureValue(octets: Uint8Array, method: string, key: KeyObject): Buffer {
  const hash = /sha(1|256|384|512)\b/.exec(method)?.[0] ?? 'sha256'
  if (method.includes('hmac')) return createHmac(hash, 'a shared secret').update(octets).digest()
  if (key.asymmetricKeyType === 'ed25519') return signOctets(null, octets, key)
  if (key.asymmetricKeyType === 'ec') return signOctets(hash, octets, { key, dsaEncoding: 'ieee-p1363' })
  if (!method.includes('MGF1')) return signOctets(hash, octets, key)
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return signOctets(hash, octets, { key, ...padding })
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
