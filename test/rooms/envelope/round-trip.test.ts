import { expect } from 'chai'
import fc from 'fast-check'
import { readEnvelope, writeStatus } from '../../../src/envelope/index.ts'
import { verify } from '../../../src/signature/index.ts'
import { anyDocument, anyStatus } from '../../support/any-message.ts'
import { documentMessage } from '../../support/messages.ts'
import { toySigner } from '../../support/pki.ts'
import { NOON, toyTrust } from '../../support/toy-signers.ts'
import { fileOf, written } from '../../support/written.ts'

const signer = toySigner('g02', 'p256')
const trust = toyTrust()

describe('what is written, signed, verified and read', () => {
  it('is the same document, in any letters of Unicode', async () => {
    await fc.assert(
      fc.asyncProperty(anyDocument, async (message) => {
        const { head, chunks, attachments } = await written(message, signer)
        const content = await verify(streamOf([head.octets, ...chunks]), trust, NOON)
        const read = readEnvelope(content, NOON)
        expect(read.message).to.deep.equal(message)
        expect(read.contentDigest).to.equal(head.contentDigest)
        expect(content.attachments, 'where each octet stands').to.deep.equal(attachments.attachments)
        expect(content.references).to.deep.equal(head.references)
      }),
      { numRuns: 200 },
    )
  })

  it('is the same status, in any letters of Unicode', async () => {
    await fc.assert(
      fc.asyncProperty(anyStatus, async (message) => {
        const status = await writeStatus(message, signer, NOON)
        const read = readEnvelope(await verify(status.octets, trust, NOON), NOON)
        expect(read.message).to.deep.equal(message)
        expect(read.contentDigest).to.equal(status.contentDigest)
      }),
      { numRuns: 200 },
    )
  })

  for (const [name, text] of [
    ['U+0085, next line', 'a\u0085b'],
    ['U+2028, line separator', 'a\u2028b'],
    ['carriage return', 'a\rb\r\nc'],
    ['tab and line feed', 'a\tb\nc'],
    ['an astral letter', '\u{20bb7}野家 😀'],
    ['the last letter that XML has', '\u{10ffff}\ud7ff\ue000\ufffd'],
    ['Vietnamese, composed', 'Thủ tướng Chính phủ quyết định'.normalize('NFC')],
    ['Vietnamese, decomposed', 'Thủ tướng Chính phủ quyết định'.normalize('NFD')],
    ['a BOM inside', 'a\ufeffb'],
    ['a BOM before a text', '\ufeff\ufeffQuyết định & "<kế hoạch>"\r của Bộ'],
    ['white space around', '  a  b  '],
    ['markup', '</edXML:Subject> <!-- & --> ]]> <![CDATA[x]]> &amp;'],
  ] as const) {
    it(`survives: ${name}`, async () => {
      const [attachment] = documentMessage().attachments
      if (attachment === undefined) return expect.fail('the document has an attachment')
      const message = documentMessage({
        subject: text,
        attachments: [{ ...attachment, attachmentName: `${text}.pdf`, description: text }],
      })
      const { head, chunks } = await written(message, signer)
      const content = await verify(Buffer.from(fileOf(head, chunks)), trust, NOON)
      expect(readEnvelope(content, NOON).message).to.deep.equal(message)
      expect(content.attachments[0]?.attachmentName).to.equal(`${text}.pdf`)
      expect(content.attachments[0]?.description).to.equal(text)
    })
  }
})

async function* streamOf(items: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* items
}
