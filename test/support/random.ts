import { seededRandom } from './seeded-random.ts'

/** Choices that are the same in every run with the same seed. */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number
  /** True in this share of the cases. */
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
}

export function seededChoices(seed: number): Random {
  const random = seededRandom(seed)
  const below = (limit: number): number => random.integer(0, limit - 1)
  return {
    below,
    chance: (share) => below(1000) < share * 1000,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
  }
}
