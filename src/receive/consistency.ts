import { GatewayError } from '../base/index.ts'
import { type DocumentId, documentId, laneOf, type Message } from '../message/index.ts'
import type { SignedContent } from '../signature/index.ts'
import type { Stage } from '../store/index.ts'
import type { ReceiveDeps } from './deps.ts'

/** @throws {GatewayError} headers-contradict-envelope, part-mismatch: the signed package decides, the headers only claim */
export function requireConsistent(
  { directory }: ReceiveDeps,
  stage: Stage,
  signed: SignedContent,
  message: Message,
): void {
  // the verifier found the sender in the digested octets, the reader reads them again: both must name one agency
  const from = message.from.organId === undefined ? undefined : directory.identify(message.from.organId)
  if (from !== signed.signer.agency)
    throw new GatewayError(
      'signer-not-sender',
      `From/OrganId names ${from ?? 'nobody'}, the signer is ${signed.signer.agency}`,
      {
        field: 'From/OrganId',
        expected: signed.signer.agency,
      },
    )
  if (signed.sha256 !== stage.envelopeSha256)
    throw new GatewayError('part-mismatch', 'the parts together do not have the digest their headers say', {
      field: 'envelope-sha256',
    })
  const lane = message.form === 'document' ? laneOf(message.otherInfo.priority) : 'status'
  const pairs: Record<string, readonly [claimed: string, signed: string]> = {
    from: [stage.sender, signed.signer.agency],
    'document-id': [stage.documentId.trim(), idOf(message)],
    type: [stage.type, message.form === 'document' ? 'edoc' : 'status'],
    lane: [stage.lane, lane],
  }
  for (const [field, [claimed, expected]] of Object.entries(pairs))
    if (claimed !== expected)
      throw new GatewayError(
        'headers-contradict-envelope',
        `header '${field}' says '${claimed}', the signed package '${expected}'`,
        {
          field,
          value: claimed,
          expected,
        },
      )
}

/** @throws {GatewayError} recipient-not-named, agency-unknown, operation-not-supported */
export function requireForUs({ directory, clock }: ReceiveDeps, stage: Stage, message: Message): void {
  const named = message.form === 'document' ? message.to.map((party) => party.organId) : [message.responseFor.organId]
  if (!named.some((organId) => organId !== undefined && directory.identify(organId) === stage.agency))
    throw new GatewayError('recipient-not-named', `the signed package is not addressed to ${stage.agency}`, {
      field: message.form === 'document' ? 'To/OrganId' : 'ResponseFor/OrganId',
      expected: directory.wireCodeOf(stage.agency),
    })
  directory.requireActive(stage.sender, clock.now())
  if (message.form === 'document' && message.bussiness.bussinessDocType !== 'new')
    throw new GatewayError(
      'operation-not-supported',
      `operation '${message.bussiness.bussinessDocType}' is not processed yet`,
      {
        field: 'BussinessDocType',
        value: message.bussiness.bussinessDocType,
      },
    )
}

export function operationOf(message: Message): string {
  return message.form === 'document' ? message.bussiness.bussinessDocType : `status:${message.statusCode}`
}

export function idOf(message: Message): DocumentId {
  return documentId((message.form === 'document' ? message.documentId : message.responseFor.documentId) ?? '')
}
