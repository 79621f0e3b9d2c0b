import { XmlC14NMode } from 'libxml2-wasm'
import { GatewayError } from '../base/index.ts'
import { canonicalizations, digestOf } from './algorithms.ts'
import type { ReadAttachment } from './attachments.ts'
import { canonicalize, exclusiveOctets } from './canonical.ts'
import { type Places, requireLayout, requirePlaces } from './layout.ts'
import { namespaces } from './names.ts'
import { decodeText, octetsOf, octetText, requireUtf8 } from './octet-text.ts'
import { type Assigned, assignReferences } from './references.ts'
import {
  readSignatureElement,
  readSignedInfo,
  type SignatureElement,
  type SignedInfo,
  type SignedReference,
  sameOctets,
} from './signature-element.ts'
import type { ReceiptInfo } from './signed-content.ts'
import { readReceipt, readSigningProperties, type SigningProperties } from './signed-objects.ts'
import { type Element, lineOf, readSkeleton, reread, type Skeleton } from './skeleton.ts'
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
export function examine(octets: Uint8Array, extent: 'whole'): Examined
export function examine(octets: Uint8Array, extent: 'head'): Examined | NeedsWholeDocument
export function examine(octets: Uint8Array, extent: 'head' | 'whole'): Examined | NeedsWholeDocument {
  const plain = requireUtf8(octets)
  const skeleton = requireSkeletonOf(plain, extent)
  const { places, signature, ids } = requireLayout(skeleton)
  const element = readSignatureElement(skeleton, signature)
  const isStatus = !skeleton.open && places.traceHeaderList === undefined && places.body === undefined
  if (element.receipt !== undefined && !isStatus) {
    throw new GatewayError('signature-object-unexpected', 'Only a status carries NonRepudiationInformation.')
  }
  const signedInfoOctets = exclusiveOctets(skeleton.text, element.signedInfo)
  const signedInfo = readSignedInfo(signedInfoOctets)
  const assigned = assignReferences(skeleton, places, element, signedInfo, ids)
  if (assigned.document !== undefined && skeleton.open) return { kind: 'whole-document' }
  const parts =
    assigned.document === undefined
      ? partsById(skeleton, places, assigned)
      : partsOfDocument(skeleton, places, signature, assigned.document)
  const objects = examineObjects(skeleton, element, assigned)
  return {
    kind: 'examined',
    signedInfo,
    signedInfoOctets,
    signatureValue: element.value,
    certificates: element.certificates,
    messageHeader: parts.messageHeader,
    traceHeaderList: parts.traceHeaderList,
    body: parts.body,
    attachments: readAttachments(skeleton, places, parts.attachments, octets.length - plain.length),
    properties: objects.properties,
    receipt: objects.receipt,
    mismatches: [...parts.mismatches, ...objects.mismatches],
    tail: assigned.tail && {
      reference: assigned.tail,
      rootName: skeleton.root.name,
      unprefixed: skeleton.root.scope.get('') === namespaces.edxml,
      ids: [...ids.keys()],
    },
  }
}

/** The cheap reading first, so that limits hold before a tree is built; then libxml2 decides. */
function requireSkeletonOf(octets: Buffer, extent: 'head' | 'whole'): Skeleton {
  const skeleton = readSkeleton(octetText(octets))
  const whole =
    skeleton?.open === true && extent === 'head'
      ? Buffer.concat([octets, octetsOf(`</${skeleton.root.name}>`)])
      : octets
  requireWellFormed(whole)
  if (skeleton === undefined) throw new GatewayError('not-well-formed', 'The markup of the package cannot be followed.')
  return skeleton
}

function partsById(skeleton: Skeleton, places: Places, assigned: Assigned) {
  const mismatches: string[] = []
  const part = (element: Element | undefined, reference: SignedReference | undefined): Part | undefined => {
    if (element === undefined || reference === undefined) return undefined
    const { octets, matches } = signedOctets(skeleton, element, reference)
    if (!matches) mismatches.push(reference.uri)
    return { octets, line: lineOf(skeleton.text, element.start) }
  }
  const messageHeader = part(places.messageHeader, assigned.messageHeader)
  if (messageHeader === undefined) throw new GatewayError('reference-missing', 'The MessageHeader is not signed.')
  return {
    messageHeader,
    traceHeaderList: part(places.traceHeaderList, assigned.traceHeaderList),
    body: part(places.body, assigned.body),
    attachments: part(places.attachments, assigned.attachments),
    mismatches,
  }
}

/**
 * URI="" (XMLDSig 1.1 §4.4.3.2 and §6.6.4): the document without its signature is canonicalized, and the parts are
 * taken from those octets, not from the file.
 */
function partsOfDocument({ text }: Skeleton, source: Places, signature: Element, reference: SignedReference) {
  const rest = octetsOf(text.slice(0, signature.start) + text.slice(signature.end))
  const inclusive = reference.transforms[1] === canonicalizations.inclusive
  const octets = canonicalize(rest, inclusive ? XmlC14NMode.XML_C14N_1_0 : XmlC14NMode.XML_C14N_EXCLUSIVE_1_0)
  const matches = sameOctets(digestOf(reference.digestName, octets), reference.digestValue)
  const canonical = reread(octets)
  const places = requirePlaces(canonical)
  const part = (element: Element | undefined, written: Element | undefined): Part | undefined =>
    element && written && { octets: exclusiveOctets(canonical.text, element), line: lineOf(text, written.start) }
  return {
    messageHeader: {
      octets: exclusiveOctets(canonical.text, places.messageHeader),
      line: lineOf(text, source.messageHeader.start),
    },
    traceHeaderList: part(places.traceHeaderList, source.traceHeaderList),
    body: part(places.body, source.body),
    attachments: part(places.attachments, source.attachments),
    mismatches: matches ? [] : [reference.uri],
  }
}

function examineObjects(skeleton: Skeleton, element: SignatureElement, assigned: Assigned) {
  const mismatches: string[] = []
  const read = <T>(
    object: Element | undefined,
    reference: SignedReference | undefined,
    reader: (octets: Uint8Array) => T,
  ) => {
    if (object === undefined || reference === undefined) return undefined
    const { octets, matches } = signedOctets(skeleton, object, reference)
    if (!matches) mismatches.push(reference.uri)
    return reader(octets)
  }
  return {
    properties: read(element.signedProperties, assigned.signedProperties, readSigningProperties) ?? {},
    receipt: read(element.receipt, assigned.receipt, readReceipt),
    mismatches,
  }
}

function signedOctets(
  { text }: Skeleton,
  element: Element,
  reference: SignedReference,
): { octets: Buffer; matches: boolean } {
  const octets = exclusiveOctets(text, element)
  return { octets, matches: sameOctets(digestOf(reference.digestName, octets), reference.digestValue) }
}

function readAttachments(
  { text }: Skeleton,
  places: Places,
  part: Part | undefined,
  shift: number,
): readonly ReadAttachment[] {
  return part === undefined || places.attachments === undefined
    ? []
    : readWholeAttachments(part.octets, text, places.attachments, shift)
}

/** `From/OrganId` as the digested octets have it; undefined unless there is exactly one. */
export function readSender(messageHeader: Uint8Array): string | undefined {
  const { text, root } = reread(messageHeader)
  const [from, secondFrom] = root.children.filter(
    (child) => child.local === 'From' && child.namespace === namespaces.edxml,
  )
  if (from === undefined || secondFrom !== undefined) return undefined
  const [organ, secondOrgan] = from.children.filter(
    (child) => child.local === 'OrganId' && child.namespace === namespaces.edxml,
  )
  if (organ === undefined || secondOrgan !== undefined || organ.children.length > 0) return undefined
  return decodeText(text.slice(organ.contentStart, organ.contentEnd))?.trim()
}
