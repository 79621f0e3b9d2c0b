import { expect } from 'chai'
import { codeOf } from '../../../src/base/index.ts'
import { type SignedContent, verify } from '../../../src/signature/index.ts'
import { documentMessage } from '../../support/messages.ts'
import { jdk, packageIds } from '../../support/oracles.ts'
import {
  algorithms,
  canonical,
  documentText,
  receiptObject,
  resigned,
  signedPackage,
  statusText,
  unsignedPackage,
  wholeSignatureText,
} from '../../support/packages.ts'
import { toySigner } from '../../support/pki.ts'
import { type Random, seededChoices } from '../../support/random.ts'
import { handSigner, NOON, toyTrust } from '../../support/toy-signers.ts'
import { fileOf, written } from '../../support/written.ts'

const SEED = 20261121
const signer = handSigner('g02-p256')

const { head, chunks } = await written(documentMessage(), toySigner('g02', 'p256'))

// threat: forged-package
describe('a byte changed, removed or added at random', () => {
  for (const [form, text] of [
    ['document that we wrote', fileOf(head, chunks)],
    ['document', signedPackage(documentText, signer)],
    ['status', signedPackage({ ...statusText, receipt: receiptObject }, signer)],
    ['document signed as a whole', resigned(unsignedPackage(documentText, wholeSignatureText(signer)), signer)],
    [
      'document signed as a whole, inclusively',
      resigned(unsignedPackage(documentText, wholeSignatureText(signer, algorithms.inclusive)), signer),
    ],
  ] as const) {
    const octets = Buffer.from(text)
    for (const { title, start, end } of rangesOf(octets))
      it(`in ${title} of a ${form} never makes us believe anything else (seed ${SEED})`, async () => {
        const random = seededChoices(SEED + start)
        const original = contentOf(await verify(octets, toyTrust(), NOON))
        for (let i = 0; i < 60; i++) {
          const at = start + random.below(end - start)
          const { mutant, what } = mutate(octets, at, random)
          const content = await believed(mutant)
          if (content === undefined || mutant.equals(octets)) continue
          expect(contentOf(content), what).to.deep.equal(original)
          // The JDK stumbles over white space between the two signs of a base64 padding.
          if (!inBase64(octets.toString('latin1'), at))
            expect(await jdk(mutant, signer.publicKey, packageIds), what).to.include({ accepted: true })
          expect(signedForm(mutant), what).to.deep.equal(signedForm(octets))
          expect(meansNothing(octets, at), `${what} is believed, and stands where it could mean something`).to.equal(
            true,
          )
        }
      })
  }
})

interface Range {
  readonly title: string
  readonly start: number
  readonly end: number
}

/** The signed parts, the parts of the signature, and all. */
function rangesOf(octets: Buffer): Range[] {
  const names = [
    'edXML:MessageHeader',
    'edXML:TraceHeaderList',
    'edXML:edXMLBody',
    'AttachmentEncoded',
    'ds:SignedInfo',
    'ds:SignatureValue',
    'ds:KeyInfo',
    'xades:QualifyingProperties',
    'lt:NonRepudiationInformation',
  ]
  const parts = names
    .map((name) => ({
      title: name,
      start: octets.indexOf(`<${name}`),
      end: octets.indexOf(`</${name}>`) + name.length + 3,
    }))
    .filter(({ start }) => start >= 0)
  return [...parts, { title: 'the whole', start: 0, end: octets.length }]
}

/** What libxml2 makes of everything that is signed: white space inside a tag changes the octets of a part, not its form. */
function signedForm(octets: Buffer): readonly string[] {
  return ['SignedInfo', ...SIGNED].map((name) =>
    Buffer.from(canonical(octets.toString(), `//*[local-name()="${name}"]`)).toString(),
  )
}

const SIGNED = [
  'MessageHeader',
  'TraceHeaderList',
  'edXMLBody',
  'AttachmentEncoded',
  'SignedProperties',
  'NonRepudiationInformation',
] as const

/**
 * Where a change may go unnoticed: before the root; in white space in and between tags; in white space within the
 * base64 of SignatureValue and the certificate; and in the issuers' certificates of KeyInfo, which help to find a path
 * and are judged by it.
 */
function meansNothing(octets: Buffer, at: number): boolean {
  const text = octets.toString('latin1')
  const issuers = text.indexOf('<ds:X509Certificate>', text.indexOf('<ds:X509Certificate>') + 1)
  const amongIssuers = at >= issuers && at < text.indexOf('</ds:X509Data>')
  return at < text.indexOf('<edXML ') || amongIssuers || inMarkup(text, at) || inBase64(text, at)
}

function inMarkup(text: string, at: number): boolean {
  return (
    text.lastIndexOf('<', at) > text.lastIndexOf('>', at - 1) || /[\s<>]/.test(text.slice(Math.max(0, at - 1), at + 2))
  )
}

function inBase64(text: string, at: number): boolean {
  return ['ds:SignatureValue', 'ds:X509Certificate'].some(
    (name) => text.lastIndexOf(`<${name}>`, at) > text.lastIndexOf(`</${name}>`, at),
  )
}

function mutate(octets: Buffer, at: number, random: Random): { mutant: Buffer; what: string } {
  const meaningful = Buffer.from(' \n\t\r<>&"\'/=A0:#')
  const octet = random.pick([...meaningful, random.below(256), (octets[at] ?? 0) ^ (1 << random.below(8))])
  const kind = random.pick(['change', 'remove', 'insert'] as const)
  const rest = kind === 'insert' ? at : at + 1
  const put = kind === 'remove' ? Buffer.alloc(0) : Buffer.from([octet])
  const near = octets.subarray(Math.max(0, at - 20), at + 20).toString()
  const mutant = Buffer.concat([octets.subarray(0, at), put, octets.subarray(rest)])
  return { mutant, what: `${kind} ${octet} at ${at}: …${near}…` }
}

async function believed(octets: Buffer): Promise<SignedContent | undefined> {
  try {
    return await verify(octets, toyTrust(), NOON)
  } catch (error) {
    expect(codeOf(error), String(error)).not.to.equal('internal')
    return undefined
  }
}

/** All that a reader could take from it; not the digest and length of the file, nor where things stand in it. */
function contentOf({
  messageHeader,
  traceHeaderList,
  body,
  attachments,
  receipt,
  signer,
  signingTime,
  algorithms,
  references,
}: SignedContent): unknown {
  const text = (octets: Uint8Array | undefined): string | undefined => octets && Buffer.from(octets).toString()
  return {
    messageHeader: text(messageHeader),
    traceHeaderList: text(traceHeaderList),
    body: text(body),
    attachments: attachments.map((attachment) => ({ ...attachment, spans: undefined })),
    receipt,
    signer: [signer.agency, signer.certificate.fingerprint, signer.chain.path.map(({ fingerprint }) => fingerprint)],
    signingTime,
    algorithms,
    references,
  }
}
