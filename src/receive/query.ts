import { createHash } from 'node:crypto'
import { codeOf, GatewayError, limits, retryOf } from '../base/index.ts'
import { type PartHeaders, type PartType, type ReceivedPart, writePartHeaders } from '../broker/index.ts'
import { documentId, type EnvelopeId } from '../message/index.ts'
import { deliveries, envelopes, type PartRange, partners, repeats, stages } from '../store/index.ts'
import { answerAgain } from './answer.ts'
import type { ReceiveDeps } from './deps.ts'

/** Headers whose speaker the broker has authenticated. */
export type AttributedHeaders = PartHeaders & { readonly brokerUser: string; readonly type: PartType }

/**
 * A `query` without a body asks about a package of several parts: the answer is the stored receipt once more, or a
 * `query` that lists the missing parts. A list can do no more than make us send parts again, so it needs no signature.
 * @throws {GatewayError} contract-violation: a list that is none
 */
export async function takeQuery(deps: ReceiveDeps, part: ReceivedPart, headers: AttributedHeaders): Promise<void> {
  if (part.body.length === 0) await answerQuery(deps, part, headers)
  else await takeList(deps, part, headers)
}

async function answerQuery(deps: ReceiveDeps, part: ReceivedPart, headers: AttributedHeaders): Promise<void> {
  const { store } = deps
  const { from: sender, envelopeSha256 } = headers
  // looked at first: what is received after that has an answer, and what was received before has no parts that wait
  const present = (await stages.presentParts(store.read, headers.brokerUser, part.messageId, part.to)) ?? []
  const answer =
    (await envelopes.answerTo(store.read, part.to, sender, envelopeSha256)) ??
    (await repeats.refusalOf(store.read, {
      recipient: part.to,
      sender,
      documentId: documentId(headers.documentId),
      contentDigest: envelopeSha256,
    }))
  if (answer !== undefined) {
    await store.transact((tx) => answerAgain(tx, deps, answer))
    deps.outbox.ring()
    return
  }
  const missing = complement(present, headers.parts)
  if (missing.length > 0) await publishList(deps, part, headers, missing) // a whole one is being judged: its answer comes
}

async function publishList(
  { store, axis, clock, log }: ReceiveDeps,
  part: ReceivedPart,
  headers: AttributedHeaders,
  missing: readonly PartRange[],
): Promise<void> {
  if (await partners.isPaused(store.read, headers.from)) return // the question comes again
  const body = Buffer.from(JSON.stringify({ missing: missing.slice(0, limits.missingRanges) }))
  try {
    await axis.publish({
      from: part.to,
      to: headers.from,
      lane: 'status',
      messageId: part.messageId,
      type: 'query',
      contentType: 'application/json',
      timestamp: clock.now(),
      headers: writePartHeaders({
        ...headers,
        from: part.to,
        to: headers.from,
        part: 0,
        partSha256: createHash('sha256').update(body).digest('hex'),
      }),
      body,
    })
  } catch (error) {
    if (retryOf(codeOf(error)) !== 'transient') throw error
    log.warn(
      { err: error, messageId: part.messageId },
      'the list of missing parts was not sent: the question comes again',
    )
  }
}

async function takeList(deps: ReceiveDeps, part: ReceivedPart, headers: AttributedHeaders): Promise<void> {
  const told = {
    owner: part.to,
    recipient: headers.from,
    envelope: part.messageId as EnvelopeId,
    missing: readList(part.body),
    at: deps.clock.now(),
  }
  const answers = await deps.store.transact(async (tx) => {
    if (!(await deliveries.tellMissing(tx, told))) return false
    const { ids, clock } = deps
    await partners.close(tx, told.recipient, { owner: told.owner, actor: 'gateway', ids, clock })
    return true
  })
  if (answers) deps.outbox.ring()
}

/** @throws {GatewayError} contract-violation */
function readList(body: Uint8Array): PartRange[] {
  const invalid = new GatewayError(
    'contract-violation',
    'the list of missing parts is not {"missing": [[first, last], …]}',
    {
      field: 'missing',
      expected: `1 to ${limits.missingRanges} ascending ranges of part numbers`,
    },
  )
  let list: unknown
  try {
    list = (JSON.parse(Buffer.from(body).toString()) as { missing?: unknown }).missing
  } catch {
    throw invalid
  }
  if (!Array.isArray(list) || list.length === 0 || list.length > limits.missingRanges || !list.every(isRange))
    throw invalid
  // ascending, so that a list cannot ask for one part twice
  if (list.some(([first], i) => i > 0 && first <= (list[i - 1]?.[1] ?? -1))) throw invalid
  return list
}

function isRange(value: unknown): value is PartRange {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [first, last] = value as unknown[]
  return Number.isInteger(first) && Number.isInteger(last) && 0 <= Number(first) && Number(first) <= Number(last)
}

/** The ranges of 0 … parts − 1 that `present`, ascending, leaves out. */
function complement(present: readonly number[], parts: number): PartRange[] {
  const ranges: PartRange[] = []
  let next = 0
  for (const part of [...present, parts]) {
    if (part > next) ranges.push([next, part - 1])
    next = part + 1
  }
  return ranges
}
