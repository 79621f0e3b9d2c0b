import type { Request, Response } from 'express'
import {
  agenciesWith,
  csrfTokenOf,
  globalRights,
  grantedRights,
  hasRight,
  type LiveSession,
  type Right,
  sessionOf,
} from '../access/index.ts'
import { GatewayError, limits } from '../base/index.ts'
import type { Identity } from '../http/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { ConsoleDeps } from './deps.ts'

/** Who may call an operation: whoever is signed in, also with a one-time password; or whoever has the right. */
export type Access = 'session' | Right

/** Somebody who is signed in, and what of the gateway this request may touch. */
export interface Caller {
  readonly session: LiveSession
  readonly secret: string
  /** As the audit names him. */
  readonly actor: string
  /** For all agencies. */
  readonly rights: readonly Right[]
  /** The agencies for which the user has the right that the operation asks for. */
  readonly agencies: readonly AgencyCode[]
  /** Those for which the user has another one. */
  readonly agenciesWith: (right: Right) => readonly AgencyCode[]
}

/** How the console knows who calls: by the cookie of a session, from a page of its own. */
export function identityOf(deps: ConsoleDeps): Identity<Caller> {
  return {
    inLog: ({ session }) => ({ user: session.user.id }),
    identify: async (request, operation) => {
      const secret = cookieOf(request, cookieName(deps))
      const session = secret && (await sessionOf(deps.store, deps.clock, secret, isAttended(request)))
      if (secret === undefined || !session)
        throw new GatewayError('session-required', 'there is no session, or it is over')
      requireOwnPage(request, csrfTokenOf(secret))
      const { user } = session
      const may = (right: Right): readonly AgencyCode[] => agenciesWith(user.grants, right, deps.locals)
      const right = operation.access as Access
      if (right !== 'session') requireRight(user, right, deps.locals)
      const agencies = right === 'session' ? [] : may(right)
      const { all } = grantedRights(user.grants)
      return { session, secret, actor: `user:${user.name}`, rights: all, agencies, agenciesWith: may }
    },
  }
}

/** @throws {GatewayError} password-change-required, role-missing */
function requireRight(user: LiveSession['user'], right: Right, locals: readonly AgencyCode[]): void {
  if (user.mustChangePassword)
    throw new GatewayError('password-change-required', 'the one-time password must be changed first')
  const known = globalRights.includes(right) ? [] : locals
  if (!hasRight(user.grants, right, known))
    throw new GatewayError('role-missing', `this needs the right ${right}, which your role does not give`)
}

/**
 * Whatever changes something comes from a page of ours: by what the browser says of its origin, and by a token that
 * only our pages can have read. Nothing at all is answered to another site.
 * @throws {GatewayError} cross-site-request
 */
export function requireOwnPage(request: Request, token: string): void {
  const reads = request.method === 'GET' || request.method === 'HEAD'
  const site = request.get('sec-fetch-site')
  const origin = request.get('origin')
  const foreign =
    site !== undefined
      ? site !== 'same-origin' && !(reads && site === 'none')
      : origin !== undefined && !isHost(origin, request)
  if (foreign) throw new GatewayError('cross-site-request', 'the browser says that another site asks for this')
  if (!reads && request.get(CSRF_HEADER) !== token)
    throw new GatewayError('cross-site-request', `send the token of the session as ${CSRF_HEADER}`)
}

const CSRF_HEADER = 'x-lienthong-csrf'

/** What a page asks for by itself, while nobody touches it, keeps no session alive: the live feed, and what it brings. */
function isAttended(request: Request): boolean {
  return request.get(UNATTENDED_HEADER) === undefined && request.get('accept') !== 'text/event-stream'
}

const UNATTENDED_HEADER = 'x-lienthong-unattended'

function isHost(origin: string, request: Request): boolean {
  return URL.canParse(origin) && new URL(origin).host === request.get('host')
}

/** `__Host-`: the browser takes it only by HTTPS, for this host alone. On plain loopback it would not take it at all. */
function cookieName({ secure }: ConsoleDeps): string {
  return secure ? '__Host-lienthong' : 'lienthong'
}

export function setCookie(deps: ConsoleDeps, response: Response, secret: string | undefined): void {
  response.cookie(cookieName(deps), secret ?? '', {
    httpOnly: true,
    sameSite: 'strict',
    secure: deps.secure,
    path: '/',
    maxAge: secret === undefined ? 0 : limits.sessionMs,
  })
}

function cookieOf(request: Request, name: string): string | undefined {
  const found = (request.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='))
  const [, value] = found.find(([given]) => given === name) ?? []
  return value === undefined || !/^[\w-]{20,100}$/.test(value) ? undefined : value
}

/** From where a request comes, for counting logins and for the audit. */
export function addressOf({ behindProxy }: ConsoleDeps, request: Request): string {
  const told = behindProxy ? request.get('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  return (told ?? request.socket.remoteAddress ?? 'unknown').slice(0, 64)
}
