import { isDeepStrictEqual } from 'node:util'
import { type Clock, GatewayError, type Ids } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { audit, lock, type Sql, type Store } from '../store/index.ts'
import type { Agency } from './agency.ts'
import { requireConsistent } from './consistent.ts'
import { isByHand } from './plan.ts'
import { loadAgencies, loadWithdrawn, saveAgency, saveForms } from './records.ts'

export interface DirectoryReport {
  readonly added: readonly AgencyCode[]
  readonly changed: readonly AgencyCode[]
  readonly unchanged: readonly AgencyCode[]
}

export interface EnterDeps {
  readonly store: Store
  readonly ids: Ids
  readonly clock: Clock
}

/**
 * Enters agencies by hand, or changes those that the directory has; others stay as they are. All or nothing, and every
 * change is audited. Whoever holds a `Directory` reloads it afterwards. Of an agency that the signed directory names, only
 * certificates beside those that it binds are entered by hand, and whether the agency is ours.
 *
 * @param actor Who does it, for the audit.
 * @throws {GatewayError} config-invalid: two agencies would share a code form, or two strangers a certificate, or a
 * parent or successor would not exist
 * @throws {GatewayError} agency-signed, certificate-withdrawn: the signed directory says otherwise
 */
export function enterAgencies(deps: EnterDeps, written: readonly Agency[], actor: string): Promise<DirectoryReport> {
  return deps.store.transact(async (tx) => {
    await lock(tx, ['directory'])
    const present = await loadAgencies(tx)
    const before = new Map(present.map((agency) => [agency.code, agency]))
    const withdrawn = await loadWithdrawn(tx)
    const entries = written.map((entry) => besideSigned(before.get(entry.code), entry, withdrawn))
    const merged = requireConsistent(present, entries, 'config-invalid')
    const added: AgencyCode[] = []
    const changed: AgencyCode[] = []
    const unchanged: AgencyCode[] = []
    for (const entry of entries) {
      const earlier = before.get(entry.code)
      if (earlier !== undefined && isSame(earlier, entry)) unchanged.push(entry.code)
      else {
        const changes = earlier === undefined ? added : changed
        changes.push(entry.code)
        await enter(tx, deps, entry, earlier, actor)
      }
    }
    if (added.length + changed.length > 0) await saveForms(tx, merged)
    return { added, changed, unchanged }
  })
}

/** @throws {GatewayError} agency-signed, certificate-withdrawn */
function besideSigned(signed: Agency | undefined, entry: Agency, withdrawn: ReadonlySet<string>): Agency {
  const gone = entry.certificates.find(({ fingerprint }) => withdrawn.has(`${fingerprint} ${entry.code}`))
  if (gone !== undefined)
    throw new GatewayError(
      'certificate-withdrawn',
      `The certificate ${gone.fingerprint} of ${entry.code} was withdrawn.`,
      {
        value: gone.fingerprint,
      },
    )
  if (signed?.origin !== 'signed') return entry
  const bound = signed.certificates.filter((one) => !isByHand(one))
  const fingerprints = new Set(bound.map(({ fingerprint }) => fingerprint))
  const more = entry.certificates.filter(({ fingerprint }) => !fingerprints.has(fingerprint))
  const merged = { ...entry, origin: signed.origin, certificates: [...bound, ...more] }
  const [said, asked] = [signed, merged].map((agency) => ({ ...agency, certificates: [], local: true }))
  if (!isDeepStrictEqual(said, asked))
    throw new GatewayError('agency-signed', `The signed directory says what ${entry.code} is.`, { value: entry.code })
  return merged
}

export async function enter(
  tx: Sql,
  deps: EnterDeps,
  entry: Agency,
  earlier: Agency | undefined,
  actor: string,
): Promise<void> {
  await saveAgency(tx, entry, deps.clock.now().getTime())
  const action = earlier === undefined ? 'agency-added' : 'agency-changed'
  const detail = { after: outline(entry), ...(earlier === undefined ? {} : { before: outline(earlier) }) }
  await audit.record(tx, { actor, action, subject: entry.code, detail }, deps.ids, deps.clock)
}

export function isSame(a: Agency, b: Agency): boolean {
  return isDeepStrictEqual(outline(a), outline(b))
}

/** The agency as the audit tells it: of certificates the fingerprints, in a fixed order. */
function outline(agency: Agency): Record<string, unknown> {
  const certificates = agency.certificates.map(({ fingerprint, origin = 'hand' }) => `${fingerprint} ${origin}`)
  return { ...agency, certificates: certificates.sort() }
}
