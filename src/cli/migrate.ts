import { Command } from 'commander'
import { onStore, type StoreOptions, withStore } from './on-store.ts'
import type { Terminal } from './terminal.ts'

export function migrateCommand(terminal: Terminal): Command {
  return withStore(new Command('migrate'))
    .summary('bring the store to this version')
    .description(
      'Brings the store to this version, or makes it. `serve` does the same at its start; here it can be done apart, with a backup before.',
    )
    .addHelpText('after', '\nExit codes: 0 the store is of this version, 2 it could not be opened or is newer.')
    .action(async (options: StoreOptions) => {
      const versions = await onStore(options, (store) =>
        store.read.all<{ version: number; name: string }>('SELECT version, name FROM migration ORDER BY version'),
      )
      const last = versions.at(-1)
      terminal.out(
        terminal.say(
          `Kho dữ liệu ở phiên bản ${last?.version} (${last?.name}).`,
          `The store is at version ${last?.version} (${last?.name}).`,
        ),
      )
    })
}
