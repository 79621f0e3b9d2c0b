import { performance } from 'node:perf_hooks'

/** Repetitions per second of `work`, over at least `ms` milliseconds. */
export async function rate(work: () => unknown, ms: number): Promise<number> {
  const start = performance.now()
  let count = 0
  for (;;) {
    await work()
    count += 1
    const elapsed = performance.now() - start
    if (elapsed >= ms) return (count * 1000) / elapsed
  }
}

/**
 * Rates of several pieces of work, taken in turns so that a busy machine slows all alike; the median round of each.
 * Ratios between them are worth more than the rates themselves.
 */
export async function interleaved(
  works: Readonly<Record<string, () => unknown>>,
  options: { rounds: number; ms: number },
): Promise<Record<string, number>> {
  const rates: Record<string, number[]> = {}
  for (const work of Object.values(works)) await rate(work, options.ms / 4) // warm
  for (let round = 0; round < options.rounds; round++)
    for (const [name, work] of Object.entries(works)) {
      const list = rates[name] ?? []
      list.push(await rate(work, options.ms))
      rates[name] = list
    }
  return Object.fromEntries(Object.entries(rates).map(([name, list]) => [name, percentile(list, 50)]))
}

export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? Number.NaN
}

export function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100
}

/** One line of the report: name, figure, and what it is compared with. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** `value` as a share of a limit measured in the same run. */
  readonly ratio?: { readonly of: string; readonly value: number }
  /** What the architecture aims at. */
  readonly aim?: string
}
