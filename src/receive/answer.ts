import { createHash } from 'node:crypto'
import { edxmlTimestamp } from '../base/index.ts'
import { type WrittenHead, writeStatus } from '../envelope/index.ts'
import type { AgencyCode, DocumentId, EnvelopeId, Message, ResponseFor, StatusMessage } from '../message/index.ts'
import type { Signer } from '../pki/index.ts'
import type { ReceiptInfo } from '../signature/index.ts'
import { content, deliveries, envelopes, type Sql } from '../store/index.ts'
import type { ReceiveDeps } from './deps.ts'

/** A signed receipt (01) or refusal (02), ready to be stored with what it answers. */
export interface Answer {
  readonly id: EnvelopeId
  readonly message: StatusMessage
  readonly written: WrittenHead
  readonly info: ReceiptInfo
  readonly signer: Signer
  readonly at: Date
  readonly deadlineAt: Date
}

/**
 * Signs an answer. Nothing is stored yet: a receipt is signed first, and stored in the transaction that makes the
 * package durable (promise 5).
 * @param info The digests of what was received: an answer is bound to bytes.
 */
export async function signAnswer(
  deps: ReceiveDeps,
  agency: AgencyCode,
  responseFor: ResponseFor,
  code: '01' | '02',
  description: string,
  info: ReceiptInfo,
): Promise<Answer> {
  const { clock, keys, directory, ids, settings } = deps
  const at = clock.now()
  const deadlineAt = new Date(at.getTime() + settings.deadlineMs.status)
  const signer = keys.signerFor(agency, at, at) // judged at its arrival: a late one is no worse than none
  const message: StatusMessage = {
    form: 'status',
    from: directory.partyOf(agency),
    responseFor,
    staffInfo: { staff: 'Hệ thống' },
    statusCode: code,
    description,
    timestamp: edxmlTimestamp(at),
  }
  const written = await writeStatus(message, signer, at, info)
  return { id: ids.next() as EnvelopeId, message, written, info, signer, at, deadlineAt }
}

/** Puts an answer into the outbox. `answers` is our envelope of what was received; absent for what was refused. */
export async function addAnswer(
  tx: Sql,
  deps: ReceiveDeps,
  answer: Answer,
  to: { agency: AgencyCode; recipient: AgencyCode; documentId: DocumentId; answers?: EnvelopeId },
): Promise<void> {
  const { written, message, at } = answer
  const envelope = envelopes.add(tx, {
    id: answer.id,
    owner: to.agency,
    direction: 'out',
    operation: `status:${message.statusCode}`,
    ...(to.answers === undefined ? {} : { answers: to.answers }),
    sender: to.agency,
    documentId: to.documentId,
    sha256: createHash('sha256').update(written.octets).digest('hex'),
    contentDigest: written.contentDigest,
    octets: written.octets.length,
    parts: 1,
    lane: 'status',
    message,
    references: written.references,
    signer: answer.signer.certificate.fingerprint,
    signingTime: at,
    storedAt: at,
    attachments: [],
  })
  await Promise.all([
    envelope,
    content.add(tx, answer.id, 0, written.octets),
    deliveries.add(tx, {
      id: deps.ids.next(),
      envelope: answer.id,
      owner: to.agency,
      recipient: to.recipient,
      kind: 'receipt',
      lane: 'status',
      acceptedAt: at,
      deadlineAt: answer.deadlineAt,
    }),
  ])
}

/** Brings a stored answer again, for a repeat of what it answers. */
export async function answerAgain(tx: Sql, deps: ReceiveDeps, answer: EnvelopeId): Promise<void> {
  const now = deps.clock.now()
  await deliveries.sendAgain(tx, answer, now, new Date(now.getTime() + deps.settings.deadlineMs.status))
}

/** What an answer says it is about: the document, or for a status the document that one was about. */
export function responseForOf(message: Message): ResponseFor {
  const { organId } = message.from
  const who = organId === undefined ? {} : { organId }
  if (message.form === 'status') return { ...message.responseFor, ...who }
  return {
    ...who,
    code: `${message.code.codeNumber}/${message.code.codeNotation}`,
    promulgationDate: message.promulgationInfo.promulgationDate,
    documentId: message.documentId,
  }
}
