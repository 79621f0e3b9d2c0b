import { createHash } from 'node:crypto'
import { audienceOf, codeOf, limits, naming, reached, retryOf } from '../base/index.ts'
import { type ReadEnvelope, readEnvelope } from '../envelope/index.ts'
import { documentId, type StatusMessage } from '../message/index.ts'
import { type ReceiptInfo, type SignedContent, verify } from '../signature/index.ts'
import {
  audit,
  content,
  envelopes,
  events,
  inbox,
  lock,
  quarantine,
  type RepeatKey,
  repeats,
  type Sql,
  type Stage,
  stages,
  statuses,
  validations,
} from '../store/index.ts'
import { type Answer, addAnswer, answerAgain, responseForOf, signAnswer } from './answer.ts'
import { idOf, operationOf, requireConsistent, requireForUs } from './consistency.ts'
import type { ReceiveDeps } from './deps.ts'
import { takeDirectory } from './directory.ts'
import { noteRefused } from './incident.ts'
import { refuse } from './refusal.ts'
import { keptBy, revocationWarnings, validationOf } from './validation.ts'

/** A verified package and what was read from its signed octets. */
interface Verified {
  readonly stage: Stage
  readonly content: SignedContent
  readonly read: ReadEnvelope
}

/**
 * Judges one whole package and ends its stage: into the inbox with a receipt, answered as a repeat, refused, or
 * quarantined. A failure that will pass leaves it where it is.
 */
export async function acceptPackage(deps: ReceiveDeps, stage: Stage): Promise<void> {
  if (stage.type === 'directory') return await takeDirectory(deps, stage)
  let verified: Verified | undefined
  let references: ReceiptInfo['references'] = []
  let certificate: string | undefined
  try {
    const parts = heldParts(deps, stage)
    const signed = await verify(parts, deps.trust(), stage.firstAt)
    references = signed.references
    certificate = signed.signer.certificate.fingerprint
    reached('receive.verified')
    const read = readEnvelope(signed, deps.clock.now())
    requireConsistent(deps, stage, signed, read.message)
    requireForUs(deps, stage, read.message)
    verified = { stage, content: signed, read }
  } catch (error) {
    await giveUp(deps, stage, certificate === undefined ? error : naming(error, { certificate }), references)
    return
  }
  try {
    await store(deps, verified)
  } catch (error) {
    await waitAndRetry(deps, stage, error) // the package is good: whatever failed is ours to repair
  }
}

/** The parts in order; the claim is held on to while they are read, however many there are. */
async function* heldParts({ store }: ReceiveDeps, stage: Stage): AsyncGenerator<Uint8Array> {
  let heldSince = store.clock.now().getTime()
  for await (const part of content.chunks(store.read, stage.id, 0, stage.parts)) {
    const now = store.clock.now().getTime()
    if (now - heldSince > limits.receiveLeaseMs / 2) {
      heldSince = now
      await store.transact((tx) => stages.holdOn(tx, stage, new Date(now + limits.receiveLeaseMs)))
    }
    yield part
  }
}

/** Makes the package durable, with its receipt, in one transaction; a repeat gets the stored answer again. */
async function store(deps: ReceiveDeps, verified: Verified): Promise<void> {
  const { stage, read } = verified
  const key = keyOf(verified)
  const known = await repeats.find(deps.store.read, key)
  const answer = known === undefined && !isReceipt(verified) ? await signReceipt(deps, verified) : undefined
  const ended = deps.store.transact(async (tx) => {
    const [, closed, earlier, conflict] = await Promise.all([
      lock(tx, ['package', key.recipient, key.sender, key.documentId]),
      stages.close(tx, stage),
      repeats.find(tx, key),
      repeats.conflicting(tx, key),
    ])
    if (!closed) return false // another process took over: nothing of ours may stay
    if (stage.quarantined !== undefined) await quarantine.settle(tx, stage.quarantined, deps.clock.now())
    if (earlier !== undefined) {
      await content.remove(tx, stage.id)
      if (earlier.answer !== undefined) await answerAgain(tx, deps, earlier.answer)
      // a refusal that comes again may refuse what was sent again since
      else if (earlier.envelope !== undefined) await statuses.refuseAgain(tx, earlier.envelope, deps.clock.now())
      return true
    }
    await Promise.all([
      addPackage(tx, deps, verified, answer, conflict && read.message.form === 'document'),
      repeats.add(tx, key, { verdict: 'received', envelope: stage.id, answer: answer?.id }, deps.clock.now()),
    ])
    reached('receive.before-commit')
    return true
  })
  // perhaps evidence that we believe to be in the store has gone from it
  if (!(await ended.catch((error: unknown) => forgotten(deps, error)))) return
  reached('receive.committed')
  keptBy(verified.content, deps.keptProofs)
  deps.outbox.ring()
  if (read.message.form === 'status') deps.statuses.ring()
  deps.log.info(
    { envelope: stage.id, from: stage.sender, to: stage.agency, operation: key.operation },
    'package received',
  )
}

/** Whatever it was: what is in the store for certain is found out anew. */
function forgotten({ keptProofs }: ReceiveDeps, error: unknown): never {
  keptProofs.clear()
  throw error
}

async function addPackage(
  tx: Sql,
  deps: ReceiveDeps,
  verified: Verified,
  answer: Answer | undefined,
  conflict: boolean,
): Promise<void> {
  const { stage, content: signed, read } = verified
  const { message } = read
  const now = deps.clock.now()
  // sent in this order and awaited together: what refers to the envelope comes after it
  const envelope = envelopes.add(tx, {
    id: stage.id,
    owner: stage.agency,
    direction: 'in',
    operation: operationOf(message),
    sender: stage.sender,
    documentId: idOf(message),
    sha256: signed.sha256,
    contentDigest: read.contentDigest,
    octets: signed.octets,
    parts: stage.parts,
    lane: stage.lane,
    message,
    references: signed.references,
    signer: signed.signer.certificate.fingerprint,
    signingTime: signed.signingTime,
    storedAt: now,
    attachments: signed.attachments,
  })
  const rows: Promise<unknown>[] = [
    envelope,
    validations.add(tx, validationOf(signed, stage, now), deps.keptProofs),
    audit.record(
      tx,
      {
        actor: 'gateway',
        action: 'package-received',
        subject: stage.id,
        detail: {
          sender: stage.sender,
          recipient: stage.agency,
          sha256: signed.sha256,
          operation: operationOf(message),
        },
      },
      deps.ids,
      deps.clock,
    ),
  ]
  if (message.form === 'document') rows.push(addToInbox(tx, deps, verified, conflict, now))
  else rows.push(addStatus(tx, verified, message, now))
  if (answer !== undefined) {
    const to = { agency: stage.agency, recipient: stage.sender, documentId: idOf(message), answers: stage.id }
    rows.push(
      addAnswer(tx, deps, answer, to).then(() => (message.form === 'document' ? told(tx, stage, answer) : undefined)),
    )
  }
  await Promise.all(rows)
}

async function addToInbox(tx: Sql, deps: ReceiveDeps, verified: Verified, conflict: boolean, now: Date): Promise<void> {
  const { stage, content: signed, read } = verified
  const known = [...read.warnings, ...revocationWarnings(signed)]
  const warnings = conflict
    ? [
        ...known,
        {
          rule: 'BR-10',
          field: 'DocumentId',
          message: 'another document was accepted under this id: the clerk decides',
        },
      ]
    : known
  const event = { agency: stage.agency, envelope: stage.id, counterpart: stage.sender, at: now }
  await Promise.all([
    inbox.add(tx, { id: stage.id, agency: stage.agency, urgent: stage.lane === 'express', warnings, arrivedAt: now }),
    events.add(tx, deps.ids, {
      ...event,
      type: 'document-verified',
      data: {
        signer: signed.signer.certificate.fingerprint,
        algorithm: signed.algorithms.signature,
        sha256: signed.sha256,
      },
    }),
    events.add(tx, deps.ids, { ...event, type: 'document-arrived', data: { warnings: warnings.length, conflict } }),
  ])
}

async function addStatus(
  tx: Sql,
  { stage, content: signed }: Verified,
  message: StatusMessage,
  now: Date,
): Promise<void> {
  const { description, staffInfo } = message
  await statuses.add(tx, {
    envelope: stage.id,
    agency: stage.agency,
    direction: 'in',
    counterpart: stage.sender,
    documentId: idOf(message),
    code: message.statusCode,
    ...(description === undefined ? {} : { description }),
    ...(staffInfo === undefined ? {} : { staffInfo }),
    reportedAt: message.timestamp,
    recordedAt: now,
    ...(signed.receipt === undefined ? {} : { answers: signed.receipt }),
    applied: false,
  })
}

/** The receipt of a document is its status 01: it stands in the record of what we told. */
async function told(tx: Sql, stage: Stage, answer: Answer): Promise<void> {
  await statuses.add(tx, {
    envelope: answer.id,
    agency: stage.agency,
    direction: 'out',
    counterpart: stage.sender,
    document: stage.id,
    documentId: documentId(stage.documentId),
    code: '01',
    reportedAt: answer.message.timestamp,
    recordedAt: answer.at,
    answers: answer.info,
    applied: true,
  })
}

function signReceipt(deps: ReceiveDeps, { stage, content: signed, read }: Verified): Promise<Answer> {
  const description = read.message.form === 'document' ? 'Văn bản điện tử đã đến hệ thống' : 'Đã nhận trạng thái'
  return signAnswer(deps, stage.agency, responseForOf(read.message), '01', description, {
    envelopeSha256: signed.sha256,
    references: signed.references,
  })
}

/**
 * A receipt is never answered: a 01 that is bound to bytes, or a gateway's 02, which begins with the code of a failure.
 * A clerk's 02 begins with [refused-by-recipient] and is a status like any other.
 */
function isReceipt({ content: signed, read }: Verified): boolean {
  if (read.message.form !== 'status' || signed.receipt === undefined) return false
  const { statusCode, description } = read.message
  return statusCode === '01' || (statusCode === '02' && description?.startsWith('[refused-by-recipient]') !== true)
}

function keyOf({ stage, content: signed, read }: Verified): RepeatKey {
  return {
    recipient: stage.agency,
    sender: stage.sender,
    documentId: idOf(read.message),
    operation: operationOf(read.message),
    contentDigest: digestOf(signed, read),
  }
}

/** An answer is about bytes: two receipts of one second may say the same of different packages, or different digests of one. */
function digestOf({ receipt }: SignedContent, { contentDigest }: ReadEnvelope): string {
  if (receipt === undefined) return contentDigest
  return createHash('sha256').update(contentDigest).update(JSON.stringify(receipt)).digest('hex')
}

/** Ends a package that failed: refused when its sender can mend it, quarantined when only a person can, else kept. */
async function giveUp(
  deps: ReceiveDeps,
  stage: Stage,
  error: unknown,
  references: ReceiptInfo['references'],
): Promise<void> {
  const code = codeOf(error)
  const retry = retryOf(code)
  if (retry === 'transient' || (retry === 'unknown' && stage.attempt + 1 < limits.unknownFailureAttempts))
    return waitAndRetry(deps, stage, error)
  const head = await content.chunk(deps.store.read, stage.id, 0)
  if (retry === 'permanent' && audienceOf(code) === 'sender') await refuse(deps, stage, error, { head, references })
  else await quarantinePackage(deps, stage, error, head)
}

async function waitAndRetry(deps: ReceiveDeps, stage: Stage, error: unknown): Promise<void> {
  deps.log.error({ err: error, stage: stage.id, attempt: stage.attempt }, 'a package could not be judged and waits')
  const at = new Date(deps.clock.now().getTime() + deps.backoff(stage.attempt))
  await deps.store.transact((tx) => stages.retryLater(tx, stage, at))
}

async function quarantinePackage(
  deps: ReceiveDeps,
  stage: Stage,
  error: unknown,
  head: Uint8Array | undefined,
): Promise<void> {
  const { ids, clock, log } = deps
  const code = codeOf(error)
  await deps.store.transact(async (tx) => {
    if (!(await stages.close(tx, stage))) return
    const item = await noteRefused(tx, deps, stage, error, head)
    await audit.record(
      tx,
      { actor: 'gateway', action: 'package-quarantined', subject: item, detail: { code } },
      ids,
      clock,
    )
  })
  log.error({ err: error, code, from: stage.sender, to: stage.agency }, 'a package was quarantined')
}
