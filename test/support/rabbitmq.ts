import { randomBytes } from 'node:crypto'
import { type ChannelModel, connect } from 'amqplib'
import { Secret, systemClock } from '../../src/base/index.ts'
import { Management, type ProvisionRequest, planAxis, provisionAxis, queueName } from '../../src/broker/index.ts'
import type { AgencyCode, Lane } from '../../src/message/index.ts'

/** The RabbitMQ of the tests, as the environment names it; without one, tests fail and say what to do. */
export interface TestBroker {
  readonly host: string
  readonly port: number
  readonly admin: { readonly user: string; readonly password: string }
  readonly management: Management
}

export function testBroker(): TestBroker {
  const amqp = new URL(required('LIENTHONG_TEST_AMQP_URL'))
  const api = new URL(required('LIENTHONG_TEST_RABBITMQ_API'))
  const admin = { user: decodeURIComponent(api.username), password: decodeURIComponent(api.password) }
  return {
    host: amqp.hostname,
    port: Number(amqp.port || 5672),
    admin,
    management: new Management({
      url: api.origin,
      user: admin.user,
      password: new Secret(admin.password),
      clock: systemClock,
    }),
  }
}

export function required(variable: string): string {
  const value = process.env[variable]
  if (value === undefined || value === '')
    throw new Error(
      `${variable} is not set: run npm test, or scripts/services start and eval "$(scripts/services env)"`,
    )
  return value
}

/** Users are the broker's, not a virtual host's: each has one password in all tests of a run. */
const passwords = new Map<string, string>()

/** A virtual host of its own, and its administrator. */
export class TestVhost {
  readonly broker: TestBroker
  readonly name: string
  readonly model: ChannelModel
  static async open(broker: TestBroker = testBroker()): Promise<TestVhost> {
    const name = `test-${randomBytes(6).toString('hex')}`
    const { management, admin, host, port } = broker
    await management.put(['vhosts', name], {})
    await management.put(['permissions', name, admin.user], { configure: '.*', write: '.*', read: '.*' })
    const credentials = { username: admin.user, password: admin.password, vhost: name }
    const model = await connect({ protocol: 'amqp', hostname: host, port, ...credentials }, { noDelay: true })
    model.on('error', () => undefined)
    return new TestVhost(broker, name, model)
  }

  private constructor(broker: TestBroker, name: string, model: ChannelModel) {
    this.broker = broker
    this.name = name
    this.model = model
  }

  /** Everything that these agencies need, and a user for them. */
  async provision(
    user: string,
    agencies: readonly AgencyCode[],
    bounds?: NonNullable<ProvisionRequest['bounds']>,
  ): Promise<void> {
    const request = { vhost: this.name, user, agencies, password: new Secret(this.passwordOf(user)) }
    await provisionAxis(this.broker.management, { ...request, ...(bounds && { bounds }) })
  }

  /** A user with the rights of these agencies, whose queues may not be there. */
  async grant(user: string, agencies: readonly AgencyCode[]): Promise<void> {
    const { management } = this.broker
    for (const { kind, path, body } of planAxis({ version: '3.10.8', vhost: this.name, user, agencies })) {
      if (kind === 'user') await management.put(path, { ...(body as object), password: this.passwordOf(user) })
      if (kind === 'permission') await management.put(path, body)
    }
  }

  passwordOf(user: string): string {
    const password = passwords.get(user) ?? randomBytes(16).toString('hex')
    passwords.set(user, password)
    return password
  }

  async ready(agency: AgencyCode, lane: Lane): Promise<number> {
    const { messageCount } = await this.onChannel((channel) => channel.checkQueue(queueName(agency, lane)))
    return messageCount
  }

  async onChannel<T>(work: (channel: Awaited<ReturnType<ChannelModel['createChannel']>>) => Promise<T>): Promise<T> {
    const channel = await this.model.createChannel()
    channel.on('error', () => undefined)
    const result = await work(channel)
    await channel.close()
    return result
  }

  async close(): Promise<void> {
    await this.model.close().catch(() => undefined)
    await this.broker.management.delete('vhosts', this.name)
  }
}

/** Looks again and again; a minute of nothing is a failure that says what was awaited. */
export async function eventually(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
