import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import type { Express, Request } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { GatewayError, limits, steadyMs } from '../base/index.ts'
import { serveOpen } from '../http/index.ts'
import { desk, partners } from '../store/index.ts'
import type { ApiDeps } from './deps.ts'
import { getMetrics } from './gateway-operations.ts'

/** `/metrics`, for Prometheus: what happened is counted from the numbered events, what is so now is looked up. */
export function serveMetrics(app: Express, deps: ApiDeps): void {
  let metrics: Metrics | undefined
  let running: Promise<string> | undefined
  serveOpen(app, getMetrics, async ({ request, response }) => {
    requireReader(deps, request)
    metrics ??= new Metrics(deps)
    running ??= metrics.text().finally(() => {
      running = undefined // however many ask at once, one looks
    })
    response.type(metrics.contentType).send(await running)
  })
}

/** @throws {GatewayError} unauthenticated: neither this machine asks, nor somebody with the token */
function requireReader({ metricsToken, behindProxy }: ApiDeps, request: Request): void {
  const given = /^Bearer +(\S{1,512})$/i.exec(request.get('authorization') ?? '')?.[1]
  const token = metricsToken()
  if (token !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(token.reveal()))) return
  // behind a proxy everybody comes from the proxy
  if (given === undefined && !behindProxy && isLoopback(request.socket.remoteAddress ?? '')) return
  throw new GatewayError(
    'unauthenticated',
    'metrics are for this machine, or for who has the token of metrics.tokenFile',
  )
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && loopback.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

const EVENTS: Readonly<Record<string, string>> = {
  'document-accepted': 'submitted',
  'document-sent': 'sent',
  'receipt-verified': 'received',
  'late-receipt': 'received',
  'document-rejected': 'rejected',
  'document-expired': 'expired',
  'document-held': 'held',
  'document-arrived': 'arrived',
  'document-confirmed': 'confirmed',
  'package-refused': 'refused',
  'package-quarantined': 'quarantined',
}

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400]

/** Names by convention; labels are bounded: partners beyond `limits.metricPartners` are counted as `other`. */
class Metrics {
  readonly #deps: ApiDeps
  readonly #registry = new Registry()
  readonly #partners = new Set<string>()
  #seq: number | undefined
  readonly #documents
  readonly #failures
  readonly #sent
  readonly #receipt
  readonly #gauges

  constructor(deps: ApiDeps) {
    this.#deps = deps
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers })
    const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
      new Gauge({ name, help, labelNames, registers })
    const histogram = (name: string, help: string): Histogram<'lane'> =>
      new Histogram({ name, help, labelNames: ['lane'], buckets: SECONDS, registers })
    this.#documents = counter('lienthong_documents_total', 'Documents, by what happened to them.', [
      'event',
      'partner',
      'lane',
    ])
    this.#failures = counter('lienthong_attempts_failed_total', 'Attempts to send that failed, by their cause.', [
      'cause',
    ])
    this.#sent = histogram('lienthong_document_sent_seconds', 'From acceptance until the axis had every part.')
    this.#receipt = histogram(
      'lienthong_document_receipt_seconds',
      'From acceptance until the signed receipt was verified.',
    )
    this.#gauges = {
      deliveries: gauge('lienthong_deliveries', 'Deliveries that are not received, by their state.', [
        'state',
        'partner',
        'lane',
      ]),
      oldest: gauge('lienthong_oldest_delivery_age_seconds', 'Age of the oldest unfinished delivery.', ['lane']),
      inbox: gauge('lienthong_inbox_documents', 'Documents that an agency’s system has not confirmed.', [
        'agency',
        'state',
      ]),
      quarantine: gauge('lienthong_quarantine_packages', 'Packages in quarantine that wait for somebody.', []),
      certificate: gauge('lienthong_certificate_days_left', 'Days until the last certificate of an agency ends.', [
        'agency',
      ]),
      circuit: gauge('lienthong_partner_circuit_open', '1 while sending to the partner rests.', ['partner', 'reason']),
      broker: gauge('lienthong_broker_up', '1 while the axis can be reached.', []),
      store: gauge('lienthong_store_transaction_seconds', 'How long a transaction of the store took just now.', []),
    }
    gauge('lienthong_build_info', 'Always 1; the version is in the label.', ['version']).set(
      { version: deps.version },
      1,
    )
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    await this.#count()
    await this.#look()
    return this.#registry.metrics()
  }

  /** From the start of the first look on; a counter of a process that was born later is smaller, as Prometheus expects. */
  async #count(): Promise<void> {
    const sql = this.#deps.store.read
    this.#seq ??= await desk.lastEvent(sql)
    for (let turn = 0; turn < limits.metricTurns; turn++) {
      const last = Math.min(await desk.lastEvent(sql), this.#seq + limits.followRows)
      for (const event of await desk.measuredEvents(sql, this.#seq, last)) {
        const lane = event.lane ?? 'ordinary'
        const name = EVENTS[event.type]
        if (name !== undefined) this.#documents.inc({ event: name, partner: this.#partner(event.counterpart), lane })
        if (event.type === 'attempt-failed') this.#failures.inc({ cause: causeOf(event.data) })
        if (event.acceptedAt === null) continue
        const seconds = Math.max(0, event.at - event.acceptedAt) / 1000
        if (event.type === 'document-sent') this.#sent.observe({ lane }, seconds)
        if (event.type === 'receipt-verified') this.#receipt.observe({ lane }, seconds)
      }
      const whole = last < this.#seq + limits.followRows
      this.#seq = last
      if (whole) return
    }
  }

  async #look(): Promise<void> {
    const { store, directory, clock, brokerIsUp } = this.#deps
    const sql = store.read
    const now = clock.now()
    const agencies = directory.list()
    const codes = agencies.map(({ code }) => code)
    const [queues, inboxes, kept, circuits, answer] = await Promise.all([
      desk.outgoingQueues(sql, codes, new Date(now.getTime() - DAY_MS)),
      desk.incomingQueues(sql, codes),
      desk.quarantined(sql),
      partners.list(sql),
      desk.oldestAnswer(sql),
    ])
    const { deliveries, oldest, inbox, quarantine, certificate, circuit, broker, store: transaction } = this.#gauges
    for (const gauge of [deliveries, oldest, inbox, certificate, circuit]) gauge.reset()
    const begun = new Map<string, number>(answer === undefined ? [] : [['status', answer]])
    for (const { recipient, lane, state, count, oldestAt } of queues) {
      deliveries.inc({ state, partner: this.#partner(recipient), lane }, count)
      const open = state === 'accepted' || state === 'sent' || state === 'held'
      if (open) begun.set(lane, Math.min(begun.get(lane) ?? oldestAt, oldestAt))
    }
    for (const lane of ['express', 'ordinary', 'status'])
      oldest.set({ lane }, (now.getTime() - (begun.get(lane) ?? now.getTime())) / 1000)
    for (const { agency, state, count } of inboxes) inbox.set({ agency, state }, count)
    quarantine.set(kept)
    const oursFirst = agencies.toSorted((a, b) => Number(b.local) - Number(a.local))
    for (const { code, certificates } of oursFirst.slice(0, limits.metricAgencies)) {
      const ends = certificates.map(({ notAfter }) => notAfter.getTime())
      if (ends.length > 0) certificate.set({ agency: code }, Math.floor((Math.max(...ends) - now.getTime()) / DAY_MS))
    }
    for (const { agency, circuit: state, paused } of circuits) {
      if (state === 'open') circuit.set({ partner: this.#partner(agency), reason: 'failures' }, 1)
      if (paused !== undefined) circuit.set({ partner: this.#partner(agency), reason: 'paused' }, 1)
    }
    broker.set(brokerIsUp() ? 1 : 0)
    const before = steadyMs()
    await store.transact((tx) => tx.get('SELECT 1 AS one'))
    transaction.set((steadyMs() - before) / 1000)
  }

  #partner(code: string | null): string {
    if (code === null) return 'none'
    if (this.#partners.size < limits.metricPartners) this.#partners.add(code)
    return this.#partners.has(code) ? code : 'other'
  }
}

const DAY_MS = 24 * 60 * 60 * 1000

function causeOf(data: string): string {
  const { code } = JSON.parse(data) as { code?: unknown }
  return typeof code === 'string' ? code : 'unknown'
}
