import { randomBytes } from 'node:crypto'
import { loadavg } from 'node:os'
import { openSides, type Sides, type StoreKind } from '../test/support/sides.ts'
import { letter, submit } from '../test/support/uploads.ts'
import { type Figure, percentile, rounded } from './measure.ts'
import { rawConfirms, rawSignatures } from './raw.ts'
import { requireServices } from './services.ts'
import { statusesUnderFlood } from './statuses.ts'

const FILE = randomBytes(20_000)

/**
 * Documents of 20 KB from submit to the verified receipt over RabbitMQ, gateways in processes of their own, both signing with
 * RSA-2048; the client of this process shares the machine with them. The raw rates are taken just before and just after.
 */
export async function* benchAxis(quick: boolean): AsyncGenerator<Figure> {
  requireServices()
  const shapes: readonly [StoreKind, number][] = [
    ['SQLite', 1],
    ['PostgreSQL', 1],
    ['PostgreSQL', 2],
  ]
  for (const [store, processes] of shapes) yield* await oneShape(store, processes, quick)
}

async function oneShape(store: StoreKind, processes: number, quick: boolean): Promise<Figure[]> {
  const label = `${store}, ${processes} gateway${processes > 1 ? 's' : ''} a side`
  const sides = await openSides(store, processes)
  try {
    const raw = { signatures: await rawSignatures(1_000), confirms: await rawConfirms(sides.vhost, FILE.length, 1_000) }
    await flood(sides, 100, 8) // warm
    const cpu = cpuOf(sides)
    const flooded = await flood(sides, quick ? 400 : 2_000, 32)
    const cpuMs = ((cpuOf(sides) - cpu) * 1000) / flooded.count
    const calm = await atRate(sides, 50, quick ? 5 : 20)
    const statuses = await statusesUnderFlood(sides, quick ? 10 : 50)
    const after = await rawSignatures(1_000)
    const limit = (raw.signatures.perSecond + after.perSecond) / 4 // the mean of both; a document and its receipt
    const signature = (raw.signatures.cpuMs + after.cpuMs) / 2
    return [
      { name: `raw RSA-2048 signatures on all cores, before and after`, value: rounded(limit * 2), unit: '/s' },
      { name: `raw publish and confirm, 20 KB, ${label}`, value: rounded(raw.confirms), unit: '/s' },
      {
        name: `documents end to end, 20 KB, ${label}`,
        value: rounded(flooded.perSecond),
        unit: '/s',
        ratio: { of: 'the signature-bound limit', value: rounded(flooded.perSecond / limit) },
        aim: '≥ 0.33',
      },
      { name: `  of the raw confirm rate`, value: rounded(flooded.perSecond / raw.confirms), unit: '×' },
      {
        name: `  processor time of the gateways, a document`,
        value: rounded(cpuMs),
        unit: 'ms',
        ratio: { of: 'two raw signatures', value: rounded(cpuMs / signature / 2) },
      },
      ...[50, 95, 99].map((p) => ({
        name: `  latency p${p} at 50 documents/s`,
        value: rounded(percentile(calm, p)),
        unit: 'ms',
        ...(p === 99 ? { aim: '≤ 1000' } : {}),
      })),
      ...[50, 99].map((p) => ({
        name: `  a status p${p} while documents flood`,
        value: rounded(percentile(statuses, p)),
        unit: 'ms',
      })),
      { name: `  load of the machine (1 min)`, value: rounded(loadavg()[0] ?? 0), unit: '' },
    ]
  } finally {
    await sides.close()
  }
}

let numbers = 0

/** Submits `count` documents, `width` at a time, and waits for all their receipts. */
export async function flood(
  sides: Sides,
  count: number,
  width: number,
): Promise<{ perSecond: number; count: number; latencies: number[] }> {
  const watch = await Watch.begin(sides)
  const start = performance.now()
  let left = count
  const desk = async (): Promise<void> => {
    while (left-- > 0) await watch.submit()
  }
  await Promise.all(Array.from({ length: width }, desk))
  await watch.received(count)
  const perSecond = (count * 1000) / (performance.now() - start)
  return { perSecond, count, latencies: await watch.latencies() }
}

/** Submits so many a second, evenly, whatever the gateways do. @returns milliseconds from submit to receipt */
export async function atRate(sides: Sides, perSecond: number, seconds: number): Promise<number[]> {
  const watch = await Watch.begin(sides)
  const submitted: Promise<void>[] = []
  const start = performance.now()
  for (let n = 0; n < perSecond * seconds; n++) {
    const due = start + (n * 1000) / perSecond - performance.now()
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due))
    submitted.push(watch.submit())
  }
  await Promise.all(submitted)
  await watch.received(submitted.length)
  return watch.latencies()
}

/** What is submitted from now on, until its receipt. The store says when a delivery ended, so that watching costs little. */
export class Watch {
  readonly #sides: Sides
  readonly #since: string
  readonly #submittedAt = new Map<string, number>()

  static async begin(sides: Sides): Promise<Watch> {
    const [last] = await sides.sender.ask<{ id: string | null }>('SELECT MAX(id) AS id FROM delivery')
    return new Watch(sides, last?.id ?? '')
  }

  private constructor(sides: Sides, since: string) {
    this.#sides = sides
    this.#since = since
  }

  async submit(change: object = {}): Promise<void> {
    const n = ++numbers
    const at = Date.now()
    this.#submittedAt.set(await submit(this.#sides.sender, n, letter(n, change), FILE), at)
  }

  async received(count: number, pauseMs = 50): Promise<void> {
    while ((await this.count()) < count) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }

  /** How many have their receipt. */
  async count(): Promise<number> {
    return (await this.#ended()).length
  }

  async latencies(): Promise<number[]> {
    return (await this.#ended()).flatMap(({ envelope, at }) => {
      const submitted = this.#submittedAt.get(envelope)
      return submitted === undefined ? [] : [Number(at) - submitted]
    })
  }

  #ended(): Promise<{ envelope: string; at: number }[]> {
    return this.#sides.sender.ask(
      `SELECT envelope, ended_at AS at FROM delivery WHERE id > '${this.#since}' AND kind = 'document' AND state = 'received'`,
    )
  }
}

export function cpuOf({ sender, recipient }: Sides): number {
  return [...sender.gateways, ...recipient.gateways].reduce((sum, gateway) => sum + gateway.cpuSeconds, 0)
}
