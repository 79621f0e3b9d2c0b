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
 * @throws {GatewayError} login-throttled: this one is too early, and is not counted under any of them
 */
export async function noteTry(store: Store, clock: Clock, ids: Ids, trying: Trying): Promise<void> {
  const wait = await store.transact(async (tx) => {
    const now = clock.now().getTime()
    const counts: (Count & { readonly free: number })[] = []
    for (const { key, free } of counted(trying)) counts.push({ ...(await countOf(tx, key, now)), free })
    const freeAt = Math.max(...counts.map((count) => count.freeAt))
    if (freeAt > now) return freeAt - now
    for (const { key, tries, free } of counts) {
      await tx.run('UPDATE login_attempt SET tries = ?, last_at = ?, free_at = ? WHERE key = ?', [
        tries + 1,
        now,
        now + waitAfter(tries + 1 - free),
        key,
      ])
      if (tries + 1 === free) await noteGuessing(tx, clock, ids, trying)
    }
    return 0
  })
  if (wait > 0) {
    const retryAfter = Math.ceil(wait / 1000)
    throw new GatewayError('login-throttled', `too many logins were tried: wait ${retryAfter} seconds`, { retryAfter })
  }
}

/**
 * Whoever signed in is not guessing. From the count of the address his own try alone is taken back: others may be
 * guessing from there, and a whole office may be signing in.
 */
export async function forgetTries(tx: Sql, trying: Trying): Promise<void> {
  const ofAddress = keyOf(['from', trying.address])
  for (const { key } of counted(trying))
    await tx.run(
      key === ofAddress
        ? 'UPDATE login_attempt SET tries = tries - 1 WHERE key = ? AND tries > 0'
        : 'DELETE FROM login_attempt WHERE key = ?',
      [key],
    )
}

function counted({ name, address }: Trying): { key: string; free: number }[] {
  return [
    { key: keyOf(['both', name, address]), free: limits.loginTries },
    { key: keyOf(['name', name]), free: limits.loginTriesOfName },
    { key: keyOf(['from', address]), free: limits.loginTriesOfAddress },
  ].sort((a, b) => (a.key < b.key ? -1 : 1)) // rows are locked in one order
}

interface Count {
  readonly key: string
  readonly tries: number
  readonly freeAt: number
}

/** How it stands, and stays until the unit has ended; what is older than a day begins anew. */
async function countOf(tx: Sql, key: string, now: number): Promise<Count> {
  const row = await tx.get<{ tries: number; freeAt: number }>(
    `INSERT INTO login_attempt (key, tries, last_at, free_at) VALUES (?, 0, ?, 0)
     ON CONFLICT (key) DO UPDATE SET tries = CASE WHEN login_attempt.last_at <= ? THEN 0 ELSE login_attempt.tries END
     RETURNING tries, free_at AS "freeAt"`,
    [key, now, now - limits.loginMemoryMs],
  )
  return { key, tries: row?.tries ?? 0, freeAt: row?.freeAt ?? 0 }
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
