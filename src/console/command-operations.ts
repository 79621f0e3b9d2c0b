import { z } from 'zod'
import { operation } from './operation.ts'
import {
  commandRequestShape,
  exportRequestShape,
  jobDetailShape,
  jobListShape,
  jobShape,
  previewRequestShape,
  previewShape,
} from './shapes-commands.ts'

const jobParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/) })

export const previewCommand = operation({
  id: 'previewCommand',
  method: 'post',
  path: '/console/api/commands/preview',
  tag: 'incidents',
  access: 'command',
  summary: 'Xem trước · What a command would do',
  description: 'Says what would happen now. Nothing is changed.',
  body: previewRequestShape,
  answers: { 200: { description: 'What would happen.', shape: previewShape } },
  failures: ['request-too-large', 'not-found', 'incident-gone'],
})

export const giveCommand = operation({
  id: 'giveCommand',
  method: 'post',
  path: '/console/api/commands',
  tag: 'incidents',
  access: 'command',
  summary: 'Ra lệnh · Give a command',
  description:
    'Audited with the user and the reason. The same `commandId` again is the same command, with the same outcome. Few items are done on return; a large group goes on as a job. Commands about partners need the role for all agencies of the gateway.',
  body: commandRequestShape,
  answers: { 200: { description: 'The command, and how far it is.', shape: jobDetailShape } },
  failures: ['request-too-large', 'not-found', 'incident-gone', 'command-id-reused'],
})

export const startExport = operation({
  id: 'startExport',
  method: 'post',
  path: '/console/api/exports',
  tag: 'documents',
  access: 'read',
  summary: 'Xuất danh sách · Export a list',
  description:
    'CSV (UTF-8, for spreadsheets; no cell is a formula). Goes on without the page; the file is kept for a day.',
  body: exportRequestShape,
  answers: { 202: { description: 'The job.', shape: jobShape } },
  failures: ['request-too-large', 'command-id-reused'],
})

export const checkAuditChain = operation({
  id: 'checkAuditChain',
  method: 'post',
  path: '/console/api/audit/chain',
  tag: 'gateway',
  access: 'audit',
  summary: 'Kiểm tra chuỗi nhật ký · Check the chain of the audit',
  description: 'Walks the whole chain as a job, unless that is under way already.',
  answers: { 202: { description: 'The job.', shape: jobShape } },
  failures: [],
})

export const listMyJobs = operation({
  id: 'listJobs',
  method: 'get',
  path: '/console/api/jobs',
  tag: 'incidents',
  access: 'read',
  summary: 'Công việc · Jobs',
  description: 'Commands, exports and checks.',
  answers: { 200: { description: 'The jobs.', shape: jobListShape } },
  failures: [],
})

export const getJob = operation({
  id: 'getJob',
  method: 'get',
  path: '/console/api/jobs/{id}',
  tag: 'incidents',
  access: 'read',
  summary: 'Một công việc · One job',
  description: 'How far it is, and what came of it. Of the user; with the right `audit`, of anybody.',
  params: jobParams,
  answers: { 200: { description: 'The job.', shape: jobDetailShape } },
  failures: ['not-found'],
})

export const cancelMyJob = operation({
  id: 'cancelJob',
  method: 'post',
  path: '/console/api/jobs/{id}/cancel',
  tag: 'incidents',
  access: 'read',
  summary: 'Hủy · Cancel',
  description: 'Ends an export or a check of one’s own. A command is not undone by stopping halfway: it goes on.',
  params: jobParams,
  answers: { 200: { description: 'The job.', shape: jobShape } },
  failures: ['not-found'],
})

export const downloadJobFile = operation({
  id: 'downloadJobFile',
  method: 'get',
  path: '/console/api/jobs/{id}/file',
  tag: 'documents',
  access: 'read',
  summary: 'Tải tệp đã xuất · Download an export',
  description: 'Of a finished export of one’s own. Audited.',
  params: jobParams,
  answers: { 200: { description: 'The file.', mediaTypes: ['text/csv'] }, 304: { description: 'Unchanged.' } },
  failures: ['not-found'],
})

export const getStream = operation({
  id: 'getStream',
  method: 'get',
  path: '/console/api/stream',
  tag: 'gateway',
  access: 'read',
  summary: 'Cập nhật trực tiếp · What happens now',
  description:
    'Server-sent events: `hello`, `changes`, `reset`, `job`, `bye`. The id of `changes` is the number of the last event told; Last-Event-ID goes on from there.',
  parameters: [{ in: 'header', name: 'Last-Event-ID', schema: { type: 'string' }, description: 'Where to go on.' }],
  answers: { 200: { description: 'The stream.', mediaTypes: ['text/event-stream'] } },
  failures: ['too-many-streams'],
})
