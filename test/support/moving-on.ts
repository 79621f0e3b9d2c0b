import { type MovableClock, turns } from './clock.ts'
import { until, type World } from './gateways.ts'

export const hours = (count: number): number => count * 60 * 60_000
export const minutes = (count: number): number => count * 60_000

/** The loops of one gateway: upkeep, notify, receive, send. */
const LOOPS = 4

/**
 * Lets time pass at once: whoever waits wakes at the end of it, and not at each second in between. It begins when every
 * loop of every gateway waits: one that were still at work would read the new time too late, and sleep over it.
 */
export async function later({ running }: World, clock: MovableClock, ms: number): Promise<void> {
  await until('the loops to rest', async () => {
    await turns(1)
    return clock.waiting >= LOOPS * running
  })
  clock.set(new Date(clock.now().getTime() + ms).toISOString())
  await clock.advance(2000)
}
