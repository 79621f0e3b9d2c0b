import { expect } from 'chai'
import { limits } from '../../src/base/index.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { partners } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { numbered, textFile } from '../support/letters.ts'
import { hours, later, minutes } from '../support/moving-on.ts'
import { Partner } from '../support/partner.ts'
import type { RestClient } from '../support/rest-client.ts'

const G12 = 'G12' as AgencyCode
const LETTERS = 30

// threat: silent-partner
describe('the circuit of a recipient', () => {
  let clock: MovableClock
  let world: World
  let house: TestGateway
  let ministry: RestClient
  beforeEach(async () => {
    clock = new MovableClock()
    world = openWorld({ clock, delivery: { receiptWaitSeconds: 60 } })
    house = await world.start('G02')
    ministry = house.as('G02')
  })
  afterEach(() => world.close())

  it('opens when nothing gets to its queue: what waits is not tried, one probe goes out now and then, and success releases all', async () => {
    const ids = await handOver(LETTERS, 'G12') // nobody has provisioned its queues
    await world.until('the circuit open', async () => (await circuit())?.circuit === 'open')
    await later(world, clock, 0)
    const tried = await attempts()
    expect(tried, 'those under way when it opened').to.be.lessThan(LETTERS)
    for (let probes = 1; probes <= 3; probes++) {
      await later(world, clock, limits.circuitProbeMsMax)
      await world.until('a probe', async () => (await attempts()) === tried + probes)
    }
    expect((await circuit())?.probes).to.equal(3)
    world.axis.provision(G12)
    await later(world, clock, limits.circuitProbeMsMax)
    await world.until('all of them sent', async () => (await inState('sent', ids)) === LETTERS)
    expect(await circuit()).to.include({ circuit: 'closed', failures: 0 })
    expect(await told()).to.deep.equal(['circuit-opened', 'circuit-closed'])
  })

  it('opens when nothing comes back, and an answer closes it', async () => {
    world.axis.provision(G12)
    const ids = await handOver(limits.circuitFailures, 'G12')
    await world.until('all at the broker', async () => (await inState('sent', ids)) === ids.length)
    await later(world, clock, minutes(2))
    await later(world, clock, minutes(2))
    await world.until('the circuit open', async () => (await circuit())?.circuit === 'open')
    expect((await circuit())?.cause).to.equal('receipt-awaited')
    const [waiting = ''] = await handOver(1, 'G12', 100)
    const finance = await world.start('G12')
    await world.until('the receipts', async () => (await inState('received', ids)) === ids.length)
    await world.until('what waited', async () => (await inState('received', [waiting])) === 1)
    expect((await circuit())?.circuit).to.equal('closed')
    await finance.stop()
  })

  it('stays closed while the broker is down, which says nothing about anybody: one is tried now and then, and then all', async () => {
    world.axis.provision(G12)
    world.axis.outage(true)
    const ids = await handOver(LETTERS, 'G12')
    const urgent = await ministry.submit(numbered(100, { to: ['G12'], priority: '3' }), [textFile('hỏa tốc')])
    await world.until('the broker missed', async () => (await attempts()) > 0)
    await later(world, clock, 0)
    const tried = await attempts()
    for (let n = 0; n < 10; n++) await later(world, clock, minutes(15))
    expect(await attempts()).to.be.within(tried + 5, tried + 15)
    expect(await circuit()).to.equal(undefined)
    world.axis.outage(false)
    await later(world, clock, minutes(1))
    await world.until('all of them sent', async () => (await inState('sent', [urgent.body.id, ...ids])) === LETTERS + 1)
  })

  it('stays closed when one document alone is never answered', async () => {
    world.axis.provision(G12)
    await handOver(1, 'G12')
    for (let n = 0; n < 10; n++) await later(world, clock, minutes(15))
    expect(await attempts()).to.be.greaterThan(limits.circuitFailures)
    expect((await circuit())?.circuit).to.equal('closed')
  })

  it('lets deadlines go on, and what expired gets its late receipt', async () => {
    const [id = ''] = await handOver(10, 'G12')
    await world.until('the circuit open', async () => (await circuit())?.circuit === 'open')
    world.axis.provision(G12)
    const finance = await Partner.open(world, 'G12')
    await later(world, clock, limits.circuitProbeMsMax)
    const came = await world.until('them at the partner', async () => {
      const all = finance.arrived()
      return all.length === 10 && all
    })
    await later(world, clock, hours(24 * 4))
    await world.until('its end', async () => (await inState('expired', [id])) === 1)
    const documentId = (await ministry.document(id)).documentId
    const late = came.find((one) => one.documentId === documentId)
    if (late !== undefined) await finance.put(await finance.answer('01', late), 'G02')
    await world.until('the late receipt', async () => (await inState('received', [id])) === 1)
    expect((await ministry.document(id)).timeline.at(-1)?.type).to.equal('late-receipt')
    await finance.close()
  })

  it('of one silent partner holds up nobody else, however much waits for it', async () => {
    await handOver(200, 'G12')
    await world.until('the circuit open', async () => (await circuit())?.circuit === 'open')
    const office = await world.start('G22')
    const [id = ''] = await handOver(1, 'G22', 500)
    await world.until('its receipt', async () => (await inState('received', [id])) === 1)
    await office.stop()
  })

  it('of many, with statuses that wait for all of them, keeps no answer to another waiting', async () => {
    const office = await Partner.open(world, 'G22')
    const { body } = await ministry.submit(numbered(1), [textFile('một')])
    await house.gateway.store.transact(async (tx) => {
      for (let n = 0; n < 2 * limits.sendBatch; n++) {
        await tx.run(`INSERT INTO partner (agency, circuit, probe_at) VALUES (?, 'open', ?)`, [
          `X${n}`,
          Number.MAX_SAFE_INTEGER,
        ])
        await tx.run(
          `INSERT INTO delivery (id, envelope, owner, recipient, kind, lane, state, next_attempt_at, deadline_at, accepted_at)
           VALUES (?, ?, 'G02', ?, 'status', 'status', 'accepted', 0, ?, 0)`,
          [`silent ${n}`, body.id, `X${n}`, Number.MAX_SAFE_INTEGER],
        )
      }
    })
    const to = [{ organId: '000.00.00.G02', organName: 'Bộ Công Thương' }]
    const from = { organId: '000.00.00.G22', organName: 'Văn phòng Chính phủ' }
    await office.put(await office.document('cần biên nhận', { to, from }), 'G02')
    await world.until('our receipt', async () => office.answers('01').length === 1)
    await office.close()
  })

  it('is kept in the store: a gateway that starts again tries nothing but the probe', async () => {
    await handOver(LETTERS, 'G12')
    await world.until('the circuit open', async () => (await circuit())?.circuit === 'open')
    await later(world, clock, 0)
    const tried = await attempts()
    await house.restart()
    await later(world, clock, 1)
    expect(await attempts()).to.be.lessThanOrEqual(tried + 1)
    expect((await circuit())?.circuit).to.equal('open')
  })

  async function handOver(count: number, to: string, first = 1): Promise<string[]> {
    const ids: string[] = []
    for (let n = first; n < first + count; n++) {
      const { status, body } = await ministry.submit(numbered(n, { to: [to] }), [textFile(`số ${n}`)])
      expect(status, JSON.stringify(body)).to.equal(202)
      ids.push(body.id)
    }
    return ids
  }

  const circuit = async () => (await partners.list(house.gateway.store.read)).find(({ agency }) => agency === G12)

  async function attempts(): Promise<number> {
    const row = await house.gateway.store.read.get<{ n: number }>('SELECT COUNT(*) AS n FROM attempt')
    return row?.n ?? 0
  }

  async function inState(state: string, ids: readonly string[]): Promise<number> {
    const rows = await house.gateway.store.read.all<{ envelope: string }>(
      'SELECT envelope FROM delivery WHERE state = ?',
      [state],
    )
    return rows.filter(({ envelope }) => ids.includes(envelope)).length
  }

  async function told(): Promise<string[]> {
    const rows = await house.gateway.store.read.all<{ type: string }>(
      `SELECT type FROM event WHERE type LIKE 'circuit-%' ORDER BY id`,
    )
    const audited = await house.gateway.store.read.all<{ action: string }>(
      `SELECT action FROM audit WHERE action LIKE 'circuit-%' ORDER BY id`,
    )
    const types = rows.map(({ type }) => type)
    expect(audited.map(({ action }) => action)).to.deep.equal(types)
    return types
  }
})
