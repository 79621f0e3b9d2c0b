import type { AgencyCode, EnvelopeId, Lane, TransportState } from '../../message/index.ts'
import type { DeliveryKind } from '../deliveries.ts'
import { marks } from '../marks.ts'
import type { Sql, SqlValue } from '../sql.ts'

/** A delivery with all that an operator may ask about it. */
export interface DeliveryDetail {
  readonly id: string
  readonly envelope: EnvelopeId
  readonly owner: AgencyCode
  readonly recipient: AgencyCode
  readonly kind: DeliveryKind
  readonly lane: Lane
  readonly state: TransportState
  readonly attempt: number
  readonly nextAttemptAt: number | null
  readonly deadlineAt: number
  readonly lastError: string | null
  readonly lastMessage: string | null
  readonly acceptedAt: number
  readonly sentAt: number | null
  readonly endedAt: number | null
  readonly receipt: EnvelopeId | null
}

const DELIVERY = `id, envelope, owner, recipient, kind, lane, state, attempt, next_attempt_at AS "nextAttemptAt", deadline_at AS "deadlineAt",
  last_error AS "lastError", last_message AS "lastMessage", accepted_at AS "acceptedAt", sent_at AS "sentAt", ended_at AS "endedAt", receipt`

/** The deliveries of these envelopes, in the order of their recipients. */
export function deliveriesOf(sql: Sql, envelopes: readonly EnvelopeId[]): Promise<DeliveryDetail[]> {
  return sql.all<DeliveryDetail>(
    `SELECT ${DELIVERY} FROM delivery WHERE envelope IN (${marks(envelopes)}) ORDER BY envelope, recipient`,
    envelopes,
  )
}

/** The deliveries with these ids. */
export function deliveriesById(sql: Sql, ids: readonly string[]): Promise<DeliveryDetail[]> {
  return sql.all<DeliveryDetail>(`SELECT ${DELIVERY} FROM delivery WHERE id IN (${marks(ids)})`, ids)
}

export interface AttemptRow {
  readonly delivery: string
  readonly n: number
  readonly at: number
  readonly error: string | null
  readonly message: string | null
}

/** The last attempts of a delivery, oldest first. */
export async function attemptsOf(sql: Sql, delivery: string, limit: number): Promise<AttemptRow[]> {
  const rows = await sql.all<AttemptRow>(
    'SELECT delivery, n, at, error, message FROM attempt WHERE delivery = ? ORDER BY n DESC LIMIT ?',
    [delivery, limit],
  )
  return rows.reverse()
}

/** The states of incoming documents. */
export function inboxStates(
  sql: Sql,
  envelopes: readonly EnvelopeId[],
): Promise<{ envelope: EnvelopeId; state: string }[]> {
  return sql.all(`SELECT envelope, state FROM inbox WHERE envelope IN (${marks(envelopes)})`, envelopes)
}

/** Number, symbol and subject of these documents. */
export function titlesOf(
  sql: Sql,
  envelopes: readonly EnvelopeId[],
): Promise<{ id: EnvelopeId; codeNumber: string | null; codeNotation: string | null; subject: string | null }[]> {
  return sql.all(
    `SELECT id, code_number AS "codeNumber", code_notation AS "codeNotation", subject FROM envelope WHERE id IN (${marks(envelopes)})`,
    envelopes,
  )
}

export interface AuditRowView {
  readonly id: string
  readonly seq: number | null
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly detail: string | null
  readonly hash: string | null
}

export interface AuditFilter {
  readonly actor?: string
  readonly action?: string
  readonly subject?: string
  readonly from?: Date
  readonly to?: Date
}

/**
 * The audit, newest first. Looks at a window of rows, however few of them fit: `next` goes on after it.
 * @param page.window How many rows are looked at.
 */
export async function auditPage(
  sql: Sql,
  filter: AuditFilter,
  page: { readonly before?: string; readonly limit: number; readonly window: number },
): Promise<{ items: AuditRowView[]; next?: string }> {
  const conditions: string[] = []
  const params: SqlValue[] = []
  for (const field of ['actor', 'action', 'subject'] as const) {
    const value = filter[field]
    if (value === undefined) continue
    conditions.push(`${field} = ?`)
    params.push(value)
  }
  if (filter.from !== undefined) {
    conditions.push('at >= ?')
    params.push(filter.from.getTime())
  }
  if (filter.to !== undefined) {
    conditions.push('at < ?')
    params.push(filter.to.getTime())
  }
  const before = page.before ?? 'z'
  const rows = await sql.all<AuditRowView>(
    `SELECT id, seq, at, actor, action, subject, detail, hash FROM
       (SELECT id, seq, at, actor, action, subject, detail, hash FROM audit WHERE id < ? ORDER BY id DESC LIMIT ${page.window}) AS newest
     ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY id DESC LIMIT ?`,
    [before, ...params, page.limit + 1],
  )
  const items = rows.slice(0, page.limit)
  const last = items.at(-1)
  if (rows.length > page.limit && last !== undefined) return { items, next: last.id }
  const end = await sql.get<{ id: string }>(
    `SELECT id FROM audit WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ${page.window - 1}`,
    [before],
  )
  return end === undefined ? { items } : { items, next: end.id }
}
