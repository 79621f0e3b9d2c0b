import { type AgencyCode, type Lane, thirteenCharacterForm } from '../message/index.ts'
import type { Sql, SqlValue } from '../store/index.ts'
import type { Agency, BoundCertificate, Contact, SignatureScheme } from './agency.ts'

/** All agencies with the certificates bound to them now, in the order of their codes. */
export async function loadAgencies(sql: Sql): Promise<Agency[]> {
  const [agencies, certificates] = await Promise.all([
    sql.all<AgencyRow>(`SELECT ${COLUMNS.join(', ')} FROM agency ORDER BY code`),
    sql.all<CertificateRow>(
      `SELECT fingerprint, agency, pem, not_before, not_after, origin FROM certificate
       WHERE removed_at IS NULL ORDER BY agency, fingerprint`,
    ),
  ])
  const bound = Map.groupBy(certificates, ({ agency }) => agency)
  return agencies.map((row) => agencyOf(row, (bound.get(row.code) ?? []).map(certificateOf)))
}

/** Every form in which a code may arrive → its agency. */
export async function loadForms(sql: Sql): Promise<Map<string, AgencyCode>> {
  const rows = await sql.all<{ form: string; agency: AgencyCode }>('SELECT wire_code AS form, agency FROM agency_code')
  return new Map(rows.map(({ form, agency }) => [form, agency]))
}

/** Puts one agency in place of what was there. A certificate that is named no more stays as a record of its time. */
export async function saveAgency(tx: Sql, agency: Agency, at: number): Promise<void> {
  const fresh = COLUMNS.filter((column) => column !== 'code').map((column) => `${column} = excluded.${column}`)
  const row = Object.values<SqlValue>({ ...rowOf(agency) })
  await tx.run(
    `INSERT INTO agency (${COLUMNS.join(', ')}, updated_at) VALUES (${COLUMNS.map(() => '?').join(', ')}, ?)
     ON CONFLICT (code) DO UPDATE SET ${fresh.join(', ')}, updated_at = excluded.updated_at`,
    [...row, at],
  )
  await tx.run('UPDATE certificate SET removed_at = ? WHERE agency = ? AND removed_at IS NULL', [at, agency.code])
  for (const { fingerprint, pem, notBefore, notAfter, origin = 'hand' } of agency.certificates)
    await tx.run(
      `INSERT INTO certificate (fingerprint, agency, pem, not_before, not_after, added_at, origin) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (fingerprint, agency) DO UPDATE SET removed_at = NULL, origin = excluded.origin`,
      [fingerprint, agency.code, pem, notBefore.getTime(), notAfter.getTime(), at, origin],
    )
}

/** Certificates that the signed directory once bound to an agency and binds no more. */
export async function loadWithdrawn(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql.all<{ fingerprint: string; agency: string }>(
    `SELECT fingerprint, agency FROM certificate WHERE origin = 'signed' AND removed_at IS NOT NULL`,
  )
  return new Set(rows.map(({ fingerprint, agency }) => `${fingerprint} ${agency}`))
}

/**
 * Writes down the forms of all codes: what the directory says, and what follows from the rule of edXML notes §5.1
 * where the directory does not give that form to another agency.
 */
export async function saveForms(tx: Sql, agencies: readonly Agency[]): Promise<void> {
  await tx.run('DELETE FROM agency_code')
  const said = agencies.flatMap(({ code, wireCode }) => [code, wireCode].map((form) => ({ form, code })))
  const derived = agencies.map(({ code }) => ({ form: thirteenCharacterForm(code) ?? code, code }))
  const text = 'INSERT INTO agency_code (wire_code, agency) VALUES (?, ?) ON CONFLICT (wire_code) DO NOTHING'
  await Promise.all([...said, ...derived].map(({ form, code }) => tx.run(text, [form, code])))
}

interface AgencyRow {
  readonly code: string
  readonly wire_code: string
  readonly name: string
  readonly name_en: string | null
  readonly parent: string | null
  readonly local: number
  readonly broker_user: string | null
  readonly signature_scheme: string | null
  readonly ed25519_agreed: number
  readonly contact: string
  readonly valid_from: number | null
  readonly valid_to: number | null
  readonly successor: string | null
  readonly lanes: string | null
  readonly origin: string
}

interface CertificateRow {
  readonly fingerprint: string
  readonly agency: string
  readonly pem: string
  readonly not_before: number
  readonly not_after: number
  readonly origin: string
}

/** In the order of COLUMNS, which is taken from it. */
function rowOf(agency: Agency): AgencyRow {
  return {
    code: agency.code,
    wire_code: agency.wireCode,
    name: agency.name,
    name_en: agency.nameEn ?? null,
    parent: agency.parent ?? null,
    local: Number(agency.local),
    broker_user: agency.brokerUser ?? null,
    signature_scheme: agency.signatureScheme ?? null,
    ed25519_agreed: Number(agency.ed25519Agreed),
    contact: JSON.stringify(agency.contact),
    valid_from: agency.validFrom?.getTime() ?? null,
    valid_to: agency.validTo?.getTime() ?? null,
    successor: agency.successor ?? null,
    lanes: agency.lanes?.join(' ') ?? null,
    origin: agency.origin ?? 'hand',
  }
}

const NOBODY: Agency = {
  code: '' as AgencyCode,
  wireCode: '',
  name: '',
  contact: {},
  local: false,
  ed25519Agreed: false,
  certificates: [],
}
const COLUMNS = Object.keys(rowOf(NOBODY))

function agencyOf(row: AgencyRow, certificates: readonly BoundCertificate[]): Agency {
  return {
    code: row.code as AgencyCode,
    wireCode: row.wire_code,
    name: row.name,
    ...(row.name_en !== null && { nameEn: row.name_en }),
    ...(row.parent !== null && { parent: row.parent as AgencyCode }),
    contact: JSON.parse(row.contact) as Contact,
    local: row.local === 1,
    ...(row.broker_user !== null && { brokerUser: row.broker_user }),
    ed25519Agreed: row.ed25519_agreed === 1,
    ...(row.signature_scheme !== null && { signatureScheme: row.signature_scheme as SignatureScheme }),
    ...(row.valid_from !== null && { validFrom: new Date(row.valid_from) }),
    ...(row.valid_to !== null && { validTo: new Date(row.valid_to) }),
    ...(row.successor !== null && { successor: row.successor as AgencyCode }),
    ...(row.lanes !== null && { lanes: row.lanes.split(' ') as Lane[] }),
    ...(row.origin === 'signed' && { origin: row.origin }),
    certificates,
  }
}

function certificateOf(row: CertificateRow): BoundCertificate {
  const { fingerprint, pem, origin } = row
  const notBefore = new Date(row.not_before)
  return { fingerprint, pem, notBefore, notAfter: new Date(row.not_after), ...(origin === 'signed' && { origin }) }
}
