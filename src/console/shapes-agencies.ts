import { z } from 'zod'
import { agencyCode, instant } from '../http/index.ts'
import { causeShape, certificateShape, countShape, laneShape, partyShape, textShape } from './shapes-common.ts'
import { commandNameShape } from './shapes-names.ts'

export const partnerStateShape = z
  .object({
    state: z.enum(['open', 'paused', 'circuit-open', 'probing']).meta({
      description:
        'open: documents are sent; paused: by an operator; circuit-open: too many failures, sending rests; probing: one is tried.',
    }),
    since: instant('Since').optional(),
    reason: z.string().optional().meta({ description: 'Of the pause.' }),
    cause: causeShape.optional().meta({ description: 'Of the last failure, while the circuit is open.' }),
    by: z.string().optional(),
    nextProbeAt: instant('When it is tried again by itself').optional(),
  })
  .meta({ id: 'PartnerState' })
export type PartnerState = z.output<typeof partnerStateShape>

export const agencyViewShape = z
  .object({
    code: agencyCode,
    wireCode: z.string(),
    name: z.string(),
    nameEn: z.string().optional(),
    parent: partyShape.optional(),
    local: z.boolean().meta({ description: 'Served by this gateway.' }),
    active: z.boolean(),
    validFrom: instant('Takes part from').optional(),
    validTo: instant('Takes part until').optional(),
    successor: partyShape.optional(),
    brokerUser: z.string(),
    contact: z.record(z.string(), z.string()),
    state: partnerStateShape,
    queue: z.object({
      waiting: countShape.meta({ description: 'Unfinished deliveries to it.' }),
      lanes: z.array(z.object({ lane: laneShape, waiting: z.number().int() })),
      oldestAt: instant('Acceptance of the oldest').optional(),
      failed: countShape.meta({ description: 'Held, rejected or expired in the last 7 days.' }),
    }),
    inbox: z
      .object({ waiting: countShape, oldestAt: instant('Arrival of the oldest').optional() })
      .optional()
      .meta({ description: 'Of an agency of ours: what its system has not fetched.' }),
    lastSentAt: instant('Last package that the axis took for it').optional(),
    lastHeardAt: instant('Last verified package or receipt from it').optional(),
    certificates: z.array(certificateShape.extend({ warning: textShape.optional() })),
    commands: z.array(commandNameShape).meta({ description: 'What the user may do to it now.' }),
  })
  .meta({ id: 'AgencyView' })
export type AgencyView = z.output<typeof agencyViewShape>

export const agencyQuery = z.strictObject({ query: z.string().min(1).max(100).optional() })
export type AgencyQuery = z.input<typeof agencyQuery>

export const agencyViewListShape = z
  .object({ items: z.array(agencyViewShape) })
  .meta({ id: 'AgencyViewList', description: 'Ours first, then by code; at most 1,000.' })
export type AgencyViewList = z.output<typeof agencyViewListShape>
