import { AsyncLocalStorage } from 'node:async_hooks'
import type { PoolClient } from 'pg'
import { type Clock, type GatewayError, limits } from '../../base/index.ts'
import type { Sql, TransactOptions } from '../sql.ts'
import { sqlThrough } from '../statement.ts'
import { unavailable } from '../unavailable.ts'
import { afterTheEnd, nested } from '../unit-rules.ts'
import type { DatabaseClock } from './database-clock.ts'
import { failureOf, isPassing } from './failure.ts'
import { execute, type Sessions, sendTogether } from './sessions.ts'

/**
 * Units of work side by side, each on a connection of its own, READ COMMITTED: what a unit decides by it locks first
 * (sql.ts). Its statements are sent without waiting for each other, so a unit costs few ways there and back.
 */
export class Units {
  readonly #sessions: Sessions
  readonly #clock: DatabaseClock
  readonly #machineClock: Clock
  /** The unit in whose work this code runs. */
  readonly #inside = new AsyncLocalStorage<Unit>()
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(sessions: Sessions, clock: DatabaseClock, machineClock: Clock) {
    this.#sessions = sessions
    this.#clock = clock
    this.#machineClock = machineClock
  }

  transact<T>(work: (tx: Sql) => Promise<T>, options: TransactOptions = {}): Promise<T> {
    if (this.#inside.getStore()?.open === true) return Promise.reject(nested())
    if (this.#underWay.size >= limits.transactionsWaiting)
      return Promise.reject(unavailable(`More than ${limits.transactionsWaiting} transactions wait for the store.`))
    const running = this.#beforeDeadline(work, options)
    this.#underWay.add(running)
    const done = (): unknown => this.#underWay.delete(running)
    running.then(done, done)
    return running
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }

  async #beforeDeadline<T>(work: (tx: Sql) => Promise<T>, options: TransactOptions): Promise<T> {
    const deadlineMs = options.deadlineMs ?? limits.transactionMs
    const late = Promise.withResolvers<never>()
    const unit: Unit = { begin: beginOf(options), late: late.promise, open: false, over: false, cut: () => {} }
    const finished = new AbortController()
    const passed = this.#machineClock.wait(deadlineMs, finished.signal).then(() => {
      if (finished.signal.aborted) return
      unit.open = false
      unit.over = true
      unit.cut() // the database takes back what has lost its connection
      late.reject(unavailable(`A transaction did not finish within ${deadlineMs} ms and was rolled back.`))
    })
    try {
      return await Promise.race([this.#repeated(unit, work), late.promise])
    } finally {
      finished.abort(FINISHED)
      await passed
    }
  }

  async #repeated<T>(unit: Unit, work: (tx: Sql) => Promise<T>): Promise<T> {
    for (let run = 1; ; run++) {
      try {
        return await this.#sessions.use((client) => this.#run(unit, client, work))
      } catch (error) {
        if (!isPassing(error) || unit.over || run >= limits.transactionRuns) throw error
        await this.#machineClock.wait(run * limits.transactionRerunMs) // lets the other one pass
      }
    }
  }

  async #run<T>(unit: Unit, client: PoolClient, work: (tx: Sql) => Promise<T>): Promise<T> {
    if (unit.over) throw afterTheEnd()
    unit.cut = () => client.connection.stream.destroy()
    let failure: GatewayError | undefined
    const sent = <A>(answer: Promise<A>): Promise<A> => {
      last = answer.catch((error: unknown) => {
        failure ??= failureOf(error) // fails the unit, awaited or not
      })
      return answer
    }
    let last: Promise<unknown> = Promise.resolve()
    let ended = false // this run of it: what still goes on of one that is over must not speak on a connection of others
    void sent(this.#begin(unit, client))
    unit.open = true
    try {
      const sql = sqlThrough((statement) =>
        unit.open && !ended ? sent(execute(client, statement)) : Promise.reject(afterTheEnd()),
      )
      const value = await Promise.race([this.#inside.run(unit, () => work(sql)), unit.late])
      unit.open = false
      ended = true
      await last
      if (failure !== undefined) throw failure
      await commit(client)
      return value
    } catch (error) {
      unit.open = false
      ended = true
      await client.query('ROLLBACK').catch(() => {}) // without a connection it is taken back anyway
      throw failure !== undefined && isPassing(failure) ? failure : error
    } finally {
      unit.cut = () => {}
    }
  }

  async #begin(unit: Unit, client: PoolClient): Promise<void> {
    const seen = this.#clock.look()
    sendTogether(client)
    try {
      const results = (await client.query(`${unit.begin}; ${NOW}`)) as unknown as { rows: { at?: number }[] }[]
      const at = results.at(-1)?.rows[0]?.at
      if (at !== undefined) seen(at)
    } catch (error) {
      throw failureOf(error, unit.begin)
    }
  }
}

/** The database's time in milliseconds. */
export const NOW = 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at'

interface Unit {
  readonly begin: string
  /** Rejects when its deadline has passed. */
  readonly late: Promise<never>
  /** Its statements are admitted. */
  open: boolean
  /** Its deadline has passed: it is not to be begun or repeated. */
  over: boolean
  /** Cuts the connection that it holds. */
  cut: () => void
}

/** A reason of its own spares the making of an error with its stack for every unit. */
const FINISHED = 'finished'

function beginOf({ snapshot = false, deadlineMs }: TransactOptions): string {
  const begin = snapshot
    ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'
    : 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'
  if (deadlineMs === undefined) return begin
  const most = Math.min(deadlineMs, 2 ** 31 - 1)
  return `${begin}; SET LOCAL statement_timeout = ${most}; SET LOCAL idle_in_transaction_session_timeout = ${most}`
}

async function commit(client: PoolClient): Promise<void> {
  try {
    const { command } = await client.query('COMMIT')
    if (command !== 'COMMIT') throw new Error(`it was answered by ${command}`)
  } catch (cause) {
    const failure = failureOf(cause, 'COMMIT')
    throw failure.code === 'store-unavailable'
      ? unavailable(`The connection was lost during a commit, and nobody knows whether it was kept: repeat it.`, cause)
      : failure
  }
}
