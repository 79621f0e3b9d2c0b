import { createHash } from 'node:crypto'
import {
  type Backoff,
  type Bell,
  backoffFrom,
  type Clock,
  Crew,
  codeOf,
  GatewayError,
  Gathering,
  giveBack,
  type Ids,
  type Log,
  limits,
  messageOf,
  reached,
  retryOf,
} from '../base/index.ts'
import { type AxisConnection, type OutgoingPart, writePartHeaders } from '../broker/index.ts'
import type { AgencyCode, DeliverySettings, Lane } from '../message/index.ts'
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
  statuses,
} from '../store/index.ts'
import { BrokerWay } from './broker-way.ts'
import { Circuits } from './circuits.ts'

export interface SendDeps {
  readonly store: Store
  readonly axis: AxisConnection
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly settings: DeliverySettings
  /** The wait after a failed attempt. */
  readonly backoff: Backoff
  /** Rung when something new is in the outbox, and when a place becomes free for what is due. */
  readonly outbox: Bell
}

/** Urgent documents and answers first. */
const LANES = ['express', 'status', 'ordinary'] as const satisfies readonly Lane[]

/**
 * Takes what is due from the outbox to the broker. A delivery is leased, every part is published and confirmed, and
 * only then is it `sent`; until the receipt comes it is sent again and again, and past its deadline it expires.
 *
 * Each lane has places of its own, and no recipient may take them all: neither a gigabyte nor a partner that takes
 * nothing any more holds up the others. A partner that does not answer gets no more than a probe now and then.
 */
export class Sender {
  readonly #deps: SendDeps
  readonly #receiptWait: Backoff
  readonly #circuits: Circuits
  readonly #broker = new BrokerWay()
  readonly #crews = new Map(
    LANES.map((lane) => [lane, { places: new Crew(limits.sendConcurrency), busy: new Map<AgencyCode, number>() }]),
  )

  readonly #marks = new Gathering((sent: readonly SentPackage[]) => this.#markSent(sent), limits.sendBatch)

  constructor(deps: SendDeps) {
    this.#deps = deps
    this.#receiptWait = backoffFrom(deps.settings.receiptWaitMs)
    this.#circuits = new Circuits(deps)
  }

  /** Begins to offer what is due to the broker, as far as there are places. @returns whether there may be more to begin */
  async runOnce(signal?: AbortSignal): Promise<boolean> {
    const { store } = this.#deps
    const { due, expired } = await deliveries.anyWork(store.read, store.clock.now()) // a look costs no write
    let more = expired && (await this.#expire())
    if (due.size > 0) await this.#circuits.look()
    for (const lane of LANES) {
      if (signal?.aborted === true) return false
      if (due.has(lane)) more = (await this.#begin(lane)) || more
    }
    return more
  }

  /** Resolves when no attempt is under way. For the stop, after the last pass. */
  async finish(): Promise<void> {
    for (const { places } of this.#crews.values()) await places.idle()
  }

  async #begin(lane: Lane): Promise<boolean> {
    const crew = this.#crews.get(lane)
    if (crew === undefined || crew.places.free === 0) return false // whoever leaves a place rings
    const { places, busy } = crew
    const { store } = this.#deps
    const now = store.clock.now()
    const limit = Math.min(places.free, limits.sendBatch, this.#broker.room(now))
    if (limit === 0) return false
    const recipients = await this.#recipients(
      lane,
      now,
      limit,
      (recipient) => (busy.get(recipient) ?? 0) < limits.sendPerRecipient,
    )
    if (recipients.length === 0) return false
    const due = await this.#lease(lane, recipients, limit)
    if (due.length > 0) reached('send.leased')
    this.#broker.begins(due.length)
    for (const delivery of due) {
      busy.set(delivery.recipient, (busy.get(delivery.recipient) ?? 0) + 1)
      places.start(
        () => this.#attempt(delivery),
        () => {
          const left = (busy.get(delivery.recipient) ?? 1) - 1
          if (left === 0) busy.delete(delivery.recipient)
          else busy.set(delivery.recipient, left)
          this.#deps.outbox.ring()
        },
      )
    }
    return due.length === limit || (recipients.length > 1 && due.length > 0)
  }

  /** To whom something may be sent now, whoever waits longest first; who may get nothing takes nobody's place. */
  async #recipients(
    lane: Lane,
    now: Date,
    limit: number,
    free: (recipient: AgencyCode) => boolean,
  ): Promise<{ recipient: AgencyCode; way: ReturnType<Circuits['wayTo']> }[]> {
    const { read } = this.#deps.store
    const found: { recipient: AgencyCode; way: ReturnType<Circuits['wayTo']> }[] = []
    for (const { recipient } of await deliveries.dueRecipients(read, lane, now)) {
      if (found.length === limit) break
      const way = this.#circuits.wayTo(recipient, now)
      if (way === 'closed' || !free(recipient)) continue
      if (way === 'receipts' && (lane !== 'status' || !(await deliveries.isReceiptDue(read, recipient, now)))) continue
      found.push({ recipient, way })
    }
    return found
  }

  /** Whoever waits longest comes first, and nobody takes the share of the others; a probe is one delivery. */
  #lease(
    lane: Lane,
    recipients: readonly { recipient: AgencyCode; way: ReturnType<Circuits['wayTo']> }[],
    limit: number,
  ): Promise<LeasedDelivery[]> {
    const { store } = this.#deps
    const now = store.clock.now()
    const request = { lane, now, leaseUntil: new Date(now.getTime() + limits.sendLeaseMs) }
    const share = Math.floor(limit / recipients.length)
    return store.transact(async (tx) => {
      const leased = recipients.map(async ({ recipient, way }) => {
        if (way === 'free') return deliveries.lease(tx, { ...request, recipient, limit: share })
        const receipts = await deliveries.lease(tx, { ...request, recipient, limit: share, only: 'receipts' })
        if (way !== 'probe' || !(await this.#circuits.takeProbe(tx, recipient, lane, now))) return receipts
        return [...receipts, ...(await deliveries.lease(tx, { ...request, recipient, limit: 1, only: 'packages' }))]
      })
      return (await Promise.all(leased)).flat()
    })
  }

  async #attempt(delivery: LeasedDelivery): Promise<void> {
    const { store, log, clock, outbox } = this.#deps
    const startedAt = clock.now()
    try {
      const envelope = await envelopes.find(store.read, delivery.envelope)
      if (envelope === undefined)
        throw new GatewayError('internal', 'the envelope of a delivery is missing', { delivery: delivery.id })
      const asks = asksFirst(delivery, envelope)
      const ours = await (asks ? this.#ask(delivery, envelope) : this.#publish(delivery, envelope))
      if (this.#broker.ended(startedAt, clock.now(), ours ? undefined : 'lease-lost')) outbox.ring()
      if (!ours) return
      if (asks) return await this.#asked(delivery, envelope)
      reached('send.published')
      await this.#marks.add({ delivery, envelope })
      reached('send.marked')
    } catch (error) {
      log.warn(
        { err: error, envelope: delivery.envelope, recipient: delivery.recipient, attempt: delivery.attempt + 1 },
        'attempt failed',
      )
      if (this.#broker.ended(startedAt, clock.now(), codeOf(error))) outbox.ring()
      await this.#failed(delivery, error).catch((err: unknown) => {
        log.error({ err, envelope: delivery.envelope }, 'a failed attempt could not be noted: its lease will lapse')
      })
    }
  }

  /**
   * Resolves when the broker has confirmed every part.
   * @returns false when the delivery is no longer ours: answered meanwhile, or claimed by somebody else
   */
  async #publish(delivery: LeasedDelivery, envelope: StoredEnvelope): Promise<boolean> {
    const { store, axis } = this.#deps
    const underWay = new Set<Promise<void>>()
    let heldSince = store.clock.now().getTime()
    for (const part of partsToSend(delivery, envelope)) {
      const now = store.clock.now().getTime()
      if (now - heldSince > limits.sendLeaseMs / 2) {
        heldSince = now
        const held = await store.transact((tx) => deliveries.holdOn(tx, delivery, new Date(now + limits.sendLeaseMs)))
        if (!held) return false
      }
      const body = await content.chunk(store.read, envelope.id, part)
      if (body === undefined) throw new GatewayError('internal', `chunk ${part} is missing`, { envelope: envelope.id })
      const confirmed = axis
        .publish(this.#part(delivery, envelope, part, body))
        .finally(() => giveBack(body))
        .then(() => void underWay.delete(confirmed)) // one that failed stays, so that whoever waits next hears of it
      confirmed.catch(() => undefined) // awaited below: this only keeps it from counting as unhandled meanwhile
      underWay.add(confirmed)
      if (underWay.size >= limits.publishWindow) await Promise.race(underWay)
      reached('send.part-published')
    }
    await Promise.all(underWay)
    return true
  }

  /**
   * Asks, in one small message, for the receipt or the parts that are missing: a recipient that was down for a weekend
   * must not find a hundred copies of each gigabyte.
   */
  async #ask(delivery: LeasedDelivery, envelope: StoredEnvelope): Promise<true> {
    await this.#deps.store.transact((tx) => deliveries.expectAnswer(tx, delivery))
    const question = this.#part(delivery, envelope, 0, new Uint8Array())
    await this.#deps.axis.publish({ ...question, type: 'query', lane: 'status' })
    return true
  }

  async #asked(delivery: LeasedDelivery, envelope: StoredEnvelope): Promise<void> {
    const { store, clock, ids } = this.#deps
    const now = clock.now()
    await store.transact(async (tx) => {
      await deliveries.markQueried(tx, delivery, now, new Date(now.getTime() + this.#receiptWait(delivery.attempt)))
      await this.#circuits.sent(tx, delivery)
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

  /** One transaction for all that were confirmed while the last one ran. */
  async #markSent(sent: readonly SentPackage[]): Promise<readonly undefined[]> {
    const { store, clock, log } = this.#deps
    const now = clock.now()
    await store.transact(async (tx) => {
      await Promise.all(sent.flatMap((one) => this.#sentRows(tx, one, now)))
      for (const { delivery } of inOrder(sent)) await this.#circuits.sent(tx, delivery)
    })
    for (const { delivery, envelope } of sent)
      log.info(
        { envelope: envelope.id, to: delivery.recipient, kind: delivery.kind, attempt: delivery.attempt + 1 },
        'package sent',
      )
    return sent.map(() => undefined)
  }

  #sentRows(tx: Sql, { delivery, envelope }: SentPackage, now: Date): Promise<unknown>[] {
    // a receipt ends here: should it get lost, the repeat of what it answers brings it again
    const nextAttemptAt =
      delivery.kind === 'receipt' ? undefined : new Date(now.getTime() + this.#receiptWait(delivery.attempt))
    const marked = deliveries.markSent(tx, delivery, { at: now, nextAttemptAt, signer: envelope.signer })
    if (delivery.kind !== 'document') return [marked]
    return [
      marked,
      // also when the receipt was faster than we were: it was sent
      events.add(tx, this.#deps.ids, {
        agency: delivery.owner,
        envelope: envelope.id,
        counterpart: delivery.recipient,
        type: delivery.attempt === 0 ? 'document-sent' : 'document-sent-again',
        at: now,
        data: { attempt: delivery.attempt + 1, parts: envelope.parts },
      }),
    ]
  }

  /** Failures are classified once, in the error table: permanent stops, transient is retried, unknown a few times. */
  async #failed(delivery: LeasedDelivery, error: unknown): Promise<void> {
    const { store, clock, ids, backoff } = this.#deps
    const now = clock.now()
    const code = codeOf(error)
    const retry = retryOf(code)
    const stops =
      retry === 'permanent' || (retry === 'unknown' && delivery.unknownFailures + 1 >= limits.unknownFailureAttempts)
    const away = code === 'broker-unavailable' ? this.#broker.awayUntil : undefined
    await store.transact(async (tx) => {
      const changed = await deliveries.markFailed(tx, delivery, {
        at: now,
        code,
        message: messageOf(error).slice(0, 500),
        counts: code !== 'broker-full',
        unknown: retry === 'unknown',
        retryAt: stops ? undefined : (away ?? new Date(now.getTime() + backoff(delivery.attempt))),
        heldUntil: new Date(now.getTime() + limits.heldMs),
      })
      await this.#circuits.failed(tx, delivery, code)
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
    const { owner, envelope, recipient, kind } = delivery
    // a status is told in the timeline of the document it is about
    const document = kind === 'document' ? envelope : await statuses.documentOf(tx, envelope)
    await Promise.all([
      events.add(tx, ids, {
        agency: owner,
        ...(document === undefined ? {} : { envelope: document }),
        counterpart: recipient,
        type: kind === 'document' ? 'document-expired' : 'status-expired',
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

/** Every part of it was confirmed. */
interface SentPackage {
  readonly delivery: LeasedDelivery
  readonly envelope: StoredEnvelope
}

/** By recipient: units that touch several circuits do so in one order, lest two wait for each other. */
function inOrder(sent: readonly SentPackage[]): SentPackage[] {
  return [...sent].sort((a, b) => (a.delivery.recipient < b.delivery.recipient ? -1 : 1))
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
