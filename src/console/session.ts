import type { IRouter } from 'express'
import {
  agenciesWith,
  changePassword,
  changeUser,
  createUser,
  csrfTokenOf,
  endSession,
  grantedRights,
  listUsers,
  login,
  resetPassword,
  sessionOf,
  type User,
} from '../access/index.ts'
import { GatewayError, limits } from '../base/index.ts'
import { serveOpen } from '../http/index.ts'
import { audit } from '../store/index.ts'
import type { ConsoleDeps } from './deps.ts'
import { addressOf, requireOwnPage, setCookie } from './identity.ts'
import { serve } from './operation.ts'
import {
  changeOneUser,
  changeOwnPassword,
  createOneUser,
  getSession,
  listAllUsers,
  resetOneUser,
  signIn,
  signOut,
} from './session-operations.ts'
import type { Session, User as UserView } from './shapes-session.ts'

/** Signing in and out, the own password, and who may use the console. */
export function serveSession(router: IRouter, deps: ConsoleDeps): void {
  const { store, clock, ids } = deps

  serveOpen(router, signIn, async ({ request, response, body }) => {
    requireOwnPage(request, 'login')
    const { secret } = await login(deps, { ...body, address: addressOf(deps, request) })
    setCookie(deps, response, secret)
    response.json(await sessionView(deps, secret))
  })

  serve(router, deps, getSession, async ({ response, caller }) => {
    response.json(await sessionView(deps, caller.secret))
  })

  serve(router, deps, signOut, async ({ response, caller }) => {
    const { id, user } = caller.session
    await store.transact(async (tx) => {
      await endSession(tx, id)
      await audit.record(tx, { actor: caller.actor, action: 'signed-out', subject: user.id }, ids, clock)
    })
    setCookie(deps, response, undefined)
    response.status(204).end()
  })

  serve(router, deps, changeOwnPassword, async ({ request, response, caller, body }) => {
    const { id, user } = caller.session
    await changePassword(deps, user, { ...body, session: id, address: addressOf(deps, request) })
    response.json(await sessionView(deps, caller.secret))
  })

  serve(router, deps, listAllUsers, async ({ response }) => {
    response.json({ items: (await listUsers(store.read)).map(userView) })
  })

  serve(router, deps, createOneUser, async ({ response, caller, body }) => {
    const { user, oneTimePassword } = await createUser({ ...deps, actor: caller.actor }, body)
    response.status(201).json({ user: userView(user), oneTimePassword })
  })

  serve(router, deps, changeOneUser, async ({ response, caller, params, body }) => {
    response.json(userView(await changeUser({ ...deps, actor: caller.actor }, params.id, body)))
  })

  serve(router, deps, resetOneUser, async ({ response, caller, params }) => {
    const { user, oneTimePassword } = await resetPassword({ ...deps, actor: caller.actor }, params.id)
    response.json({ user: userView(user), oneTimePassword })
  })
}

async function sessionView(deps: ConsoleDeps, secret: string): Promise<Session> {
  const { store, clock, directory, locals, version } = deps
  const session = await sessionOf(store, clock, secret, false)
  if (session === undefined) throw new GatewayError('session-required', 'the session is over')
  const { user } = session
  const { all, agencies } = grantedRights(user.grants)
  return {
    user: userView(user),
    rights: {
      all: [...all],
      agencies: Object.fromEntries(Object.entries(agencies).map(([code, rights]) => [code, [...rights]])),
    },
    csrfToken: csrfTokenOf(secret),
    expiresAt: session?.expiresAt.toISOString() ?? '',
    idleSeconds: limits.sessionIdleMs / 1000,
    gateway: {
      version,
      now: clock.now().toISOString(),
      agencies: agenciesWith(user.grants, 'read', locals).map((code) => ({
        code,
        name: directory.find(code)?.name ?? code,
      })),
    },
  }
}

function userView(user: User): UserView {
  return {
    id: user.id,
    name: user.name,
    displayName: user.displayName,
    grants: [...user.grants],
    local: user.issuer === 'local',
    mustChangePassword: user.mustChangePassword,
    disabled: user.disabled,
    createdAt: user.createdAt.toISOString(),
    ...(user.lastLoginAt === undefined ? {} : { lastLoginAt: user.lastLoginAt.toISOString() }),
  }
}
