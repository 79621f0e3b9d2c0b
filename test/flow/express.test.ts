import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { AgencyCode } from '../../src/message/index.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { numbered, textFile } from '../support/letters.ts'
import { TestVhost } from '../support/rabbitmq.ts'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const ORDINARY = 1_000
const WAIT_MS = 120_000
/** Those that were in hand already may be before it. */
const AHEAD = 200

interface Axis {
  readonly world: World
  /** Ordinary documents that wait in the queue of G22. */
  queued(): Promise<number>
  cut(): void
  heal(): void
  close(): Promise<void>
}

const axes: Readonly<Record<string, () => Promise<Axis>>> = { 'the embedded axis': embedded, RabbitMQ: rabbitmq }

for (const [name, open] of Object.entries(axes))
  describe(`an express document, over ${name}`, function () {
    this.timeout(400_000)
    let axis: Axis
    let house: TestGateway
    let chancery: TestGateway
    beforeEach(async () => {
      axis = await open()
      house = await axis.world.start('G02')
      chancery = await axis.world.start('G22')
    })
    afterEach(() => axis.close())

    it(`overtakes ${ORDINARY} ordinary ones that wait in the outbox while the broker is down`, async () => {
      axis.cut()
      await handOver(ORDINARY)
      const urgent = await express()
      axis.heal()
      await received(urgent)
      expect(await ahead()).to.be.lessThan(AHEAD)
    })

    // in one process an outbox is as good as a queue; a broker has queues of its own
    if (name === 'RabbitMQ')
      it(`overtakes ${ORDINARY} ordinary ones that wait in the queue of its recipient`, async () => {
        await chancery.stop()
        await handOver(ORDINARY)
        await axis.world.until('them in the queue', async () => (await axis.queued()) >= ORDINARY, WAIT_MS)
        const urgent = await express()
        await axis.world.until('it sent', async () => (await stateOf(urgent)) === 'sent', WAIT_MS)
        await chancery.resume()
        await received(urgent)
        expect(await ahead()).to.be.lessThan(AHEAD)
      })

    async function handOver(count: number): Promise<void> {
      let next = 1
      const desk = async (): Promise<void> => {
        while (next <= count) {
          const { status, body } = await house.as('G02').submit(numbered(next++), [textFile('thường')])
          expect(status, JSON.stringify(body)).to.equal(202)
        }
      }
      await Promise.all(Array.from({ length: 8 }, desk))
    }

    async function express(): Promise<string> {
      const sent = await house.as('G02').submit(numbered(ORDINARY + 1, { priority: '3' }), [textFile('hỏa tốc')])
      expect(sent.status, JSON.stringify(sent.body)).to.equal(202)
      return sent.body.id
    }

    const stateOf = async (id: string): Promise<string | undefined> =>
      (await house.as('G02').document(id)).deliveries?.[0]?.state

    const received = (id: string): Promise<unknown> =>
      axis.world.until('its receipt', async () => (await stateOf(id)) === 'received', WAIT_MS)

    /** How many ordinary ones were in the inbox before it. */
    async function ahead(): Promise<number> {
      const row = await chancery.gateway.store.read.get<{ n: number }>(
        `SELECT COUNT(*) AS n FROM inbox WHERE urgent = 0 AND arrived_at <= (SELECT arrived_at FROM inbox WHERE urgent = 1)`,
      )
      return row?.n ?? 0
    }
  })

async function embedded(): Promise<Axis> {
  const world = openWorld({ delivery: { receiptWaitSeconds: 3600 } })
  return {
    world,
    queued: async () =>
      world.axis.depths().find(({ agency, lane }) => agency === 'G22' && lane === 'ordinary')?.ready ?? 0,
    cut: () => world.axis.outage(true),
    heal: () => world.axis.outage(false),
    close: () => world.close(),
  }
}

async function rabbitmq(): Promise<Axis> {
  const [G02, G22] = ['G02', 'G22'] as AgencyCode[] as [AgencyCode, AgencyCode]
  const vhost = await TestVhost.open()
  await vhost.provision('G02', [G02])
  await vhost.provision('G22', [G22])
  const proxy: TcpProxy = await openTcpProxy(vhost.broker)
  const broker = ([code = '']: readonly string[], folder: string): Record<string, unknown> => {
    const passwordFile = join(folder, `${code}.password`)
    writeFileSync(passwordFile, vhost.passwordOf(code))
    return { kind: 'rabbitmq', urls: [`amqp://127.0.0.1:${proxy.port}`], vhost: vhost.name, passwordFile }
  }
  const world = openWorld({ delivery: { receiptWaitSeconds: 3600 }, broker })
  return {
    world,
    queued: async () => (await vhost.ready(G22, 'ordinary')) / PARTS,
    cut: () => proxy.cut(),
    heal: () => proxy.heal(),
    async close() {
      await world.close()
      await proxy.close()
      await vhost.close()
    },
  }
}

/** Head and attachment. */
const PARTS = 2
