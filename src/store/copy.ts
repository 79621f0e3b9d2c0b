import { GatewayError, limits, timeOfId } from '../base/index.ts'
import { readCertificate } from '../pki/index.ts'
import { addMonths } from './postgres/months.ts'
import type { Sql, SqlValue, Store } from './sql.ts'
import { verifyAudit } from './verify-audit.ts'

/** What was copied. */
export interface CopyReport {
  readonly tables: readonly { readonly table: string; readonly rows: number }[]
  /** Of all content, in octets. */
  readonly octets: number
  /** Rows of the audit chain, which fits together in the copy. */
  readonly auditRows: number
}

/** Every table after those it refers to, with its primary key; `large` where a row may hold a whole chunk. */
export const storeTables: readonly { readonly name: string; readonly key: readonly string[]; readonly large?: true }[] =
  [
    { name: 'agency', key: ['code'] },
    { name: 'agency_code', key: ['wire_code'] },
    { name: 'certificate', key: ['fingerprint', 'agency'] },
    { name: 'client', key: ['id'] },
    { name: 'envelope', key: ['id'] },
    { name: 'content', key: ['envelope', 'seq'], large: true },
    { name: 'attachment', key: ['envelope', 'n'] },
    { name: 'attachment_report', key: ['envelope', 'n', 'run'] },
    { name: 'stage', key: ['id'] },
    { name: 'submission', key: ['agency', 'idempotency_key'] },
    { name: 'delivery', key: ['id'] },
    { name: 'attempt', key: ['delivery', 'n'] },
    { name: 'repeat_key', key: ['recipient', 'sender', 'document_id', 'operation', 'content_digest'] },
    { name: 'inbox', key: ['envelope', 'agency'] },
    { name: 'status', key: ['envelope'] },
    { name: 'quarantine', key: ['id'], large: true },
    { name: 'partner', key: ['agency'] },
    { name: 'command', key: ['id'] },
    { name: 'event', key: ['id'] },
    { name: 'audit', key: ['id'] },
    { name: 'audit_head', key: ['day'] },
    { name: 'duty', key: ['name'] },
    { name: 'revocation_source', key: ['place'], large: true },
    { name: 'validation_datum', key: ['fingerprint'], large: true },
    { name: 'attachment_report_part', key: ['envelope', 'n', 'run', 'fingerprint'] },
    { name: 'validation', key: ['envelope'] },
    { name: 'validation_part', key: ['envelope', 'n'] },
    { name: 'desk_job', key: ['id'] },
    { name: 'desk_job_part', key: ['job', 'n'], large: true },
    { name: 'search_document', key: ['n'] },
    { name: 'search_word', key: ['word', 'bucket'] },
    { name: 'traffic', key: ['hour', 'agency', 'counterpart', 'lane'] },
    { name: 'contact', key: ['agency'] },
    { name: 'event_reader', key: ['name'] },
    { name: 'person', key: ['id'] },
    { name: 'session', key: ['id'] },
    { name: 'login_attempt', key: ['key'] },
    { name: 'directory_document', key: ['version'], large: true },
    { name: 'notice', key: ['kind', 'subject'] },
  ]

/**
 * Copies everything from one store into another of this version, a page in memory at a time, from SQLite to PostgreSQL or
 * back. All or nothing: the copy is one transaction of the target. The source is of one moment: a gateway on the same
 * SQLite file has to wait, and one on PostgreSQL goes on unheeded, so stop it first.
 * @param told Hears of each table that was copied.
 * @throws {GatewayError} store-not-empty: the target has something; nothing was changed
 * @throws {GatewayError} audit-broken, internal: the copy is not like the source; nothing was kept
 */
export async function copyStore(
  source: Store,
  target: Store,
  told: (table: string, rows: number) => void = () => {},
): Promise<CopyReport> {
  const unhurried = { deadlineMs: 2 ** 31 - 1 }
  return source.transact(
    async (from) => {
      await makeMonths(from, target)
      return target.transact(async (to) => {
        await requireEmpty(to)
        const tables: { table: string; rows: number }[] = []
        for (const table of storeTables) {
          const rows = await copyTable(from, to, table)
          tables.push({ table: table.name, rows })
          told(table.name, rows)
        }
        for (const { table, rows } of tables) await requireSame(`rows of ${table}`, rows, to, countOf(table))
        const octets = await numberFrom(from, OCTETS)
        await requireSame('octets of content', octets, to, OCTETS)
        const { rows: auditRows } = await verifyAudit({ read: to }, await headSigners(to))
        return { tables, octets, auditRows }
      }, unhurried)
    },
    { ...unhurried, snapshot: true },
  )
}

const OCTETS = 'SELECT COALESCE(SUM(length(bytes)), 0) AS n FROM content'

function countOf(table: string): string {
  return `SELECT COUNT(*) AS n FROM ${table}`
}

async function requireEmpty(target: Sql): Promise<void> {
  for (const { name } of storeTables) {
    const rows = await numberFrom(target, countOf(name))
    if (rows > 0)
      throw new GatewayError('store-not-empty', `The store to copy to is not empty: ${name} has ${rows} rows.`)
  }
}

async function copyTable(from: Sql, to: Sql, table: (typeof storeTables)[number]): Promise<number> {
  const { name, key, large = false } = table
  const limit = large ? limits.copyLargeRows : limits.copyRows
  const order = key.join(', ')
  let rows = 0
  let last: readonly SqlValue[] | undefined
  for (;;) {
    const after = last === undefined ? '' : `WHERE (${order}) > (${key.map(() => '?').join(', ')})`
    const page = await from.all<Record<string, SqlValue>>(`SELECT * FROM ${name} ${after} ORDER BY ${order} LIMIT ?`, [
      ...(last ?? []),
      limit,
    ])
    await Promise.all(page.map((row) => insert(to, name, row)))
    rows += page.length
    const end = page.at(-1)
    if (end === undefined || page.length < limit) break
    last = key.map((column) => end[column] ?? null)
  }
  await requireSame(`rows of ${name} that were read`, rows, from, countOf(name))
  return rows
}

async function insert(to: Sql, table: string, row: Readonly<Record<string, SqlValue>>): Promise<void> {
  const columns = Object.keys(row)
  const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
  await to.run(text, Object.values(row))
}

async function requireSame(what: string, expected: number, sql: Sql, query: string): Promise<void> {
  const found = await numberFrom(sql, query)
  if (found !== expected)
    throw new GatewayError('internal', `The copy is not like the source: ${what} are ${expected}, counted ${found}.`)
}

async function numberFrom(sql: Sql, query: string): Promise<number> {
  return (await sql.get<{ n: number }>(query))?.n ?? 0
}

/** Those whose certificates stand beside the signatures: whether they may sign is for `audit verify` to judge. */
async function headSigners(sql: Sql): Promise<ReturnType<typeof readCertificate>[]> {
  const rows = await sql.all<{ certificate: string }>('SELECT DISTINCT certificate FROM audit_head')
  return rows.map(({ certificate }) => readCertificate(Buffer.from(certificate, 'base64')))
}

/** On PostgreSQL, old content gets the partitions of its months, unless they would be very many. */
async function makeMonths(from: Sql, target: Store): Promise<void> {
  if (target.dialect.name !== 'postgresql') return
  const range = await from.get<{ first: string | null; last: string | null }>(
    'SELECT MIN(envelope) AS first, MAX(envelope) AS last FROM content',
  )
  const [first, last] = [timeOfId(range?.first ?? ''), timeOfId(range?.last ?? '')]
  if (first === undefined || last === undefined) return
  if (last.getTime() - first.getTime() < limits.copyMonths * 31 * 24 * 60 * 60 * 1000)
    await addMonths(target, first, last)
}
