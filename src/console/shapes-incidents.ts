import { z } from 'zod'
import { agencyCode, envelopeId, instant, nextCursor, octets, pageQuery } from '../http/index.ts'
import { causeShape, countShape, partyShape } from './shapes-common.ts'
import { transportStateShape } from './shapes-documents.ts'
import { commandNameShape } from './shapes-names.ts'

export const incidentQuery = z.strictObject({
  by: z.enum(['cause', 'partner', 'certificate']).default('cause').meta({
    description: 'cause: one group per cause and partner; partner: per partner; certificate: per signing certificate.',
  }),
  agency: agencyCode.optional(),
  days: z.coerce.number().int().min(1).max(365).default(30).meta({
    description: 'How far back ended failures and quarantine reach; what still waits for repair is always there.',
  }),
})
export type IncidentQuery = z.input<typeof incidentQuery>

export const incidentGroupShape = z
  .object({
    group: z.string().meta({ description: 'Opaque; names the group in …/incidents/items and in commands.' }),
    kind: z.enum(['delivery', 'quarantine']),
    cause: causeShape.optional().meta({ description: 'Absent where a group holds several causes.' }),
    partner: partyShape.optional(),
    certificate: z
      .object({ fingerprint: z.string(), subject: z.string().optional(), notAfter: instant('Ends').optional() })
      .optional(),
    count: countShape,
    states: z
      .record(z.string(), z.number().int())
      .meta({ description: 'Deliveries by state: held, rejected, expired, accepted.' }),
    oldestAt: instant('First'),
    newestAt: instant('Last'),
    sample: z.string().meta({ description: 'What exactly went wrong in one of them.' }),
    commands: z
      .array(commandNameShape)
      .meta({ description: 'What would help, most fitting first, as far as the user may.' }),
  })
  .meta({ id: 'IncidentGroup' })
export type IncidentGroup = z.output<typeof incidentGroupShape>

export const incidentGroupsShape = z
  .object({ items: z.array(incidentGroupShape), at: instant('When this was so') })
  .meta({ id: 'IncidentGroups', description: 'Largest first, at most 200.' })
export type IncidentGroups = z.output<typeof incidentGroupsShape>

export const incidentItemQuery = z.strictObject({ group: z.string().min(1).max(500), ...pageQuery })
export type IncidentItemQuery = z.input<typeof incidentItemQuery>

export const incidentItemShape = z
  .object({
    kind: z.enum(['delivery', 'quarantine']),
    id: z.string().meta({ description: 'Of the delivery, or of the item in quarantine.' }),
    at: instant('When'),
    agency: partyShape,
    partner: partyShape.optional(),
    brokerUser: z.string().optional(),
    state: transportStateShape.optional(),
    document: z.object({ id: envelopeId, number: z.string(), subject: z.string() }).optional(),
    cause: causeShape.optional(),
    message: z.string(),
    octets: octets.optional(),
  })
  .meta({ id: 'IncidentItem' })
export type IncidentItem = z.output<typeof incidentItemShape>

export const incidentItemsShape = z
  .object({ items: z.array(incidentItemShape), next: nextCursor })
  .meta({ id: 'IncidentItems', description: 'Newest first.' })
export type IncidentItems = z.output<typeof incidentItemsShape>
