import { createHash } from 'node:crypto'
import type { Sql } from './sql.ts'

/**
 * What is decided by looking whether something is there, and then adding it, only one unit at a time may decide.
 * The lock of a key is held until the unit has ended; its holder sees all that earlier holders committed. Send it before
 * the statements that look. A unit that takes several takes them in the order of this list, lest two wait for each other.
 */
export type LockKey =
  | readonly ['migration' | 'months' | 'directory' | 'people' | 'audit-check']
  /** The Idempotency-Key of an agency. */
  | readonly ['submission', agency: string, key: string]
  /** What an agency sends under one document id. */
  | readonly ['own-document', agency: string, documentId: string]
  /** What a recipient accepts from a sender under one document id. */
  | readonly ['package', recipient: string, sender: string, documentId: string]
  /** The statuses told about one envelope. */
  | readonly ['status', envelope: string]

export async function lock(tx: Sql, key: LockKey): Promise<void> {
  await tx.get('SELECT 1 AS held WHERE {{lock}}(?) IS NOT NULL', [numberOf(key)])
}

/** Two keys with one number would only wait for each other in vain. */
function numberOf(key: LockKey): bigint {
  return createHash('sha256').update(JSON.stringify(key)).digest().readBigInt64BE()
}
