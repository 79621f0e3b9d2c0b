import { edxmlTimestamp } from '../base/index.ts'
import type { Terminal } from '../cli/index.ts'
import { isProcessingStatus, processingStatuses } from '../message/index.ts'

/** One event of a timeline, as the API tells it. */
export interface TimelineEvent {
  readonly id: string
  readonly type: string
  readonly at: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Tells on the terminal what happens, when, to whom, in Vietnamese with English beside. */
export class Narrator {
  readonly #terminal: Terminal
  readonly #told = new Set<string>()

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** A chapter of the story. */
  chapter(vi: string, en: string): void {
    this.#terminal.out('')
    this.#terminal.out(`${vi} · ${en}`)
  }

  /** One line under a chapter. */
  line(at: Date, who: string, vi: string, en: string): void {
    this.#terminal.out(
      `  ${edxmlTimestamp(at).slice(11)}.${String(at.getUTCMilliseconds()).padStart(3, '0')}  ${who.padEnd(6)}  ${vi.padEnd(64)}  ${en}`,
    )
  }

  plain(text = ''): void {
    this.#terminal.out(text)
  }

  /** The events of both timelines that were not told yet, in the order in which they happened. */
  timelines(byAgency: Readonly<Record<string, readonly TimelineEvent[]>>): void {
    const events = Object.entries(byAgency).flatMap(([agency, timeline]) =>
      timeline.map((event) => ({ agency, event, at: new Date(event.at) })),
    )
    const fresh = events
      .filter(({ event }) => !this.#told.has(event.id))
      .sort((a, b) => a.at.getTime() - b.at.getTime())
    for (const { agency, event, at } of fresh) {
      this.#told.add(event.id)
      this.line(at, agency, ...words(event))
    }
  }
}

type Words = readonly [vi: string, en: string]

function words({ type, data }: TimelineEvent): Words {
  if (type === 'status-received' || type === 'status-reported') {
    return wordsOfStatus(type, typeof data['code'] === 'string' ? data['code'] : '?')
  }
  return Object.hasOwn(told, type) ? (told[type] ?? [type, type]) : [type, type]
}

const told: Readonly<Record<string, Words>> = {
  'document-accepted': ['đã nhận gửi: gói tin đã ký và lưu bền', 'accepted: signed and durable in the outbox'],
  'document-sent': ['đã gửi: trục đã xác nhận từng phần', 'sent: the axis confirmed every part'],
  'document-sent-again': ['gửi lại vì chưa có biên nhận', 'sent again, no receipt yet'],
  'attempt-failed': ['lần gửi chưa thành công, sẽ thử lại', 'an attempt failed and will be repeated'],
  'document-verified': ['đã kiểm chứng chữ ký, chứng thư số và bên gửi', 'verified: signature, certificate and sender'],
  'document-arrived': ['01 đã đến: lưu cùng biên nhận đã ký', '01 arrived: stored together with its signed receipt'],
  'receipt-verified': [
    'đã nhận biên nhận 01 hợp lệ, khớp từng byte đã gửi',
    'received: the signed receipt 01 names these very bytes',
  ],
  'document-fetched': ['hệ thống của bên nhận đang lấy văn bản', 'the recipient’s system leased the document'],
  'document-confirmed': ['hệ thống của bên nhận đã lưu văn bản', 'fetched: the recipient’s system has stored it'],
}

function wordsOfStatus(type: string, code: string): Words {
  const name = isProcessingStatus(code) ? processingStatuses[code] : { vi: code, en: code }
  return type === 'status-reported'
    ? [`báo trạng thái ${code} ${name.vi}`, `reports ${code} ${name.en}`]
    : [`nhận trạng thái ${code} ${name.vi}, chữ ký hợp lệ`, `learns, under a signature: ${code} ${name.en}`]
}
