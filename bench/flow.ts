import { randomBytes } from 'node:crypto'
import { letter, submit } from '../test/support/uploads.ts'
import { type Figure, percentile, rounded } from './measure.ts'
import { openPair, type Pair } from './pair.ts'
import { rawSignatures } from './raw.ts'

/** Documents a second from submit to the verified receipt, two gateways and their client in one process, RSA-2048 on both sides. */
export async function* benchFlow(quick: boolean): AsyncGenerator<Figure> {
  const limit = (await rawSignatures(2_000)).perSecond / 2 // document and receipt
  yield { name: 'signature-bound limit (document and receipt)', value: rounded(limit), unit: '/s' }
  for (const [label, size, count] of [
    ['20 KB', 20_000, quick ? 300 : 2_000],
    ['1 MB', 1_000_000, quick ? 30 : 200],
  ] as const) {
    const pair = await openPair()
    try {
      await flood(pair, size, 50, 8) // warm
      const { perSecond, latencies } = await flood(pair, size, count, 32)
      yield {
        name: `documents end to end, ${label}, flood`,
        value: rounded(perSecond),
        unit: '/s',
        ratio: { of: 'the signature-bound limit', value: rounded(perSecond / limit) },
        ...(size === 20_000 ? { aim: '≥ 200 /s' } : {}),
      }
      yield* latencyFigures(`${label}, flood of 32 at once`, latencies)
      const calm = await flood(pair, size, Math.min(count, 100), 1)
      yield* latencyFigures(`${label}, one at a time`, calm.latencies)
    } finally {
      await pair.close()
    }
  }
}

function latencyFigures(label: string, latencies: readonly number[]): Figure[] {
  return [50, 95, 99].map((p) => ({
    name: `  latency p${p}, ${label}`,
    value: rounded(percentile(latencies, p)),
    unit: 'ms',
  }))
}

let numbers = 0

/**
 * Submits `count` documents, `width` at a time, and follows each to its receipt. The latency ends when the store says the
 * delivery ended, by the same clock, so that watching costs the gateways little.
 */
async function flood(
  pair: Pair,
  size: number,
  count: number,
  width: number,
): Promise<{ perSecond: number; latencies: number[] }> {
  const file = randomBytes(size)
  const submittedAt = new Map<string, number>()
  const before = await received(pair)
  const start = performance.now()
  let left = count
  const desk = async (): Promise<void> => {
    while (left-- > 0) {
      const n = ++numbers
      const at = Date.now()
      submittedAt.set(await submit(pair.sender, n, letter(n), file), at)
      if (width === 1) await awaitReceipts(pair, before + submittedAt.size, 1)
    }
  }
  await Promise.all(Array.from({ length: width }, desk))
  await awaitReceipts(pair, before + count, 20)
  const perSecond = (count * 1000) / (performance.now() - start)
  const rows = await pair.store.read.all<{ envelope: string; ended_at: number }>(
    "SELECT envelope, ended_at FROM delivery WHERE state = 'received'",
  )
  const latencies = rows.flatMap(({ envelope, ended_at }) => {
    const at = submittedAt.get(envelope)
    return at === undefined ? [] : [ended_at - at]
  })
  return { perSecond, latencies }
}

async function awaitReceipts(pair: Pair, count: number, pauseMs: number): Promise<void> {
  while ((await received(pair)) < count) await new Promise((resolve) => setTimeout(resolve, pauseMs))
}

async function received({ store }: Pair): Promise<number> {
  const row = await store.read.get<{ n: number }>("SELECT COUNT(*) AS n FROM delivery WHERE state = 'received'")
  return row?.n ?? 0
}
