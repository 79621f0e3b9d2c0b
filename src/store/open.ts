import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type Log, limits, type Secret, systemClock } from '../base/index.ts'
import { sqlite } from './dialect.ts'
import { type Migration, migrate, migrations } from './migrate.ts'
import type { Store } from './sql.ts'
import { SqliteConnection } from './sqlite/connection.ts'
import { Writer } from './sqlite/writer.ts'
import { sqlThrough } from './statement.ts'
import { unavailable } from './unavailable.ts'

/** Where the store is: an SQLite file, or a PostgreSQL database that several processes may share. */
export type StorePlace =
  /** Made if absent, readable by the owner alone. `:memory:` stands for a file that is thrown away at close. */
  | { readonly file: string }
  /** `postgres://user@host:port/database`. The password is asked for at each connection. */
  | { readonly url: string; readonly password?: () => Secret }

export type OpenOptions = StorePlace & {
  /** The gateway's. On PostgreSQL the store has one of its own, the database's, unless this is not the machine's. */
  readonly clock: Clock
  readonly log: Log
  /** Instead of those of this version. */
  readonly migrations?: readonly Migration[]
  /** Bounds waits inside the store: the machine's time, also where a test moves `clock`. */
  readonly machineClock?: Clock
}

/**
 * Opens the store and brings its schema to this version.
 * @throws {GatewayError} store-unavailable: the file or the database cannot be opened
 * @throws {GatewayError} store-version: made by a newer version, or by a changed migration
 */
export async function openStore(options: OpenOptions): Promise<Store> {
  if ('file' in options) return openSqlite(options)
  const { openPostgres } = await import('./postgres/open.ts') // who keeps a file needs no driver of a server
  return openPostgres(options)
}

async function openSqlite(options: OpenOptions & { file: string }): Promise<Store> {
  const { file, dispose } = prepareFile(options.file)
  const connection = new SqliteConnection(
    {
      file,
      durable: options.file !== ':memory:',
      busyTimeoutMs: limits.storeBusyMs,
      preparedStatements: limits.preparedStatements,
      compactPages: limits.compactPages,
    },
    options.log,
  )
  const store = new SqliteStore(connection, options.clock, options.machineClock ?? systemClock, dispose)
  try {
    await migrate(store, options.migrations ?? migrations(sqlite), options.log)
    return store
  } catch (error) {
    await store.close().catch(() => {})
    throw error
  }
}

class SqliteStore implements Store {
  readonly dialect = sqlite
  readonly read
  readonly clock: Clock
  readonly #connection: SqliteConnection
  readonly #writer: Writer
  readonly #dispose: () => void
  #closed: Promise<void> | undefined

  constructor(connection: SqliteConnection, clock: Clock, machineClock: Clock, dispose: () => void) {
    this.clock = clock
    this.#connection = connection
    this.#writer = new Writer(connection, machineClock)
    this.#dispose = dispose
    this.read = sqlThrough((statement) => this.#whileOpen(() => connection.ask({ op: 'read', statement })))
  }

  transact<T>(...args: Parameters<typeof Writer.prototype.transact<T>>): Promise<T> {
    return this.#whileOpen(() => this.#writer.transact(...args))
  }

  compact(): Promise<number> {
    return this.#whileOpen(() => this.#writer.compact())
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    try {
      await this.#writer.drained()
      await this.#connection.close()
    } finally {
      this.#dispose()
    }
  }

  #whileOpen<T>(ask: () => Promise<T>): Promise<T> {
    return this.#closed === undefined ? ask() : Promise.reject(unavailable('The store is closed.'))
  }
}

/** Makes the file before SQLite does, because the log files beside it take over its permissions. */
function prepareFile(file: string): { file: string; dispose: () => void } {
  if (file === ':memory:') {
    const directory = mkdtempSync(join(tmpdir(), 'lienthong-'))
    return { file: join(directory, 'store.db'), dispose: () => rmSync(directory, { recursive: true, force: true }) }
  }
  try {
    closeSync(openSync(file, 'a', 0o600))
    return { file, dispose: () => {} }
  } catch (cause) {
    throw unavailable(`The store ${file} cannot be opened: its directory must exist and be writable.`, cause)
  }
}
