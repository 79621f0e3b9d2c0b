import { limits } from '../../base/index.ts'
import type { AgencyCode, EnvelopeId, Lane } from '../../message/index.ts'
import type { EventType } from '../events.ts'
import { takeTurn } from '../sequence.ts'
import type { Sql, Store } from '../sql.ts'
import { addDocuments } from './words.ts'

type Count = 'submitted' | 'sent' | 'received' | 'failed' | 'arrived' | 'refused' | 'confirmed'

const COUNTS: Partial<Record<EventType, Count>> = {
  'document-accepted': 'submitted',
  'document-sent': 'sent',
  'receipt-verified': 'received',
  'late-receipt': 'received',
  'document-rejected': 'failed',
  'document-expired': 'failed',
  'document-held': 'failed',
  'document-arrived': 'arrived',
  'package-refused': 'refused',
  'package-quarantined': 'refused',
  'document-confirmed': 'confirmed',
}

const SENT: ReadonlySet<EventType> = new Set(['document-sent', 'document-sent-again', 'receipt-queried'])
const HEARD: ReadonlySet<EventType> = new Set([
  'receipt-verified',
  'late-receipt',
  'document-rejected',
  'document-verified',
  'repeat-answered',
  'status-received',
])

interface Row {
  readonly seq: number
  readonly type: EventType
  readonly agency: AgencyCode
  readonly counterpart: AgencyCode | null
  readonly at: number
  readonly envelope: EnvelopeId | null
  readonly lane: Lane | null
  readonly form: string | null
  readonly search: string | null
}

/**
 * Follows the numbered events for the console: words of new documents, traffic by the hour, last contacts. Each event is
 * counted once, because the place reached is committed with what was counted. One process at a time.
 * @returns how many were read: `limits.followRows` at most, and then there may be more.
 */
export function followEvents(store: Store, holder: string): Promise<number> {
  return store.transact(async (tx) => {
    if (!(await takeTurn(tx, 'follow-events', holder, store))) return 0
    const reader = await tx.get<{ seq: number }>(`SELECT seq FROM event_reader WHERE name = 'desk'`)
    const rows = await tx.all<Row>(
      `SELECT v.seq, v.type, v.agency, v.counterpart, v.at, v.envelope, e.lane, e.form,
         CASE WHEN v.type IN ('document-accepted', 'document-arrived') THEN e.search ELSE NULL END AS search
       FROM event v LEFT JOIN envelope e ON e.id = v.envelope WHERE v.seq > ? ORDER BY v.seq LIMIT ?`,
      [reader?.seq ?? 0, limits.followRows],
    )
    const last = rows.at(-1)
    if (last === undefined) return 0
    await addDocuments(
      tx,
      rows.flatMap(({ envelope, search }) => (envelope === null || search === null ? [] : [{ envelope, search }])),
    )
    await countTraffic(tx, rows)
    await noteContacts(tx, rows)
    await tx.run(
      `INSERT INTO event_reader (name, seq) VALUES ('desk', ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq`,
      [last.seq],
    )
    return rows.length
  })
}

const HOUR_MS = 60 * 60 * 1000

async function countTraffic(tx: Sql, rows: readonly Row[]): Promise<void> {
  const cells = new Map<string, { key: [number, string, string, string]; counts: Record<Count, number> }>()
  for (const row of rows) {
    const count = COUNTS[row.type]
    if (count === undefined || (row.form !== null && row.form !== 'document')) continue
    const key: [number, string, string, string] = [
      Math.floor(row.at / HOUR_MS) * HOUR_MS,
      row.agency,
      row.counterpart ?? '',
      row.lane ?? 'ordinary',
    ]
    const none = { submitted: 0, sent: 0, received: 0, failed: 0, arrived: 0, refused: 0, confirmed: 0 }
    const cell = cells.get(key.join()) ?? { key, counts: none }
    cell.counts[count]++
    cells.set(key.join(), cell)
  }
  await Promise.all(
    [...cells.values()].map(({ key, counts: { submitted, sent, received, failed, arrived, refused, confirmed } }) =>
      tx.run(
        `INSERT INTO traffic (hour, agency, counterpart, lane, submitted, sent, received, failed, arrived, refused, confirmed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (hour, agency, counterpart, lane) DO UPDATE SET submitted = traffic.submitted + excluded.submitted,
           sent = traffic.sent + excluded.sent, received = traffic.received + excluded.received,
           failed = traffic.failed + excluded.failed, arrived = traffic.arrived + excluded.arrived,
           refused = traffic.refused + excluded.refused,
           confirmed = traffic.confirmed + excluded.confirmed`,
        [...key, submitted, sent, received, failed, arrived, refused, confirmed],
      ),
    ),
  )
}

async function noteContacts(tx: Sql, rows: readonly Row[]): Promise<void> {
  const last = new Map<AgencyCode, { sent?: number; heard?: number }>()
  for (const { type, counterpart, at } of rows) {
    if (counterpart === null) continue
    const noted = last.get(counterpart) ?? {}
    if (SENT.has(type)) noted.sent = at
    if (HEARD.has(type)) noted.heard = at
    if (SENT.has(type) || HEARD.has(type)) last.set(counterpart, noted)
  }
  await Promise.all(
    [...last].map(([agency, { sent, heard }]) =>
      tx.run(
        `INSERT INTO contact (agency, sent_at, heard_at) VALUES (?, ?, ?)
         ON CONFLICT (agency) DO UPDATE SET sent_at = COALESCE(excluded.sent_at, contact.sent_at),
           heard_at = COALESCE(excluded.heard_at, contact.heard_at)`,
        [agency, sent ?? null, heard ?? null],
      ),
    ),
  )
}
