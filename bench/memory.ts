import { watchGrowth } from '../test/support/gateway-process.ts'
import { openSides, type Sides, type StoreKind, stores } from '../test/support/sides.ts'
import { fetchOne, letter, submitStream } from '../test/support/uploads.ts'
import { type Figure, rounded } from './measure.ts'
import { requireServices } from './services.ts'

const MIB = 1024 * 1024
const SIZE = 1024 * MIB

/**
 * Peak growth of each gateway's memory (resident set) while an attachment of 1 GiB is submitted, sent over RabbitMQ, received
 * and downloaded.
 */
export async function* benchMemory(quick: boolean): AsyncGenerator<Figure> {
  requireServices()
  for (const store of stores) yield* await oneStore(store, quick ? SIZE / 8 : SIZE)
}

async function oneStore(store: StoreKind, size: number): Promise<Figure[]> {
  const sides = await openSides(store)
  try {
    await journey(sides, 1, 8 * MIB) // warm: buffers and code that stay
    const grown = await watchGrowth([...sides.sender.gateways, ...sides.recipient.gateways])
    const start = performance.now()
    await journey(sides, 2, size)
    const seconds = (performance.now() - start) / 1000
    const [sender = 0, recipient = 0] = grown()
    const label = `${size / MIB} MiB over RabbitMQ, ${store}`
    return [
      { name: `growth of the sender's gateway, ${label}`, value: rounded(sender / MIB), unit: 'MiB', aim: '≤ 64' },
      {
        name: `growth of the recipient's gateway, ${label}`,
        value: rounded(recipient / MIB),
        unit: 'MiB',
        aim: '≤ 64',
      },
      { name: `submit to download, ${label}`, value: rounded(seconds), unit: 's' },
    ]
  } finally {
    await sides.close()
  }
}

async function journey({ sender, recipient }: Sides, n: number, size: number): Promise<void> {
  const sent = await submitStream(sender, letter(n), size)
  if ((await fetchOne(recipient)) !== sent) throw new Error('the bytes downloaded are not the bytes uploaded')
}
