import { createHash } from 'node:crypto'
import {
  type Backoff,
  backoffFrom,
  type Clock,
  codeOf,
  GatewayError,
  type Ids,
  type Log,
  limits,
  messageOf,
  reached,
  retryOf,
} from '../base/index.ts'
import { type AxisConnection, type OutgoingPart, writePartHeaders } from '../broker/index.ts'
import type { DeliverySettings, Lane } from '../message/index.ts'
import {
  audit,
  content,
  type DeliveryView,
  deliveries,
  envelopes,
  events,
  type LeasedDelivery,
  type Sql,
  type Store,
  type StoredEnvelope,
} from '../store/index.ts'

export interface SendDeps {
  readonly store: Store
  readonly axis: AxisConnection
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly settings: DeliverySettings
  /** The wait after a failed attempt. */
  readonly backoff: Backoff
}

/**
 * Takes what is due from the outbox to the broker. A delivery is leased, every part is published and confirmed, and
 * only then is it `sent`; until the receipt comes it is sent again and again, and past its deadline it expires.
 */
export class Sender {
  readonly #deps: SendDeps
  readonly #receiptWait: Backoff

  constructor(deps: SendDeps) {
    this.#deps = deps
    this.#receiptWait = backoffFrom(deps.settings.receiptWaitMs)
  }

  /** Offers everything due to the broker once, urgent documents and answers first. @returns whether it was a full batch */
  async runOnce(signal?: AbortSignal): Promise<boolean> {
    let more = await this.#expire()
    for (const lane of ['express', 'status', 'ordinary'] as const satisfies readonly Lane[]) {
      if (signal?.aborted === true) return false
      const due = await this.#lease(lane)
      if (due.length > 0) reached('send.leased')
      await inParallel(due, limits.sendConcurrency, (delivery) => this.#attempt(delivery))
      more ||= due.length === limits.sendBatch
    }
    return more
  }

  async #lease(lane: Lane): Promise<LeasedDelivery[]> {
    const { store } = this.#deps
    const now = store.clock.now()
    const due = await deliveries.anyDue(store.read, lane, now)
    if (!due) return [] // a look costs no write
    const leaseUntil = new Date(now.getTime() + limits.sendLeaseMs)
    return store.transact((tx) => deliveries.lease(tx, { lane, now, leaseUntil, limit: limits.sendBatch }))
  }

  async #attempt(delivery: LeasedDelivery): Promise<void> {
    const { store, log } = this.#deps
    try {
      const envelope = await envelopes.find(store.read, delivery.envelope)
      if (envelope === undefined)
        throw new GatewayError('internal', 'the envelope of a delivery is missing', { delivery: delivery.id })
      if (asksFirst(delivery, envelope)) return await this.#query(delivery, envelope)
      await this.#publish(delivery, envelope)
      reached('send.published')
      await this.#sent(delivery, envelope)
      reached('send.marked')
    } catch (error) {
      log.warn(
        { err: error, envelope: delivery.envelope, recipient: delivery.recipient, attempt: delivery.attempt + 1 },
        'attempt failed',
      )
      await this.#failed(delivery, error)
    }
  }

  /** Resolves when the broker has confirmed every part. */
  async #publish(delivery: LeasedDelivery, envelope: StoredEnvelope): Promise<void> {
    const { store, axis } = this.#deps
    const underWay = new Set<Promise<void>>()
    for (const part of partsToSend(delivery, envelope)) {
      const body = await content.chunk(store.read, envelope.id, part)
      if (body === undefined) throw new GatewayError('internal', `chunk ${part} is missing`, { envelope: envelope.id })
      const published = axis.publish(this.#part(delivery, envelope, part, body))
      const settled = published.finally(() => underWay.delete(settled))
      settled.catch(() => undefined) // awaited below: this only keeps it from counting as unhandled meanwhile
      underWay.add(settled)
      if (underWay.size >= limits.publishWindow) await Promise.race(underWay)
      reached('send.part-published')
    }
    await Promise.all(underWay)
  }

  /**
   * Asks, in one small message, for the receipt or the parts that are missing: a recipient that was down for a weekend
   * must not find a hundred copies of each gigabyte.
   */
  async #query(delivery: LeasedDelivery, envelope: StoredEnvelope): Promise<void> {
    const { store, axis, clock, ids } = this.#deps
    const question = this.#part(delivery, envelope, 0, new Uint8Array())
    await axis.publish({ ...question, type: 'query', lane: 'status' })
    const now = clock.now()
    await store.transact(async (tx) => {
      await deliveries.markQueried(tx, delivery, now, new Date(now.getTime() + this.#receiptWait(delivery.attempt)))
      await events.add(tx, ids, {
        agency: delivery.owner,
        envelope: envelope.id,
        counterpart: delivery.recipient,
        type: 'receipt-queried',
        at: now,
        data: { attempt: delivery.attempt + 1 },
      })
    })
  }

  #part(delivery: LeasedDelivery, envelope: StoredEnvelope, part: number, body: Uint8Array): OutgoingPart {
    return {
      from: delivery.owner,
      to: delivery.recipient,
      lane: delivery.lane,
      messageId: envelope.id,
      type: envelope.form === 'document' ? 'edoc' : 'status',
      contentType: 'application/xml',
      timestamp: this.#deps.clock.now(),
      headers: writePartHeaders({
        from: delivery.owner,
        to: delivery.recipient,
        documentId: envelope.documentId,
        attempt: delivery.attempt + 1,
        part,
        parts: envelope.parts,
        partSha256: createHash('sha256').update(body).digest('hex'),
        envelopeSha256: envelope.sha256,
      }),
      body,
    }
  }

  async #sent(delivery: LeasedDelivery, envelope: StoredEnvelope): Promise<void> {
    const { store, clock, ids, log } = this.#deps
    const now = clock.now()
    // a receipt ends here: should it get lost, the repeat of what it answers brings it again
    const nextAttemptAt =
      delivery.kind === 'receipt' ? undefined : new Date(now.getTime() + this.#receiptWait(delivery.attempt))
    await store.transact(async (tx) => {
      const rows: Promise<unknown>[] = [
        deliveries.markSent(tx, delivery, { at: now, nextAttemptAt, signer: envelope.signer }),
      ]
      if (delivery.kind === 'document')
        rows.push(
          // also when the receipt was faster than we were: it was sent
          events.add(tx, ids, {
            agency: delivery.owner,
            envelope: envelope.id,
            counterpart: delivery.recipient,
            type: delivery.attempt === 0 ? 'document-sent' : 'document-sent-again',
            at: now,
            data: { attempt: delivery.attempt + 1, parts: envelope.parts },
          }),
        )
      await Promise.all(rows)
    })
    log.info(
      { envelope: envelope.id, to: delivery.recipient, kind: delivery.kind, attempt: delivery.attempt + 1 },
      'package sent',
    )
  }

  /** Failures are classified once, in the error table: permanent stops, transient is retried, unknown a few times. */
  async #failed(delivery: LeasedDelivery, error: unknown): Promise<void> {
    const { store, clock, ids, backoff } = this.#deps
    const now = clock.now()
    const code = codeOf(error)
    const retry = retryOf(code)
    const stops =
      retry === 'permanent' || (retry === 'unknown' && delivery.unknownFailures + 1 >= limits.unknownFailureAttempts)
    await store.transact(async (tx) => {
      const changed = await deliveries.markFailed(tx, delivery, {
        at: now,
        code,
        message: messageOf(error).slice(0, 500),
        counts: code !== 'broker-full',
        unknown: retry === 'unknown',
        retryAt: stops ? undefined : new Date(now.getTime() + backoff(delivery.attempt)),
      })
      if (!changed || delivery.kind !== 'document') return
      await events.add(tx, ids, {
        agency: delivery.owner,
        envelope: delivery.envelope,
        counterpart: delivery.recipient,
        type: stops ? 'document-held' : 'attempt-failed',
        at: now,
        data: { code, attempt: delivery.attempt + 1 },
      })
    })
  }

  async #expire(): Promise<boolean> {
    const { store, clock, log } = this.#deps
    const now = clock.now()
    if (!(await deliveries.anyExpired(store.read, now))) return false
    const expired = await store.transact(async (tx) => {
      const ended = await deliveries.expire(tx, now, limits.sendBatch)
      await Promise.all(ended.map((delivery) => this.#tellExpired(tx, delivery, now)))
      return ended
    })
    for (const { envelope, recipient } of expired)
      log.error({ envelope, recipient, code: 'deadline-passed' }, 'delivery expired')
    return expired.length === limits.sendBatch
  }

  async #tellExpired(tx: Sql, delivery: DeliveryView, now: Date): Promise<void> {
    if (delivery.kind === 'receipt') return
    const { ids, clock } = this.#deps
    const { owner, envelope, recipient } = delivery
    await Promise.all([
      events.add(tx, ids, {
        agency: owner,
        envelope,
        counterpart: recipient,
        type: 'document-expired',
        at: now,
        data: { code: 'deadline-passed' },
      }),
      audit.record(
        tx,
        { actor: 'gateway', action: 'delivery-expired', subject: envelope, detail: { recipient } },
        ids,
        clock,
      ),
    ])
  }
}

/** A package of one or two parts is simply sent again; a larger one only after the recipient said what it lacks. */
function asksFirst(delivery: LeasedDelivery, envelope: StoredEnvelope): boolean {
  return delivery.attempt > 0 && envelope.parts > 2 && delivery.missing === undefined
}

/** Every part, or those that the recipient lacks. */
function* partsToSend({ missing }: LeasedDelivery, { parts }: StoredEnvelope): Generator<number> {
  for (const [first, last] of missing ?? [[0, parts - 1]])
    for (let part = first; part <= Math.min(last, parts - 1); part++) yield part
}

/** Runs `work` over all items, at most `width` at once. `work` handles its own errors; one that escapes ends the pass. */
async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane))
}
