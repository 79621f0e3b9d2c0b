import { expect } from 'chai'
import { limits } from '../../src/base/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type World } from '../support/gateways.ts'
import { later } from '../support/moving-on.ts'
import { Partner } from '../support/partner.ts'
import type { Answer, RestClient } from '../support/rest-client.ts'

describe('the recipient’s system', () => {
  let clock: MovableClock
  let world: World
  let office: RestClient
  let partner: Partner
  beforeEach(async () => {
    clock = new MovableClock()
    world = openWorld({ clock })
    office = (await world.start('G22')).as('G22')
    partner = await Partner.open(world, 'G02')
  })
  afterEach(async () => {
    await partner.close()
    await world.close()
  })

  it('gets each document once, however many of it ask at the same time', async () => {
    await arrive(30)
    const leases = await Promise.all(Array.from({ length: 12 }, () => office.lease(5)))
    const ids = leases.flat().map(({ id }) => id)
    expect(ids).to.have.length(30)
    expect(new Set(ids).size).to.equal(30)
  })

  it('may confirm twice, and is never handed the document again', async () => {
    await arrive(1)
    const [lease] = await office.lease()
    expect((await confirm(lease)).status).to.equal(204)
    expect((await confirm(lease)).status).to.equal(204)
    await later(world, clock, limits.leaseMsMax * 2)
    expect(await office.lease()).to.deep.equal([])
  })

  it('that falls silent loses its claim: another gets the document, and only the new token counts', async () => {
    await arrive(1)
    const [first] = await office.lease()
    await later(world, clock, limits.leaseMs)
    expect(await confirm(first)).to.deep.include({ status: 409 })
    const [second] = await office.lease()
    expect(second?.id).to.equal(first?.id)
    expect(second?.token).to.not.equal(first?.token)
    const late = await confirm(first)
    expect(late.body).to.include({ code: 'lease-lost' })
    expect((await confirm(second)).status).to.equal(204)
    expect((await confirm(first)).status).to.equal(409)
  })

  it('may hold a document longer than it first said, but not for ever', async () => {
    await arrive(1)
    const [lease] = await office.lease()
    await later(world, clock, limits.leaseMs - 10_000)
    const extended = await post(lease, 'extend', { leaseSeconds: 3600 })
    expect(extended.status).to.equal(200)
    await later(world, clock, limits.leaseMsMax - 60_000)
    expect(await office.lease()).to.deep.equal([])
    await later(world, clock, 120_000)
    expect((await post(lease, 'extend', {})).status).to.equal(409)
    expect(await office.lease()).to.have.length(1)
  })

  it('may give a document back, and it waits for the next at once', async () => {
    await arrive(1)
    const [lease] = await office.lease()
    expect((await post(lease, 'release', {})).status).to.equal(204)
    const [next] = await office.lease()
    expect(next?.id).to.equal(lease?.id)
    expect((await confirm(lease)).status).to.equal(409)
  })

  it('reports each step once, forward only, and nothing after a refusal', async () => {
    await arrive(2)
    const [a, b] = (await office.lease()).map(({ id }) => id)
    const told = async (id: string | undefined, code: string, why?: string): Promise<number> =>
      (await office.report(id ?? '', code, why)).status
    expect(await told(a, '05')).to.equal(202)
    expect(await told(a, '05')).to.equal(202)
    expect(await told(a, '03')).to.equal(409)
    expect(await told(a, '02', 'muộn')).to.equal(409)
    expect(await told(a, '06')).to.equal(202)
    expect(await told(b, '02')).to.equal(422)
    expect(await told(b, '02', 'Gửi nhầm đơn vị')).to.equal(202)
    expect(await told(b, '03')).to.equal(409)
    await world.until('three statuses at the sender', async () =>
      ['05', '06', '02'].every((code) => partner.answers(code).length > 0),
    )
    expect(partner.answers('05')).to.have.length(1)
  })

  it('that reports the same step many times at once has reported it once', async () => {
    await arrive(1)
    const [lease] = await office.lease()
    const answers = await Promise.all(Array.from({ length: 8 }, () => office.report(lease?.id ?? '', '03')))
    expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 202))
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1)
    await world.until('the status', async () => partner.answers('03').length > 0)
    expect(partner.answers('03')).to.have.length(1)
  })

  async function arrive(count: number): Promise<void> {
    for (let n = 0; n < count; n++)
      await partner.put(await partner.document(`thư ${n}`, { documentId: `D-${n}` as never }), 'G22')
    await world.until(`${count} receipts`, async () => partner.answers('01').length === count)
  }

  function confirm(lease: { id: string; token: string } | undefined): Promise<Answer> {
    return post(lease, 'confirm', {})
  }

  function post(lease: { id: string; token: string } | undefined, verb: string, more: object): Promise<Answer> {
    return office.call('POST', `/v1/inbox/${lease?.id}/${verb}`, { json: { token: lease?.token, ...more } })
  }
})
