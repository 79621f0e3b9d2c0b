import { idsFrom, type Log, limits, messageOf } from '../../base/index.ts'
import { lock } from '../lock.ts'
import type { Sql, Store } from '../sql.ts'

/**
 * `content` has a partition for each month, so that what has had its time can be dropped at once, and no index grows for
 * ever. The key is the id of the envelope, whose first ten characters are the time at which it was made: bytes are found
 * by (envelope, seq) alone, in the one partition that can have them. What fits no month lies in `content_other`.
 */
export async function addMonths(store: Pick<Store, 'transact'>, from: Date, to: Date): Promise<void> {
  await store.transact(async (tx) => {
    await lock(tx, ['months'])
    const present = await partitions(tx)
    if (present.size === 0) return // another schema than ours
    for (let month = monthOf(from); month <= to; month = nextMonth(month))
      if (!present.has(nameOf(month))) await addMonth(tx, month)
  })
}

/** Adds the months that come. A failure waits for the next time: until then what fits no month has its place too. */
export class Months {
  readonly #store: Pick<Store, 'transact' | 'clock'>
  readonly #log: Log
  #readyUntil: Date | undefined

  constructor(store: Pick<Store, 'transact' | 'clock'>, log: Log) {
    this.#store = store
    this.#log = log
  }

  async prepare(): Promise<void> {
    const now = this.#store.clock.now()
    let until = monthOf(now)
    for (let ahead = 0; ahead < limits.contentMonthsAhead; ahead++) until = nextMonth(until)
    if (this.#readyUntil !== undefined && this.#readyUntil >= until) return
    try {
      await addMonths(this.#store, now, until)
      this.#readyUntil = until
    } catch (error) {
      this.#log.warn({ err: error }, `the partitions of the coming months wait: ${messageOf(error)}`)
    }
  }
}

async function addMonth(tx: Sql, month: Date): Promise<void> {
  const name = nameOf(month)
  const [least, end] = [idsFrom(month), idsFrom(nextMonth(month))]
  await Promise.all([
    tx.run(`SET LOCAL lock_timeout = ${limits.postgresGraceMs}`),
    // whatever came before its month was made moves there, and nothing more comes meanwhile
    tx.run('LOCK TABLE content_other IN ACCESS EXCLUSIVE MODE'),
    tx.run(`CREATE TABLE ${name} (LIKE content INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)`),
    tx.run(
      `WITH moved AS (DELETE FROM content_other WHERE envelope >= ? AND envelope < ? RETURNING envelope, seq, bytes)
       INSERT INTO ${name} (envelope, seq, bytes) SELECT envelope, seq, bytes FROM moved`,
      [least, end],
    ),
    tx.run(`ALTER TABLE content ATTACH PARTITION ${name} FOR VALUES FROM ('${least}') TO ('${end}')`),
  ])
}

async function partitions(tx: Sql): Promise<Set<string>> {
  const rows = await tx.all<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = to_regclass('content')`,
  )
  return new Set(rows.map(({ name }) => name))
}

function nameOf(month: Date): string {
  return `content_${month.toISOString().slice(0, 7).replace('-', '_')}`
}

/** The beginning of the month, UTC. */
function monthOf(instant: Date): Date {
  return new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth()))
}

function nextMonth(month: Date): Date {
  return new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1))
}
