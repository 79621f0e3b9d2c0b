import { z } from 'zod'
import { type FailureCode, failures } from '../base/index.ts'

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
