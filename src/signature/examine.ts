import { XmlC14NMode } from 'libxml2-wasm'
import { GatewayError } from '../base/index.ts'
import { canonicalizations, digestOf } from './algorithms.ts'
import type { ReadAttachment } from './attachments.ts'
import { type CanonicalElement, canonicalForm, canonicalize } from './canonical.ts'
import type { Element } from './element.ts'
import { type Places, requireLayout, requirePlaces } from './layout.ts'
import { namespaces } from './names.ts'
import { octetsOf, octetText, requireUtf8 } from './octet-text.ts'
import { type Assigned, assignReferences } from './references.ts'
import { readSignatureElement, type SignatureElement } from './signature-element.ts'
import type { ReceiptInfo } from './signed-content.ts'
import { readSignedInfo, type SignedInfo, type SignedReference } from './signed-info.ts'
import { readReceipt, readSender, readSigningProperties, type SigningProperties } from './signed-objects.ts'
import { lineOf, readSkeleton, reread, type Skeleton } from './skeleton.ts'
import { sameOctets } from './strict-reader.ts'
import { requireWellFormed } from './well-formed.ts'
import { readWholeAttachments } from './whole-attachments.ts'

/** A signed element: its canonical octets, and the line of its start tag in the file. */
export interface Part {
  readonly octets: Uint8Array
  readonly line: number
}

/**
 * What the octets say, before anyone is trusted: plain data, so that a worker can make it. Digests are compared here,
 * because that is how canonical octets are found, and judged later, after the signature value.
 */
export interface Examined {
  readonly kind: 'examined'
  readonly signedInfo: SignedInfo
  /** Canonical octets of SignedInfo; `signedInfo` was read from them. */
  readonly signedInfoOctets: Uint8Array
  readonly signatureValue: Uint8Array
  readonly certificates: readonly Uint8Array[]
  readonly properties: SigningProperties
  readonly receipt: ReceiptInfo | undefined
  /** The one `From/OrganId`. */
  readonly sender: string | undefined
  readonly messageHeader: Part
  readonly traceHeaderList: Part | undefined
  readonly body: Part | undefined
  /** Of a whole document; their spans count in the octets that were examined. */
  readonly attachments: readonly ReadAttachment[]
  /** URIs of the references whose digest is not that of what stands there. */
  readonly mismatches: readonly string[]
  /** The root is still open: what must follow. */
  readonly tail: ExpectedTail | undefined
}

/** The rest of a document whose head was examined. */
export interface ExpectedTail {
  readonly reference: SignedReference
  /** Of the root element, for its end tag. */
  readonly rootName: string
  /** Unprefixed names are in the edXML namespace. */
  readonly unprefixed: boolean
  /** Ids of the head, which the tail must not repeat. */
  readonly ids: readonly string[]
}

/** URI="": nothing can be said before all octets are there. */
export interface NeedsWholeDocument {
  readonly kind: 'whole-document'
}

/**
 * Reads a package up to `<AttachmentEncoded`, or all of it.
 * @param octets as received; the caller has bounded their number
 * @throws {GatewayError} every code of the group "the signed bytes" that needs no trust to be decided
 */
export function examine(octets: Uint8Array, extent: 'head' | 'whole'): Examined | NeedsWholeDocument {
  const plain = requireUtf8(octets)
  const skeleton = requireSkeleton(plain, extent)
  const { places, signature, ids, taken } = requireLayout(skeleton)
  const element = readSignatureElement(skeleton, signature)
  requireReceiptInStatus(element, places, skeleton)
  const signedInfo = canonicalForm(skeleton.text, element.signedInfo)
  const said = readSignedInfo(signedInfo.read())
  const references = assignReferences(skeleton, places, element, said, ids)
  if (references.document !== undefined && skeleton.open) return { kind: 'whole-document' }

  const check = new DigestCheck()
  const parts = canonicalParts(skeleton, places, signature, references, check)
  const properties = element.signedProperties && canonicalForm(skeleton.text, element.signedProperties)
  const receipt = element.receipt && canonicalForm(skeleton.text, element.receipt)
  check.compare(properties, references.signedProperties)
  check.compare(receipt, references.receipt)
  return {
    kind: 'examined',
    signedInfo: said,
    signedInfoOctets: signedInfo.octets,
    signatureValue: element.value,
    certificates: element.certificates,
    properties: properties === undefined ? {} : readSigningProperties(properties.read()),
    receipt: receipt && readReceipt(receipt.read()),
    sender: readSender(parts.messageHeader.read()),
    ...partsInFile(skeleton, places, parts),
    attachments: readAttachments(skeleton, places, parts.attachments, octets.length - plain.length),
    mismatches: check.mismatches,
    tail: expectedTail(skeleton, references, taken),
  }
}

/** The cheap reading first, so that limits hold before a tree is built; then libxml2 decides. */
function requireSkeleton(octets: Buffer, extent: 'head' | 'whole'): Skeleton {
  const skeleton = readSkeleton(octetText(octets))
  const isOpenHead = extent === 'head' && skeleton?.open === true
  requireWellFormed(isOpenHead ? Buffer.concat([octets, octetsOf(`</${skeleton.root.name}>`)]) : octets)
  if (skeleton === undefined) throw new GatewayError('not-well-formed', 'The markup of the package cannot be followed.')
  return skeleton
}

/** Only an answering status says which octets it answers. */
function requireReceiptInStatus({ receipt }: SignatureElement, places: Places, { open }: Skeleton): void {
  const isStatus = !open && Object.keys(places).length === 1
  if (receipt === undefined || isStatus) return
  throw new GatewayError('signature-object-unexpected', 'Only a status carries NonRepudiationInformation.')
}

/** Compares what stands there with what was signed; judge.ts asks for the result once the signature value is proven. */
class DigestCheck {
  readonly mismatches: string[] = []

  compare(signed: { readonly octets: Uint8Array } | undefined, reference: SignedReference | undefined): void {
    if (signed === undefined || reference === undefined) return
    if (sameOctets(digestOf(reference.digestName, signed.octets), reference.digestValue)) return
    this.mismatches.push(reference.uri)
  }
}

type CanonicalParts = { readonly [Part in keyof Places]: CanonicalElement }

function canonicalParts(
  skeleton: Skeleton,
  places: Places,
  signature: Element,
  references: Assigned,
  check: DigestCheck,
): CanonicalParts {
  if (references.document !== undefined) return partsOfDocument(skeleton, signature, references.document, check)
  const parts = eachPlace(skeleton.text, places)
  check.compare(parts.messageHeader, references.messageHeader)
  check.compare(parts.traceHeaderList, references.traceHeaderList)
  check.compare(parts.body, references.body)
  check.compare(parts.attachments, references.attachments)
  return parts
}

/**
 * URI="" (XMLDSig 1.1 §4.4.3.2 and §6.6.4): the document without its signature is canonicalized, and the parts are
 * taken from those octets, not from the file.
 */
function partsOfDocument(
  { text }: Skeleton,
  signature: Element,
  reference: SignedReference,
  check: DigestCheck,
): CanonicalParts {
  const rest = octetsOf(text.slice(0, signature.start) + text.slice(signature.end))
  const inclusive = reference.transforms[1] === canonicalizations.inclusive
  const octets = canonicalize(rest, inclusive ? XmlC14NMode.XML_C14N_1_0 : XmlC14NMode.XML_C14N_EXCLUSIVE_1_0)
  check.compare({ octets }, reference)
  const signed = reread(octets)
  return eachPlace(signed.text, requirePlaces(signed))
}

function eachPlace(text: string, { messageHeader, traceHeaderList, body, attachments }: Places): CanonicalParts {
  return {
    messageHeader: canonicalForm(text, messageHeader),
    ...(traceHeaderList && { traceHeaderList: canonicalForm(text, traceHeaderList) }),
    ...(body && { body: canonicalForm(text, body) }),
    ...(attachments && { attachments: canonicalForm(text, attachments) }),
  }
}

function partsInFile(
  { text }: Skeleton,
  places: Places,
  parts: CanonicalParts,
): Pick<Examined, 'messageHeader' | 'traceHeaderList' | 'body'> {
  const inFile = (part: CanonicalElement | undefined, element: Element | undefined): Part | undefined =>
    part && element && { octets: part.octets, line: lineOf(text, element.start) }
  return {
    messageHeader: { octets: parts.messageHeader.octets, line: lineOf(text, places.messageHeader.start) },
    traceHeaderList: inFile(parts.traceHeaderList, places.traceHeaderList),
    body: inFile(parts.body, places.body),
  }
}

function readAttachments(
  { text }: Skeleton,
  places: Places,
  part: CanonicalElement | undefined,
  shift: number,
): readonly ReadAttachment[] {
  if (part === undefined || places.attachments === undefined) return []
  return readWholeAttachments(part.read(), text, places.attachments, shift)
}

function expectedTail({ root }: Skeleton, { tail }: Assigned, taken: ReadonlySet<string>): ExpectedTail | undefined {
  const unprefixed = root.scope.get('') === namespaces.edxml
  return tail && { reference: tail, rootName: root.name, unprefixed, ids: [...taken] }
}
