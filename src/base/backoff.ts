import { randomInt } from 'node:crypto'
import { limits } from './limits.ts'

/** Milliseconds to wait after `attempt` attempts. */
export type Backoff = (attempt: number) => number

/** Doubles from the first wait up to the cap; the jitter (half of it) keeps a thousand waiting documents apart. */
export function backoffFrom(firstMs: number, capMs: number = limits.backoffCapMs): Backoff {
  return (attempt) => {
    const whole = Math.min(Math.max(capMs, firstMs), firstMs * 2 ** Math.min(attempt, 30))
    return Math.ceil(whole / 2) + randomInt(Math.ceil(whole / 2) + 1)
  }
}

/** After a failure that will pass. */
export const exponentialBackoff: Backoff = backoffFrom(limits.backoffFirstMs)
