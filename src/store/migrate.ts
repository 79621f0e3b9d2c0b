import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { GatewayError, type Log } from '../base/index.ts'
import { type Dialect, statementsOf } from './dialect.ts'
import { lock } from './lock.ts'
import type { Sql, Store } from './sql.ts'

/**
 * One step of the schema. Forward only: a file that was once released is never changed, another follows it.
 *
 * A step whose name begins with `expand-` only adds what the version before it does not see: tables, indexes, columns
 * that may be null or have a default. So version N and N + 1 work on one database at the same time, also when N starts
 * again. What N still needs is taken away by a step of N + 2, when nobody runs N any more.
 */
export interface Migration {
  /** Counted from 1. */
  readonly version: number
  /** The file's name, `0001-journey.sql`. */
  readonly name: string
  readonly sql: string
}

interface Applied {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

/**
 * Brings the store to the last of `known`, each migration in a transaction of its own. Several processes may do so at
 * once: one migrates, the others wait and find it done.
 * @throws {GatewayError} store-version: the store has what this version does not know, or a migration was changed
 */
export async function migrate(store: Store, known: readonly Migration[], log: Log): Promise<void> {
  await store.transact((tx) => Promise.all([lock(tx, ['migration']), tx.run(MIGRATION_TABLE)]), {
    deadlineMs: FOR_EVER,
  })
  for (const migration of known) {
    const fresh = await store.transact((tx) => apply(tx, known, migration, store), { deadlineMs: FOR_EVER })
    if (fresh) log.info({ migration: migration.name }, 'store migrated')
  }
  requireFitting(await appliedTo(store.read), known)
}

/**
 * The migrations of this version, in order. Where `0002-a.postgresql.sql` lies beside `0002-a.sql`, it stands for it on
 * that database.
 * @param directory defaults to `migrations/` beside this file.
 */
export function migrations(dialect: Dialect, directory: URL = new URL('./migrations/', import.meta.url)): Migration[] {
  const names = readdirSync(directory).filter((name) => name.endsWith('.sql'))
  const ofAll = names.filter((name) => name.split('.').length === 2).sort()
  return ofAll.map((name, index) => {
    const version = Number(/^\d{4}(?=-)/.exec(name)?.[0])
    if (version !== index + 1)
      throw new GatewayError('internal', `Migration ${name} must begin with ${String(index + 1).padStart(4, '0')}-.`)
    const ofOne = name.replace(/sql$/, `${dialect.name}.sql`)
    return { version, name, sql: readFileSync(new URL(names.includes(ofOne) ? ofOne : name, directory), 'utf8') }
  })
}

/** A migration takes as long as the store is large, and so does the wait for another process that migrates. */
const FOR_EVER = 2 ** 31 - 1

const EXPAND = /^\d{4}-expand-/

const MIGRATION_TABLE = `CREATE TABLE IF NOT EXISTS migration (
  version    BIGINT PRIMARY KEY,
  name       TEXT NOT NULL,
  checksum   TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)`

/** Looks again inside the transaction, because another process may be migrating the same store. */
async function apply(tx: Sql, known: readonly Migration[], migration: Migration, store: Store): Promise<boolean> {
  await lock(tx, ['migration'])
  const applied = await appliedTo(tx)
  requireFitting(applied, known)
  if (applied.some(({ version }) => version === migration.version)) return false
  for (const statement of statementsOf(migration.sql)) await tx.run(statement)
  const { version, name, sql } = migration
  const row = [version, name, checksumOf(sql), store.clock.now().getTime()]
  await tx.run('INSERT INTO migration (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)', row)
  return true
}

function requireFitting(applied: readonly Applied[], known: readonly Migration[]): void {
  for (const { version, name, checksum } of applied) {
    const migration = known.find((one) => one.version === version)
    if (migration === undefined && EXPAND.test(name)) continue
    if (migration === undefined)
      throw versionError(`The store has migration ${name}, which this version does not know: start the newer version.`)
    if (checksumOf(migration.sql) !== checksum)
      throw versionError(`Migration ${migration.name} is not the one that made this store: restore the released file.`)
  }
}

function appliedTo(sql: Sql): Promise<Applied[]> {
  return sql.all<Applied>('SELECT version, name, checksum FROM migration ORDER BY version')
}

/** Line ends do not count: some tools change them. */
function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex')
}

function versionError(message: string): GatewayError {
  return new GatewayError('store-version', message)
}
