import { limits } from '../base/index.ts'
import { type AuditRow, chainBegin, chainHash } from './audit-chain.ts'
import type { Sql, Store } from './sql.ts'

/**
 * Gives numbers to committed events, in the order of their ids. A number is given after the commit of what it counts,
 * by one holder at a time: so whoever has read up to a number never misses one below it.
 * @param holder Whose turn it is to number; another's turn is passed over until it lapses.
 * @returns how many were numbered: `limits.sequenceRows` at most, and then there may be more.
 */
export function sequenceEvents(store: Store, holder = 'gateway'): Promise<number> {
  return store.transact(async (tx) => ((await takeTurn(tx, 'sequence-events', holder, store)) ? numberEvents(tx) : 0))
}

/** Gives numbers to committed audit rows in the same way, and chains each to the one before. */
export function sequenceAudit(store: Store, holder = 'gateway'): Promise<number> {
  return store.transact(async (tx) => ((await takeTurn(tx, 'sequence-audit', holder, store)) ? chainAudit(tx) : 0))
}

/**
 * The turn is taken in the transaction that numbers, so there is no moment at which it could be lost in between:
 * the row stays locked until the numbers are committed.
 */
export async function takeTurn(tx: Sql, duty: string, holder: string, { clock }: Store): Promise<boolean> {
  const now = clock.now().getTime()
  const taken = await tx.run(
    `INSERT INTO duty (name, holder, lease_until, fence) VALUES (?, ?, ?, 1)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until, fence = duty.fence + 1
     WHERE duty.holder = excluded.holder OR duty.lease_until <= ? OR duty.lease_until > ?`,
    // a turn that ends later than any can was taken by a clock that has been set back since
    [duty, holder, now + limits.sequenceTurnMs, now, now + 2 * limits.sequenceTurnMs],
  )
  return taken === 1
}

/** Writes a row and commits it: what proves that documents can be accepted. */
export async function proveWritable(store: Store): Promise<void> {
  await store.transact((tx) =>
    tx.run(
      `INSERT INTO duty (name, holder, lease_until, fence) VALUES ('readiness', 'readyz', ?, 1)
       ON CONFLICT (name) DO UPDATE SET lease_until = excluded.lease_until`,
      [store.clock.now().getTime()],
    ),
  )
}

function numberEvents(tx: Sql): Promise<number> {
  return tx.run(
    `UPDATE event SET seq = numbered.seq
     FROM (SELECT id, (SELECT COALESCE(MAX(seq), 0) FROM event) + ROW_NUMBER() OVER (ORDER BY id) AS seq
           FROM (SELECT id FROM event WHERE seq IS NULL ORDER BY id LIMIT ?) AS waiting) AS numbered
     WHERE event.id = numbered.id`,
    [limits.sequenceRows],
  )
}

async function chainAudit(tx: Sql): Promise<number> {
  const [last, rows] = await Promise.all([
    tx.get<{ seq: number; hash: string }>(
      'SELECT seq, hash FROM audit WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1',
    ),
    tx.all<AuditRow>(
      'SELECT id, at, actor, action, subject, detail_digest FROM audit WHERE seq IS NULL ORDER BY id LIMIT ?',
      [limits.sequenceRows],
    ),
  ])
  let { seq, hash: prev } = last ?? { seq: 0, hash: chainBegin }
  const writes = rows.map((row) => {
    const hash = chainHash(prev, ++seq, row)
    const write = tx.run('UPDATE audit SET seq = ?, prev = ?, hash = ? WHERE id = ?', [seq, prev, hash, row.id])
    prev = hash
    return write
  })
  await Promise.all(writes)
  return rows.length
}
