import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ReadEnvelope, readEnvelope } from '../../src/envelope/index.ts'
import type { Signer } from '../../src/pki/index.ts'
import { type ReceiptInfo, sign, type TrustMaterial, verify } from '../../src/signature/index.ts'
import { algorithms, canonical } from './packages.ts'
import { toySigner } from './pki.ts'
import { NOON, toyTrust } from './toy-signers.ts'

export interface SignVectorOptions {
  readonly signingTime?: Date
  readonly receipt?: ReceiptInfo
}

/** The text of a file in `test/vectors`. */
export function vectorText(name: string): string {
  return readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')
}

/**
 * Puts any unsigned package text under a toy signature, however it is written: missing Id attributes are added, the
 * digests are those of libxml2's exclusive canonical form over the real text, and ds:Signature becomes the last child
 * of edXMLHeader. Nothing else of the text is touched, and nothing of our writer is used. A text that is no XML gets a
 * signature over nothing, since it must be refused before its digests matter.
 */
export async function signVector(
  xml: string,
  signer: Signer = toySigner('g02', 'p256'),
  { signingTime = NOON, receipt }: SignVectorOptions = {},
): Promise<Uint8Array> {
  const text = signedNames.reduce(withId, xml)
  const ids = signedNames.flatMap((name) => {
    const id = new RegExp(`${startTag(name).source}[^>]*\\bId="([^"]*)"`).exec(text)?.[3]
    return id === undefined ? [] : [id]
  })
  const parts = ids.map((id) => ({ id, digest: digestOf(text, id), mimeType: 'text/xml' }))
  const signature = await sign(parts, signer, signingTime, receipt)
  return Buffer.from(text.replace(/<\/([^\s<>/:]+:)?edXMLHeader\s*>/, (end) => signature + end))
}

/** A package without its own signature, so that it can be put under another one. */
export function withoutSignature(xml: string): string {
  return xml.replace(/<ds:Signature[\s\S]*<\/ds:Signature>\s*/, '')
}

export interface ReadPackageOptions extends SignVectorOptions {
  readonly now?: Date
  readonly trust?: TrustMaterial
}

/**
 * Signs the text as the agency in its From would, verifies it and reads it: the way of every package into the house,
 * and there is no other. The file goes in as one piece.
 */
export async function readPackage(xml: string, options: ReadPackageOptions = {}): Promise<ReadEnvelope> {
  const { now = NOON, trust = toyTrust() } = options
  const content = await verify(await signVector(xml, senderOf(xml), options), trust, NOON)
  return readEnvelope(content, now)
}

/** The toy signer of the agency that `From` names; G02 where it names none. */
export function senderOf(xml: string): Signer {
  const from = /From>[\s\S]*?OrganId>\s*(?:\d{3}\.\d{2}\.\d{2}\.)?([A-Z]\d\d)\s*</.exec(xml)?.[1] ?? 'G02'
  return toySigner(from.toLowerCase(), 'p256')
}

const signedNames = ['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded'] as const

function startTag(name: string): RegExp {
  return new RegExp(`<(([^\\s<>/:]+:)?${name})(?=[\\s/>])`)
}

function withId(text: string, name: string): string {
  const hasId = new RegExp(`${startTag(name).source}[^>]*\\sId=`).test(text)
  return hasId ? text : text.replace(startTag(name), (tag) => `${tag} Id="${name}"`)
}

function digestOf(text: string, id: string): Uint8Array {
  try {
    const octets = canonical(text, `//*[@Id="${id}"]`, `Algorithm="${algorithms.exclusive}"`)
    return createHash('sha256').update(octets).digest()
  } catch {
    return new Uint8Array(32)
  }
}
