import { GatewayError } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { audit, lock, notices, type Sql } from '../store/index.ts'
import { requireConsistent } from './consistent.ts'
import { type DirectoryReport, type EnterDeps, enter, isSame } from './enter.ts'
import { planSigned } from './plan.ts'
import { loadAgencies, saveForms } from './records.ts'
import type { SignedDirectory } from './signed-document.ts'

/** Where a signed directory came from. */
export type DirectorySource = 'axis' | 'file'

/**
 * Takes a signed directory into force: all of it, or nothing. The same one again changes nothing. Whoever holds a
 * `Directory` reloads it afterwards.
 * @throws {GatewayError} directory-older, directory-conflict: the one in force stays
 * @throws {GatewayError} directory-inconsistent: it does not go together with what was entered by hand
 */
export function applySigned(
  deps: EnterDeps,
  signed: SignedDirectory,
  source: DirectorySource,
  actor: string,
): Promise<DirectoryReport> {
  return deps.store.transact(async (tx) => {
    await lock(tx, ['directory'])
    const inForce = await versionInForce(tx)
    requireNewer(inForce, signed)
    const now = deps.clock.now()
    const present = await loadAgencies(tx)
    const entries = inForce?.version === signed.version ? [] : planSigned(present, signed)
    const merged = requireConsistent(present, entries, 'directory-inconsistent')
    const before = new Map(present.map((agency) => [agency.code, agency]))
    const report: Record<keyof DirectoryReport, AgencyCode[]> = { added: [], changed: [], unchanged: [] }
    for (const entry of entries) {
      const earlier = before.get(entry.code)
      if (earlier !== undefined && isSame(earlier, entry)) report.unchanged.push(entry.code)
      else {
        report[earlier === undefined ? 'added' : 'changed'].push(entry.code)
        await enter(tx, deps, entry, earlier, actor)
      }
    }
    if (report.added.length + report.changed.length > 0) await saveForms(tx, merged)
    await keepDocument(tx, signed, source, now)
    await tx.run(
      'UPDATE directory_document SET applied_at = ?, applied_by = ? WHERE version = ? AND applied_at IS NULL',
      [now.getTime(), actor, signed.version],
    )
    await forgetOldest(tx)
    for (const kind of ['directory-refused', 'directory-waiting', 'directory-overdue'] as const)
      await notices.end(tx, kind, 'directory', now)
    const { version, sha256 } = signed
    const detail = {
      version,
      sha256,
      signer: signed.signer,
      source,
      added: report.added.length,
      changed: report.changed.length,
    }
    if (inForce?.version !== version)
      await audit.record(
        tx,
        { actor, action: 'directory-applied', subject: String(version), detail },
        deps.ids,
        deps.clock,
      )
    return report
  })
}

/**
 * Keeps a signed directory that waits until a person applies it.
 * @returns whether it is newer than all that came before
 * @throws {GatewayError} directory-older, directory-conflict
 */
export function keepSigned(deps: EnterDeps, signed: SignedDirectory, source: DirectorySource): Promise<boolean> {
  return deps.store.transact(async (tx) => {
    await lock(tx, ['directory'])
    const inForce = await versionInForce(tx)
    requireNewer(inForce, signed)
    if (inForce?.version === signed.version) return false
    const now = deps.clock.now()
    const isNew = await keepDocument(tx, signed, source, now)
    const { version, sha256 } = signed
    const newer = await tx.get('SELECT 1 AS found FROM directory_document WHERE version > ? LIMIT 1', [version])
    if (newer !== undefined) return isNew
    if (isNew) await notices.end(tx, 'directory-waiting', 'directory', now) // a newer one is news
    const notice = { kind: 'directory-waiting', subject: 'directory', level: 0, data: { version, sha256 } } as const
    await notices.raise(tx, notice, now)
    return isNew
  })
}

export interface KeptDirectory {
  readonly version: number
  readonly sha256: string
  readonly octets: Uint8Array
  readonly issuedAt: Date
  readonly nextUpdate?: Date
  readonly receivedAt: Date
  /** Absent while it waits. */
  readonly appliedAt?: Date
}

/** The newest that came, applied or not. */
export async function newestSigned(sql: Sql): Promise<KeptDirectory | undefined> {
  const row = await sql.get<{
    version: number
    sha256: string
    document: Uint8Array
    issued_at: number
    next_update: number | null
    received_at: number
    applied_at: number | null
  }>(
    `SELECT version, sha256, document, issued_at, next_update, received_at, applied_at FROM directory_document
     ORDER BY version DESC LIMIT 1`,
  )
  if (row === undefined) return undefined
  return {
    version: row.version,
    sha256: row.sha256,
    octets: row.document,
    issuedAt: new Date(row.issued_at),
    ...(row.next_update !== null && { nextUpdate: new Date(row.next_update) }),
    receivedAt: new Date(row.received_at),
    ...(row.applied_at !== null && { appliedAt: new Date(row.applied_at) }),
  }
}

interface InForce {
  readonly version: number
  readonly sha256: string
  readonly next_update: number | null
}

/** The one that was applied last. */
export function versionInForce(sql: Sql): Promise<InForce | undefined> {
  return sql.get<InForce>(
    'SELECT version, sha256, next_update FROM directory_document WHERE applied_at IS NOT NULL ORDER BY version DESC LIMIT 1',
  )
}

/** One version is one document, for ever: who publishes another under it is in error, or somebody else. */
function requireNewer(inForce: InForce | undefined, { version, sha256 }: SignedDirectory): void {
  if (inForce === undefined || version > inForce.version) return
  if (version < inForce.version)
    throw new GatewayError('directory-older', `The directory has version ${version}; ${inForce.version} is in force.`, {
      value: version,
      expected: inForce.version,
    })
  if (sha256 !== inForce.sha256)
    throw new GatewayError('directory-conflict', `Another directory than the one in force has version ${version}.`, {
      value: version,
    })
}

async function keepDocument(tx: Sql, signed: SignedDirectory, source: DirectorySource, now: Date): Promise<boolean> {
  const { version, sha256, octets, issuedAt, nextUpdate, signer } = signed
  const known = await tx.get<{ sha256: string }>('SELECT sha256 FROM directory_document WHERE version = ?', [version])
  if (known !== undefined && known.sha256 !== sha256)
    throw new GatewayError('directory-conflict', `Another directory with version ${version} came before.`, {
      value: version,
    })
  const added = await tx.run(
    `INSERT INTO directory_document (version, sha256, document, issued_at, next_update, signer, source, received_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (version) DO NOTHING`,
    [version, sha256, octets, issuedAt.getTime(), nextUpdate?.getTime() ?? null, signer, source, now.getTime()],
  )
  return added === 1
}

/** The last ones stay, for whoever asks what changed; and the one in force, by which it is told what is older. */
const KEPT = 10

async function forgetOldest(tx: Sql): Promise<void> {
  await tx.run(
    `DELETE FROM directory_document WHERE version < (SELECT MAX(version) FROM directory_document WHERE applied_at IS NOT NULL)
       AND version NOT IN (SELECT version FROM directory_document ORDER BY version DESC LIMIT ?)`,
    [KEPT],
  )
}
