import { Command } from 'commander'
import { Directory } from '../directory/index.ts'
import { deliveries, partners } from '../store/index.ts'
import { requireAgencyCode } from './client.ts'
import { type OrderOptions, order, withOrder } from './on-repair.ts'
import { onStore, type StoreOptions, withStore } from './on-store.ts'
import type { Terminal } from './terminal.ts'

const COMMANDS = {
  pause: 'send nothing to it until it is resumed; what it sends is taken as ever',
  resume: 'send to it again',
  'close-circuit': 'send at once what waits for it, without waiting for a probe',
} as const

export function partnerCommand(terminal: Terminal): Command {
  const partner = new Command('partner')
    .summary('how we stand with each recipient')
    .description('Recipients: whether their circuit is open, whether they are paused, how much waits for them.')
  withStore(partner.command('list'))
    .summary('list those for whom something waits or with whom something is wrong')
    .option('--all', 'every agency of the directory', false)
    .option('--json', 'print one JSON array', false)
    .action(async (options: StoreOptions & { all: boolean; json: boolean }) => {
      const found = await onStore(options, async (store) => {
        const [directory, known, waiting] = await Promise.all([
          Directory.load(store),
          partners.list(store.read),
          deliveries.waiting(store.read),
        ])
        const every = directory.list().map(({ code, name }) => {
          const stands = known.find(({ agency }) => agency === code)
          return { agency: code, name, waiting: waiting.get(code) ?? 0, ...stands }
        })
        const troubled = ({ circuit, paused, failures = 0 }: (typeof every)[number]): boolean =>
          circuit === 'open' || paused !== undefined || failures > 0
        return every.filter((one) => options.all || one.waiting > 0 || troubled(one))
      })
      if (options.json) return terminal.out(JSON.stringify(found, null, 2))
      const rows = found.map(({ agency, name, waiting, circuit = 'closed', cause, failures, probeAt, paused }) => [
        agency,
        name,
        String(waiting),
        circuit,
        cause ?? '',
        String(failures ?? 0),
        probeAt?.toISOString() ?? '',
        paused === undefined ? '' : `${paused.by}: ${paused.reason}`,
      ])
      terminal.table(['code', 'name', 'waiting', 'circuit', 'cause', 'failures', 'next probe', 'paused by'], rows)
    })
  for (const [command, summary] of Object.entries(COMMANDS) as [keyof typeof COMMANDS, string][])
    withOrder(partner.command(command))
      .summary(summary)
      .argument('<code>', 'its code in the short form, such as G22')
      .action((code: string, options: OrderOptions) =>
        order(terminal, options, { command, partner: requireAgencyCode(code) }),
      )
  return partner
}
