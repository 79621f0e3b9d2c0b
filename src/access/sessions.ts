import { createHash } from 'node:crypto'
import { type Clock, type Ids, limits } from '../base/index.ts'
import type { Sql, Store } from '../store/index.ts'
import { findUser, type User } from './users.ts'

/** Somebody who is signed in. */
export interface LiveSession {
  /** SHA-256 of the secret: names the session, opens nothing. */
  readonly id: string
  readonly user: User
  readonly expiresAt: Date
}

/** @returns the secret for the cookie; the store keeps its digest alone */
export async function beginSession(tx: Sql, user: string, ids: Ids, clock: Clock): Promise<string> {
  const secret = ids.secret()
  const now = clock.now().getTime()
  await tx.run('INSERT INTO session (id, person, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?)', [
    digestOf(secret),
    user,
    now,
    now,
    now + limits.sessionMs,
  ])
  return secret
}

/**
 * The session that the secret opens; undefined when it is over, or its user is disabled.
 * @param attended Somebody sits before the page that asks: then the session lives on.
 */
export async function sessionOf(
  store: Store,
  clock: Clock,
  secret: string,
  attended = true,
): Promise<LiveSession | undefined> {
  const id = digestOf(secret)
  const now = clock.now().getTime()
  const row = await store.read.get<{ person: string; seen: number; expires: number }>(
    'SELECT person, seen_at AS seen, expires_at AS expires FROM session WHERE id = ?',
    [id],
  )
  if (row === undefined || row.expires <= now || row.seen + limits.sessionIdleMs <= now) return undefined
  const user = await findUser(store.read, row.person)
  if (user === undefined || user.disabled) return undefined
  if (attended && row.seen + limits.sessionSeenMs <= now)
    await store.transact((tx) => tx.run('UPDATE session SET seen_at = ? WHERE id = ?', [now, id]))
  return { id, user, expiresAt: new Date(row.expires) }
}

/** Whose session it is, without keeping it alive; undefined when it is over. */
export async function userOfSession(store: Store, clock: Clock, id: string): Promise<User | undefined> {
  const now = clock.now().getTime()
  const row = await store.read.get<{ person: string }>(
    'SELECT person FROM session WHERE id = ? AND expires_at > ? AND seen_at > ?',
    [id, now, now - limits.sessionIdleMs],
  )
  const user = row && (await findUser(store.read, row.person))
  return user?.disabled === false ? user : undefined
}

/** What a page must show with everything that changes something: derived from the secret, which the page cannot read. */
export function csrfTokenOf(secret: string): string {
  return createHash('sha256').update(`csrf\n${secret}`).digest('base64url')
}

export async function endSession(tx: Sql, id: string): Promise<void> {
  await tx.run('DELETE FROM session WHERE id = ?', [id])
}

/** Forgets sessions that are over, and logins tried long ago. */
export async function sweepAccess(store: Store, clock: Clock): Promise<void> {
  const now = clock.now().getTime()
  await store.transact(async (tx) => {
    await tx.run('DELETE FROM session WHERE expires_at <= ? OR seen_at <= ?', [now, now - limits.sessionIdleMs])
    await tx.run('DELETE FROM login_attempt WHERE last_at <= ?', [now - limits.loginMemoryMs])
  })
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
