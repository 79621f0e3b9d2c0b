import type { Request } from 'express'
import { GatewayError } from '../base/index.ts'
import { type AgencyCode, findAgencyCode } from '../message/index.ts'
import { clients } from '../store/index.ts'
import type { ApiDeps } from './deps.ts'

/** Who calls, and for which one agency: the only tenant that anything of this request may see. */
export interface Caller {
  /** Id of the client, never its key. */
  readonly client: string
  readonly agency: AgencyCode
}

/**
 * The client that the API key names, and the one agency it acts for now: the header `X-Agency` or the query `agency`
 * says which; a client of one agency need not say it.
 *
 * @throws {GatewayError} unauthenticated: no key, an unknown one or a revoked one, which look the same
 * @throws {GatewayError} forbidden: the key is not bound to the agency; whether that agency exists is not told
 * @throws {GatewayError} request-invalid: the agency must be said and is not
 */
export async function authenticate(deps: Pick<ApiDeps, 'store'>, request: Request): Promise<Caller> {
  const client = await clients.find(deps.store.read, bearerKey(request))
  if (client === undefined) throw new GatewayError('unauthenticated', 'this API key is unknown or revoked')
  const asked = askedAgency(request)
  if (asked !== undefined) {
    const agency = findAgencyCode(asked)
    if (agency === undefined || !client.agencies.includes(agency))
      throw new GatewayError('forbidden', 'this API key does not act for that agency', { field: '/headers/x-agency' })
    return { client: client.id, agency }
  }
  const [only, ...others] = client.agencies
  if (only === undefined) throw new GatewayError('forbidden', 'this API key acts for no agency')
  if (others.length > 0)
    throw new GatewayError(
      'request-invalid',
      'this API key acts for several agencies: say which in the header X-Agency',
      {
        field: '/headers/x-agency',
      },
    )
  return { client: client.id, agency: only }
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i

function bearerKey(request: Request): string {
  const key = BEARER.exec(request.get('authorization') ?? '')?.[1]
  if (key === undefined) throw new GatewayError('unauthenticated', 'send the header Authorization: Bearer <API key>')
  return key
}

function askedAgency(request: Request): string | undefined {
  const [header, query] = [request.get('x-agency'), request.query['agency']]
  if (query !== undefined && (typeof query !== 'string' || (header !== undefined && header !== query)))
    throw new GatewayError('request-invalid', 'name one agency, once', { field: '/query/agency' })
  return header ?? query
}
