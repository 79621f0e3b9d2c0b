/**
 * The thread that holds the database: one connection that writes and one that only reads, so that a read sees
 * committed state. It keeps the group and the unit that are open, and refuses what does not belong to them: requests
 * are sent ahead without waiting, and a statement whose BEGIN failed must not run on its own.
 */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { giveBack } from '../../base/index.ts'
import type { SqlValue } from '../sql.ts'
import type { Statement } from '../statement.ts'
import { PreparedDatabase } from './prepared.ts'
import type { Ask, Failure, Reply, Request, WorkerOptions } from './protocol.ts'

/** A failure that is already described. */
class Refused extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

const options = workerData as WorkerOptions
const writer = new PreparedDatabase(openWriter(), options.preparedStatements)
const reader = new PreparedDatabase(openReader(), options.preparedStatements)

/** Why no statement of the present group can count any more, or that none is open. */
let groupFailure: Failure | undefined = { message: 'no transaction is open' }
let unit: { readonly id: number; failure?: Failure } | undefined

parentPort?.on('message', (requests: Request[]) => {
  const replies = requests.map(answer)
  parentPort?.postMessage(replies, replies.flatMap(buffersOf))
  if (requests.some(({ op }) => op === 'close')) parentPort?.close()
})

function answer(request: Request): Reply {
  try {
    return { id: request.id, value: perform(request) }
  } catch (thrown) {
    return { id: request.id, failure: thrown instanceof Refused ? thrown.failure : describe(thrown) }
  } finally {
    if (request.op === 'write') request.statement.params.forEach(freeOctets)
  }
}

/** Octets that came for a statement came for it alone. */
function freeOctets(value: SqlValue): void {
  if (value instanceof Uint8Array) giveBack(value)
}

function perform(ask: Ask): unknown {
  switch (ask.op) {
    case 'read':
      return reader.execute(ask.statement)
    case 'write':
      return write(ask.unit, ask.statement)
    case 'begin':
      return begin()
    case 'open':
      return openUnit(ask.unit)
    case 'release':
      return endUnit(ask.unit, true)
    case 'rollback':
      return endUnit(ask.unit, false)
    case 'commit':
      return commit()
    case 'compact':
      writer.database.exec(`PRAGMA incremental_vacuum(${options.compactPages}); PRAGMA wal_checkpoint(TRUNCATE)`)
      return Object.values(writer.database.prepare('PRAGMA freelist_count').get() ?? {})[0]
    case 'close':
      reader.database.close()
      writer.database.close()
      return undefined
  }
}

function begin(): void {
  groupFailure = undefined
  unit = undefined
  inGroup(() => writer.database.exec('BEGIN IMMEDIATE'))
}

function openUnit(id: number): void {
  inGroup(() => writer.database.exec('SAVEPOINT unit'))
  unit = { id }
}

function write(id: number, statement: Statement): unknown {
  if (groupFailure !== undefined) throw new Refused(groupFailure)
  if (unit?.id !== id) throw new Error('a statement outside its transaction')
  if (unit.failure !== undefined) throw new Refused(unit.failure)
  try {
    return writer.execute(statement)
  } catch (error) {
    unit.failure = { ...describe(error), text: statement.text }
    // A full disk, an I/O error and a few others end the whole transaction, not only the statement.
    if (!writer.database.isTransaction) groupFailure = unit.failure
    throw new Refused(unit.failure)
  }
}

/** Keeps what the unit wrote, or takes it back: also when it was to be kept, but a statement of it failed. */
function endUnit(id: number, keep: boolean): void {
  const ending = unit
  unit = undefined
  inGroup(() => {
    if (ending?.id !== id) throw new Error('the end of a transaction that is not open')
    const kept = keep && ending.failure === undefined
    writer.database.exec(kept ? 'RELEASE unit' : 'ROLLBACK TO unit; RELEASE unit')
  })
  if (keep && ending?.failure !== undefined) throw new Refused(ending.failure)
}

function commit(): void {
  try {
    inGroup(() => writer.database.exec('COMMIT'))
  } finally {
    if (writer.database.isTransaction) writer.database.exec('ROLLBACK')
    groupFailure = { message: 'no transaction is open' }
  }
}

/** Whatever fails here fails the group: its savepoints cannot be trusted any more. */
function inGroup(step: () => void): void {
  if (groupFailure !== undefined) throw new Refused(groupFailure)
  try {
    step()
  } catch (error) {
    groupFailure = describe(error)
    throw new Refused(groupFailure)
  }
}

function openWriter(): DatabaseSync {
  const database = new DatabaseSync(options.file, { timeout: options.busyTimeoutMs })
  // auto_vacuum can only be chosen before the first page is written, which journal_mode does.
  database.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${options.durable ? 'FULL' : 'OFF'};
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA journal_size_limit = ${64 * 1024 * 1024};
  `)
  return database
}

function openReader(): DatabaseSync {
  return new DatabaseSync(options.file, { readOnly: true, timeout: options.busyTimeoutMs })
}

/** Blobs that come from the database are nobody else's, so they are handed over without a copy. */
function buffersOf(reply: Reply): ArrayBuffer[] {
  if (!('value' in reply) || typeof reply.value !== 'object' || reply.value === null) return []
  const rows: unknown[] = Array.isArray(reply.value) ? reply.value : [reply.value]
  const values = rows.flatMap((row): unknown[] => Object.values(row as object))
  return values.filter((value) => value instanceof Uint8Array).map(({ buffer }) => buffer as ArrayBuffer)
}

function describe(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { message: String(thrown) }
  const errcode = 'errcode' in thrown && typeof thrown.errcode === 'number' ? thrown.errcode : undefined
  return { message: thrown.message, ...(errcode === undefined ? {} : { errcode }) }
}
