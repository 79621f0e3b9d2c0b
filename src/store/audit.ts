import type { Clock, Ids } from '../base/index.ts'
import { detailDigest } from './audit-chain.ts'
import type { Sql } from './sql.ts'

/** Who did what to which thing. */
export interface AuditEntry {
  /** `operator:…`, `client:…`, or the part of the gateway that acted. */
  readonly actor: string
  /** The same few words each time: `agency-imported`, `client-revoked`. */
  readonly action: string
  /** The id or code of what it was done to. */
  readonly subject: string
  /** What may have to be destroyed one day, as JSON. The chain covers a salted digest of it and not the text. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** Told in the transaction of what was done; the sequencer numbers and chains it after the commit. */
export async function record(tx: Sql, entry: AuditEntry, ids: Ids, clock: Clock): Promise<void> {
  const detail = JSON.stringify(entry.detail ?? {})
  const salt = ids.secret()
  await tx.run(
    'INSERT INTO audit (id, at, actor, action, subject, detail, salt, detail_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [
      ids.next(),
      clock.now().getTime(),
      entry.actor,
      entry.action,
      entry.subject,
      detail,
      salt,
      detailDigest(salt, detail),
    ],
  )
}

/**
 * Destroys the details of all that was done to `subject`. Without the salt nobody can find out by guessing what the
 * digest covers; the chain holds on.
 * @returns how many rows lost their detail
 */
export function erase(tx: Sql, subject: string): Promise<number> {
  return tx.run('UPDATE audit SET detail = NULL, salt = NULL WHERE subject = ? AND detail IS NOT NULL', [subject])
}
