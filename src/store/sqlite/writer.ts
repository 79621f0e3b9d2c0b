import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, limits } from '../../base/index.ts'
import type { Sql, TransactOptions } from '../sql.ts'
import { type Statement, sqlThrough } from '../statement.ts'
import { unavailable } from '../unavailable.ts'
import { afterTheEnd, nested } from '../unit-rules.ts'
import type { SqliteConnection } from './connection.ts'
import type { Ask } from './protocol.ts'

/**
 * The one serialised writer, with group commit: units that wait are run one after another inside one transaction, each
 * in a savepoint of its own, so that one flush to the disk serves them all. A unit's promise resolves only after the
 * commit that contains it; a unit that throws is taken back alone.
 */
export class Writer {
  readonly #connection: SqliteConnection
  readonly #machineClock: Clock
  readonly #waiting: Unit[] = []
  /** The unit in whose work this code runs. */
  readonly #inside = new AsyncLocalStorage<Unit>()
  #draining: Promise<void> | undefined
  #compaction: PromiseWithResolvers<number> | undefined
  #lastUnit = 0

  /** @param machineClock Bounds how long a unit may run and a group may grow: time that passes, whatever leases see. */
  constructor(connection: SqliteConnection, machineClock: Clock) {
    this.#connection = connection
    this.#machineClock = machineClock
  }

  transact<T>(work: (tx: Sql) => Promise<T>, options: TransactOptions = {}): Promise<T> {
    if (this.#inside.getStore()?.open === true) return Promise.reject(nested())
    if (this.#waiting.length >= limits.transactionsWaiting)
      return Promise.reject(unavailable(`More than ${limits.transactionsWaiting} transactions wait for the store.`))
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        id: ++this.#lastUnit,
        open: false,
        deadlineMs: options.deadlineMs ?? limits.transactionMs,
        work: async (tx) => {
          const value = await work(tx)
          return () => resolve(value)
        },
        reject,
      })
      this.#draining ??= this.#drain()
    })
  }

  /** Between two groups, when no transaction is open. @returns how many free pages are left. */
  compact(): Promise<number> {
    if (this.#inside.getStore()?.open === true) return Promise.reject(nested())
    this.#compaction ??= Promise.withResolvers()
    const { promise } = this.#compaction
    this.#draining ??= this.#drain()
    return promise
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 || this.#compaction !== undefined) {
      await this.#compact()
      if (this.#waiting.length > 0) await this.#group()
    }
    this.#draining = undefined
  }

  async #compact(): Promise<void> {
    const compaction = this.#compaction
    this.#compaction = undefined
    const freePages = compaction && this.#connection.ask({ op: 'compact' })
    await freePages?.then((pages) => compaction?.resolve(Number(pages)), compaction?.reject)
  }

  async #group(): Promise<void> {
    const closesAt = this.#machineClock.now().getTime() + limits.groupCommitMs
    const kept: Kept[] = []
    void this.#send({ op: 'begin' })
    for (let units = 0; units < limits.groupCommitUnits; units++) {
      const unit = this.#waiting.shift()
      if (unit === undefined || !(await this.#run(unit, kept))) break
      if (this.#machineClock.now().getTime() >= closesAt) break
    }
    try {
      await this.#connection.ask({ op: 'commit' })
      for (const { released, resolve, reject } of kept) void released.then(resolve, reject)
    } catch (cause) {
      const error = unavailable('The store could not commit; nothing of the transaction was kept.', cause)
      for (const { released, reject } of kept) void released.then(() => reject(error), reject)
    }
  }

  /**
   * Runs one unit. What is to be kept waits for the commit; anything else is rejected now.
   * @returns whether the group can take another unit.
   */
  async #run(unit: Unit, kept: Kept[]): Promise<boolean> {
    const { id, reject } = unit
    void this.#send({ op: 'open', unit: id })
    unit.open = true
    try {
      const resolve = await this.#beforeDeadline(unit)
      // Not awaited: the answer comes with that of the commit, and is a failure when a statement of the unit failed.
      kept.push({ released: this.#send({ op: 'release', unit: id }), resolve, reject })
      return true
    } catch (error) {
      unit.open = false
      const takenBack = this.#send({ op: 'rollback', unit: id }).then(
        () => true,
        () => false, // the failure took the whole group along
      )
      reject(error)
      return await takenBack
    } finally {
      unit.open = false
    }
  }

  async #beforeDeadline(unit: Unit): Promise<() => void> {
    const finished = new AbortController()
    try {
      const work = this.#inside.run(unit, () => unit.work(this.#sql(unit)))
      const resolve = await Promise.race([work, this.#machineClock.wait(unit.deadlineMs, finished.signal)])
      if (resolve !== undefined) return resolve
      throw unavailable(`A transaction did not finish within ${unit.deadlineMs} ms and was rolled back.`)
    } finally {
      finished.abort(FINISHED)
    }
  }

  #sql(unit: Unit): Sql {
    const ask = (asked: Statement): Promise<unknown> => {
      if (!unit.open) return Promise.reject(afterTheEnd())
      return this.#send({ op: 'write', unit: unit.id, statement: asked }) // a failed one fails the unit, awaited or not
    }
    return sqlThrough(ask)
  }

  /** For requests sent ahead: a failure is told again by the commit. */
  #send(ask: Ask): Promise<unknown> {
    const answer = this.#connection.ask(ask)
    answer.catch(() => {})
    return answer
  }
}

/** A reason of its own spares the making of an error with its stack for every unit. */
const FINISHED = 'finished'

interface Unit {
  readonly id: number
  /** Its statements are admitted. */
  open: boolean
  readonly deadlineMs: number
  /** @returns what to call after the commit. */
  readonly work: (tx: Sql) => Promise<() => void>
  readonly reject: (error: unknown) => void
}

interface Kept {
  readonly released: Promise<unknown>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}
