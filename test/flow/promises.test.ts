import { expect } from 'chai'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, numbered, sha256, textFile } from '../support/letters.ts'
import { hours, later, minutes } from '../support/moving-on.ts'
import type { DocumentView, RestClient } from '../support/rest-client.ts'

describe('the promises, told by gateways that work together', () => {
  let clock: MovableClock
  let world: World
  beforeEach(() => {
    clock = new MovableClock()
    world = openWorld({ clock, delivery: { chunkBytes: 65_536 } })
  })
  afterEach(() => world.close())

  it('one letter to several agencies is one package with a receipt of each', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const recipients = ['G22', 'G12', 'H26']
    const offices = []
    for (const code of recipients) offices.push((await world.start(code)).as(code))
    const file = textFile('Kính gửi các bộ, ngành, địa phương')
    const { body } = await ministry.submit(letter({ to: recipients }), [file])
    const original = await ministry.bytes(`/v1/documents/${body.id}/envelope`)
    for (const office of offices) {
      const [entry] = await leased(office, 1)
      expect(sha256(await office.bytes(`/v1/inbox/${entry}/envelope`))).to.equal(sha256(original))
      expect(sha256(await office.bytes(`/v1/inbox/${entry}/attachments/1`))).to.equal(sha256(file.bytes))
    }
    const view = await inState(ministry, body.id, 'received')
    expect(view.deliveries?.map(({ recipient }) => recipient)).to.have.members(recipients)
    const { items } = (
      await ministry.call<{ items: { id: string; sender: string }[] }>('GET', `/v1/documents/${body.id}/receipts`)
    ).body
    expect(items.map(({ sender }) => sender)).to.have.members(recipients)
    const receipts = await Promise.all(items.map(({ id }) => ministry.bytes(`/v1/documents/${body.id}/receipts/${id}`)))
    for (const receipt of receipts)
      expect(receipt.toString()).to.include(Buffer.from(sha256(original), 'hex').toString('base64'))
    expect(new Set(receipts.map((receipt) => sha256(receipt))).size).to.equal(3)
  })

  // threat: other-tenant
  it('two agencies in one gateway exchange letters and see nothing else of each other, by any route', async () => {
    const house = await world.start('G02', 'G02.97')
    const office = (await world.start('G22')).as('G22')
    const [ministry, unit] = [house.as('G02'), house.as('G02.97')]
    const sent = await ministry.submit(numbered(1), [textFile('chỉ gửi Văn phòng Chính phủ')])
    await office.submit(numbered(2, { to: ['G02.97'] }), [textFile('chỉ gửi đơn vị')])
    const between = await ministry.submit(numbered(3, { to: ['G02.97'] }), [textFile('gửi trong nhà')])
    const entries = await leased(unit, 2)
    await inState(ministry, between.body.id, 'received')
    await inState(ministry, sent.body.id, 'received')

    const ids = [
      [unit, sent.body.id],
      [unit, between.body.id],
      ...entries.map((id) => [ministry, id] as const),
    ] as const
    for (const [stranger, id] of ids) await seesNothingOf(stranger, id)
    expect(await listed(ministry, '/v1/inbox')).to.deep.equal([])
    expect(await listed(unit, '/v1/documents?direction=out')).to.deep.equal([])
    expect(await listed(unit, '/v1/documents')).to.have.members(entries)
    expect(await ministry.lease()).to.deep.equal([])
    const disguised = await ministry.call('GET', `/v1/documents/${between.body.id}`, {
      headers: { 'x-agency': 'G02.97' },
    })
    expect(disguised.status).to.equal(403)
  })

  it('while the axis is away a letter is accepted all the same, and goes out when the axis is back', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const office = (await world.start('G22')).as('G22')
    world.axis.outage(true)
    const { status, body } = await ministry.submit(letter(), [textFile('trục đang ngắt')])
    expect(status).to.equal(202)
    const waiting = await world.until('the failed attempt', async () => {
      const view = await ministry.document(body.id)
      return view.deliveries?.[0]?.lastError !== undefined && view
    })
    expect(waiting.deliveries?.[0]).to.include({ state: 'accepted', lastError: 'broker-unavailable' })
    world.axis.outage(false)
    await later(world, clock, minutes(1))
    await leased(office, 1)
    await inState(ministry, body.id, 'received')
  })

  it('what the axis forgets the outbox sends again by itself', async () => {
    const ministry = (await world.start('G02')).as('G02')
    world.axis.provision('G22' as never)
    const letters = await Promise.all([1, 2, 3].map((n) => ministry.submit(numbered(n), [textFile(`thư ${n}`)])))
    for (const { body } of letters) await inState(ministry, body.id, 'sent')
    expect(world.axis.purge()).to.equal(6)
    const office = (await world.start('G22')).as('G22')
    await later(world, clock, minutes(5))
    await leased(office, 3)
    for (const { body } of letters) await inState(ministry, body.id, 'received')
  })

  it('a lost receipt comes again with the letter that is sent again, the same bytes, and the letter is seen once', async () => {
    const house = await world.start('G02')
    const ministry = house.as('G02')
    world.axis.provision('G22' as never)
    const { body } = await ministry.submit(letter(), [textFile('biên nhận bị thất lạc')])
    await inState(ministry, body.id, 'sent')
    await house.stop()
    const chancery = await world.start('G22')
    const office = chancery.as('G22')
    const [entry] = await leased(office, 1)
    await world.until('the receipt on the axis', async () => waitingFor('G02') === 1)
    const [given] = await receiptsOf(office, `/v1/documents/${entry}`)
    world.axis.purge('G02' as never)
    await house.resume()
    await later(world, clock, minutes(5))
    const view = await inState(ministry, body.id, 'received')
    expect(view.deliveries?.[0]?.attempt).to.equal(2)
    const [got] = await receiptsOf(ministry, `/v1/documents/${body.id}`)
    expect(got).to.deep.equal(given)
    expect(await listed(office, '/v1/inbox')).to.deep.equal([entry])
  })

  it('a recipient whom the axis cannot reach holds up none of the others, and is named', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const office = (await world.start('G22')).as('G22')
    const { body } = await ministry.submit(letter({ to: ['H26', 'G22'] }), [textFile('gửi hai nơi')])
    await leased(office, 1)
    const view = await world.until('both told', async () => {
      const seen = await ministry.document(body.id)
      const [h26, g22] = ['H26', 'G22'].map((code) => seen.deliveries?.find(({ recipient }) => recipient === code))
      return g22?.state === 'received' && h26?.lastError !== undefined && h26
    })
    expect(view).to.include({ state: 'accepted', lastError: 'broker-unroutable' })
    await world.start('H26')
    await later(world, clock, minutes(5))
    await inState(ministry, body.id, 'received')
  })

  it('without a receipt a letter expires at its deadline, and a late receipt still moves it, with an event of its own', async () => {
    const ministry = (await world.start('G02')).as('G02')
    world.axis.provision('G22' as never)
    const { body } = await ministry.submit(letter(), [textFile('gửi rất lâu')])
    await inState(ministry, body.id, 'sent')
    await later(world, clock, hours(73))
    const expired = await inState(ministry, body.id, 'expired')
    expect(expired.deliveries?.[0]).to.include({ lastError: 'deadline-passed' })
    expect(typesOf(expired)).to.include('document-expired')
    await world.start('G22')
    const received = await inState(ministry, body.id, 'received')
    expect(typesOf(received).at(-1)).to.equal('late-receipt')
  })

  it('an urgent letter overtakes ordinary ones that were accepted before it', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const office = (await world.start('G22')).as('G22')
    world.axis.outage(true)
    for (const n of [1, 2, 3, 4, 5]) await ministry.submit(numbered(n), [textFile(`thư thường ${n}`)])
    const urgent = await ministry.submit(numbered(6, { priority: '3' }), [textFile('hỏa tốc')])
    world.axis.outage(false)
    await later(world, clock, minutes(1))
    await world.until('all in the inbox', async () => (await listed(office, '/v1/inbox')).length === 6)
    const [first] = await listed(office, '/v1/inbox')
    expect((await office.document(first ?? '')).documentId).to.equal(urgent.body.documentId)
    const [fetched] = await office.lease(1)
    expect(fetched?.id).to.equal(first)
  })

  it('gateways that stop and start amid traffic lose nothing and need to send nothing twice', async () => {
    const [house, chancery] = [await world.start('G02'), await world.start('G22')]
    const ministry = house.as('G02')
    const accepted = Array.from({ length: 60 }, (_, n) => persistently(ministry, n))
    await world.until('the first to arrive', async () => (await listed(chancery.as('G22'), '/v1/inbox')).length > 5)
    await house.restart()
    await chancery.restart()
    for (const id of await Promise.all(accepted)) {
      const view = await inState(ministry, id, 'received')
      expect(view.deliveries?.[0]?.attempt).to.equal(1)
    }
    expect(await chancery.gateway.store.read.all('SELECT id FROM stage')).to.deep.equal([])
  })

  it('a letter of many parts arrives whole though its recipient stops between them', async () => {
    const house = await world.start('G02')
    const chancery = await world.start('G22')
    const file = textFile('một dòng của tệp lớn, đủ dài để chia thành nhiều phần\n'.repeat(6000))
    const { body } = await house.as('G02').submit(letter(), [file])
    await world.until('a first part', async () => (await partsStaged(chancery)) > 0)
    await chancery.restart()
    const [entry] = await leased(chancery.as('G22'), 1)
    expect(sha256(await chancery.as('G22').bytes(`/v1/inbox/${entry}/attachments/1`))).to.equal(sha256(file.bytes))
    await inState(house.as('G02'), body.id, 'received')
    const view = await chancery.as('G22').call<{ message: { attachments: unknown[] } }>('GET', `/v1/inbox/${entry}`)
    expect(view.status).to.equal(200)
  })

  it('200 letters handed over at once are each delivered with their own bytes', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const office = (await world.start('G22')).as('G22')
    const canary = (n: number): string => `chim hoàng yến ${n} `.repeat(1 + (n % 50) * 40)
    const uploaded = new Map<string, string>()
    const numbers = Array.from({ length: 200 }, (_, n) => n + 1)
    await Promise.all(
      numbers.map(async (n) => {
        const file = textFile(canary(n), `tệp ${n}.txt`)
        const { status, body } = await ministry.submit(numbered(n), [file])
        expect(status, JSON.stringify(body)).to.equal(202)
        uploaded.set(body.documentId, sha256(file.bytes))
      }),
    )
    const downloaded = new Map<string, string>()
    await world.until(
      'all fetched',
      async () => {
        const batch = await office.lease(50)
        await Promise.all(
          batch.map(async ({ id, token }) => {
            const { documentId } = await office.document(id)
            expect(downloaded.has(documentId), documentId).to.equal(false)
            downloaded.set(documentId, sha256(await office.bytes(`/v1/inbox/${id}/attachments/1`)))
            expect((await office.confirm(id, token)).status).to.equal(204)
          }),
        )
        if (batch.length === 0 && !(await world.busy())) await clock.advance(1000) // what was over a quota rests before it comes again
        return downloaded.size === 200
      },
      55_000,
    )
    expect(Object.fromEntries(downloaded)).to.deep.equal(Object.fromEntries(uploaded))
    expect(await office.lease()).to.deep.equal([])
  })

  async function leased(office: RestClient, count: number): Promise<string[]> {
    const ids: string[] = []
    await world.until(`${count} documents for ${office.agency}`, async () => {
      ids.push(...(await office.lease()).map(({ id }) => id))
      return ids.length >= count
    })
    return ids
  }

  function inState(client: RestClient, id: string, state: string): Promise<DocumentView> {
    return world.until(`${id} ${state}`, async () => {
      const view = await client.document(id)
      return view.deliveries?.every((delivery) => delivery.state === state) === true && view
    })
  }

  async function seesNothingOf(stranger: RestClient, id: string): Promise<void> {
    const reads = ['', '/envelope', '/attachments/1', '/receipts'].flatMap((rest) => [
      `/v1/documents/${id}${rest}`,
      `/v1/inbox/${id}${rest}`,
    ])
    for (const path of reads) expect((await stranger.raw('GET', path)).status, path).to.equal(404)
    const writes = [
      ['confirm', { token: 'x'.repeat(43) }],
      ['release', { token: 'x'.repeat(43) }],
      ['extend', { token: 'x'.repeat(43) }],
      ['statuses', { code: '03' }],
    ] as const
    for (const [verb, json] of writes)
      expect((await stranger.call('POST', `/v1/inbox/${id}/${verb}`, { json })).status, verb).to.equal(404)
  }

  async function listed(client: RestClient, path: string): Promise<string[]> {
    return (await client.call<{ items: { id: string }[] }>('GET', path)).body.items.map(({ id }) => id)
  }

  async function receiptsOf(client: RestClient, path: string): Promise<string[]> {
    const ids = await listed(client, `${path}/receipts`)
    return Promise.all(ids.map(async (id) => sha256(await client.bytes(`${path}/receipts/${id}`))))
  }

  function waitingFor(agency: string): number {
    return world.axis.depths().reduce((sum, depth) => sum + (depth.agency === agency ? depth.ready : 0), 0)
  }

  /** As a careful client: the same key until there is an answer. */
  async function persistently(client: RestClient, n: number): Promise<string> {
    return world.until(`acceptance of ${n}`, async () => {
      const answer = await client.submit(numbered(n + 1), [textFile(`thư ${n}`)], `key-${n}`).catch(() => undefined)
      return answer?.status === 202 && answer.body.id
    })
  }

  async function partsStaged({ gateway }: TestGateway): Promise<number> {
    const row = await gateway.store.read.get<{ n: number }>('SELECT COUNT(*) AS n FROM content')
    return row?.n ?? 0
  }
})

function typesOf(view: DocumentView): string[] {
  return view.timeline.map(({ type }) => type)
}
