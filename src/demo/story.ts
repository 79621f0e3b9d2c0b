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
  const story = new Story(world, narrator, stop)
  const sent = await story.handOver()
  const { arrived, receipt } = await story.travel(sent)
  await story.fetch(sent, arrived)
  const statuses = await story.report(sent, arrived)
  await story.requireEnd(sent, arrived)
  return { sent, arrived, receipt, statuses }
}

const reports = [
  ['03', 'Đã vào sổ văn bản đến, số đến 5218'],
  ['05', 'Vụ Tổng hợp đang xử lý'],
  ['06', 'Đã hoàn thành, có văn bản trả lời'],
] as const

const staffInfo = { department: 'Vụ Hành chính', staff: 'Lê Văn Cường', email: 'vanthu@vpcp.example' }

const POLL_MS = 50

class Story {
  readonly #imoit: RestClient
  readonly #office: RestClient
  readonly #narrator: Narrator
  readonly #stop: AbortSignal

  constructor({ ministry, office }: World, narrator: Narrator, stop: AbortSignal) {
    this.#imoit = new RestClient(ministry.gateway.url, ministry.apiKey, stop)
    this.#office = new RestClient(office.gateway.url, office.apiKey, stop)
    this.#narrator = narrator
    this.#stop = stop
  }

  async handOver(): Promise<string> {
    this.#narrator.chapter(
      '1. iMOIT giao văn bản cho gateway của Bộ Công Thương',
      'iMOIT hands the document to the gateway of the Ministry',
    )
    for (const { name, content } of files)
      this.#tell('iMOIT', `gửi ${name}`, `${content.length} octets, sha256 ${sha256(content).slice(0, 16)}…`)
    const accepted = await this.#within('the document was not accepted', () =>
      this.#imoit.submit<{ id: string }>('imoit-7421-BCT-KHTC', submission()),
    )
    return accepted.id
  }

  async travel(sent: string): Promise<{ arrived: string; receipt: string }> {
    this.#narrator.chapter(
      '2. Gói tin đi qua trục, biên nhận đã ký trở về',
      'The package crosses the axis, the signed receipt comes back',
    )
    return this.#until('the receipt did not come', async () => {
      const [entry] = (await this.#office.get<{ items: { id: string }[] }>('/v1/inbox')).items
      const { deliveries } = await this.#follow(sent, entry?.id)
      const [delivery] = deliveries
      if (delivery?.state === 'rejected')
        throw new GatewayError('refused-by-recipient', `G22 refused the document: ${delivery.lastMessage}`)
      const receipt = delivery?.state === 'received' ? delivery.receipt : undefined
      return entry === undefined || receipt === undefined ? undefined : { arrived: entry.id, receipt }
    })
  }

  async fetch(sent: string, arrived: string): Promise<void> {
    this.#narrator.chapter(
      '3. Hệ thống của Văn phòng Chính phủ lấy văn bản',
      'The system of the Government Office fetches the document',
    )
    const leases = await this.#office.post<{ items: { id: string; token: string }[] }>('/v1/inbox/leases', { max: 1 })
    const lease = leases.items.find(({ id }) => id === arrived)
    if (lease === undefined) throw new GatewayError('not-found', 'the inbox did not give out the document')
    await this.#follow(sent, arrived)
    for (const { n, name, sha256: told } of (await this.#arrived(arrived)).attachments) {
      const content = await this.#within(`${name} was not downloaded`, () =>
        this.#office.download(`/v1/inbox/${arrived}/attachments/${n}`),
      )
      requireSame(name, content, told)
      this.#tell('VPCP', `tải ${name}`, `${content.length} octets, the SHA-256 that iMOIT handed over`)
    }
    await this.#office.post(`/v1/inbox/${arrived}/confirm`, { token: lease.token })
    await this.#follow(sent, arrived)
  }

  /** @returns the ids of the status packages, by code, in G02's gateway */
  async report(sent: string, arrived: string): Promise<Map<string, string>> {
    this.#narrator.chapter(
      '4. Văn phòng Chính phủ xử lý và báo trạng thái',
      'The Government Office works on it and reports',
    )
    const packages = new Map<string, string>()
    for (const [code, description] of reports) {
      await this.#within(`the status ${code} was not accepted`, () =>
        this.#office.post(`/v1/inbox/${arrived}/statuses`, { code, description, staffInfo }),
      )
      const told = await this.#until(`the status ${code} did not reach the Ministry`, async () => {
        const { deliveries, statuses } = await this.#follow(sent, arrived)
        return deliveries[0]?.processingStatus === code
          ? statuses.find((status) => status.code === code)?.id
          : undefined
      })
      packages.set(code, told)
    }
    return packages
  }

  async requireEnd(sent: string, arrived: string): Promise<void> {
    const [{ deliveries }, { inbox, attachments }] = [await this.#follow(sent, arrived), await this.#arrived(arrived)]
    const end = [deliveries[0]?.state, deliveries[0]?.processingStatus, inbox?.state, attachments.length].join(', ')
    const right = ['received', '06', 'confirmed', files.length].join(', ')
    if (end !== right) throw new GatewayError('internal', `the end is "${end}"; "${right}" is right`)
  }

  /** Tells what is new on both sides. @returns the document as its sender sees it */
  async #follow(sent: string, arrived: string | undefined): Promise<DocumentView> {
    const there = arrived === undefined ? undefined : await this.#arrived(arrived)
    const here = await this.#imoit.get<DocumentView>(`/v1/documents/${sent}`)
    this.#narrator.timelines({ G02: here.timeline, G22: there?.timeline ?? [] })
    return here
  }

  #arrived(id: string): Promise<DocumentView> {
    return this.#office.get<DocumentView>(`/v1/inbox/${id}`)
  }

  #tell(who: string, vi: string, en: string): void {
    this.#narrator.line(systemClock.now(), who, vi, en)
  }

  #within<T>(failure: string, work: () => Promise<T>): Promise<T> {
    return within(STEP_MS, failure, this.#stop, work)
  }

  /** Asks until there is an answer. */
  #until<T>(failure: string, ask: () => Promise<T | undefined>): Promise<T> {
    return within(STEP_MS, failure, this.#stop, async (signal) => {
      for (;;) {
        const answer = await ask()
        if (answer !== undefined) return answer
        await systemClock.wait(POLL_MS, signal)
        signal.throwIfAborted()
      }
    })
  }
}

/** Promise 3: the bytes that are downloaded are those that were uploaded. */
function requireSame(name: string, content: Buffer, told: string): void {
  const uploaded = files.find((file) => file.name === name)
  const same = uploaded !== undefined && sha256(uploaded.content) === sha256(content) && told === sha256(content)
  if (!same) throw new GatewayError('digest-mismatch', `${name} is not what iMOIT handed over`)
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
