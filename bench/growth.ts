import { openSides, type Sides, type StoreKind, stores } from '../test/support/sides.ts'
import { cpuOf, flood } from './axis.ts'
import { fill } from './fill.ts'
import { type Figure, rounded } from './measure.ts'
import { requireServices } from './services.ts'

/** What one document costs on top of ever more that were there before: in every table, in both stores. */
export async function* benchGrowth(quick: boolean): AsyncGenerator<Figure> {
  requireServices()
  for (const store of stores) yield* oneStore(store, quick ? [0, 10_000, 100_000] : [0, 10_000, 100_000, 1_000_000])
}

async function* oneStore(store: StoreKind, sizes: readonly number[]): AsyncGenerator<Figure> {
  const sides = await openSides(store)
  try {
    let filled = 0
    let first: number | undefined
    for (const size of sizes) {
      if (size > filled) await grow(sides, store, filled, size)
      filled = size
      await flood(sides, 100, 8) // warm
      const before = { cpu: cpuOf(sides), rows: await rowsRead(sides, store) }
      const { count, perSecond } = await flood(sides, 500, 16)
      const ms = ((cpuOf(sides) - before.cpu) * 1000) / count
      first ??= ms
      const label = `on top of ${size.toLocaleString('en')} documents, ${store}`
      yield {
        name: `processor time of the gateways a document, ${label}`,
        value: rounded(ms),
        unit: 'ms',
        ratio: { of: 'that of an empty store', value: rounded(ms / first) },
      }
      yield { name: `  documents a second`, value: rounded(perSecond), unit: '/s' }
      if (store === 'PostgreSQL')
        yield {
          name: '  rows that PostgreSQL looked at, a document',
          value: rounded(((await rowsRead(sides, store)) - before.rows) / count),
          unit: '',
        }
    }
  } finally {
    await sides.close()
  }
}

async function grow({ sender, recipient }: Sides, store: StoreKind, from: number, to: number): Promise<void> {
  for (const side of [sender, recipient]) {
    await side.stop()
    await fill(side, store, from, to)
    await side.start()
  }
}

/** By all who use this server: on one of our own, by us. */
async function rowsRead({ sender }: Sides, store: StoreKind): Promise<number> {
  if (store === 'SQLite') return 0
  await sender.ask('SELECT pg_stat_clear_snapshot()')
  const [row] = await sender.ask<{ rows: string }>(
    'SELECT tup_returned + tup_fetched AS rows FROM pg_stat_database WHERE datname = current_database()',
  )
  return Number(row?.rows)
}
