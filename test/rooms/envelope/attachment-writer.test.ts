import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { codeOf, limits } from '../../../src/base/index.ts'
import { AttachmentWriter } from '../../../src/envelope/index.ts'
import type { AttachmentDescription } from '../../../src/message/index.ts'
import type { SignedAttachment } from '../../../src/signature/index.ts'
import { pieces } from '../../support/written.ts'

const description = (contentId: string): AttachmentDescription => ({
  contentId,
  contentType: 'application/pdf',
  attachmentName: `tệp ${contentId}.pdf`,
})

describe('the writer of attachments', () => {
  it('emits chunks of exactly the agreed size, the last one shorter', async () => {
    const { chunks, result } = await write([new Uint8Array(5000)], 1000)
    expect(chunks.slice(0, -1).every(({ length }) => length === 1000)).to.equal(true)
    expect(chunks.at(-1)?.length).to.be.lessThan(1001)
    expect(result.chunks).to.equal(chunks.length)
    expect(result.octets).to.equal(Buffer.concat(chunks).length)
  })

  it('begins chunk 1 with AttachmentEncoded, and ends the file', async () => {
    const text = Buffer.concat((await write([Buffer.from('x')], 1000)).chunks).toString()
    expect(text)
      .to.match(/^<AttachmentEncoded Id="AttachmentEncoded">\n/)
      .and.match(/<\/AttachmentEncoded>\n<\/edXML>\n$/)
  })

  it('tells for every octet of every attachment in which chunk it is', async () => {
    const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 64, max: 400 }), async (files, chunkBytes) => {
        const { chunks, added } = await write(files, chunkBytes)
        for (const [index, attachment] of added.entries()) {
          const content = Buffer.from(files[index] ?? [])
          expect(attachment.length).to.equal(content.length)
          expect(attachment.sha256).to.equal(createHash('sha256').update(content).digest('hex'))
          expect(base64In(attachment, chunks)).to.equal(content.toString('base64'))
          let before = 0
          for (const { chunk, start, end, charactersBefore } of attachment.spans) {
            expect(charactersBefore).to.equal(before)
            expect(chunk).to.be.within(1, chunks.length)
            before += end - start
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  it('writes base64 without line breaks, however the content comes in', async () => {
    const content = Buffer.from('một văn bản dài'.repeat(100))
    const { chunks } = await write([content], 4096)
    expect(Buffer.concat(chunks).toString()).to.include(`>${content.toString('base64')}<`)
  })

  it('emits nothing without attachments', async () => {
    const { chunks, result } = await write([], 1000)
    expect(chunks).to.deep.equal([])
    expect(result).to.deep.equal({ digest: new Uint8Array(0), attachments: [], chunks: 0, octets: 0 })
  })

  it('waits for whoever takes the chunks, and holds no more than one', async () => {
    let taken = 0
    let offered = 0
    const writer = new AttachmentWriter(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      taken += 1
    }, 1000)
    await writer.add(
      description('a'),
      (async function* () {
        for (; offered < 200; offered++) {
          expect(offered * 100 - taken * 750).to.be.lessThan(2000)
          yield Buffer.alloc(100)
        }
      })(),
    )
    await writer.end()
    expect(taken).to.be.greaterThan(20)
  })

  for (const [what, code, change] of [
    ['an empty attachment', 'attachment-damaged', { content: '' }],
    ['a ContentId that is taken', 'document-invalid', { contentId: 'a-0' }],
    ['a name that XML cannot carry', 'document-invalid', { attachmentName: 'a\u0000.pdf' }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const writer = new AttachmentWriter(async () => undefined, 1000)
      await writer.add(description('a-0'), pieces(Buffer.from('x')))
      const { content = 'y', ...rest } = { content: 'y', ...change }
      const refusal = await writer
        .add({ ...description('a-1'), ...rest }, pieces(Buffer.from(content)))
        .catch((error: unknown) => error)
      expect(codeOf(refusal)).to.equal(code)
    })
  }

  it('refuses more attachments than a package may have', async () => {
    const writer = new AttachmentWriter(async () => undefined)
    for (let i = 0; i < limits.attachments; i++) await writer.add(description(`a-${i}`), pieces(Buffer.from('x')))
    const refusal = await writer.add(description('more'), pieces(Buffer.from('x'))).catch((error: unknown) => error)
    expect(codeOf(refusal)).to.equal('document-invalid')
  })
})

async function write(files: readonly Uint8Array[], chunkBytes: number) {
  const chunks: Uint8Array[] = []
  const writer = new AttachmentWriter(async (seq, bytes) => {
    expect(seq).to.equal(chunks.length + 1)
    chunks.push(bytes)
  }, chunkBytes)
  const added: SignedAttachment[] = []
  for (const [index, content] of files.entries())
    added.push(await writer.add(description(`a-${index}`), pieces(content)))
  return { chunks, added, result: await writer.end() }
}

function base64In({ spans }: SignedAttachment, chunks: readonly Uint8Array[]): string {
  return spans
    .map(({ chunk, start, end }) => Buffer.from(chunks[chunk - 1] ?? []).toString('latin1', start, end))
    .join('')
}
