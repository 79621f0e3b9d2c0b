import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { type Figure, rounded } from './measure.ts'
import { benchLetter } from './pair.ts'

const MIB = 1024 * 1024
const SIZE = 500 * MIB
const PAGE = 4096

/** Where the two gateways listen, and the keys of their clients. */
interface Doors {
  readonly senderUrl: string
  readonly recipientUrl: string
  readonly senderKey: string
  readonly recipientKey: string
}

/** Peak growth of the gateways' memory (resident set) while a 500 MB attachment is submitted, sent, received and downloaded. */
export async function benchMemory(): Promise<Figure[]> {
  const gateways = fork(new URL('./gateways-process.ts', import.meta.url)) // with the flags of this process
  try {
    const [doors] = (await once(gateways, 'message')) as [Doors]
    await journey(doors, 1, 8 * MIB) // warm: buffers and code that stay
    await collected(gateways)
    const idle = residentBytes(gateways)
    let peak = idle
    const watch = setInterval(() => {
      peak = Math.max(peak, residentBytes(gateways))
    }, 5)
    const start = performance.now()
    await journey(doors, 2, SIZE)
    const seconds = (performance.now() - start) / 1000
    clearInterval(watch)
    return [
      { name: 'memory of two gateways at rest', value: rounded(idle / MIB), unit: 'MiB' },
      {
        name: 'peak growth, 500 MB submitted, sent, received, downloaded',
        value: rounded((peak - idle) / MIB),
        unit: 'MiB',
        aim: '≤ 64, both together',
      },
      { name: 'time of that journey', value: rounded(seconds), unit: 's' },
    ]
  } finally {
    gateways.disconnect()
    await once(gateways, 'exit')
  }
}

function residentBytes({ pid }: ChildProcess): number {
  const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]
  return Number(pages) * PAGE
}

async function collected(gateways: ChildProcess): Promise<void> {
  const answer = once(gateways, 'message')
  gateways.send('collect')
  await answer
}

async function journey(doors: Doors, n: number, size: number): Promise<void> {
  const sent = createHash('sha256')
  await upload(doors, n, size, sent)
  const leased = await pickUp(doors)
  const response = await fetch(`${doors.recipientUrl}/v1/inbox/${leased}/attachments/1`, {
    headers: { authorization: `Bearer ${doors.recipientKey}` },
  })
  const received = createHash('sha256')
  if (response.body === null) throw new Error('no body')
  for await (const bytes of response.body) received.update(bytes)
  if (sent.digest('hex') !== received.digest('hex')) throw new Error('the bytes downloaded are not the bytes uploaded')
}

/** A multipart upload that is made as it is sent. */
function upload(doors: Doors, n: number, size: number, hash: ReturnType<typeof createHash>): Promise<void> {
  const boundary = 'lienthong-bench-boundary'
  const part = (headers: string): string => `--${boundary}\r\n${headers}\r\n\r\n`
  const block = Buffer.alloc(64 * 1024, 'Liên thông văn bản điện tử. ')
  const body = function* (): Generator<Buffer> {
    yield Buffer.from(
      `${part('Content-Disposition: form-data; name="document"\r\nContent-Type: application/json')}${JSON.stringify(benchLetter(n))}\r\n`,
    )
    yield Buffer.from(
      part('Content-Disposition: form-data; name="file1"; filename="lon.pdf"\r\nContent-Type: application/pdf'),
    )
    for (let left = size, i = 0; left > 0; left -= block.length, i++) {
      const bytes = Buffer.from(block.subarray(0, Math.min(left, block.length)))
      bytes.writeUInt32LE(i, 0)
      hash.update(bytes)
      yield bytes
    }
    yield Buffer.from(`\r\n--${boundary}--\r\n`)
  }
  return new Promise((resolve, reject) => {
    const url = new URL('/v1/documents', doors.senderUrl)
    const headers = {
      authorization: `Bearer ${doors.senderKey}`,
      'idempotency-key': `bench-memory-${n}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    }
    const sending = request(url, { method: 'POST', headers }, (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 202 ? resolve() : reject(new Error(`submit: ${response.statusCode}`)),
      )
    })
    sending.on('error', reject)
    Readable.from(body()).pipe(sending)
  })
}

async function pickUp(doors: Doors): Promise<string> {
  for (;;) {
    const response = await fetch(`${doors.recipientUrl}/v1/inbox/leases`, {
      method: 'POST',
      headers: { authorization: `Bearer ${doors.recipientKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ max: 1 }),
    })
    const { items } = (await response.json()) as { items: { id: string }[] }
    const [first] = items
    if (first !== undefined) return first.id
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
