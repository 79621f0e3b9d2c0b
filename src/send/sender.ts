import { createHash } from 'node:crypto'
import {
  type Backoff,
  backoffFrom,
  Crew,
  codeOf,
  GatewayError,
  Gathering,
  giveBack,
  limits,
  messageOf,
  reached,
  retryOf,
} from '../base/index.ts'
import { type OutgoingPart, writePartHeaders } from '../broker/index.ts'
import type { AgencyCode, Lane } from '../message/index.ts'
import {
  content,
  envelopes,
  events,
  type LeasedDelivery,
  outbox,
  type Sql,
  type StoredEnvelope,
} from '../store/index.ts'
import { BrokerWay } from './broker-way.ts'
import { leaseDue, openWays } from './choice.ts'
import { Circuits } from './circuits.ts'
import type { SendDeps } from './deps.ts'
import { expireDue } from './expiry.ts'

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
    const { due, expired } = await outbox.anyWork(store.read, store.clock.now()) // a look costs no write
    let more = expired && (await expireDue(this.#deps))
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
    const free = (recipient: AgencyCode): boolean => (busy.get(recipient) ?? 0) < limits.sendPerRecipient
    const ways = await openWays(this.#deps, this.#circuits, { lane, now, limit, free })
    if (ways.length === 0) return false
    const due = await leaseDue(this.#deps, this.#circuits, lane, ways, limit)
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
    return due.length === limit || (ways.length > 1 && due.length > 0)
  }

  async #attempt(delivery: LeasedDelivery): Promise<void> {
    const { store, log, clock, outbox: bell } = this.#deps
    const startedAt = clock.now()
    try {
      const envelope = await envelopes.find(store.read, delivery.envelope)
      if (envelope === undefined)
        throw new GatewayError('internal', 'the envelope of a delivery is missing', { delivery: delivery.id })
      const asks = asksFirst(delivery, envelope)
      const ours = await (asks ? this.#ask(delivery, envelope) : this.#publish(delivery, envelope))
      if (this.#broker.ended(startedAt, clock.now(), ours ? undefined : 'lease-lost')) bell.ring()
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
      if (this.#broker.ended(startedAt, clock.now(), codeOf(error))) bell.ring()
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
        const held = await store.transact((tx) => outbox.holdOn(tx, delivery, new Date(now + limits.sendLeaseMs)))
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
    await this.#deps.store.transact((tx) => outbox.expectAnswer(tx, delivery))
    const question = this.#part(delivery, envelope, 0, new Uint8Array())
    await this.#deps.axis.publish({ ...question, type: 'query', lane: 'status' })
    return true
  }

  async #asked(delivery: LeasedDelivery, envelope: StoredEnvelope): Promise<void> {
    const { store, clock, ids } = this.#deps
    const now = clock.now()
    await store.transact(async (tx) => {
      await outbox.markQueried(tx, delivery, now, new Date(now.getTime() + this.#receiptWait(delivery.attempt)))
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
    const marked = outbox.markSent(tx, delivery, { at: now, nextAttemptAt, signer: envelope.signer })
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
      const changed = await outbox.markFailed(tx, delivery, {
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
