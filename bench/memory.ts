import { createHash } from 'node:crypto'
import { type Figure, rounded } from './measure.ts'
import { letter, submitStream } from './people.ts'
import { watchGrowth } from './process.ts'
import { requireServices } from './services.ts'
import { openSides, type Side, type Sides, type StoreKind, stores } from './sides.ts'

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
  const id = await pickUp(recipient)
  const [gateway] = recipient.gateways
  if (gateway === undefined) throw new Error('the recipient has no gateway')
  const response = await fetch(`${gateway.url}/v1/inbox/${id}/attachments/1`, {
    headers: { authorization: `Bearer ${gateway.key}` },
  })
  const received = createHash('sha256')
  if (response.body === null) throw new Error('no body')
  for await (const bytes of response.body) received.update(bytes)
  if (sent !== received.digest('hex')) throw new Error('the bytes downloaded are not the bytes uploaded')
}

async function pickUp({ gateways }: Side): Promise<string> {
  const [gateway] = gateways
  for (;;) {
    const response = await fetch(`${gateway?.url}/v1/inbox/leases`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway?.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ max: 1 }),
    })
    const { items } = (await response.json()) as { items: { id: string }[] }
    const [first] = items
    if (first !== undefined) return first.id
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
