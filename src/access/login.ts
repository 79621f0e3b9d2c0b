import { type Clock, GatewayError, type Ids } from '../base/index.ts'
import { audit, type Store } from '../store/index.ts'
import { isPassword } from './password.ts'
import { beginSession } from './sessions.ts'
import { forgetTries, noteTry } from './throttle.ts'
import { findUserByName, passwordHash, type User } from './users.ts'

/**
 * Signs in. The try is counted before the password is looked at, so that a thousand at once are a thousand tries.
 * @param address From where, as far as it is known.
 * @returns the secret of the new session
 * @throws {GatewayError} login-failed: whatever is wrong with name and password; login-throttled: `retryAfter` in seconds
 */
export async function login(
  { store, clock, ids }: { store: Store; clock: Clock; ids: Ids },
  given: { name: string; password: string; address: string },
): Promise<{ user: User; secret: string }> {
  const name = given.name.trim().toLowerCase()
  await noteTry(store, clock, ids, { name, address: given.address })
  const user = await findUserByName(store.read, name)
  const known = user === undefined ? undefined : await passwordHash(store.read, user.id, clock.now())
  const right = await isPassword(given.password, known)
  if (user === undefined || !right || user.disabled) throw failed()
  const secret = await store.transact(async (tx) => {
    // looking at a password takes time: whoever was locked out or given another one meanwhile stays out
    const stands = await tx.run(
      'UPDATE person SET last_login_at = ? WHERE id = ? AND password = ? AND disabled_at IS NULL',
      [clock.now().getTime(), user.id, known ?? ''],
    )
    if (stands === 0) throw failed()
    await forgetTries(tx, { name, address: given.address })
    const entry = {
      actor: `user:${user.name}`,
      action: 'signed-in',
      subject: user.id,
      detail: { address: given.address },
    }
    await audit.record(tx, entry, ids, clock)
    return beginSession(tx, user.id, ids, clock)
  })
  return { user, secret }
}

function failed(): GatewayError {
  return new GatewayError('login-failed', 'name or password is wrong')
}
