import { expect } from 'chai'
import { onFaultPoint } from '../../src/base/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type World } from '../support/gateways.ts'
import { letter, numbered, sha256, textFile } from '../support/letters.ts'
import { later } from '../support/moving-on.ts'
import { seededRandom } from '../support/seeded-random.ts'

const seed = Number(process.env['AXIS_SEED'] ?? 20_261_121)
const LETTERS = 60

describe(`an axis that forgets, goes away and comes back at random (AXIS_SEED=${seed})`, () => {
  let clock: MovableClock
  let world: World
  before(() => {
    clock = new MovableClock()
    world = openWorld({ clock, delivery: { chunkBytes: 65_536, deadlines: { ordinaryMinutes: 100_000 } } })
  })
  after(() => world.close())

  // threat: lost-or-doubled
  it('every letter and every status arrives once, with its own bytes, though gateways restart meanwhile (promise 6)', async () => {
    const random = seededRandom(seed)
    const [house, chancery] = [await world.start('G02'), await world.start('G22')]
    const [ministry, office] = [house.as('G02'), chancery.as('G22')]
    const uploaded = new Map<string, string>()
    const downloaded = new Map<string, string[]>()

    const handOver = async (n: number): Promise<void> => {
      const file = textFile(`chim hoàng yến ${n} `.repeat(n % 6 === 0 ? 20_000 : 5))
      const { status, body } = await ministry.submit(
        numbered(n, { priority: n % 5 === 0 ? '2' : '0' }),
        [file],
        `key-${n}`,
      )
      expect(status, JSON.stringify(body)).to.equal(202)
      uploaded.set(body.id, sha256(file.bytes))
    }
    const fetch = async (): Promise<void> => {
      for (const { id, token } of await office.lease()) {
        const { documentId } = await office.document(id)
        const bytes = sha256(await office.bytes(`/v1/inbox/${id}/attachments/1`))
        downloaded.set(documentId, [...(downloaded.get(documentId) ?? []), bytes])
        expect((await office.report(id, '03')).status).to.equal(202)
        expect((await office.confirm(id, token)).status).to.equal(204)
      }
    }
    const events = [
      async () => world.axis.purge(),
      async () => world.axis.purge('G02' as never),
      async () => world.axis.outage(true),
      async () => world.axis.outage(false),
      () => house.restart(),
      () => chancery.restart(),
      () => later(world, clock, random.integer(1, 600) * 1000),
      fetch,
    ]
    for (let n = 1; n <= LETTERS; n++) {
      await handOver(n)
      await events[random.integer(0, events.length - 1)]?.()
    }
    world.axis.outage(false)
    await world.until(
      'everything in its final state',
      async () => {
        await fetch()
        await later(world, clock, 15 * 60_000)
        const views = await Promise.all([...uploaded.keys()].map((id) => ministry.document(id)))
        return views.every(
          (view) => view.deliveries?.[0]?.state === 'received' && view.statuses.some(({ code }) => code === '03'),
        )
      },
      100_000,
    )

    expect(downloaded.size).to.equal(LETTERS)
    for (const [id, digest] of uploaded) {
      const view = await ministry.document(id)
      expect(downloaded.get(view.documentId), view.documentId).to.deep.equal([digest])
      expect(view.statuses.map(({ code }) => code).sort()).to.deep.equal(['01', '03'])
    }
    for (const { gateway } of [house, chancery])
      expect(await gateway.store.read.all('SELECT code, message FROM quarantine')).to.deep.equal([])
  })
})

describe('an axis that goes away over one part', () => {
  let world: World
  beforeEach(() => {
    world = openWorld({ clock: new MovableClock(), delivery: { chunkBytes: 65_536 } })
  })
  afterEach(async () => {
    onFaultPoint(() => undefined)
    await world.close()
  })

  for (const [what, words] of [
    ['two parts', 1_500],
    ['many', 30_000],
  ] as const)
    it(`nothing counts as sent of which the first part was not confirmed, though the others were: ${what} (promise 6)`, async () => {
      const house = await world.start('G02')
      const ministry = house.as('G02')
      await world.start('G22')
      let published = 0
      onFaultPoint((point) => {
        if (point !== 'send.part-published' || ++published > 1) return
        world.axis.outage(true)
        world.axis.purge()
        world.axis.outage(false) // back before the second part
      })
      const { body } = await ministry.submit(letter(), [textFile('một phần rồi một phần nữa '.repeat(words))])
      const told = await world.until('the end of the attempt', () =>
        house.gateway.store.read.get<{ type: string }>(
          `SELECT type FROM event WHERE type IN ('attempt-failed', 'document-sent')`,
        ),
      )
      expect(told.type).to.equal('attempt-failed')
      expect((await ministry.document(body.id)).deliveries?.[0]).to.include({ state: 'accepted', attempt: 1 })
    })
})
