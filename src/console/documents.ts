import { hash } from 'node:crypto'
import type { IRouter, Request, Response } from 'express'
import { GatewayError, limits } from '../base/index.ts'
import { cursorAfter, inertType, keyOf, send } from '../http/index.ts'
import type { AgencyCode, EnvelopeId } from '../message/index.ts'
import {
  audit,
  content,
  type DocumentRecord,
  desk,
  documents,
  type EvidenceFile,
  evidenceOf,
  evidenceOfReceipt,
  validations,
} from '../store/index.ts'
import type { ConsoleDeps } from './deps.ts'
import {
  downloadAttachment,
  downloadEnvelope,
  downloadEvidence,
  downloadReceipt,
  downloadReceiptEvidence,
  getDocumentView,
  getEvidence,
  getSignature,
  listDocuments,
} from './document-operations.ts'
import { documentRows, listQueryOf } from './document-rows.ts'
import { documentView } from './document-view.ts'
import { evidenceView } from './evidence-view.ts'
import type { Caller } from './identity.ts'
import { serve } from './operation.ts'
import type { DocumentRows } from './shapes-documents.ts'
import { signatureView } from './signature-view.ts'
import { numberOf } from './words.ts'

/** *Văn bản đi*, *Văn bản đến* and one document. */
export function serveDocuments(router: IRouter, deps: ConsoleDeps): void {
  const { store, directory } = deps
  const sql = store.read
  const reading = new Reading(deps.clock)

  serve(router, deps, listDocuments, async ({ response, caller, query }) => {
    const { limit, cursor, ...filters } = query
    const list = { ...filters, user: caller.session.user.id }
    const after = keyOf(cursor, 'documents', list)
    const asked = listQueryOf(filters, caller.agencies)
    const { items, next, count } = await desk.listDocuments(sql, asked, {
      ...(after === undefined ? { count: true } : { after }),
      limit,
    })
    const rows: DocumentRows = {
      items: await documentRows(sql, directory, filters.direction, items),
      ...(next === undefined ? {} : { next: cursorAfter('documents', list, next) }),
      ...(count === undefined ? {} : { count }),
    }
    response.json(rows)
  })

  serve(router, deps, getDocumentView, async ({ response, caller, params }) => {
    const record = await requireDocument(deps, caller.agencies, params.id)
    const may = {
      content: caller.agenciesWith('content').includes(record.owner),
      command: caller.agenciesWith('command').includes(record.owner),
    }
    if (may.content && reading.begins(caller, record.id)) await noteReading(deps, caller, record, 'content-read')
    response.json(await documentView(sql, directory, record, may))
  })

  serve(router, deps, getSignature, async ({ response, caller, params }) => {
    const record = await requireDocument(deps, caller.agencies, params.id)
    response.json(await signatureView({ ...deps, sql }, record))
  })

  serve(router, deps, getEvidence, async ({ response, caller, params }) => {
    const record = await requireDocument(deps, caller.agencies, params.id)
    const validation = await validations.find(sql, record.id)
    if (validation === undefined) throw nothingKept(record)
    response.json(evidenceView(validation, deps.clock.now()))
  })

  serve(router, deps, downloadEvidence, async ({ request, response, caller, params }) => {
    const record = await requireDocument(deps, caller.agencies, params.id)
    const evidence = await evidenceOf(sql, record.id)
    if (evidence === undefined) throw nothingKept(record)
    await noteReading(deps, caller, record, 'evidence-downloaded')
    await sendEvidence(request, response, `evidence-${fileNameOf(record)}`, evidence)
  })

  serve(router, deps, downloadEnvelope, async ({ request, response, caller, params }) => {
    const record = await requireDocument(deps, caller.agencies, params.id)
    await noteReading(deps, caller, record, 'content-downloaded', { what: 'envelope' })
    await send(request, response, {
      name: `${fileNameOf(record)}.edxml`,
      contentType: 'application/xml',
      sha256: record.sha256,
      octets: record.octets,
      whole: () => content.readEnvelope(sql, record.id),
    })
  })

  serve(router, deps, downloadAttachment, async ({ request, response, caller, params }) => {
    const record = await requireDocument(deps, caller.agencies, params.id)
    const attachment = (await documents.attachments(sql, record.id)).find(({ n }) => n === params.n)
    if (attachment === undefined) throw new GatewayError('not-found', `the document has no attachment ${params.n}`)
    await noteReading(deps, caller, record, 'content-downloaded', { what: 'attachment', n: params.n })
    const range = (start: number, end: number) => content.readAttachment(sql, record.id, attachment.n, start, end)
    const contentType = inertType(attachment.contentType)
    await send(request, response, { ...attachment, contentType, range, whole: () => range(0, attachment.octets) })
  })

  serve(router, deps, downloadReceipt, async ({ request, response, caller, params }) => {
    const record = await requireDocument(deps, caller.agencies, params.id)
    const receipt = await documents.receipt(sql, record.id, params.receiptId)
    if (receipt === undefined) throw new GatewayError('not-found', 'this document has no such receipt')
    const { id, sender, sha256, bytes } = receipt
    await noteReading(deps, caller, record, 'content-downloaded', { what: 'receipt', receipt: id })
    await send(request, response, {
      name: `receipt-${fileNameOf(record)}-${sender}.edxml`,
      contentType: 'application/xml',
      sha256,
      octets: bytes.length,
      whole: () => [bytes],
    })
  })

  serve(router, deps, downloadReceiptEvidence, async ({ request, response, caller, params }) => {
    const record = await requireDocument(deps, caller.agencies, params.id)
    const found = await evidenceOfReceipt(sql, record.id, params.receiptId)
    if (found === undefined) throw nothingKept(record)
    await noteReading(deps, caller, record, 'evidence-downloaded', { what: 'receipt', receipt: params.receiptId })
    await sendEvidence(request, response, `evidence-receipt-${fileNameOf(record)}-${found.sender}`, found.evidence)
  })
}

function sendEvidence(request: Request, response: Response, name: string, evidence: EvidenceFile): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(evidence, null, 2))
  return send(request, response, {
    name: `${name}.json`,
    contentType: 'application/json',
    sha256: hash('sha256', bytes),
    octets: bytes.length,
    whole: () => [bytes],
  })
}

function nothingKept({ id }: DocumentRecord): GatewayError {
  return new GatewayError('not-found', `nothing was kept about the signer of ${id}`)
}

/** @throws {GatewayError} not-found: there is none, or the user may not see it, which looks the same */
async function requireDocument(
  { store }: ConsoleDeps,
  agencies: readonly AgencyCode[],
  id: EnvelopeId,
): Promise<DocumentRecord> {
  const record = await documents.find(store.read, agencies, id)
  if (record === undefined) throw new GatewayError('not-found', `there is no document ${id}`)
  return record
}

/** An open page reads its document again whenever something happens: that is one reading, until it pauses. */
class Reading {
  readonly #clock: ConsoleDeps['clock']
  readonly #last = new Map<string, number>()

  constructor(clock: ConsoleDeps['clock']) {
    this.#clock = clock
  }

  begins({ session }: Caller, document: EnvelopeId): boolean {
    const key = `${session.id} ${document}`
    const now = this.#clock.now().getTime()
    const before = this.#last.get(key)
    if (this.#last.size >= limits.deskReadings) this.#last.clear() // then some are noted twice
    this.#last.set(key, now)
    return before === undefined || now - before > limits.deskReadingMs
  }
}

/** Who has read what a document says stands in the audit before he reads it. */
async function noteReading(
  { store, ids, clock }: ConsoleDeps,
  { actor }: Caller,
  { id, owner }: DocumentRecord,
  action: 'content-read' | 'content-downloaded' | 'evidence-downloaded',
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const entry = { actor, action, subject: id, detail: { agency: owner, ...detail } }
  await store.transact((tx) => audit.record(tx, entry, ids, clock))
}

function fileNameOf(record: DocumentRecord): string {
  return numberOf(record).replace('/', '-')
}
