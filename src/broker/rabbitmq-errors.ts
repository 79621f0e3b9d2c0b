import { type Clock, GatewayError } from '../base/index.ts'

export function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('broker-unavailable', message, {}, cause === undefined ? undefined : { cause })
}

/** What the broker said when it closed a channel (AMQP 0-9-1 §1.2), or undefined where it said nothing. */
export function replyCodeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}

export const replies = { accessRefused: 403, notFound: 404, preconditionFailed: 406 } as const

/**
 * The work, for at most `ms`, and not longer than `until` allows. What comes of it later is ignored.
 * @throws {GatewayError} broker-unavailable, when it took too long
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  what: string,
  work: Promise<T>,
  until?: AbortSignal,
): Promise<T> {
  const done = new AbortController()
  const signal = until === undefined ? done.signal : AbortSignal.any([done.signal, until])
  work.catch(() => undefined)
  const late = clock.wait(ms, signal).then(() => {
    if (done.signal.aborted) return new Promise<never>(() => undefined)
    throw unavailable(until?.aborted ? `${what} was given up.` : `${what} took longer than ${ms} ms.`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
  }
}
