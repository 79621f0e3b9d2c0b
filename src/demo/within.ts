import { GatewayError, systemClock } from '../base/index.ts'

/**
 * The result of `work`, if it comes in time.
 * @param failure What to say when it does not: a sentence without its end.
 * @param stop Ends the waiting at once.
 * @throws {GatewayError} deadline-passed | stopping, or what `work` throws
 */
export async function within<T>(
  ms: number,
  failure: string,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController()
  const signal = AbortSignal.any([stop, done.signal])
  const late = systemClock.wait(ms, signal).then((): never => {
    if (stop.aborted) throw new GatewayError('stopping', 'the demo was stopped')
    throw new GatewayError('deadline-passed', `${failure} within ${ms / 1000} seconds`)
  })
  const result = work(signal)
  try {
    return await Promise.race([result, late])
  } finally {
    done.abort()
    result.catch(() => {}) // whoever lost the race is heard of no more
    late.catch(() => {})
  }
}
