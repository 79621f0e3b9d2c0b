import type { Clock } from '../base/index.ts'
import type { Dialect } from './dialect.ts'

export type SqlValue = string | number | bigint | null | Uint8Array

/**
 * Statements, written once for both dialects: `?` placeholders, `ON CONFLICT`, `RETURNING`, instants in milliseconds,
 * and the words of dialect.ts. Integers come back as numbers (one above 2^53 throws), blobs as Uint8Array. Statements
 * sent without awaiting each (Promise.all) run in the order they were sent.
 */
export interface Sql {
  all<T>(text: string, params?: readonly SqlValue[]): Promise<T[]>
  /** The first row. */
  get<T>(text: string, params?: readonly SqlValue[]): Promise<T | undefined>
  /** The number of rows that changed. */
  run(text: string, params?: readonly SqlValue[]): Promise<number>
}

/** What must not be lost. */
export interface Store {
  readonly dialect: Dialect
  /** Sees committed state only, also from inside a transaction. */
  readonly read: Sql
  /**
   * One unit of work. Resolves once the commit that contains it is on the disk. Everything is rolled back when `work`
   * throws, when one of its statements failed (also if the failure was caught: PostgreSQL knows no other way), or when
   * it takes longer than the deadline. A transaction begun inside a transaction of the same store is a bug and fails at
   * once.
   *
   * On SQLite units run one after another; on PostgreSQL side by side, each statement seeing what was committed before
   * it began. What a unit looks up in order to decide it locks first: a key with lock.ts, a row with `{{forUpdate}}`.
   * A unit that PostgreSQL ended to undo a deadlock is run again from its start, so `work` keeps nothing of a first run.
   * @throws {GatewayError} store-unavailable: it could not be made durable. Nothing of it is, unless the connection to
   * PostgreSQL was lost during the commit, when nobody can tell: therefore every unit can be repeated without harm
   */
  transact<T>(work: (tx: Sql) => Promise<T>, options?: TransactOptions): Promise<T>
  /** By this clock leases are judged: on SQLite the gateway's, on PostgreSQL the database's, because hosts disagree. */
  readonly clock: Clock
  /**
   * Gives free pages back to the file system (some megabytes a call) and empties the log, so that nothing of what was
   * destroyed stays on the disk.
   * @returns how many free pages are left for the next call.
   */
  compact(): Promise<number>
  /** Takes nothing more, finishes what waits, and closes the file or the connections. */
  close(): Promise<void>
}

export interface TransactOptions {
  /** Instead of `limits.transactionMs`; a migration takes as long as the store is large. */
  readonly deadlineMs?: number
  /** For a unit that only reads: all that it reads is of one moment. On SQLite that is so for every unit. */
  readonly snapshot?: boolean
}
