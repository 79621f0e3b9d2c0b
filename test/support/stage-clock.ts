import type { Clock } from '../../src/base/index.ts'

/**
 * Time as people at a browser live it, from a working morning of the toy PKI on: waits last as long as they say. Held, it
 * stands still, so that nothing falls due by itself while a story is told.
 */
export class StageClock implements Clock {
  #startMs: number
  #begunMs = performance.now()
  #heldMs: number | undefined

  constructor(start = '2026-11-23T02:00:00Z') {
    this.#startMs = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#heldMs ?? this.#startMs + Math.floor(performance.now() - this.#begunMs))
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const end = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end)
    })
  }

  /** From now on nothing falls due. */
  hold(): void {
    this.#heldMs = this.now().getTime()
  }

  /** Goes on from where it was held. */
  go(): void {
    if (this.#heldMs === undefined) return
    this.#startMs = this.#heldMs
    this.#begunMs = performance.now()
    this.#heldMs = undefined
  }
}
