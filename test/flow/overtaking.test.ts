import { expect } from 'chai'
import { limits } from '../../src/base/index.ts'
import type { AxisConnection } from '../../src/broker/index.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type World } from '../support/gateways.ts'
import { numbered, textFile } from '../support/letters.ts'
import { Partner } from '../support/partner.ts'
import type { RestClient } from '../support/rest-client.ts'

/** G12 takes ordinary letters in hand and never lets go: its queue fills, and the axis holds back who publishes to it. */
// threat: flooded-axis
describe('while one partner takes nothing any more', () => {
  let clock: MovableClock
  let world: World
  let ministry: RestClient
  let office: Partner
  let stuck: AxisConnection
  beforeEach(async () => {
    clock = new MovableClock()
    world = openWorld({ clock })
    ministry = (await world.start('G02')).as('G02')
    office = await Partner.open(world, 'G22')
    const G12 = 'G12' as AgencyCode
    world.axis.provision(G12)
    stuck = world.axis.connect({ user: 'G12', agencies: [G12] })
    await stuck.consume(G12, 'ordinary', 1, () => new Promise(() => undefined))
    const heavy = textFile('x'.repeat(limits.embeddedFlowBytes / 4))
    for (let n = 1; n <= 5; n++) await ministry.submit(numbered(n, { to: ['G12'] }), [heavy])
    const many = Array.from({ length: 60 }, (_, n) =>
      ministry.submit(numbered(n + 6, { to: ['G12'] }), [textFile('x')]),
    )
    for (const { status } of await Promise.all(many)) expect(status).to.equal(202)
    await world.until('publishing held back', async () => octetsFor(G12) > limits.embeddedFlowBytes)
  })
  afterEach(async () => {
    await stuck.close()
    world.axis.purge()
    await office.close()
    await world.close()
  })

  it('an urgent letter to it goes out', async () => {
    await ministry.submit(numbered(100, { to: ['G12'], priority: '3' }), [textFile('hỏa tốc')])
    await world.until('it in the express queue', async () =>
      world.axis.depths().some(({ agency, lane, ready }) => agency === 'G12' && lane === 'express' && ready > 0),
    )
  })

  it('an ordinary letter to another partner goes out, is answered, and the answer is read', async () => {
    const { body } = await ministry.submit(numbered(100), [textFile('gửi nơi khác')])
    const came = await world.until('it at the other partner', async () => office.arrived()[0])
    await office.put(await office.answer('01', came), 'G02')
    await world.until(
      'its receipt',
      async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'received',
    )
  })

  function octetsFor(code: AgencyCode): number {
    return world.axis.depths().reduce((sum, { agency, octets }) => sum + (agency === code ? octets : 0), 0)
  }
})
