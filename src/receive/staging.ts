import { createHash } from 'node:crypto'
import { audienceOf, codeOf, GatewayError, limits, messageOf, reached, retryOf } from '../base/index.ts'
import { type PartHeaders, type ReceivedPart, readPartHeaders, readPartProperties } from '../broker/index.ts'
import { findSecretMarkInHead } from '../envelope/index.ts'
import { documentId, type EnvelopeId, findAgencyCode } from '../message/index.ts'
import { verifyHead } from '../signature/index.ts'
import { audit, content, envelopes, quarantine, type Sql, type Stage, stages } from '../store/index.ts'
import { answerAgain } from './answer.ts'
import type { ReceiveDeps } from './deps.ts'
import { requireOperator } from './directory.ts'
import { type AttributedHeaders, takeQuery } from './query.ts'
import { refuse } from './refusal.ts'

/**
 * Takes one part from the axis. It resolves, which acknowledges the part, once the part is staged in a short transaction
 * of its own, is quarantined because it can never be believed, or is over its sender's quota and let go; it rejects what
 * will pass, and the axis brings the part again. What is staged is invisible until the whole package is verified.
 * @returns `whole` when this part made its package whole
 */
export async function stagePart(deps: ReceiveDeps, part: ReceivedPart): Promise<'whole' | undefined> {
  try {
    return await judgePart(deps, part)
  } catch (error) {
    if (codeOf(error) === 'stage-quota-exceeded') return await dropOverQuota(deps, part, error)
    if (retryOf(codeOf(error)) !== 'permanent') throw error
    await quarantinePart(deps, part, error)
  }
  return undefined
}

/** @throws {GatewayError} what is wrong with it, or what will pass */
export async function judgePart(deps: ReceiveDeps, part: ReceivedPart): Promise<'whole' | undefined> {
  const headers = requireAttributable(deps, part)
  if (headers.type !== 'query') return stageDocumentPart(deps, part, { ...headers, type: headers.type })
  await takeQuery(deps, part, headers)
  return undefined
}

/**
 * A part over the quota is let go: held back, it would fill our hands and keep every other sender waiting, while its own
 * sender repeats it anyway. One incident an hour tells the operator.
 */
async function dropOverQuota(deps: ReceiveDeps, part: ReceivedPart, error: unknown): Promise<undefined> {
  const since = new Date(deps.clock.now().getTime() - limits.quotaIncidentMs)
  const { to: agency, userId: brokerUser = '', messageId } = part
  deps.log.warn({ brokerUser, agency, messageId }, 'a part over the quota was dropped')
  if (await quarantine.has(deps.store.read, agency, brokerUser, 'stage-quota-exceeded', since)) return undefined
  await deps.store.transact(async (tx) => {
    if (await quarantine.has(tx, agency, brokerUser, 'stage-quota-exceeded', since)) return
    await noteIncident(tx, deps, { ...part, body: new Uint8Array() }, error)
  })
  return undefined
}

async function stageDocumentPart(
  deps: ReceiveDeps,
  part: ReceivedPart,
  headers: AttributedHeaders & { type: Stage['type'] },
): Promise<'whole' | undefined> {
  const staged = await stageUnder(deps, part, headers)
  if (staged === undefined) {
    deps.outbox.ring() // our receipt may be in there again
    return undefined
  }
  const { stage, isNew } = staged
  reached('receive.staged')
  const isPackage = headers.type !== 'directory'
  if (isPackage && headers.part === 0 && stage.parts > 2 && !stage.verified)
    await judgeHead(deps, stage, part.body, headers.attempt)
  if (stage.received < stage.parts) return undefined
  deps.stages.ring()
  return isNew ? 'whole' : undefined
}

/**
 * Who speaks, by the broker's word, and for whom.
 * @throws {GatewayError} contract-violation, sender-not-entitled, part-too-large, part-mismatch
 */
function requireAttributable(deps: ReceiveDeps, part: ReceivedPart): AttributedHeaders {
  const headers = readPartHeaders(part)
  const { type } = readPartProperties(part)
  const { userId } = part
  if (type === 'directory') requireOperator(deps, userId)
  else if (userId === undefined || !deps.directory.speaksFor(userId).includes(headers.from))
    throw new GatewayError('sender-not-entitled', `broker user '${userId ?? ''}' may not speak for ${headers.from}`, {
      field: 'user_id',
      value: userId ?? '',
      expected: `a user entitled to ${headers.from}`,
    })
  if (headers.to !== part.to)
    throw new GatewayError('contract-violation', `header 'to' says ${headers.to} in the queue of ${part.to}`, {
      field: 'to',
      value: headers.to,
      expected: part.to,
    })
  if (part.body.length > limits.chunkBytesMax)
    throw new GatewayError('part-too-large', `a part of ${part.body.length} octets`, { expected: limits.chunkBytesMax })
  if (createHash('sha256').update(part.body).digest('hex') !== headers.partSha256)
    throw new GatewayError('part-mismatch', `part ${headers.part} does not have the digest its header says`, {
      field: 'part-sha256',
    })
  return { ...headers, brokerUser: userId ?? '', type }
}

/** @returns the stage as it is with this part, and whether the part was not there before; undefined when it is dropped */
async function stageUnder(
  deps: ReceiveDeps,
  part: ReceivedPart,
  headers: AttributedHeaders & { type: Stage['type'] },
): Promise<{ stage: Stage; isNew: boolean } | undefined> {
  const { store, ids, clock } = deps
  return store.transact(async (tx) => {
    const now = clock.now()
    const stage = await stages.open(
      tx,
      ids.next() as EnvelopeId,
      {
        agency: part.to,
        brokerUser: headers.brokerUser,
        messageId: part.messageId,
        sender: headers.from,
        type: headers.type,
        lane: part.lane,
        documentId: headers.documentId,
        parts: headers.parts,
        envelopeSha256: headers.envelopeSha256,
      },
      now,
    )
    requireSamePackage(stage, headers, part)
    if (stage.refused) {
      // the parts of an attempt come beside one another: part 0 need not be the first that is staged
      if (headers.part !== 0 && headers.attempt <= (stage.refusedAttempt ?? headers.attempt)) return undefined
      await stages.reopen(tx, stage.id, now)
    }
    const [added, accepted] = await Promise.all([
      content.add(tx, stage.id, headers.part, part.body),
      isAccepted(tx, stage),
      requireQuota(deps, stage, headers.part, part.body.length),
    ])
    if (accepted !== undefined) {
      await Promise.all([stages.close(tx, stage), content.remove(tx, stage.id)])
      if (headers.part === 0) await answerAgain(tx, deps, accepted)
      return undefined
    }
    if (!added) {
      await requireSamePart(tx, stage, headers)
      return { stage, isNew: false } // a redelivery: it is there
    }
    const received = await stages.grew(tx, stage.id, part.body.length)
    if (received !== undefined) return { stage: { ...stage, refused: false, received }, isNew: true }
    await content.removeChunk(tx, stage.id, headers.part) // refused while we put it there: nothing of it may stay
    return undefined
  })
}

/**
 * A part that would begin a package of several parts which we have accepted already: it was late, or is sent again. The
 * first part of it brings our receipt again; the others have nothing to tell.
 * @returns the receipt
 */
function isAccepted(tx: Sql, stage: Stage): Promise<EnvelopeId | undefined> {
  if (stage.parts === 1 || stage.received > 0 || stage.refused) return Promise.resolve(undefined)
  return envelopes.receiptOf(tx, stage.agency, stage.sender, stage.envelopeSha256, documentId(stage.documentId))
}

/** @throws {GatewayError} part-mismatch: another part under a number that is there already; the first one stays */
async function requireSamePart(tx: Sql, stage: Stage, headers: PartHeaders): Promise<void> {
  const before = await content.chunk(tx, stage.id, headers.part)
  const digest = before === undefined ? undefined : createHash('sha256').update(before).digest('hex')
  if (digest !== undefined && digest !== headers.partSha256)
    throw new GatewayError('part-mismatch', `part ${headers.part} came twice, with different bytes`, {
      field: 'part-sha256',
      value: headers.partSha256,
      expected: digest,
    })
}

/** @throws {GatewayError} part-mismatch: parts under one message id say different things */
function requireSamePackage(stage: Stage, headers: PartHeaders, part: ReceivedPart): void {
  const pairs = {
    parts: [stage.parts, headers.parts],
    'document-id': [stage.documentId, headers.documentId],
    'envelope-sha256': [stage.envelopeSha256, headers.envelopeSha256],
    from: [stage.sender, headers.from],
    type: [stage.type, part.type],
  }
  for (const [field, [before, now]] of Object.entries(pairs))
    if (before !== now)
      throw new GatewayError('part-mismatch', `parts of one package differ in '${field}'`, {
        field,
        value: now ?? '',
        expected: before ?? '',
      })
}

/**
 * What waits for its missing parts is bounded per sender; what is verified or whole does not count. A package that has begun may always end: its
 * head, by which it is verified, and its last missing part are let in, otherwise a full quota would never empty.
 */
async function requireQuota(deps: ReceiveDeps, stage: Stage, part: number, octets: number): Promise<void> {
  // a package of one part is whole as soon as it is there
  if (stage.verified || stage.parts === 1 || (stage.received > 0 && (part === 0 || stage.received === stage.parts - 1)))
    return
  const waiting = await stages.unverified(deps.store.read, stage.brokerUser)
  const tooMany = stage.received === 0 && waiting.stages > limits.stagesPerSender
  if (tooMany || waiting.octets + octets > limits.unverifiedBytesPerSender)
    throw new GatewayError('stage-quota-exceeded', `${stage.brokerUser} has too much unverified content waiting`, {
      value: stage.brokerUser,
    })
}

/** Chunk 0 of a larger package is verified as soon as it is there; a bad one is refused before the gigabyte follows. */
async function judgeHead(deps: ReceiveDeps, stage: Stage, head: Uint8Array, attempt: number): Promise<void> {
  try {
    const verdict = await verifyHead(head, deps.trust(), stage.firstAt)
    if (verdict.kind !== 'verified') return
    requireNoSecretMark(verdict.messageHeader)
    await deps.store.transact((tx) => stages.markVerified(tx, stage.id))
  } catch (error) {
    const code = codeOf(error)
    if (retryOf(code) !== 'permanent' || audienceOf(code) !== 'sender') throw error
    await refuse(deps, stage, error, { head, references: [], attempt }).catch(notRefused)
  }
}

/** The verdict stands, and what keeps us from telling it is ours to mend: the part comes again, and is kept nowhere else. */
function notRefused(cause: unknown): never {
  if (retryOf(codeOf(cause)) !== 'permanent') throw cause
  throw new GatewayError('internal', `the package cannot be refused now: ${messageOf(cause)}`, {}, { cause })
}

/** What bears a mark of secrecy is refused and destroyed as soon as its head says so (QĐ 28/2018 Art. 1). */
function requireNoSecretMark(messageHeader: Uint8Array): void {
  const mark = findSecretMarkInHead(messageHeader)
  if (mark !== undefined)
    throw new GatewayError('secret-mark', `${mark.field} bears the mark '${mark.mark}'`, {
      field: mark.field,
      rule: 'BR-12',
    })
}

async function quarantinePart(deps: ReceiveDeps, part: ReceivedPart, error: unknown): Promise<void> {
  const id = await deps.store.transact((tx) => noteIncident(tx, deps, part, error))
  const { to: agency, userId: brokerUser } = part
  deps.log.error({ quarantine: id, code: codeOf(error), agency, brokerUser }, 'a part was quarantined')
}

async function noteIncident(tx: Sql, { ids, clock }: ReceiveDeps, part: ReceivedPart, error: unknown): Promise<string> {
  const code = codeOf(error)
  const id = await quarantine.add(tx, ids, {
    at: clock.now(),
    agency: part.to,
    ...(part.userId === undefined ? {} : { brokerUser: part.userId }),
    messageId: part.messageId,
    code,
    message: messageOf(error).slice(0, 500),
    headers: part.headers,
    bytes: part.body.subarray(0, limits.chunkBytesMax),
    octets: part.body.length,
    ...claimsOf(part),
  })
  await audit.record(tx, { actor: 'gateway', action: 'part-quarantined', subject: id, detail: { code } }, ids, clock)
  return id
}

/** What it says of itself, as far as it can be read; with it and its bytes the part can be judged again. */
function claimsOf(part: ReceivedPart): Partial<Parameters<typeof quarantine.add>[2]> {
  const text = (name: string): string | undefined => {
    const value = part.headers[name]
    return typeof value === 'string' ? value.slice(0, 200) : undefined
  }
  const [sender, id, sha256] = [findAgencyCode(text('from') ?? ''), text('document-id'), text('envelope-sha256')]
  const whole = part.body.length > 0 && part.body.length <= limits.chunkBytesMax && part.userId !== undefined
  const { type, lane, contentType, timestamp } = part
  return {
    ...(sender === undefined ? {} : { sender }),
    ...(id === undefined ? {} : { documentId: id }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(whole && { claim: { kind: 'part', type, lane, contentType, timestamp: timestamp.getTime() } }),
  }
}
