import { randomInt } from 'node:crypto'
import { limits } from './limits.ts'

/** Milliseconds to wait before attempt `attempt + 1`. */
export type Backoff = (attempt: number) => number

/** Doubles from the first wait up to the cap; the jitter (half of it) keeps a thousand waiting documents apart. */
export const exponentialBackoff: Backoff = (attempt) => {
  const whole = Math.min(limits.backoffCapMs, limits.backoffFirstMs * 2 ** Math.min(attempt, 30))
  return Math.ceil(whole / 2) + randomInt(Math.ceil(whole / 2) + 1)
}
