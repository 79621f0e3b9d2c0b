import { z } from 'zod'
import { type FailureCode, failures } from '../base/index.ts'
import { agencyCode } from '../http/index.ts'

/** What several pages of the console tell in the same way. */

export const textShape = z
  .object({ vi: z.string(), en: z.string() })
  .meta({ id: 'Text', description: 'The same in Vietnamese and English.' })
export type Text = z.output<typeof textShape>

const codes = Object.keys(failures) as [FailureCode, ...FailureCode[]]

export const causeShape = z
  .object({
    code: z.enum(codes).meta({ description: 'Stable; from the table of failures.' }),
    vi: z.string(),
    en: z.string(),
    remedy: textShape.meta({ description: 'What to do about it.' }),
    retry: z.enum(['permanent', 'transient', 'unknown']),
    acts: z.enum(['caller', 'sender', 'operator']).meta({ description: 'Who can repair it.' }),
  })
  .meta({ id: 'Cause', description: 'Why something failed, and what to do, as the table of failures has it.' })
export type Cause = z.output<typeof causeShape>

export const partyShape = z
  .object({
    code: agencyCode,
    name: z.string().meta({ description: 'As the directory has it; the code when unknown.' }),
  })
  .meta({ id: 'AgencyName' })
export type AgencyName = z.output<typeof partyShape>

export const countShape = z
  .object({
    value: z.number().int().min(0),
    exact: z.boolean().meta({ description: 'false: at least so many; counting stopped at a bound.' }),
  })
  .meta({ id: 'Count' })
export type Count = z.output<typeof countShape>

export const laneShape = z.enum(['express', 'ordinary', 'status'])
export type LaneName = z.output<typeof laneShape>

export const certificateShape = z
  .object({
    fingerprint: z.string().meta({ description: 'SHA-256, lower-case hex.' }),
    subject: z.string(),
    issuer: z.string(),
    serial: z.string(),
    notBefore: z.iso.datetime(),
    notAfter: z.iso.datetime(),
    daysLeft: z.number().int().meta({ description: 'Whole days; negative when it is over.' }),
    key: z.string().meta({ description: 'Kind of key, for people.', example: 'RSA 2048' }),
  })
  .meta({ id: 'CertificateView' })
export type CertificateView = z.output<typeof certificateShape>
