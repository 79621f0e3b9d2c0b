import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { codeOf, messageOf } from '../../src/base/index.ts'
import { queueName } from '../../src/broker/index.ts'
import { type AgencyCode, findAgencyCode, lanes } from '../../src/message/index.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { numbered, sha256, textFile } from '../support/letters.ts'
import { required, TestVhost } from '../support/rabbitmq.ts'
import type { RestClient } from '../support/rest-client.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'

const [G02, G22] = ['G02', 'G22'].map((code) => findAgencyCode(code)) as [AgencyCode, AgencyCode]
const WAIT_MS = 60_000

describe('the journey of a document over RabbitMQ', () => {
  let vhost: TestVhost
  let world: World
  let gateways: { G02: TestGateway; G22: TestGateway }
  let ministry: RestClient
  let office: RestClient

  beforeEach(async () => {
    vhost = await TestVhost.open()
    await vhost.provision('G02', [G02])
    await vhost.provision('G22', [G22])
    world = openWorld({ delivery: { receiptWaitSeconds: 1 }, broker: settings })
    gateways = { G02: await world.start('G02'), G22: await world.start('G22') }
    ministry = gateways.G02.as('G02')
    office = gateways.G22.as('G22')
    await world.until(
      'both at the broker',
      async () => (await brokerAt(gateways.G02)) && (await brokerAt(gateways.G22)),
    )
  })
  afterEach(async () => {
    await world.close()
    await vhost.close()
  })

  function settings([code = '']: readonly string[], folder: string): Record<string, unknown> {
    const passwordFile = join(folder, `${code}.password`)
    writeFileSync(passwordFile, vhost.passwordOf(code))
    const { host, port } = vhost.broker
    return { kind: 'rabbitmq', urls: [`amqp://${host}:${port}`], vhost: vhost.name, passwordFile }
  }

  const brokerAt = async ({ gateway }: TestGateway): Promise<boolean> =>
    (await fetch(`${gateway.url}/readyz`).then((answer) => answer.text())).includes('"broker":"up"')

  /** Submits so many letters, numbered from `first`. @returns their ids */
  async function submit(first: number, count: number): Promise<string[]> {
    const ids: string[] = []
    for (let i = first; i < first + count; i++) {
      const sent = await ministry.submit(numbered(i + 1), [textFile(`nội dung ${i}`)])
      expect(sent.status, JSON.stringify(sent.body)).to.equal(202)
      ids.push(sent.body.id)
    }
    return ids
  }

  /** Fetches everything until so many are there; each once. @returns the digests of their attachments */
  async function fetched(count: number): Promise<string[]> {
    const digests: string[] = []
    await world.until(
      `${count} documents at the recipient`,
      async () => {
        for (const { id, token } of await office.lease()) {
          digests.push(sha256(await office.bytes(`/v1/inbox/${id}/attachments/1`)))
          await office.confirm(id, token)
        }
        return digests.length >= count
      },
      WAIT_MS,
    )
    return digests.sort()
  }

  const received = (ids: readonly string[]) =>
    world.until(
      'every receipt at the sender',
      async () => {
        const views = await Promise.all(ids.map((id) => ministry.document(id)))
        return views.every(({ deliveries }) => deliveries?.every(({ state }) => state === 'received'))
      },
      WAIT_MS,
    )

  const expected = (first: number, count: number): string[] =>
    Array.from({ length: count }, (_, i) => sha256(textFile(`nội dung ${first + i}`).bytes)).sort()

  it('a gateway starts and accepts letters without its broker, and sends them when it is there', async () => {
    const proxy = await openTcpProxy(vhost.broker)
    proxy.cut()
    await gateways.G02.stop()
    const late = openWorld({
      delivery: { receiptWaitSeconds: 1 },
      broker: (codes, folder) => ({ ...settings(codes, folder), urls: [`amqp://127.0.0.1:${proxy.port}`] }),
    })
    try {
      const alone = await late.start('G02')
      ministry = alone.as('G02')
      const ids = await submit(0, 3)
      expect(await brokerAt(alone)).to.equal(false)
      proxy.heal()
      expect(await fetched(3)).to.deep.equal(expected(0, 3))
      await received(ids)
      expect(await brokerAt(alone)).to.equal(true)
    } finally {
      await late.close()
      await proxy.close()
      await gateways.G02.resume()
    }
  })

  it('a gateway does not start as a user who may not speak for its agency', async () => {
    const wrong = openWorld({ broker: (codes, folder) => ({ ...settings(codes, folder), user: 'G22' }) })
    const error = await wrong.start('G02').then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(codeOf(error)).to.equal('config-invalid')
    expect(messageOf(error)).to.contain('axis.user G22 does not speak for G02')
    await wrong.close()
  })

  it('a letter arrives with its own bytes, and its receipt and statuses come back', async () => {
    const [id = ''] = await submit(0, 1)
    const [leased] = await world.until('the document in the inbox', async () => {
      const found = await office.lease()
      return found.length > 0 && found
    })
    if (leased === undefined) throw new Error('nothing was leased')
    expect(sha256(await office.bytes(`/v1/inbox/${leased.id}/attachments/1`))).to.equal(expected(0, 1)[0])
    await office.confirm(leased.id, leased.token)
    for (const code of ['03', '05', '06']) expect((await office.report(leased.id, code)).status).to.equal(202)
    const done = await world.until('the last status at the sender', async () => {
      const view = await ministry.document(id)
      return view.statuses.some((status) => status.code === '06') && view
    })
    expect(done.deliveries?.map(({ state }) => state)).to.deep.equal(['received'])
    expect(done.statuses.map((status) => status.code)).to.deep.equal(['01', '03', '05', '06'])
  })

  it('a broker that is killed in the middle loses nothing and doubles nothing, and submitting goes on without it', async () => {
    required('LIENTHONG_TEST_SERVICES_DIR') // a broker that the environment names cannot be killed
    const ids = await submit(0, 5)
    const services = join(import.meta.dirname, '../../scripts/services')
    const restarting = promisify(execFile)(services, ['restart', '--kill', 'rabbitmq'])
    await world.until('the broker missed', async () => !(await brokerAt(gateways.G02)), WAIT_MS)
    ids.push(...(await submit(5, 5)))
    await restarting
    expect(await fetched(10)).to.deep.equal(expected(0, 10))
    await received(ids)
    expect(await office.lease()).to.deep.equal([])
  })

  const losses = {
    purged: (queue: string) => vhost.onChannel((channel) => channel.purgeQueue(queue)),
    deleted: async (queue: string) => {
      await vhost.broker.management.delete('queues', vhost.name, queue)
    },
  }
  for (const [lost, lose] of Object.entries(losses))
    it(`queues that are ${lost} with all they held fill again from the outbox by themselves, as soon as they are there`, async () => {
      await gateways.G22.stop()
      const ids = await submit(0, 5)
      await world.until('the letters in the queue', async () => (await vhost.ready(G22, 'ordinary')) >= 5)
      for (const lane of lanes) await lose(queueName(G22, lane))
      await vhost.provision('G22', [G22])
      await gateways.G22.resume()
      expect(await fetched(5)).to.deep.equal(expected(0, 5))
      await received(ids)
      expect(await office.lease()).to.deep.equal([])
    })
})
