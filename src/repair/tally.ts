import { type FailureCode, limits } from '../base/index.ts'
import type { CommandProgress } from '../store/index.ts'
import type { ItemOutcome, Preview } from './orders.ts'

/** Counts what happens to items, and remembers the first of them. */
export class Tally {
  changes = 0
  readonly #leftOut = new Map<FailureCode, number>()
  readonly #items: ItemOutcome[] = []

  static from(progress: CommandProgress): Tally {
    const tally = new Tally()
    tally.changes = progress.changes
    for (const { code, count } of JSON.parse(progress.leftOut) as Preview['leftOut']) tally.#leftOut.set(code, count)
    tally.#items.push(...(JSON.parse(progress.items) as ItemOutcome[]))
    return tally
  }

  add(outcome: ItemOutcome): void {
    const { leftOut } = outcome
    if (leftOut === undefined) this.changes += 1
    else this.#leftOut.set(leftOut, (this.#leftOut.get(leftOut) ?? 0) + 1)
    if (this.#items.length < limits.commandSamples) this.#items.push(outcome)
  }

  sum(): Omit<Preview, 'total'> {
    const leftOut = [...this.#leftOut].map(([code, count]) => ({ code, count }))
    return { changes: this.changes, leftOut, items: [...this.#items] }
  }

  written(seen: number, cursor: string): CommandProgress {
    const { changes, leftOut, items } = this.sum()
    return { seen, changes, leftOut: JSON.stringify(leftOut), items: JSON.stringify(items), cursor }
  }
}
