import { z } from 'zod'
import { limits } from '../base/index.ts'
import { type AgencyCode, type EnvelopeId, findAgencyCode } from '../message/index.ts'

/** What several shapes share. A shape is checked on the way in and described in the OpenAPI document: one source. */

/** Control characters, which XML cannot carry, and direction overrides, which make `exe.pdf` look like `fdp.exe`. */
const NOT_IN_NAMES = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]/u

const NOT_IN_LINES = /[\p{Cc}\u2028\u2029]/u

/** Text as it will stand on the wire: never trimmed or normalised. */
export const text = (max: number, description: string, example?: string) =>
  z
    .string()
    .min(1)
    .max(max)
    .meta({ description, ...(example === undefined ? {} : { example }) })

/** Text of one line: what becomes part of an id or of a file name. */
export const line = (max: number, description: string, example?: string) =>
  text(max, description, example).refine((value) => !NOT_IN_LINES.test(value), 'must be one line')

const SHORT_FORM = '^[A-Z0-9]{1,15}(\\.[A-Z0-9]{1,15}){0,8}$'

export const agencyCode = z
  .custom<AgencyCode>((value) => typeof value === 'string' && findAgencyCode(value) !== undefined, {
    message: 'must be an agency code in the short form, such as G02 or G12.18',
  })
  .meta({
    id: 'AgencyCode',
    description:
      'Mã định danh cơ quan, dạng ngắn (QĐ 20/2020): `G02`, `G12.18`. The short form of an agency’s code, the one key for an agency in this API.',
    override: { type: 'string', pattern: SHORT_FORM, maxLength: 35, examples: ['G22'] },
  })

const ENVELOPE_ID = /^[0-9a-hjkmnp-tv-z]{26}$/

export const envelopeId = z
  .custom<EnvelopeId>((value) => typeof value === 'string' && ENVELOPE_ID.test(value), { message: 'is not an id' })
  .meta({
    id: 'EnvelopeId',
    description:
      'The gateway’s own id of one document or answer; sorts by time. Not the DocumentId that the sending agency gave.',
    override: { type: 'string', pattern: ENVELOPE_ID.source, examples: ['01kb1v9q3c8z5m2n7r4t6w8x0y'] },
  })

export const instant = (description: string) =>
  z.iso
    .datetime({ offset: true })
    .meta({ description: `${description} (RFC 3339, UTC)`, example: '2026-11-21T02:30:00.000Z' })

export const edxmlDateText = (description: string) =>
  z
    .string()
    .regex(/^\d{4}\/\d{2}\/\d{2}$/, 'must be a date written yyyy/MM/dd')
    .refine(isCalendarDay, 'must be a day of the calendar')
    .meta({ description: `${description} (yyyy/MM/dd)`, example: '2026/11/20' })

function isCalendarDay(text: string): boolean {
  const iso = text.replaceAll('/', '-')
  const day = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(iso)
}

export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({
    description: 'SHA-256, lower-case hex.',
    example: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  })

export const octets = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

export const fileName = z
  .string()
  .min(1)
  .max(limits.attachmentNameCharacters)
  .refine((name) => !NOT_IN_NAMES.test(name), 'must have no slashes, control characters or direction overrides')
  .meta({
    description:
      'Tên tệp: the file name, kept exactly as given (no Unicode normalisation). No slashes, control characters or direction overrides.',
    example: 'Công văn 7421.pdf',
  })

export const mediaType = z
  .string()
  .max(255)
  .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.*)?$/, 'must be a media type such as application/pdf')
  .meta({ description: 'Media type of the file.', example: 'application/pdf' })

/** The page of a list that was asked for. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(limits.pageSize).default(20).meta({ description: 'How many at most.' }),
  cursor: z
    .string()
    .max(500)
    .optional()
    .meta({ description: 'The `next` of the page before, unchanged, with the same filters.' }),
}

export const nextCursor = z
  .string()
  .optional()
  .meta({ description: 'Give it as `cursor` to get the next page; absent on the last page.' })
