import assert from 'node:assert/strict'
import { GatewayError, limits } from '../base/index.ts'
import type { AgencyCode, Lane } from '../message/index.ts'
import type { AxisConnection, OutgoingPart, PartHandler, Subscription } from './axis.ts'
import { type Consumer, type EmbeddedQueue, nextTurn, type StoredPart } from './embedded-queue.ts'
import { requireCarriable } from './outgoing.ts'
import { queueName, routingKey } from './topology.ts'

/** What a connection sees of the axis. */
export interface ConnectedAxis {
  findQueue(to: AgencyCode, lane: Lane): EmbeddedQueue | undefined
  isAway(): boolean
  /** How often the axis has gone away: who waited for a confirm meanwhile has lost it. */
  outages(): number
}

export class EmbeddedConnection implements AxisConnection {
  readonly #axis: ConnectedAxis
  readonly #user: string
  readonly #agencies: ReadonlySet<AgencyCode>
  readonly #consumers = new Set<Consumer>()
  #closed = false

  constructor(axis: ConnectedAxis, user: string, agencies: readonly AgencyCode[]) {
    this.#axis = axis
    this.#user = user
    this.#agencies = new Set(agencies)
  }

  async publish(part: OutgoingPart): Promise<void> {
    const outages = this.#axis.outages()
    const queue = await this.#accepting(part)
    await queue.lightened()
    if (this.#closed || this.#axis.outages() !== outages) throw unavailable('The axis went away before it confirmed.')
  }

  async consume(agency: AgencyCode, lane: Lane, prefetch: number, handle: PartHandler): Promise<Subscription> {
    assert(Number.isInteger(prefetch) && prefetch >= 1 && prefetch <= limits.prefetch, 'prefetch is out of bounds')
    await nextTurn()
    if (this.#closed) throw unavailable('This connection is closed.')
    this.#requireEntitled(agency, 'read the queue of')
    const queue = this.#axis.findQueue(agency, lane)
    if (queue === undefined) throw unroutable(`There is no queue ${queueName(agency, lane)}: provision ${agency}.`)
    const consumer = queue.subscribe(prefetch, handle)
    this.#consumers.add(consumer)
    return {
      cancel: async () => {
        await consumer.cancel()
        this.#consumers.delete(consumer)
      },
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const consumer of this.#consumers) consumer.drop()
    this.#consumers.clear()
  }

  /** Into the queue in this very turn, so that parts keep the order in which they were published; the answer later. */
  async #accepting(part: OutgoingPart): Promise<EmbeddedQueue> {
    try {
      return this.#accept(part)
    } finally {
      await nextTurn()
    }
  }

  #accept(part: OutgoingPart): EmbeddedQueue {
    if (this.#closed) throw unavailable('This connection is closed.')
    if (this.#axis.isAway()) throw unavailable('The axis is away.')
    this.#requireEntitled(part.from, 'publish as')
    if (part.userId !== undefined && part.userId !== this.#user) {
      throw new GatewayError(
        'sender-not-entitled',
        `The user ${this.#user} may not publish as the user ${part.userId}.`,
      )
    }
    requireCarriable(part)
    const queue = this.#axis.findQueue(part.to, part.lane)
    if (queue === undefined) {
      throw unroutable(`Nothing is bound for ${routingKey(part.from, part.to, part.lane)}: provision ${part.to}.`)
    }
    queue.push(this.#stamped(part))
    return queue
  }

  #requireEntitled(agency: AgencyCode, what: string): void {
    if (this.#agencies.has(agency)) return
    throw new GatewayError('sender-not-entitled', `The user ${this.#user} may not ${what} ${agency}.`, {
      value: agency,
    })
  }

  /** A copy: what the publisher does to its part afterwards is not seen. */
  #stamped({ messageId, type, contentType, timestamp, headers, lane, to, body }: OutgoingPart): StoredPart {
    return {
      messageId,
      type,
      contentType,
      userId: this.#user,
      timestamp: new Date(Math.floor(timestamp.getTime() / 1000) * 1000),
      headers: Object.freeze({ ...headers }),
      lane,
      to,
      body: new Uint8Array(body),
    }
  }
}

function unavailable(message: string): GatewayError {
  return new GatewayError('broker-unavailable', message)
}

function unroutable(message: string): GatewayError {
  return new GatewayError('broker-unroutable', message)
}
