import { z } from 'zod'
import {
  agencyCode,
  anchorScope,
  attachmentReportShape,
  chainVerdict,
  envelopeId,
  instant,
  messageShape,
  nextCursor,
  octets,
  pageQuery,
  revocationResult,
  sha256,
  verdictReason,
} from '../http/index.ts'
import { causeShape, certificateShape, countShape, laneShape, partyShape, textShape } from './shapes-common.ts'
import { commandNameShape } from './shapes-names.ts'

export const transportStateShape = z.enum(['accepted', 'sent', 'received', 'rejected', 'expired', 'held'])
export type TransportStateName = z.output<typeof transportStateShape>

export const inboxStateShape = z.enum(['waiting', 'leased', 'confirmed'])

export const documentStateShape = z.enum([...transportStateShape.options, ...inboxStateShape.options]).meta({
  id: 'DocumentState',
  description:
    'Of an outgoing document the state of the delivery that needs most attention; of an incoming one its inbox state.',
})
export type DocumentState = z.output<typeof documentStateShape>

export const documentQuery = z.strictObject({
  direction: z.enum(['out', 'in']),
  text: z.string().min(1).max(200).optional().meta({
    description:
      'Words of number, symbol, subject, id or agency, with or without diacritics; each must be the beginning of some word.',
  }),
  agency: agencyCode.optional().meta({ description: 'The agency of ours.' }),
  counterpart: agencyCode.optional().meta({ description: 'The other side.' }),
  state: z
    .enum([...documentStateShape.options, 'unfinished', 'failed'])
    .optional()
    .meta({
      description:
        'Of any delivery; with `counterpart`, of the one to it. unfinished: accepted, sent or held; failed: rejected, expired or held.',
    }),
  lane: laneShape.optional(),
  from: z.iso.date().optional().meta({ description: 'First day, Vietnam time, on which it became durable here.' }),
  to: z.iso.date().optional().meta({ description: 'Last day, Vietnam time.' }),
  ...pageQuery,
})
export type DocumentQuery = z.input<typeof documentQuery>

export const documentRowShape = z
  .object({
    id: envelopeId,
    agency: partyShape,
    direction: z.enum(['out', 'in']),
    operation: z.string().meta({ description: 'new, recall, update or replace' }),
    documentId: z.string(),
    number: z.string().meta({ description: 'Số/ký hiệu', example: '7421/BCT-KHTC' }),
    subject: z.string(),
    promulgationDate: z.string(),
    lane: laneShape,
    state: documentStateShape,
    counterparts: z
      .array(z.object({ agency: partyShape, state: documentStateShape, cause: causeShape.optional() }))
      .meta({ description: 'Recipients (out), or the sender (in); at most 5 here.' }),
    counterpartsCount: z.number().int(),
    octets,
    storedAt: instant('When it became durable here'),
  })
  .meta({ id: 'DocumentRow' })
export type DocumentRow = z.output<typeof documentRowShape>

export const documentRowsShape = z
  .object({
    items: z.array(documentRowShape),
    next: nextCursor,
    count: countShape.optional().meta({ description: 'Of all that was found; on the first page only.' }),
  })
  .meta({ id: 'DocumentRows', description: 'Newest first.' })
export type DocumentRows = z.output<typeof documentRowsShape>

export const nextStepShape = z
  .object({
    step: z.enum(['send', 'receipt', 'fetch', 'confirm', 'repair', 'none']),
    by: z.enum(['gateway', 'partner', 'system', 'operator', 'nobody']).meta({
      description:
        'Who has to act: the gateway itself, the other agency, our agency’s own system, a person here, nobody.',
    }),
    text: textShape,
    at: instant('When it is expected, or tried').optional(),
    deadlineAt: instant('The latest').optional(),
  })
  .meta({ id: 'NextStep' })
export type NextStep = z.output<typeof nextStepShape>

export const deliveryViewShape = z
  .object({
    id: z.string(),
    recipient: partyShape,
    kind: z.enum(['document', 'status', 'receipt']),
    state: transportStateShape,
    attempt: z.number().int(),
    acceptedAt: instant('Accepted'),
    sentAt: instant('Confirmed by the axis').optional(),
    endedAt: instant('Final state reached').optional(),
    nextAttemptAt: instant('Next attempt').optional(),
    deadlineAt: instant('Deadline'),
    cause: causeShape.optional().meta({ description: 'Of the last failure.' }),
    message: z.string().optional().meta({ description: 'What exactly went wrong.' }),
    receipt: envelopeId.optional(),
    processingStatus: z.string().optional().meta({ description: '01 … 16, the furthest that the recipient told.' }),
    processingStatusText: textShape.optional(),
    next: nextStepShape,
    attempts: z
      .array(
        z.object({
          n: z.number().int(),
          at: instant('When'),
          cause: causeShape.optional(),
          message: z.string().optional(),
        }),
      )
      .meta({ description: 'Oldest first, the last 100.' }),
    commands: z.array(commandNameShape).meta({ description: 'What the user may do to it now.' }),
  })
  .meta({ id: 'DeliveryView' })
export type DeliveryView = z.output<typeof deliveryViewShape>

export const timelineEntryShape = z
  .object({
    id: z.string(),
    seq: z.number().int().optional(),
    type: z.string(),
    text: textShape,
    at: instant('By the clock of this gateway'),
    claimedAt: z.string().optional().meta({ description: 'By the clock of whoever signed or reported, as written.' }),
    actor: z.string().meta({ description: '`gateway`, `partner:G22`, `client:…`, `user:…`' }),
    counterpart: partyShape.optional(),
    reason: z.string().optional(),
    cause: causeShape.optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineEntry' })
export type TimelineEntry = z.output<typeof timelineEntryShape>

export const attachmentVerdictShape = z
  .object({
    state: z.enum(['waiting', 'judged']),
    judgedAt: instant('When it was judged').optional(),
    verdict: chainVerdict.optional(),
    form: z.enum(['pdf', 'zip', 'other']).optional().meta({ description: 'What its octets are.' }),
    informationOnly: z.boolean().optional().meta({ description: 'Chỉ để thông tin: the file is not signed.' }),
    report: attachmentReportShape
      .optional()
      .meta({ description: 'Everything that was found, and who signed; only with the right `content`.' }),
  })
  .meta({ id: 'AttachmentVerdict', description: 'Of the signatures inside of the file.' })
export type AttachmentVerdict = z.output<typeof attachmentVerdictShape>

export const documentViewShape = z
  .object({
    ...documentRowShape.shape,
    sender: partyShape,
    sha256,
    deliveries: z.array(deliveryViewShape),
    inbox: z
      .object({
        state: inboxStateShape,
        arrivedAt: instant('Arrived'),
        leaseUntil: instant('End of the lease').optional(),
        confirmedAt: instant('Confirmed').optional(),
        client: z.string().optional(),
        warnings: z.array(z.object({ rule: z.string(), field: z.string(), message: z.string() })),
        next: nextStepShape,
      })
      .optional(),
    message: messageShape.optional().meta({ description: 'What the document says; only with the right `content`.' }),
    attachments: z.array(
      z.object({
        n: z.number().int(),
        name: z.string(),
        description: z.string().optional(),
        contentType: z.string(),
        octets,
        sha256,
        signed: attachmentVerdictShape
          .optional()
          .meta({ description: 'Absent: it was never judged, and will not be.' }),
      }),
    ),
    statuses: z.array(
      z.object({
        id: envelopeId,
        direction: z.enum(['out', 'in']),
        counterpart: partyShape,
        code: z.string(),
        text: textShape,
        description: z.string().optional(),
        reportedAt: z.string(),
        recordedAt: instant('Recorded'),
      }),
    ),
    receipts: z.array(
      z.object({
        id: envelopeId,
        sender: partyShape,
        code: z.string(),
        text: textShape,
        receivedAt: instant('Verified'),
        evidence: z
          .boolean()
          .meta({ description: 'What its signer was judged by is kept; …/receipts/{receiptId}/evidence.' }),
      }),
    ),
    evidence: z.boolean().meta({ description: 'What its signer was judged by is kept; …/evidence shows it.' }),
    timeline: z.array(timelineEntryShape).meta({ description: 'Everything in order, oldest first; the last 1,000.' }),
  })
  .meta({ id: 'DocumentView' })
export type DocumentView = z.output<typeof documentViewShape>

export const signatureViewShape = z
  .object({
    verdict: z.enum(['valid', 'invalid', 'unchecked', 'gone']).meta({
      description:
        'Of the stored bytes, verified again for this answer; unchecked: too large to do so now; gone: the bytes were destroyed.',
    }),
    checkedAt: instant('Verified'),
    cause: causeShape.optional(),
    message: z.string().optional(),
    agency: partyShape.optional().meta({ description: 'For whom the signer may sign.' }),
    certificate: certificateShape.optional(),
    signingTime: instant('The time that the signer claims').optional(),
    algorithm: z.string().optional(),
    parts: z
      .array(z.object({ what: textShape, element: z.string(), digest: z.string().optional() }))
      .meta({ description: 'What the signature covers.' }),
  })
  .meta({ id: 'SignatureView' })
export type SignatureView = z.output<typeof signatureViewShape>

export const evidenceViewShape = z
  .object({
    receivedAt: instant('When the package came, as of which its signer was judged'),
    judgedAt: instant('When that was done: revocation data may be newer than the arrival'),
    verdict: chainVerdict,
    revocation: revocationResult,
    scope: anchorScope.optional(),
    reasons: z.array(verdictReason),
    path: z.array(certificateShape).meta({ description: 'The signer first, the trusted certificate last.' }),
    proofs: z
      .array(
        z.object({
          kind: z.enum(['crl', 'ocsp']),
          fingerprint: sha256,
          octets,
          issuer: z.string().optional().meta({ description: 'Who issued it.' }),
          thisUpdate: instant('Current from').optional(),
          nextUpdate: instant('Current until').optional(),
        }),
      )
      .meta({ description: 'The CRLs and OCSP responses that decided.' }),
  })
  .meta({ id: 'EvidenceView', description: 'What the signer of a received package was judged by, on its arrival.' })
export type EvidenceView = z.output<typeof evidenceViewShape>
