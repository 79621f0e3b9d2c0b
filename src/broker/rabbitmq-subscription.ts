import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import { type Clock, type Log, limits, reached } from '../base/index.ts'
import type { AgencyCode, Lane } from '../message/index.ts'
import type { PartHandler } from './axis.ts'
import { unavailable, within } from './rabbitmq-errors.ts'
import { receivedPart, returnsOf } from './rabbitmq-message.ts'
import { queueName } from './topology.ts'

export interface Reading {
  readonly agency: AgencyCode
  readonly lane: Lane
  readonly prefetch: number
  readonly handle: PartHandler
}

/**
 * Reads one queue on a channel of its own. A part is acknowledged after its handler; one that is refused rests here,
 * unacknowledged, and goes back to the queue afterwards: RabbitMQ would deliver it again at once, before all others.
 * While it rests, a second consumer takes one part at a time in its place, so that it does not block the next.
 */
export class Consumption {
  readonly #reading: Reading
  readonly #channel: Channel
  readonly #clock: Clock
  readonly #log: Log
  readonly #stopping = new AbortController()
  readonly #consumers = new Set<Consumer>()
  #tags = 0
  #resting = 0
  #cancelled = false
  #ended = false

  /**
   * @param lost Called once, when the broker has ended it: the channel broke, or the queue was deleted.
   * @throws What the broker says, when it does not let us read, or has no such queue
   */
  static async open(
    model: ChannelModel,
    reading: Reading,
    deps: { clock: Clock; log: Log; lost: (reason: Error) => void },
  ): Promise<Consumption> {
    const channel = await model.createChannel()
    const consumption = new Consumption(channel, reading, deps)
    let cause: Error | undefined
    let opened = false
    channel.on('error', (error) => {
      cause = error
    })
    channel.on('close', () => {
      if (!consumption.drop() || !opened) return
      deps.lost(unavailable('The broker has ended the subscription.', cause))
    })
    try {
      await consumption.#consume(reading.prefetch)
    } catch (error) {
      throw cause ?? error
    }
    // with its answer the broker may have sent that it has ended the channel
    if (consumption.#ended) throw cause ?? unavailable('The broker has ended the subscription.')
    opened = true
    return consumption
  }

  private constructor(channel: Channel, reading: Reading, { clock, log }: { clock: Clock; log: Log }) {
    this.#channel = channel
    this.#reading = reading
    this.#clock = clock
    this.#log = log
  }

  /** Takes no more parts; resolves when those in hand are acknowledged or back in the queue. */
  async cancel(): Promise<void> {
    this.#cancelled = true
    this.#stopping.abort()
    await Promise.all([...this.#consumers].map((consumer) => this.#retire(consumer)))
    if (this.drop()) await this.#told(this.#channel.close())
  }

  /** Forgets what is in hand, without a word to the broker. @returns whether it was not dropped before */
  drop(): boolean {
    if (this.#ended) return false
    this.#ended = true
    this.#stopping.abort()
    return true
  }

  async #consume(prefetch: number): Promise<Consumer> {
    const consumer: Consumer = { tag: `${++this.#tags}`, inHand: new Set() }
    const { agency, lane } = this.#reading
    const take = (message: ConsumeMessage | null): void => {
      if (message === null) this.#cancelledByBroker()
      else {
        const dealing = this.#deal(message).finally(() => consumer.inHand.delete(dealing))
        consumer.inHand.add(dealing)
      }
    }
    await this.#channel.prefetch(prefetch) // of the consumers that follow
    await this.#channel.consume(queueName(agency, lane), take, { consumerTag: consumer.tag })
    this.#consumers.add(consumer)
    return consumer
  }

  async #deal(message: ConsumeMessage): Promise<void> {
    if (this.#ended) return
    if (this.#cancelled) return this.#giveBack(message)
    const { agency, lane, handle } = this.#reading
    const part = receivedPart(message, agency, lane)
    try {
      await handle(part)
    } catch (err) {
      this.#log.warn({ err, queue: queueName(agency, lane), messageId: part.messageId }, REFUSED)
      return this.#rest(message)
    }
    if (this.#answer(() => this.#channel.ack(message))) reached('receive.acknowledged')
  }

  /** Longer each time: the broker counts how often a part comes back, and ends it when that is too often. */
  async #rest(message: ConsumeMessage): Promise<void> {
    const ms = Math.min(limits.redeliveryWaitMs * 2 ** Math.min(returnsOf(message), 30), limits.redeliveryWaitMsMax)
    this.#resting++
    try {
      const substitute = this.#mayReplace() ? await this.#consume(1).catch(() => undefined) : undefined
      await this.#clock.wait(ms, this.#stopping.signal)
      if (substitute !== undefined) await this.#retire(substitute)
    } finally {
      this.#resting--
    }
    this.#giveBack(message)
  }

  /** No more rest in all than may be in hand. */
  #mayReplace(): boolean {
    return !this.#ended && !this.#cancelled && this.#resting <= this.#reading.prefetch
  }

  #giveBack(message: ConsumeMessage): void {
    this.#answer(() => this.#channel.nack(message, false, true))
  }

  /** @returns false when it comes too late: the broker has taken everything back, and delivers it again */
  #answer(say: () => void): boolean {
    if (this.#ended) return false
    try {
      say()
      return true
    } catch {
      return false // the channel is closing
    }
  }

  /** Ends one consumer when its parts are dealt with. */
  async #retire(consumer: Consumer): Promise<void> {
    this.#consumers.delete(consumer)
    if (!this.#ended) await this.#told(this.#channel.cancel(consumer.tag))
    while (consumer.inHand.size > 0) await Promise.all(consumer.inHand)
  }

  /** The broker may be gone, or silent: what it no longer hears it will find out by itself. */
  async #told(saying: Promise<unknown>): Promise<void> {
    await within(this.#clock, limits.brokerCallMs, 'ending a subscription', saying).catch(() => undefined)
  }

  #cancelledByBroker(): void {
    // The queue was deleted, or its node left: closing the channel returns what is in hand and tells the connection.
    this.#channel.close().catch(() => undefined)
  }
}

interface Consumer {
  readonly tag: string
  readonly inHand: Set<Promise<void>>
}

const REFUSED = 'part refused, it will be delivered again'
