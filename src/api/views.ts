import {
  type AttachmentRecord,
  type DeliveryRecord,
  type DocumentRecord,
  documents,
  type EventRecord,
  events,
  type InboxRecord,
  type ReceiptRecord,
  type ReportRecord,
  type Sql,
  type StatusRecord,
  statuses,
} from '../store/index.ts'

/** A document in a list. */
export async function summaryView(sql: Sql, record: DocumentRecord) {
  const deliveries = record.direction === 'out' ? await documents.deliveries(sql, record.id) : []
  return {
    id: record.id,
    agency: record.owner,
    direction: record.direction,
    operation: record.operation,
    sender: record.sender,
    documentId: record.documentId,
    code: { codeNumber: record.codeNumber, codeNotation: record.codeNotation },
    promulgationDate: record.promulgationDate,
    subject: record.subject,
    lane: record.lane,
    sha256: record.sha256,
    octets: record.octets,
    storedAt: record.storedAt.toISOString(),
    signer: record.signer,
    signingTime: record.signingTime?.toISOString(),
    deliveries: deliveries.map(deliveryView),
    inbox: record.inbox && inboxView(record.inbox),
  }
}

/** A document with everything that is known of it. */
export async function documentView(sql: Sql, record: DocumentRecord) {
  const [summary, attachments, told, receipts, timeline] = await Promise.all([
    summaryView(sql, record),
    documents.attachments(sql, record.id),
    statuses.of(sql, record.id),
    documents.receipts(sql, record.id),
    events.timeline(sql, [record.owner], record.id),
  ])
  return {
    ...summary,
    message: record.message,
    attachments: attachments.map(attachmentView),
    statuses: told.map(statusView),
    receipts: receipts.map(receiptView),
    timeline: timeline.map(eventView),
  }
}

/** The latest report on an attachment. */
export function reportView(found: ReportRecord | undefined) {
  if (found === undefined) return { state: 'waiting' }
  const { run, judgedAt, report } = found
  return { state: 'judged', run, judgedAt: judgedAt.toISOString(), report }
}

export function receiptView({ receivedAt, ...receipt }: ReceiptRecord) {
  return { ...receipt, receivedAt: receivedAt.toISOString() }
}

function deliveryView(delivery: DeliveryRecord) {
  return {
    recipient: delivery.recipient,
    state: delivery.state,
    attempt: delivery.attempt,
    nextAttemptAt: delivery.nextAttemptAt?.toISOString(),
    deadlineAt: delivery.deadlineAt.toISOString(),
    acceptedAt: delivery.acceptedAt.toISOString(),
    sentAt: delivery.sentAt?.toISOString(),
    endedAt: delivery.endedAt?.toISOString(),
    lastError: delivery.lastError,
    lastMessage: delivery.lastMessage,
    receipt: delivery.receipt,
    processingStatus: delivery.processingStatus,
  }
}

function inboxView(entry: InboxRecord) {
  return {
    state: entry.state,
    leaseUntil: entry.leaseUntil?.toISOString(),
    arrivedAt: entry.arrivedAt.toISOString(),
    confirmedAt: entry.confirmedAt?.toISOString(),
    warnings: entry.warnings,
  }
}

function attachmentView({ n, contentId, name, description, contentType, sha256, octets }: AttachmentRecord) {
  return { n, contentId, name, description, contentType, sha256, octets }
}

function statusView(status: StatusRecord) {
  return {
    id: status.id,
    direction: status.direction,
    counterpart: status.counterpart,
    code: status.code,
    description: status.description,
    staffInfo: status.staffInfo,
    reportedAt: status.reportedAt,
    recordedAt: status.recordedAt.toISOString(),
  }
}

function eventView({ id, seq, type, at, counterpart, data }: EventRecord) {
  return { id, seq, type, at: at.toISOString(), counterpart, data }
}
