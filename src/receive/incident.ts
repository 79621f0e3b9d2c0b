import { codeOf, GatewayError, limits, messageOf } from '../base/index.ts'
import { content, type QuarantineClaim, quarantine, type Sql, type Stage } from '../store/index.ts'
import type { ReceiveDeps } from './deps.ts'

/**
 * Keeps a package that was not believed as an incident that an operator can see: why, from whom, its head, and all of its
 * parts where they are whole and within the bounds, so that it can be judged again when the cause is mended. One that was
 * judged again already stays the incident it was. The stage is closed, or refused, in the same unit.
 * @param head At most one chunk; undefined when nothing of it may stay.
 * @param type How the timeline tells it
 * @returns the incident's id
 */
export async function noteRefused(
  tx: Sql,
  { ids, clock }: ReceiveDeps,
  stage: Stage,
  error: unknown,
  head: Uint8Array | undefined,
  type: 'package-refused' | 'package-quarantined' = 'package-quarantined',
): Promise<string> {
  const certificate = certificateOf(error)
  const why = {
    code: codeOf(error),
    message: messageOf(error).slice(0, 500),
    at: clock.now(),
    ...(certificate === undefined ? {} : { certificate }),
  }
  // parts that contradict each other make no package, whoever judges them
  const mendable = head !== undefined && why.code !== 'part-mismatch'
  const keeps = mendable && (stage.quarantined !== undefined || (await hasRoom(tx, stage)))
  if (!keeps) await content.remove(tx, stage.id)
  if (stage.quarantined !== undefined) {
    await quarantine.keepAgain(tx, stage.quarantined, { ...why, destroyed: !keeps })
    return stage.quarantined
  }
  return quarantine.add(tx, ids, {
    ...why,
    agency: stage.agency,
    brokerUser: stage.brokerUser,
    messageId: stage.messageId,
    sender: stage.sender,
    documentId: stage.documentId,
    sha256: stage.envelopeSha256,
    headers: { from: stage.sender, 'document-id': stage.documentId, 'envelope-sha256': stage.envelopeSha256 },
    ...(head === undefined ? {} : { bytes: head }),
    octets: stage.octets,
    ...(keeps && { content: stage.id, claim: claimOf(stage) }),
    told: { type, counterpart: stage.sender },
  })
}

/** Only what is whole can be judged again; and nobody fills our disk with what we do not believe. */
async function hasRoom(tx: Sql, { received, parts, octets, brokerUser }: Stage): Promise<boolean> {
  if (received < parts || octets > limits.quarantinePackageBytes) return false
  return (await quarantine.keptOctets(tx, brokerUser)) + octets <= limits.quarantineBytesPerSender
}

/** Where the failure names the certificate under which it was found. */
function certificateOf(error: unknown): string | undefined {
  const named = error instanceof GatewayError ? error.detail['certificate'] : undefined
  return typeof named === 'string' ? named : undefined
}

function claimOf({ type, lane, parts, firstAt }: Stage): QuarantineClaim {
  return { kind: 'package', type, lane, parts, firstAt: firstAt.getTime() }
}
