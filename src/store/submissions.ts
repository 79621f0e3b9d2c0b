import type { AgencyCode, EnvelopeId } from '../message/index.ts'
import type { Sql } from './sql.ts'

/** What an Idempotency-Key of this agency stands for. */
export async function find(
  sql: Sql,
  agency: AgencyCode,
  key: string,
): Promise<{ requestDigest: string; envelope: EnvelopeId } | undefined> {
  return sql.get(
    'SELECT request_digest AS "requestDigest", envelope FROM submission WHERE agency = ? AND idempotency_key = ?',
    [agency, key],
  )
}

/** @returns false when the key is taken: another request with it was faster */
export async function add(
  tx: Sql,
  submission: { agency: AgencyCode; key: string; requestDigest: string; envelope: EnvelopeId; at: Date },
): Promise<boolean> {
  const changed = await tx.run(
    `INSERT INTO submission (agency, idempotency_key, request_digest, envelope, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [submission.agency, submission.key, submission.requestDigest, submission.envelope, submission.at.getTime()],
  )
  return changed === 1
}
