import type { ChannelModel, ConfirmChannel, Message } from 'amqplib'
import { type Clock, GatewayError, type Log, limits } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { OutgoingPart } from './axis.ts'
import { replies, replyCodeOf, unavailable } from './rabbitmq-errors.ts'
import { publishOptions } from './rabbitmq-message.ts'
import { EXCHANGE, NOBODY, routingKey, word } from './topology.ts'

export interface PublisherOptions {
  readonly user: string
  readonly clock: Clock
  readonly log: Log
  /** Too much is unconfirmed, or the channel died: the connection is opened anew. */
  readonly recycle: () => void
  /** A part came back: its recipient has no queue. */
  readonly returned: () => void
}

/**
 * Publishes on one confirm channel, at most so many parts and octets at once; the others wait in the order in which
 * they came. A part is done when the broker has confirmed it and did not return it before: a returned message is
 * confirmed as well.
 */
export class Publisher {
  readonly #options: PublisherOptions
  #channel: ConfirmChannel | undefined
  #blocked = false
  /** In the order of publishing. */
  readonly #unconfirmed = new Set<Publish>()
  #waiting: Publish[] = []
  #octets = 0
  #overdue = 0
  readonly #unroutable = new Set<string>()

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** Begins on a new connection. */
  async open(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel()
    let cause: Error | undefined
    channel.on('error', (error) => {
      cause = error
    })
    channel.on('return', (message) => this.#markReturned(message))
    channel.on('close', () => this.#lost(channel, cause))
    await channel.checkExchange(EXCHANGE)
    this.#blocked = false
    this.#overdue = 0
    this.#channel = channel
    void this.#watch(channel)
  }

  /** The connection is gone: whoever waits is told, and publishes again later. */
  close(reason: Error): void {
    this.#channel = undefined
    for (const publish of [...this.#unconfirmed, ...this.#waiting]) this.#settle(publish, reason)
  }

  /** The broker is short of memory or disk: it reads nothing more from this connection. */
  block(reason: string): void {
    this.#blocked = true
    this.#options.log.error({ reason }, 'the broker takes no more messages until it has recovered')
  }

  unblock(): void {
    this.#blocked = false
    this.#options.log.info('the broker takes messages again')
    this.#next()
  }

  /** @throws broker-unavailable | broker-unroutable | broker-full | sender-not-entitled | part-too-large */
  async publish(part: OutgoingPart): Promise<void> {
    if (this.#channel === undefined) throw unavailable('There is no connection to the broker.')
    if (this.#waiting.length >= limits.publishesWaiting) throw unavailable('Too many parts wait to be published.')
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const publish: Publish = {
      part,
      octets: part.body.length,
      key: routingKey(part.from, part.to, part.lane),
      dueMs: this.#options.clock.now().getTime() + limits.publishTimeoutMs,
      resolve,
      reject,
    }
    this.#waiting.push(publish)
    this.#next()
    if (this.#waiting.at(-1) === publish) publish.part = { ...part, body: Uint8Array.from(part.body) } // it leaves later
    await promise
  }

  /**
   * Publishes nothing to nobody as this agency, and awaits the broker's confirm: the way that every part takes, up to the
   * queue. No queue is bound to that word, so nobody has to know such messages and let them pass. On a channel of its own,
   * because the broker closes the one on which it refuses.
   * @throws broker-unavailable
   */
  async probe(model: ChannelModel, from: AgencyCode): Promise<void> {
    if (this.#channel === undefined) throw unavailable('There is no connection to the broker.')
    if (this.#blocked) throw unavailable('The broker takes no messages until it has recovered.')
    const channel = await model.createConfirmChannel()
    let cause: unknown
    channel.on('error', (error) => {
      cause = error
    })
    try {
      channel.publish(EXCHANGE, `${word(from)}.${NOBODY}.status`, Buffer.alloc(0), { userId: this.#options.user })
      await channel.waitForConfirms()
    } catch (error) {
      throw unavailable('The broker confirmed nothing.', cause ?? error)
    } finally {
      await channel.close().catch(() => undefined) // the broker may have closed it
    }
  }

  #next(): void {
    for (;;) {
      const [publish] = this.#waiting
      const channel = this.#channel
      if (publish === undefined || channel === undefined || this.#blocked || !this.#hasRoom()) return
      this.#waiting.shift()
      this.#unconfirmed.add(publish)
      this.#octets += publish.octets
      const { part, key } = publish
      const options = publishOptions(part, this.#options.user)
      const body = Buffer.from(part.body.buffer, part.body.byteOffset, part.body.length) // copied by amqplib into its frames
      try {
        channel.publish(EXCHANGE, key, body, options, (error: unknown) => this.#confirmed(publish, error))
      } catch (error) {
        this.#settle(publish, unavailable('The part could not be handed to the connection.', error))
      }
    }
  }

  #hasRoom(): boolean {
    return this.#unconfirmed.size < limits.publishesInFlight && this.#octets < limits.publishOctetsInFlight
  }

  #confirmed(publish: Publish, error: unknown): void {
    if (!this.#unconfirmed.has(publish)) {
      if (this.#overdue > 0) this.#overdue--
      return
    }
    if (error === null || error === undefined) {
      this.#unroutable.delete(publish.returned === undefined ? publish.key : '')
      this.#settle(publish, publish.returned)
    } else if (error instanceof Error && error.message === NACKED) {
      const { to, lane } = publish.part
      this.#settle(publish, new GatewayError('broker-full', `The queue of ${to}, lane ${lane}, takes no more parts.`))
    } else return // the channel has closed, which `#lost` tells with its reason
    this.#next()
  }

  /** The return comes before the confirm of the same part, and both in the order of publishing. */
  #markReturned({ fields, properties }: Message): void {
    const { messageId, headers } = properties as { messageId: unknown; headers?: Record<string, unknown> }
    for (const publish of this.#unconfirmed) {
      const { part, key, returned } = publish
      if (returned !== undefined || key !== fields.routingKey || part.messageId !== messageId) continue
      if (Object.entries(part.headers).some(([name, value]) => headers?.[name] !== value)) continue
      publish.returned = new GatewayError('broker-unroutable', `Nothing is bound for ${key}: provision ${part.to}.`, {
        value: part.to,
      })
      break
    }
    const { log, returned } = this.#options
    if (this.#unroutable.has(fields.routingKey) || this.#unroutable.size >= 1_000) return
    this.#unroutable.add(fields.routingKey)
    log.error({ routingKey: fields.routingKey }, 'the axis has no queue for this recipient: provision it')
    returned()
  }

  #lost(channel: ConfirmChannel, cause: Error | undefined): void {
    const ours = this.#channel === channel
    if (ours) this.#channel = undefined
    for (const publish of [...this.#unconfirmed]) this.#settle(publish, refusal(publish, cause))
    for (const publish of [...this.#waiting]) this.#settle(publish, unavailable('The channel has ended.', cause))
    if (ours) this.#options.recycle()
  }

  #settle(publish: Publish, error: Error | undefined): void {
    if (this.#unconfirmed.delete(publish)) this.#octets -= publish.octets
    else this.#waiting = this.#waiting.filter((other) => other !== publish)
    if (error === undefined) publish.resolve()
    else publish.reject(error)
  }

  /** No part waits longer than its deadline, neither for room nor for its confirm. */
  async #watch(channel: ConfirmChannel): Promise<void> {
    const { clock, recycle } = this.#options
    while (this.#channel === channel) {
      await clock.wait(WATCH_MS)
      if (this.#channel !== channel) return
      const nowMs = clock.now().getTime()
      const late = [...this.#unconfirmed].filter(({ dueMs }) => dueMs <= nowMs)
      this.#overdue += late.length
      for (const publish of [...late, ...this.#waiting.filter(({ dueMs }) => dueMs <= nowMs)])
        this.#settle(publish, unavailable(`The broker did not confirm within ${limits.publishTimeoutMs} ms.`))
      if (this.#overdue > limits.publishesInFlight) recycle()
      else this.#next()
    }
  }
}

interface Publish {
  part: OutgoingPart
  readonly octets: number
  readonly key: string
  readonly dueMs: number
  returned?: GatewayError
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** What amqplib says for `basic.nack`. */
const NACKED = 'message nacked'
const WATCH_MS = 1_000

/** The broker closes the channel over one part; the others on it are only in doubt. */
function refusal({ part, key }: Publish, cause: Error | undefined): GatewayError {
  const code = replyCodeOf(cause)
  const said = cause?.message ?? ''
  // It names the routing key where a topic permission is missing, and only the exchange where all are.
  if (code === replies.accessRefused && (said.includes(`'${key}'`) || !said.includes('topic')))
    return new GatewayError('sender-not-entitled', `The broker does not let us publish as ${part.from}.`, {}, { cause })
  if (code === replies.notFound) return new GatewayError('broker-unroutable', said, {}, { cause })
  if (code === replies.preconditionFailed && said.includes('user_id'))
    return new GatewayError('sender-not-entitled', said, {}, { cause })
  if (code === replies.preconditionFailed && said.includes('max size'))
    return new GatewayError('part-too-large', said, {}, { cause })
  return unavailable('The channel ended before the broker confirmed.', cause)
}
