import { expect } from 'chai'
import { limits } from '../../src/base/index.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, numbered, sha256, textFile } from '../support/letters.ts'
import { later } from '../support/moving-on.ts'
import { type Arrived, Partner, receiptFor } from '../support/partner.ts'
import type { DocumentView, RestClient } from '../support/rest-client.ts'

const G02 = 'G02'

describe('what a partner answers', () => {
  let clock: MovableClock
  let world: World
  let house: TestGateway
  let ministry: RestClient
  let office: Partner
  beforeEach(async () => {
    clock = new MovableClock()
    world = openWorld({ clock })
    house = await world.start(G02)
    ministry = house.as(G02)
    office = await Partner.open(world, 'G22')
  })
  afterEach(async () => {
    await office.close()
    await world.close()
  })

  describe('a refusal', () => {
    it('rejects the letter and keeps its reason for the sender to read', async () => {
      const { id, came } = await handedOver()
      await office.put(
        await office.answer('02', came, '[schema-violation] Gói tin không đúng / The package is wrong'),
        G02,
      )
      const view = await inState(id, 'rejected')
      expect(view.timeline.at(-1)).to.deep.include({ type: 'document-rejected', counterpart: 'G22' })
      expect(view.timeline.at(-1)?.data).to.include({ code: '02', reason: 'schema-violation' })
      expect(view.statuses.map(({ code, description }) => [code, description])).to.deep.equal([
        ['02', '[schema-violation] Gói tin không đúng / The package is wrong'],
      ])
      expect(view.deliveries?.[0]?.receipt).to.be.a('string')
    })

    it('does not block the corrected letter under the same id', async () => {
      const { id, came } = await handedOver()
      await office.put(await office.answer('02', came), G02)
      await inState(id, 'rejected')
      const corrected = await ministry.submit(letter({ subject: 'V/v đính chính' }), [textFile('đã sửa')])
      expect(corrected.status, JSON.stringify(corrected.body)).to.equal(202)
      expect(corrected.body.documentId).to.equal(came.documentId)
      const second = await world.until('the corrected letter', async () => documents()[1])
      await office.put(await office.answer('01', second), G02)
      await inState(corrected.body.id, 'received')
      expect((await ministry.document(id)).deliveries?.[0]?.state).to.equal('rejected')
    })

    it('gives way to a receipt for the same bytes that comes after it', async () => {
      const { id, came } = await handedOver()
      await office.put(await office.answer('02', came), G02)
      await inState(id, 'rejected')
      await office.put(await office.answer('01', came), G02)
      await inState(id, 'received')
    })

    it('changes no transport state when it comes after the receipt: it is a clerk who refuses', async () => {
      const { id, came } = await handedOver()
      await office.put(await office.answer('01', came), G02)
      await inState(id, 'received')
      await office.put(await office.answer('02', came, '[refused-by-recipient] Gửi nhầm đơn vị'), G02)
      const view = await world.until('the refusal', async () => {
        const seen = await ministry.document(id)
        return seen.statuses.some(({ code }) => code === '02') && seen
      })
      expect(view.deliveries?.[0]).to.include({ state: 'received', processingStatus: '02' })
      expect(view.timeline.at(-1)).to.deep.include({ type: 'status-received' })
      await world.until('the receipt of the refusal', async () => office.answers('01').length === 1)
    })
  })

  // threat: forged-receipt
  describe('a receipt', () => {
    it('of a third agency, or for other bytes, or for none, changes nothing', async () => {
      const { id, came } = await handedOver()
      const third = await Partner.open(world, 'G12')
      await third.put(await third.answer('01', came), G02)
      const info = await receiptFor(came.bytes, clock.now())
      const about = { documentId: came.documentId, to: G02 as AgencyCode }
      const others = [
        { envelopeSha256: sha256(Buffer.from('bytes khác')), references: info.references },
        {
          envelopeSha256: info.envelopeSha256,
          references: info.references.map((one) => ({ ...one, digestValue: sha256(Buffer.from('x')) })),
        },
      ]
      for (const other of others) await office.put(await office.status('01', about, { info: other }), G02)
      await office.put(await office.status('02', about, { info: others[0] }), G02)
      await office.put(await office.status('01', about), G02)
      await world.until('all in the record', async () => (await statusRows()).length === 5)
      await settledDown()
      const view = await ministry.document(id)
      expect(view.deliveries?.[0]).to.include({ state: 'sent' })
      expect(view.deliveries?.[0]?.processingStatus).to.equal(undefined)
      expect(view.timeline.map(({ type }) => type)).to.deep.equal(['document-accepted', 'document-sent'])
      await third.close()
    })

    it('that answers nothing of ours is kept, tried again, and reported after a time (BR-13)', async () => {
      const { came } = await handedOver()
      const info = { ...(await receiptFor(came.bytes, clock.now())), envelopeSha256: sha256(Buffer.from('lạ')) }
      await office.put(await office.status('01', { documentId: came.documentId, to: G02 as AgencyCode }, { info }), G02)
      await world.until('it in the record', async () => (await statusRows()).length === 1)
      await settledDown()
      expect(await statusRows()).to.deep.equal([{ code: '01', outcome: null }])
      await later(world, clock, limits.statusMatchMs)
      await world.until('the report', async () => (await statusRows())[0]?.outcome === 'unmatched')
      const reported = await house.gateway.store.read.all(`SELECT id FROM event WHERE type = 'status-unmatched'`)
      expect(reported).to.have.length(1)
    })

    it('that comes twice tells once', async () => {
      const { id, came } = await handedOver()
      const receipt = await office.answer('01', came)
      await office.put(receipt, G02)
      await inState(id, 'received')
      await office.put({ ...receipt, messageId: `${receipt.messageId}-again` }, G02)
      await office.put(await office.answer('01', came), G02)
      await settledDown()
      const view = await ministry.document(id)
      expect(view.timeline.filter(({ type }) => type === 'receipt-verified')).to.have.length(1)
      expect(view.statuses.map(({ code }) => code)).to.deep.equal(['01'])
      expect(office.answers('01'), 'a receipt is never answered').to.deep.equal([])
    })
  })

  describe('processing statuses', () => {
    it('that come out of order are all kept, and the furthest is shown', async () => {
      const { id, came } = await handedOver()
      await office.put(await office.answer('01', came), G02)
      await inState(id, 'received')
      const about = { documentId: came.documentId, to: G02 as AgencyCode }
      for (const code of ['06', '03', '05'] as const) {
        await office.put(await office.status(code, about), G02)
        await world.until(`status ${code}`, async () =>
          (await ministry.document(id)).statuses.some((told) => told.code === code),
        )
        expect((await ministry.document(id)).deliveries?.[0]?.processingStatus).to.equal('06')
      }
      await world.until('a receipt of each', async () => office.answers('01').length === 3)
    })

    it('that come before their document are applied once it is there', async () => {
      const documentId = '000.00.00.G02,2026/11/20,7421/BCT-KHTC'
      await office.put(await office.status('03', { documentId, to: G02 as AgencyCode }), G02)
      await world.until('it in the record', async () => (await statusRows()).length === 1)
      await settledDown() // looked for in vain, before there is anything to find
      const { id } = await handedOver()
      expect((await ministry.document(id)).statuses).to.deep.equal([])
      await later(world, clock, 60_000)
      await world.until('the status', async () => (await ministry.document(id)).statuses.length === 1)
    })

    it('of an agency that never got the document are not shown with it', async () => {
      const { id, came } = await handedOver()
      const third = await Partner.open(world, 'G12')
      await third.put(await third.status('06', { documentId: came.documentId, to: G02 as AgencyCode }), G02)
      await world.until('it in the record', async () => (await statusRows()).length === 1)
      await settledDown()
      expect((await ministry.document(id)).statuses).to.deep.equal([])
      await third.close()
    })
  })

  it('no answer at all is asked for by sending the same package again, its attempts told apart', async () => {
    const { id, came } = await handedOver()
    for (const attempt of [2, 3]) {
      await later(world, clock, 20 * 60_000)
      const again = await world.until(`attempt ${attempt}`, async () => documents()[attempt - 1])
      expect(again).to.include({ messageId: came.messageId, attempt })
      expect(sha256(again.bytes)).to.equal(sha256(came.bytes))
    }
    await office.put(await office.answer('01', came), G02)
    await inState(id, 'received')
    await later(world, clock, 60 * 60_000)
    expect(documents()).to.have.length(3)
  })

  it('one silent partner holds up nobody else', async () => {
    const other = await Partner.open(world, 'G12')
    for (let n = 1; n <= 5; n++) await ministry.submit(numbered(n), [textFile(`thư ${n}`)])
    const { body } = await ministry.submit(numbered(9, { to: ['G12'] }), [textFile('gửi bên kia')])
    const came = await world.until('its letter', async () => other.arrived().find(({ type }) => type === 'edoc'))
    await other.put(await other.answer('01', came), G02)
    await inState(body.id, 'received')
    await other.close()
  })

  /** A letter that reached the partner, who has not answered yet. */
  async function handedOver(): Promise<{ id: string; came: Arrived }> {
    const { status, body } = await ministry.submit(letter(), [textFile('nội dung')])
    expect(status, JSON.stringify(body)).to.equal(202)
    const came = await world.until('the letter', async () => documents()[0])
    await inState(body.id, 'sent')
    return { id: body.id, came }
  }

  function documents(): Arrived[] {
    return office.arrived().filter(({ type }) => type === 'edoc')
  }

  function inState(id: string, state: string): Promise<DocumentView> {
    return world.until(`${id} ${state}`, async () => {
      const view = await ministry.document(id)
      return view.deliveries?.every((delivery) => delivery.state === state) === true && view
    })
  }

  function statusRows(): Promise<{ code: string; outcome: string | null }[]> {
    const text = `SELECT code, outcome FROM status WHERE direction = 'in' ORDER BY envelope`
    return house.gateway.store.read.all<{ code: string; outcome: string | null }>(text)
  }

  /** Everything on the axis is read, judged and applied. */
  async function settledDown(): Promise<void> {
    const { store } = house.gateway
    await world.until('nothing to do', async () => {
      const quiet = world.axis.depths().every(({ ready, unacknowledged }) => ready + unacknowledged === 0)
      const open = await store.read.get(
        `SELECT 1 AS found FROM stage UNION ALL SELECT 1 FROM status WHERE applied_at IS NULL AND attempts = 0`,
      )
      return quiet && open === undefined
    })
  }
})
