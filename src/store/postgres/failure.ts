import { DatabaseError } from 'pg'
import { GatewayError, messageOf } from '../../base/index.ts'
import { unavailable } from '../unavailable.ts'

/** What went wrong, by PostgreSQL's code or by the connection. @param text The statement that was refused. */
export function failureOf(cause: unknown, text?: string): GatewayError {
  if (cause instanceof GatewayError) return cause
  if (!(cause instanceof DatabaseError)) return ofConnection(cause, text)
  const { code = '' } = cause
  const because = UNAVAILABLE[code] ?? UNAVAILABLE[code.slice(0, 2)]
  if (because !== undefined) return unavailable(`The database ${because}: ${cause.message}.`, cause, code)
  return refused(cause, text, code)
}

/** The database ended the unit in favour of another: run again from its start, it succeeds. */
export function isPassing(cause: unknown): boolean {
  const code = cause instanceof GatewayError ? cause.detail['errcode'] : undefined
  return code === '40001' || code === '40P01'
}

/** PostgreSQL's codes, or classes of codes, that speak of the database rather than of the statement. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  '08': 'cannot be reached',
  '25006': 'only takes reads now',
  '25P03': 'ended a transaction that was idle for too long',
  '28': 'does not let us in',
  '3D000': 'is not there',
  '3F000': 'has no schema of that name',
  '42501': 'does not allow it to this user',
  '53': 'has no room left',
  '55P03': 'waited too long for a lock',
  '57014': 'took too long',
  '57P': 'is stopping or starting',
  '57P01': 'is stopping',
  '57P02': 'has crashed',
  '57P03': 'is starting',
  '57P04': 'is not there any more',
  '57P05': 'ended an idle connection',
  '58': 'met an error of its system',
  F0: 'has a configuration error',
  XX001: 'is damaged',
  XX002: 'has a damaged index',
}

function ofConnection(cause: unknown, text: string | undefined): GatewayError {
  if (!(cause instanceof Error)) return refused(cause, text)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  const system = code !== undefined && /^(E[A-Z]+|ERR_(TLS|SSL|SOCKET|STREAM)_.+|[A-Z_]*CERT[A-Z_]*)$/.test(code)
  const lost = /connection|timeout|queryable|closed|SSL|SASL|SCRAM|password|protocol/i.test(cause.message)
  if (system || lost) return unavailable(`The database cannot be reached: ${reasonOf(cause)}.`, cause, code)
  return refused(cause, text)
}

/** An attempt at several addresses fails with one error for each and no message of its own. */
function reasonOf(cause: Error): string {
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(', ')
  return cause.message
}

function refused(cause: unknown, text: string | undefined, errcode?: string): GatewayError {
  const told = `The store refused a statement: ${messageOf(cause)}.`
  return new GatewayError('internal', told, { text, errcode }, { cause })
}
