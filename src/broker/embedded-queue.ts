import { type Clock, GatewayError, giveBack, type Log, limits, reached } from '../base/index.ts'
import type { PartHandler, ReceivedPart, Subscription } from './axis.ts'

export interface QueueBounds {
  readonly parts: number
  readonly octets: number
}

/** A subscription, and the way to end it as a lost connection does: at once, parts in hand go back. */
export interface Consumer extends Subscription {
  drop(): void
}

/**
 * One queue in memory, with the manners of a quorum queue: first in, first out; what was handed out and not
 * acknowledged comes back to the front, what was refused comes back behind the others after a rest.
 */
export class EmbeddedQueue {
  readonly #name: string
  readonly #bounds: QueueBounds
  readonly #clock: Clock
  readonly #log: Log
  #ready: Entry[] = []
  readonly #resting = new Set<Entry>()
  /** The one that is served next stands first. */
  #subscribers: Subscriber[] = []
  #paused = false
  #sequence = 0
  #octets = 0
  readonly #lighter = new Set<() => void>()

  constructor(name: string, bounds: QueueBounds, clock: Clock, log: Log) {
    this.#name = name
    this.#bounds = bounds
    this.#clock = clock
    this.#log = log
  }

  /** Takes a part at the end, whose body belongs to the queue from now on. @throws broker-full */
  push(part: StoredPart): void {
    const parts = this.#ready.length + this.#resting.size + this.#inHand()
    if (parts >= this.#bounds.parts || this.#octets + part.body.length > this.#bounds.octets) {
      throw new GatewayError('broker-full', `The queue ${this.#name} is full: ${parts} parts, ${this.#octets} octets.`)
    }
    this.#octets += part.body.length
    this.#ready.push({ sequence: this.#sequence++, part, redelivered: false })
    this.#dispatch()
  }

  /** Holds a publisher back while consumers are behind, as a broker's flow control does; never for long. */
  async lightened(): Promise<void> {
    if (this.#octets <= limits.embeddedFlowBytes || this.#paused || this.#subscribers.length === 0) return
    const wait = new AbortController()
    const wake = (): void => wait.abort()
    this.#lighter.add(wake)
    await this.#clock.wait(limits.embeddedFlowWaitMs, wait.signal)
    this.#lighter.delete(wake)
  }

  subscribe(prefetch: number, handle: PartHandler): Consumer {
    const subscriber: Subscriber = {
      prefetch,
      handle,
      inHand: new Set(),
      cancelled: false,
      idle: Promise.withResolvers(),
    }
    this.#subscribers.push(subscriber)
    this.#dispatch()
    return {
      cancel: async () => {
        subscriber.cancelled = true
        this.#leaveWhenIdle(subscriber)
        await subscriber.idle.promise
      },
      drop: () => {
        subscriber.cancelled = true
        this.#takeBack(subscriber)
        this.#dispatch()
      },
    }
  }

  /** The axis is away: nothing is handed out, and what is in hand comes back. */
  pause(): void {
    this.#paused = true
    for (const subscriber of [...this.#subscribers]) this.#takeBack(subscriber)
    this.#wakePublishers()
  }

  resume(): void {
    this.#paused = false
    this.#dispatch()
  }

  /** Loses everything, also what is in hand: its acknowledgement comes to nothing. @returns how many parts are lost */
  purge(): number {
    const lost = this.#ready.length + this.#resting.size + this.#inHand()
    this.#ready = []
    this.#resting.clear()
    this.#octets = 0
    for (const subscriber of [...this.#subscribers]) {
      subscriber.inHand.clear()
      this.#leaveWhenIdle(subscriber)
    }
    this.#wakePublishers()
    return lost
  }

  /** `ready` waits for a consumer; `unacknowledged` is in hand, or rests after a refusal. */
  get depth(): { ready: number; unacknowledged: number; octets: number; consumers: number } {
    return {
      ready: this.#ready.length,
      unacknowledged: this.#resting.size + this.#inHand(),
      octets: this.#octets,
      consumers: this.#subscribers.filter(({ cancelled }) => !cancelled).length,
    }
  }

  /** Serves those who have room in turn, until nothing is ready or nobody has room. */
  #dispatch(): void {
    while (!this.#paused && this.#ready.length > 0) {
      const subscriber = this.#subscribers.find(
        ({ inHand, prefetch, cancelled }) => !cancelled && inHand.size < prefetch,
      )
      if (subscriber === undefined) return
      const entry = this.#ready.shift()
      if (entry === undefined) return
      this.#subscribers = [...this.#subscribers.filter((other) => other !== subscriber), subscriber]
      const delivery = { entry }
      subscriber.inHand.add(delivery)
      void this.#handOut(subscriber, delivery)
    }
  }

  async #handOut(subscriber: Subscriber, delivery: Delivery): Promise<void> {
    const { entry } = delivery
    await nextTurn()
    if (!subscriber.inHand.has(delivery)) return
    const acknowledged = await this.#handle(subscriber.handle, entry)
    if (!subscriber.inHand.delete(delivery)) return // taken back meanwhile: the answer comes too late
    if (acknowledged) {
      reached('receive.acknowledged')
      this.#octets -= entry.part.body.length
      giveBack(entry.part.body)
      if (this.#octets <= limits.embeddedFlowBytes) this.#wakePublishers()
    } else void this.#rest(entry)
    this.#leaveWhenIdle(subscriber)
    this.#dispatch()
  }

  async #handle(handle: PartHandler, { part, redelivered }: Entry): Promise<boolean> {
    try {
      await handle({ ...part, body: new Uint8Array(part.body), redelivered })
      return true
    } catch (err) {
      this.#log.warn({ err, queue: this.#name, messageId: part.messageId }, 'part refused, it will be delivered again')
      return false
    }
  }

  /** Behind the others, after a wait: one poisoned part neither blocks the next nor keeps the processor busy. */
  async #rest(entry: Entry): Promise<void> {
    entry.redelivered = true
    this.#resting.add(entry)
    await this.#clock.wait(limits.redeliveryWaitMs)
    if (!this.#resting.delete(entry)) return
    this.#ready.push(entry)
    this.#dispatch()
  }

  /** In their old order, to the front. */
  #takeBack(subscriber: Subscriber): void {
    const returned = [...subscriber.inHand].map(({ entry }) => entry).sort((a, b) => a.sequence - b.sequence)
    for (const entry of returned) entry.redelivered = true
    subscriber.inHand.clear()
    this.#ready.unshift(...returned)
    this.#leaveWhenIdle(subscriber)
  }

  #leaveWhenIdle(subscriber: Subscriber): void {
    if (!subscriber.cancelled || subscriber.inHand.size > 0) return
    this.#subscribers = this.#subscribers.filter((other) => other !== subscriber)
    subscriber.idle.resolve()
  }

  #wakePublishers(): void {
    for (const wake of this.#lighter) wake()
  }

  #inHand(): number {
    return this.#subscribers.reduce((sum, { inHand }) => sum + inHand.size, 0)
  }
}

/** What confirms, deliveries and rejections wait for: none of them ever comes in the turn that caused it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export type StoredPart = Omit<ReceivedPart, 'redelivered'>

interface Entry {
  readonly sequence: number
  readonly part: StoredPart
  redelivered: boolean
}

/** One handing out of an entry: an answer counts for this one only. */
interface Delivery {
  readonly entry: Entry
}

interface Subscriber {
  readonly prefetch: number
  readonly handle: PartHandler
  readonly inHand: Set<Delivery>
  cancelled: boolean
  readonly idle: PromiseWithResolvers<void>
}
