import {
  type Backoff,
  type Bell,
  type Clock,
  codeOf,
  type Ids,
  type Log,
  limits,
  reached,
  retryOf,
} from '../base/index.ts'
import type { AgencyCode, DeliverySettings } from '../message/index.ts'
import {
  audit,
  deliveries,
  envelopes,
  events,
  partners,
  type Sql,
  type Store,
  statuses,
  type UnappliedStatus,
} from '../store/index.ts'

export interface NotifyDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly settings: DeliverySettings
  /** The wait before a status without its document is matched again. */
  readonly backoff: Backoff
  /** Rung when an answer has closed a circuit: what waited is due. */
  readonly outbox: Bell
}

/**
 * Brings what arrived, receipts and processing statuses, into the sender's record. A receipt moves a delivery only when
 * it names the digest of bytes we sent to that agency; a matching 01 wins over an 02 in any order.
 */
export class Notifier {
  readonly #deps: NotifyDeps

  constructor(deps: NotifyDeps) {
    this.#deps = deps
  }

  /**
   * Applies what waits, together; when that fails, one by one. What fails alone waits longer each time, so that a hundred
   * bad statuses hold up no other.
   * @returns whether it was a full batch
   */
  async runOnce(): Promise<boolean> {
    const { store, clock, log } = this.#deps
    const waiting = await statuses.unapplied(store.read, clock.now(), limits.notifyBatch)
    if (waiting.length === 0) return false
    try {
      await this.#applyAll(waiting)
    } catch (error) {
      log.warn(
        { err: error, statuses: waiting.length },
        'statuses could not be applied together and are applied one by one',
      )
      const results = await Promise.allSettled(waiting.map((status) => this.#applyAlone(status)))
      const failed = results.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    }
    return waiting.length === limits.notifyBatch
  }

  async #applyAlone(status: UnappliedStatus): Promise<void> {
    const { store, clock, log, backoff } = this.#deps
    try {
      await this.#applyAll([status])
    } catch (error) {
      if (retryOf(codeOf(error)) === 'transient') throw error // the store: nothing could be noted either
      log.error({ err: error, status: status.envelope, attempts: status.attempts + 1 }, 'a status could not be applied')
      const again = new Date(clock.now().getTime() + backoff(status.attempts))
      await store.transact((tx) => statuses.tryAgain(tx, status.envelope, again))
    }
  }

  async #applyAll(waiting: readonly UnappliedStatus[]): Promise<void> {
    const { store, ids, clock, log, outbox } = this.#deps
    const closed = await store.transact(async (tx) => {
      const answered = await Promise.all(waiting.map((status) => this.#apply(tx, status)))
      const alive: AgencyCode[] = []
      for (const { counterpart, agency } of oneOfEach(waiting.filter((_, i) => answered[i] === true)))
        if (await partners.close(tx, counterpart, { owner: agency, actor: 'gateway', ids, clock }))
          alive.push(counterpart)
      reached('notify.before-commit')
      return alive
    })
    reached('notify.committed')
    for (const recipient of closed) {
      log.info({ recipient }, 'circuit closed: an answer came')
      outbox.ring()
    }
  }

  /** @returns whether it answers something that we sent: its sender is there */
  async #apply(tx: Sql, status: UnappliedStatus): Promise<boolean> {
    if (!(await statuses.take(tx, status.envelope))) return false
    if (await this.#applyAnswer(tx, status)) return true
    if (!(await this.#applyProcessing(tx, status))) await this.#unmatched(tx, status)
    return false
  }

  /** @returns whether the status is bound to bytes that we sent to its sender, and has been dealt with */
  async #applyAnswer(tx: Sql, status: UnappliedStatus): Promise<boolean> {
    const { ids, clock } = this.#deps
    const { agency, counterpart, envelope, answersSha256 } = status
    if (answersSha256 === undefined) return false
    const delivery = await deliveries.findByPackage(tx, agency, counterpart, answersSha256)
    if (delivery === undefined || !namesOurDigests(status, delivery.signedDigests)) return false

    const now = clock.now()
    const ofDocument = delivery.kind === 'document'
    const document = ofDocument ? { document: delivery.envelope } : {}
    if (!(await statuses.markApplied(tx, envelope, { at: now, ...document, outcome: 'matched' }))) return true
    const answer = { at: now, receipt: envelope }
    const late = (await deliveries.stateOf(tx, delivery.id)) === 'expired'
    const received = status.code === '01'
    const moved = received
      ? await deliveries.end(tx, delivery.id, {
          ...answer,
          state: 'received',
        })
      : status.code === '02' &&
        (await deliveries.end(tx, delivery.id, {
          ...answer,
          state: 'rejected',
          reason: reasonOf(status).reason ?? 'refused-by-recipient',
        }))
    if (!ofDocument) return true
    await Promise.all([
      events.add(tx, ids, {
        agency,
        envelope: delivery.envelope,
        counterpart,
        type: this.#type(status, moved, late),
        at: now,
        data: { code: status.code, receipt: envelope, ...reasonOf(status) },
      }),
      audit.record(
        tx,
        {
          actor: counterpart,
          action: received ? 'receipt-verified' : 'refusal-verified',
          subject: delivery.envelope,
          detail: { receipt: envelope },
        },
        ids,
        clock,
      ),
    ])
    return true
  }

  #type(
    status: UnappliedStatus,
    moved: boolean,
    late: boolean,
  ): 'receipt-verified' | 'late-receipt' | 'document-rejected' | 'status-received' {
    if (!moved) return 'status-received' // a clerk's 02 after the 01, or an answer that came twice
    if (status.code !== '01') return 'document-rejected'
    return late ? 'late-receipt' : 'receipt-verified' // paper may have gone out meanwhile
  }

  /** A processing status changes no transport state: it is kept, and shown by rank (edXML notes §4.5). */
  async #applyProcessing(tx: Sql, status: UnappliedStatus): Promise<boolean> {
    const { ids, clock } = this.#deps
    if (status.code === '01' || status.answersSha256 !== undefined) return false // an answer that matches nothing tells nothing
    const found = await envelopes.documentBetween(tx, status.agency, status.counterpart, status.documentId)
    if (found === undefined) return false
    const now = clock.now()
    if (!(await statuses.markApplied(tx, status.envelope, { at: now, document: found.id, outcome: 'matched' })))
      return true
    await events.add(tx, ids, {
      agency: status.agency,
      envelope: found.id,
      counterpart: status.counterpart,
      type: 'status-received',
      at: now,
      data: { code: status.code, status: status.envelope, ...reasonOf(status) },
    })
    return true
  }

  /** Keeps it and tries again, since messages come in any order; after a time it is reported (BR-13). */
  async #unmatched(tx: Sql, status: UnappliedStatus): Promise<void> {
    const { ids, clock, backoff, log } = this.#deps
    const now = clock.now()
    if (now.getTime() - status.recordedAt.getTime() < limits.statusMatchMs)
      return statuses.tryAgain(tx, status.envelope, new Date(now.getTime() + backoff(status.attempts)))
    if (!(await statuses.markApplied(tx, status.envelope, { at: now, outcome: 'unmatched' }))) return
    await Promise.all([
      events.add(tx, ids, {
        agency: status.agency,
        counterpart: status.counterpart,
        type: 'status-unmatched',
        at: now,
        data: { code: status.code, status: status.envelope },
      }),
      audit.record(
        tx,
        {
          actor: status.counterpart,
          action: 'status-unmatched',
          subject: status.envelope,
          detail: { code: status.code },
        },
        ids,
        clock,
      ),
    ])
    log.error(
      { status: status.envelope, from: status.counterpart, code: 'receipt-unmatched' },
      'a status answers nothing of ours',
    )
  }
}

/** One status of each counterpart, in the order of their codes: units that touch several circuits do so in one order. */
function oneOfEach(answers: readonly UnappliedStatus[]): UnappliedStatus[] {
  const each = new Map(answers.map((status) => [status.counterpart, status]))
  return [...each.values()].sort((a, b) => (a.counterpart < b.counterpart ? -1 : 1))
}

/** A receipt names every digest that was under our signature; a refusal may have read none of them. Neither names another. */
function namesOurDigests(status: UnappliedStatus, signedDigests: string): boolean {
  const ours = new Set(
    (JSON.parse(signedDigests) as { digestValue: string }[]).map((reference) => reference.digestValue),
  )
  const named = new Set(status.answersDigests)
  return named.isSubsetOf(ours) && (status.code !== '01' || ours.isSubsetOf(named))
}

/** The `[code]` with which an 02 begins; the text after it stays in the status. */
function reasonOf(status: UnappliedStatus): { reason?: string } {
  const reason = /^\[([a-z0-9-]{1,64})\]/.exec(status.description ?? '')?.[1]
  return reason === undefined ? {} : { reason }
}
