import type { KeyObject } from 'node:crypto'
import { type XmlAttribute, type XmlDocument, XmlElement, XmlXPath } from 'libxml2-wasm'
import { GatewayError, limits } from '../base/index.ts'
import { requireKeyStrength } from '../pki/index.ts'
import { digestOf, requireSignatureMethod, signatureMatches } from './algorithms.ts'
import { type Canonicalization, canonicalElement, canonicalWhole } from './canonical.ts'
import { type CoreReference, readCoreSignedInfo, requireCanonicalization } from './core-signed-info.ts'
import { namespaces } from './names.ts'
import { requireUtf8 } from './octet-text.ts'
import { requireNoDoctype } from './skeleton.ts'
import { decodeBase64, sameOctets } from './strict-reader.ts'
import { parseXml } from './well-formed.ts'

/** What a signature was found to cover. */
export interface CoreVerdict {
  /** `name` for the root of a whole document, `name#Id` for an element. */
  readonly signedElements: readonly string[]
  readonly algorithms: { readonly signature: string; readonly digests: readonly string[] }
}

/**
 * The core profile: verifies any enveloped, enveloping or by-Id XML signature under a given key, with the algorithms
 * of the strict profile; C14N 1.0, 1.1 and exclusive, enveloped-signature; no XPath, no XSLT, no envelope rules. It
 * says what was signed, and whoever reads the document must read only that.
 * @throws {GatewayError} the codes of the group "the signed bytes"
 * @see XMLDSig 1.1 §3.2, §4.4.3
 */
export async function verifyCore(file: Uint8Array, key: KeyObject): Promise<CoreVerdict> {
  if (file.length > limits.wholeDocumentBytes) {
    throw new GatewayError('envelope-too-large', `The file has ${file.length} octets.`, {
      expected: limits.wholeDocumentBytes,
    })
  }
  const octets = requireUtf8(file)
  requireNoDoctype(octets)
  requireKeyStrength(key)
  using document = parseXml(octets)
  const ids = collectIds(document)
  const signature = requireOneSignature(document)
  const signedInfo = requireChild(signature, 'SignedInfo')
  const canonicalization = requireCanonicalization(
    requireChild(signedInfo, 'CanonicalizationMethod').attr('Algorithm')?.value ?? '',
    signedInfo.get(PREFIX_LIST)?.content,
  )
  const signedOctets = canonicalElement(signedInfo, canonicalization)
  const { signatureMethod, references } = readCoreSignedInfo(signedOctets, canonicalization)
  const value = decodeBase64(requireChild(signature, 'SignatureValue').content)
  if (value === undefined) throw new GatewayError('signature-malformed', 'SignatureValue is not base64.')
  if (!signatureMatches(requireSignatureMethod(signatureMethod), key, signedOctets, value)) {
    throw new GatewayError(
      'signature-invalid',
      'The SignatureValue was not made by the given key over this SignedInfo.',
    )
  }
  for (const reference of references) requireDigest(reference, octets, document, ids)
  return {
    signedElements: references.map(({ uri }) => (ids.get(uri.slice(1)) ?? document.root).name + uri),
    algorithms: {
      signature: signatureMethod,
      digests: [...new Set(references.map(({ digestMethod }) => digestMethod))],
    },
  }
}

const SIGNATURES = XmlXPath.compile('//ds:Signature', { ds: namespaces.ds })
const IDS = XmlXPath.compile('//@Id | //@ID | //@id | //@xml:id')
const PREFIX_LIST = XmlXPath.compile('ds:CanonicalizationMethod/ec:InclusiveNamespaces/@PrefixList', {
  ds: namespaces.ds,
  ec: namespaces.exclusive,
})

/** Whatever any verifier may take for an id: each value once. */
function collectIds(document: XmlDocument): ReadonlyMap<string, XmlElement> {
  const ids = new Map<string, XmlElement>()
  for (const node of document.find(IDS)) {
    const { value } = node as XmlAttribute
    if (ids.has(value))
      throw new GatewayError('id-not-unique', `The id ${value} stands twice.`, { value, line: node.line })
    if (node.parent !== null) ids.set(value, node.parent)
  }
  return ids
}

function requireOneSignature(document: XmlDocument): XmlElement {
  const [signature, second] = document.find(SIGNATURES)
  if (second !== undefined) throw new GatewayError('signature-repeated', 'The file holds more than one Signature.')
  if (!(signature instanceof XmlElement)) {
    throw new GatewayError('signature-missing', `The file holds no Signature of the namespace ${namespaces.ds}.`)
  }
  return signature
}

/** The only child of this name. */
function requireChild(parent: XmlElement, name: string): XmlElement {
  const found: XmlElement[] = []
  for (let node = parent.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement && node.name === name && node.namespaceUri === namespaces.ds) found.push(node)
  }
  const [child, second] = found
  if (child === undefined || second !== undefined) {
    throw new GatewayError('signature-malformed', `${parent.name} must hold exactly one ${name}.`)
  }
  return child
}

function requireDigest(
  reference: CoreReference,
  octets: Uint8Array,
  document: XmlDocument,
  ids: ReadonlyMap<string, XmlElement>,
): void {
  const canonical = reference.enveloped ? withoutSignature(reference, octets) : dereference(reference, document, ids)
  if (sameOctets(digestOf(reference.digestName, canonical), reference.digestValue)) return
  throw new GatewayError(
    'digest-mismatch',
    `What the reference "${reference.uri}" names has another digest than the one signed.`,
    {
      value: reference.uri,
    },
  )
}

/** The enveloped-signature transform (XMLDSig 1.1 §6.6.4), on a copy: other references may name what is in the signature. */
function withoutSignature(reference: CoreReference, octets: Uint8Array): Uint8Array {
  using copy = parseXml(octets)
  requireOneSignature(copy).remove()
  return dereference(reference, copy, collectIds(copy))
}

/** Comments are never part of what `""` and `#Id` name (XMLDSig 1.1 §4.4.3.3). */
function dereference(
  { uri, canonicalization }: CoreReference,
  document: XmlDocument,
  ids: ReadonlyMap<string, XmlElement>,
): Uint8Array {
  const method: Canonicalization = { ...canonicalization, withComments: false }
  if (uri === '') return canonicalWhole(document, method)
  const element = ids.get(uri.slice(1))
  if (!uri.startsWith('#') || element === undefined) {
    throw new GatewayError('reference-elsewhere', `The reference "${uri}" names no element of this file.`, {
      value: uri,
    })
  }
  return canonicalElement(element, method)
}
