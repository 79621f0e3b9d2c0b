import { limits } from '../../base/index.ts'
import type { AgencyCode, EnvelopeId, TransportState } from '../../message/index.ts'
import { marks } from '../marks.ts'
import type { Sql, SqlValue } from '../sql.ts'

/** Which failures: of these agencies, since an instant where they have ended; each condition that is given must hold. */
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

export interface IncidentRow {
  readonly kind: 'delivery' | 'quarantine'
  readonly code: string | null
  readonly partner: string | null
  readonly certificate: string | null
  readonly state: TransportState | null
  readonly count: number
  readonly oldestAt: number
  readonly newestAt: number
}

/** What keeps a delivery: its last failure, or, of one that was refused, the refusal. */
const CAUSE = `COALESCE(d.last_error, CASE d.state WHEN 'rejected' THEN 'refused-by-recipient' WHEN 'expired' THEN 'deadline-passed' ELSE NULL END)`

/** Failed, stopped, or failing: an attempt went wrong and is to be repeated. */
const FAILED = `d.kind = 'document' AND d.state <> 'received' AND (d.state = 'held' OR (d.state IN ('rejected', 'expired') AND d.ended_at >= ?)
  OR (d.state IN ('accepted', 'sent') AND d.last_error IS NOT NULL))`

/** Groups of failures by kind, cause, partner and state; with `certificates`, by signing certificate too. Bounded: see `limits.deskRows`. */
export async function incidentGroups(
  sql: Sql,
  filter: IncidentFilter,
  options: { readonly certificates: boolean },
): Promise<IncidentRow[]> {
  const deliveries = sql.all<IncidentRow>(
    `SELECT 'delivery' AS kind, code, partner, certificate, state, COUNT(*) AS count, MIN(at) AS "oldestAt", MAX(at) AS "newestAt"
     FROM (SELECT ${CAUSE} AS code, d.recipient AS partner, ${options.certificates ? 'e.signer' : 'NULL'} AS certificate, d.state,
             COALESCE(d.ended_at, d.accepted_at) AS at
           FROM delivery d ${options.certificates ? 'JOIN envelope e ON e.id = d.envelope' : ''}
           WHERE ${FAILED} AND d.owner IN (${marks(filter.agencies)}) ORDER BY d.envelope DESC LIMIT ${options.certificates ? limits.deskLooks : limits.deskRows}) AS failed
     GROUP BY code, partner, certificate, state ORDER BY COUNT(*) DESC LIMIT ${limits.deskGroups * 4}`,
    [filter.since.getTime(), ...filter.agencies],
  )
  const quarantined = options.certificates
    ? Promise.resolve([])
    : sql.all<IncidentRow>(
        `SELECT 'quarantine' AS kind, code, broker_user AS partner, NULL AS certificate, NULL AS state, COUNT(*) AS count,
           MIN(at) AS "oldestAt", MAX(at) AS "newestAt"
         FROM (SELECT at, code, broker_user FROM quarantine WHERE state IN ('kept', 'redriving') AND at >= ? AND agency IN (${marks(filter.agencies)})
               ORDER BY id DESC LIMIT ${limits.deskRows}) AS failed
         GROUP BY code, broker_user ORDER BY COUNT(*) DESC LIMIT ${limits.deskGroups}`,
        [filter.since.getTime(), ...filter.agencies],
      )
  return (await Promise.all([deliveries, quarantined])).flat()
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

/** The failures of one group, newest first; `before` is the last id of the page before. */
export function incidentItems(
  sql: Sql,
  filter: IncidentFilter & { readonly kind: 'delivery' | 'quarantine' },
  page: { readonly before?: string; readonly limit: number },
): Promise<IncidentItemRow[]> {
  return filter.kind === 'delivery' ? failedDeliveries(sql, filter, page) : quarantinedItems(sql, filter, page)
}

function failedDeliveries(
  sql: Sql,
  filter: IncidentFilter,
  page: { before?: string; limit: number },
): Promise<IncidentItemRow[]> {
  const { where, params } = narrowed([
    [filter.code, `${CAUSE} = ?`],
    [filter.partner, `d.recipient || '' = ?`], // few have failed, very many were sent to a partner
    [filter.certificate, 'e.signer = ?'],
    [page.before, 'd.id < ?'],
  ])
  return sql.all<IncidentItemRow>(
    `SELECT d.id, COALESCE(d.ended_at, d.accepted_at) AS at, d.owner AS agency, d.recipient AS partner, d.state, ${CAUSE} AS code,
       d.last_message AS message, e.octets, e.id AS envelope, e.code_number AS "codeNumber", e.code_notation AS "codeNotation", e.subject
     FROM delivery d JOIN envelope e ON e.id = d.envelope
     WHERE d.kind <> 'receipt' AND ${FAILED} AND d.owner IN (${marks(filter.agencies)}) ${where} ORDER BY d.id DESC LIMIT ?`,
    [filter.since.getTime(), ...filter.agencies, ...params, page.limit],
  )
}

function quarantinedItems(
  sql: Sql,
  filter: IncidentFilter,
  page: { before?: string; limit: number },
): Promise<IncidentItemRow[]> {
  const { where, params } = narrowed([
    [filter.code, 'code = ?'],
    [filter.partner, 'broker_user = ?'],
    [page.before, 'id < ?'],
  ])
  return sql.all<IncidentItemRow>(
    `SELECT id, at, agency, broker_user AS partner, NULL AS state, code, message, octets, NULL AS envelope, NULL AS "codeNumber",
       NULL AS "codeNotation", NULL AS subject
     FROM quarantine WHERE state IN ('kept', 'redriving') AND at >= ? AND agency IN (${marks(filter.agencies)}) ${where} ORDER BY id DESC LIMIT ?`,
    [filter.since.getTime(), ...filter.agencies, ...params, page.limit],
  )
}

function narrowed(given: readonly (readonly [SqlValue | undefined, string])[]): { where: string; params: SqlValue[] } {
  const present = given.filter((one): one is readonly [SqlValue, string] => one[0] !== undefined)
  return {
    where: present.map(([, condition]) => `AND ${condition}`).join(' '),
    params: present.map(([value]) => value),
  }
}
