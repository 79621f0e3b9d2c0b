import { z } from 'zod'
import { agencyCode, envelopeId, instant } from '../http/index.ts'
import { partnerStateShape } from './shapes-agencies.ts'
import { causeShape, countShape, laneShape, partyShape } from './shapes-common.ts'

export const healthShape = z
  .object({
    state: z.enum(['up', 'degraded', 'down']),
    store: z.object({
      state: z.enum(['up', 'down']),
      kind: z.enum(['sqlite', 'postgresql']),
      milliseconds: z.number().meta({ description: 'Of a real transaction just now.' }),
    }),
    broker: z.object({ state: z.enum(['up', 'down']), kind: z.enum(['embedded', 'rabbitmq']) }),
    audit: z.object({
      rows: z.number().int(),
      signedUpTo: z.number().int(),
      headSignedAt: instant('Last signed head').optional(),
    }),
  })
  .meta({ id: 'ConsoleHealth' })
export type Health = z.output<typeof healthShape>

const lastDay = countShape.meta({ description: 'In the last 24 hours.' })

export const overviewShape = z
  .object({
    at: instant('When this was so'),
    out: z.object({
      waiting: countShape.meta({ description: 'Deliveries accepted, not yet on the axis.' }),
      sent: countShape.meta({ description: 'On the axis, no receipt yet.' }),
      held: countShape.meta({ description: 'Stopped until somebody repairs something.' }),
      submitted: lastDay,
      received: lastDay,
      rejected: lastDay,
      expired: lastDay,
    }),
    in: z.object({
      waiting: countShape.meta({ description: 'Not fetched by the agency’s system.' }),
      leased: countShape,
      arrived: lastDay,
      confirmed: lastDay,
      quarantined: lastDay,
    }),
    oldestUnfinished: z
      .object({
        id: envelopeId,
        number: z.string(),
        subject: z.string(),
        recipient: partyShape,
        state: z.enum(['accepted', 'sent', 'held']),
        acceptedAt: instant('Accepted'),
        deadlineAt: instant('Deadline'),
      })
      .optional(),
    health: healthShape,
    partners: z
      .array(
        z.object({
          agency: partyShape,
          state: partnerStateShape,
          waiting: countShape,
          oldestAt: instant('Acceptance of the oldest unfinished delivery').optional(),
          failed: lastDay,
        }),
      )
      .meta({ description: 'Those with trouble or a queue, worst first; at most 20.' }),
    incidents: z
      .array(
        z.object({
          group: z.string(),
          cause: causeShape.optional(),
          partner: partyShape.optional(),
          count: countShape,
        }),
      )
      .meta({ description: 'The largest groups, at most 5.' }),
    certificates: z
      .array(
        z.object({
          agency: partyShape,
          fingerprint: z.string(),
          notAfter: instant('Ends'),
          daysLeft: z.number().int(),
        }),
      )
      .meta({ description: 'Ending within 90 days, or over with no successor; soonest first.' }),
  })
  .meta({ id: 'Overview' })
export type Overview = z.output<typeof overviewShape>

export const seriesQuery = z.strictObject({
  step: z.enum(['hour', 'day']).default('hour').meta({ description: 'Days are days in Vietnam.' }),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'Default: 48 hours, or 30 days, ago.' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'Default: now.' }),
  by: z.enum(['total', 'partner', 'lane']).default('total'),
  agency: agencyCode.optional().meta({ description: 'Only of this agency of ours.' }),
  partner: agencyCode.optional(),
  lane: laneShape.optional(),
})
export type SeriesQuery = z.input<typeof seriesQuery>

const counts = z.array(z.number().int().min(0))

export const seriesShape = z
  .object({
    from: instant('Beginning of the first step'),
    stepSeconds: z.number().int().meta({ description: '3600 or 86400.' }),
    steps: z.number().int(),
    complete: z.boolean().meta({ description: 'false: the last minute may be missing.' }),
    lines: z.array(
      z.object({
        partner: partyShape.optional(),
        lane: laneShape.optional(),
        submitted: counts.meta({ description: 'Deliveries accepted for sending.' }),
        sent: counts.meta({ description: 'Deliveries that the axis confirmed for the first time.' }),
        received: counts.meta({ description: 'Deliveries with a signed receipt.' }),
        failed: counts.meta({ description: 'Deliveries rejected, expired or held.' }),
        arrived: counts.meta({ description: 'Documents that came in, verified.' }),
        refused: counts.meta({ description: 'Packages refused or quarantined.' }),
      }),
    ),
  })
  .meta({ id: 'Series', description: 'Columns of `steps` numbers each; by partner at most 20 lines, the busiest.' })
export type Series = z.output<typeof seriesShape>
