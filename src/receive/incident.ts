import { codeOf, messageOf } from '../base/index.ts'
import { quarantine, type Sql, type Stage } from '../store/index.ts'
import type { ReceiveDeps } from './deps.ts'

/**
 * Keeps a package that was not believed as an incident that an operator can see: why, from whom, and its head.
 * @param head At most one chunk; undefined when nothing of it may stay.
 * @returns the incident's id
 */
export function noteRefused(
  tx: Sql,
  { ids, clock }: ReceiveDeps,
  stage: Stage,
  error: unknown,
  head: Uint8Array | undefined,
): Promise<string> {
  return quarantine.add(tx, ids, {
    at: clock.now(),
    agency: stage.agency,
    brokerUser: stage.brokerUser,
    messageId: stage.messageId,
    code: codeOf(error),
    message: messageOf(error).slice(0, 500),
    headers: { from: stage.sender, 'document-id': stage.documentId, 'envelope-sha256': stage.envelopeSha256 },
    ...(head === undefined ? {} : { bytes: head }),
    octets: stage.octets,
  })
}
