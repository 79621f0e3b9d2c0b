/** The process clock, and the only way to wait. Tests move a clock of their own instead of sleeping. */
export interface Clock {
  /** The present instant, UTC. */
  now(): Date
  /** Resolves after `ms` milliseconds, or at once when `signal` is aborted: a wait never outlives a stop. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done)
    }),
}

/** Milliseconds since some instant. Nobody sets this time, so it never jumps: for measuring how much has passed. */
export function steadyMs(): number {
  return performance.now()
}

/** Vietnam keeps UTC+7 all year; QĐ 28/2018 Art. 14(4) unifies all times on it. */
export const VIETNAM_OFFSET_MS = 7 * 60 * 60 * 1000

/** `yyyy/MM/dd HH:mm:ss` in Vietnam time without a zone: the Timestamp of edXML notes §0.2(7). */
export function edxmlTimestamp(instant: Date): string {
  return inVietnam(instant).slice(0, 19).replaceAll('-', '/').replace('T', ' ')
}

/** `yyyy/MM/dd`, the Vietnamese civil date of an instant. */
export function edxmlDate(instant: Date): string {
  return inVietnam(instant).slice(0, 10).replaceAll('-', '/')
}

function inVietnam(instant: Date): string {
  return new Date(instant.getTime() + VIETNAM_OFFSET_MS).toISOString()
}
