import { limits } from '../base/index.ts'
import type { Subscription } from '../broker/index.ts'
import { lanes } from '../message/index.ts'
import { stages } from '../store/index.ts'
import { acceptPackage } from './acceptance.ts'
import type { ReceiveDeps } from './deps.ts'
import { stagePart } from './staging.ts'

/** Reads the queues of our own agencies into the stage, and the stage into the inbox. */
export class Receiver {
  readonly #deps: ReceiveDeps
  #subscriptions: Subscription[] = []

  constructor(deps: ReceiveDeps) {
    this.#deps = deps
  }

  /** Begins to take parts from the axis. */
  async open(): Promise<void> {
    const { axis, locals } = this.#deps
    for (const agency of locals)
      for (const lane of lanes)
        this.#subscriptions.push(
          await axis.consume(agency, lane, limits.receivePrefetch, (part) => stagePart(this.#deps, part)),
        )
  }

  /** Takes no more parts; those in hand are staged or go back to the axis. */
  async close(): Promise<void> {
    const subscriptions = this.#subscriptions
    this.#subscriptions = []
    await Promise.all(subscriptions.map((subscription) => subscription.cancel()))
  }

  /** Judges every package that is whole. After a crash this finds what was acknowledged but not judged. @returns whether it was a full batch */
  async runOnce(): Promise<boolean> {
    const { store } = this.#deps
    const now = store.clock.now()
    if (!(await stages.anyComplete(store.read, now))) return false
    const leaseUntil = new Date(now.getTime() + limits.receiveLeaseMs)
    const whole = await store.transact((tx) => stages.leaseComplete(tx, now, leaseUntil, limits.receiveBatch))
    const queue = whole.values()
    const lane = async (): Promise<void> => {
      for (const stage of queue) await acceptPackage(this.#deps, stage)
    }
    await Promise.all(Array.from({ length: Math.min(limits.receiveConcurrency, whole.length) }, lane))
    return whole.length > 0
  }
}
