import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { XmlC14NMode, XmlDocument, XmlElement } from 'libxml2-wasm'
import { codeOf, GatewayError, limits } from '../../../src/base/index.ts'
import { readEnvelope, writeDocument, writeStatus } from '../../../src/envelope/index.ts'
import type { DocumentMessage } from '../../../src/message/index.ts'
import { verify } from '../../../src/signature/index.ts'
import { documentMessage, statusMessage } from '../../support/messages.ts'
import { toySigner } from '../../support/pki.ts'
import { readPackage, vectorText } from '../../support/sign-vector.ts'
import { NOON, toyTrust } from '../../support/toy-signers.ts'
import { fileOf, written } from '../../support/written.ts'
import { violationsIn } from '../../support/xmllint.ts'

const signer = toySigner('g02', 'p256')
const clerk = toySigner('g22', 'p256')

describe('writing a document', () => {
  it('TOL-02: gives the prefix to all inside the envelope, and to ContentTransferEncoded alone outside', async () => {
    const { message } = await readPackage(vectorText('accepted-document.edxml'))
    const { head, chunks } = await written(message as DocumentMessage, signer)
    const text = fileOf(head, chunks).replace(/<ds:Signature[\s\S]*<\/ds:Signature>/, '<!-- ds:Signature -->')
    expect(text).to.equal(vectorText('tol-02-written.edxml'))
  })

  it('makes the octets of each signed element its exclusive canonical form, as libxml2 has it', async () => {
    const awkward = documentMessage({ subject: '<&> "\'\r\n\t]]> e\u0302 \u0085 \u2028 😀', toPlaces: [' a  b '] })
    const { head, chunks } = await written(awkward, signer)
    const file = fileOf(head, chunks)
    for (const id of ['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded']) {
      const digest = createHash('sha256').update(canonical(file, id)).digest('base64')
      expect(head.references.find(({ uri }) => uri === `#${id}`)?.digestValue, id).to.equal(digest)
    }
  })

  it('passes the write schema, and so does a status', async () => {
    const { head, chunks } = await written(documentMessage(), signer)
    expect(violationsIn('edxml.xsd', fileOf(head, chunks))).to.equal('')
    const status = await writeStatus(statusMessage(), clerk, NOON, {
      envelopeSha256: '00'.repeat(32),
      references: [
        { uri: '#MessageHeader', digestMethod: 'http://www.w3.org/2001/04/xmlenc#sha256', digestValue: 'AAAA' },
      ],
    })
    expect(violationsIn('edxml.xsd', Buffer.from(status.octets).toString())).to.equal('')
  })

  it('names the same references and content digest as the reader finds', async () => {
    const { head, chunks } = await written(documentMessage(), signer)
    const content = await verify(Buffer.from(fileOf(head, chunks)), toyTrust(), NOON)
    expect(content.references).to.deep.equal(head.references)
    const read = readEnvelope(content, NOON)
    expect(read.contentDigest).to.equal(head.contentDigest)
    expect(read.warnings).to.deep.equal([])
    const status = await writeStatus(statusMessage(), clerk, NOON)
    const statusContent = await verify(status.octets, toyTrust(), NOON)
    expect(statusContent.references).to.deep.equal(status.references)
    expect(readEnvelope(statusContent, NOON).contentDigest).to.equal(status.contentDigest)
  })

  it('gives a content digest that signing again and other hops do not change, and other content does', async () => {
    const message = documentMessage()
    const digest = async (changes: Partial<DocumentMessage>, at = NOON): Promise<string> =>
      (await written({ ...message, ...changes }, signer, at)).head.contentDigest
    const first = await digest({})
    const hops = [...message.traceHeaders, { timestamp: '2026/11/20 17:00:00' }]
    expect(await digest({}, new Date('2026-11-21T06:00:00Z'))).to.equal(first)
    expect(await digest({ traceHeaders: hops })).to.equal(first)
    expect(await digest({ subject: 'V/v việc khác' })).to.not.equal(first)
    expect(await digest({ bussiness: { bussinessDocType: 'new', paper: '1' } })).to.not.equal(first)
  })

  it('computes the content digest from the canonical Bussiness, whatever prefixes the partner uses', async () => {
    const plain = await readPackage(vectorText('tol-01-other-prefix.edxml'))
    const mixed = vectorText('tol-01-other-prefix.edxml').replace(
      '<q:Paper>0</q:Paper>',
      () => '<r:Paper xmlns:r="http://www.mic.gov.vn/TBT/QCVN_102_2016">0</r:Paper>',
    )
    const read = await readPackage(mixed)
    expect(read.message).to.deep.equal(plain.message)
    expect(read.contentDigest)
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.equal(plain.contentDigest)
  })

  it('without attachments has neither body nor AttachmentEncoded, and is read back', async () => {
    const recall = documentMessage({
      bussiness: { bussinessDocType: 'recall', bussinessDocReason: 'Sai số liệu' },
      attachments: [],
    })
    const { head, chunks } = await written(recall, signer)
    expect(chunks).to.deep.equal([])
    const file = fileOf(head, chunks)
    expect(file).to.not.include('edXMLBody').and.not.include('AttachmentEncoded')
    const read = readEnvelope(await verify(Buffer.from(file), toyTrust(), NOON), NOON)
    expect(read.message).to.deep.equal(recall)
    expect(read.contentDigest).to.equal(head.contentDigest)
  })

  it('leaves out what is empty, and always writes BussinessDocType and Direction', async () => {
    const message = documentMessage({ content: '', otherInfo: {}, toPlaces: [' '] })
    const { head } = await written(message, signer)
    const text = Buffer.from(head.octets).toString()
    expect(text).to.not.include('Content>').and.not.include('Priority').and.not.include('<edXML:Place> ')
    expect(text).to.include('<edXML:Direction>false</edXML:Direction>')
    expect(text).to.include('<edXML:BussinessDocType>0</edXML:BussinessDocType>')
  })

  for (const [what, changes, code, field] of [
    ['a control character', { subject: 'a\u0001b' }, 'document-invalid', '/subject'],
    ['a lone surrogate', { to: [{ organId: 'G22', organName: '\ud800' }] }, 'document-invalid', '/to/0/organName'],
    ['U+FFFE', { toPlaces: ['ok', '\ufffe'] }, 'document-invalid', '/toPlaces/1'],
    ['the word null', { content: 'null' }, 'document-invalid', '/content'],
    ['an empty subject', { subject: '' }, 'business-rule-violation', '/subject'],
    ['no recipient', { to: [] }, 'business-rule-violation', '/to'],
    [
      'a date in the future',
      { promulgationInfo: { promulgationDate: '2026/11/23' } },
      'business-rule-violation',
      '/promulgationInfo/promulgationDate',
    ],
    [
      'a recall without reason',
      { bussiness: { bussinessDocType: 'recall' } },
      'business-rule-violation',
      '/bussiness/bussinessDocReason',
    ],
    ['a mark of secrecy', { subject: 'MẬT: kế hoạch' }, 'secret-mark', '/subject'],
    ['a subject that is too long', { subject: 'ạ'.repeat(501) }, 'schema-violation', '/subject'],
    [
      'a recipient code with a space',
      {
        to: [
          { organId: 'G22', organName: 'A' },
          { organId: 'G 12', organName: 'B' },
        ],
      },
      'schema-violation',
      '/to/1/organId',
    ],
    ['a priority that does not exist', { otherInfo: { priority: '5' } }, 'schema-violation', '/otherInfo/priority'],
    ['a date of another form', { dueDate: '30/11/2026' }, 'schema-violation', '/dueDate'],
    ['a hop without time', { traceHeaders: [{ organId: 'G02' }] }, 'schema-violation', '/traceHeaders/0'],
    ['a place that is too long', { toPlaces: ['a', 'b'.repeat(1001)] }, 'schema-violation', '/toPlaces/1'],
  ] as const) {
    it(`refuses ${what} before the key is used, and names the field`, async () => {
      const untouched = { ...signer, sign: () => expect.fail('the key was used') }
      const refusal = await written({ ...documentMessage(), ...changes }, untouched).catch((error: unknown) => error)
      expect(codeOf(refusal), String(refusal)).to.equal(code)
      if (!(refusal instanceof GatewayError)) return
      expect(refusal.detail['field']).to.equal(field)
      expect(refusal.detail['expected']).to.be.a('string').and.not.equal('')
      if (code === 'schema-violation') expect(refusal.detail['line']).to.be.greaterThan(4)
    })
  }

  it('BR-06: refuses attachments other than those that were written', async () => {
    const message = documentMessage()
    const none = { digest: new Uint8Array(0), attachments: [], chunks: 0, octets: 0 }
    const refusal = await writeDocument(message, none, signer, NOON).catch((error: unknown) => error)
    expect(refusal).to.have.property('code', 'document-invalid')
  })

  it('refuses a head that does not fit one chunk', async () => {
    const places = Array.from({ length: 1100 }, (_, i) => `${i} ${'x'.repeat(980)}`)
    const refusal = await written(documentMessage({ toPlaces: places }), signer).catch((error: unknown) => error)
    expect(places.join('').length).to.be.greaterThan(limits.headBytes)
    expect(refusal).to.have.property('code', 'envelope-too-large')
  })
})

describe('writing a status', () => {
  for (const code of ['02', '16'] as const) {
    it(`BR-14: refuses ${code} without a reason`, async () => {
      const message = statusMessage({ statusCode: code, description: ' ' })
      const refusal = await writeStatus(message, clerk, NOON).catch((error: unknown) => error)
      expect(refusal).to.have.property('code', 'business-rule-violation')
    })
  }

  it('puts the receipt under the signature', async () => {
    const { head, chunks } = await written(documentMessage(), signer)
    const envelopeSha256 = createHash('sha256').update(fileOf(head, chunks)).digest('hex')
    const receipt = { envelopeSha256, references: head.references }
    const status = await writeStatus(statusMessage({ statusCode: '01' }), clerk, NOON, receipt)
    const content = await verify(status.octets, toyTrust(), NOON)
    expect(content.receipt).to.deep.equal(receipt)
  })
})

describe('reading', () => {
  it('refuses whatever did not come out of verification', async () => {
    const { head, chunks } = await written(documentMessage(), signer)
    const content = await verify(Buffer.from(fileOf(head, chunks)), toyTrust(), NOON)
    const lookalike = Object.create(content) as typeof content
    expect(lookalike.messageHeader).to.equal(content.messageHeader)
    expect(() => readEnvelope(lookalike, NOON)).to.throw(GatewayError)
  })
})

function canonical(file: string, id: string): Buffer {
  const document = XmlDocument.fromString(file)
  try {
    const element = document.get(`//*[@Id="${id}"]`)
    if (!(element instanceof XmlElement)) return expect.fail(`no ${id}`)
    return Buffer.from(element.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 }))
  } finally {
    document.dispose()
  }
}
