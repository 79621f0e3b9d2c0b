import { isDeepStrictEqual } from 'node:util'
import type { AgencyCode } from '../message/index.ts'
import type { Agency } from './agency.ts'
import { requireConsistent } from './consistent.ts'
import { isByHand, planSigned } from './plan.ts'
import type { SignedDirectory } from './signed-document.ts'

/** What one agency would become. Texts are as JSON has them; absent is absent. */
export interface AgencyDifference {
  readonly code: AgencyCode
  readonly name: string
  readonly kind: 'added' | 'changed' | 'ended'
  /** One of ours. */
  readonly local: boolean
  readonly fields: readonly { readonly field: string; readonly before?: string; readonly after?: string }[]
  /** Fingerprints. */
  readonly certificates: {
    readonly added: readonly string[]
    readonly removed: readonly string[]
    /** Entered by hand, and not in the signed directory: they go on signing. */
    readonly byHand: readonly string[]
  }
}

/**
 * What applying a signed directory would change, by the same plan that applies it.
 * @throws {GatewayError} directory-inconsistent: it could not be applied
 */
export function differences(present: readonly Agency[], signed: SignedDirectory): AgencyDifference[] {
  const entries = planSigned(present, signed)
  requireConsistent(present, entries, 'directory-inconsistent')
  const before = new Map(present.map((agency) => [agency.code, agency]))
  const named = new Set(signed.agencies.map(({ code }) => code))
  return entries.flatMap((after) => {
    const earlier = before.get(after.code)
    const fields = fieldsOf(earlier, after)
    const [had, has] = [fingerprintsOf(earlier), fingerprintsOf(after)]
    const certificates = {
      added: [...has].filter((one) => !had.has(one)),
      removed: [...had].filter((one) => !has.has(one)),
      byHand: after.certificates.filter(isByHand).map(({ fingerprint }) => fingerprint),
    }
    if (earlier !== undefined && fields.length + certificates.added.length + certificates.removed.length === 0)
      return []
    const kind = earlier === undefined ? 'added' : named.has(after.code) ? 'changed' : 'ended'
    return [{ code: after.code, name: after.name, kind, local: after.local, fields, certificates }]
  })
}

function fieldsOf(before: Agency | undefined, after: Agency): AgencyDifference['fields'] {
  const [was, is] = [factsOf(before), factsOf(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((field) => !isDeepStrictEqual(was[field], is[field]))
    .map((field) => ({ field, ...shown('before', was[field]), ...shown('after', is[field]) }))
}

function factsOf(agency: Agency | undefined): Record<string, unknown> {
  if (agency === undefined) return {}
  const named = Object.entries(agency)
  return Object.fromEntries(named.filter(([field]) => !['code', 'certificates', 'local'].includes(field)))
}

function shown(name: 'before' | 'after', value: unknown): Record<string, string> {
  if (value === undefined) return {}
  return {
    [name]: value instanceof Date ? value.toISOString() : typeof value === 'string' ? value : JSON.stringify(value),
  }
}

function fingerprintsOf(agency: Agency | undefined): Set<string> {
  return new Set(agency?.certificates.map(({ fingerprint }) => fingerprint))
}
