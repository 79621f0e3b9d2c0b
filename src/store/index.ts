/**
 * Store: what must not be lost. Transactions that resolve when they are on the disk, one schema, one set of queries
 * for every database.
 */

export type { AuditEntry } from './audit.ts'
export * as audit from './audit.ts'
export { type AuditHead, signAuditHead } from './audit-head.ts'
export type { Client, NewClient } from './clients.ts'
export * as clients from './clients.ts'
export { type ClockWitness, clockWitnesses, refusedForTheirTime } from './clock-evidence.ts'
export type { CommandProgress, StoredCommand } from './commands.ts'
export * as commands from './commands.ts'
export * as content from './content.ts'
export { type CopyReport, copyStore } from './copy.ts'
export type { DeliveryKind, DeliveryView, PartRange } from './deliveries.ts'
export * as deliveries from './deliveries.ts'
export type { DeliveryConditions, MovableDelivery } from './delivery-moves.ts'
export * as deliveryMoves from './delivery-moves.ts'
export type {
  AuditFilter,
  AuditRowView,
  DeliveryDetail,
  IncidentFilter,
  IncidentItemRow,
  IncidentKey,
  IncidentRow,
  ListedDocument,
  ListQuery,
  QueueCell,
  StoredJob,
  TrafficRow,
} from './desk/desk.ts'
export * as desk from './desk/desk.ts'
export { followEvents } from './desk/follow.ts'
export type { AttachmentRecord, DeliveryRecord, DocumentQuery, DocumentRecord, ReceiptRecord } from './documents.ts'
export * as documents from './documents.ts'
export type { Direction, NewEnvelope, StoredEnvelope } from './envelopes.ts'
export * as envelopes from './envelopes.ts'
export type { EventRecord, EventType } from './events.ts'
export * as events from './events.ts'
export { EVIDENCE_FORMAT, type EvidenceFile, evidenceOf, evidenceOfReceipt } from './evidence.ts'
export { type EvidenceRound, firstRound, sweepEvidence } from './evidence-sweep.ts'
export type { InboxRecord, InboxState } from './inbox.ts'
export * as inbox from './inbox.ts'
export { type LockKey, lock } from './lock.ts'
export type { Migration } from './migrate.ts'
export type { NewNotice, Notice, NoticeKind } from './notices.ts'
export * as notices from './notices.ts'
export { type OpenOptions, openStore, type StorePlace } from './open.ts'
export type { DueRecipient, LeasedDelivery } from './outbox.ts'
export * as outbox from './outbox.ts'
export type { CircuitTeller, Partner } from './partners.ts'
export * as partners from './partners.ts'
export type { QuarantineClaim, QuarantineConditions, QuarantineRecord, QuarantineState } from './quarantine.ts'
export * as quarantine from './quarantine.ts'
export type { RepeatKey } from './repeats.ts'
export * as repeats from './repeats.ts'
export type { AgainSelection, LeasedAttachment, ReportRecord } from './reports.ts'
export * as reports from './reports.ts'
export type { DuePlace, RevocationPlace, RevocationState } from './revocation.ts'
export * as revocation from './revocation.ts'
export { folded } from './search-text.ts'
export { proveWritable, sequenceAudit, sequenceEvents } from './sequence.ts'
export type { Sql, SqlValue, Store, TransactOptions } from './sql.ts'
export type { PackageClaim, Stage } from './stages.ts'
export * as stages from './stages.ts'
export type { StatusRecord, UnappliedStatus } from './statuses.ts'
export * as statuses from './statuses.ts'
export * as submissions from './submissions.ts'
export type { Validation, ValidationDatum } from './validations.ts'
export * as validations from './validations.ts'
export { type AuditVerdict, verifyAudit, walkAudit } from './verify-audit.ts'
