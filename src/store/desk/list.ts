import { idsFrom, limits } from '../../base/index.ts'
import type { AgencyCode, EnvelopeId, Lane, TransportState } from '../../message/index.ts'
import type { Direction } from '../envelopes.ts'
import type { InboxState } from '../inbox.ts'
import { marks } from '../marks.ts'
import { folded } from '../search-text.ts'
import type { Sql, SqlValue } from '../sql.ts'
import { find } from './words.ts'

/** What a page of documents is asked for. Conditions that are given must all hold. */
export interface ListQuery {
  readonly owners: readonly AgencyCode[]
  readonly direction: Direction
  readonly text?: string
  readonly counterpart?: AgencyCode
  /** Of any delivery, or of the one to the counterpart (out); of the inbox (in). */
  readonly states?: readonly (TransportState | InboxState)[]
  readonly lane?: Lane
  readonly from?: Date
  readonly to?: Date
}

export interface ListedDocument {
  readonly id: EnvelopeId
  readonly owner: AgencyCode
  readonly operation: string
  readonly sender: AgencyCode
  readonly documentId: string
  readonly codeNumber: string | null
  readonly codeNotation: string | null
  readonly subject: string | null
  readonly promulgationDate: string | null
  readonly lane: Lane
  readonly octets: number
  readonly storedAt: number
}

/** A document that may fit, and its place in the order of the list. */
interface Candidate {
  readonly id: EnvelopeId
  readonly key: string
}

/**
 * Newest first. What narrows most is read from an index, the rest is looked up; however rare what is asked for, one page
 * looks at a bounded number of documents. A page that ended by that bound has fewer items and a `next` to go on with.
 * @param page.count Also says how many there are; counting stops at a bound.
 */
export async function listDocuments(
  sql: Sql,
  query: ListQuery,
  page: { readonly after?: string; readonly limit: number; readonly count?: boolean },
): Promise<{ items: ListedDocument[]; next?: string; count?: { value: number; exact: boolean } }> {
  const items: { key: string; document: ListedDocument }[] = []
  let [looked, found] = [0, 0]
  let next: string | undefined
  let whole = true
  for await (const piece of candidates(sql, query, page.after, page.limit)) {
    const isFull = next !== undefined
    if (isFull) found += await countOf(sql, query, piece)
    else {
      const fits = new Map((await fitting(sql, query, piece)).map((document) => [document.id, document]))
      for (const { id, key } of piece) {
        const document = fits.get(id)
        if (document !== undefined) items.push({ key, document })
      }
      found = items.length
      if (items.length > page.limit) next = items[page.limit - 1]?.key
    }
    looked += piece.length
    if (looked >= limits.deskLooks) next ??= piece.at(-1)?.key
    if (next === undefined) continue
    whole = false
    if (page.count !== true || found > limits.deskCount || looked >= limits.deskCountLooks) break
    whole = true
  }
  const value = Math.min(found, limits.deskCount)
  return {
    items: items.slice(0, page.limit).map(({ document }) => document),
    ...(next === undefined ? {} : { next }),
    ...(page.count === true ? { count: { value, exact: whole && found <= limits.deskCount } } : {}),
  }
}

async function countOf(sql: Sql, query: ListQuery, piece: readonly Candidate[]): Promise<number> {
  const { where, params } = conditions(query, piece)
  return (await sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM envelope e WHERE ${where}`, params))?.n ?? 0
}

async function fitting(sql: Sql, query: ListQuery, piece: readonly Candidate[]): Promise<ListedDocument[]> {
  const { where, params } = conditions(query, piece)
  return sql.all<ListedDocument>(
    `SELECT e.id, e.owner, e.operation, e.sender, e.document_id AS "documentId", e.code_number AS "codeNumber",
       e.code_notation AS "codeNotation", e.subject, e.promulgation_date AS "promulgationDate", e.lane, e.octets, e.stored_at AS "storedAt"
     FROM envelope e WHERE ${where}`,
    params,
  )
}

function conditions(query: ListQuery, piece: readonly Candidate[]): { where: string; params: SqlValue[] } {
  const where = [
    `e.id IN (${marks(piece)})`,
    `e.form = 'document'`,
    `e.state = 'stored'`,
    'e.direction = ?',
    `e.owner IN (${marks(query.owners)})`,
  ]
  const params: SqlValue[] = [...piece.map(({ id }) => id), query.direction, ...query.owners]
  const add = (condition: string, ...values: SqlValue[]): void => {
    where.push(condition)
    params.push(...values)
  }
  const { counterpart, states, lane, from, to } = query
  if (counterpart !== undefined && query.direction === 'in') add('e.sender = ?', counterpart)
  if (query.direction === 'out' && (counterpart !== undefined || states !== undefined)) {
    const recipient = counterpart === undefined ? '' : 'AND d.recipient = ?'
    const state = states === undefined ? '' : `AND d.state IN (${marks(states)})`
    add(
      `EXISTS (SELECT 1 FROM delivery d WHERE d.envelope = e.id ${recipient} ${state})`,
      ...(counterpart === undefined ? [] : [counterpart]),
      ...(states ?? []),
    )
  }
  if (query.direction === 'in' && states !== undefined)
    add(`EXISTS (SELECT 1 FROM inbox d WHERE d.envelope = e.id AND d.state IN (${marks(states)}))`, ...states)
  if (lane !== undefined) add('e.lane = ?', lane)
  if (from !== undefined) add('e.stored_at >= ?', from.getTime())
  if (to !== undefined) add('e.stored_at < ?', to.getTime())
  if (query.text !== undefined && isNarrow(query))
    for (const word of folded(query.text)
      .split(/\s+/)
      .filter((part) => part !== '')
      .slice(0, 10))
      add(`e.search LIKE ? ESCAPE '\\'`, `%${word.replace(/[\\%_]/g, '\\$&')}%`)
  return { where: where.join(' AND '), params }
}

/** Few documents are in such a state: words are then looked for in those alone. */
function isNarrow({ direction, states }: ListQuery): boolean {
  return states !== undefined && !states.includes(direction === 'out' ? 'received' : 'confirmed')
}

/** What may fit, newest first, in pieces that grow. */
async function* candidates(
  sql: Sql,
  query: ListQuery,
  after: string | undefined,
  limit: number,
): AsyncGenerator<readonly Candidate[]> {
  if (query.text !== undefined && !isNarrow(query)) {
    for await (const piece of find(sql, query.text, after === undefined ? undefined : Number(after)))
      yield piece.map(({ n, envelope }) => ({ id: envelope, key: String(n) }))
    return
  }
  const source = sourceOf(query)
  // Ids begin with the time; what took a day to upload is older than its storing.
  const oldest = query.from === undefined ? '' : idsFrom(new Date(query.from.getTime() - limits.stageLifetimeMs))
  let before = after ?? (query.to === undefined ? 'z' : idsFrom(query.to))
  for (let size = limit + 1; ; size = Math.min(size * 4, 2_000)) {
    const rows = await sql.all<{ id: EnvelopeId }>(
      `SELECT DISTINCT ${source.column} AS id FROM ${source.from} AND ${source.column} < ? AND ${source.column} >= ?
       ORDER BY ${source.column} DESC LIMIT ?`,
      [...source.params, before, oldest, size],
    )
    if (rows.length > 0) yield rows.map(({ id }) => ({ id, key: id }))
    const last = rows.at(-1)
    if (last === undefined || rows.length < size) return
    before = last.id
  }
}

/** The index that narrows most. */
function sourceOf(query: ListQuery): { from: string; column: string; params: SqlValue[] } {
  const { direction, states, counterpart } = query
  if (direction === 'out' && states !== undefined && isNarrow(query))
    return {
      from: `delivery WHERE kind = 'document' AND state <> 'received' AND state IN (${marks(states)})
        ${counterpart === undefined ? '' : 'AND recipient = ?'}`,
      column: 'envelope',
      params: [...states, ...(counterpart === undefined ? [] : [counterpart])],
    }
  if (direction === 'in' && states !== undefined && isNarrow(query))
    return {
      from: `inbox WHERE state <> 'confirmed' AND state IN (${marks(states)})`,
      column: 'envelope',
      params: [...states],
    }
  if (counterpart !== undefined)
    return direction === 'out'
      ? { from: `delivery WHERE kind = 'document' AND recipient = ?`, column: 'envelope', params: [counterpart] }
      : {
          from: `envelope WHERE form = 'document' AND direction = 'in' AND sender = ?`,
          column: 'id',
          params: [counterpart],
        }
  return { from: `envelope WHERE form = 'document' AND direction = ?`, column: 'id', params: [direction] }
}
