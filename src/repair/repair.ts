import { type FailureCode, GatewayError, limits, reached } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { audit, commands, type Sql, type StoredCommand } from '../store/index.ts'
import { deliveryWork } from './delivery-work.ts'
import type { RepairDeps } from './deps.ts'
import type { CommandRecord, Instruction, ItemOutcome, Order, Preview, Repairs } from './orders.ts'
import { partnerWork } from './partner-work.ts'
import { quarantineWork } from './quarantine-work.ts'
import { Tally } from './tally.ts'
import { requireInstruction, requireOrder, selectionOf } from './validate.ts'
import type { Given, Place, Scope, Work } from './work.ts'
import { readWork, writeWork } from './written-order.ts'

/**
 * Carries out what operators order. A command is a row of the store: taken once under its id, worked through in batches,
 * each of which is one transaction with the progress it makes. So a command that is given twice, from two places, or is
 * cut off by a crash has one effect, and its outcome is there to be read again.
 */
export class Repair implements Repairs {
  readonly #deps: RepairDeps

  constructor(deps: RepairDeps) {
    this.#deps = deps
  }

  async preview(order: Order, scope?: readonly AgencyCode[]): Promise<Preview> {
    const { store } = this.#deps
    requireOrder(order, store.clock.now())
    const work = this.#workOf(order)
    const tally = new Tally()
    const { total, untilId } = await measured(store.read, work, order, scope)
    let cursor = ''
    for (;;) {
      const place = placeOf(order, cursor, untilId)
      const page = await store.transact(async (tx) => judged(await work.page(tx, scope, place), work, place))
      for (const { outcome } of page) tally.add(outcome)
      const next = nextCursor(order, cursor, page)
      if (next === undefined) return { total, ...tally.sum() }
      cursor = next
    }
  }

  async give(order: Order, instruction: Instruction): Promise<CommandRecord> {
    const { store, ids, clock } = this.#deps
    requireOrder(order, store.clock.now())
    requireInstruction(instruction)
    const { commandId: id, actor, reason, scope } = instruction
    const written = writeWork(order, scope)
    const fresh = await store.transact(async (tx) => {
      const { total, untilId } = await measured(tx, this.#workOf(order), order, scope)
      const command = { id, name: order.command, work: written, actor, reason, givenAt: clock.now(), total, untilId }
      if (!(await commands.add(tx, command))) return undefined
      const detail = { name: order.command, order: written, reason, total }
      await audit.record(tx, { actor, action: 'command-given', subject: id, detail }, ids, clock)
      const advanced = await this.#advance(tx, id)
      reached('repair.before-commit')
      return advanced
    })
    if (fresh !== undefined) this.#committed(fresh)
    const stored = await commands.find(store.read, id)
    if (stored === undefined || stored.work !== written || stored.actor !== actor)
      throw new GatewayError('command-id-reused', `another command was given under ${id}`, { value: id })
    if (stored.state === 'running') this.#deps.commands.ring()
    return record(stored)
  }

  async find(commandId: string): Promise<CommandRecord | undefined> {
    const stored = await commands.find(this.#deps.store.read, commandId)
    return stored && record(stored)
  }

  async recent(limit: number): Promise<CommandRecord[]> {
    return (await commands.recent(this.#deps.store.read, limit)).map(record)
  }

  /** One more batch of each command that is not done. @returns whether there is more */
  async runOnce(): Promise<boolean> {
    const { store, log } = this.#deps
    let more = false
    for (const id of await commands.running(store.read, limits.commandsAtOnce)) {
      try {
        more = (await this.advance(id)) || more
      } catch (error) {
        log.error({ err: error, command: id }, 'a batch of a command failed and will be repeated')
      }
    }
    return more
  }

  /** One more batch of a command. @returns whether there is more */
  async advance(id: string): Promise<boolean> {
    const advanced = await this.#deps.store.transact(async (tx) => {
      const done = await this.#advance(tx, id)
      reached('repair.before-commit')
      return done
    })
    this.#committed(advanced)
    return !advanced.ended
  }

  #committed({ work, changes }: Advanced): void {
    reached('repair.committed')
    if (changes > 0) work?.changed()
  }

  async #advance(tx: Sql, id: string): Promise<Advanced> {
    const { clock } = this.#deps
    const command = await commands.take(tx, id)
    if (command === undefined || command.state === 'done') return { ended: true, changes: 0, work: undefined }
    const { order, scope } = readWork(command.work)
    const work = this.#workOf(order)
    const given: Given = { commandId: id, actor: command.actor, reason: command.reason, at: clock.now() }
    const { progress } = command
    const tally = Tally.from(progress)
    const place = placeOf(order, progress.cursor, command.untilId)
    const page = judged(await work.page(tx, scope, place), work, place)
    for (const { item, outcome } of page) {
      const stands = outcome.to === undefined || item === undefined || (await work.change(tx, item, given))
      tally.add(stands ? outcome : overtaken(outcome))
    }
    const cursor = nextCursor(order, progress.cursor, page)
    const seen = progress.seen + page.length
    const ended = cursor === undefined
    await commands.advance(tx, id, tally.written(seen, cursor ?? progress.cursor), ended ? clock.now() : undefined)
    return { ended, changes: tally.changes - progress.changes, work }
  }

  #workOf(order: Order): Work<{ readonly id: string }> {
    if ('deliveries' in order) return deliveryWork(this.#deps, order)
    if ('quarantined' in order) return quarantineWork(this.#deps, order)
    return partnerWork(this.#deps, order)
  }
}

interface Advanced {
  readonly ended: boolean
  readonly changes: number
  readonly work: Work<{ readonly id: string }> | undefined
}

interface Judged {
  /** Absent for a named one that is not there. */
  readonly item: { readonly id: string } | undefined
  readonly outcome: ItemOutcome
}

async function measured(
  sql: Sql,
  work: Work<{ readonly id: string }>,
  order: Order,
  scope: Scope,
): Promise<{ total: number; untilId: string }> {
  const selection = selectionOf(order)
  if (selection === undefined) return { total: 1, untilId: '' }
  if ('ids' in selection) return { total: selection.ids.length, untilId: '' }
  const { count, last } = await work.measure(sql, scope)
  return { total: count, untilId: last }
}

/** The cursor of a group is the last id that was looked at; that of named ones, how many were. */
function placeOf(order: Order, cursor: string, untilId: string): Place {
  const selection = selectionOf(order)
  if (selection === undefined) return { ids: 'partner' in order ? [order.partner] : [] }
  if (!('ids' in selection)) return { after: cursor, until: untilId, limit: limits.commandBatch }
  const first = Number(cursor)
  return { ids: selection.ids.slice(first, first + limits.commandBatch) }
}

/** @returns undefined when that was the last page */
function nextCursor(order: Order, cursor: string, page: readonly Judged[]): string | undefined {
  const selection = selectionOf(order)
  if (selection === undefined) return undefined
  if ('ids' in selection) {
    const seen = Number(cursor) + page.length
    return seen < selection.ids.length ? String(seen) : undefined
  }
  return page.length < limits.commandBatch ? undefined : page.at(-1)?.outcome.id
}

function judged<Item extends { readonly id: string }>(
  items: readonly Item[],
  work: Work<Item>,
  place: Place,
): Judged[] {
  if (!('ids' in place)) return items.map((item) => ({ item, outcome: work.judge(item) }))
  const found = new Map(items.map((item) => [item.id, item]))
  return place.ids.map((id) => {
    const item = found.get(id)
    if (item !== undefined) return { item, outcome: work.judge(item) }
    const leftOut: FailureCode = 'not-found'
    return { item, outcome: { id, leftOut, detail: 'there is nothing with this id' } }
  })
}

function overtaken(outcome: ItemOutcome): ItemOutcome {
  const { to, ...rest } = outcome
  return {
    ...rest,
    leftOut: 'transition-not-allowed',
    detail: `somebody else was faster: it cannot become ${to} any more`,
  }
}

function record(stored: StoredCommand): CommandRecord {
  const { id, work, actor, reason, givenAt, state, total, progress, endedAt } = stored
  return {
    id,
    order: readWork(work).order,
    actor,
    reason,
    givenAt,
    state,
    total,
    seen: progress.seen,
    ...Tally.from(progress).sum(),
    ...(endedAt === undefined ? {} : { endedAt }),
  }
}
