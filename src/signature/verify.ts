import assert from 'node:assert/strict'
import { codeOf, GatewayError, limits } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { type AttachmentTail, AttachmentTailReader, type ReadAttachment } from './attachments.ts'
import type { Examined, ExpectedTail, NeedsWholeDocument } from './examine.ts'
import { Input } from './input.ts'
import { judge, type ProvenSigner, refuseDigest, type TrustMaterial, underCertificate } from './judge.ts'
import { readable, view } from './octet-text.ts'
import { examineAside } from './offload.ts'
import { type SignedAttachment, type SignedContent, type SignedFields, signedContent } from './signed-content.ts'
import { sameOctets } from './strict-reader.ts'

/**
 * Verifies a package and returns what its signature covers: the only way to something that can be read as a message.
 * Reads no clock and does no I/O of its own.
 *
 * The order is the promise: cheap gates and the shape (examine.ts); certificate, signature value, digests, sender
 * (judge.ts); the attachments as they stream past. Only octets that were digested are handed on.
 *
 * @param input The file, or its chunks as they travel, which are ours to give back; the first holds everything before
 * `<AttachmentEncoded`.
 * @param at The instant of arrival.
 * @throws {GatewayError} the codes of the group "the signed bytes", not-edxml, attachment-damaged, attachments-incomplete
 * @see XMLDSig 1.1 §3.2; edXML notes §4.8
 */
export async function verify(
  input: Uint8Array | AsyncIterable<Uint8Array>,
  trust: TrustMaterial,
  at: Date,
): Promise<SignedContent> {
  const source = new Input(input)
  const first = (await source.next())?.octets ?? Buffer.alloc(0)
  const headOctets = headLength(first)
  const examined = await examineFirst(first, headOctets, source)
  if (examined.kind === 'whole-document') return verifyWhole(source, trust, at, 'envelope-too-large')
  const signer = judge(examined, trust, at)
  try {
    const attachments = await readTail(examined.tail, first, headOctets, source)
    if (attachments !== undefined) return contentOf(examined, signer, source, attachments)
  } catch (error) {
    throw underCertificate(error, signer.certificate)
  }
  return verifyWhole(source, trust, at, 'unexpected-content')
}

/**
 * Judges the first chunk alone, before the rest has arrived.
 * @returns whole-document: nothing can be said before all octets are there (URI="")
 * @throws {GatewayError} as `verify`
 */
export async function verifyHead(
  head: Uint8Array,
  trust: TrustMaterial,
  at: Date,
): Promise<{ kind: 'verified'; agency: AgencyCode; messageHeader: Uint8Array } | NeedsWholeDocument> {
  const examined = await examineAside(requireHead(head.subarray(0, headLength(view(head)))), 'head')
  if (examined.kind === 'whole-document') return examined
  const { agency } = judge(examined, trust, at)
  return { kind: 'verified', agency, messageHeader: examined.messageHeader.octets }
}

/** Everything before the attachments. A file that has none written in this way is its own head. */
function headLength(first: Buffer): number {
  const tail = first.indexOf(TAIL)
  return tail < 0 ? first.length : tail
}

const TAIL = '<AttachmentEncoded'

async function examineFirst(first: Buffer, headOctets: number, source: Input): Promise<Examined | NeedsWholeDocument> {
  const head = first.subarray(0, headOctets)
  const mayFollow = async (): Promise<boolean> => head.length < first.length || (await source.next()) !== undefined
  // A file without attachments in this form is its own head, however long: attachments under a prefix look like that.
  if (head.length > limits.headBytes && !(await mayFollow())) return { kind: 'whole-document' }
  try {
    return await examineAside(requireHead(head), 'head')
  } catch (error) {
    // The signature may stand behind the attachments, and then it is not missing but misplaced.
    if (codeOf(error) === 'signature-missing' && (await mayFollow())) return { kind: 'whole-document' }
    throw error
  }
}

/** URI="", or attachments written in a way that only libxml2 reads: the same checks over all octets at once. */
async function verifyWhole(
  source: Input,
  trust: TrustMaterial,
  at: Date,
  tooLarge: 'envelope-too-large' | 'unexpected-content',
): Promise<SignedContent> {
  const octets = await source.whole()
  if (octets === undefined) {
    throw new GatewayError(
      tooLarge,
      `Only packages of at most ${limits.wholeDocumentBytes} octets can be read as a whole; write the attachments as the contract says.`,
      { expected: limits.wholeDocumentBytes },
    )
  }
  const examined = await examineAside(octets, 'whole')
  assert(examined.kind === 'examined', 'a whole document needs nothing more')
  const signer = judge(examined, trust, at)
  const attachments = examined.attachments.map((attachment) => ({
    ...attachment,
    spans: attachment.spans.flatMap((span) => source.spansOf(span, octets)),
  }))
  return contentOf(examined, signer, source, attachments)
}

/** Undefined when only the whole-document path can tell what follows the head. */
async function readTail(
  expected: ExpectedTail | undefined,
  first: Buffer,
  headOctets: number,
  source: Input,
): Promise<readonly ReadAttachment[] | undefined> {
  if (expected === undefined) return headOctets < first.length || (await source.next()) !== undefined ? undefined : []
  if (!expected.unprefixed) return undefined
  const reader = new AttachmentTailReader(expected.reference.digestName, expected.rootName)
  if (!reader.push(first, 0, headOctets)) return undefined
  for (let item = await source.next(); item !== undefined; item = await source.next()) {
    if (!reader.push(item.octets, item.chunk)) return undefined
  }
  const tail = reader.end()
  if (tail !== undefined) requireTail(tail, expected)
  return tail?.attachments
}

function requireTail({ id, digest }: AttachmentTail, { reference, ids }: ExpectedTail): void {
  if (ids.includes(id)) {
    throw new GatewayError('id-not-unique', `The Id ${id} of AttachmentEncoded stands in the head too.`, { value: id })
  }
  if (reference.uri !== `#${id}`) {
    const value = readable(reference.uri)
    throw new GatewayError('reference-elsewhere', `The reference "${value}" names nothing at a place that is signed.`, {
      value,
    })
  }
  if (!sameOctets(digest, reference.digestValue)) refuseDigest(reference.uri)
}

function requireHead(head: Uint8Array): Uint8Array {
  if (head.length <= limits.headBytes) return head
  throw new GatewayError('envelope-too-large', `The part before the attachments has ${head.length} octets.`, {
    expected: limits.headBytes,
  })
}

function contentOf(
  examined: Examined,
  signer: ProvenSigner,
  source: Input,
  attachments: readonly ReadAttachment[],
): SignedContent {
  const { messageHeader, traceHeaderList, body, signedInfo, receipt } = examined
  const lines: SignedFields['lines'] = {
    messageHeader: messageHeader.line,
    ...(traceHeaderList && { traceHeaderList: traceHeaderList.line }),
    ...(body && { body: body.line }),
  }
  const { certificate, agency, chain, signingTime } = signer
  return signedContent({
    messageHeader: messageHeader.octets,
    ...(traceHeaderList && { traceHeaderList: traceHeaderList.octets }),
    ...(body && { body: body.octets }),
    attachments: attachments.map(requireIntact),
    lines,
    ...(receipt && { receipt }),
    signer: { certificate, agency, chain },
    signingTime,
    algorithms: {
      signature: signedInfo.signatureMethod,
      digests: [...new Set(signedInfo.references.map(({ digestMethod }) => digestMethod))],
    },
    references: signedInfo.references.map(({ uri, digestMethod, digestValue }) => ({
      uri: readable(uri),
      digestMethod,
      digestValue: Buffer.from(digestValue).toString('base64'),
    })),
    ...source.finish(),
  })
}

/** Told only now: what was not signed cannot be damaged, only forged. */
function requireIntact({ content, ...attachment }: ReadAttachment): SignedAttachment {
  if (content === undefined) {
    throw new GatewayError(
      'attachment-damaged',
      `The attachment ${attachment.contentId} is empty or not valid base64.`,
      {
        value: attachment.contentId,
      },
    )
  }
  return { ...attachment, ...content }
}
