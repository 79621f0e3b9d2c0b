import { VIETNAM_OFFSET_MS } from '../base/index.ts'

/**
 * The Vietnamese civil date in a date or timestamp of edXML, as `yyyy/MM/dd`; undefined when there is none. Read as
 * `yyyy/MM/dd[ HH:mm:ss]`, then `dd/MM/yyyy[ HH:mm:ss]`, then `yyyy-MM-dd[Thh:mm:ss[zone]]` (edXML notes §4.11, TOL-10).
 * Impossible dates such as 30 February are none.
 */
export function findCivilDate(text: string): string | undefined {
  const trimmed = text.trim()
  for (const form of [YEAR_FIRST, DAY_FIRST]) {
    const fields = form.exec(trimmed)?.groups
    if (fields !== undefined) return civilDate(fields)
  }
  const fields = ISO_8601.exec(trimmed)?.groups
  const date = fields === undefined ? undefined : civilDate(fields)
  return date === undefined || fields?.['zone'] === undefined ? date : inVietnam(trimmed)
}

/** Whether the text has the one form that we write for dates: `yyyy/MM/dd`. */
export function isCanonicalDate(text: string): boolean {
  return /^\d{4}\/\d{2}\/\d{2}$/.test(text) && findCivilDate(text) !== undefined
}

/** Whether the text has the one form that we write for timestamps: `yyyy/MM/dd HH:mm:ss`. */
export function isCanonicalTimestamp(text: string): boolean {
  return /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}$/.test(text) && findCivilDate(text) !== undefined
}

/** The civil date one day later. */
export function dayAfter(date: string): string {
  const day = new Date(`${date.replaceAll('/', '-')}T00:00:00Z`)
  return new Date(day.getTime() + DAY_MS).toISOString().slice(0, 10).replaceAll('-', '/')
}

const DAY_MS = 24 * 60 * 60 * 1000
const TIME = '(?<hour>[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d'
const YEAR_FIRST = new RegExp(`^(?<year>\\d{4})/(?<month>\\d{2})/(?<day>\\d{2})( ${TIME})?$`)
const DAY_FIRST = new RegExp(`^(?<day>\\d{2})/(?<month>\\d{2})/(?<year>\\d{4})( ${TIME})?$`)
const ISO_8601 = new RegExp(
  `^(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})(T${TIME}(\\.\\d{1,9})?(?<zone>Z|[+-]\\d{2}:?\\d{2})?)?$`,
)

function civilDate(fields: Readonly<Record<string, string | undefined>>): string | undefined {
  const { year = '', month = '', day = '' } = fields
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${year}-${month}-${day}`)
  return isReal ? `${year}/${month}/${day}` : undefined
}

function inVietnam(iso: string): string | undefined {
  const instant = new Date(iso.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  if (Number.isNaN(instant.getTime())) return undefined
  const text = new Date(instant.getTime() + VIETNAM_OFFSET_MS).toISOString()
  if (text.startsWith('+')) return '9999/12/31' // of the year 10000 there are no dates here: the last one is as far away
  return text.startsWith('-') ? undefined : text.slice(0, 10).replaceAll('-', '/')
}
