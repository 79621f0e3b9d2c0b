import { type Backoff, backoffFrom, type FailureCode, limits } from '../base/index.ts'

/**
 * Whether our broker can be reached, as far as attempts tell. While it cannot, nothing is tried but one delivery now and
 * then, the most urgent; when that gets through, everything is due at once. So a broker that was down for a weekend
 * leaves no delivery with a long wait of its own, and express goes first.
 */
export class BrokerWay {
  readonly #wait: Backoff = backoffFrom(limits.backoffFirstMs, limits.brokerBackoffCapMs)
  #confirmedMs = Number.NEGATIVE_INFINITY
  #failures = 0
  /** When the next may be tried; undefined while the broker is there. */
  #awayUntil: Date | undefined
  #trying = false

  /** How many deliveries may begin now. */
  room(now: Date): number {
    if (this.#awayUntil === undefined) return Number.POSITIVE_INFINITY
    return this.#trying || now < this.#awayUntil ? 0 : 1
  }

  /** So many begin. */
  begins(count: number): void {
    if (count > 0 && this.#awayUntil !== undefined) this.#trying = true
  }

  /** An attempt has ended, well or not. @param code of what went wrong @returns whether the broker is back by it */
  ended(startedAt: Date, now: Date, code: FailureCode | undefined): boolean {
    this.#trying = false
    const answered = code === undefined || code === 'broker-full' || code === 'broker-unroutable'
    if (answered) {
      const wasAway = this.#awayUntil !== undefined
      this.#awayUntil = undefined
      this.#failures = 0
      this.#confirmedMs = now.getTime()
      return wasAway
    }
    // while others got through, it was not the broker that was away, but this queue that was slow
    if (code !== 'broker-unavailable' || this.#confirmedMs >= startedAt.getTime()) return false
    if (this.#awayUntil === undefined || now >= this.#awayUntil)
      this.#awayUntil = new Date(now.getTime() + this.#wait(this.#failures++))
    return false
  }

  /** When what failed may be tried again, if it failed for want of the broker. */
  get awayUntil(): Date | undefined {
    return this.#awayUntil
  }
}
