import {
  audit,
  content,
  type QuarantineConditions,
  type QuarantineRecord,
  quarantine,
  type Sql,
} from '../store/index.ts'
import type { RepairDeps } from './deps.ts'
import type { ItemOutcome, Order, QuarantineCommand } from './orders.ts'
import type { Given, Scope, Work } from './work.ts'

type QuarantineOrder = Extract<Order, { quarantined: unknown }>

const to = { redrive: 'redriving', discard: 'discarded' } as const satisfies Record<QuarantineCommand, string>

/** Redrive: `receive` judges it again. Discard: its bytes go, its trace stays. */
export function quarantineWork(deps: RepairDeps, order: QuarantineOrder): Work<QuarantineRecord> {
  const { command } = order
  const conditions = (scope: Scope): QuarantineConditions => {
    const { agency, ...filter } = 'filter' in order.quarantined ? order.quarantined.filter : {}
    const agencies = agency === undefined ? scope : scope === undefined || scope.includes(agency) ? [agency] : []
    return { ...filter, ...(agencies === undefined ? {} : { agencies }) }
  }
  const ofGroup = { state: 'kept' } as const // what is done with is no part of a group
  return {
    measure: (sql, scope) => quarantine.measure(sql, { ...conditions(scope), ...ofGroup }),
    page: (sql, scope, where) =>
      'ids' in where
        ? quarantine.select(sql, { ...conditions(scope), ids: where.ids }, { limit: where.ids.length })
        : quarantine.select(sql, { ...conditions(scope), ...ofGroup }, where),
    judge: (item) => judge(command, item),
    async change(tx, item, given) {
      const { seenAt } = order
      if (seenAt !== undefined && item.changedAt !== undefined && item.changedAt > seenAt) return false
      return change(deps, tx, command, item, given)
    },
    changed() {
      if (command === 'redrive') deps.stages.ring()
    },
  }
}

function judge(command: QuarantineCommand, item: QuarantineRecord): ItemOutcome {
  const about = { id: item.id, from: item.state, ...(item.sender === undefined ? {} : { counterpart: item.sender }) }
  if (item.state !== 'kept')
    return {
      ...about,
      leftOut: 'transition-not-allowed',
      detail: `what is ${item.state} cannot be ordered to '${command}'`,
    }
  if (command === 'discard') return { ...about, to: to.discard }
  const missing = lacks(item)
  return missing === undefined
    ? { ...about, to: to.redrive }
    : { ...about, leftOut: 'redrive-not-possible', detail: missing }
}

/** What a second judgement would need and is not there, or why it could end in one way only. */
function lacks({ claim, content: kept, code }: QuarantineRecord): string | undefined {
  if (code === 'part-mismatch' || code === 'part-too-large')
    return 'the parts themselves are wrong: only the sender can mend it'
  if (claim === undefined)
    return 'only its head was kept, or nothing: it was too large, incomplete, or kept by an earlier version'
  if (claim.kind === 'package' && kept === undefined) return 'its parts are gone'
  return undefined
}

async function change(
  { ids, clock }: RepairDeps,
  tx: Sql,
  command: QuarantineCommand,
  item: QuarantineRecord,
  { commandId, actor, reason, at }: Given,
): Promise<boolean> {
  const done =
    command === 'redrive' ? await quarantine.askRedrive(tx, item.id, at) : await quarantine.discard(tx, item.id, at)
  if (!done) return false
  const action = command === 'redrive' ? 'quarantine-redriven' : 'quarantine-discarded'
  await Promise.all([
    command === 'discard' && item.content !== undefined ? content.remove(tx, item.content) : undefined,
    audit.record(
      tx,
      { actor, action, subject: item.id, detail: { command: commandId, reason, code: item.code, sha256: item.sha256 } },
      ids,
      clock,
    ),
  ])
  return true
}
