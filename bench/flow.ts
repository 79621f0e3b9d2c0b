import { createPrivateKey, randomBytes, sign } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'
import { type Figure, percentile, rounded } from './measure.ts'
import { benchLetter, openPair, type Pair } from './pair.ts'
import { toyKey } from './toys.ts'

/** Documents a second from submit to the verified receipt, two gateways in one process, RSA-2048 on both sides. */
export async function benchFlow(): Promise<Figure[]> {
  const raw = await rawSignatures()
  const limit = raw / 2 // document and receipt
  const figures: Figure[] = [
    { name: 'raw RSA-2048 signatures on all cores', value: rounded(raw), unit: '/s' },
    { name: 'signature-bound limit (document and receipt)', value: rounded(limit), unit: '/s' },
  ]
  for (const [label, size, count] of [
    ['20 KB', 20_000, 2_000],
    ['1 MB', 1_000_000, 200],
  ] as const) {
    const pair = await openPair()
    try {
      await flood(pair, size, 50, 8, 0) // warm
      const { perSecond, latencies } = await flood(pair, size, count, 32, 1_000)
      figures.push({
        name: `documents end to end, ${label}, flood`,
        value: rounded(perSecond),
        unit: '/s',
        ratio: { of: 'the signature-bound limit', value: rounded(perSecond / limit) },
        ...(size === 20_000 ? { aim: '≥ 200 /s' } : {}),
      })
      for (const p of [50, 95, 99])
        figures.push({
          name: `  latency p${p}, ${label}, flood of 32 at once`,
          value: rounded(percentile(latencies, p)),
          unit: 'ms',
        })
      const calm = await flood(pair, size, Math.min(count, 100), 1, 100_000)
      for (const p of [50, 95, 99])
        figures.push({
          name: `  latency p${p}, ${label}, one at a time`,
          value: rounded(percentile(calm.latencies, p)),
          unit: 'ms',
        })
    } finally {
      await pair.close()
    }
  }
  return figures
}

/** Asynchronous signatures, as many at once as there are cores. */
async function rawSignatures(): Promise<number> {
  const key = createPrivateKey(toyKey('g02-rsa'))
  const bytes = randomBytes(1_000)
  const signOnce = promisify(sign)
  const until = performance.now() + 2_000
  let count = 0
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      while (performance.now() < until) {
        await signOnce('sha256', bytes, key)
        count += 1
      }
    }),
  )
  return count / 2
}

/**
 * Submits `count` documents, `width` at a time, and follows each to its receipt. The latency ends when the store says the
 * delivery ended, by the same clock, so that watching costs the gateways little.
 */
async function flood(
  pair: Pair,
  size: number,
  count: number,
  width: number,
  first: number,
): Promise<{ perSecond: number; latencies: number[] }> {
  const file = new Blob([randomBytes(size)], { type: 'application/pdf' })
  const submittedAt = new Map<string, number>()
  const before = await received(pair)
  const start = performance.now()
  let next = first
  const submitter = async (): Promise<void> => {
    while (next < first + count) {
      const n = next++
      const at = Date.now()
      const body = new FormData()
      body.append('document', new Blob([JSON.stringify(benchLetter(n))], { type: 'application/json' }), 'document.json')
      body.append('file1', file, 'Công văn.pdf')
      const response = await fetch(`${pair.sender.url}/v1/documents`, {
        method: 'POST',
        headers: { authorization: `Bearer ${pair.senderKey}`, 'idempotency-key': `bench-${size}-${width}-${n}` },
        body,
      })
      if (response.status !== 202) throw new Error(await response.text())
      const { id } = (await response.json()) as { id: string }
      submittedAt.set(id, at)
      if (width === 1) await awaitReceipts(pair, before + submittedAt.size, 1)
    }
  }
  await Promise.all(Array.from({ length: width }, submitter))
  await awaitReceipts(pair, before + count, 20)
  const perSecond = (count * 1000) / (performance.now() - start)
  const rows = await pair.sender.store.read.all<{ envelope: string; ended_at: number }>(
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

async function received(pair: Pair): Promise<number> {
  const row = await pair.sender.store.read.get<{ n: number }>(
    "SELECT COUNT(*) AS n FROM delivery WHERE state = 'received'",
  )
  return row?.n ?? 0
}
