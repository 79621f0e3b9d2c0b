import type { Bell } from './bell.ts'
import type { Clock } from './clock.ts'
import { messageOf } from './errors.ts'
import type { Log } from './log.ts'

/** What a loop repeats. @returns whether there may be more to do at once */
export type RunOnce = (signal: AbortSignal) => Promise<boolean>

/**
 * Repeats `runOnce` and owns only the waiting: until the bell rings or `maxWaitMs` pass. An error is logged, waited
 * out and never ends the loop.
 */
export class Loop {
  readonly #options: { name: string; runOnce: RunOnce; bell: Bell; clock: Clock; maxWaitMs: number; log: Log }
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(options: { name: string; runOnce: RunOnce; bell: Bell; clock: Clock; maxWaitMs: number; log: Log }) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when the pass under way has ended; no new one begins. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { name, runOnce, bell, clock, maxWaitMs, log } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        if (await runOnce(signal)) continue
        await bell.heard(clock, maxWaitMs, signal)
      } catch (error) {
        log.error({ err: error, loop: name }, `a pass failed and will be repeated: ${messageOf(error)}`)
        await clock.wait(maxWaitMs, signal)
      }
    }
  }
}
