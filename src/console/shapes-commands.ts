import { z } from 'zod'
import { agencyCode, envelopeId, instant } from '../http/index.ts'
import { causeShape, partyShape, textShape } from './shapes-common.ts'
import { documentQuery } from './shapes-documents.ts'
import { commandNameShape } from './shapes-names.ts'

const ids = z.array(z.string().min(1).max(64)).min(1).max(500)

/** What a command is done to: exactly one of these. */
export const targetsShape = z
  .union([
    z.strictObject({ deliveries: ids }),
    z.strictObject({ quarantine: ids }),
    z.strictObject({ partner: agencyCode }),
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
    from: z.string().optional().meta({ description: 'The state it was in.' }),
    to: z.string().optional().meta({ description: 'The state it is in then; absent when it is left out.' }),
    cause: causeShape.optional().meta({ description: 'Why it is left out.' }),
    detail: z.string().optional(),
    partner: partyShape.optional(),
    document: z.object({ id: envelopeId, number: z.string(), subject: z.string() }).optional(),
  })
  .meta({ id: 'CommandEffect' })
export type CommandEffect = z.output<typeof effectShape>

const leftOut = z
  .array(z.object({ cause: causeShape, count: z.number().int() }))
  .meta({ description: 'What the command passes over, and why.' })

export const previewShape = z
  .object({
    command: commandNameShape,
    at: instant('As it stood'),
    total: z.number().int().meta({ description: 'Found.' }),
    changes: z.number().int().meta({ description: 'Of them, those that would change.' }),
    leftOut,
    effects: z
      .array(effectShape)
      .meta({ description: 'The first ones, in the order in which the command takes them.' }),
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
    seenAt: z.iso.datetime({ offset: true }).optional().meta({
      description: 'The `at` of the preview that the person saw: what a command has changed since is left out.',
    }),
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
    changed: z.number().int().optional().meta({ description: 'Of a command: of `done`, those that changed.' }),
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

export const jobDetailShape = z
  .object({
    ...jobShape.shape,
    leftOut: leftOut.optional(),
    effects: z.array(effectShape).optional().meta({ description: 'Of a command: the first ones.' }),
  })
  .meta({ id: 'JobDetail' })
export type JobDetail = z.output<typeof jobDetailShape>
