import { isDeepStrictEqual } from 'node:util'
import type { Clock, Ids } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { audit, lock, type Sql, type Store } from '../store/index.ts'
import type { Agency } from './agency.ts'
import { requireConsistent } from './consistent.ts'
import { loadAgencies, saveAgency, saveForms } from './records.ts'

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
 * Enters agencies into the directory, or changes those that it has; others stay as they are. All or nothing, and every
 * change is audited. Whoever holds a `Directory` reloads it afterwards.
 *
 * @param actor Who does it, for the audit.
 * @throws {GatewayError} config-invalid: two agencies would share a code form, or two strangers a certificate, or a
 * parent or successor would not exist
 */
export function enterAgencies(deps: EnterDeps, entries: readonly Agency[], actor: string): Promise<DirectoryReport> {
  return deps.store.transact(async (tx) => {
    await lock(tx, ['directory'])
    const present = await loadAgencies(tx)
    const merged = requireConsistent(present, entries)
    const before = new Map(present.map((agency) => [agency.code, agency]))
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

async function enter(
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

function isSame(a: Agency, b: Agency): boolean {
  return isDeepStrictEqual(outline(a), outline(b))
}

/** The agency as the audit tells it: of certificates the fingerprints, in a fixed order. */
function outline(agency: Agency): Record<string, unknown> {
  return { ...agency, certificates: agency.certificates.map(({ fingerprint }) => fingerprint).sort() }
}
