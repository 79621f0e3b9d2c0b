import { GatewayError, limits, steadyMs } from '../base/index.ts'

interface Bucket {
  tokens: number
  atMs: number
}

/**
 * So many requests a second for each client, after a burst of twice as many. What one client does leaves the others their
 * share. It is counted in this process, for a bounded number of clients: who was silent for longest is forgotten first,
 * and begins with a full burst again.
 */
export class RateLimit {
  readonly #perSecond: number
  readonly #burst: number
  readonly #nowMs: () => number
  readonly #buckets = new Map<string, Bucket>()

  /** @param nowMs A time that nobody sets. */
  constructor(perSecond: number, nowMs: () => number = steadyMs) {
    this.#perSecond = perSecond
    this.#burst = Math.max(1, 2 * perSecond)
    this.#nowMs = nowMs
  }

  /** @throws {GatewayError} too-many-requests: `retryAfter` in seconds */
  take(client: string): void {
    const now = this.#nowMs()
    const known = this.#buckets.get(client) ?? { tokens: this.#burst, atMs: now }
    const tokens = Math.min(this.#burst, known.tokens + ((now - known.atMs) / 1000) * this.#perSecond)
    this.#remember(client, { tokens: tokens < 1 ? tokens : tokens - 1, atMs: now })
    if (tokens >= 1) return
    const retryAfter = Math.max(1, Math.ceil((1 - tokens) / this.#perSecond))
    const said = `this client has made more than ${this.#perSecond} requests a second`
    throw new GatewayError('too-many-requests', said, { retryAfter, expected: this.#perSecond })
  }

  #remember(client: string, bucket: Bucket): void {
    this.#buckets.delete(client) // the one used last stands last
    this.#buckets.set(client, bucket)
    if (this.#buckets.size <= limits.rateLimitedClients) return
    const [first] = this.#buckets.keys()
    if (first !== undefined) this.#buckets.delete(first)
  }
}
