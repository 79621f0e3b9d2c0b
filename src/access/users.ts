import { type Clock, GatewayError, type Ids, limits } from '../base/index.ts'
import { audit, lock, type Sql, type Store } from '../store/index.ts'
import { hashOf, isPassword, oneTimePassword, requireStrong } from './password.ts'
import { type Grant, grantedRights } from './rights.ts'
import { forgetTries, noteTry } from './throttle.ts'

/** A person who may use the console. */
export interface User {
  readonly id: string
  /** `local`: signs in here by name and password; otherwise who vouches for the person (OpenID Connect: `iss`). */
  readonly issuer: string
  /** The name to sign in with; of another issuer, its `sub`. */
  readonly name: string
  readonly displayName: string
  readonly grants: readonly Grant[]
  readonly mustChangePassword: boolean
  readonly disabled: boolean
  readonly createdAt: Date
  readonly lastLoginAt?: Date
}

export interface NewUser {
  readonly name: string
  readonly displayName?: string
  readonly grants: readonly Grant[]
}

export interface ChangedUser {
  readonly displayName?: string
  readonly grants?: readonly Grant[]
  /** true also ends the sessions of the user. */
  readonly disabled?: boolean
}

/** Of each of these functions: where it works, and who asks for it, for the audit. */
interface Asking {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly actor: string
}

const NAME = /^[a-z0-9][a-z0-9._@-]{1,62}$/

/**
 * A new user, and the one-time password, which is told this once.
 * @throws {GatewayError} request-invalid: the name; user-exists
 */
export async function createUser(
  { store, clock, ids, actor }: Asking,
  user: NewUser,
): Promise<{ user: User; oneTimePassword: string }> {
  if (!NAME.test(user.name))
    throw new GatewayError('request-invalid', 'a name is 2 to 63 of a-z, 0-9 and . _ @ -', { field: '/name' })
  const password = oneTimePassword(ids)
  const hash = await hashOf(password, ids)
  const id = ids.next()
  const now = clock.now().getTime()
  await store.transact(async (tx) => {
    await lock(tx, ['people'])
    if ((await findUserByName(tx, user.name)) !== undefined)
      throw new GatewayError('user-exists', `there is a user ${user.name} already`, { field: '/name' })
    await tx.run(
      `INSERT INTO person (id, issuer, subject, display_name, grants, password, password_until, must_change, created_at)
       VALUES (?, 'local', ?, ?, ?, ?, ?, 1, ?)`,
      [
        id,
        user.name,
        user.displayName ?? user.name,
        JSON.stringify(user.grants),
        hash,
        now + limits.oneTimePasswordMs,
        now,
      ],
    )
    const detail = { name: user.name, grants: user.grants }
    await audit.record(tx, { actor, action: 'user-created', subject: id, detail }, ids, clock)
  })
  return { user: await requireUser(store.read, id), oneTimePassword: password }
}

/** @throws {GatewayError} not-found; last-administrator: nobody would be left who can manage users */
export async function changeUser({ store, clock, ids, actor }: Asking, id: string, change: ChangedUser): Promise<User> {
  const now = clock.now().getTime()
  await store.transact(async (tx) => {
    await lock(tx, ['people'])
    const before = await requireUser(tx, id)
    const grants = change.grants ?? before.grants
    const disabled = change.disabled ?? before.disabled
    await tx.run('UPDATE person SET display_name = ?, grants = ?, disabled_at = ? WHERE id = ?', [
      change.displayName ?? before.displayName,
      JSON.stringify(grants),
      disabled ? now : null,
      id,
    ])
    if (disabled) await tx.run('DELETE FROM session WHERE person = ?', [id])
    const all = await listUsers(tx)
    if (!all.some((user) => !user.disabled && grantedRights(user.grants).all.includes('users')))
      throw new GatewayError('last-administrator', `${before.name} is the last administrator of all agencies`)
    const action = disabled === before.disabled ? 'user-changed' : disabled ? 'user-disabled' : 'user-enabled'
    const detail = { name: before.name, grants, disabled }
    await audit.record(tx, { actor, action, subject: id, detail }, ids, clock)
  })
  return requireUser(store.read, id)
}

/** A new one-time password, and the end of all sessions of the user. @throws {GatewayError} not-found */
export async function resetPassword(
  { store, clock, ids, actor }: Asking,
  id: string,
): Promise<{ user: User; oneTimePassword: string }> {
  const password = oneTimePassword(ids)
  const hash = await hashOf(password, ids)
  await store.transact(async (tx) => {
    const { name, issuer } = await requireUser(tx, id)
    if (issuer !== 'local') throw new GatewayError('not-found', `${name} has no password here`)
    const until = clock.now().getTime() + limits.oneTimePasswordMs
    await tx.run('UPDATE person SET password = ?, password_until = ?, must_change = 1 WHERE id = ?', [hash, until, id])
    await tx.run('DELETE FROM session WHERE person = ?', [id])
    await audit.record(tx, { actor, action: 'user-reset', subject: id, detail: { name } }, ids, clock)
  })
  return { user: await requireUser(store.read, id), oneTimePassword: password }
}

/**
 * The user's own choice. Ends all other sessions of the user. Whoever has found a session open may guess the password here
 * no faster than at the door.
 * @param passwords.address From where, as far as it is known.
 * @throws {GatewayError} login-failed: the current password is another; password-weak; login-throttled
 */
export async function changePassword(
  { store, clock, ids }: Omit<Asking, 'actor'>,
  user: User,
  passwords: { current: string; next: string; session: string; address: string },
): Promise<void> {
  const trying = { name: user.name, address: passwords.address }
  await noteTry(store, clock, ids, trying)
  const known = await passwordHash(store.read, user.id)
  if (!(await isPassword(passwords.current, known)))
    throw new GatewayError('login-failed', 'the current password is another', { field: '/current' })
  await store.transact((tx) => forgetTries(tx, trying))
  requireStrong(passwords.next, [user.name, ...user.displayName.split(/\s+/)])
  if (passwords.next === passwords.current)
    throw new GatewayError('password-weak', 'the new password must differ from the old', { field: '/next' })
  const hash = await hashOf(passwords.next, ids)
  await store.transact(async (tx) => {
    const changed = await tx.run(
      'UPDATE person SET password = ?, password_until = NULL, must_change = 0 WHERE id = ? AND password = ?',
      [hash, user.id, known ?? ''],
    )
    if (changed === 0) throw new GatewayError('login-failed', 'the password was changed meanwhile')
    await tx.run('DELETE FROM session WHERE person = ? AND id <> ?', [user.id, passwords.session])
    const entry = { actor: `user:${user.name}`, action: 'password-changed', subject: user.id }
    await audit.record(tx, entry, ids, clock)
  })
}

export async function findUser(sql: Sql, id: string): Promise<User | undefined> {
  const row = await sql.get<Row>(`${SELECT} WHERE id = ?`, [id])
  return row && userOf(row)
}

/** Of those who sign in here. */
export async function findUserByName(sql: Sql, name: string): Promise<User | undefined> {
  const row = await sql.get<Row>(`${SELECT} WHERE issuer = 'local' AND subject = ?`, [name])
  return row && userOf(row)
}

/** All, oldest first, disabled ones too. */
export async function listUsers(sql: Sql): Promise<User[]> {
  return (await sql.all<Row>(`${SELECT} ORDER BY id`)).map(userOf)
}

/** What the password of the user is compared with; undefined when there is none, or it is a one-time password of long ago. */
export async function passwordHash(sql: Sql, id: string, now?: Date): Promise<string | undefined> {
  const row = await sql.get<{ password: string | null; until: number | null }>(
    'SELECT password, password_until AS until FROM person WHERE id = ?',
    [id],
  )
  const over = now !== undefined && row?.until != null && row.until <= now.getTime()
  return over ? undefined : (row?.password ?? undefined)
}

async function requireUser(sql: Sql, id: string): Promise<User> {
  const user = await findUser(sql, id)
  if (user === undefined) throw new GatewayError('not-found', `there is no user ${id}`)
  return user
}

interface Row {
  readonly id: string
  readonly issuer: string
  readonly subject: string
  readonly display_name: string
  readonly grants: string
  readonly must_change: number
  readonly disabled_at: number | null
  readonly created_at: number
  readonly last_login_at: number | null
}

const SELECT =
  'SELECT id, issuer, subject, display_name, grants, must_change, disabled_at, created_at, last_login_at FROM person'

function userOf(row: Row): User {
  return {
    id: row.id,
    issuer: row.issuer,
    name: row.subject,
    displayName: row.display_name,
    grants: JSON.parse(row.grants) as Grant[],
    mustChangePassword: row.must_change === 1,
    disabled: row.disabled_at !== null,
    createdAt: new Date(row.created_at),
    ...(row.last_login_at === null ? {} : { lastLoginAt: new Date(row.last_login_at) }),
  }
}
