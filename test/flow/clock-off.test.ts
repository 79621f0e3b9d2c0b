import { expect } from 'chai'
import type { Clock } from '../../src/base/index.ts'
import { type Notice, notices } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { numbered, textFile } from '../support/letters.ts'
import { later, withSweeps } from '../support/moving-on.ts'

describe('our clock', () => {
  let clock: MovableClock
  let world: World
  let shifts: Record<string, number>
  let ministry: TestGateway
  let number = 7600

  /** The same time, seen from another zone of error. */
  const shifted = (code: string): Clock => ({
    now: () => new Date(clock.now().getTime() + (shifts[code] ?? 0) * 1000),
    wait: (ms, signal) => clock.wait(ms, signal),
  })

  beforeEach(async () => {
    shifts = {}
    clock = new MovableClock()
    world = openWorld({ clock, clockOf: ([code = '']) => shifted(code) })
    ministry = await world.start('G02')
    for (const code of ['G22', 'H26', 'G12']) await world.start(code)
  })
  afterEach(() => world.close())

  for (const [shift, direction] of [
    [-180, 'behind'],
    [180, 'ahead'],
  ] as const)
    it(`is told to be ${direction} when most partners say so, and to be right again`, async () => {
      shifts['G02'] = shift
      await exchange()
      await later(world, clock, 300_000)
      const [told] = await world.until(
        'the notice',
        withSweeps(clock, async () => {
          const open = await said()
          return open.length > 0 && open
        }),
      )
      expect(told?.data).to.deep.include({ direction, partners: 3, heard: 3 })
      expect(Number(told?.data['seconds'])).to.be.within(150, 181)
      shifts['G02'] = 0
      await exchange()
      await later(world, clock, 300_000)
      await world.until(
        'its end',
        withSweeps(clock, async () => (await said()).length === 0),
      )
    })

  it('is not suspected for one partner whose own clock is off', async () => {
    shifts['H26'] = 240
    await exchange()
    await later(world, clock, 300_000)
    await exchange()
    expect(await said()).to.deep.equal([])
  })

  const said = (): Promise<Notice[]> => notices.open(ministry.gateway.store.read, 'clock-off')

  /** A letter to each partner, and its receipt. */
  async function exchange(): Promise<void> {
    const { status, body } = await ministry
      .as('G02')
      .submit(numbered(++number, { to: ['G22', 'H26', 'G12'] }), [textFile(`số ${number}`)])
    expect(status, JSON.stringify(body)).to.equal(202)
    await world.until('three receipts', async () => {
      const { deliveries = [] } = await ministry.as('G02').document(body.id)
      return deliveries.length === 3 && deliveries.every(({ state }) => state === 'received')
    })
  }
})
