import type { AgencyCode } from '../message/index.ts'
import { partners, type Sql } from '../store/index.ts'
import type { PartnerState } from './shapes-agencies.ts'
import { causeOf } from './words.ts'

/** Partners to whom sending rests; all others are open. */
export async function partnerStates(sql: Sql): Promise<ReadonlyMap<AgencyCode, PartnerState>> {
  const states = new Map<AgencyCode, PartnerState>()
  for (const { agency, circuit, paused, cause, openedAt, probeAt, probes } of await partners.list(sql)) {
    if (paused !== undefined) {
      const { at, by, reason } = paused
      states.set(agency, { state: 'paused', since: at.toISOString(), by, reason })
    } else if (circuit === 'open') {
      states.set(agency, {
        state: probes > 0 ? 'probing' : 'circuit-open',
        ...(openedAt === undefined ? {} : { since: openedAt.toISOString() }),
        ...(cause === undefined ? {} : { cause: causeOf(cause) }),
        ...(probeAt === undefined ? {} : { nextProbeAt: probeAt.toISOString() }),
      })
    }
  }
  return states
}
