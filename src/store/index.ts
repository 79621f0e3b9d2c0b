/**
 * Store: what must not be lost. Transactions that resolve when they are on the disk, one schema, one set of queries
 * for every database.
 */
export { migrations } from './migrate.ts'
export { type OpenOptions, openStore } from './open.ts'
export type { Sql, SqlValue, Store, TransactOptions } from './sql.ts'
