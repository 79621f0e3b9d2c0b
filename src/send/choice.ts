import { limits } from '../base/index.ts'
import type { AgencyCode, Lane } from '../message/index.ts'
import { type LeasedDelivery, outbox } from '../store/index.ts'
import type { Circuits } from './circuits.ts'
import type { SendDeps } from './deps.ts'

/** A recipient to whom something is due, and what may be sent to him while his circuit stands as it does. */
export interface OpenWay {
  readonly recipient: AgencyCode
  readonly way: Exclude<ReturnType<Circuits['wayTo']>, 'closed'>
}

/** To whom something may be sent now, whoever waits longest first; who may get nothing takes nobody's place. */
export async function openWays(
  { store }: SendDeps,
  circuits: Circuits,
  asked: { lane: Lane; now: Date; limit: number; free: (recipient: AgencyCode) => boolean },
): Promise<OpenWay[]> {
  const { lane, now, limit, free } = asked
  const found: OpenWay[] = []
  for (const { recipient } of await outbox.dueRecipients(store.read, lane, now)) {
    if (found.length === limit) break
    const way = circuits.wayTo(recipient, now)
    if (way === 'closed' || !free(recipient)) continue
    if (way === 'receipts' && (lane !== 'status' || !(await outbox.isReceiptDue(store.read, recipient, now)))) continue
    found.push({ recipient, way })
  }
  return found
}

/** Whoever waits longest comes first, and nobody takes the share of the others; a probe is one delivery. */
export function leaseDue(
  { store }: SendDeps,
  circuits: Circuits,
  lane: Lane,
  ways: readonly OpenWay[],
  limit: number,
): Promise<LeasedDelivery[]> {
  const now = store.clock.now()
  const request = { lane, now, leaseUntil: new Date(now.getTime() + limits.sendLeaseMs) }
  const share = Math.floor(limit / ways.length)
  return store.transact(async (tx) => {
    const leased = ways.map(async ({ recipient, way }) => {
      if (way === 'free') return outbox.lease(tx, { ...request, recipient, limit: share })
      const receipts = await outbox.lease(tx, { ...request, recipient, limit: share, only: 'receipts' })
      if (way !== 'probe' || !(await circuits.takeProbe(tx, recipient, lane, now))) return receipts
      return [...receipts, ...(await outbox.lease(tx, { ...request, recipient, limit: 1, only: 'packages' }))]
    })
    return (await Promise.all(leased)).flat()
  })
}
