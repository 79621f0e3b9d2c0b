import { type FailureCode, limits } from '../base/index.ts'
import { mayFollow, type TransportState } from '../message/index.ts'
import {
  audit,
  type DeliveryConditions,
  deliveryMoves,
  type EventType,
  events,
  type MovableDelivery,
  type Sql,
  statuses,
} from '../store/index.ts'
import type { RepairDeps } from './deps.ts'
import type { DeliveryCommand, ItemOutcome, Order } from './orders.ts'
import type { Given, Place, Scope, Work } from './work.ts'

type DeliveryOrder = Extract<Order, { deliveries: unknown }>

const to = { resend: 'accepted', hold: 'held', release: 'accepted', expire: 'expired' } as const satisfies Record<
  DeliveryCommand,
  TransportState
>
const actions = {
  resend: { event: 'document-resent', action: 'delivery-resent' },
  hold: { event: 'document-held', action: 'delivery-held' },
  release: { event: 'document-released', action: 'delivery-released' },
  expire: { event: 'document-expired', action: 'delivery-expired' },
} as const satisfies Record<DeliveryCommand, { event: EventType; action: string }>

/** Resend, hold, release and expire: moves that the table of transport states allows, and what else speaks against one. */
export function deliveryWork(deps: RepairDeps, order: DeliveryOrder): Work<MovableDelivery> {
  const { command } = order
  const conditions = (scope: Scope): DeliveryConditions => ({
    ...('filter' in order.deliveries ? order.deliveries.filter : {}),
    ...(scope === undefined ? {} : { owners: scope }),
  })
  return {
    measure: (sql, scope) => deliveryMoves.measure(sql, conditions(scope)),
    page: (sql, scope, where) => deliveryMoves.select(sql, { ...conditions(scope), ...idsOf(where) }, pageOf(where)),
    judge: (item) => judge(deps, command, item),
    async change(tx, item, given) {
      if (order.seenAt !== undefined && (await deliveryMoves.wasOrderedSince(tx, item, order.seenAt))) return false
      if (!(await move(deps, tx, order, item))) return false
      await tell(deps, tx, command, item, given)
      return true
    },
    changed: () => deps.outbox.ring(),
  }
}

function idsOf(where: Place): { ids?: readonly string[] } {
  return 'ids' in where ? { ids: where.ids } : {}
}

function pageOf(where: Place): { after?: string; until?: string; limit: number } {
  return 'ids' in where ? { limit: where.ids.length } : where
}

function judge(deps: RepairDeps, command: DeliveryCommand, item: MovableDelivery): ItemOutcome {
  const about = { id: item.id, from: item.state, envelope: item.envelope, counterpart: item.recipient }
  const against = objection(deps, command, item)
  return against === undefined ? { ...about, to: to[command] } : { ...about, ...against }
}

function objection(
  { directory, clock, settings }: RepairDeps,
  command: DeliveryCommand,
  item: MovableDelivery,
): { leftOut: FailureCode; detail: string } | undefined {
  const now = clock.now().getTime()
  const allowed = command === 'release' ? item.state === 'held' : mayFollow(item.state, to[command])
  if (!allowed || item.kind === 'receipt')
    return {
      leftOut: 'transition-not-allowed',
      detail: `a ${item.kind} that is ${item.state} cannot be ordered to '${command}'`,
    }
  if (command !== 'resend') return undefined
  if (!item.stored) return { leftOut: 'content-gone', detail: 'its bytes were destroyed' }
  if (!directory.isActive(item.recipient, clock.now()))
    return { leftOut: 'agency-unknown', detail: `${item.recipient} takes no part any more` }
  const deadline = now + settings.deadlineMs[item.lane]
  if (item.signerUntil !== undefined && item.signerUntil.getTime() < deadline)
    return {
      leftOut: 'key-expires-too-soon',
      detail: `its signing certificate is valid until ${item.signerUntil.toISOString()}`,
    }
  const signed = item.signingTime?.getTime() ?? now
  if (signed + limits.signingTimeBehindMs < deadline)
    return { leftOut: 'signing-time-out-of-bounds', detail: 'it was signed too long ago: recipients would refuse it' }
  return undefined
}

function move({ clock, settings }: RepairDeps, tx: Sql, order: DeliveryOrder, item: MovableDelivery): Promise<boolean> {
  const now = clock.now()
  const { command, until = new Date(now.getTime() + limits.heldMs) } = order
  if (command === 'resend')
    return deliveryMoves.resend(tx, item, now, new Date(now.getTime() + settings.deadlineMs[item.lane]))
  if (command === 'hold') return deliveryMoves.hold(tx, item, now, until)
  if (command === 'release') return deliveryMoves.release(tx, item, now)
  return deliveryMoves.expire(tx, item, now, 'expired-by-operator')
}

async function tell(
  { ids, clock }: RepairDeps,
  tx: Sql,
  command: DeliveryCommand,
  item: MovableDelivery,
  given: Given,
): Promise<void> {
  const { event, action } = actions[command]
  // a status is told in the timeline of the document it is about
  const document = item.kind === 'document' ? item.envelope : await statuses.documentOf(tx, item.envelope)
  const { commandId, actor, reason, at } = given
  await Promise.all([
    events.add(tx, ids, {
      agency: item.owner,
      ...(document === undefined ? {} : { envelope: document }),
      counterpart: item.recipient,
      type: event,
      at,
      data: { command: commandId, from: item.state, ...(codes[command] && { code: codes[command] }) },
    }),
    audit.record(
      tx,
      {
        actor,
        action,
        subject: item.envelope,
        detail: { command: commandId, reason, recipient: item.recipient, from: item.state },
      },
      ids,
      clock,
    ),
  ])
}

const codes: Partial<Record<DeliveryCommand, FailureCode>> = { hold: 'held-by-operator', expire: 'expired-by-operator' }
