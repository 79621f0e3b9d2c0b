import type { Clock } from './clock.ts'

/**
 * Wakes a loop that waits for work. Ringing is a hint and never the truth: the work is in the store, and the loop
 * looks there by itself after `maxWaitMs`, so a lost ring costs time and nothing else.
 */
export class Bell {
  #rung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves at the next ring (or at once, if rung since the last call), after `maxWaitMs`, or on abort. */
  async heard(clock: Clock, maxWaitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const wait = new AbortController()
      const ring = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await Promise.race([ring, clock.wait(maxWaitMs, AbortSignal.any([signal, wait.signal]))])
      wait.abort()
    }
    this.#wake = undefined
    this.#rung = false
  }
}
