import { limits } from '../../base/index.ts'
import type { AgencyCode, EnvelopeId, TransportState } from '../../message/index.ts'
import { marks } from '../marks.ts'
import type { Sql, SqlValue } from '../sql.ts'

/** Which failures: of these agencies, since an instant where they have ended; each condition that is given must hold, and `''` asks for none. */
export interface IncidentFilter {
  readonly agencies: readonly AgencyCode[]
  readonly since: Date
  readonly kind?: 'delivery' | 'quarantine'
  readonly code?: string
  /** The other side: the recipient, or the user of the axis that sent what lies in quarantine. */
  readonly partner?: string
  /** Fingerprint of the certificate that signed. */
  readonly certificate?: string
}

/** What makes a group. */
export type IncidentKey = 'code' | 'partner' | 'certificate'

/** Those of the three that make the group are there, `''` where there is none; the others are null. */
export interface IncidentRow {
  readonly kind: 'delivery' | 'quarantine'
  readonly code: string | null
  readonly partner: string | null
  readonly certificate: string | null
  /** The cause of all of them; null where there are several, or none. */
  readonly onlyCode: string | null
  readonly count: number
  readonly held: number
  readonly rejected: number
  readonly expired: number
  readonly accepted: number
  readonly sent: number
  readonly oldestAt: number
  readonly newestAt: number
  /** Id of the one that came last. */
  readonly newest: string
}

/** What keeps a delivery: its last failure, or, of one that was refused, the refusal. */
const CAUSE = `COALESCE(d.last_error, CASE d.state WHEN 'rejected' THEN 'refused-by-recipient' WHEN 'expired' THEN 'deadline-passed' ELSE '' END)`

/** Rows of older versions do not know their signer. */
const SIGNER = `COALESCE(d.signer, (SELECT e.signer FROM envelope e WHERE e.id = d.envelope), '')`

/**
 * Failures with all that names them. Two halves, each from an index of its own: what is open (`delivery_live`) and was
 * stopped or is failing, and what has failed since (`delivery_failed`). Parameters: owners, then the instant, then owners.
 */
function failures(
  kind: 'delivery' | 'quarantine',
  { agencies, since }: IncidentFilter,
  columns: ReadonlySet<string>,
): { from: string; params: SqlValue[] } {
  const owners = marks(agencies)
  const certificate = (expression: string): string => (columns.has('certificate') ? expression : 'NULL')
  if (kind === 'quarantine')
    return {
      from: `(SELECT id, at, code, COALESCE(broker_user, '') AS partner, ${certificate(`COALESCE(certificate, '')`)} AS certificate, NULL AS state
        FROM quarantine WHERE state IN ('kept', 'redriving') AND at >= ? AND agency IN (${owners}) ORDER BY at DESC LIMIT ${limits.deskRows}) AS failed`,
      params: [since.getTime(), ...agencies],
    }
  const columnsOf = (at: string): string =>
    `d.id, ${at} AS at, ${CAUSE} AS code, d.recipient AS partner, ${certificate(SIGNER)} AS certificate, d.state`
  return {
    from: `(SELECT * FROM (SELECT ${columnsOf('d.accepted_at')} FROM delivery d
        WHERE d.kind = 'document' AND d.state IN ('accepted', 'sent', 'held') AND (d.state = 'held' OR d.last_error IS NOT NULL)
          AND d.owner IN (${owners}) ORDER BY d.envelope DESC LIMIT ${limits.deskRows}) AS stopped
      UNION ALL
      SELECT * FROM (SELECT ${columnsOf('d.ended_at')} FROM delivery d
        WHERE d.kind = 'document' AND d.state IN ('rejected', 'expired') AND d.ended_at >= ?
          AND d.owner IN (${owners}) ORDER BY d.ended_at DESC LIMIT ${limits.deskRows}) AS ended) AS failed`,
    params: [...agencies, since.getTime(), ...agencies],
  }
}

const KINDS = ['delivery', 'quarantine'] as const

/** Groups of failures, largest first. Bounded: see `limits.deskRows` and `limits.deskGroups`. */
export async function incidentGroups(
  sql: Sql,
  filter: IncidentFilter,
  by: ReadonlySet<IncidentKey>,
): Promise<IncidentRow[]> {
  const keys = [...by].join(', ')
  const column = (name: IncidentKey): string => (by.has(name) ? name : `NULL AS ${name}`)
  const counted = ['held', 'rejected', 'expired', 'accepted', 'sent'].map(
    (state) => `SUM(CASE state WHEN '${state}' THEN 1 ELSE 0 END) AS ${state}`,
  )
  const found = await Promise.all(
    KINDS.map((kind) => {
      const { from, params } = failures(kind, filter, by)
      return sql.all<IncidentRow>(
        `SELECT '${kind}' AS kind, ${column('code')}, ${column('partner')}, ${column('certificate')},
           CASE WHEN MIN(code) = MAX(code) AND MIN(code) <> '' THEN MIN(code) ELSE NULL END AS "onlyCode", COUNT(*) AS count, ${counted.join(', ')},
           MIN(at) AS "oldestAt", MAX(at) AS "newestAt", MAX(id) AS newest
         FROM ${from} GROUP BY ${keys} ORDER BY COUNT(*) DESC LIMIT ${limits.deskGroups}`,
        params,
      )
    }),
  )
  return found
    .flat()
    .sort((a, b) => b.count - a.count)
    .slice(0, limits.deskGroups)
}

/** What exactly went wrong in each of these. */
export async function incidentMessages(
  sql: Sql,
  kind: 'delivery' | 'quarantine',
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const [table, column] = kind === 'delivery' ? ['delivery', 'last_message'] : ['quarantine', 'message']
  const rows = await sql.all<{ id: string; message: string | null }>(
    `SELECT id, ${column} AS message FROM ${table} WHERE id IN (${marks(ids)})`,
    ids,
  )
  return new Map(rows.map(({ id, message }) => [id, message ?? '']))
}

export interface IncidentItemRow {
  readonly id: string
  readonly at: number
  readonly agency: AgencyCode
  readonly partner: string | null
  readonly state: TransportState | null
  readonly code: string | null
  readonly message: string | null
  readonly octets: number | null
  readonly envelope: EnvelopeId | null
  readonly codeNumber: string | null
  readonly codeNotation: string | null
  readonly subject: string | null
}

type OneKind = IncidentFilter & { readonly kind: 'delivery' | 'quarantine' }
type Page = { readonly before?: string; readonly limit: number }

/** The failures of one group, newest first; `before` is the last id of the page before. */
export function incidentItems(sql: Sql, filter: OneKind, page: Page): Promise<IncidentItemRow[]> {
  const { text, params } = idsOf(filter, page)
  const columns =
    filter.kind === 'delivery'
      ? `d.id, COALESCE(d.ended_at, d.accepted_at) AS at, d.owner AS agency, d.recipient AS partner, d.state, ${CAUSE} AS code,
         d.last_message AS message, e.octets, e.id AS envelope, e.code_number AS "codeNumber", e.code_notation AS "codeNotation", e.subject
       FROM (${text}) AS found JOIN delivery d ON d.id = found.id JOIN envelope e ON e.id = d.envelope`
      : `d.id, d.at, d.agency, d.broker_user AS partner, NULL AS state, d.code, d.message, d.octets, NULL AS envelope,
         NULL AS "codeNumber", NULL AS "codeNotation", NULL AS subject
       FROM (${text}) AS found JOIN quarantine d ON d.id = found.id`
  return sql.all<IncidentItemRow>(`SELECT ${columns} ORDER BY d.id DESC`, params)
}

/** Only their ids. */
export async function incidentIds(sql: Sql, filter: OneKind, limit: number): Promise<string[]> {
  const { text, params } = idsOf(filter, { limit })
  return (await sql.all<{ id: string }>(text, params)).map(({ id }) => id)
}

function idsOf(filter: OneKind, { before, limit }: Page): { text: string; params: SqlValue[] } {
  const given: readonly (readonly [string, SqlValue | undefined])[] = [
    ['code = ?', filter.code],
    ['partner = ?', filter.partner],
    ['certificate = ?', filter.certificate],
    ['id < ?', before],
  ]
  const conditions = given.filter((one): one is readonly [string, SqlValue] => one[1] !== undefined)
  const { from, params } = failures(
    filter.kind,
    filter,
    new Set(filter.certificate === undefined ? [] : ['certificate']),
  )
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([condition]) => condition).join(' AND ')}`
  return {
    text: `SELECT id FROM ${from} ${where} ORDER BY id DESC LIMIT ?`,
    params: [...params, ...conditions.map(([, value]) => value), limit],
  }
}
