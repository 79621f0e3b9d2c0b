import type { AgencyCode } from '../message/index.ts'
import type { Sql } from './sql.ts'

/** Kinds of notices. They are a promise to whoever shows them: add freely, never rename. */
export const noticeKinds = [
  /** Subject: fingerprint and agency. Level: the days of the last threshold, 0 once it has ended. */
  'certificate-expiring',
  /** Subject: our agency. It cannot sign just now. */
  'key-unusable',
  /** Subject: `keys`. The keys that the configuration names now were not taken over; those before go on. */
  'keys-not-exchanged',
  /** Subject: `directory`. A signed directory came and was refused, or waits to be applied by hand, or is overdue. */
  'directory-refused',
  'directory-waiting',
  'directory-overdue',
  /** Subject: `clock`. Ours is off the axis'. Level: minus the seconds. */
  'clock-off',
] as const
export type NoticeKind = (typeof noticeKinds)[number]

export interface NewNotice {
  readonly kind: NoticeKind
  readonly subject: string
  /** Whom it is about: one of ours, or a partner. */
  readonly agency?: AgencyCode
  /** The smaller, the nearer or the worse. */
  readonly level: number
  /** Small facts: codes, fingerprints, days. Never keys or document text. */
  readonly data: Readonly<Record<string, string | number | boolean | undefined>>
}

export interface Notice extends NewNotice {
  readonly firstAt: Date
  readonly toldAt: Date
}

/**
 * Notes that something is so.
 * @returns whether it is news: it was not so before, or its level has fallen
 */
export async function raise(tx: Sql, notice: NewNotice, at: Date): Promise<boolean> {
  const now = at.getTime()
  const { kind, subject, agency = null, level, data } = notice
  const changed = await tx.run(
    `INSERT INTO notice (kind, subject, agency, level, data, first_at, told_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (kind, subject) DO UPDATE SET agency = excluded.agency, level = excluded.level, data = excluded.data,
       first_at = CASE WHEN notice.ended_at IS NULL THEN notice.first_at ELSE excluded.first_at END,
       told_at = excluded.told_at, ended_at = NULL
     WHERE notice.ended_at IS NOT NULL OR excluded.level < notice.level`,
    [kind, subject, agency, level, JSON.stringify(data), now, now],
  )
  return changed === 1
}

/** Notes that it is so no more. @returns whether it was */
export async function end(tx: Sql, kind: NoticeKind, subject: string, at: Date): Promise<boolean> {
  const ended = await tx.run('UPDATE notice SET ended_at = ? WHERE kind = ? AND subject = ? AND ended_at IS NULL', [
    at.getTime(),
    kind,
    subject,
  ])
  return ended === 1
}

interface NoticeRow {
  kind: NoticeKind
  subject: string
  agency: AgencyCode | null
  level: number
  data: string
  first_at: number
  told_at: number
}

/** What is so now: the nearest and worst first. */
export async function open(sql: Sql, kind?: NoticeKind): Promise<Notice[]> {
  const rows = await sql.all<NoticeRow>(
    `SELECT kind, subject, agency, level, data, first_at, told_at FROM notice
     WHERE ended_at IS NULL AND (kind = ? OR ? = 1) ORDER BY kind, level, subject`,
    [kind ?? '', kind === undefined ? 1 : 0],
  )
  return rows.map((row) => ({
    kind: row.kind,
    subject: row.subject,
    ...(row.agency !== null && { agency: row.agency }),
    level: row.level,
    data: JSON.parse(row.data) as Notice['data'],
    firstAt: new Date(row.first_at),
    toldAt: new Date(row.told_at),
  }))
}
