import { z } from 'zod'
import { instant, nextCursor, pageQuery } from '../http/index.ts'
import { textShape } from './shapes-common.ts'

export const auditQuery = z.strictObject({
  actor: z.string().min(1).max(200).optional().meta({ description: 'Exactly.', example: 'user:an' }),
  action: z.string().min(1).max(100).optional(),
  subject: z.string().min(1).max(200).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  ...pageQuery,
})
export type AuditQuery = z.input<typeof auditQuery>

export const auditEntryShape = z
  .object({
    seq: z.number().int().optional().meta({ description: 'Absent for a moment, until it is chained.' }),
    id: z.string(),
    at: instant('When'),
    actor: z.string(),
    action: z.string(),
    text: textShape.meta({ description: 'The action in words.' }),
    subject: z.string(),
    detail: z.record(z.string(), z.unknown()).optional().meta({ description: 'Absent when it was destroyed.' }),
    hash: z.string().optional(),
  })
  .meta({ id: 'AuditRow' })
export type AuditEntryView = z.output<typeof auditEntryShape>

export const auditEntriesShape = z
  .object({ items: z.array(auditEntryShape), next: nextCursor })
  .meta({ id: 'AuditRows', description: 'Newest first.' })
export type AuditEntries = z.output<typeof auditEntriesShape>

export const chainShape = z
  .object({
    state: z.enum(['unchecked', 'checking', 'intact', 'broken']),
    checkedAt: instant('When the whole chain was last walked').optional(),
    rows: z.number().int().meta({ description: 'Rows that fitted together; now, when unchecked.' }),
    hash: z.string().optional(),
    heads: z.number().int(),
    signedUpTo: z.number().int(),
    brokenAt: z.number().int().optional(),
    message: z.string().optional(),
    checked: z.number().int().optional().meta({ description: 'While it is checked: the rows walked so far.' }),
    job: z.string().optional().meta({ description: 'The job that checks now, or checked last.' }),
  })
  .meta({ id: 'AuditChain' })
export type AuditChain = z.output<typeof chainShape>

export const configurationShape = z
  .object({
    version: z.string(),
    node: z.string(),
    startedAt: instant('Start of this process'),
    settings: z.array(
      z.object({
        key: z.string(),
        about: textShape,
        value: z.string().meta({ description: 'As written; a secret is never there, only the file that holds it.' }),
        source: z.string().meta({ description: '`default`, the file, or `environment LIENTHONG_…`' }),
      }),
    ),
  })
  .meta({ id: 'Configuration' })
export type Configuration = z.output<typeof configurationShape>
