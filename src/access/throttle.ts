import { createHash } from 'node:crypto'
import { type Clock, GatewayError, type Ids, limits } from '../base/index.ts'
import { audit, type Sql, type Store } from '../store/index.ts'

/** Who tries to sign in. */
interface Trying {
  readonly name: string
  readonly address: string
}

/**
 * Counts a login under the name from the address, under the name from anywhere, and from the address under any name. The
 * first is the strict one: who guesses elsewhere should not keep the user out here.
 * @throws {GatewayError} login-throttled: this one is too early, and is not counted
 */
export async function noteTry(store: Store, clock: Clock, ids: Ids, trying: Trying): Promise<void> {
  const wait = await store.transact(async (tx) => {
    const now = clock.now().getTime()
    let longest = 0
    for (const { key, free } of counted(trying)) {
      const { tries, freeAt } = await takeTry(tx, key, now)
      if (freeAt > now) longest = Math.max(longest, freeAt - now)
      else await tx.run('UPDATE login_attempt SET free_at = ? WHERE key = ?', [now + waitAfter(tries - free), key])
      if (tries === free && freeAt <= now) await noteGuessing(tx, clock, ids, trying)
    }
    return longest
  })
  if (wait > 0) {
    const retryAfter = Math.ceil(wait / 1000)
    throw new GatewayError('login-throttled', `too many logins were tried: wait ${retryAfter} seconds`, { retryAfter })
  }
}

/** Whoever signed in is not guessing. The count of the address stays: others may be guessing from there. */
export async function forgetTries(tx: Sql, { name, address }: Trying): Promise<void> {
  await tx.run('DELETE FROM login_attempt WHERE key IN (?, ?)', [keyOf(['both', name, address]), keyOf(['name', name])])
}

function counted({ name, address }: Trying): { key: string; free: number }[] {
  return [
    { key: keyOf(['both', name, address]), free: limits.loginTries },
    { key: keyOf(['name', name]), free: limits.loginTriesOfName },
    { key: keyOf(['from', address]), free: limits.loginTriesOfAddress },
  ].sort((a, b) => (a.key < b.key ? -1 : 1)) // rows are locked in one order
}

/** One try more, unless it comes too early; what is older than a day begins anew. */
async function takeTry(tx: Sql, key: string, now: number): Promise<{ tries: number; freeAt: number }> {
  const row = await tx.get<{ tries: number; freeAt: number }>(
    `INSERT INTO login_attempt (key, tries, last_at, free_at) VALUES (?, 1, ?, 0)
     ON CONFLICT (key) DO UPDATE SET
       tries = CASE WHEN login_attempt.last_at <= ? THEN 1 WHEN login_attempt.free_at > ? THEN login_attempt.tries ELSE login_attempt.tries + 1 END,
       last_at = CASE WHEN login_attempt.free_at > ? THEN login_attempt.last_at ELSE excluded.last_at END
     RETURNING tries, free_at AS "freeAt"`,
    [key, now, now - limits.loginMemoryMs, now, now],
  )
  return row ?? { tries: 1, freeAt: 0 }
}

function waitAfter(beyond: number): number {
  return beyond < 0 ? 0 : Math.min(limits.loginWaitMs * 2 ** Math.min(beyond, 20), limits.loginWaitMsMax)
}

async function noteGuessing(tx: Sql, clock: Clock, ids: Ids, { address }: Trying): Promise<void> {
  await audit.record(tx, { actor: 'gateway', action: 'login-throttled', subject: address }, ids, clock)
}

/** What people type as a name may be a password: it is not kept as it is. */
function keyOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
