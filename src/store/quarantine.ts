import type { FailureCode, Ids } from '../base/index.ts'
import type { AgencyCode, EnvelopeId, Lane } from '../message/index.ts'
import * as events from './events.ts'
import { marks } from './marks.ts'
import type { Sql, SqlValue } from './sql.ts'

/** What a package said of itself when it came, or one part of one: with its bytes all that is needed to judge it again. */
export type QuarantineClaim =
  | {
      readonly kind: 'package'
      readonly type: 'edoc' | 'status' | 'directory'
      readonly lane: Lane
      readonly parts: number
      /** Arrival of its first part, milliseconds. */
      readonly firstAt: number
    }
  | {
      readonly kind: 'part'
      readonly type: string
      readonly lane: Lane
      readonly contentType: string
      /** As the message said, milliseconds. */
      readonly timestamp: number
    }

/** What cannot be attributed, or failed verification: kept and visible, believed by nobody. */
export interface NewQuarantined {
  readonly at: Date
  /** The local agency it was sent to. */
  readonly agency: AgencyCode
  readonly brokerUser?: string
  readonly messageId?: string
  /** The next three are claims of the headers. */
  readonly sender?: AgencyCode
  readonly documentId?: string
  readonly sha256?: string
  readonly code: FailureCode
  readonly message: string
  /** Fingerprint of the signing certificate, where the package went so far that it was found. */
  readonly certificate?: string
  readonly headers: Readonly<Record<string, unknown>>
  /** At most one chunk; absent when the law wants the bytes destroyed. */
  readonly bytes?: Uint8Array
  /** How much arrived. */
  readonly octets: number
  /** Absent where not all was kept that a second judgement needs. */
  readonly claim?: QuarantineClaim
  /** Under this id every part of the package stays in `content`. */
  readonly content?: EnvelopeId
  /** How the timeline of the agency tells it; a counterpart only where the broker said who it was. */
  readonly told?: {
    readonly type: 'package-refused' | 'package-quarantined' | 'stage-expired'
    readonly counterpart?: AgencyCode
  }
}

/** Keeps it, and tells it in the timeline of the agency. @returns its id */
export async function add(tx: Sql, ids: Ids, item: NewQuarantined): Promise<string> {
  const id = ids.next()
  await tx.run(
    `INSERT INTO quarantine (id, at, agency, broker_user, message_id, sender, document_id, sha256, code, message, headers, bytes, octets,
       kind, claim, content, certificate)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      item.at.getTime(),
      item.agency,
      item.brokerUser ?? null,
      item.messageId ?? null,
      item.sender ?? null,
      item.documentId ?? null,
      item.sha256 ?? null,
      item.code,
      item.message,
      JSON.stringify(item.headers),
      item.bytes ?? null,
      item.octets,
      item.claim?.kind ?? null,
      item.claim === undefined ? null : JSON.stringify(item.claim),
      item.content ?? null,
      item.certificate ?? null,
    ],
  )
  const { agency, at, code, told = { type: 'package-quarantined' } } = item
  await events.add(tx, ids, { ...told, agency, at, data: { code, quarantine: id } })
  return id
}

/** `redriven`: it was judged again and taken; what is judged again and not taken is `kept` as before. */
export type QuarantineState = 'kept' | 'redriving' | 'redriven' | 'discarded'

export interface QuarantineRecord {
  readonly id: string
  readonly at: Date
  readonly agency: AgencyCode
  readonly state: QuarantineState
  readonly brokerUser?: string
  readonly messageId?: string
  readonly sender?: AgencyCode
  readonly documentId?: string
  readonly sha256?: string
  readonly code: FailureCode
  readonly message: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly octets: number
  readonly claim?: QuarantineClaim
  readonly content?: EnvelopeId
  /** How often it was judged again. */
  readonly redrives: number
  readonly changedAt?: Date
}

interface QuarantineRow {
  id: string
  at: number
  agency: AgencyCode
  state: QuarantineState
  broker_user: string | null
  message_id: string | null
  sender: AgencyCode | null
  document_id: string | null
  sha256: string | null
  code: FailureCode
  message: string
  headers: string
  octets: number
  claim: string | null
  content: EnvelopeId | null
  redrives: number
  changed_at: number | null
}

const COLUMNS =
  'id, at, agency, state, broker_user, message_id, sender, document_id, sha256, code, message, headers, octets, claim, content, redrives, changed_at'

/** Each condition that is given must hold. */
export interface QuarantineConditions {
  readonly ids?: readonly string[]
  readonly agencies?: readonly AgencyCode[]
  readonly state?: QuarantineState
  readonly code?: string
  /** The agency that the headers name as sender: a claim, and no more. */
  readonly sender?: AgencyCode
  readonly brokerUser?: string
  readonly keptFrom?: Date
}

/** In the order of their ids, which is the order in which they came; each stays as it is until the unit has ended. */
export async function select(
  sql: Sql,
  conditions: QuarantineConditions,
  page: { after?: string; until?: string; limit: number },
): Promise<QuarantineRecord[]> {
  const { where, params } = conditionsOf(conditions)
  if (page.after !== undefined) {
    where.push('id > ?')
    params.push(page.after)
  }
  if (page.until !== undefined) {
    where.push('id <= ?')
    params.push(page.until)
  }
  const rows = await sql.all<QuarantineRow>(
    `SELECT ${COLUMNS} FROM quarantine WHERE ${where.join(' AND ')} ORDER BY id LIMIT ? {{forUpdate}}`,
    [...params, page.limit],
  )
  return rows.map(record)
}

/** How many there are, and the last of them. */
export async function measure(sql: Sql, conditions: QuarantineConditions): Promise<{ count: number; last: string }> {
  const { where, params } = conditionsOf(conditions)
  const row = await sql.get<{ count: number; last: string | null }>(
    `SELECT COUNT(*) AS count, MAX(id) AS last FROM quarantine WHERE ${where.join(' AND ')}`,
    params,
  )
  return { count: row?.count ?? 0, last: row?.last ?? '' }
}

function conditionsOf(c: QuarantineConditions): { where: string[]; params: SqlValue[] } {
  const where = ['1 = 1']
  const params: SqlValue[] = []
  const add = (condition: string, ...values: SqlValue[]): void => {
    where.push(condition)
    params.push(...values)
  }
  if (c.ids !== undefined) add(`id IN (${marks(c.ids)})`, ...c.ids)
  if (c.agencies !== undefined) add(`agency IN (${marks(c.agencies)})`, ...c.agencies)
  if (c.state !== undefined) add('state = ?', c.state)
  if (c.code !== undefined) add('code = ?', c.code)
  if (c.sender !== undefined) add('sender = ?', c.sender)
  if (c.brokerUser !== undefined) add('broker_user = ?', c.brokerUser)
  if (c.keptFrom !== undefined) add('at >= ?', c.keptFrom.getTime())
  return { where, params }
}

/** The bytes of what is one part, or the head of a package. */
export async function bytesOf(sql: Sql, id: string): Promise<Uint8Array | undefined> {
  return (
    (await sql.get<{ bytes: Uint8Array | null }>('SELECT bytes FROM quarantine WHERE id = ?', [id]))?.bytes ?? undefined
  )
}

/** How much of this broker user's packages is kept whole. */
export async function keptOctets(sql: Sql, brokerUser: string): Promise<number> {
  const row = await sql.get<{ octets: number }>(
    'SELECT COALESCE(SUM(octets), 0) AS octets FROM quarantine WHERE broker_user = ? AND content IS NOT NULL',
    [brokerUser],
  )
  return row?.octets ?? 0
}

/** From `kept`: it is to be judged again. @returns false when it stands otherwise */
export async function askRedrive(tx: Sql, id: string, at: Date): Promise<boolean> {
  const text = `UPDATE quarantine SET state = 'redriving', changed_at = ? WHERE id = ? AND state = 'kept'`
  return (await tx.run(text, [at.getTime(), id])) === 1
}

const WAITS = `state = 'redriving' AND NOT EXISTS (SELECT 1 FROM stage WHERE stage.quarantined = quarantine.id)`

/** What is to be judged again and is not under way. */
export async function toRedrive(sql: Sql, limit: number): Promise<QuarantineRecord[]> {
  const rows = await sql.all<QuarantineRow>(`SELECT ${COLUMNS} FROM quarantine WHERE ${WAITS} ORDER BY id LIMIT ?`, [
    limit,
  ])
  return rows.map(record)
}

/** Whether it is still so, and stays so until the unit has ended. */
export async function waits(tx: Sql, id: string): Promise<boolean> {
  return (await tx.get(`SELECT 1 AS found FROM quarantine WHERE id = ? AND ${WAITS} {{forUpdate}}`, [id])) !== undefined
}

/** It was judged again and taken: its bytes belong to whom they belong now. Who comes to it second changes nothing. */
export async function settle(tx: Sql, id: string, at: Date): Promise<void> {
  await tx.run(
    `UPDATE quarantine SET state = 'redriven', redrives = redrives + 1, content = NULL, bytes = NULL, changed_at = ? WHERE id = ? AND state = 'redriving'`,
    [at.getTime(), id],
  )
}

/** It was judged again and not taken: it stays, with the newest reason. */
export async function keepAgain(
  tx: Sql,
  id: string,
  failure: { code: FailureCode; message: string; certificate?: string; at: Date; destroyed: boolean },
): Promise<void> {
  const bytes = failure.destroyed ? ', bytes = NULL, content = NULL, claim = NULL, kind = NULL' : ''
  await tx.run(
    `UPDATE quarantine SET state = 'kept', redrives = redrives + 1, code = ?, message = ?, certificate = ?, changed_at = ?${bytes}
     WHERE id = ? AND state = 'redriving'`,
    [failure.code, failure.message, failure.certificate ?? null, failure.at.getTime(), id],
  )
}

/** Its bytes go; what it was and why it was not believed stays. The parts in `content` are for the caller to remove. */
export async function discard(tx: Sql, id: string, at: Date): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE quarantine SET state = 'discarded', bytes = NULL, content = NULL, changed_at = ? WHERE id = ? AND state = 'kept'`,
    [at.getTime(), id],
  )
  return changed === 1
}

/** Whether such an incident with this broker user was noted since then. */
export async function has(
  sql: Sql,
  agency: AgencyCode,
  brokerUser: string,
  code: FailureCode,
  since: Date,
): Promise<boolean> {
  const row = await sql.get(
    'SELECT 1 AS found FROM quarantine WHERE agency = ? AND broker_user = ? AND code = ? AND at >= ? LIMIT 1',
    [agency, brokerUser, code, since.getTime()],
  )
  return row !== undefined
}

/** Newest first. */
export async function list(sql: Sql, agency: AgencyCode, limit: number): Promise<QuarantineRecord[]> {
  const rows = await sql.all<QuarantineRow>(
    `SELECT ${COLUMNS} FROM quarantine WHERE agency = ? ORDER BY id DESC LIMIT ?`,
    [agency, limit],
  )
  return rows.map(record)
}

function record(row: QuarantineRow): QuarantineRecord {
  return {
    id: row.id,
    at: new Date(row.at),
    agency: row.agency,
    state: row.state,
    ...(row.broker_user === null ? {} : { brokerUser: row.broker_user }),
    ...(row.message_id === null ? {} : { messageId: row.message_id }),
    ...(row.sender === null ? {} : { sender: row.sender }),
    ...(row.document_id === null ? {} : { documentId: row.document_id }),
    ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
    code: row.code,
    message: row.message,
    headers: JSON.parse(row.headers) as Record<string, unknown>,
    octets: row.octets,
    ...(row.claim === null ? {} : { claim: JSON.parse(row.claim) as QuarantineClaim }),
    ...(row.content === null ? {} : { content: row.content }),
    redrives: row.redrives,
    ...(row.changed_at === null ? {} : { changedAt: new Date(row.changed_at) }),
  }
}
