import { type Channel, connect } from 'amqplib'
import { expect } from 'chai'
import { limits, Secret } from '../../../src/base/index.ts'
import {
  brokerDialect,
  checkAxis,
  DEAD,
  EXCHANGE,
  type ProvisionRequest,
  planAxis,
  provisionAxis,
  queueName,
  routingKey,
} from '../../../src/broker/index.ts'
import { type AgencyCode, findAgencyCode, lanes } from '../../../src/message/index.ts'
import { eventually, TestVhost } from '../../support/rabbitmq.ts'

const [G02, G02_18, G22] = ['G02', 'G02.18', 'G22'].map((code) => findAgencyCode(code)) as [
  AgencyCode,
  AgencyCode,
  AgencyCode,
]

describe('provisioning the axis on RabbitMQ', () => {
  let vhost: TestVhost

  before(async () => {
    vhost = await TestVhost.open()
    await vhost.provision('bct', [G02])
    await vhost.provision('vpcp', [G22])
  })
  after(() => vhost.close())

  const request = (): ProvisionRequest => ({
    vhost: vhost.name,
    user: 'bct',
    agencies: [G02],
    password: new Secret(vhost.passwordOf('bct')),
  })
  const provision = async () => {
    const items = await provisionAxis(vhost.broker.management, request())
    return items.filter(({ state }) => state !== 'unchanged').map(({ what, state }) => `${what} ${state}`)
  }
  const check = () => checkAxis(vhost.broker.management, request())

  describe('done again', () => {
    it('changes nothing', async () => {
      expect(await provision()).to.deep.equal([])
      expect(await check()).to.deep.equal([])
    })

    it('keeps the password of a user when none is given, and says when another one is', async () => {
      const without = { vhost: vhost.name, user: 'bct', agencies: [G02] }
      await provisionAxis(vhost.broker.management, without)
      expect(await check()).to.deep.equal([])
      const other = await checkAxis(vhost.broker.management, { ...without, password: new Secret('another') })
      expect(other).to.deep.equal(['user bct: it has another password'])
    })

    it('makes again what somebody took away, and nothing else', async () => {
      const { management } = vhost.broker
      await management.delete('queues', vhost.name, queueName(G02, 'express'))
      await management.delete('policies', vhost.name, EXCHANGE)
      await management.delete('operator-policies', vhost.name, EXCHANGE)
      await management.delete('topic-permissions', vhost.name, 'bct')
      const told = [
        'operator policy axis',
        'policy axis',
        'queue axis.G02.express',
        'binding *.G02.express → axis.G02.express',
        'topic permission of bct',
      ]
      expect(await check()).to.deep.equal(told.map((what) => `${what}: missing`))
      expect(await provision()).to.deep.equal(told.map((what) => `${what} created`))
      expect(await check()).to.deep.equal([])
    })

    it('puts right what somebody changed', async () => {
      const { management } = vhost.broker
      const all = { configure: '.*', write: '.*', read: '.*' }
      await management.put(['permissions', vhost.name, 'bct'], all)
      await management.put(['users', 'bct'], { password: vhost.passwordOf('bct'), tags: 'monitoring' })
      expect((await check()).map((problem) => problem.split(':')[0])).to.deep.equal(['user bct', 'permissions of bct'])
      expect(await provision()).to.deep.equal(['user bct changed', 'permissions of bct changed'])
    })
  })

  it('says what it cannot change: a queue of another kind, an alternate exchange by policy', async () => {
    const other = await TestVhost.open(vhost.broker)
    try {
      const { management } = other.broker
      const name = queueName(G02, 'status')
      await management.put(['queues', other.name, name], { durable: true, arguments: { 'x-queue-type': 'classic' } })
      await refused(other.provision('bct', [G02]), `queue ${name}: arguments is {"x-queue-type":"classic"}`)
      await management.delete('queues', other.name, name)
      await other.provision('bct', [G02])
      const definition = { 'alternate-exchange': 'amq.fanout' }
      await management.put(['policies', other.name, 'lying'], {
        pattern: `^${EXCHANGE}$`,
        'apply-to': 'exchanges',
        definition,
      })
      await refused(other.provision('bct', [G02]), `exchange ${EXCHANGE}: the policy lying rules it`)
    } finally {
      await other.close()
    }
  })

  // threat: widened-rights
  it('keeps its bounds whatever policy somebody lays over them, and says so', async () => {
    const other = await TestVhost.open(vhost.broker)
    try {
      const { management } = other.broker
      const name = queueName(G02, 'status')
      const inEffect = async (): Promise<Record<string, unknown>> =>
        (await management.find<{ effective_policy_definition?: Record<string, unknown> }>('queues', other.name, name))
          ?.effective_policy_definition ?? {}
      const policy = { pattern: '^axis[.]G02[.]status$', 'apply-to': 'queues', priority: 99 }
      await other.provision('bct', [G02])
      await eventually('our policy in effect', async () => (await inEffect())['overflow'] === 'reject-publish')

      await management.put(['policies', other.name, 'wide'], { ...policy, definition: { 'max-length': 10 ** 9 } })
      await eventually('the other policy in effect', async () => (await inEffect())['overflow'] === undefined)
      const bounds = { 'max-length': limits.axisQueueParts, 'delivery-limit': limits.axisDeliveries }
      expect(await inEffect()).to.include(bounds)
      await refused(other.provision('bct', [G02]), `queue ${name}: the policy wide rules it`)

      await management.delete('policies', other.name, 'wide')
      await management.put(['operator-policies', other.name, 'narrow'], { ...policy, definition: { 'max-length': 1 } })
      await eventually('the narrow one in effect', async () => (await inEffect())['max-length'] === 1)
      await refused(other.provision('bct', [G02]), `queue ${name}: the operator policy narrow rules it`)
    } finally {
      await other.close()
    }
  })

  it('leads what comes back too often to a queue of its own, which no agency can read', async () => {
    await vhost.onChannel(async (channel) => {
      channel.publish(EXCHANGE, routingKey(G22, G02, 'status'), Buffer.from('poison'))
      await eventually('the message', async () => (await vhost.ready(G02, 'status')) === 1)
      const message = await channel.get(queueName(G02, 'status'))
      if (message !== false) channel.reject(message, false)
      await eventually('the dead message', async () => (await channel.checkQueue(DEAD)).messageCount === 1)
      await channel.purgeQueue(DEAD)
    })
  })

  it('goes by the version of the broker', () => {
    expect(brokerDialect('3.10.8').policyTarget).to.equal('queues')
    expect(brokerDialect('3.11.28').policyTarget).to.equal('queues')
    for (const version of ['3.12.0', '3.13.7', '4.0.1', '4.1.0-rc.1', '10.0.0'])
      expect(brokerDialect(version).policyTarget, version).to.equal('quorum_queues')
    const plan = planAxis({ version: '4.1.0', vhost: '/', user: 'bct', agencies: [G02] })
    expect(plan.find(({ what }) => what === 'policy axis')?.body).to.include({ 'apply-to': 'quorum_queues' })
  })

  it('names the kind of a queue and nothing else when it declares it, and never an alternate exchange', () => {
    for (const version of ['3.10.8', '4.1.0']) {
      const plan = planAxis({ version, vhost: '/', user: 'bct', agencies: [G02, G02_18] })
      const bodies = (kind: string) =>
        plan.filter((item) => item.kind === kind).map(({ body }) => body as { arguments: object })
      expect(bodies('queue')).to.have.length(7)
      for (const queue of bodies('queue')) expect(queue.arguments).to.deep.equal({ 'x-queue-type': 'quorum' })
      for (const exchange of bodies('exchange')) expect(exchange.arguments).to.deep.equal({})
    }
  })

  describe('gives a user rights with which it', () => {
    const body = Buffer.from('<edXML/>')

    it('publishes as its own agency, to anybody', async () => {
      await as('bct', async (channel) => {
        for (const to of [G02, G22]) channel.publish(EXCHANGE, routingKey(G02, to, 'ordinary'), body, { userId: 'bct' })
        await eventually('the messages', async () => (await vhost.ready(G22, 'ordinary')) === 1)
      })
    })

    // threat: false-signer
    it('cannot publish as another agency, not even as one whose code begins like its own', async () => {
      for (const from of [G22, G02_18])
        await refusedAs('bct', 'ACCESS_REFUSED', (channel) => {
          channel.publish(EXCHANGE, routingKey(from, G22, 'ordinary'), body)
        })
      for (const key of ['G02', 'G02.G22.ordinary.more', 'xG02.G22.ordinary', ''])
        await refusedAs('bct', 'ACCESS_REFUSED', (channel) => {
          channel.publish(EXCHANGE, key, body)
        })
    })

    // threat: widened-rights
    it('cannot go round the exchange', async () => {
      await refusedAs('bct', 'ACCESS_REFUSED', (channel) => {
        channel.sendToQueue(queueName(G22, 'ordinary'), body)
      })
      for (const exchange of [DEAD, 'amq.topic', 'amq.fanout'])
        await refusedAs('bct', 'ACCESS_REFUSED', (channel) => {
          channel.publish(exchange, routingKey(G02, G22, 'ordinary'), body)
        })
    })

    // threat: false-signer
    it('cannot publish under the name of another user', async () => {
      await refusedAs('bct', 'PRECONDITION_FAILED', (channel) => {
        channel.publish(EXCHANGE, routingKey(G02, G22, 'ordinary'), body, { userId: 'vpcp' })
      })
    })

    it('reads its own queues', async () => {
      await as('vpcp', async (channel) => {
        for (const lane of lanes) await channel.consume(queueName(G22, lane), () => undefined)
      })
    })

    // threat: other-tenant
    it("cannot read, take from, empty or delete another agency's queue, nor the dead ones", async () => {
      for (const queue of [...lanes.map((lane) => queueName(G22, lane)), DEAD]) {
        await refusedAs('bct', 'ACCESS_REFUSED', (channel) => channel.consume(queue, () => undefined))
        await refusedAs('bct', 'ACCESS_REFUSED', (channel) => channel.get(queue))
        await refusedAs('bct', 'ACCESS_REFUSED', (channel) => channel.purgeQueue(queue))
        await refusedAs('bct', 'ACCESS_REFUSED', (channel) => channel.deleteQueue(queue))
      }
    })

    // threat: widened-rights
    it('cannot declare, bind, unbind or delete anything', async () => {
      const own = queueName(G02, 'ordinary')
      const attempts: ((channel: Channel) => Promise<unknown>)[] = [
        (channel) => channel.assertQueue('mine', { durable: true }),
        (channel) => channel.assertQueue(''),
        (channel) => channel.assertExchange('mine', 'topic'),
        (channel) => channel.bindQueue(own, EXCHANGE, '*.G22.*'),
        (channel) => channel.unbindQueue(own, EXCHANGE, '*.G02.ordinary'),
        (channel) => channel.bindExchange('amq.topic', EXCHANGE, '#'),
        (channel) => channel.deleteQueue(own),
        (channel) => channel.deleteExchange(EXCHANGE),
      ]
      for (const attempt of attempts) await refusedAs('bct', 'ACCESS_REFUSED', attempt)
    })

    it('cannot come in by the management API', async () => {
      const { management, admin } = vhost.broker
      expect(await management.find('users', admin.user)).to.include({ name: admin.user })
      const api = new URL(process.env['LIENTHONG_TEST_RABBITMQ_API'] ?? '')
      const authorization = `Basic ${Buffer.from(`bct:${vhost.passwordOf('bct')}`).toString('base64')}`
      expect((await fetch(`${api.origin}/api/overview`, { headers: { authorization } })).status).to.equal(401)
    })
  })

  async function as(user: string, work: (channel: Channel) => Promise<void>): Promise<void> {
    const { host, port } = vhost.broker
    const credentials = { username: user, password: vhost.passwordOf(user), vhost: vhost.name }
    const model = await connect({ protocol: 'amqp', hostname: host, port, ...credentials }, { noDelay: true })
    try {
      await work(await model.createChannel())
    } finally {
      await model.close()
    }
  }

  /** The broker itself says no, whatever client there is. */
  async function refusedAs(user: string, word: string, attempt: (channel: Channel) => unknown): Promise<void> {
    await as(user, async (channel) => {
      const said = new Promise<string>((resolve) => {
        channel.on('error', (error) => resolve(error.message))
      })
      await Promise.resolve(attempt(channel)).catch(() => undefined) // told by the event
      const verdict = await Promise.race([
        said,
        channel.checkExchange(EXCHANGE).then(
          () => 'it was allowed',
          () => said,
        ),
      ])
      expect(verdict).to.include(word)
    })
  }

  async function refused(attempt: Promise<unknown>, sentence: string): Promise<void> {
    const error = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).to.be.instanceOf(Error)
    expect((error as Error).message).to.include(sentence)
  }
})
