import { type Clock, type Log, limits } from '../base/index.ts'
import { type AgencyCode, type Lane, lanes } from '../message/index.ts'
import type { AxisConnection } from './axis.ts'
import { type ConnectedAxis, EmbeddedConnection } from './embedded-connection.ts'
import { EmbeddedQueue, type QueueBounds } from './embedded-queue.ts'
import { queueName } from './topology.ts'

export interface EmbeddedAxisOptions {
  readonly clock: Clock
  readonly log: Log
  /** Of each queue; a part beyond them is refused with `broker-full`. */
  readonly bounds?: QueueBounds
}

/** One queue, for operators. */
export interface QueueDepth {
  readonly agency: AgencyCode
  readonly lane: Lane
  readonly ready: number
  /** In the hands of a consumer, or resting after a refusal. */
  readonly unacknowledged: number
  readonly octets: number
  readonly consumers: number
}

/** The axis for gateways in one process. It promises what RabbitMQ promises, except to outlive the process. */
export function createEmbeddedAxis(options: EmbeddedAxisOptions): EmbeddedAxis {
  return new EmbeddedAxis(options)
}

export class EmbeddedAxis {
  readonly #options: EmbeddedAxisOptions
  readonly #queues = new Map<string, { agency: AgencyCode; lane: Lane; queue: EmbeddedQueue }>()
  readonly #connected: ConnectedAxis = {
    findQueue: (to, lane) => this.#queues.get(queueName(to, lane))?.queue,
    isAway: () => this.#away,
    outages: () => this.#outages,
  }
  #away = false
  #outages = 0

  constructor(options: EmbeddedAxisOptions) {
    this.#options = options
  }

  /** A connection of this broker user, who may publish as these agencies and read their queues, and no others. */
  connect({ user, agencies }: { user: string; agencies: readonly AgencyCode[] }): AxisConnection {
    return new EmbeddedConnection(this.#connected, user, agencies)
  }

  /** The three queues of an agency; those that exist stay as they are. */
  provision(agency: AgencyCode): void {
    const { clock, log, bounds = defaultBounds } = this.#options
    for (const lane of lanes) {
      const name = queueName(agency, lane)
      if (this.#queues.has(name)) continue
      const queue = new EmbeddedQueue(name, bounds, clock, log)
      if (this.#away) queue.pause()
      this.#queues.set(name, { agency, lane, queue })
    }
  }

  depths(): QueueDepth[] {
    return [...this.#queues.values()].map(({ agency, lane, queue }) => ({ agency, lane, ...queue.depth }))
  }

  /** Loses every part of one agency, or of all: promise 6 says that nothing is lost by it. @returns how many */
  purge(agency?: AgencyCode): number {
    const chosen = [...this.#queues.values()].filter((row) => agency === undefined || row.agency === agency)
    const lost = chosen.reduce((sum, { queue }) => sum + queue.purge(), 0)
    this.#options.log.warn({ agency, lost }, 'queues purged')
    return lost
  }

  /**
   * For tests: the axis goes away (`true`) and comes back. While it is away, publishing fails with
   * `broker-unavailable`, nothing is handed out, and acknowledgements of what is in hand are lost.
   */
  outage(on: boolean): void {
    if (on === this.#away) return
    this.#away = on
    if (on) this.#outages++
    for (const { queue } of this.#queues.values()) {
      if (on) queue.pause()
      else queue.resume()
    }
  }
}

const defaultBounds: QueueBounds = { parts: limits.embeddedQueueParts, octets: limits.embeddedQueueBytes }
