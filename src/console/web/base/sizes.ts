import { language } from './language.ts'

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** `1,4 MB` (Vietnamese) or `1.4 MB`. */
export function formatOctets(octets: number): string {
  const power = octets < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(octets) / Math.log(1024)))
  const value = octets / 1024 ** power
  const digits = power === 0 || value >= 100 ? 0 : 1
  return `${value.toLocaleString(language.value === 'vi' ? 'vi-VN' : 'en-GB', { maximumFractionDigits: digits })} ${UNITS[power] ?? 'B'}`
}
