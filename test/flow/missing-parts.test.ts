import { expect } from 'chai'
import type { SqlValue } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, sha256, textFile } from '../support/letters.ts'
import { later, minutes } from '../support/moving-on.ts'
import { Partner } from '../support/partner.ts'
import type { DocumentView, RestClient } from '../support/rest-client.ts'

const G22 = 'G22'
const LARGE = 'một dòng của tệp lớn, đủ dài để chia thành nhiều phần\n'.repeat(9000)

describe('a package of many parts', () => {
  let clock: MovableClock
  let world: World
  beforeEach(() => {
    clock = new MovableClock()
    world = openWorld({ clock, delivery: { chunkBytes: 65_536 } })
  })
  afterEach(() => world.close())

  it('that is lost on the axis is asked about with one small message, and sent again', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const id = await sentAndLost(ministry)
    const office = (await world.start(G22)).as(G22)
    await later(world, clock, minutes(5))
    const view = await received(ministry, id)
    expect(typesOf(view)).to.deep.equal([
      'document-accepted',
      'document-sent',
      'receipt-queried',
      'document-sent-again',
      'receipt-verified',
    ])
    const [entry] = await office.lease()
    expect(sha256(await office.bytes(`/v1/inbox/${entry?.id}/attachments/1`))).to.equal(sha256(Buffer.from(LARGE)))
  })

  describe('from a partner who asks', () => {
    let recipient: TestGateway
    let chancery: RestClient
    let partner: Partner
    beforeEach(async () => {
      recipient = await world.start(G22)
      chancery = recipient.as(G22)
      partner = await Partner.open(world, 'G02')
    })
    afterEach(() => partner.close())

    it('is completed by the parts on the list and no others', async () => {
      const made = await partner.document(LARGE)
      const last = made.parts.length - 1
      await partner.put(made, G22, { parts: [0, 1, 3] })
      await world.until('them taken', async () => drained())
      await partner.ask(made, G22)
      const [list = ''] = await world.until('the list', async () => partner.lists().length > 0 && partner.lists())
      expect(JSON.parse(list)).to.deep.equal({
        missing: [
          [2, 2],
          [4, last],
        ],
      })
      await partner.put(made, G22, { parts: [2, ...Array.from({ length: last - 3 }, (_, n) => n + 4)] })
      await world.until('the receipt', async () => partner.answers('01').length === 1)
    })

    it('is answered with the receipt once it is received, and with the refusal once it is refused', async () => {
      const made = await partner.document(LARGE)
      await partner.put(made, G22)
      const first = await world.until('the receipt', async () => partner.answers('01')[0])
      await partner.ask(made, G22)
      const again = await world.until('it again', async () => partner.answers('01')[1])
      expect(again.bytes).to.deep.equal(first.bytes)
      const bad = { ...(await partner.document(LARGE, { documentId: 'D-2' as never })), documentId: 'D-3' }
      await partner.put(bad, G22)
      const refusal = await world.until('the refusal', async () => partner.answers('02')[0])
      await partner.ask(bad, G22)
      const refusedAgain = await world.until('it again', async () => partner.answers('02')[1])
      expect(refusedAgain.bytes).to.deep.equal(refusal.bytes)
      expect(partner.lists()).to.deep.equal([])
      expect(await chancery.lease()).to.have.length(1)
    })

    it('and that comes again in part after it was received leaves nothing waiting, and is answered once more', async () => {
      const made = await partner.document(LARGE)
      await partner.put(made, G22)
      const first = await world.until('the receipt', async () => partner.answers('01')[0])
      await partner.put(made, G22, { parts: [2] }) // as after a cut: its acknowledgement was lost
      await partner.put(made, G22, { parts: [0] })
      const again = await world.until('it again', async () => partner.answers('01')[1])
      expect(again.bytes).to.deep.equal(first.bytes)
      await world.until('both taken', async () => drained())
      const left =
        'SELECT id FROM stage UNION ALL SELECT envelope FROM content WHERE envelope NOT IN (SELECT id FROM envelope)'
      expect(await recipient.gateway.store.read.all(left)).to.deep.equal([])
    })

    it('and that is received while we look what is missing is not asked for whole once more', async () => {
      const made = await partner.document(LARGE)
      const last = made.parts.length - 1
      await partner.put(made, G22, { parts: [...Array(last).keys()] })
      await world.until('them taken', async () => drained())
      const { read } = recipient.gateway.store
      const get = read.get.bind(read)
      let looks = 0
      const meanwhile = async <T>(text: string, params?: readonly SqlValue[]): Promise<T | undefined> => {
        const found = await get<T>(text, params)
        if (text.includes(`verdict = 'refused'`) && ++looks === 1) {
          await partner.put(made, G22, { parts: [last] })
          await world.until('the receipt', async () => partner.answers('01')[0])
        }
        return found
      }
      Object.assign(read, { get: meanwhile })
      await partner.ask(made, G22)
      const [list = ''] = await world.until('the list', async () => partner.lists().length > 0 && partner.lists())
      expect(JSON.parse(list)).to.deep.equal({ missing: [[last, last]] })
    })

    it('of which nothing came is asked for whole, and asking leaves nothing behind', async () => {
      const made = await partner.document(LARGE)
      await partner.ask(made, G22)
      const [list = ''] = await world.until('the list', async () => partner.lists().length > 0 && partner.lists())
      expect(JSON.parse(list)).to.deep.equal({ missing: [[0, made.parts.length - 1]] })
      expect(await chancery.lease()).to.deep.equal([])
    })
  })

  it('is not sent again because of a list from an agency that was never to get it', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const office = await Partner.open(world, G22)
    const stranger = await Partner.open(world, 'G12')
    const { body } = await ministry.submit(letter(), [textFile(LARGE)])
    const came = await world.until('it', async () => office.arrived()[0])
    await world.until('it sent', async () => stateOf(await ministry.document(body.id)) === 'sent')
    const list = Buffer.from(JSON.stringify({ missing: [[0, 1]] }))
    const pretended = {
      messageId: came.messageId,
      type: 'status',
      lane: 'status',
      documentId: came.documentId,
      parts: [list],
    } as const
    await stranger.put(pretended, 'G02', { type: 'query' })
    await world.until('it read', async () => drained())
    expect(stranger.came).to.deep.equal([])
    expect(office.arrived()).to.have.length(1)
    await Promise.all([office.close(), stranger.close()])
  })

  async function sentAndLost(ministry: RestClient): Promise<string> {
    world.axis.provision(G22 as never)
    const { body } = await ministry.submit(letter(), [textFile(LARGE)])
    await world.until('it sent', async () => stateOf(await ministry.document(body.id)) === 'sent')
    expect(world.axis.purge()).to.be.greaterThan(8)
    return body.id
  }

  function received(client: RestClient, id: string): Promise<DocumentView> {
    return world.until('its receipt', async () => {
      const view = await client.document(id)
      return stateOf(view) === 'received' && view
    })
  }

  function drained(): boolean {
    return world.axis.depths().every(({ ready, unacknowledged }) => ready + unacknowledged === 0)
  }
})

function stateOf(view: DocumentView): string | undefined {
  return view.deliveries?.[0]?.state
}

function typesOf(view: DocumentView): string[] {
  return view.timeline.map(({ type }) => type)
}
