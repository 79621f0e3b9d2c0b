import { z } from 'zod'
import { agencyCode, nextCursor, pageQuery } from '../http/index.ts'

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
        'degraded: the axis is away, and documents are accepted all the same, or an agency of ours cannot sign and ' +
        'its documents are not; unready: nothing can be accepted.',
    }),
    checks: z.object({ store: z.enum(['up', 'down']), broker: z.enum(['up', 'down']), keys: z.enum(['up', 'down']) }),
  })
  .meta({ id: 'Readiness' })
