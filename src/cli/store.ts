import { statSync } from 'node:fs'
import { Command } from 'commander'
import { GatewayError, silentLog, systemClock } from '../base/index.ts'
import { copyStore, openStore, type Store } from '../store/index.ts'
import { placeOf } from './on-store.ts'
import type { Terminal } from './terminal.ts'

export function storeCommand(terminal: Terminal): Command {
  const store = new Command('store').summary('the store as a whole').description('The store as a whole.')
  store
    .command('copy')
    .summary('take a store from SQLite to PostgreSQL, or back')
    .description(
      'Copies everything into an empty store, in bounded memory, and compares the two. All or nothing. Stop the gateway first: ' +
        'what it wrote meanwhile would stay behind.',
    )
    .requiredOption('--from <place>', 'the store to copy: a file, or postgres://…')
    .requiredOption('--to <place>', 'an empty one: a new file, or postgres://… of a new database')
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      '\nExample:\n  lienthong store copy --from data/lienthong.db --to postgres://lienthong@db.example.vn/lienthong\n\n' +
        'The password is best given by PGPASSWORD or a .pgpass file. The source is brought to this version first, as by `migrate`.\n\n' +
        'Exit codes: 0 copied, 1 the copy was not like the source and was not kept, 2 a store cannot be opened or the target is not empty.',
    )
    .action(async ({ from, to, json }: { from: string; to: string; json: boolean }) => {
      if (from === to) throw new GatewayError('request-invalid', 'the store to copy to is the one to copy from')
      requireThere(from)
      const report = await onBoth(from, to, (source, target) =>
        copyStore(source, target, (table, rows) => terminal.err(`  ${table} ${rows}`)),
      )
      if (json) return terminal.out(JSON.stringify(report))
      const rows = report.tables.reduce((sum, table) => sum + table.rows, 0)
      terminal.out(
        terminal.say(
          `Đã sao chép ${rows} dòng, ${report.octets} byte nội dung; ${report.auditRows} mục kiểm toán khớp nhau.`,
          `Copied ${rows} rows, ${report.octets} octets of content; ${report.auditRows} audit entries fit together.`,
        ),
      )
    })
  return store
}

async function onBoth<T>(from: string, to: string, work: (source: Store, target: Store) => Promise<T>): Promise<T> {
  const source = await openStore({ ...placeOf(from), clock: systemClock, log: silentLog })
  try {
    const target = await openStore({ ...placeOf(to), clock: systemClock, log: silentLog })
    try {
      return await work(source, target)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** A misspelt source must not be made, found empty and copied. */
function requireThere(from: string): void {
  const place = placeOf(from)
  if ('file' in place && statSync(place.file, { throwIfNoEntry: false }) === undefined)
    throw new GatewayError('request-invalid', `there is no store ${from}`)
}
