import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { silentLog, systemClock } from '../base/index.ts'
import { loadConfig } from '../config.ts'
import { openStore, type Store } from '../store/index.ts'

/** Where a command finds the store. */
export interface StoreOptions {
  readonly config?: string
  readonly store?: string
}

/** Adds the options by which a command finds the store. */
export function withStore(command: Command): Command {
  return command
    .option('--config <file>', 'the configuration that names the store (default: the file that LIENTHONG_CONFIG names)')
    .option('--store <file>', 'the store itself, without any configuration')
}

/** Opens the store, which brings its schema to this version, and closes it whatever `work` does. */
export async function onStore<T>(options: StoreOptions, work: (store: Store) => Promise<T>): Promise<T> {
  const file = options.store ?? loadConfig(options.config === undefined ? {} : { file: options.config }).store.file
  const store = await openStore({ file, clock: systemClock, log: silentLog })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Who acts, for the audit. */
export function operator(): string {
  return `operator:${userInfo().username}`
}
