import { z } from 'zod'
import { limits } from '../base/index.ts'
import { envelopeId, instant, newStaffInfo, nextCursor, pageQuery, processingStatusShape, text } from '../http/index.ts'
import { documentSummaryShape, inboxStateShape } from './document-shapes.ts'

const leaseSeconds = z
  .number()
  .int()
  .min(1)
  .max(limits.leaseMsMax / 1000)
  .optional()
  .meta({ description: `How long the lease holds; ${limits.leaseMs / 1000} seconds unless told.`, example: 300 })

const token = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'The token of the lease.', example: 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE' })

export const leaseRequest = z
  .strictObject({
    max: z
      .number()
      .int()
      .min(1)
      .max(limits.leaseDocuments)
      .default(1)
      .meta({ description: 'Up to how many documents.' }),
    leaseSeconds,
  })
  .meta({ id: 'LeaseRequest' })

export const leasesShape = z
  .object({
    items: z.array(
      z.object({
        id: envelopeId,
        token: token.meta({ description: 'Show it with confirm, release and extend. Only this lease knows it.' }),
        leaseUntil: instant('Until then nobody else gets the document'),
      }),
    ),
  })
  .meta({ id: 'Leases', description: 'Urgent documents first, then in order of arrival; empty when nothing waits.' })

export const tokenRequest = z.strictObject({ token }).meta({ id: 'LeaseToken' })
export const extendRequest = z.strictObject({ token, leaseSeconds }).meta({ id: 'LeaseExtension' })
export const extendedShape = z.object({ leaseUntil: instant('The new end of the lease') }).meta({ id: 'ExtendedLease' })

export const inboxQuery = z.strictObject({ state: inboxStateShape.optional(), ...pageQuery })

export const inboxListShape = z
  .object({ items: z.array(documentSummaryShape), next: nextCursor })
  .meta({ id: 'InboxList', description: 'In order of arrival.' })

export const newStatusShape = z
  .strictObject({
    code: z.enum(['02', '03', '04', '05', '06']).meta({
      description:
        '02 từ chối tiếp nhận (needs a description), 03 đã tiếp nhận, 04 phân công, 05 đang xử lý, 06 hoàn thành.',
      example: '03',
    }),
    description: text(1000, 'Mô tả; lý do khi từ chối', 'Đã vào sổ văn bản đến số 1520').optional(),
    staffInfo: newStaffInfo.optional(),
  })
  .meta({ id: 'NewStatus', description: 'Báo trạng thái xử lý.' })

export const reportedStatusShape = z
  .object({
    id: envelopeId.meta({ description: 'Id of the signed status package.' }),
    code: processingStatusShape,
    acceptedAt: instant('When the status became durable'),
  })
  .meta({ id: 'ReportedStatus' })
