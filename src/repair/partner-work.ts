import type { AgencyCode } from '../message/index.ts'
import { audit, events, partners, type Sql } from '../store/index.ts'
import type { RepairDeps } from './deps.ts'
import type { ItemOutcome, Order, PartnerCommand } from './orders.ts'
import type { Given, Work } from './work.ts'

type PartnerOrder = Extract<Order, { partner: unknown }>

/** A partner as a command finds it. */
interface PartnerItem {
  readonly id: string
  readonly agency: AgencyCode
  readonly state: string
  readonly paused: boolean
  readonly open: boolean
  readonly failures: number
}

/** Pause and resume: nothing is sent to a paused partner. Close-circuit: what waits is sent at once, without a probe. */
export function partnerWork(deps: RepairDeps, { command, partner }: PartnerOrder): Work<PartnerItem> {
  const found = async (sql: Sql): Promise<PartnerItem[]> => {
    if (deps.directory.find(partner) === undefined) return []
    const known = await partners.find(sql, partner)
    const [paused, open] = [known?.paused !== undefined, known?.circuit === 'open']
    const state = paused ? 'paused' : open ? 'circuit-open' : 'active'
    return [{ id: partner, agency: partner, state, paused, open, failures: known?.failures ?? 0 }]
  }
  return {
    measure: async (sql) => ({ count: (await found(sql)).length, last: partner }),
    page: (sql) => found(sql),
    judge: (item) => judge(command, item),
    change: (tx, item, given) => change(deps, tx, command, item, given),
    changed: () => deps.outbox.ring(),
  }
}

function judge(command: PartnerCommand, item: PartnerItem): ItemOutcome {
  const about = { id: item.id, from: item.state, counterpart: item.agency }
  const fits = { pause: !item.paused, resume: item.paused, 'close-circuit': item.open || item.failures > 0 }[command]
  if (!fits) return { ...about, leftOut: 'transition-not-allowed', detail: `${item.agency} is ${item.state} already` }
  const after = {
    pause: 'paused',
    resume: item.open ? 'circuit-open' : 'active',
    'close-circuit': item.paused ? 'paused' : 'active',
  }
  return { ...about, to: after[command] }
}

async function change(
  { ids, clock, locals }: RepairDeps,
  tx: Sql,
  command: PartnerCommand,
  { agency }: PartnerItem,
  { commandId, actor, reason, at }: Given,
): Promise<boolean> {
  const [owner] = locals
  const detail = { command: commandId, reason }
  if (command === 'close-circuit') {
    await partners.close(tx, agency, { owner: owner ?? agency, actor, ids, clock, detail })
    return true
  }
  const done =
    command === 'pause' ? await partners.pause(tx, agency, { at, actor, reason }) : await partners.resume(tx, agency)
  if (!done) return false
  const type = command === 'pause' ? 'partner-paused' : 'partner-resumed'
  await Promise.all([
    ...locals.map((local) =>
      events.add(tx, ids, { agency: local, counterpart: agency, type, at, data: { command: commandId } }),
    ),
    audit.record(tx, { actor, action: type, subject: agency, detail }, ids, clock),
  ])
  return true
}
