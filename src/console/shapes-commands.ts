import { z } from 'zod'
import { agencyCode, envelopeId, instant, nextCursor, pageQuery } from '../http/index.ts'
import { causeShape, partyShape, textShape } from './shapes-common.ts'
import { documentQuery } from './shapes-documents.ts'
import { commandNameShape } from './shapes-names.ts'

const ids = z.array(z.string().min(1).max(64)).min(1).max(500)

/** What a command is done to: exactly one of these. */
export const targetsShape = z
  .union([
    z.strictObject({ deliveries: ids }),
    z.strictObject({ quarantine: ids }),
    z.strictObject({ partners: z.array(agencyCode).min(1).max(100) }),
    z.strictObject({ group: z.string().min(1).max(500) }).meta({ description: 'All of a group of incidents.' }),
  ])
  .meta({ id: 'CommandTargets' })
export type CommandTargets = z.input<typeof targetsShape>

export const previewRequestShape = z
  .strictObject({ command: commandNameShape, targets: targetsShape })
  .meta({ id: 'CommandPreviewRequest' })
export type PreviewRequest = z.input<typeof previewRequestShape>

export const effectShape = z
  .object({
    id: z.string().meta({ description: 'Of the delivery, the item in quarantine, or the code of the partner.' }),
    agency: partyShape.optional(),
    partner: partyShape.optional(),
    document: z.object({ id: envelopeId, number: z.string(), subject: z.string() }).optional(),
    outcome: z.enum(['done', 'would-do', 'unchanged', 'refused', 'failed']),
    text: textShape.meta({ description: 'What would happen, or did, or why not.' }),
    cause: causeShape.optional(),
  })
  .meta({ id: 'CommandEffect' })
export type CommandEffect = z.output<typeof effectShape>

export const previewShape = z
  .object({
    command: commandNameShape,
    total: z.number().int().meta({ description: 'Targets that were looked at.' }),
    wouldDo: z.number().int(),
    refused: z.number().int(),
    effects: z.array(effectShape).meta({ description: 'The first 100.' }),
    more: z.boolean().meta({ description: 'true: the group is larger than one command takes; repeat it afterwards.' }),
  })
  .meta({ id: 'CommandPreview', description: 'What would happen. Nothing was changed.' })
export type CommandPreview = z.output<typeof previewShape>

export const commandRequestShape = z
  .strictObject({
    commandId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,64}$/, 'must be 16 to 64 of A-Z, a-z, 0-9, - and _')
      .meta({ description: 'Made by the page for each decision; the same again is never done twice.' }),
    command: commandNameShape,
    targets: targetsShape,
    reason: z.string().trim().min(3).max(500).meta({ description: 'Lý do: stands in the audit.' }),
  })
  .meta({ id: 'CommandRequest' })
export type CommandRequest = z.input<typeof commandRequestShape>

export const exportRequestShape = z
  .strictObject({
    jobId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,64}$/)
      .meta({ description: 'The same again is the same job.' }),
    kind: z.literal('documents'),
    language: z.enum(['vi', 'en']).default('vi'),
    filters: documentQuery.omit({ limit: true, cursor: true }),
  })
  .meta({ id: 'ExportRequest' })
export type ExportRequest = z.input<typeof exportRequestShape>

export const jobShape = z
  .object({
    id: z.string(),
    kind: z.enum(['command', 'export', 'audit-check']),
    state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
    title: textShape,
    command: commandNameShape.optional(),
    reason: z.string().optional(),
    by: z.string().meta({ description: '`user:…`' }),
    createdAt: instant('Asked for'),
    startedAt: instant('Began').optional(),
    endedAt: instant('Ended').optional(),
    done: z.number().int(),
    total: z.number().int().optional().meta({ description: 'Absent while unknown.' }),
    refused: z.number().int().meta({ description: 'Of `done`, those that could not be.' }),
    cause: causeShape.optional(),
    message: z.string().optional(),
    file: z
      .object({ name: z.string(), octets: z.number().int(), href: z.string(), until: instant('Kept until') })
      .optional()
      .meta({ description: 'Of a finished export.' }),
  })
  .meta({ id: 'Job' })
export type Job = z.output<typeof jobShape>

export const jobListShape = z
  .object({ items: z.array(jobShape) })
  .meta({ id: 'JobList', description: 'Of the user, newest first, at most 50; with the right `audit`, of all users.' })
export type JobList = z.output<typeof jobListShape>

export const effectQuery = z.strictObject({ ...pageQuery })
export const effectListShape = z
  .object({ items: z.array(effectShape), next: nextCursor })
  .meta({ id: 'CommandEffects' })
export type CommandEffects = z.output<typeof effectListShape>
