import { type Backoff, backoffFrom, type FailureCode, limits } from '../base/index.ts'
import type { AgencyCode, Lane } from '../message/index.ts'
import { type LeasedDelivery, type Partner, partners, type Sql } from '../store/index.ts'
import type { SendDeps } from './deps.ts'

type CircuitDeps = Pick<SendDeps, 'store' | 'clock' | 'ids' | 'log'>

/** What is wrong at the recipient's end of the axis. That the broker cannot be reached says nothing about a recipient. */
const OF_RECIPIENT: readonly FailureCode[] = ['broker-full', 'broker-unroutable']

/**
 * The circuit of each recipient. It opens after several failures one after another: its queue is full or gone, or so
 * many packages stayed without an answer. While it is open, what waits for it is not even claimed, but for answers; one
 * probe is let through after a wait that grows. What gets through to a queue again, or an answer, closes it.
 */
export class Circuits {
  readonly #deps: CircuitDeps
  readonly #probeWait: Backoff = backoffFrom(limits.circuitProbeMs, limits.circuitProbeMsMax)
  #partners: ReadonlyMap<AgencyCode, Partner> = new Map()
  /** Since then an answer could have reached us. */
  #listeningSince: Date

  constructor(deps: CircuitDeps) {
    this.#deps = deps
    this.#listeningSince = deps.clock.now()
  }

  /** How everybody stands now: the truth is in the store, shared with other processes. */
  async look(): Promise<void> {
    const all = await partners.list(this.#deps.store.read)
    this.#partners = new Map(all.map((partner) => [partner.agency, partner]))
  }

  /** What may be sent to a recipient now. */
  wayTo(recipient: AgencyCode, now: Date): 'free' | 'closed' | 'receipts' | 'probe' {
    const partner = this.#partners.get(recipient)
    if (partner === undefined) return 'free'
    if (partner.paused !== undefined) return 'closed'
    if (partner.circuit === 'closed') return 'free'
    return partner.probeAt !== undefined && partner.probeAt <= now ? 'probe' : 'receipts'
  }

  /** @returns whether the turn is ours; another process may have been faster */
  takeProbe(tx: Sql, recipient: AgencyCode, lane: Lane, at: Date): Promise<boolean> {
    const partner = this.#partners.get(recipient)
    if (partner === undefined) return Promise.resolve(false)
    const nextAt = new Date(at.getTime() + this.#probeWait(partner.probes + 1))
    return partners.takeProbe(tx, partner, { lane, at, nextAt })
  }

  /** An attempt failed. */
  async failed(tx: Sql, delivery: LeasedDelivery, code: FailureCode): Promise<void> {
    if (code === 'broker-unavailable') this.#listeningSince = this.#deps.clock.now() // whoever answers cannot reach us
    if (OF_RECIPIENT.includes(code)) await this.#count(tx, delivery, code)
  }

  /** The broker confirmed: the recipient's queue took it. */
  async sent(tx: Sql, delivery: LeasedDelivery): Promise<void> {
    const cause = this.#partners.get(delivery.recipient)?.cause
    if (cause !== undefined && OF_RECIPIENT.includes(cause)) {
      const teller = this.#teller(delivery)
      if (await partners.close(tx, delivery.recipient, teller))
        this.#deps.log.info({ recipient: delivery.recipient }, 'circuit closed')
    }
    if (this.#stayedSilent(delivery)) await this.#count(tx, delivery, 'receipt-awaited')
  }

  /**
   * Whether this attempt repeats what the recipient had a whole wait to answer, while we listened. Each delivery counts
   * once: a single document that a partner cannot digest says nothing about the partner.
   */
  #stayedSilent({ state, attempt, kind, recipient, sentAt }: LeasedDelivery): boolean {
    if (state !== 'sent' || attempt !== 1 || kind === 'receipt' || sentAt === undefined) return false
    const closedAt = this.#partners.get(recipient)?.closedAt
    return sentAt >= this.#listeningSince && (closedAt === undefined || sentAt >= closedAt)
  }

  async #count(tx: Sql, delivery: LeasedDelivery, code: FailureCode): Promise<void> {
    const opened = await partners.failed(
      tx,
      delivery.recipient,
      {
        code,
        threshold: limits.circuitFailures,
        probeWaitMs: this.#probeWait,
        calmMs: limits.circuitCalmMs,
      },
      this.#teller(delivery),
    )
    if (opened)
      this.#deps.log.error({ recipient: delivery.recipient, code }, 'circuit opened: only probes go to this recipient')
  }

  #teller({ owner }: LeasedDelivery): Parameters<typeof partners.close>[2] {
    const { ids, clock } = this.#deps
    return { owner, actor: 'gateway', ids, clock }
  }
}
