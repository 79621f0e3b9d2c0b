import type { AgencyCode } from '../message/index.ts'

export const roles = ['viewer', 'operator', 'auditor', 'administrator'] as const
export type Role = (typeof roles)[number]

/**
 * What may be done. `read`: states and metadata; `content`: what documents say and hold; `command`: to repair. The others
 * are about the whole gateway, and therefore need a role for all its agencies.
 */
export const rights = ['read', 'content', 'command', 'audit', 'configuration', 'users'] as const
export type Right = (typeof rights)[number]

export const globalRights: readonly Right[] = ['audit', 'configuration', 'users']

/** A role for one agency of this gateway, or for all, also those to come. */
export interface Grant {
  readonly role: Role
  readonly agency: AgencyCode | '*'
}

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  viewer: ['read'],
  operator: ['read', 'content', 'command'],
  auditor: ['read', 'content', 'audit'],
  administrator: rights,
}

/** What these grants come to: for every agency, and more by agency. */
export function grantedRights(grants: readonly Grant[]): {
  all: readonly Right[]
  agencies: Readonly<Record<string, readonly Right[]>>
} {
  const allowed = (agency: Grant['agency']): ReadonlySet<Right> =>
    new Set(grants.filter((grant) => grant.agency === agency).flatMap(({ role }) => RIGHTS[role]))
  const all = allowed('*')
  const single = [...new Set(grants.map(({ agency }) => agency))].filter((agency) => agency !== '*')
  const more = single.map((agency): [string, Right[]] => {
    const here = allowed(agency)
    return [agency, rights.filter((right) => here.has(right) && !all.has(right) && !globalRights.includes(right))]
  })
  return {
    all: rights.filter((right) => all.has(right)),
    agencies: Object.fromEntries(more.filter(([, those]) => those.length > 0)),
  }
}

/** The agencies among `known` for which the grants give the right. */
export function agenciesWith(
  grants: readonly Grant[],
  right: Right,
  known: readonly AgencyCode[],
): readonly AgencyCode[] {
  const { all, agencies } = grantedRights(grants)
  return all.includes(right) ? known : known.filter((code) => agencies[code]?.includes(right) === true)
}

/** For all agencies, or at least for one of `known`. */
export function hasRight(grants: readonly Grant[], right: Right, known: readonly AgencyCode[]): boolean {
  return grantedRights(grants).all.includes(right) || agenciesWith(grants, right, known).length > 0
}
