import { execFile } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ChannelModel } from 'amqplib'
import { expect } from 'chai'
import { codeOf, createLog, limits, Secret, systemClock } from '../../../src/base/index.ts'
import {
  createRabbitmqAxis,
  EXCHANGE,
  queueName,
  type RabbitmqConnection,
  type RabbitmqOptions,
  type RabbitmqUser,
} from '../../../src/broker/index.ts'
import { Consumption } from '../../../src/broker/rabbitmq-subscription.ts'
import { findMissingQueues } from '../../../src/broker/rabbitmq-topology.ts'
import { type AgencyCode, findAgencyCode } from '../../../src/message/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { eventually, required, TestVhost } from '../../support/rabbitmq.ts'
import { openTcpProxy } from '../../support/tcp-proxy.ts'
import { part } from './axis-contract.ts'

const [G02, G22] = ['G02', 'G22'].map((code) => findAgencyCode(code)) as [AgencyCode, AgencyCode]
const root = join(import.meta.dirname, '../../..')

describe('the link to RabbitMQ', () => {
  let vhost: TestVhost
  const connections: RabbitmqConnection[] = []
  let lines: string[] = []

  before(async () => {
    vhost = await TestVhost.open()
    await vhost.provision('bct', [G02])
    await vhost.provision('vpcp', [G22])
  })
  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()))
    lines = []
  })
  after(() => vhost.close())

  const address = () => `amqp://${vhost.broker.host}:${vhost.broker.port}`
  const nobody = 'amqp://127.0.0.1:1'
  const log = createLog('debug', { write: (line) => lines.push(line) })
  const logged = (text: string): boolean => lines.some((line) => line.includes(text))

  function connect(options: Partial<RabbitmqOptions> = {}, user: Partial<RabbitmqUser> = {}): RabbitmqConnection {
    const axis = createRabbitmqAxis({
      urls: [address()],
      vhost: vhost.name,
      clock: systemClock,
      log,
      backoff: () => 20,
      ...options,
    })
    const connection = axis.connect({
      user: 'bct',
      agencies: [G02],
      password: () => new Secret(vhost.passwordOf('bct')),
      ...user,
    })
    connections.push(connection)
    return connection
  }
  const up = (connection: RabbitmqConnection) => eventually('the connection', () => connection.isUp)
  const office = (missingQueue: 'refuse' | 'wait' = 'refuse') =>
    connect({}, { user: 'vpcp', agencies: [G22], password: () => new Secret(vhost.passwordOf('vpcp')), missingQueue })

  it('tries the addresses of a cluster in turn', async () => {
    const connection = connect({ urls: [nobody, nobody, address()] })
    await up(connection)
    await connection.publish(part({ to: G02 }))
  })

  it('asks for the password at each attempt, so that a changed one needs no restart', async () => {
    const passwords = ['wrong', vhost.passwordOf('bct')]
    await up(
      connect(
        {},
        { password: () => new Secret(passwords.length > 2 ? 'wrong' : (passwords.shift() ?? vhost.passwordOf('bct'))) },
      ),
    )
    expect(logged('the broker cannot be reached')).to.equal(true)
    expect(lines.join(), 'no password is logged').not.to.include(vhost.passwordOf('bct'))
  })

  it('may be closed while it is being made, and while there is no broker', async () => {
    await connect().close()
    const lonely = connect({ urls: [nobody], backoff: () => 3_600_000 })
    await eventually('an attempt', () => logged('the broker cannot be reached'))
    await lonely.close()
    expect(await codeFrom(lonely.publish(part()))).to.equal('broker-unavailable')
  })

  it('gives up a broker that accepts connections and says nothing', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket.resume().on('error', () => undefined)))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const clock = new MovableClock()
    connect({ urls: [`amqp://127.0.0.1:${(silent.address() as AddressInfo).port}`], clock })
    try {
      await eventually('both attempts', () => sockets.length === 2)
      await clock.advance(limits.brokerConnectMs)
      await eventually('giving up', () => logged('took longer than'))
      await eventually('the end of the connections', () => sockets.slice(0, 2).every(({ destroyed }) => destroyed))
    } finally {
      silent.close()
    }
  })

  it('finds a dead peer while it publishes, and goes on when the link is back', async () => {
    const proxy = await openTcpProxy(vhost.broker)
    const connection = connect({ urls: [`amqp://127.0.0.1:${proxy.port}`] })
    await up(connection)
    const outcomes: string[] = []
    for (let i = 0; i < 30; i++) {
      if (i === 10) proxy.cut()
      if (i === 20) {
        proxy.heal()
        await up(connection)
      }
      outcomes.push(await codeFrom(connection.publish(part({ to: G02, messageId: `m-${i}` }))))
    }
    expect([...new Set(outcomes.slice(0, 10))]).to.deep.equal(['done'])
    expect([...new Set(outcomes.slice(10, 20))]).to.deep.equal(['broker-unavailable'])
    expect([...new Set(outcomes.slice(20))]).to.deep.equal(['done'])
    await proxy.close()
  })

  describe('with TLS', () => {
    const tls = () => ({
      caFile: required('LIENTHONG_TEST_AMQPS_CA'),
      certFile: required('LIENTHONG_TEST_AMQPS_CERT'),
      keyFile: required('LIENTHONG_TEST_AMQPS_KEY'),
    })
    const secure = () => {
      const { hostname, port } = new URL(required('LIENTHONG_TEST_AMQPS_URL'))
      return [`amqps://${hostname}:${port}`]
    }

    it('shows its certificate, and checks that of the broker', async () => {
      const connection = connect({ urls: secure(), tls: tls() })
      await up(connection)
      await connection.publish(part({ to: G02 }))
    })

    it('does not come in without a certificate', async () => {
      const connection = connect({ urls: secure(), tls: { caFile: tls().caFile } })
      await eventually('a refusal', () => logged('the broker cannot be reached'))
      expect(connection.isUp).to.equal(false)
    })

    // threat: false-broker
    it('does not believe a broker whose certificate another authority issued', async () => {
      const connection = connect({ urls: secure(), tls: { ...tls(), caFile: join(root, 'certs-example/root.crt') } })
      await eventually('a refusal', () => logged('the broker cannot be reached'))
      expect(lines.join()).to.match(/unable to verify|self-signed|certificate/)
      expect(connection.isUp).to.equal(false)
    })

    // threat: false-broker
    it('does not believe a certificate that was issued for another name', async () => {
      const proxy = await openTcpProxy({ host: '127.0.0.1', port: Number(new URL(secure()[0] ?? '').port) })
      const connection = connect({
        urls: [`amqps://ip6-localhost:${proxy.port}`, `amqps://127.0.0.2:${proxy.port}`],
        tls: tls(),
      })
      await eventually('a refusal', () => logged('the broker cannot be reached'))
      expect(connection.isUp).to.equal(false)
      await proxy.close()
    })
  })

  describe('a queue that is taken away', () => {
    const name = queueName(G22, 'express')

    it('is told at once, and read again as soon as it is provisioned again', async () => {
      const inbox: string[] = []
      const connection = office()
      await up(connection)
      await connection.consume(G22, 'express', 5, async ({ messageId }) => void inbox.push(messageId))
      await vhost.broker.management.delete('queues', vhost.name, name)
      await eventually('the loss', () => !connection.isUp)
      expect(logged('a queue cannot be read now')).to.equal(true)
      await vhost.provision('vpcp', [G22])
      await up(connection)
      await vhost.onChannel(
        async (channel) => void channel.publish(EXCHANGE, 'G02.G22.express', Buffer.from(''), { messageId: 'm' }),
      )
      await eventually('the part', () => inbox.includes('m'))
    })

    it('returns what is sent to it, which is an alarm, once', async () => {
      const connection = connect()
      await up(connection)
      await vhost.broker.management.delete('queues', vhost.name, name)
      for (let i = 0; i < 3; i++)
        expect(await codeFrom(connection.publish(part({ lane: 'express' })))).to.equal('broker-unroutable')
      expect(lines.filter((line) => line.includes('no queue for this recipient'))).to.have.length(1)
      await vhost.provision('vpcp', [G22])
      expect(await codeFrom(connection.publish(part({ lane: 'express' })))).to.equal('done')
    })

    it('is missed by the check on each connection, and waited for where a gateway starts', async () => {
      await vhost.broker.management.delete('queues', vhost.name, name)
      const connection = office('wait')
      await eventually('the check', () => logged('the topology of the axis differs'))
      expect(logged(name)).to.equal(true)
      await eventually('the links', () => connection.isUp)
      const inbox: string[] = []
      await connection.consume(G22, 'express', 5, async ({ messageId }) => void inbox.push(messageId))
      expect(connection.isUp).to.equal(false)
      await vhost.provision('vpcp', [G22])
      await up(connection)
    })
  })

  it('asks about many queues side by side, so that a far broker is not asked for longer than a connection may take', async () => {
    const many = Promise.withResolvers<void>()
    const names = Array.from({ length: 120 }, (_, i) => `axis.G${i}.express`)
    let [asked, answered] = [0, 0]
    const channel = {
      on: () => undefined,
      close: async () => undefined,
      checkQueue: async (name: string) => {
        if (++asked === 30) many.resolve()
        await many.promise // the first answer comes after thirty questions
        if (++answered % 40 === 0) throw Object.assign(new Error(`no queue ${name}`), { code: 404 })
      },
    }
    const model = { createChannel: async () => channel } as unknown as ChannelModel
    expect(await findMissingQueues(model, names)).to.have.length(3)
    expect(asked).to.equal(120)
  })

  it('does not take a channel for open that the broker ended together with its answer', async () => {
    const channel = Object.assign(new EventEmitter(), {
      prefetch: async () => undefined,
      // both are in one piece of what the socket reads, so both are heard in one turn
      consume: async () => {
        channel.emit('error', new Error('the queue has failed'))
        channel.emit('close')
      },
    })
    const model = { createChannel: async () => channel } as unknown as ChannelModel
    const reading = { agency: G02, lane: 'status', prefetch: 1, handle: async () => undefined } as const
    const opening = Consumption.open(model, reading, { clock: systemClock, log, lost: () => undefined })
    expect(await opening.then(() => 'open', String)).to.include('the queue has failed')
  })

  it('tells of the parts that came back which they were, among those that did not', async () => {
    const connection = connect()
    await up(connection)
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        const to = i % 3 === 0 ? (findAgencyCode('H26') as AgencyCode) : G22
        return codeFrom(connection.publish(part({ messageId: `m-${i % 7}`, to })))
      }),
    )
    expect(outcomes).to.deep.equal(Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 'broker-unroutable' : 'done')))
    await vhost.onChannel((channel) => channel.purgeQueue(queueName(G22, 'ordinary')))
  })

  it('blames the agency without rights, not the others on the same connection', async () => {
    const connection = connect({}, { agencies: [G02, G22] }) // the broker entitles it to G02 alone
    await eventually('the links', () => connection.isUp)
    const outcomes = await Promise.all([
      codeFrom(connection.publish(part({ from: G22, to: G02 }))),
      codeFrom(connection.publish(part({ from: G02, to: G02 }))),
    ])
    expect(outcomes[0]).to.equal('sender-not-entitled')
    expect(outcomes[1]).to.be.oneOf(['done', 'broker-unavailable'])
    await up(connection)
    expect(await codeFrom(connection.publish(part({ from: G02, to: G02 })))).to.equal('done')
  })

  it('waits for a broker that is short of memory, not for ever, and acknowledges all the same', async () => {
    const clock = new MovableClock()
    const connection = connect({ clock })
    await up(connection)
    await connection.publish(part({ to: G02, lane: 'status' }))
    let acknowledge = (): void => undefined
    await connection.consume(G02, 'status', 1, () => new Promise((resolve) => (acknowledge = () => resolve())))
    await eventually('the part', async () => (await vhost.ready(G02, 'status')) === 0)
    await rabbitmqctl('set_vm_memory_high_watermark', '0.000001')
    try {
      const first = codeFrom(connection.publish(part({ to: G02 }))) // it is the publish that the broker blocks
      await eventually('the alarm', () => logged('the broker takes no more messages'))
      const second = codeFrom(connection.publish(part({ to: G02 })))
      acknowledge()
      await clock.advance(limits.publishTimeoutMs + 1_000)
      expect([await first, await second]).to.deep.equal(['broker-unavailable', 'broker-unavailable'])
    } finally {
      await rabbitmqctl('set_vm_memory_high_watermark', '0.4')
    }
    await eventually('the end of the alarm', () => logged('the broker takes messages again'))
    expect(await codeFrom(connection.publish(part({ to: G02 })))).to.equal('done')
    const { messages_unacknowledged: left } = (await vhost.broker.management.find<{ messages_unacknowledged?: number }>(
      'queues',
      vhost.name,
      queueName(G02, 'status'),
    )) ?? { messages_unacknowledged: 0 }
    expect(left ?? 0).to.be.at.most(1)
  })
})

/** Speaks to the broker that scripts/services started; one that the environment names cannot be pressed like this. */
async function rabbitmqctl(...words: string[]): Promise<void> {
  required('LIENTHONG_TEST_SERVICES_DIR')
  await promisify(execFile)(join(root, 'scripts/services'), ['rabbitmqctl', ...words])
}

async function codeFrom(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'done',
    (error: unknown) => codeOf(error),
  )
}
