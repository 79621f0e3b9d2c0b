import { Crew, Gate, GatewayError, giveBack, limits } from '../base/index.ts'
import type { ReceivedPart, Subscription } from '../broker/index.ts'
import { type Lane, lanes } from '../message/index.ts'
import { stages } from '../store/index.ts'
import { acceptPackage } from './acceptance.ts'
import type { ReceiveDeps } from './deps.ts'
import { redrive } from './redrive.ts'
import { stagePart } from './staging.ts'

/** Reads the queues of our own agencies into the stage, and the stage into the inbox. */
export class Receiver {
  readonly #deps: ReceiveDeps
  readonly #backlogs = new Map(lanes.map((lane) => [lane, new Gate(limits.receiveBacklog)]))
  readonly #crews = new Map(lanes.map((lane) => [lane, new Crew(limits.receiveConcurrency)]))
  #subscriptions: Subscription[] = []
  #closed = false

  constructor(deps: ReceiveDeps) {
    this.#deps = deps
  }

  /** Begins to take parts from the axis. */
  async open(): Promise<void> {
    const { axis, locals } = this.#deps
    for (const agency of locals)
      for (const lane of lanes)
        this.#subscriptions.push(await axis.consume(agency, lane, limits.receivePrefetch, (part) => this.#take(part)))
  }

  /** A part waits, unacknowledged, while too many whole packages wait to be judged: the queue holds what we cannot. */
  async #take(part: ReceivedPart): Promise<void> {
    const backlog = this.#backlogs.get(part.lane)
    await backlog?.room()
    if (this.#closed) throw new GatewayError('broker-unavailable', 'This gateway stops: the part goes back.')
    if ((await stagePart(this.#deps, part)) === 'whole') backlog?.enter()
    giveBack(part.body)
  }

  /**
   * Takes no more parts; those in hand are staged or go back to the axis, and those that wait for room do at once: it may
   * never come, where the store is away. What has not ended in `drainMs` goes back when the connection is closed.
   */
  async close(): Promise<void> {
    const subscriptions = this.#subscriptions
    this.#subscriptions = []
    this.#closed = true
    const cancelled = Promise.all(subscriptions.map((subscription) => subscription.cancel()))
    for (const backlog of this.#backlogs.values()) backlog.settle(0)
    const ended = new AbortController()
    await Promise.race([cancelled, this.#deps.clock.wait(limits.drainMs, ended.signal)])
    ended.abort()
  }

  /**
   * Begins to judge what is whole, as far as there are places: each lane has its own, so that neither an urgent document
   * nor an answer waits behind a gigabyte. After a crash this finds what was acknowledged but not judged.
   * @returns whether there may be more to begin
   */
  async runOnce(): Promise<boolean> {
    const { store } = this.#deps
    let more = await redrive(this.#deps)
    const whole = await stages.completeLanes(store.read, store.clock.now()) // a look costs no write
    for (const [lane, places] of this.#crews) {
      if (whole.has(lane)) more = (await this.#begin(lane, places)) || more
      else this.#backlogs.get(lane)?.settle(places.busy) // another process may have judged what we staged
    }
    return more
  }

  /** Resolves when no package is being judged. For the stop, after the last pass. */
  async finish(): Promise<void> {
    for (const places of this.#crews.values()) await places.idle()
  }

  async #begin(lane: Lane, places: Crew): Promise<boolean> {
    const { store, log } = this.#deps
    const now = store.clock.now()
    const limit = Math.min(places.free, limits.receiveBatch)
    if (limit === 0) return false
    const leaseUntil = new Date(now.getTime() + limits.receiveLeaseMs)
    const whole = await store.transact((tx) => stages.leaseComplete(tx, { lane, now, leaseUntil, limit }))
    for (const stage of whole)
      places.start(
        () =>
          acceptPackage(this.#deps, stage).catch((err: unknown) => {
            log.error({ err, stage: stage.id }, 'a package could not be judged: its lease will lapse')
          }),
        () => {
          this.#backlogs.get(lane)?.leave()
          this.#deps.stages.ring()
        },
      )
    return whole.length === limit
  }
}
