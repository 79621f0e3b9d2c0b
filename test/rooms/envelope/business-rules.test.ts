import { expect } from 'chai'
import type { DocumentMessage } from '../../../src/message/index.ts'
import { readPackage, vectorText } from '../../support/sign-vector.ts'

/** edXML notes §4.9, the side of what is accepted; the refusals are in vectors.test.ts. */
describe('what the business rules allow', () => {
  it('BR-02: an absent operation is a new document', async () => {
    const { message, warnings } = await readPackage(vectorText('br-02-absent.edxml'))
    expect((message as DocumentMessage).bussiness.bussinessDocType).to.equal('new')
    expect(warnings.map(({ rule }) => rule)).to.deep.equal(['BR-02'])
  })

  for (const operation of ['recall', 'update', 'replace'] as const) {
    it(`BR-04: a complete ${operation} is read`, async () => {
      const { message } = await readPackage(vectorText(`accepted-${operation}.edxml`))
      expect((message as DocumentMessage).bussiness.bussinessDocType).to.equal(operation)
    })
  }

  it('BR-06: ContentIds are compared without cid:', async () => {
    const { message, warnings } = await readPackage(vectorText('br-06-without-cid.edxml'))
    expect((message as DocumentMessage).attachments.map(({ contentId }) => contentId)).to.deep.equal(['a-1', 'a-2'])
    expect(warnings).to.deep.equal([])
  })

  it('BR-07: a recall may come without attachments', async () => {
    const { message } = await readPackage(vectorText('accepted-recall-bare.edxml'))
    expect((message as DocumentMessage).attachments).to.deep.equal([])
  })

  it('BR-09: a document dated tomorrow is read', async () => {
    const { warnings } = await readPackage(vectorText('br-09-tomorrow.edxml'))
    expect(warnings).to.deep.equal([])
  })

  it('BR-09: tomorrow is a day in Vietnam', async () => {
    const beforeMidnight = new Date('2026-11-21T16:59:59Z')
    const afterMidnight = new Date('2026-11-21T17:00:00Z')
    const text = vectorText('br-09-future.edxml')
    const refusal = await readPackage(text, { now: beforeMidnight }).catch((error: unknown) => error)
    expect(refusal).to.have.property('code', 'business-rule-violation')
    const { warnings } = await readPackage(text, { now: afterMidnight })
    expect(warnings).to.deep.equal([])
  })

  it('BR-09: nor does it come with the last hour of the year 9999', async () => {
    const text = vectorText('br-09-future.edxml').replaceAll(
      /(?<=<edXML:PromulgationDate>)[^<]*/g,
      '9999-12-31T23:59:59Z',
    )
    const refusal = await readPackage(text).catch((error: unknown) => error)
    expect(refusal).to.have.property('code', 'business-rule-violation')
  })

  it('BR-06: a ContentId that is empty joins nothing', async () => {
    const text = vectorText('accepted-document.edxml').replaceAll('cid:a-1', '')
    const refusal = await readPackage(text).catch((error: unknown) => error)
    expect(refusal).to.have.property('code', 'attachments-incomplete')
  })

  it('BR-09: a deadline before the date of the document is shown to the clerk', async () => {
    const { warnings } = await readPackage(vectorText('br-09-due-before.edxml'))
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.deep.include({ rule: 'BR-09', field: '/dueDate' })
  })

  it('BR-12: words that only look like a mark are no mark', async () => {
    const { message } = await readPackage(vectorText('br-12-false-alarm.edxml'))
    expect((message as DocumentMessage).subject).to.include('bảo mật thông tin và mật độ xây dựng')
  })
})
