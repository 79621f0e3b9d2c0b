import { type DerValue, tags } from '../pki/index.ts'

/** UTCTime or GeneralizedTime in Zulu, as CMS attributes and time stamps write them; nothing where it is neither. */
export function derTime({ tag, content }: DerValue): Date | undefined {
  const text = Buffer.from(content).toString('latin1')
  const century = tag === tags.utcTime ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') : ''
  if (tag !== tags.utcTime && tag !== tags.generalizedTime) return undefined
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d{1,9})?Z$/.exec(century + text)
  return parts === null ? undefined : instant(parts.slice(1, 7).map(Number))
}

/** `D:20261121090000+07'00'` (ISO 32000-2 §7.9.4). Without a zone it is no instant. */
export function pdfTime(text: string | undefined): Date | undefined {
  const parts = /^D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z(?:00'?00'?)?|([+-])(\d\d)'?(\d\d)?'?)$/.exec(text ?? '')
  if (parts === null) return undefined
  const [, , , , , , , sign, hours = '0', minutes = '0'] = parts
  const at = instant(parts.slice(1, 7).map(Number))
  if (at === undefined || sign === undefined) return at
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000
  return new Date(at.getTime() + (sign === '+' ? -offsetMs : offsetMs))
}

/** The calendar decides: 30 February is no day. */
function instant([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: number[]): Date | undefined {
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  const same = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
  return same && at.getUTCHours() === hour && at.getUTCMinutes() === minute && at.getUTCSeconds() === second
    ? at
    : undefined
}
