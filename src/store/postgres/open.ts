import { type Clock, type Log, limits, systemClock } from '../../base/index.ts'
import { postgresql } from '../dialect.ts'
import { type Migration, migrate, migrations } from '../migrate.ts'
import type { Sql, Store, TransactOptions } from '../sql.ts'
import { sqlThrough } from '../statement.ts'
import { unavailable } from '../unavailable.ts'
import { DatabaseClock } from './database-clock.ts'
import { failureOf } from './failure.ts'
import { Months } from './months.ts'
import { execute, type Place, Sessions } from './sessions.ts'
import { NOW, Units } from './units.ts'

export interface PostgresOptions extends Place {
  /** The machine's clock. Any other, which a test moves, stands in for the database's. */
  readonly clock: Clock
  readonly log: Log
  readonly migrations?: readonly Migration[]
  readonly machineClock?: Clock
}

/**
 * Opens the store on a PostgreSQL server and brings its schema to this version. Any number of processes may do so at once.
 * @throws {GatewayError} store-unavailable: the database cannot be reached, or is not one that keeps what it is told
 * @throws {GatewayError} store-version: made by a newer version, or by a changed migration
 */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const store = new PostgresStore(options)
  try {
    await store.requireFitting()
    await migrate(store, options.migrations ?? migrations(postgresql), options.log)
    await store.compact()
    return store
  } catch (error) {
    await store.close().catch(() => {})
    throw error
  }
}

class PostgresStore implements Store {
  readonly dialect = postgresql
  readonly read: Sql
  readonly clock: Clock
  readonly #databaseClock: DatabaseClock
  readonly #log: Log
  readonly #writers: Sessions
  readonly #readers: Sessions
  readonly #units: Units
  readonly #months: Months
  #closed: Promise<void> | undefined

  constructor(options: PostgresOptions) {
    const { clock, log, machineClock = systemClock } = options
    this.#databaseClock = new DatabaseClock(machineClock)
    this.clock = clock === systemClock ? this.#databaseClock : clock
    this.#log = log
    this.#writers = new Sessions(options, limits.postgresWriters, log)
    this.#readers = new Sessions(options, limits.postgresReaders, log, limits.transactionMs + limits.postgresGraceMs)
    this.#units = new Units(this.#writers, this.#databaseClock, machineClock)
    this.#months = new Months(this, log)
    this.read = sqlThrough((statement) =>
      this.#whileOpen(() => this.#readers.use((client) => execute(client, statement))),
    )
  }

  transact<T>(work: (tx: Sql) => Promise<T>, options?: TransactOptions): Promise<T> {
    return this.#whileOpen(() => this.#units.transact(work, options))
  }

  /** Makes room for the months that come. Space is given back by PostgreSQL's own vacuum. */
  async compact(): Promise<number> {
    await this.#whileOpen(() => this.#months.prepare())
    return 0
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  /** The first look at the database's clock, and at what it is. */
  async requireFitting(): Promise<void> {
    const seen = this.#databaseClock.look()
    const [server] = await this.#readers.use(async (client) => {
      const { rows } = await client.query<Server>(`${NOW}, ${SERVER}`).catch((error: unknown) => {
        throw failureOf(error)
      })
      return rows
    })
    if (server === undefined) throw unavailable('The database did not say what it is.')
    seen(server.at)
    if (server.version < 150_000)
      throw unavailable(`The database is PostgreSQL ${Math.floor(server.version / 10_000)}: 15 or later is needed.`)
    if (server.encoding !== 'UTF8')
      throw unavailable(`The database keeps text as ${server.encoding}: make it with ENCODING 'UTF8'.`)
    if (server.fsync !== 'on')
      this.#log.warn({ fsync: server.fsync }, 'the database does not wait for its disk: a power cut may lose documents')
  }

  async #close(): Promise<void> {
    await this.#units.drained()
    await Promise.all([this.#writers.close(), this.#readers.close()])
  }

  #whileOpen<T>(ask: () => Promise<T>): Promise<T> {
    return this.#closed === undefined ? ask() : Promise.reject(unavailable('The store is closed.'))
  }
}

interface Server {
  readonly at: number
  readonly version: number
  readonly encoding: string
  readonly fsync: string
}

const SERVER = `current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
  current_setting('fsync') AS fsync`
