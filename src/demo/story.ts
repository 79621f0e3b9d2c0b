import { createHash } from 'node:crypto'
import { GatewayError, systemClock } from '../base/index.ts'
import { files, submission } from './documents.ts'
import type { Narrator, TimelineEvent } from './narrator.ts'
import { RestClient } from './rest-client.ts'
import { within } from './within.ts'
import type { World } from './world.ts'

/** What the story leaves behind: ids on both sides. */
export interface Exchanged {
  /** Of the document, in G02's gateway. */
  readonly sent: string
  /** Of the same document, in G22's gateway. */
  readonly arrived: string
  /** Of the signed receipt 01. */
  readonly receipt: string
  /** Of the status packages, by code, in G02's gateway. */
  readonly statuses: ReadonlyMap<string, string>
}

/** What a person waits for before it counts as failed. */
const STEP_MS = 30_000

interface DocumentView {
  readonly id: string
  readonly inbox?: { readonly state: string }
  readonly deliveries: readonly {
    readonly state: string
    readonly receipt?: string
    readonly processingStatus?: string
    readonly lastMessage?: string
  }[]
  readonly attachments: readonly {
    readonly n: number
    readonly name: string
    readonly sha256: string
    readonly octets: number
  }[]
  readonly statuses: readonly { readonly id: string; readonly code: string }[]
  readonly timeline: readonly TimelineEvent[]
}

/**
 * One document from the Ministry to the Government Office, its receipt, and what became of it; each system speaks to
 * its own gateway by REST and sees nothing else.
 * @throws {GatewayError} the first step that failed, or took longer than it may
 */
export async function tellStory(world: World, narrator: Narrator, stop: AbortSignal): Promise<Exchanged> {
  const imoit = new RestClient(world.ministry.gateway.url, world.ministry.apiKey, stop)
  const office = new RestClient(world.office.gateway.url, world.office.apiKey, stop)

  narrator.chapter(
    '1. iMOIT giao văn bản cho gateway của Bộ Công Thương',
    'iMOIT hands the document to the gateway of the Ministry',
  )
  for (const { name, content } of files)
    narrator.line(
      systemClock.now(),
      'iMOIT',
      `gửi ${name}`,
      `${content.length} octets, sha256 ${sha256(content).slice(0, 16)}…`,
    )
  const { id } = await within(STEP_MS, 'the document was not accepted', stop, () =>
    imoit.submit<{ id: string }>('imoit-7421-BCT-KHTC', submission()),
  )
  const follow = () => imoit.get<DocumentView>(`/v1/documents/${id}`)

  narrator.chapter(
    '2. Gói tin đi qua trục, biên nhận đã ký trở về',
    'The package crosses the axis, the signed receipt comes back',
  )
  const lease = await until('the document did not arrive', stop, async () => {
    narrator.timeline('G02', (await follow()).timeline)
    return (await office.post<{ items: { id: string; token: string }[] }>('/v1/inbox/leases', { max: 1 })).items[0]
  })
  const arrived = () => office.get<DocumentView>(`/v1/inbox/${lease.id}`)
  narrator.timeline('G22', (await arrived()).timeline)
  const receipt = await until('the receipt did not come', stop, async () => {
    const { timeline, deliveries } = await follow()
    narrator.timeline('G02', timeline)
    const [delivery] = deliveries
    if (delivery?.state === 'rejected')
      throw new GatewayError('refused-by-recipient', `G22 refused the document: ${delivery.lastMessage}`)
    return delivery?.state === 'received' ? delivery.receipt : undefined
  })

  narrator.chapter(
    '3. Hệ thống của Văn phòng Chính phủ lấy văn bản',
    'The system of the Government Office fetches the document',
  )
  for (const { n, name, sha256: told } of (await arrived()).attachments) {
    const content = await within(STEP_MS, `${name} was not downloaded`, stop, () =>
      office.download(`/v1/inbox/${lease.id}/attachments/${n}`),
    )
    requireSame(name, content, told)
    narrator.line(
      systemClock.now(),
      'VPCP',
      `tải ${name}`,
      `${content.length} octets, the SHA-256 that iMOIT handed over`,
    )
  }
  await office.post(`/v1/inbox/${lease.id}/confirm`, { token: lease.token })
  narrator.timeline('G22', (await arrived()).timeline)

  narrator.chapter('4. Văn phòng Chính phủ xử lý và báo trạng thái', 'The Government Office works on it and reports')
  const statuses = new Map<string, string>()
  for (const [code, description] of reports) {
    await within(STEP_MS, `the status ${code} was not accepted`, stop, () =>
      office.post(`/v1/inbox/${lease.id}/statuses`, { code, description, staffInfo }),
    )
    narrator.timeline('G22', (await arrived()).timeline)
    const told = await until(`the status ${code} did not reach the Ministry`, stop, async () => {
      const { timeline, deliveries, statuses: all } = await follow()
      narrator.timeline('G02', timeline)
      return deliveries[0]?.processingStatus === code ? all.find((status) => status.code === code)?.id : undefined
    })
    statuses.set(code, told)
  }
  requireEnd(await follow(), await arrived())
  return { sent: id, arrived: lease.id, receipt, statuses }
}

const reports = [
  ['03', 'Đã vào sổ văn bản đến, số đến 5218'],
  ['05', 'Vụ Tổng hợp đang xử lý'],
  ['06', 'Đã hoàn thành, có văn bản trả lời'],
] as const

const staffInfo = { department: 'Vụ Hành chính', staff: 'Lê Văn Cường', email: 'vanthu@vpcp.example' }

const POLL_MS = 50

/** Asks until there is an answer. */
function until<T>(failure: string, stop: AbortSignal, ask: () => Promise<T | undefined>): Promise<T> {
  return within(STEP_MS, failure, stop, async (signal) => {
    for (;;) {
      const answer = await ask()
      if (answer !== undefined) return answer
      await systemClock.wait(POLL_MS, signal)
      signal.throwIfAborted()
    }
  })
}

/** Promise 3: the bytes that are downloaded are those that were uploaded. */
function requireSame(name: string, content: Buffer, told: string): void {
  const uploaded = files.find((file) => file.name === name)
  const same = uploaded !== undefined && sha256(uploaded.content) === sha256(content) && told === sha256(content)
  if (!same) throw new GatewayError('digest-mismatch', `${name} is not what iMOIT handed over`)
}

function requireEnd(sent: DocumentView, arrived: DocumentView): void {
  const [delivery] = sent.deliveries
  const ends = [
    delivery?.state === 'received',
    delivery?.processingStatus === '06',
    arrived.inbox?.state === 'confirmed',
    arrived.attachments.length === files.length,
  ]
  if (ends.includes(false))
    throw new GatewayError(
      'internal',
      `the end is not what it should be: ${delivery?.state}, ${delivery?.processingStatus}, ${arrived.inbox?.state}`,
    )
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
