/**
 * Submit: checks a document or a status, builds and signs its envelope, puts it in the outbox. What it returned is
 * durable and will reach every recipient or end in a named state. It works while the broker is down.
 */
export type { SubmitDeps } from './deps.ts'
export type { NewDocument } from './new-document.ts'
export { type NewStatus, type ReportedStatus, reportStatus } from './report-status.ts'
export { type Accepted, type NewAttachment, Submission, type SubmissionRequest } from './submission.ts'
