import { z } from 'zod'
import { type FailureCode, failures } from '../base/index.ts'
import { agencyCode, nextCursor, pageQuery } from './common-shapes.ts'

const codes = Object.keys(failures) as [FailureCode, ...FailureCode[]]

/** RFC 9457, with what a program, a clerk and a support desk need. */
export const problemShape = z
  .object({
    type: z.string().meta({ description: 'urn:lienthong:problem:<code>', example: 'urn:lienthong:problem:not-found' }),
    title: z
      .string()
      .meta({ description: 'In the language of Accept-Language; Vietnamese unless English is preferred.' }),
    titleVi: z.string(),
    titleEn: z.string(),
    status: z.number().int(),
    detail: z.string().optional().meta({ description: 'What exactly is wrong here, one English sentence.' }),
    instance: z.string().meta({ description: 'urn:lienthong:request:<id>; the log knows the request under this id.' }),
    code: z.enum(codes).meta({ description: 'Stable; decide by this.' }),
    retry: z.enum(['permanent', 'transient', 'unknown']).meta({
      description:
        'permanent: the same request fails again; transient: repeat it after Retry-After; unknown: ask with the instance.',
    }),
    field: z.string().optional().meta({
      description: 'JSON pointer into the body; or /query/<name>, /headers/<name>, /parts/<name>.',
      example: '/promulgationInfo/promulgationDate',
    }),
    expected: z.string().optional(),
    rule: z.string().optional().meta({ description: 'The business rule, e.g. BR-09.' }),
    link: z.string().optional().meta({ description: 'The document that is already there.' }),
    remedy: z.object({ vi: z.string(), en: z.string() }).meta({ description: 'What to do about it.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' })

export const agencyQuery = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Words of the code or name, with or without diacritics.' }),
  ...pageQuery,
})

export const agencyShape = z
  .object({
    code: agencyCode,
    wireCode: z.string().meta({ description: 'The form written in packages.', example: '000.00.00.G22' }),
    name: z.string().meta({ example: 'Văn phòng Chính phủ' }),
    nameEn: z.string().optional(),
    parent: agencyCode.optional(),
    active: z.boolean().meta({ description: 'Only active agencies can be written to.' }),
    local: z.boolean().meta({ description: 'Served by this gateway.' }),
  })
  .meta({ id: 'Agency', description: 'Cơ quan, đơn vị tham gia liên thông.' })

export const agencyListShape = z.object({ items: z.array(agencyShape), next: nextCursor }).meta({ id: 'AgencyList' })

export const healthShape = z.object({ status: z.literal('ok'), version: z.string() }).meta({ id: 'Health' })

export const readinessShape = z
  .object({
    status: z.enum(['ready', 'degraded', 'unready']).meta({
      description:
        'degraded: the axis is away, and documents are accepted all the same; unready: nothing can be accepted.',
    }),
    checks: z.object({ store: z.enum(['up', 'down']), broker: z.enum(['up', 'down']) }),
  })
  .meta({ id: 'Readiness' })
