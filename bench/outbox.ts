import { openSides, type Sides, type StoreKind, stores } from '../test/support/sides.ts'
import { flood, Watch } from './axis.ts'
import { fillOutbox } from './fill.ts'
import { type Figure, rounded } from './measure.ts'
import { requireServices } from './services.ts'

const MIB = 1024 * 1024
/** What a ministry with a thousand documents an hour never reaches: the arrival rate that the others are compared with. */
const ARRIVALS = 50

/** A restart with a full outbox, and a recipient who comes back after a long time. */
export async function* benchOutbox(quick: boolean): AsyncGenerator<Figure> {
  requireServices()
  for (const store of stores) {
    yield* await restart(store, quick ? 10_000 : 100_000)
    yield* await drain(store, quick ? 500 : 20_000)
  }
}

async function restart(store: StoreKind, count: number): Promise<Figure[]> {
  const sides = await openSides(store)
  try {
    const { sender, recipient } = sides
    await recipient.stop()
    const [idle] = sender.gateways
    const atRest = idle?.residentBytes ?? 0
    await sender.stop()
    await fillOutbox(sender, store, count)
    const start = performance.now()
    const gateway = await sender.start()
    await firstSent(sides)
    const seconds = (performance.now() - start) / 1000
    let most = 0
    for (let n = 0; n < 100; n++) {
      most = Math.max(most, gateway.residentBytes)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const [sent] = await sender.ask<{ n: number }>(`SELECT COUNT(*) AS n FROM delivery WHERE state = 'sent'`)
    const label = `with ${count.toLocaleString('en')} documents in the outbox, ${store}`
    return [
      { name: `start of the process to the first send, ${label}`, value: rounded(seconds), unit: 's', aim: '≤ 10' },
      { name: '  memory in the 10 s after it, more than at rest', value: rounded((most - atRest) / MIB), unit: 'MiB' },
      { name: '  sent in these 10 s', value: rounded(Number(sent?.n) / 10), unit: '/s' },
    ]
  } finally {
    await sides.close()
  }
}

async function firstSent({ sender }: Sides): Promise<void> {
  for (;;) {
    const [row] = await sender.ask<{ state: string }>(`SELECT state FROM delivery WHERE state <> 'accepted' LIMIT 1`)
    if (row?.state === 'sent') return
    if (row !== undefined) throw new Error(`a delivery is ${row.state}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The recipient is away while documents are handed over, and then takes them all; the sender's gateway sends on meanwhile. */
async function drain(store: StoreKind, count: number): Promise<Figure[]> {
  const sides = await openSides(store)
  try {
    await flood(sides, 100, 8) // warm
    await sides.recipient.stop()
    const watch = await Watch.begin(sides)
    let left = count
    const desk = async (): Promise<void> => {
      while (left-- > 0) await watch.submit()
    }
    const handing = performance.now()
    await Promise.all(Array.from({ length: 16 }, desk))
    const handed = (count * 1000) / (performance.now() - handing)
    const start = performance.now()
    await sides.recipient.start()
    await watch.received(count, 250)
    const perSecond = (count * 1000) / (performance.now() - start)
    const label = `a backlog of ${count.toLocaleString('en')} documents of 20 KB, ${store}`
    return [
      { name: `submitted while the recipient was away, ${store}`, value: rounded(handed), unit: '/s' },
      {
        name: `drain of ${label}`,
        value: rounded(perSecond),
        unit: '/s',
        ratio: { of: `an arrival rate of ${ARRIVALS}/s`, value: rounded(perSecond / ARRIVALS) },
      },
    ]
  } finally {
    await sides.close()
  }
}
