import assert from 'node:assert/strict'
import type { ChannelModel } from 'amqplib'
import { GatewayError, limits } from '../base/index.ts'
import { type AgencyCode, type Lane, lanes } from '../message/index.ts'
import type { AxisConnection, OutgoingPart, PartHandler, Subscription } from './axis.ts'
import { requireCarriable } from './outgoing.ts'
import { replies, replyCodeOf, unavailable, within } from './rabbitmq-errors.ts'
import { type LinkOptions, RabbitmqLink } from './rabbitmq-link.ts'
import { Publisher } from './rabbitmq-publisher.ts'
import { Consumption, type Reading } from './rabbitmq-subscription.ts'
import { findMissingQueues } from './rabbitmq-topology.ts'
import { queueName } from './topology.ts'

export interface RabbitmqConnectionOptions {
  readonly user: string
  readonly agencies: readonly AgencyCode[]
  readonly missingQueue: 'refuse' | 'wait'
  readonly link: LinkOptions
}

/**
 * One broker user's way to the axis: a link to publish on and one to read on, because a broker that is short of memory
 * stops reading from whoever publishes, and acknowledgements must still get through then.
 */
export class RabbitmqConnection implements AxisConnection {
  readonly #options: RabbitmqConnectionOptions
  readonly #agencies: ReadonlySet<AgencyCode>
  readonly #publisher: Publisher
  readonly #publishing: RabbitmqLink
  readonly #consuming: RabbitmqLink
  readonly #subscriptions = new Set<Subscribed>()
  readonly #closing = new AbortController()
  /** What is read on, from the moment at which it is being prepared. */
  #model: ChannelModel | undefined
  #checking: Checking | undefined

  constructor(options: RabbitmqConnectionOptions) {
    this.#options = options
    this.#agencies = new Set(options.agencies)
    const { link, user } = options
    this.#publisher = new Publisher({
      user,
      clock: link.clock,
      log: link.log,
      recycle: () => this.#publishing.reconnect(),
      returned: () => void this.#lookAgain(),
    })
    this.#publishing = new RabbitmqLink(link, {
      opened: (model) => this.#publisher.open(model),
      lost: (reason) => this.#publisher.close(reason),
      blocked: (reason) => this.#publisher.block(reason),
      unblocked: () => this.#publisher.unblock(),
    })
    this.#consuming = new RabbitmqLink(link, {
      opened: (model) => this.#resume(model),
      lost: () => this.#dropAll(),
    })
  }

  /** Whether the broker is there, and every queue that is to be read is read. */
  get isUp(): boolean {
    const reading = [...this.#subscriptions].every(({ consumption }) => consumption !== undefined)
    return this.#publishing.model !== undefined && this.#consuming.model !== undefined && reading
  }

  /**
   * Does what the axis is there for, once on each link: a publish with its confirm, and a look at a queue of ours. Leaves
   * nothing behind, and disturbs no part. However often it is asked, one check at a time answers all.
   * @throws broker-unavailable | broker-unroutable
   */
  async check(): Promise<void> {
    const [agency] = this.#agencies
    const [publishing, reading] = [this.#publishing.model, this.#model]
    if (!this.isUp || publishing === undefined || reading === undefined || agency === undefined)
      throw unavailable('The broker is not reached, or a queue is not read.')
    // One that is overdue is still the only one on its connections: the next who asks waits for the same answer.
    if (this.#checking?.publishing !== publishing || this.#checking.reading !== reading)
      this.#checking = { publishing, reading, answer: this.#checkOnce(agency, publishing, reading) }
    const { answer } = this.#checking
    await within(this.#options.link.clock, limits.brokerCallMs, 'the check', answer, this.#closing.signal)
  }

  async #checkOnce(agency: AgencyCode, publishing: ChannelModel, reading: ChannelModel): Promise<void> {
    const queue = queueName(agency, 'status')
    try {
      const both = [this.#publisher.probe(publishing, agency), findMissingQueues(reading, [queue])] as const
      const [, missing] = await Promise.all(both)
      if (missing.length > 0)
        throw new GatewayError('broker-unroutable', `There is no queue ${queue}: provision ${agency}.`)
    } finally {
      if (this.#checking?.publishing === publishing && this.#checking.reading === reading) this.#checking = undefined
    }
  }

  async publish(part: OutgoingPart): Promise<void> {
    if (this.#closing.signal.aborted) throw closed()
    this.#requireEntitled(part.from, 'publish as')
    const { user } = this.#options
    if (part.userId !== undefined && part.userId !== user)
      throw new GatewayError('sender-not-entitled', `The user ${user} may not publish as the user ${part.userId}.`)
    requireCarriable(part)
    await this.#publisher.publish(part)
  }

  async consume(agency: AgencyCode, lane: Lane, prefetch: number, handle: PartHandler): Promise<Subscription> {
    assert(Number.isInteger(prefetch) && prefetch >= 1 && prefetch <= limits.prefetch, 'prefetch is out of bounds')
    if (this.#closing.signal.aborted) throw closed()
    this.#requireEntitled(agency, 'read the queue of')
    const subscribed: Subscribed = { reading: { agency, lane, prefetch, handle }, consumption: undefined, ended: false }
    this.#subscriptions.add(subscribed)
    const model = this.#model
    if (model !== undefined) await this.#begin(subscribed, model)
    return { cancel: () => this.#cancel(subscribed) }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#publisher.close(closed())
    this.#dropAll()
    this.#subscriptions.clear()
    await Promise.all([this.#publishing.close(), this.#consuming.close()])
  }

  /** The first reading of a queue: what the broker refuses is said to the caller, unless queues are waited for. */
  async #begin(subscribed: Subscribed, model: ChannelModel): Promise<void> {
    try {
      await this.#read(subscribed, model)
    } catch (error) {
      const refused = refusal(error, subscribed.reading)
      if (refused === undefined || this.#options.missingQueue === 'wait')
        return this.#readLater(subscribed, model, error)
      this.#subscriptions.delete(subscribed)
      throw refused
    }
  }

  async #read(subscribed: Subscribed, model: ChannelModel): Promise<void> {
    const { clock, log } = this.#options.link
    const lost = (reason: Error): void => {
      subscribed.consumption = undefined
      if (this.#model === model) this.#readLater(subscribed, model, reason)
    }
    const opening = Consumption.open(model, subscribed.reading, { clock, log, lost })
    const until = this.#closing.signal
    const consumption = await within(clock, limits.brokerCallMs, 'subscribing', opening, until).catch((error) => {
      opening.then(
        (late) => late.cancel(),
        () => undefined,
      )
      throw error
    })
    if (this.#model !== model) return void consumption.drop()
    subscribed.consumption = consumption
    if (subscribed.ended) await consumption.cancel()
  }

  /** Again and again on this connection, until the queue can be read; a new connection begins by itself. */
  #readLater(subscribed: Subscribed, model: ChannelModel, reason: unknown): void {
    const { clock, log, backoff } = this.#options.link
    const { agency, lane } = subscribed.reading
    log.error({ err: reason, queue: queueName(agency, lane) }, 'a queue cannot be read now')
    const again = async (): Promise<void> => {
      for (let attempt = 0; ; attempt++) {
        await clock.wait(backoff(attempt), this.#closing.signal)
        const over = subscribed.ended || subscribed.consumption !== undefined || this.#closing.signal.aborted
        if (over || this.#model !== model) return
        try {
          await this.#read(subscribed, model)
          return log.info({ queue: queueName(agency, lane) }, 'the queue is read again')
        } catch (err) {
          log.debug({ err, queue: queueName(agency, lane) }, 'the queue still cannot be read')
        }
      }
    }
    void again()
  }

  /** On a new connection: the topology is looked at, and every subscription goes on. */
  async #resume(model: ChannelModel): Promise<void> {
    this.#model = model
    const waiting = [...this.#subscriptions]
    try {
      await this.#checkTopology(model)
    } catch (error) {
      this.#model = undefined
      throw error
    }
    const reading = waiting.map((subscribed) =>
      this.#read(subscribed, model).catch((error: unknown) => this.#readLater(subscribed, model, error)),
    )
    await Promise.all(reading) // side by side: a gateway of many agencies has many queues
  }

  /** A part came back: somebody may have taken queues away, perhaps ours too. */
  async #lookAgain(): Promise<void> {
    const { log } = this.#options.link
    if (this.#model !== undefined)
      await this.#checkTopology(this.#model).catch((err: unknown) => log.warn({ err }, 'the topology check failed'))
  }

  /** Passive: nothing is declared by a gateway, `lienthong axis provision` does that. */
  async #checkTopology(model: ChannelModel): Promise<void> {
    const { link, user } = this.#options
    const queues = [...this.#agencies].flatMap((agency) => lanes.map((lane) => queueName(agency, lane)))
    const looking = findMissingQueues(model, queues)
    const missing = await within(link.clock, limits.brokerCallMs, 'the topology check', looking, this.#closing.signal)
    if (missing.length > 0)
      link.log.error({ missing, brokerUser: user }, 'the topology of the axis differs: run lienthong axis provision')
  }

  #dropAll(): void {
    this.#model = undefined
    for (const subscribed of this.#subscriptions) {
      subscribed.consumption?.drop()
      subscribed.consumption = undefined
    }
  }

  async #cancel(subscribed: Subscribed): Promise<void> {
    subscribed.ended = true
    this.#subscriptions.delete(subscribed)
    await subscribed.consumption?.cancel()
  }

  #requireEntitled(agency: AgencyCode, what: string): void {
    if (this.#agencies.has(agency)) return
    const { user } = this.#options
    throw new GatewayError('sender-not-entitled', `The user ${user} may not ${what} ${agency}.`, { value: agency })
  }
}

/** A check that is under way, and the connections that it looks at. */
interface Checking {
  readonly publishing: ChannelModel
  readonly reading: ChannelModel
  readonly answer: Promise<void>
}

interface Subscribed {
  readonly reading: Reading
  consumption: Consumption | undefined
  ended: boolean
}

function closed(): GatewayError {
  return unavailable('This connection is closed.')
}

/** What the broker says about a queue, as far as waiting for the connection does not help. */
function refusal(error: unknown, { agency, lane }: Reading): GatewayError | undefined {
  const code = replyCodeOf(error)
  if (code === replies.notFound)
    return new GatewayError('broker-unroutable', `There is no queue ${queueName(agency, lane)}: provision ${agency}.`)
  if (code === replies.accessRefused)
    return new GatewayError(
      'sender-not-entitled',
      `The broker does not let us read ${queueName(agency, lane)}.`,
      { value: agency },
      { cause: error },
    )
  return undefined
}
