import { expect } from 'chai'
import { openWorld, type World } from '../support/gateways.ts'
import { letter, sha256, textFile } from '../support/letters.ts'

describe('the journey of a document', () => {
  let world: World
  beforeEach(() => {
    world = openWorld({ keys: { G02: 'p256', G22: 'rsa:pkcs1' } })
  })
  afterEach(() => world.close())

  it('a letter of the Ministry reaches the Government Office with its own bytes, and its receipt and statuses come back', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const office = (await world.start('G22')).as('G22')
    const file = textFile('Kính gửi Văn phòng Chính phủ: nội dung nguyên vẹn 🏛️')
    const submitted = await ministry.submit(letter(), [file])
    expect(submitted.status, JSON.stringify(submitted.body)).to.equal(202)

    const [leased] = await world.until('the document in the inbox', async () => {
      const found = await office.lease()
      return found.length > 0 && found
    })
    if (leased === undefined) throw new Error('nothing was leased')
    const bytes = await office.bytes(`/v1/inbox/${leased.id}/attachments/1`)
    expect(sha256(bytes)).to.equal(sha256(file.bytes))
    expect((await office.confirm(leased.id, leased.token)).status).to.be.oneOf([200, 204])
    for (const code of ['03', '05', '06']) expect((await office.report(leased.id, code)).status).to.equal(202)

    const done = await world.until('the last status at the sender', async () => {
      const view = await ministry.document(submitted.body.id)
      return view.statuses.some((status) => status.code === '06') && view
    })
    expect(done.deliveries?.map(({ state, processingStatus }) => ({ state, processingStatus }))).to.deep.equal([
      { state: 'received', processingStatus: '06' },
    ])
    expect(done.statuses.map((status) => status.code)).to.deep.equal(['01', '03', '05', '06'])
    expect(done.timeline.map((event) => event.type)).to.deep.equal([
      'document-accepted',
      'document-sent',
      'receipt-verified',
      'status-received',
      'status-received',
      'status-received',
    ])
    const original = await ministry.bytes(`/v1/documents/${submitted.body.id}/envelope`)
    const arrived = await office.bytes(`/v1/inbox/${leased.id}/envelope`)
    expect(sha256(arrived)).to.equal(sha256(original))
  })
})
