import type { Directory } from '../directory/index.ts'
import { isProcessingStatus, processingStatuses } from '../message/index.ts'
import {
  clients,
  commands,
  type DeliveryDetail,
  type DocumentRecord,
  desk,
  documents,
  type EventRecord,
  events,
  type ReportRecord,
  reports,
  type Sql,
  type StatusRecord,
  statuses,
  validations,
} from '../store/index.ts'
import { documentRows } from './document-rows.ts'
import { commandsFor, nextOfInbox, nextStepOf } from './next-step.ts'
import type { Text } from './shapes-common.ts'
import type { AttachmentVerdict, DeliveryView, DocumentView, TimelineEntry } from './shapes-documents.ts'
import { causeOf, EVENT_TEXTS, instantIf, iso, named, text, wordsFor } from './words.ts'

const ATTEMPTS = 100
const TIMELINE = 1_000

/** One document, with everything that is known of it. */
export async function documentView(
  sql: Sql,
  directory: Directory,
  record: DocumentRecord,
  may: { readonly content: boolean; readonly command: boolean },
): Promise<DocumentView> {
  const [[row], deliveries, attachments, told, receipts, timeline, signed, evidence] = await Promise.all([
    documentRows(sql, directory, record.direction, [{ ...record, storedAt: record.storedAt.getTime() }]),
    desk.deliveriesOf(sql, [record.id]),
    documents.attachments(sql, record.id),
    statuses.of(sql, record.id),
    documents.receipts(sql, record.id),
    events.timeline(sql, [record.owner], record.id),
    reports.ofDocument(sql, record.id),
    validations.isKept(sql, record.id),
  ])
  if (row === undefined) throw new Error('a document has a row')
  const furthest = new Map(
    (await documents.deliveries(sql, record.id)).map(({ recipient, processingStatus }) => [
      recipient,
      processingStatus,
    ]),
  )
  return {
    ...row,
    sender: named(directory, record.sender),
    sha256: record.sha256,
    deliveries: await Promise.all(
      deliveries.map((one) => deliveryView(sql, directory, one, { ...may, status: furthest.get(one.recipient) })),
    ),
    ...(record.inbox === undefined
      ? {}
      : {
          inbox: {
            state: record.inbox.state,
            arrivedAt: record.inbox.arrivedAt.toISOString(),
            ...(record.inbox.leaseUntil === undefined ? {} : { leaseUntil: record.inbox.leaseUntil.toISOString() }),
            ...(record.inbox.confirmedAt === undefined ? {} : { confirmedAt: record.inbox.confirmedAt.toISOString() }),
            ...(record.inbox.client === undefined ? {} : { client: record.inbox.client }),
            warnings: record.inbox.warnings.map(({ rule, field, message }) => ({ rule, field, message })),
            next: nextOfInbox(record.inbox),
          },
        }),
    ...(may.content ? { message: record.message as unknown as NonNullable<DocumentView['message']> } : {}),
    attachments: attachments.map(({ n, name, description, contentType, octets, sha256 }) => ({
      n,
      name,
      ...(description === undefined ? {} : { description }),
      contentType,
      octets,
      sha256,
      ...signedView(signed.get(n), may.content),
    })),
    statuses: told.map((status) => ({
      id: status.id,
      direction: status.direction,
      counterpart: named(directory, status.counterpart),
      code: status.code,
      text: statusText(status.code),
      ...(status.description === undefined ? {} : { description: status.description }),
      reportedAt: status.reportedAt,
      recordedAt: status.recordedAt.toISOString(),
    })),
    receipts: receipts.map(({ id, sender, code, receivedAt, evidence }) => ({
      id,
      sender: named(directory, sender),
      code,
      text: statusText(code),
      receivedAt: receivedAt.toISOString(),
      evidence,
    })),
    evidence,
    timeline: await timelineOf(sql, directory, timeline.slice(-TIMELINE), told, record),
  }
}

/** The signatures inside of an attachment: the verdict for everybody, who signed for those who may read what it says. */
function signedView(found: ReportRecord | 'waiting' | undefined, content: boolean): { signed?: AttachmentVerdict } {
  if (found === undefined) return {}
  if (found === 'waiting') return { signed: { state: 'waiting' } }
  const { judgedAt, report } = found
  const { verdict, informationOnly, file } = report
  return {
    signed: {
      ...{ state: 'judged', judgedAt: judgedAt.toISOString(), verdict, form: file.form, informationOnly },
      ...(content ? { report: report as unknown as NonNullable<AttachmentVerdict['report']> } : {}),
    },
  }
}

/** The events, and beside those of a command who gave it and why; a system is called by its name. */
async function timelineOf(
  sql: Sql,
  directory: Directory,
  timeline: readonly EventRecord[],
  told: readonly StatusRecord[],
  record: DocumentRecord,
): Promise<TimelineEntry[]> {
  const given = [...new Set(timeline.map(({ data }) => data['command']).filter((id) => typeof id === 'string'))]
  const [orders, systems] = await Promise.all([
    Promise.all(given.map(async (id) => [id, await commands.find(sql, id)] as const)),
    clients.list(sql),
  ])
  const byId = new Map(orders)
  const names = new Map(systems.map(({ id, name }) => [id, name]))
  return timeline.map((event) => {
    const entry = entryOf(directory, event, told, record)
    const order = typeof event.data['command'] === 'string' ? byId.get(event.data['command']) : undefined
    const name = entry.actor.startsWith('client:') ? names.get(entry.actor.slice('client:'.length)) : undefined
    return {
      ...entry,
      ...(order === undefined ? {} : { actor: order.actor, reason: order.reason }),
      ...(name === undefined ? {} : { actor: `client:${name}` }),
    }
  })
}

async function deliveryView(
  sql: Sql,
  directory: Directory,
  delivery: DeliveryDetail,
  about: { command: boolean; status: string | undefined },
): Promise<DeliveryView> {
  const attempts = await desk.attemptsOf(sql, delivery.id, ATTEMPTS)
  const { lastError, lastMessage, receipt } = delivery
  return {
    id: delivery.id,
    recipient: named(directory, delivery.recipient),
    kind: delivery.kind,
    state: delivery.state,
    attempt: delivery.attempt,
    acceptedAt: iso(delivery.acceptedAt),
    ...instantIf('sentAt', delivery.sentAt),
    ...instantIf('endedAt', delivery.endedAt),
    ...instantIf('nextAttemptAt', delivery.nextAttemptAt),
    deadlineAt: iso(delivery.deadlineAt),
    ...(lastError === null ? {} : { cause: causeOf(lastError) }),
    ...(lastMessage === null ? {} : { message: lastMessage }),
    ...(receipt === null ? {} : { receipt }),
    ...(about.status === undefined
      ? {}
      : { processingStatus: about.status, processingStatusText: statusText(about.status) }),
    next: nextStepOf(delivery),
    attempts: attempts.map(({ n, at, error, message }) => ({
      n,
      at: iso(at),
      ...(error === null ? {} : { cause: causeOf(error) }),
      ...(message === null ? {} : { message }),
    })),
    commands: about.command ? commandsFor(delivery) : [],
  }
}

/** Whose word an event is: the other side's where it tells what it signed, a client's where one asked. */
const BY_PARTNER: ReadonlySet<string> = new Set([
  'receipt-verified',
  'late-receipt',
  'document-rejected',
  'status-received',
  'document-arrived',
  'document-verified',
])

function entryOf(
  directory: Directory,
  event: EventRecord,
  told: readonly StatusRecord[],
  record: DocumentRecord,
): TimelineEntry {
  const { data, counterpart } = event
  const status = typeof data['status'] === 'string' ? told.find(({ id }) => id === data['status']) : undefined
  const claimed =
    status?.reportedAt ?? (event.type === 'document-verified' ? record.signingTime?.toISOString() : undefined)
  const [client, actor, reason, code] = [data['client'], data['actor'], data['reason'], data['code']]
  const by = BY_PARTNER.has(event.type) && counterpart !== undefined ? `partner:${counterpart}` : 'gateway'
  return {
    id: event.id,
    ...(event.seq === undefined ? {} : { seq: event.seq }),
    type: event.type,
    text: wordsFor(EVENT_TEXTS, event.type),
    at: event.at.toISOString(),
    ...(claimed === undefined ? {} : { claimedAt: claimed }),
    actor: typeof actor === 'string' ? actor : typeof client === 'string' ? `client:${client}` : by,
    ...(counterpart === undefined ? {} : { counterpart: named(directory, counterpart) }),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof code === 'string' && !/^\d\d$/.test(code) ? { cause: causeOf(code) } : {}),
    data: { ...data },
  }
}

export function statusText(code: string): Text {
  return isProcessingStatus(code) ? text(processingStatuses[code].vi, processingStatuses[code].en) : text(code, code)
}
