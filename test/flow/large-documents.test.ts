import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { onFaultPoint } from '../../src/base/index.ts'
import { type AgencyCode, findAgencyCode } from '../../src/message/index.ts'
import { watchGrowth } from '../support/gateway-process.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, numbered, sha256 } from '../support/letters.ts'
import { TestVhost } from '../support/rabbitmq.ts'
import { openSides, stores } from '../support/sides.ts'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { fetchOne, submitStream } from '../support/uploads.ts'

const MIB = 1024 * 1024
const [G02, G22] = ['G02', 'G22'].map((code) => findAgencyCode(code)) as [AgencyCode, AgencyCode]

describe('a large document over RabbitMQ', function () {
  this.timeout(300_000)

  // threat: exhausted-memory
  for (const store of stores)
    it(`passes both gateways in less memory than half of it, with ${store}, and arrives byte for byte`, async () => {
      const sides = await openSides(store)
      try {
        const { sender, recipient } = sides
        await submitStream(sender, numbered(1), 8 * MIB) // buffers and code that stay
        await fetchOne(recipient)
        const grown = await watchGrowth([...sender.gateways, ...recipient.gateways])
        const sent = await submitStream(sender, numbered(2), 128 * MIB)
        expect(await fetchOne(recipient)).to.equal(sent)
        for (const octets of grown()) expect(octets).to.be.lessThan(64 * MIB)
      } finally {
        await sides.close()
      }
    })

  describe('whose link is cut when nine tenths of it are through', () => {
    let vhost: TestVhost
    let proxy: TcpProxy
    let world: World
    let office: TestGateway
    beforeEach(async () => {
      vhost = await TestVhost.open()
      await vhost.provision('G02', [G02])
      await vhost.provision('G22', [G22])
      proxy = await openTcpProxy(vhost.broker)
      world = openWorld({ delivery: { chunkBytes: 65_536 }, broker: settings })
      office = await world.start('G22')
    })
    afterEach(async () => {
      onFaultPoint(() => undefined)
      await world.close()
      await proxy.close()
      await vhost.close()
    })

    /** Only the sender's link goes through the proxy. */
    function settings([code = '']: readonly string[], folder: string): Record<string, unknown> {
      const passwordFile = join(folder, `${code}.password`)
      writeFileSync(passwordFile, vhost.passwordOf(code))
      const { host, port } = code === 'G02' ? { host: '127.0.0.1', port: proxy.port } : vhost.broker
      return { kind: 'rabbitmq', urls: [`amqp://${host}:${port}`], vhost: vhost.name, passwordFile }
    }

    it('is sent again in its missing parts alone', async () => {
      const bytes = randomBytes(8 * MIB)
      const parts = Math.ceil((bytes.length * 4) / 3 / 65_536) + 1
      let published = 0
      onFaultPoint((point) => {
        if (point === 'send.part-published' && ++published === Math.floor(parts * 0.9)) proxy.cut()
      })
      const ministry = (await world.start('G02')).as('G02')
      const { body } = await ministry.submit(letter(), [{ name: 'lớn.bin', type: 'application/octet-stream', bytes }])
      await world.until('the link cut', async () => published >= Math.floor(parts * 0.9), 60_000)
      const there = await world.until('what came staged', () => staged(parts * 0.8), 60_000)
      published = -Infinity // no second cut
      let again = 0
      onFaultPoint((point) => {
        if (point === 'send.part-published') again++
      })
      proxy.heal()
      await world.until(
        'the receipt',
        async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'received',
        60_000,
      )
      expect(again).to.be.within(1, parts - there)
      const [leased] = await office.as('G22').lease()
      expect(sha256(await office.as('G22').bytes(`/v1/inbox/${leased?.id}/attachments/1`))).to.equal(sha256(bytes))
    })

    /** How many parts are staged, once none waits in the queue any more. */
    async function staged(least: number): Promise<number | undefined> {
      if ((await vhost.ready(G22, 'ordinary')) > 0) return undefined
      const row = await office.gateway.store.read.get<{ received: number }>('SELECT received FROM stage')
      return row !== undefined && row.received >= least ? row.received : undefined
    }
  })
})
