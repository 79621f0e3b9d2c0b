import { codeOf, GatewayError, limits, messageOf, reached, retryOf } from '../base/index.ts'
import type { ReceivedPart } from '../broker/index.ts'
import { type QuarantineClaim, type QuarantineRecord, quarantine, stages } from '../store/index.ts'
import type { ReceiveDeps } from './deps.ts'
import { judgePart } from './staging.ts'

/**
 * Judges again what an operator sends back from quarantine. A whole package is staged once more, and whoever judges it
 * ends the incident or keeps it; a single part is taken as if it had just come.
 * @returns whether there may be more
 */
export async function redrive(deps: ReceiveDeps): Promise<boolean> {
  const items = await quarantine.toRedrive(deps.store.read, limits.receiveBatch)
  if (items.length === 0) return false
  await deps.directory.reload() // there, most likely, the cause was mended
  const begun = await Promise.all(
    items.map((item) =>
      begin(deps, item).catch((err: unknown) => {
        deps.log.error({ err, quarantine: item.id }, 'what was quarantined could not be judged again yet')
        return false
      }),
    ),
  )
  if (begun.includes(true)) deps.stages.ring()
  return items.length === limits.receiveBatch && begun.includes(true)
}

/** @returns false when the same package is staged just now, and looked at again after that; or when another process was faster */
async function begin(deps: ReceiveDeps, item: QuarantineRecord): Promise<boolean> {
  const { claim } = item
  if (claim?.kind === 'part') return takePart(deps, item, claim)
  if (claim === undefined || item.content === undefined)
    throw new GatewayError('redrive-not-possible', 'not all of it was kept', { value: item.id })
  return stagePackage(deps, item, claim, item.content)
}

function stagePackage(
  { store }: ReceiveDeps,
  item: QuarantineRecord,
  claim: Extract<QuarantineClaim, { kind: 'package' }>,
  content: NonNullable<QuarantineRecord['content']>,
): Promise<boolean> {
  const { agency, brokerUser, messageId, sender, documentId, sha256 } = item
  if (brokerUser === undefined || messageId === undefined || sender === undefined)
    throw new GatewayError('redrive-not-possible', 'its sender is not known', { value: item.id })
  const { type, lane, parts, firstAt } = claim
  const of = { agency, brokerUser, messageId, sender, type, lane, parts }
  return store.transact((tx) =>
    stages.openAgain(
      tx,
      content,
      { ...of, documentId: documentId ?? '', envelopeSha256: sha256 ?? '' },
      { octets: item.octets, firstAt: new Date(firstAt), quarantined: item.id },
    ),
  )
}

async function takePart(
  deps: ReceiveDeps,
  item: QuarantineRecord,
  { type, lane, contentType, timestamp }: Extract<QuarantineClaim, { kind: 'part' }>,
): Promise<boolean> {
  const { store, clock } = deps
  const body = await quarantine.bytesOf(store.read, item.id)
  if (body === undefined) return false // another process has taken it since we looked
  const part: ReceivedPart = {
    to: item.agency,
    lane,
    type,
    contentType,
    timestamp: new Date(timestamp),
    messageId: item.messageId ?? '',
    ...(item.brokerUser === undefined ? {} : { userId: item.brokerUser }),
    headers: item.headers as ReceivedPart['headers'],
    body,
    redelivered: true,
  }
  try {
    await judgePart(deps, part)
  } catch (error) {
    const code = codeOf(error)
    if (retryOf(code) !== 'permanent') throw error
    const failure = { code, message: messageOf(error).slice(0, 500), at: clock.now(), destroyed: false }
    await store.transact((tx) => quarantine.keepAgain(tx, item.id, failure))
    return true
  }
  reached('receive.redriven')
  await store.transact((tx) => quarantine.settle(tx, item.id, clock.now()))
  return true
}
