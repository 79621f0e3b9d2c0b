import { createHash } from 'node:crypto'
import { GatewayError, giveBack, limits, reached } from '../base/index.ts'
import { AttachmentWriter, type WrittenHead, writeDocument } from '../envelope/index.ts'
import {
  type AgencyCode,
  type AttachmentDescription,
  type DocumentId,
  type DocumentMessage,
  type EnvelopeId,
  type Lane,
  laneOf,
} from '../message/index.ts'
import type { Signer } from '../pki/index.ts'
import type { SignedAttachment } from '../signature/index.ts'
import {
  audit,
  content,
  deliveries,
  documents,
  envelopes,
  events,
  lock,
  type Sql,
  type StoredEnvelope,
  stages,
  submissions,
} from '../store/index.ts'
import type { SubmitDeps } from './deps.ts'
import { compose, idOf, type NewDocument, requireAcceptable } from './new-document.ts'

export interface SubmissionRequest {
  /** Id of the authenticated client. */
  readonly client: string
  readonly idempotencyKey: string
}

export interface NewAttachment {
  readonly name: string
  readonly contentType: string
  readonly description?: string
}

/** What 202 promises: the signed package is durable and goes to every recipient or ends in a named state. */
export interface Accepted {
  readonly id: EnvelopeId
  readonly documentId: DocumentId
  readonly acceptedAt: Date
  readonly deliveries: readonly { readonly recipient: AgencyCode; readonly deadlineAt: Date }[]
  /** The same request under the same Idempotency-Key had been accepted before. */
  readonly repeated: boolean
}

/**
 * One document being handed over: the description first, then each attachment as it streams in. Content is staged in
 * transactions of its own, invisible, and becomes a document in the last one, with its deliveries. A small document is
 * one transaction altogether. The network is never touched.
 */
export class Submission {
  readonly #deps: SubmitDeps
  readonly #request: SubmissionRequest
  readonly #document: NewDocument
  readonly #id: EnvelopeId
  readonly #startedAt: Date
  readonly #writer: AttachmentWriter
  readonly #attachments: AttachmentDescription[] = []
  #staged = false
  #octets = 0
  /** The last, shorter chunk: written with the final transaction. */
  #lastChunk: { seq: number; bytes: Uint8Array } | undefined

  private constructor(deps: SubmitDeps, request: SubmissionRequest, document: NewDocument) {
    this.#deps = deps
    this.#request = request
    this.#document = document
    this.#id = deps.ids.next() as EnvelopeId
    this.#startedAt = deps.clock.now()
    this.#writer = new AttachmentWriter((seq, bytes) => this.#keep(seq, bytes), deps.settings.chunkBytes)
  }

  /**
   * @throws {GatewayError} secrecy-not-allowed, agency-unknown, document-invalid: nothing was kept
   * @throws {GatewayError} key-unusable, key-expires-too-soon: no certificate of ours lasts until the deadline
   */
  static async begin(deps: SubmitDeps, request: SubmissionRequest, document: NewDocument): Promise<Submission> {
    requireAcceptable(document, deps.directory, deps.clock)
    const submission = new Submission(deps, request, document)
    submission.#signer() // fails now rather than after a gigabyte
    return submission
  }

  /** Streams one attachment into the envelope, in constant memory. The first should be the main document. */
  async attach(attachment: NewAttachment, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { description } = attachment
    if (this.#attachments.length >= limits.attachments)
      throw new GatewayError('document-invalid', `more than ${limits.attachments} attachments`, {
        expected: limits.attachments,
      })
    const described: AttachmentDescription = {
      contentId: this.#deps.ids.next(),
      attachmentName: attachment.name,
      contentType: attachment.contentType,
      ...(description === undefined ? {} : { description }),
    }
    await this.#writer.add(described, bytes)
    this.#attachments.push(described)
  }

  /**
   * Builds and signs the envelope and makes it durable.
   * @throws {GatewayError} document-invalid, schema-violation, business-rule-violation: naming the field
   * @throws {GatewayError} idempotency-key-reused, document-already-submitted, document-conflict
   */
  async finish(): Promise<Accepted> {
    const { store, clock } = this.#deps
    if (this.#attachments.length === 0)
      throw new GatewayError('document-invalid', 'a new document has at least one attachment', {
        field: '/attachments',
        rule: 'BR-07',
      })
    const written = await this.#writer.end()
    const now = clock.now()
    const message = compose(this.#document, this.#attachments, this.#deps.directory, now)
    const requestDigest = digestOfRequest(this.#document, written.attachments)
    const earlier = await this.#earlier(store.read, requestDigest)
    if (earlier !== undefined) return this.#repeated(earlier)

    const signer = this.#signer()
    const head = await writeDocument(message, written, signer, now)
    const sha256 = await this.#digestOfPackage(head, written.chunks)
    reached('submit.staged')
    const accepted = await store.transact(async (tx) => {
      const { from } = this.#document
      const [, , raced, sameId] = await Promise.all([
        lock(tx, ['submission', from, this.#request.idempotencyKey]),
        lock(tx, ['own-document', from, message.documentId]),
        this.#earlier(tx, requestDigest),
        envelopes.ownDocuments(tx, from, message.documentId),
      ])
      if (raced !== undefined) return raced
      await requireNew(tx, sameId, message, head)
      if (this.#staged && !(await stages.closeUpload(tx, this.#id)))
        throw new GatewayError('stage-expired', 'the upload took so long that its content was freed; submit it again')
      await this.#add(tx, { message, head, sha256, signer, written, requestDigest, now })
      reached('submit.before-commit')
      return undefined
    })
    if (accepted !== undefined) return this.#repeated(accepted)
    reached('submit.committed')
    this.#deps.outbox.ring()
    this.#deps.log.info(
      { envelope: this.#id, from: this.#document.from, recipients: this.#document.to.length },
      'document accepted',
    )
    return this.#acceptance(this.#id, now, false)
  }

  /** Leaves nothing behind. Safe to call at any time; what is not called after a crash is swept by `upkeep`. */
  async abandon(): Promise<void> {
    if (!this.#staged) return
    await this.#deps.store.transact(async (tx) => {
      if (await stages.closeUpload(tx, this.#id)) await content.remove(tx, this.#id)
    })
    this.#staged = false
  }

  async #keep(seq: number, bytes: Uint8Array): Promise<void> {
    this.#octets += bytes.length
    if (this.#octets > limits.envelopeBytes)
      throw new GatewayError('document-too-large', `the package is larger than ${limits.envelopeBytes} octets`, {
        expected: limits.envelopeBytes,
      })
    if (bytes.length < this.#deps.settings.chunkBytes) {
      this.#lastChunk = { seq, bytes }
      return
    }
    await this.#deps.store.transact(async (tx) => {
      if (!this.#staged) await stages.beginUpload(tx, this.#id, this.#document.from, this.#startedAt)
      await content.add(tx, this.#id, seq, bytes)
    })
    this.#staged = true
    giveBack(bytes)
  }

  /** The SHA-256 of the file needs the head, which needs the digests of what follows it: a second pass over the store. */
  async #digestOfPackage(head: WrittenHead, lastSeq: number): Promise<string> {
    const hash = createHash('sha256').update(head.octets)
    const inStore = this.#lastChunk === undefined ? lastSeq + 1 : this.#lastChunk.seq
    for await (const bytes of content.chunks(this.#deps.store.read, this.#id, 1, inStore)) {
      hash.update(bytes)
      giveBack(bytes)
    }
    if (this.#lastChunk !== undefined) hash.update(this.#lastChunk.bytes)
    return hash.digest('hex')
  }

  async #earlier(sql: Sql, requestDigest: string): Promise<EnvelopeId | undefined> {
    const found = await submissions.find(sql, this.#document.from, this.#request.idempotencyKey)
    if (found === undefined) return undefined
    if (found.requestDigest !== requestDigest)
      throw new GatewayError('idempotency-key-reused', 'this Idempotency-Key stands for another document', {
        link: link(found.envelope),
      })
    return found.envelope
  }

  async #add(
    tx: Sql,
    made: {
      message: DocumentMessage
      head: WrittenHead
      sha256: string
      signer: Signer
      written: { attachments: readonly SignedAttachment[]; chunks: number; octets: number }
      requestDigest: string
      now: Date
    },
  ): Promise<void> {
    const { ids, clock } = this.#deps
    const { message, head, now } = made
    const { from } = this.#document
    const id = this.#id
    // sent in this order and awaited together: what refers to the envelope comes after it
    const envelope = envelopes.add(tx, {
      id,
      owner: from,
      direction: 'out',
      operation: 'new',
      sender: from,
      documentId: message.documentId,
      sha256: made.sha256,
      contentDigest: head.contentDigest,
      octets: head.octets.length + made.written.octets,
      parts: made.written.chunks + 1,
      lane: this.#lane(),
      message,
      references: head.references,
      signer: made.signer.certificate.fingerprint,
      signingTime: now,
      storedAt: now,
      attachments: made.written.attachments,
    })
    const rows: Promise<unknown>[] = [
      envelope,
      content.add(tx, id, 0, head.octets),
      submissions.add(tx, {
        agency: from,
        key: this.#request.idempotencyKey,
        requestDigest: made.requestDigest,
        envelope: id,
        at: now,
      }),
      audit.record(
        tx,
        {
          actor: this.#request.client,
          action: 'document-accepted',
          subject: id,
          detail: { from, sha256: made.sha256 },
        },
        ids,
        clock,
      ),
    ]
    if (this.#lastChunk !== undefined) rows.push(content.add(tx, id, this.#lastChunk.seq, this.#lastChunk.bytes))
    for (const recipient of this.#document.to)
      rows.push(
        deliveries.add(tx, {
          id: ids.next(),
          envelope: id,
          owner: from,
          recipient,
          kind: 'document',
          lane: this.#lane(),
          acceptedAt: now,
          deadlineAt: this.#deadline(now),
          signer: made.signer.certificate.fingerprint,
        }),
        events.add(tx, ids, {
          agency: from,
          envelope: id,
          counterpart: recipient,
          type: 'document-accepted',
          at: now,
          data: { sha256: made.sha256, client: this.#request.client },
        }),
      )
    await Promise.all(rows)
  }

  async #repeated(id: EnvelopeId): Promise<Accepted> {
    await this.abandon()
    const row = await documents.find(this.#deps.store.read, [this.#document.from], id)
    return this.#acceptance(id, row?.storedAt ?? this.#startedAt, true)
  }

  #acceptance(id: EnvelopeId, acceptedAt: Date, repeated: boolean): Accepted {
    const deadlineAt = this.#deadline(acceptedAt)
    return {
      id,
      documentId: idOf(this.#document, this.#deps.directory),
      acceptedAt,
      deliveries: this.#document.to.map((recipient) => ({ recipient, deadlineAt })),
      repeated,
    }
  }

  #lane(): Lane {
    return laneOf(this.#document.priority)
  }

  #deadline(acceptedAt: Date): Date {
    return new Date(acceptedAt.getTime() + this.#deps.settings.deadlineMs[this.#lane()])
  }

  #signer(): Signer {
    const now = this.#deps.clock.now()
    return this.#deps.keys.signerFor(this.#document.from, now, this.#deadline(now))
  }
}

/** The key of a repeat guards submitting too: a second Idempotency-Key for the same document is refused with a link. */
async function requireNew(
  tx: Sql,
  earlier: readonly StoredEnvelope[],
  message: DocumentMessage,
  head: WrittenHead,
): Promise<void> {
  for (const { id, contentDigest } of earlier) {
    const detail = { field: '/documentId', value: message.documentId, link: link(id) }
    if (contentDigest === head.contentDigest)
      throw new GatewayError('document-already-submitted', 'this document was already submitted', detail)
    const states = (await documents.deliveries(tx, id)).map((delivery) => delivery.state)
    if (!states.every((state) => state === 'rejected'))
      // a refusal never blocks a corrected document
      throw new GatewayError('document-conflict', 'another document was submitted under this id', {
        ...detail,
        rule: 'BR-10',
      })
  }
}

/** Two requests are the same when their description and their attachments' names, types and bytes are. */
function digestOfRequest(document: NewDocument, attachments: readonly SignedAttachment[]): string {
  const files = attachments.map((a) => [a.attachmentName, a.contentType, a.description ?? null, a.sha256])
  return createHash('sha256')
    .update(JSON.stringify([document, files]))
    .digest('hex')
}

function link(id: EnvelopeId): string {
  return `/v1/documents/${id}`
}
