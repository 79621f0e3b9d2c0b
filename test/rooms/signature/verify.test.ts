import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError, limits } from '../../../src/base/index.ts'
import { createSigner } from '../../../src/pki/index.ts'
import {
  assertSignedContent,
  type ReceiptInfo,
  type SignedContent,
  sign,
  verify,
  verifyHead,
} from '../../../src/signature/index.ts'
import {
  algorithms,
  canonical,
  documentText,
  edited,
  type PackageText,
  resigned,
  signedPackage,
  statusText,
  unsignedPackage,
  wholeSignatureText,
} from '../../support/packages.ts'
import { toyFile } from '../../support/pki.ts'
import { handSigner, NOON, signingKeys, toyTrust } from '../../support/toy-signers.ts'

const trust = toyTrust({ ed25519Agreed: true })
const sha256 = (octets: string | Uint8Array): Buffer => createHash('sha256').update(octets).digest()

describe('a package that its sender signed', () => {
  for (const { title, name, ...rest } of signingKeys)
    it(`is believed under ${title}, and tells who signed what`, async () => {
      const signer = createSigner({
        privateKeyPem: toyFile(`${name}.key`),
        certificatePem: toyFile(`${name}.crt`),
        ...rest,
      })
      const file = await packaged(documentText, signer)
      const content = await verify(file, trust, NOON)

      expect(content.signer.agency).to.equal('G02')
      expect(content.signer.certificate.fingerprint).to.equal(signer.certificate.fingerprint)
      expect(content.signer.chain.path.at(-1)?.subject).to.equal(content.signer.chain.path.at(-1)?.issuer)
      expect(content.signingTime).to.deep.equal(NOON)
      expect(content.algorithms).to.deep.equal({ signature: rest.method, digests: [algorithms.sha256] })
      expect(content.sha256).to.equal(sha256(file).toString('hex'))
      expect(content.octets).to.equal(file.length)
      expect(content.receipt).to.equal(undefined)
    })

  it('is handed on as the canonical octets that were digested, each with its line in the file', async () => {
    const file = await packaged(documentText)
    const content = await verify(file, trust, NOON)
    const parts = [
      ['MessageHeader', content.messageHeader, content.lines.messageHeader],
      ['TraceHeaderList', content.traceHeaderList, content.lines.traceHeaderList],
      ['edXMLBody', content.body, content.lines.body],
    ] as const
    for (const [id, octets, line] of parts) {
      expect(text(octets)).to.equal(canonical(file.toString(), `//*[@Id="${id}"]`).toString())
      expect(file.toString().split('\n')[(line ?? 0) - 1]).to.contain(`Id="${id}"`)
      const { digestValue } = content.references.find(({ uri }) => uri === `#${id}`) ?? {}
      expect(digestValue).to.equal(sha256(octets ?? '').toString('base64'))
    }
  })

  it('has its attachments found and digested where they stand', async () => {
    const file = await packaged(documentText)
    const { attachments } = await verify(file, trust, NOON)
    expect(attachments.map(({ contentId }) => contentId)).to.deep.equal(['a-1', 'a-2'])
    for (const { contentId, attachmentName, description, contentType, sha256: digest, length, spans } of attachments) {
      expect([attachmentName, description, contentType]).to.deep.equal([
        `công văn ${contentId}.pdf`,
        `Tệp ${contentId}`,
        'application/pdf',
      ])
      const decoded = Buffer.from(spans.map(({ start, end }) => file.toString('latin1', start, end)).join(''), 'base64')
      expect(decoded.toString()).to.equal(`%PDF-1.7 the content of ${contentId}, long enough to be cut somewhere`)
      expect([digest, length]).to.deep.equal([sha256(decoded).toString('hex'), decoded.length])
    }
  })

  it('may be a status that names the bytes it answers', async () => {
    const receipt: ReceiptInfo = {
      envelopeSha256: sha256('the envelope').toString('hex'),
      references: [
        { uri: '#a&b "c"', digestMethod: algorithms.sha256, digestValue: sha256('its header').toString('base64') },
      ],
    }
    const content = await verify(await packaged(statusText, undefined, receipt), trust, NOON)
    expect(content.receipt).to.deep.equal(receipt)
    expect(content.attachments).to.deep.equal([])
    expect(content.body).to.equal(undefined)
  })

  it('may leave the prefix out, though each such element declares the namespace once it is canonical', async () => {
    const header = documentText.header.replace(
      '</edXML:From>',
      `</edXML:From>${'<To><OrganId>000.00.00.G22</OrganId></To>'.repeat(limits.recipients)}`,
    )
    const content = await verify(
      Buffer.from(signedPackage({ ...documentText, header }, handSigner('g02-p256'))),
      trust,
      NOON,
    )
    expect(text(content.messageHeader).match(/<To xmlns=/g)).to.have.length(limits.recipients)
  })

  it('may be signed as a whole, and then the parts come from the canonical document', async () => {
    const signer = handSigner('g02-p256')
    const file = Buffer.from(signedWhole(documentText, signer))
    const whole = await verify(file, trust, NOON)
    const byId = await verify(Buffer.from(signedPackage(documentText, signer)), trust, NOON)
    expect(text(whole.messageHeader)).to.equal(text(byId.messageHeader))
    expect(text(whole.traceHeaderList)).to.equal(text(byId.traceHeaderList))
    expect(text(whole.body)).to.equal(text(byId.body))
    expect(whole.lines.messageHeader).to.equal(byId.lines.messageHeader)
    const content = ({ attachments }: SignedContent) => attachments.map((attachment) => ({ ...attachment, spans: [] }))
    expect(content(whole)).to.deep.equal(content(byId))
    expect(spannedText(file, whole)).to.deep.equal(
      spannedText(file, whole).map((base64) => Buffer.from(base64, 'base64').toString('base64')),
    )
  })
})

describe('a package that arrives in parts', () => {
  const file = Buffer.from(signedPackage(documentText, handSigner('g02-p256')))
  const tail = file.indexOf('<AttachmentEncoded')

  it('is judged alike wherever it was cut', async () => {
    const { attachments, ...whole } = await verify(file, trust, NOON)
    const cuts = fc.uniqueArray(fc.integer({ min: tail, max: file.length }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const items = cutAt(file, [tail, ...places])
        const content = await verify(stream(items), trust, NOON)
        const { attachments: cut, ...same } = content
        expect(same).to.deep.equal(whole)
        for (const [index, { spans, ...attachment }] of cut.entries()) {
          const {
            spans: [span],
            ...expected
          } = attachments[index] ?? { spans: [] }
          expect(attachment).to.deep.equal(expected)
          const base64 = spans.map(({ chunk, start, end }) => items[chunk]?.toString('latin1', start, end)).join('')
          expect(base64).to.equal(file.toString('latin1', span?.start, span?.end))
          let before = 0
          for (const { charactersBefore, start, end } of spans) {
            expect(charactersBefore).to.equal(before)
            before += end - start
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('is judged alike at every single cut of its tail', async () => {
    const { sha256: expected } = await verify(file, trust, NOON)
    for (let cut = tail; cut <= file.length; cut++) {
      const content = await verify(stream(cutAt(file, [tail, cut])), trust, NOON)
      expect(content.sha256, `cut at ${cut}`).to.equal(expected)
    }
  })

  it('has its head judged before the rest is there', async () => {
    const head = await verifyHead(file.subarray(0, tail), trust, NOON)
    const { messageHeader } = await verify(file, trust, NOON)
    expect(head).to.deep.equal({ kind: 'verified', agency: 'G02', messageHeader })
    expect(
      await refusal(verifyHead(Buffer.from(edited(file.toString('utf8', 0, tail), '7421', '7422')), trust, NOON)),
    ).to.equal('digest-mismatch')
  })

  it('is not judged by its head when the signature covers the whole document', async () => {
    const whole = Buffer.from(signedWhole(documentText, handSigner('g02-p256')))
    const head = whole.subarray(0, whole.indexOf('<AttachmentEncoded'))
    expect(await verifyHead(head, trust, NOON)).to.deep.equal({ kind: 'whole-document' })
    const parts = [head, ...cutAt(whole.subarray(head.length), [40, 400])]
    const content = await verify(stream(parts), trust, NOON)
    expect(content.attachments.map(({ sha256: digest }) => digest)).to.deep.equal(
      (await verify(whole, trust, NOON)).attachments.map(({ sha256: digest }) => digest),
    )
    expect(spannedTextOf(parts, content)).to.deep.equal(spannedText(whole, await verify(whole, trust, NOON)))
  })

  it('is told apart from one that ends too early', async () => {
    for (const end of [tail, tail + 30, file.indexOf('</AttachmentEncoded>'), file.length - 4])
      expect(
        await refusal(verify(stream([file.subarray(0, tail), file.subarray(tail, end)]), trust, NOON)),
        `${end}`,
      ).to.equal('not-well-formed')
  })
})

describe('attachments that are not written as the contract writes them', () => {
  const signer = handSigner('g02-p256')
  const variants: readonly (readonly [title: string, edit: (attachments: string) => string])[] = [
    ['with line breaks in the base64', (xml) => xml.replaceAll(/(<ContentTransferEncoded>.{20})/g, '$1\n')],
    ['with carriage returns', (xml) => xml.replaceAll(/(<ContentTransferEncoded>.{20})/g, '$1\r\n')],
    ['with empty elements', (xml) => xml.replaceAll(/<Description>[^<]*<\/Description>/g, '<Description/>')],
    ['with references in the names', (xml) => xml.replaceAll('công văn', '&quot;công&#32;v&#x103;n&amp;')],
    [
      'with the fields in another order',
      (xml) => xml.replaceAll(/(<ContentId>.*?<\/ContentId>)(.*?)(?=<\/Attachment>)/g, '$2$1'),
    ],
    [
      'with the prefix of the samples',
      (xml) =>
        xml
          .replaceAll(
            '<ContentTransferEncoded>',
            '<edXML:ContentTransferEncoded xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">',
          )
          .replaceAll('</ContentTransfer', '</edXML:ContentTransfer'),
    ],
    [
      'with another prefix',
      (xml) =>
        xml
          .replaceAll('<ContentId>', '<q:ContentId xmlns:q="http://www.mic.gov.vn/TBT/QCVN_102_2016">')
          .replaceAll('</ContentId>', '</q:ContentId>'),
    ],
  ]
  for (const [title, edit] of variants)
    it(`are read all the same: ${title}`, async () => {
      const plain = await verify(Buffer.from(signedPackage(documentText, signer)), trust, NOON)
      const attachments = edit(documentText.attachments ?? '')
      expect(attachments).not.to.equal(documentText.attachments)
      const file = Buffer.from(signedPackage({ ...documentText, attachments }, signer))
      const content = await verify(file, trust, NOON)
      expect(content.attachments.map(({ sha256: digest }) => digest)).to.deep.equal(
        plain.attachments.map(({ sha256: digest }) => digest),
      )
      expect(spannedText(file, content)).to.deep.equal(
        spannedText(Buffer.from(signedPackage(documentText, signer)), plain),
      )
    })
})

// threat: forged-package
describe('signed content', () => {
  it('cannot be made by anyone but verify, whatever it looks like', async () => {
    const content = await verify(await packaged(statusText), trust, NOON)
    assertSignedContent(content)
    const Constructor = content.constructor as new (...fields: unknown[]) => unknown
    const fakes: readonly unknown[] = [
      { ...content },
      Object.create(content) as unknown,
      Object.assign(Object.create(Object.getPrototypeOf(content) as object) as object, content),
      structuredClone({ ...content, signer: undefined }),
      new Proxy(content, {}),
      null,
    ]
    for (const fake of fakes) expect(() => assertSignedContent(fake)).to.throw(GatewayError)
    expect(() => new Constructor({ ...content })).to.throw(GatewayError)
    expect(() => new Constructor({ ...content }, Symbol('verified'))).to.throw(GatewayError)
  })

  it('cannot be changed afterwards', async () => {
    const content = await verify(await packaged(statusText), trust, NOON)
    expect(() => Object.assign(content, { messageHeader: Buffer.from('another') })).to.throw(TypeError)
  })
})

async function packaged(what: PackageText, signer = defaultSigner(), receipt?: ReceiptInfo): Promise<Buffer> {
  const unsigned = unsignedPackage(what, '')
  const parts = [...unsigned.matchAll(/ Id="([^"]*)"/g)].map(([, id = '']) => ({
    id,
    digest: sha256(canonical(unsigned, `//*[@Id="${id}"]`)),
    mimeType: 'text/xml',
  }))
  return Buffer.from(unsignedPackage(what, await sign(parts, signer, NOON, receipt)))
}

function defaultSigner() {
  return createSigner({ privateKeyPem: toyFile('g02-p256.key'), certificatePem: toyFile('g02-p256.crt') })
}

function text(octets: Uint8Array | undefined): string {
  return Buffer.from(octets ?? []).toString()
}

function cutAt(file: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set([...places, file.length])].sort((a, b) => a - b)
  return ends.map((end, index) => file.subarray(ends[index - 1] ?? 0, end))
}

async function* stream(items: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const item of items) yield item
}

async function refusal(judged: Promise<unknown>): Promise<string> {
  try {
    await judged
    return 'accepted'
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error)
  }
}

/** The base64 of each attachment by its spans, without white space. */
function spannedText(file: Buffer, content: SignedContent): string[] {
  return spannedTextOf([file], content)
}

function spannedTextOf(items: readonly Buffer[], { attachments }: SignedContent): string[] {
  return attachments.map(({ spans }) =>
    spans
      .map(({ chunk, start, end }) => items[chunk]?.toString('latin1', start, end) ?? '')
      .join('')
      .replaceAll(/\s/g, ''),
  )
}

function signedWhole(what: PackageText, signer: ReturnType<typeof handSigner>): string {
  return resigned(unsignedPackage(what, wholeSignatureText(signer)), signer)
}
