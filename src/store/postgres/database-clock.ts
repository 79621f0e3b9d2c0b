import { type Clock, steadyMs } from '../../base/index.ts'

/**
 * The database's time, by which leases are judged: hosts disagree, and each may have its clock set. Between two looks
 * at the database it goes on by time that nobody sets.
 */
export class DatabaseClock implements Clock {
  readonly #machineClock: Clock
  readonly #steadyMs: () => number
  /** What to add to steady time; unknown before the first look. */
  #offsetMs: number | undefined

  constructor(machineClock: Clock, steady: () => number = steadyMs) {
    this.#machineClock = machineClock
    this.#steadyMs = steady
  }

  now(): Date {
    if (this.#offsetMs === undefined) return this.#machineClock.now()
    return new Date(Math.floor(this.#steadyMs() + this.#offsetMs))
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#machineClock.wait(ms, signal)
  }

  /** A question is being sent. @returns what to call with the database's time when the answer is there */
  look(): (atMs: number) => void {
    const sentMs = this.#steadyMs()
    return (atMs) => {
      // The database looked at its clock at some moment in between: only what lies outside is known to be wrong.
      const least = atMs - this.#steadyMs()
      const most = atMs - sentMs
      const present = this.#offsetMs ?? (least + most) / 2
      this.#offsetMs = Math.min(Math.max(present, least), most)
    }
  }
}
