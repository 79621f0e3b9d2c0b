import { Command, Option } from 'commander'
import { GatewayError } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { type QuarantineState, quarantine } from '../store/index.ts'
import { requireAgencyCode } from './client.ts'
import { limitOption, requireLimit, selection } from './delivery.ts'
import { type OrderOptions, onRepair, order, withOrder } from './on-repair.ts'
import { onStore, type StoreOptions, withStore } from './on-store.ts'
import type { Terminal } from './terminal.ts'

interface QuarantineFilterOptions {
  readonly code?: string
  readonly sender?: string
  readonly agency?: string
}

const COMMANDS = {
  redrive: 'judge it again, after its cause was mended: a certificate entered, a user entitled',
  discard: 'let its bytes go; what it was and why it was not believed stays',
} as const

export function quarantineCommand(terminal: Terminal): Command {
  const room = new Command('quarantine')
    .summary('what came and was not believed')
    .description('Quarantine: packages and parts that came over the axis and were not believed, and why.')
  withFilter(withStore(room.command('list')))
    .summary('list what is kept, the oldest first')
    .addOption(
      new Option('--state <state>', 'those in this state')
        .choices(['kept', 'redriving', 'redriven', 'discarded'])
        .default('kept'),
    )
    .addOption(limitOption())
    .option('--json', 'print one JSON array', false)
    .action(
      async (
        options: StoreOptions & QuarantineFilterOptions & { state: QuarantineState; limit: string; json: boolean },
      ) => {
        const limit = requireLimit(options.limit)
        const { agency, ...filter } = filterOf(options)
        const conditions = { ...filter, state: options.state, ...(agency === undefined ? {} : { agencies: [agency] }) }
        const found = await onStore(options, (store) =>
          store.transact((tx) => quarantine.select(tx, conditions, { limit })),
        )
        if (options.json) return terminal.out(JSON.stringify(found, null, 2))
        const rows = found.map(({ id, at, sender = '', agency: to, code, octets, message }) => {
          return [id, at.toISOString(), sender, to, code, String(octets), message.slice(0, 80)]
        })
        terminal.table(['id', 'came', 'from', 'to', 'cause', 'octets', 'what was wrong'], rows)
      },
    )
  withStore(room.command('show'))
    .summary('one of them, and whether it can be judged again')
    .argument('<id>', 'the id that `quarantine list` shows')
    .action(async (id: string, options: StoreOptions) => {
      const { item, redrive } = await onRepair(options, async (repair, store) => {
        const [found] = await store.transact((tx) => quarantine.select(tx, { ids: [id] }, { limit: 1 }))
        const preview = await repair.preview({ command: 'redrive', quarantined: { ids: [id] } })
        return { item: found, redrive: preview.items[0] }
      })
      if (item === undefined) throw new GatewayError('not-found', `there is nothing in quarantine with the id ${id}`)
      terminal.out(JSON.stringify({ ...item, redrive: redrive?.leftOut === undefined ? 'possible' : redrive }, null, 2))
    })
  for (const [command, summary] of Object.entries(COMMANDS) as [keyof typeof COMMANDS, string][])
    withFilter(withOrder(room.command(command)))
      .summary(summary)
      .description(`Packages by their ids, or all that a filter finds: ${summary}.`)
      .argument('[ids...]', 'the ids that `quarantine list` shows')
      .action((ids: string[], options: OrderOptions & QuarantineFilterOptions) =>
        order(terminal, options, { command, quarantined: selection(ids, filterOf(options)) }),
      )
  return room
}

function withFilter(command: Command): Command {
  return command
    .option('--code <code>', 'only those that failed for this')
    .option('--sender <agency>', 'only those whose headers name this sender')
    .option('--agency <agency>', 'only those sent to this agency of ours')
}

function filterOf(options: QuarantineFilterOptions): { code?: string; sender?: AgencyCode; agency?: AgencyCode } {
  const { code, sender, agency } = options
  return {
    ...(code === undefined ? {} : { code }),
    ...(sender === undefined ? {} : { sender: requireAgencyCode(sender) }),
    ...(agency === undefined ? {} : { agency: requireAgencyCode(agency) }),
  }
}
