import { effect, signal } from '@preact/signals'
import type { Login, PasswordChange, Right, Session } from '../../shapes.ts'
import { get, lockedOut, Problem, send, setCsrfToken } from './http.ts'
import { closeFeed, openFeed } from './live.ts'

/** `asking`: not known yet; `none`: somebody has to sign in; `down`: the gateway does not answer. */
export type Access =
  | { readonly state: 'asking' | 'none' }
  | { readonly state: 'down'; readonly error: unknown }
  | { readonly state: 'in'; readonly session: Session }

export const access = signal<Access>({ state: 'asking' })

export async function resume(): Promise<void> {
  try {
    enter(await get<Session>('/session'))
  } catch (error) {
    access.value = error instanceof Problem && error.status === 401 ? { state: 'none' } : { state: 'down', error }
  }
}

/** @throws {Problem} the name or password is wrong, or too many tries */
export async function signIn(login: Login): Promise<void> {
  setCsrfToken('login')
  enter(await send<Session>('POST', '/session', login))
}

/** @throws {Problem} the present password is wrong, or the next one is not allowed */
export async function changePassword(change: PasswordChange): Promise<void> {
  enter(await send<Session>('POST', '/session/password', change))
}

export async function signOut(): Promise<void> {
  await send('DELETE', '/session').catch(() => undefined)
  leave()
}

function enter(session: Session): void {
  setCsrfToken(session.csrfToken)
  access.value = { state: 'in', session }
  if (!session.user.mustChangePassword) openFeed()
}

function leave(): void {
  closeFeed()
  access.value = { state: 'none' }
}

effect(() => {
  if (lockedOut.value > 0 && access.peek().state === 'in') leave()
})

/** Of the one who is signed in. Pages are shown only then. */
export function currentSession(): Session {
  const { value } = access
  if (value.state !== 'in') throw new Error('nobody is signed in')
  return value.session
}

/** Whether the user may do that somewhere, or for this agency. */
export function may(right: Right, agency?: string): boolean {
  const { all, agencies } = currentSession().rights
  if (all.includes(right)) return true
  if (agency !== undefined) return agencies[agency]?.includes(right) ?? false
  return Object.values(agencies).some((rights) => rights.includes(right))
}
