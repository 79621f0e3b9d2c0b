import { limits } from '../../src/base/index.ts'
import { type MovableClock, turns } from './clock.ts'
import { until, type World } from './gateways.ts'

export const hours = (count: number): number => count * 60 * 60_000
export const minutes = (count: number): number => count * 60_000

/** The loops of one gateway: upkeep, attachment reports, revocation, notify, receive, send, repair, jobs of the console. */
const LOOPS = 8

/**
 * Lets time pass at once: whoever waits wakes at the end of it, and not at each second in between. It begins when every
 * gateway rests: what were still under way would read the new time, and be a time too late for the test. Nothing else that
 * waits, such as a part that was refused, is taken for a loop that rests, and nothing may begin while we look.
 */
export async function later(world: World, clock: MovableClock, ms: number): Promise<void> {
  await until('the gateways to rest', async () => {
    await turns(1)
    const begun = clock.begun()
    const busy = await world.busy()
    const resting = clock.waitingFor(limits.loopWaitMs) >= LOOPS * world.running
    return !busy && resting && clock.begun() === begun
  })
  clock.set(new Date(clock.now().getTime() + ms).toISOString())
  await clock.advance(2000)
}

/** A probe that lets upkeep sweep again whenever it found nothing: a sweep under way may have begun before the time changed. */
export function withSweeps<T>(clock: MovableClock, probe: () => Promise<T | undefined | false>) {
  return async (): Promise<T | undefined | false> => {
    const found = await probe()
    if (found === undefined || found === false) await clock.advance(61_000)
    return found
  }
}
