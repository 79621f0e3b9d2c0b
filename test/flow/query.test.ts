import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { limits, onFaultPoint } from '../../src/base/index.ts'
import type { OutgoingPart } from '../../src/broker/index.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type World } from '../support/gateways.ts'
import { letter, sha256 } from '../support/letters.ts'
import { later, minutes } from '../support/moving-on.ts'
import type { RestClient } from '../support/rest-client.ts'

const office = 'G22' as AgencyCode

describe('a package of many parts', () => {
  let world: World
  let clock: MovableClock
  let published: Published[]
  let dropReceipts: boolean
  let confirms: (part: OutgoingPart) => Promise<void>
  beforeEach(() => {
    clock = new MovableClock()
    world = openWorld({ clock, delivery: { chunkBytes: 64 * 1024, receiptWaitSeconds: 60 } })
    published = []
    dropReceipts = false
    confirms = () => Promise.resolve()
    tap(
      world,
      published,
      (type) => type === 'status' && dropReceipts,
      (part) => confirms(part),
    )
  })
  afterEach(async () => {
    onFaultPoint(undefined)
    await world.close()
  })

  /** A document of many parts, all of them confirmed by the axis. */
  async function sentLarge(ministry: RestClient): Promise<{ id: string; file: { bytes: Buffer } }> {
    const file = { name: 'Lớn.bin', type: 'application/octet-stream', bytes: randomBytes(600_000) }
    const { body } = await ministry.submit(letter(), [file])
    const isSent = async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'sent'
    await world.until('all parts at the broker', isSent)
    return { id: body.id, file }
  }

  /** So much time passes that we ask, and no more: or we would ask again before a slow machine has answered. */
  const asked = async (): Promise<void> => {
    await later(world, clock, minutes(1))
    await world.until('our question', async () => published.some(({ type }) => type === 'query'))
  }

  const receiptOf = (ministry: RestClient, id: string): Promise<unknown> =>
    world.until(
      'the receipt, with no more time',
      async () => (await ministry.document(id)).deliveries?.[0]?.state === 'received',
    )

  const restStaged = (): Promise<unknown> =>
    world.until('the rest is staged', async () =>
      world.axis.depths().every(({ ready, unacknowledged }) => ready + unacknowledged === 0),
    )

  it('after a cut, only the parts that the recipient lacks are sent again', async () => {
    world.axis.provision(office)
    const ministry = (await world.start('G02')).as('G02')
    const { id, file } = await sentLarge(ministry)
    const parts = published.length
    expect(parts).to.be.greaterThan(10)
    await loseFirst(world, 4)

    const recipient = (await world.start('G22')).as('G22')
    await restStaged()
    published.length = 0
    await asked()
    await receiptOf(ministry, id)
    expect(published.filter(({ type }) => type === 'edoc').map(({ part }) => part)).to.deep.equal([0, 1, 2, 3])
    expect(published.filter(({ type }) => type === 'query')).to.have.length(2)
    const [leased] = await recipient.lease()
    expect(sha256(await recipient.bytes(`/v1/inbox/${leased?.id}/attachments/1`))).to.equal(sha256(file.bytes))
  })

  it('an answer that is faster than the confirm of the question counts at once', async () => {
    world.axis.provision(office)
    const lists = () => published.filter(({ type, from }) => type === 'query' && from === office)
    confirms = async ({ type, from }) => {
      if (type !== 'query' || from === office) return
      await world.until('the answer taken', async () => {
        const hands = world.axis.depths().map(({ ready, unacknowledged }) => ready + unacknowledged)
        return lists().length > 0 && hands.every((count) => count === 0)
      })
    }
    const ministry = (await world.start('G02')).as('G02')
    const { id } = await sentLarge(ministry)
    await loseFirst(world, 4)
    await world.start('G22')
    await restStaged()
    published.length = 0
    await asked()
    await receiptOf(ministry, id)
  })

  it('that is held while it is being sent was not sent, and nothing says that it was', async () => {
    world.axis.provision(office)
    const house = await world.start('G02')
    const ministry = house.as('G02')
    const order = { command: 'hold', deliveries: { filter: { recipient: office } } } as const
    const instruction = { actor: 'operator:an', reason: 'gửi nhầm', commandId: 'hold-in-the-middle' }
    let held: Promise<unknown> | undefined
    onFaultPoint((point) => {
      if (point !== 'send.part-published' || held !== undefined) return
      held = house.gateway.repair.give(order, instruction)
      clock.set(new Date(clock.now().getTime() + limits.sendLeaseMs / 2 + 1).toISOString())
    })
    const file = { name: 'Lớn.bin', type: 'application/octet-stream', bytes: randomBytes(600_000) }
    const { body } = await ministry.submit(letter(), [file])
    await world.until('the end of the attempt', async () => held !== undefined && !(await world.busy()))
    await held
    expect(published.length, 'the rest stays here').to.be.lessThan(5)
    const types = async (): Promise<string[]> => (await ministry.document(body.id)).timeline.map(({ type }) => type)
    expect(await types()).to.deep.equal(['document-accepted', 'document-held'])
    expect(await house.gateway.store.read.all('SELECT n FROM attempt')).to.deep.equal([])
    const release = { ...order, command: 'release' } as const
    await house.gateway.repair.give(release, { ...instruction, commandId: 'release-it' })
    await world.until('it sent', async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'sent')
    expect(await types()).to.deep.equal(['document-accepted', 'document-held', 'document-released', 'document-sent'])
  })

  it('when only its receipt was lost, a question brings the receipt again and no part', async () => {
    const ministry = (await world.start('G02')).as('G02')
    const recipient = (await world.start('G22')).as('G22')
    const file = { name: 'Lớn.bin', type: 'application/octet-stream', bytes: randomBytes(300_000) }
    dropReceipts = true
    const { body } = await ministry.submit(letter(), [file])
    await world.until('the package at the recipient', async () => {
      const { items } = (await recipient.call<{ items: unknown[] }>('GET', '/v1/inbox')).body
      return items.length === 1 && published.some(({ type }) => type === 'status')
    })
    dropReceipts = false
    published.length = 0
    await asked()
    await receiptOf(ministry, body.id)
    expect(published.map(({ type }) => type)).to.deep.equal(['query', 'status'])
  })
})

interface Published {
  readonly type: string
  readonly from: AgencyCode
  readonly part: number
}

/** Notes what is published, at the edge where the axis begins; what vanishes was confirmed and lost. */
function tap(
  { axis }: World,
  published: Published[],
  vanishes: (type: string) => boolean,
  confirms: (part: OutgoingPart) => Promise<void>,
): void {
  const connect = axis.connect.bind(axis)
  axis.connect = (options) => {
    const connection = connect(options)
    const publish = connection.publish.bind(connection)
    connection.publish = async (part) => {
      if (!vanishes(part.type)) await publish(part)
      published.push({ type: part.type, from: part.from, part: Number(part.headers['part']) })
      await confirms(part)
    }
    return connection
  }
}

/** Takes the first `count` parts from the queue of the Government Office and lets them vanish. */
async function loseFirst(world: World, count: number): Promise<void> {
  const thief = world.axis.connect({ user: 'G22', agencies: [office] })
  let taken = 0
  let enough: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    enough = resolve
  })
  await thief.consume(office, 'ordinary', 1, async () => {
    taken += 1
    if (taken > count) {
      enough()
      return new Promise(() => undefined) // this one stays unacknowledged and goes back
    }
  })
  await done
  await thief.close()
}
