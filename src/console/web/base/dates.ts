import { signal } from '@preact/signals'
import { language, t } from './language.ts'

/** Everything on screen is Vietnam time, wherever the operator sits. */
const ZONE = 'Asia/Ho_Chi_Minh'

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** Ticks twice a minute, so that "3 minutes ago" stays true. */
export const now = signal(Date.now())
setInterval(() => {
  now.value = Date.now()
}, 30_000)

function split(instant: string | number): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]))
}

/** `21/11/2026`. */
export function formatDay(instant: string | number): string {
  const { day, month, year } = split(instant)
  return `${day}/${month}/${year}`
}

/** `21/11/2026 22:05`; with `seconds`, `21/11/2026 22:05:09`. */
export function formatTime(instant: string | number, seconds = false): string {
  const { day, month, year, hour, minute, second } = split(instant)
  return `${day}/${month}/${year} ${hour}:${minute}${seconds ? `:${second}` : ''}`
}

/** `22:05`, or with the day when it is not today. */
export function formatClock(instant: string | number): string {
  const { hour, minute } = split(instant)
  return `${hour}:${minute}`
}

/** For the tooltip and for machines: `21/11/2026 22:05:09 (+07:00)`. */
export function formatExact(instant: string | number): string {
  return `${formatTime(instant, true)} (+07:00)`
}

/** `yyyy/MM/dd` of the package, as people write it: `15/10/2025`. Anything else stays as it is. */
export function formatWireDay(text: string): string {
  const found = /^(\d{4})[/-](\d{2})[/-](\d{2})$/.exec(text.trim())
  return found === null ? text : `${found[3]}/${found[2]}/${found[1]}`
}

/** `3 phút trước`, `trong 2 giờ`, measured against the ticking clock. */
export function formatAgo(instant: string | number): string {
  const seconds = Math.round((new Date(instant).getTime() - now.value) / 1000)
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' })
  const size = Math.abs(seconds)
  if (size < 45) return seconds > 0 ? t('time.soon') : t('time.justNow')
  if (size < 90 * 60) return format.format(Math.round(seconds / 60), 'minute')
  if (size < 36 * 3600) return format.format(Math.round(seconds / 3600), 'hour')
  return format.format(Math.round(seconds / 86_400), 'day')
}

/** A length of time in its two largest units: `2 giờ 5 phút`. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const sizes = [
    [86_400, t('time.days')],
    [3600, t('time.hours')],
    [60, t('time.minutes')],
    [1, t('time.seconds')],
  ] as const
  const first = sizes.findIndex(([size]) => seconds >= size)
  if (first === -1) return `0 ${t('time.seconds')}`
  let rest = seconds
  const words: string[] = []
  for (const [size, unit] of sizes.slice(first, first + 2)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) words.push(`${count} ${unit}`)
  }
  return words.join(' ')
}

/** `2026-11-21` for `21/11/2026` or `21-11-26`; '' for nothing; undefined for what is no day. */
export function parseDay(text: string): string | undefined {
  if (text.trim() === '') return ''
  const found = /^(\d{1,2})[/.\s-](\d{1,2})[/.\s-](\d{4}|\d{2})$/.exec(text.trim())
  if (found === null) return undefined
  const [, day = '', month = '', year = ''] = found
  const iso = `${year.padStart(4, '20')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const date = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : undefined
}
