import { limits } from '../base/index.ts'
import type { Sql } from './sql.ts'

/** Where a round through the evidence stands: the last key of each table that was looked at. It begins anew at its end. */
export interface EvidenceRound {
  readonly validation: string
  readonly report: string
  readonly datum: string
}

export const firstRound: EvidenceRound = { validation: '', report: '', datum: '' }

/**
 * Removes what proves nothing any more. Evidence and reports stay exactly as long as the row of their envelope, also when
 * its bytes were destroyed, because whoever audits must be able to prove every exchange; certificates, CRLs and OCSP
 * responses stay as long as anything rests on them. Looks at a bounded number of rows, those after the last ones.
 * @returns how many rows went, and where to go on
 */
export async function sweepEvidence(
  tx: Sql,
  round: EvidenceRound,
): Promise<{ readonly removed: number; readonly next: EvidenceRound }> {
  const [validation, report, datum] = [
    await windowOf(tx, 'validation', 'envelope', round.validation),
    await windowOf(tx, 'attachment_report', 'envelope', round.report),
    await windowOf(tx, 'validation_datum', 'fingerprint', round.datum),
  ]
  let removed = 0
  for (const [table, window] of [
    ['validation_part', validation],
    ['validation', validation],
    ['attachment_report_part', report],
    ['attachment_report', report],
  ] as const)
    removed += await tx.run(
      `DELETE FROM ${table} WHERE envelope > ? AND envelope <= ?
         AND NOT EXISTS (SELECT 1 FROM envelope e WHERE e.id = ${table}.envelope)`,
      [window.after, window.last],
    )
  // whoever rests something on a datum just now has it locked
  const unused = await tx.all<{ fingerprint: string }>(
    `SELECT fingerprint FROM validation_datum WHERE fingerprint > ? AND fingerprint <= ? AND ${UNUSED} {{skipLocked}}`,
    [datum.after, datum.last],
  )
  for (const { fingerprint } of unused)
    removed += await tx.run(`DELETE FROM validation_datum WHERE fingerprint = ? AND ${UNUSED}`, [fingerprint])
  return { removed, next: { validation: validation.next, report: report.next, datum: datum.next } }
}

/** A report of an earlier version does not say what it rests on: perhaps on any of them. */
const UNUSED = `NOT EXISTS (SELECT 1 FROM attachment_report WHERE parts_known = 0)
  AND NOT EXISTS (SELECT 1 FROM validation_part p WHERE p.fingerprint = validation_datum.fingerprint)
  AND NOT EXISTS (SELECT 1 FROM attachment_report_part p WHERE p.fingerprint = validation_datum.fingerprint)`

interface Window {
  readonly after: string
  readonly last: string
  readonly next: string
}

async function windowOf(tx: Sql, table: string, key: string, after: string): Promise<Window> {
  const row = await tx.get<{ last: string | null; count: number }>(
    `SELECT MAX(k) AS last, COUNT(*) AS count FROM
       (SELECT ${key} AS k FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ?) AS looked`,
    [after, limits.evidenceRows],
  )
  const last = row?.last ?? after
  return { after, last, next: row?.count === limits.evidenceRows ? last : '' }
}
