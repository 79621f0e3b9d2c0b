import type { Command } from 'commander'
import { failures, GatewayError, systemClock, timeOrderedIds } from '../base/index.ts'
import { loadConfig } from '../config.ts'
import type { CommandRecord, Order, Preview, Repair } from '../gateway.ts'
import type { Store } from '../store/index.ts'
import { onStore, operator, type StoreOptions, withStore } from './on-store.ts'
import type { Terminal } from './terminal.ts'

/** How an order is given on the command line. */
export interface OrderOptions extends StoreOptions {
  readonly reason?: string
  readonly dryRun: boolean
  readonly commandId?: string
  readonly json: boolean
}

/** Adds the options that every order has. */
export function withOrder(command: Command): Command {
  return withStore(command)
    .option('--reason <text>', 'why, in a sentence: it stands in the audit')
    .option('--dry-run', 'say what would happen, and change nothing', false)
    .option('--command-id <id>', 'the id of this command: given again, it is not done again (default: a new one)')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', '\nExit codes: 0 done, 1 something was left out or there was nothing, 2 could not run.')
}

/** Opens the store with an operator's commands on it. The deadlines are those of the configuration, where there is one. */
export function onRepair<T>(options: StoreOptions, work: (repair: Repair, store: Store) => Promise<T>): Promise<T> {
  const known = options.store === undefined || options.config !== undefined
  const config = known ? loadConfig(options.config === undefined ? {} : { file: options.config }) : undefined
  return onStore(options, async (store) => {
    const { repairOn } = await import('../gateway.ts') // a whole gateway: the other commands do without
    return work(await repairOn(store, config), store)
  })
}

/** Gives an order, sees it through to its end, and tells what happened; or what would. */
export async function order(terminal: Terminal, options: OrderOptions, what: Order): Promise<void> {
  const { dryRun, reason, json } = options
  if (!dryRun && reason === undefined)
    throw new GatewayError('request-invalid', '--reason is missing: say why, or try with --dry-run')
  const outcome = await onRepair(options, async (repair) => {
    if (dryRun) return repair.preview(what)
    const commandId = options.commandId ?? timeOrderedIds(systemClock).next()
    return finished(repair, await repair.give(what, { actor: operator(), reason: reason ?? '', commandId }))
  })
  if (json) terminal.out(JSON.stringify(outcome, null, 2))
  else tell(terminal, outcome)
  if (outcome.changes < outcome.total || outcome.total === 0) terminal.exitCode = 1
}

/** Beside a gateway that does the same: each batch is done once. */
async function finished(repair: Repair, given: CommandRecord): Promise<CommandRecord> {
  if (given.state === 'done') return given
  while (await repair.advance(given.id));
  return (await repair.find(given.id)) ?? given
}

function tell(terminal: Terminal, outcome: Preview | CommandRecord): void {
  const { total, changes, leftOut, items } = outcome
  const done = 'state' in outcome
  terminal.out(
    done
      ? terminal.say(`đã thực hiện ${changes} trên ${total}`, `changed ${changes} of ${total}`)
      : terminal.say(`sẽ thực hiện ${changes} trên ${total}`, `would change ${changes} of ${total}`),
  )
  for (const { code, count } of leftOut) {
    const { vi, en } = failures[code]
    terminal.out(`  ${count} [${code}] ${terminal.say(vi, en)}`)
  }
  const rows = items.map(({ id, counterpart = '', from = '', to = '', leftOut: why, detail }) => [
    id,
    counterpart,
    from,
    why === undefined ? `→ ${to}` : `[${why}] ${detail ?? ''}`,
  ])
  if (rows.length > 0) terminal.table(['id', 'partner', 'state', done ? 'became' : 'would become'], rows)
  if (items.length < total)
    terminal.out(terminal.say(`… và ${total - items.length} mục khác`, `… and ${total - items.length} more`))
  if (done) terminal.err(terminal.say(`mã lệnh ${outcome.id}`, `command ${outcome.id}`))
}
