import type { Clock } from '../../src/base/index.ts'

/** A clock that stands still until a test moves it. Waits fall due in order, each at its own instant. */
export class MovableClock implements Clock {
  #nowMs: number
  readonly #waits = new Set<{ ms: number; dueMs: number; wake: () => void }>()
  readonly #begun = new Map<number, number>()

  /** @param start Any text that Date reads; the default is a working morning in Vietnam. */
  constructor(start = '2026-11-23T02:00:00Z') {
    this.#nowMs = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#nowMs)
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const wake = (): void => {
        this.#waits.delete(wait)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const wait = { ms, dueMs: this.#nowMs + ms, wake }
      this.#begun.set(ms, this.begun(ms) + 1)
      this.#waits.add(wait)
      signal?.addEventListener('abort', wake)
    })
  }

  /** Waits that have not fallen due. */
  get waiting(): number {
    return this.#waits.size
  }

  /** Those of them that were begun for so long. */
  waitingFor(ms: number): number {
    return [...this.#waits].filter((wait) => wait.ms === ms).length
  }

  /** Waits that were ever begun: those for so long, or all. */
  begun(ms?: number): number {
    if (ms !== undefined) return this.#begun.get(ms) ?? 0
    return [...this.#begun.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Moves on by `ms`; what wakes on the way gets its turns before the next wait falls due. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#nowMs + ms
    await turns()
    for (let next = this.#next(targetMs); next !== undefined; next = this.#next(targetMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.wake()
      await turns()
    }
    this.#nowMs = targetMs
  }

  /** Puts the clock elsewhere, also back; nothing wakes. */
  set(instant: string): void {
    this.#nowMs = Date.parse(instant)
  }

  #next(untilMs: number): { dueMs: number; wake: () => void } | undefined {
    const due = [...this.#waits].filter(({ dueMs }) => dueMs <= untilMs)
    return due.sort((a, b) => a.dueMs - b.dueMs)[0]
  }
}

/** Lets everything that is ready to run do so: promises, and callbacks of the event loop. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
