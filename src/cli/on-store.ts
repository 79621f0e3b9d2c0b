import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { silentLog, systemClock } from '../base/index.ts'
import { loadConfig, storePlaceOf } from '../config.ts'
import { openStore, type Store, type StorePlace } from '../store/index.ts'

/** Where a command finds the store. */
export interface StoreOptions {
  readonly config?: string
  readonly store?: string
}

/** Adds the options by which a command finds the store. */
export function withStore(command: Command): Command {
  return command
    .option('--config <file>', 'the configuration that names the store (default: the file that LIENTHONG_CONFIG names)')
    .option('--store <place>', 'the store itself, without any configuration: a file, or postgres://…')
}

/** Opens the store, which brings its schema to this version, and closes it whatever `work` does. */
export async function onStore<T>(options: StoreOptions, work: (store: Store) => Promise<T>): Promise<T> {
  const { store: given, config } = options
  const place =
    given === undefined ? storePlaceOf(loadConfig(config === undefined ? {} : { file: config })) : placeOf(given)
  const store = await openStore({ ...place, clock: systemClock, log: silentLog })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** A store as it is named on a command line. For a database, libpq's own ways give the password: PGPASSWORD, .pgpass. */
export function placeOf(text: string): StorePlace {
  return /^postgres(ql)?:\/\//.test(text) ? { url: text } : { file: text }
}

/** Who acts, for the audit. */
export function operator(): string {
  return `operator:${userInfo().username}`
}
