/** What any axis promises: the embedded one is held to it, and so is every broker that joins it. */
import { expect } from 'chai'
import { codeOf, type FailureCode, limits } from '../../../src/base/index.ts'
import {
  type AxisConnection,
  contractVersion,
  type OutgoingPart,
  type ReceivedPart,
  readPartHeaders,
  writePartHeaders,
} from '../../../src/broker/index.ts'
import { type AgencyCode, documentId, findAgencyCode, type Lane, lanes } from '../../../src/message/index.ts'

/** An axis of its own for one test, empty and up. */
export interface AxisUnderTest {
  connect(user: string, agencies: readonly AgencyCode[]): Promise<AxisConnection>
  provision(agency: AgencyCode): Promise<void>
  /** Parts waiting in the queue and not in anybody's hand. */
  ready(agency: AgencyCode, lane: Lane): Promise<number>
  /** Loses all parts. */
  purge(): Promise<void>
  outage(on: boolean): Promise<void>
  /** Lets everything that is under way arrive, refused parts too. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** @param open Makes the axis; with `queueParts`, queues of that length. */
export function axisContractSuite(
  name: string,
  open: (bounds?: { queueParts: number }) => Promise<AxisUnderTest>,
): void {
  describe(`the contract of the axis, kept by ${name}`, () => {
    let axis: AxisUnderTest
    let ministry: AxisConnection
    let office: AxisConnection

    async function start(bounds?: { queueParts: number }): Promise<void> {
      axis = await open(bounds)
      for (const agency of [G02, G02_18, G22]) await axis.provision(agency)
      ministry = await axis.connect('bct', [G02, G02_18])
      office = await axis.connect('vpcp', [G22])
    }

    beforeEach(() => start())
    afterEach(() => axis.close())

    describe('a part', () => {
      it('arrives with the same octets, properties and headers, and the user that published it', async () => {
        const inbox = await readAll(office, G22, 'ordinary')
        const body = Uint8Array.from({ length: 1_000 }, (_, i) => i % 256)
        await ministry.publish(
          part({ body, messageId: 'm-1', documentId: '000.00.00.G02,2026/11/21,7421/BCT-KHTC – Đề án' }),
        )
        await axis.settle()
        const [received] = inbox
        expect(inbox).to.have.length(1)
        expect(Buffer.from(received?.body ?? []).equals(body)).to.equal(true)
        expect(received).to.include({ messageId: 'm-1', type: 'edoc', contentType: 'application/xml', userId: 'bct' })
        expect(received).to.include({ lane: 'ordinary', to: G22, redelivered: false })
        expect(received?.timestamp).to.deep.equal(new Date('2026-11-21T03:04:05Z'))
        expect(received === undefined ? undefined : readPartHeaders(received)).to.deep.equal({
          contractVersion,
          from: G02,
          to: G22,
          documentId: '000.00.00.G02,2026/11/21,7421/BCT-KHTC – Đề án',
          attempt: 1,
          part: 0,
          parts: 1,
          partSha256: 'a'.repeat(64),
          envelopeSha256: 'b'.repeat(64),
        })
      })

      it('may be empty, and may be as large as the limit', async () => {
        const inbox = await readAll(office, G22, 'ordinary')
        await ministry.publish(part({ body: new Uint8Array(0) }))
        await ministry.publish(part({ body: new Uint8Array(limits.chunkBytesMax).fill(7) }))
        await axis.settle()
        expect(inbox.map(({ body }) => body.length)).to.deep.equal([0, limits.chunkBytesMax])
      })

      it('larger than the limit is refused before it travels', async () => {
        expect(await refusal(ministry.publish(part({ body: new Uint8Array(limits.chunkBytesMax + 1) })))).to.equal(
          'part-too-large',
        )
        expect(await axis.ready(G22, 'ordinary')).to.equal(0)
      })

      it('is what it was when it was published, whatever its publisher writes into it afterwards', async () => {
        const inbox = await readAll(office, G22, 'ordinary')
        const body = Buffer.from('trước')
        const published = ministry.publish(part({ body }))
        body.fill('x')
        await published
        await axis.settle()
        expect(Buffer.from(inbox[0]?.body ?? []).toString()).to.equal('trước')
      })

      it('keeps the time of its publishing in whole seconds', async () => {
        const inbox = await readAll(office, G22, 'ordinary')
        await ministry.publish({ ...part(), timestamp: new Date('2026-11-21T03:04:05.999Z') })
        await axis.settle()
        expect(inbox[0]?.timestamp).to.deep.equal(new Date('2026-11-21T03:04:05Z'))
      })

      it('reaches the queue of its recipient and lane and no other', async () => {
        const agencies: readonly [AgencyCode, AxisConnection][] = [
          [G22, office],
          [G02, ministry],
          [G02_18, ministry],
        ]
        const seen: string[] = []
        for (const [agency, connection] of agencies) {
          for (const lane of lanes) {
            await connection.consume(agency, lane, 10, async ({ messageId, to, lane: arrived }) => {
              seen.push(`${messageId} → ${agency}.${lane} (${to}.${arrived})`)
            })
          }
        }
        await ministry.publish(part({ messageId: 'urgent', lane: 'express' }))
        await ministry.publish(part({ messageId: 'unit', from: G02, to: G02_18, lane: 'status' }))
        await office.publish(part({ messageId: 'answer', from: G22, to: G02, lane: 'status' }))
        await axis.settle()
        expect(seen.toSorted()).to.deep.equal([
          'answer → G02.status (G02.status)',
          'unit → G02.18.status (G02.18.status)',
          'urgent → G22.express (G22.express)',
        ])
      })
    })

    describe('publishing', () => {
      it('resolves on the confirm, when the part is in the queue, and never in the same turn', async () => {
        let confirmed = false
        const published = ministry.publish(part()).then(() => {
          confirmed = true
        })
        for (let i = 0; i < 10; i++) await Promise.resolve()
        expect(confirmed).to.equal(false)
        await published
        expect(await axis.ready(G22, 'ordinary')).to.equal(1)
      })

      it('to an agency without a queue says so and loses nothing else', async () => {
        const inbox = await readAll(office, G22, 'ordinary')
        expect(await refusal(ministry.publish(part({ to: H26 })))).to.equal('broker-unroutable')
        await ministry.publish(part({ messageId: 'after' }))
        await axis.settle()
        expect(inbox.map(({ messageId }) => messageId)).to.deep.equal(['after'])
      })

      it('to a full queue says so, and works again when there is room', async () => {
        await axis.close()
        await start({ queueParts: 3 })
        for (let i = 0; i < 3; i++) await ministry.publish(part({ messageId: `m-${i}` }))
        expect(await refusal(ministry.publish(part({ messageId: 'm-3' })))).to.equal('broker-full')
        await ministry.publish(part({ messageId: 'other lane', lane: 'express' }))
        const inbox = await readAll(office, G22, 'ordinary')
        await axis.settle()
        await ministry.publish(part({ messageId: 'm-4' }))
        await axis.settle()
        expect(inbox.map(({ messageId }) => messageId)).to.deep.equal(['m-0', 'm-1', 'm-2', 'm-4'])
      })

      it('as an agency that the user does not speak for is refused', async () => {
        expect(await refusal(office.publish(part({ from: G02, to: G22 })))).to.equal('sender-not-entitled')
        expect(await axis.ready(G22, 'ordinary')).to.equal(0)
      })

      it('under the name of another user is refused', async () => {
        expect(await refusal(ministry.publish({ ...part(), userId: 'vpcp' }))).to.equal('sender-not-entitled')
        await ministry.publish({ ...part(), userId: 'bct' })
        expect(await axis.ready(G22, 'ordinary')).to.equal(1)
      })

      it('a property that AMQP cannot carry is refused', async () => {
        const unfit = { ...part(), headers: { nested: {} as unknown as string } }
        expect(await refusal(ministry.publish(unfit))).to.equal('contract-violation')
        expect(await refusal(ministry.publish(part({ messageId: 'ă'.repeat(128) })))).to.equal('contract-violation')
        expect(await refusal(ministry.publish(part({ messageId: '' })))).to.equal('contract-violation')
      })

      it('goes on after a refusal on the same connection', async () => {
        await refusal(ministry.publish(part({ from: G22 })))
        await refusal(ministry.publish(part({ body: new Uint8Array(limits.chunkBytesMax + 1) })))
        await ministry.publish(part())
        expect(await axis.ready(G22, 'ordinary')).to.equal(1)
      })
    })

    describe('consuming', () => {
      it('the queue of another agency is refused', async () => {
        expect(await refusal(ministry.consume(G22, 'ordinary', 1, async () => {}))).to.equal('sender-not-entitled')
      })

      it('a queue that was never provisioned says so', async () => {
        const stranger = await axis.connect('hanoi', [H26])
        expect(await refusal(stranger.consume(H26, 'ordinary', 1, async () => {}))).to.equal('broker-unroutable')
      })

      it('begins with what was waiting, in the order of publishing, also when nobody awaited the confirms', async () => {
        const names = Array.from({ length: 20 }, (_, i) => `m-${i}`)
        await Promise.all(names.map((messageId) => ministry.publish(part({ messageId }))))
        const inbox = await readAll(office, G22, 'ordinary', 1)
        await axis.settle()
        expect(inbox.map(({ messageId }) => messageId)).to.deep.equal(names)
        expect(inbox.some(({ redelivered }) => redelivered)).to.equal(false)
      })

      it('never has more in hand than the prefetch, and goes on with each acknowledgement', async () => {
        const hand = await holdAll(office, G22, 'ordinary', 3)
        for (let i = 0; i < 5; i++) await ministry.publish(part({ messageId: `m-${i}` }))
        await axis.settle()
        expect(hand.names()).to.deep.equal(['m-0', 'm-1', 'm-2'])
        hand.acknowledge('m-1')
        await axis.settle()
        expect(hand.names()).to.deep.equal(['m-0', 'm-1', 'm-2', 'm-3'])
        for (const name of ['m-0', 'm-2', 'm-3']) hand.acknowledge(name)
        await axis.settle()
        expect(hand.names()).to.have.length(5)
      })

      it('an acknowledged part is never delivered again', async () => {
        const inbox = await readAll(office, G22, 'ordinary')
        await ministry.publish(part())
        await axis.settle()
        await office.close()
        const again = await readAll(await axis.connect('vpcp', [G22]), G22, 'ordinary')
        await axis.settle()
        expect([inbox.length, again.length]).to.deep.equal([1, 0])
      })

      it('a refused part comes again, marked as redelivered, after others had their turn', async () => {
        const seen: string[] = []
        await office.consume(G22, 'ordinary', 1, async ({ messageId, redelivered }) => {
          seen.push(redelivered ? `${messageId} again` : messageId)
          if (messageId === 'poison' && !redelivered) throw new Error('cannot be dealt with now')
        })
        await ministry.publish(part({ messageId: 'poison' }))
        await ministry.publish(part({ messageId: 'good' }))
        await ministry.publish(part({ messageId: 'better' }))
        await axis.settle()
        await axis.settle()
        expect(seen).to.deep.equal(['poison', 'good', 'better', 'poison again'])
      })

      it('a part that is always refused neither blocks the next nor is lost', async () => {
        let refusals = 0
        const good: string[] = []
        const subscription = await office.consume(G22, 'ordinary', 1, async ({ messageId }) => {
          if (messageId !== 'poison') return void good.push(messageId)
          refusals++
          throw new Error('never')
        })
        await ministry.publish(part({ messageId: 'poison' }))
        for (let i = 0; i < 5; i++) {
          await ministry.publish(part({ messageId: `m-${i}` }))
          await axis.settle()
        }
        expect(good).to.have.length(5)
        expect(refusals).to.be.within(2, 20)
        await subscription.cancel()
        const inbox = await readAll(office, G22, 'ordinary')
        await axis.settle()
        expect(inbox.map(({ messageId, redelivered }) => [messageId, redelivered])).to.deep.equal([['poison', true]])
      })

      it('the octets of a redelivered part are whole, whatever its handler did to them', async () => {
        const bodies: string[] = []
        await office.consume(G22, 'ordinary', 1, async ({ body, redelivered }) => {
          bodies.push(Buffer.from(body).toString())
          body.fill(0)
          if (!redelivered) throw new Error('once more')
        })
        await ministry.publish(part({ body: Buffer.from('nguyên vẹn') }))
        await axis.settle()
        await axis.settle()
        expect(bodies).to.deep.equal(['nguyên vẹn', 'nguyên vẹn'])
      })

      it('two readers of one queue share its parts, each part once', async () => {
        const second = await axis.connect('vpcp', [G22])
        const inboxes = [await holdAll(office, G22, 'ordinary', 2), await holdAll(second, G22, 'ordinary', 2)]
        for (let i = 0; i < 4; i++) await ministry.publish(part({ messageId: `m-${i}` }))
        await axis.settle()
        expect(inboxes.map((inbox) => inbox.names().length)).to.deep.equal([2, 2])
        expect(inboxes.flatMap((inbox) => inbox.names()).toSorted()).to.deep.equal(['m-0', 'm-1', 'm-2', 'm-3'])
      })

      it('cancelling waits for what is in hand and takes no more', async () => {
        const hand = await holdAll(office, G22, 'ordinary', 1)
        await ministry.publish(part({ messageId: 'in hand' }))
        await ministry.publish(part({ messageId: 'waiting' }))
        await axis.settle()
        let cancelled = false
        const cancelling = hand.cancel().then(() => {
          cancelled = true
        })
        await axis.settle()
        expect(cancelled).to.equal(false)
        hand.acknowledge('in hand')
        await cancelling
        await axis.settle()
        expect(hand.names()).to.deep.equal(['in hand'])
        expect(await axis.ready(G22, 'ordinary')).to.equal(1)
      })
    })

    describe('closing a connection', () => {
      it('returns what is in hand to the front of the queue, in order, for the next reader', async () => {
        const hand = await holdAll(office, G22, 'ordinary', 2)
        for (let i = 0; i < 4; i++) await ministry.publish(part({ messageId: `m-${i}` }))
        await axis.settle()
        await office.close()
        hand.acknowledge('m-0') // too late: the broker has taken it back
        await axis.settle()
        const next = await readAll(await axis.connect('vpcp', [G22]), G22, 'ordinary', 1)
        await axis.settle()
        expect(next.map(({ messageId }) => messageId)).to.deep.equal(['m-0', 'm-1', 'm-2', 'm-3'])
        expect(next.map(({ redelivered }) => redelivered)).to.deep.equal([true, true, false, false])
      })

      it('ends publishing and reading, and may be done twice', async () => {
        await ministry.close()
        await ministry.close()
        expect(await refusal(ministry.publish(part()))).to.equal('broker-unavailable')
        expect(await refusal(ministry.consume(G02, 'status', 1, async () => {}))).to.equal('broker-unavailable')
        await office.publish(part({ from: G22, to: G02 }))
        expect(await axis.ready(G02, 'ordinary')).to.equal(1)
      })
    })

    describe('an outage', () => {
      it('fails publishing, which works again afterwards on the same connection', async () => {
        await axis.outage(true)
        expect(await refusal(ministry.publish(part({ messageId: 'during' })))).to.equal('broker-unavailable')
        await axis.outage(false)
        await eventually(axis, () => ministry.publish(part({ messageId: 'after' })))
        const inbox = await readAll(office, G22, 'ordinary')
        await axis.settle()
        expect(inbox.map(({ messageId }) => messageId)).to.deep.equal(['after'])
      })

      it('takes back what was in hand and delivers it again to the same subscription', async () => {
        const hand = await holdAll(office, G22, 'ordinary', 5)
        await ministry.publish(part({ messageId: 'm-0' }))
        await axis.settle()
        await axis.outage(true)
        hand.acknowledge('m-0') // lost on the way
        await axis.settle()
        expect(hand.names()).to.deep.equal(['m-0'])
        await axis.outage(false)
        await axis.settle()
        expect(hand.names()).to.deep.equal(['m-0', 'm-0'])
        expect(hand.redelivered()).to.deep.equal([false, true])
      })

      it('keeps what was confirmed', async () => {
        await ministry.publish(part({ messageId: 'before' }))
        await axis.outage(true)
        await axis.outage(false)
        const inbox = await readAll(office, G22, 'ordinary')
        await axis.settle()
        expect(inbox.map(({ messageId }) => messageId)).to.deep.equal(['before'])
      })

      it('lets a reader subscribe meanwhile, who is served when the axis is back', async () => {
        await ministry.publish(part({ messageId: 'before' }))
        await axis.outage(true)
        const inbox = await readAll(office, G22, 'ordinary')
        await axis.settle()
        expect(inbox).to.have.length(0)
        await axis.outage(false)
        await axis.settle()
        expect(inbox.map(({ messageId }) => messageId)).to.deep.equal(['before'])
      })

      it('that comes before the confirm leaves the publisher in doubt, and it is told', async () => {
        const published = refusal(ministry.publish(part()))
        await axis.outage(true)
        expect(await published).to.equal('broker-unavailable')
      })
    })

    describe('losing everything', () => {
      it('leaves the queues, and the connections, in working order', async () => {
        const hand = await holdAll(office, G22, 'ordinary', 1)
        for (let i = 0; i < 3; i++) await ministry.publish(part({ messageId: `lost-${i}` }))
        await axis.settle()
        await axis.purge()
        hand.acknowledge('lost-0')
        await ministry.publish(part({ messageId: 'kept' }))
        await axis.settle()
        expect(hand.names()).to.deep.equal(['lost-0', 'kept'])
      })
    })
  })
}

const [G02, G02_18, G22, H26] = ['G02', 'G02.18', 'G22', 'H26'].map(agency) as [
  AgencyCode,
  AgencyCode,
  AgencyCode,
  AgencyCode,
]

function agency(text: string): AgencyCode {
  const code = findAgencyCode(text)
  if (code === undefined) throw new Error(`${text} is no agency code`)
  return code
}

interface PartOptions {
  messageId?: string
  from?: AgencyCode
  to?: AgencyCode
  lane?: Lane
  body?: Uint8Array
  documentId?: string
}

/** A part from G02 to G22 in the ordinary lane, unless said otherwise. */
export function part(options: PartOptions = {}): OutgoingPart {
  const { messageId = 'm', from = G02, to = G22, lane = 'ordinary', body = Buffer.from('<edXML/>') } = options
  return {
    messageId,
    type: lane === 'status' ? 'status' : 'edoc',
    contentType: 'application/xml',
    timestamp: new Date('2026-11-21T03:04:05Z'),
    from,
    to,
    lane,
    body,
    headers: writePartHeaders({
      from,
      to,
      documentId: documentId(options.documentId ?? 'D-1'),
      attempt: 1,
      part: 0,
      parts: 1,
      partSha256: 'a'.repeat(64),
      envelopeSha256: 'b'.repeat(64),
    }),
  }
}

/** Acknowledges everything; the array grows as parts arrive. */
async function readAll(connection: AxisConnection, to: AgencyCode, lane: Lane, prefetch = 10): Promise<ReceivedPart[]> {
  const inbox: ReceivedPart[] = []
  await connection.consume(to, lane, prefetch, async (received) => {
    inbox.push(received)
  })
  return inbox
}

/** Acknowledges nothing until told to. */
async function holdAll(connection: AxisConnection, to: AgencyCode, lane: Lane, prefetch: number) {
  const inbox: { received: ReceivedPart; acknowledge: () => void }[] = []
  const subscription = await connection.consume(
    to,
    lane,
    prefetch,
    (received) => new Promise((acknowledge) => inbox.push({ received, acknowledge })),
  )
  return {
    names: () => inbox.map(({ received }) => received.messageId),
    redelivered: () => inbox.map(({ received }) => received.redelivered),
    acknowledge: (name: string) => inbox.find(({ received }) => received.messageId === name)?.acknowledge(),
    cancel: () => subscription.cancel(),
  }
}

async function refusal(attempt: Promise<unknown>): Promise<FailureCode | 'nothing was refused'> {
  try {
    await attempt
    return 'nothing was refused'
  } catch (error) {
    return codeOf(error)
  }
}

/** Repeats what fails while an axis is coming back. */
async function eventually(axis: AxisUnderTest, attempt: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await refusal(attempt())) === 'nothing was refused') return
    await axis.settle()
  }
  throw new Error('the axis did not come back')
}
