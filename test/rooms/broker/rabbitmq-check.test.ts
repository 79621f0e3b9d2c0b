import { expect } from 'chai'
import { codeOf, Secret, silentLog, systemClock } from '../../../src/base/index.ts'
import { createRabbitmqAxis, EXCHANGE, queueName, type RabbitmqConnection } from '../../../src/broker/index.ts'
import { type AgencyCode, lanes } from '../../../src/message/index.ts'
import { eventually, TestVhost } from '../../support/rabbitmq.ts'
import { part } from './axis-contract.ts'

const agency = 'G02' as AgencyCode

describe('the check of the way to RabbitMQ', () => {
  let vhost: TestVhost
  let connection: RabbitmqConnection
  beforeEach(async () => {
    vhost = await TestVhost.open()
    await vhost.provision('g02', [agency])
    const { host, port } = vhost.broker
    const place = { urls: [`amqp://${host}:${port}`], vhost: vhost.name, clock: systemClock, log: silentLog }
    connection = createRabbitmqAxis(place).connect({
      user: 'g02',
      password: () => new Secret(vhost.passwordOf('g02')),
      agencies: [agency],
    })
    await eventually('the connection', () => connection.isUp)
  })
  afterEach(async () => {
    await connection.close()
    await vhost.close()
  })

  const check = (): Promise<string> => connection.check().then(() => 'up', codeOf)

  it('publishes with the rights of an agency, is confirmed, and leaves nothing in any queue', async () => {
    for (let n = 0; n < 3; n++) expect(await check()).to.equal('up')
    for (const lane of lanes) expect(await vhost.ready(agency, lane)).to.equal(0)
  })

  it('fails where the connection stands and the user may not publish any more', async () => {
    await vhost.broker.management.put(['permissions', vhost.name, 'g02'], {
      configure: '^$',
      write: '^$',
      read: `^${EXCHANGE}\\..*$`,
    })
    await eventually('the refusal', async () => (await check()) === 'broker-unavailable')
  })

  it('disturbs no part where only the probe is forbidden', async () => {
    await vhost.provision('g12', ['G12' as AgencyCode])
    const permissions = { exchange: EXCHANGE, write: '^G02\\.G12\\.', read: '^$' }
    await vhost.broker.management.put(['topic-permissions', vhost.name, 'g02'], permissions)
    await eventually('the refusal', async () => (await check()) === 'broker-unavailable')
    await eventually('the connection', () => connection.isUp)
    for (let n = 0; n < 3; n++) {
      expect(await check()).to.equal('broker-unavailable')
      await connection.publish(part({ messageId: `m-${n}`, to: 'G12' as AgencyCode }))
    }
  })

  it('answers any number who ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5_000 }, check)) // a connection has 2047 channels
    expect(new Set(answers)).to.deep.equal(new Set(['up']))
  })

  it('fails where a queue of ours is gone', async () => {
    await vhost.onChannel((channel) => channel.deleteQueue(queueName(agency, 'status')))
    expect(await check()).to.equal('broker-unroutable')
  })
})
