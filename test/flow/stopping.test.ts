import { expect } from 'chai'
import { limits } from '../../src/base/index.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { openWorld, type World } from '../support/gateways.ts'
import { Partner } from '../support/partner.ts'

describe('a gateway that is stopped', () => {
  let world: World
  let partner: Partner
  beforeEach(() => {
    world = openWorld()
  })
  afterEach(async () => {
    await partner?.close()
    await world.close()
  })

  it('waits for no room where nothing can be judged: the parts that wait for it go back to the axis', async () => {
    const chancery = await world.start('G22')
    const { store } = chancery.gateway
    await store.transact((tx) =>
      tx.run(
        `CREATE TRIGGER judged_nowhere BEFORE UPDATE OF lease_until ON stage BEGIN SELECT RAISE(ABORT, 'away'); END`,
      ),
    )
    partner = await Partner.open(world, 'G02')
    const count = limits.receiveBacklog + limits.receivePrefetch + 1
    for (let n = 0; n < count; n++)
      await partner.put(await partner.status('03', { documentId: `D-${n}`, to: 'G22' as AgencyCode }), 'G22')
    const staged = async () => (await store.read.get<{ n: number }>('SELECT COUNT(*) AS n FROM stage'))?.n ?? 0
    await world.until('a full backlog', async () => (await staged()) >= limits.receiveBacklog)
    await chancery.stop()
    const left = world.axis.depths().find(({ agency, lane }) => agency === 'G22' && lane === 'status')
    expect(left?.consumers).to.equal(0)
    expect((left?.ready ?? 0) + (left?.unacknowledged ?? 0)).to.be.greaterThan(0)
  })
})
