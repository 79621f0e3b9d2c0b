import type { AgencyCode, EnvelopeId } from '../message/index.ts'
import type { AttachmentReport, PdfVerdict } from '../pdf/index.ts'
import type { Sql } from './sql.ts'
import type { ValidationDatum } from './validations.ts'
import * as validations from './validations.ts'

/** An attachment whose signatures one process judges now. */
export interface LeasedAttachment {
  readonly envelope: EnvelopeId
  readonly n: number
  readonly name: string
  readonly contentType: string
  readonly sha256: string
  readonly octets: number
  readonly fence: number
  /** How often it was judged again by itself. */
  readonly tries: number
}

/** One judgement of an attachment. */
export interface ReportRecord {
  /** From 1; each other result is another run. */
  readonly run: number
  readonly judgedAt: Date
  readonly report: AttachmentReport
}

/** Whether there is anything to judge: a look that writes nothing. */
export async function isDue(sql: Sql, now: Date): Promise<boolean> {
  const found = await sql.get('SELECT 1 AS found FROM attachment WHERE report_due <= ? LIMIT 1', [now.getTime()])
  return found !== undefined
}

/** Claims up to `limit` attachments that are due, those that wait longest first. */
export async function lease(
  tx: Sql,
  request: { readonly now: Date; readonly leaseUntil: Date; readonly limit: number },
): Promise<LeasedAttachment[]> {
  return tx.all(
    `WITH due AS MATERIALIZED (SELECT envelope, n FROM attachment WHERE report_due <= ?
                               ORDER BY report_due, envelope, n LIMIT ? {{skipLocked}})
     UPDATE attachment SET report_due = ?, report_fence = report_fence + 1
     WHERE (envelope, n) IN (SELECT envelope, n FROM due)
     RETURNING envelope, n, name, content_type AS "contentType", sha256, octets,
       report_fence AS fence, report_tries AS tries`,
    [request.now.getTime(), request.limit, request.leaseUntil.getTime()],
  )
}

/** Whose document it is, who sent it, and since when it is here; nothing once it was destroyed. */
export async function documentOf(
  sql: Sql,
  id: EnvelopeId,
): Promise<{ readonly owner: AgencyCode; readonly sender: AgencyCode; readonly storedAt: Date } | undefined> {
  const row = await sql.get<{ owner: AgencyCode; sender: AgencyCode; stored_at: number }>(
    `SELECT owner, sender, stored_at FROM envelope WHERE id = ? AND state = 'stored'`,
    [id],
  )
  return row === undefined ? undefined : { owner: row.owner, sender: row.sender, storedAt: new Date(row.stored_at) }
}

/** Ends a claim. @param next when it is judged again, if ever. @param tries how often it was, with that. @returns false when the claim was lost: then nothing of this unit may stay */
export async function settle(
  tx: Sql,
  { envelope, n, fence, tries: before }: LeasedAttachment,
  next: Date | undefined,
  tries = before,
): Promise<boolean> {
  const changed = await tx.run(
    'UPDATE attachment SET report_due = ?, report_tries = ? WHERE envelope = ? AND n = ? AND report_fence = ?',
    [next?.getTime() ?? null, tries, envelope, n, fence],
  )
  return changed === 1
}

/**
 * Keeps another result beside those that were found before, and what it rested on (TT 15/2025 Art. 6).
 * @param evidence Certificates of the paths, CRLs and OCSP responses that the report names, each once.
 */
export async function add(
  tx: Sql,
  { envelope, n }: { readonly envelope: EnvelopeId; readonly n: number },
  { run, judgedAt, report }: ReportRecord,
  evidence: readonly ValidationDatum[] = [],
): Promise<void> {
  await validations.keep(tx, evidence)
  await tx.run(
    'INSERT INTO attachment_report (envelope, n, run, judged_at, verdict, report, parts_known) VALUES (?, ?, ?, ?, ?, ?, 1)',
    [envelope, n, run, judgedAt.getTime(), report.verdict, JSON.stringify(report)],
  )
  for (const { fingerprint } of evidence)
    await tx.run('INSERT INTO attachment_report_part (envelope, n, run, fingerprint) VALUES (?, ?, ?, ?)', [
      ...[envelope, n, run, fingerprint],
    ])
}

export async function latest(sql: Sql, envelope: EnvelopeId, n: number): Promise<ReportRecord | undefined> {
  const row = await sql.get<{ run: number; judged_at: number; report: string }>(
    'SELECT run, judged_at, report FROM attachment_report WHERE envelope = ? AND n = ? ORDER BY run DESC LIMIT 1',
    [envelope, n],
  )
  return row && { run: row.run, judgedAt: new Date(row.judged_at), report: JSON.parse(row.report) as AttachmentReport }
}

/** What is known of each attachment of a document, by its number; one that was never judged and never will be is not in it. */
export async function ofDocument(
  sql: Sql,
  envelope: EnvelopeId,
): Promise<ReadonlyMap<number, ReportRecord | 'waiting'>> {
  const rows = await sql.all<{ n: number; run: number | null; judged_at: number; report: string }>(
    `SELECT a.n, r.run, r.judged_at, r.report FROM attachment a
     LEFT JOIN attachment_report r ON r.envelope = a.envelope AND r.n = a.n
       AND r.run = (SELECT MAX(last.run) FROM attachment_report last WHERE last.envelope = a.envelope AND last.n = a.n)
     WHERE a.envelope = ? AND (a.report_due IS NOT NULL OR r.run IS NOT NULL)`,
    [envelope],
  )
  return new Map(
    rows.map(({ n, run, judged_at, report }) => [
      n,
      run === null ? 'waiting' : { run, judgedAt: new Date(judged_at), report: JSON.parse(report) as AttachmentReport },
    ]),
  )
}

/** Which attachments are judged again. */
export interface AgainSelection {
  readonly envelope?: EnvelopeId
  /** Of the latest report. */
  readonly verdict?: PdfVerdict
}

/**
 * Puts attachments on the list again: trust, or what is known of revocation, has changed. Whoever judges one just now has
 * begun without that, and has lost his claim. @returns how many
 */
export function again(tx: Sql, { envelope, verdict }: AgainSelection): Promise<number> {
  const where: string[] = []
  if (envelope !== undefined) where.push('envelope = ?')
  if (verdict !== undefined)
    where.push(
      `? = (SELECT r.verdict FROM attachment_report r
            WHERE r.envelope = attachment.envelope AND r.n = attachment.n ORDER BY r.run DESC LIMIT 1)`,
    )
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`
  const params = [envelope, verdict].filter((value) => value !== undefined)
  return tx.run(
    `UPDATE attachment SET report_due = 0, report_tries = 0, report_fence = report_fence + 1 ${condition}`,
    params,
  )
}
