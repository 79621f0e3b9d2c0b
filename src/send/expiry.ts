import { limits } from '../base/index.ts'
import { audit, type DeliveryView, events, outbox, type Sql, statuses } from '../store/index.ts'
import type { SendDeps } from './deps.ts'

/** Ends what is past its deadline, and tells its owner. @returns whether there may be more */
export async function expireDue(deps: SendDeps): Promise<boolean> {
  const { store, clock, log } = deps
  const now = clock.now()
  const expired = await store.transact(async (tx) => {
    const ended = await outbox.expire(tx, now, limits.sendBatch)
    await Promise.all(ended.map((delivery) => tellExpired(tx, deps, delivery, now)))
    return ended
  })
  for (const { envelope, recipient } of expired)
    log.error({ envelope, recipient, code: 'deadline-passed' }, 'delivery expired')
  return expired.length === limits.sendBatch
}

async function tellExpired(tx: Sql, { ids, clock }: SendDeps, delivery: DeliveryView, now: Date): Promise<void> {
  if (delivery.kind === 'receipt') return
  const { owner, envelope, recipient, kind } = delivery
  // a status is told in the timeline of the document it is about
  const document = kind === 'document' ? envelope : await statuses.documentOf(tx, envelope)
  await Promise.all([
    events.add(tx, ids, {
      agency: owner,
      ...(document === undefined ? {} : { envelope: document }),
      counterpart: recipient,
      type: kind === 'document' ? 'document-expired' : 'status-expired',
      at: now,
      data: { code: 'deadline-passed' },
    }),
    audit.record(
      tx,
      { actor: 'gateway', action: 'delivery-expired', subject: envelope, detail: { recipient } },
      ids,
      clock,
    ),
  ])
}
