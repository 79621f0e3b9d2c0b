import { createHash } from 'node:crypto'
import { edxmlTimestamp, GatewayError, reached } from '../base/index.ts'
import { writeStatus } from '../envelope/index.ts'
import {
  type AgencyCode,
  type DocumentMessage,
  type EnvelopeId,
  type ProcessingStatus,
  processingStatuses,
  type StaffInfo,
  type StatusMessage,
} from '../message/index.ts'
import {
  audit,
  content,
  type DocumentRecord,
  deliveries,
  documents,
  envelopes,
  events,
  lock,
  type StatusRecord,
  statuses,
} from '../store/index.ts'
import type { SubmitDeps } from './deps.ts'

/** A processing status that a recipient's system reports about a document it received. */
export interface NewStatus {
  readonly agency: AgencyCode
  /** Our id of the received document. */
  readonly document: EnvelopeId
  readonly code: '02' | '03' | '04' | '05' | '06'
  readonly description?: string
  readonly staffInfo?: StaffInfo
  /** Id of the authenticated client. */
  readonly client: string
}

export interface ReportedStatus {
  readonly id: EnvelopeId
  readonly code: ProcessingStatus
  readonly acceptedAt: Date
  /** The same status had been reported before; this is it. */
  readonly repeated: boolean
}

/**
 * Signs the status and puts it in the outbox, from where it goes to the document's sender until that one's receipt.
 * Steps may be skipped forward; nothing follows a refusal or the end (edXML notes §4.5).
 * @throws {GatewayError} not-found: the agency has received no such document
 * @throws {GatewayError} status-not-allowed: it would lead backwards
 * @throws {GatewayError} business-rule-violation: a refusal without its reason (BR-14)
 * @throws {GatewayError} request-invalid: a reason so long that its end would not travel
 */
export async function reportStatus(deps: SubmitDeps, status: NewStatus): Promise<ReportedStatus> {
  const { store, clock, ids, keys, settings } = deps
  const record = await documents.find(store.read, [status.agency], status.document)
  if (record === undefined || record.direction !== 'in' || record.message.form !== 'document')
    throw new GatewayError('not-found', `${status.agency} has received no document ${status.document}`, {
      value: status.document,
    })
  if (status.code === '02' && (status.description ?? '').trim() === '')
    throw new GatewayError('business-rule-violation', 'a refusal needs its reason', {
      field: '/description',
      rule: 'BR-14',
    })
  const room = DESCRIPTION_CHARACTERS - REFUSAL.length
  if (status.code === '02' && (status.description ?? '').length > room)
    throw new GatewayError('request-invalid', `the reason of a refusal may have ${room} characters`, {
      field: '/description',
      expected: room,
    })
  const repeated = requireNext(status, await statuses.of(store.read, record.id))
  if (repeated !== undefined) return repeated

  const now = clock.now()
  const deadlineAt = new Date(now.getTime() + settings.deadlineMs.status)
  const message = compose(deps, status, record, record.message, now)
  const signer = keys.signerFor(status.agency, now, deadlineAt)
  const answered = await envelopes.find(store.read, record.id)
  // a refusal names the bytes it refuses; the other statuses tell of a process, not of bytes
  const answers =
    status.code === '02' && answered !== undefined
      ? { envelopeSha256: answered.sha256, references: answered.references }
      : undefined
  const written = await writeStatus(message, signer, now, answers)
  const id = ids.next() as EnvelopeId
  const raced = await store.transact(async (tx) => {
    await lock(tx, ['status', record.id])
    const earlier = requireNext(status, await statuses.of(tx, record.id))
    if (earlier !== undefined) return earlier
    await envelopes.add(tx, {
      id,
      owner: status.agency,
      direction: 'out',
      operation: `status:${status.code}`,
      sender: status.agency,
      documentId: record.documentId,
      sha256: createHash('sha256').update(written.octets).digest('hex'),
      contentDigest: written.contentDigest,
      octets: written.octets.length,
      parts: 1,
      lane: 'status',
      message,
      references: written.references,
      signer: signer.certificate.fingerprint,
      signingTime: now,
      storedAt: now,
      attachments: [],
    })
    await Promise.all([
      content.add(tx, id, 0, written.octets),
      statuses.add(tx, {
        envelope: id,
        agency: status.agency,
        direction: 'out',
        counterpart: record.sender,
        document: record.id,
        documentId: record.documentId,
        code: status.code,
        ...(message.description === undefined ? {} : { description: message.description }),
        ...(status.staffInfo === undefined ? {} : { staffInfo: status.staffInfo }),
        reportedAt: message.timestamp,
        recordedAt: now,
        ...(answers === undefined ? {} : { answers }),
        applied: true,
      }),
      deliveries.add(tx, {
        id: ids.next(),
        envelope: id,
        owner: status.agency,
        recipient: record.sender,
        kind: 'status',
        lane: 'status',
        acceptedAt: now,
        deadlineAt,
      }),
      events.add(tx, ids, {
        agency: status.agency,
        envelope: record.id,
        counterpart: record.sender,
        type: 'status-reported',
        at: now,
        data: { code: status.code, status: id, client: status.client },
      }),
      audit.record(
        tx,
        {
          actor: status.client,
          action: 'status-reported',
          subject: record.id,
          detail: { code: status.code, status: id },
        },
        ids,
        clock,
      ),
    ])
    reached('submit.before-commit')
    return undefined
  })
  if (raced !== undefined) return raced
  reached('submit.committed')
  deps.outbox.ring()
  return { id, code: status.code, acceptedAt: now, repeated: false }
}

/** The clerk's refusal has a code of its own, which tells it from a gateway's (contract: an 02 begins with [code]). */
const REFUSAL = '[refused-by-recipient] '
const DESCRIPTION_CHARACTERS = 1000

/** The earlier report when this one says the same again; otherwise requires that it leads forward. */
function requireNext(status: NewStatus, told: readonly StatusRecord[]): ReportedStatus | undefined {
  const ours = told.filter((t) => t.direction === 'out')
  const same = ours.find((t) => t.code === status.code)
  if (same !== undefined) return { id: same.id, code: same.code, acceptedAt: same.recordedAt, repeated: true }
  const last = documents.furthestStatus(ours.map((t) => t.code))
  const refused = ours.some((t) => t.code === '02')
  const allowed = !refused && (last === undefined || last === '01' || (status.code !== '02' && status.code > last))
  if (!allowed)
    throw new GatewayError(
      'status-not-allowed',
      `${status.code} (${processingStatuses[status.code].en}) cannot follow ${last ?? '01'}; report a later one`,
      { field: '/code', value: status.code, expected: `after ${last ?? '01'}` },
    )
  return undefined
}

function compose(
  { directory }: SubmitDeps,
  status: NewStatus,
  record: DocumentRecord,
  document: DocumentMessage,
  now: Date,
): StatusMessage {
  const { description, staffInfo } = status
  return {
    form: 'status',
    from: directory.partyOf(status.agency),
    responseFor: {
      organId: document.from.organId ?? directory.wireCodeOf(record.sender),
      code: `${document.code.codeNumber}/${document.code.codeNotation}`,
      promulgationDate: document.promulgationInfo.promulgationDate,
      documentId: document.documentId,
    },
    ...(staffInfo === undefined ? {} : { staffInfo }),
    statusCode: status.code,
    ...(description === undefined
      ? {}
      : { description: status.code === '02' ? `${REFUSAL}${description}` : description }),
    timestamp: edxmlTimestamp(now),
  }
}
