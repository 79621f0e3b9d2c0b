import type { IRouter } from 'express'
import { GatewayError, VIETNAM_OFFSET_MS } from '../base/index.ts'
import { type Call, cursorAfter, inertType, keyOf, page, send } from '../http/index.ts'
import type { EnvelopeId } from '../message/index.ts'
import { content, type DocumentRecord, documents, evidenceOfReceipt, reports } from '../store/index.ts'
import type { Caller } from './authenticate.ts'
import type { ApiDeps } from './deps.ts'
import {
  getAttachment,
  getAttachmentReport,
  getDocument,
  getEnvelope,
  getReceipt,
  getReceiptEvidence,
  listReceipts,
  searchDocuments,
  submitDocument,
} from './document-operations.ts'
import { serve } from './operation.ts'
import { takeIn } from './submission.ts'
import { documentView, receiptView, reportView, summaryView } from './views.ts'

/** `/v1/documents`: hand over, find, follow, download. */
export function serveDocuments(router: IRouter, deps: ApiDeps): void {
  const sql = deps.store.read

  serve(router, deps, submitDocument, async ({ request, response, caller }) => {
    const accepted = await takeIn(deps, caller, request)
    if (accepted.repeated) response.set('Idempotency-Replayed', 'true')
    response
      .status(202)
      .location(`/v1/documents/${accepted.id}`)
      .json({
        id: accepted.id,
        documentId: accepted.documentId,
        acceptedAt: accepted.acceptedAt.toISOString(),
        deliveries: accepted.deliveries.map((d) => ({
          recipient: d.recipient,
          deadlineAt: d.deadlineAt.toISOString(),
        })),
      })
  })

  serve(router, deps, searchDocuments, async ({ response, caller, query }) => {
    const { limit, cursor, from, to, ...filters } = query
    const list = { agency: caller.agency, from, to, ...filters }
    const before = keyOf(cursor, 'documents', list) as EnvelopeId | undefined
    const found = await documents.search(sql, {
      ...filters,
      agencies: [caller.agency],
      ...(from === undefined ? {} : { from: startOfDay(from) }),
      ...(to === undefined ? {} : { to: endOfDay(to) }),
      ...(before === undefined ? {} : { before }),
      limit: limit + 1,
    })
    const { items, ...rest } = page(found, limit, (last) => cursorAfter('documents', list, last.id))
    response.json({ items: await Promise.all(items.map((record) => summaryView(sql, record))), ...rest })
  })

  serve(router, deps, getDocument, async ({ response, caller, params }) => {
    response.json(await documentView(sql, await requireDocument(deps, caller, params.id)))
  })

  serve(router, deps, getEnvelope, async (call) => {
    await sendEnvelope(deps, call, await requireDocument(deps, call.caller, call.params.id))
  })

  serve(router, deps, getAttachment, async (call) => {
    await sendAttachment(deps, call, await requireDocument(deps, call.caller, call.params.id))
  })

  serve(router, deps, getAttachmentReport, async (call) => {
    await sendReport(deps, call, await requireDocument(deps, call.caller, call.params.id))
  })

  serve(router, deps, listReceipts, async ({ response, caller, params }) => {
    const record = await requireDocument(deps, caller, params.id)
    response.json({ items: (await documents.receipts(sql, record.id)).map(receiptView) })
  })

  serve(router, deps, getReceipt, async ({ request, response, caller, params }) => {
    const record = await requireDocument(deps, caller, params.id)
    const receipt = await documents.receipt(sql, record.id, params.receiptId)
    if (receipt === undefined) throw new GatewayError('not-found', 'this document has no such receipt')
    const { sender, sha256, bytes } = receipt
    await send(request, response, {
      name: `receipt-${record.codeNumber}-${record.codeNotation}-${sender}.edxml`,
      contentType: 'application/xml',
      sha256,
      octets: bytes.length,
      whole: () => [bytes],
    })
  })

  serve(router, deps, getReceiptEvidence, async ({ response, caller, params }) => {
    const record = await requireDocument(deps, caller, params.id)
    const found = await evidenceOfReceipt(sql, record.id, params.receiptId)
    if (found === undefined) throw new GatewayError('not-found', 'nothing was kept about such a receipt')
    response.json(found.evidence)
  })
}

/** @throws {GatewayError} not-found: there is none, or it is another agency's, which looks the same */
async function requireDocument({ store }: ApiDeps, { agency }: Caller, id: EnvelopeId): Promise<DocumentRecord> {
  const record = await documents.find(store.read, [agency], id)
  if (record === undefined) throw new GatewayError('not-found', `there is no document ${id} for ${agency}`)
  return record
}

export async function sendEnvelope(
  { store }: ApiDeps,
  { request, response }: Call<unknown, unknown, unknown>,
  record: DocumentRecord,
): Promise<void> {
  await send(request, response, {
    name: `${record.codeNumber}-${record.codeNotation}.edxml`,
    contentType: 'application/xml',
    sha256: record.sha256,
    octets: record.octets,
    whole: () => content.readEnvelope(store.read, record.id),
  })
}

/** What was found in an attachment, or that nothing has been found yet. */
export async function sendReport(
  { store }: ApiDeps,
  { response, params }: Call<{ n: number }, unknown, unknown>,
  record: DocumentRecord,
): Promise<void> {
  const attachment = (await documents.attachments(store.read, record.id)).find(({ n }) => n === params.n)
  if (attachment === undefined) throw new GatewayError('not-found', `the document has no attachment ${params.n}`)
  response.json(reportView(await reports.latest(store.read, record.id, attachment.n)))
}

export async function sendAttachment(
  { store }: ApiDeps,
  { request, response, params }: Call<{ n: number }, unknown, unknown>,
  record: DocumentRecord,
): Promise<void> {
  const attachment = (await documents.attachments(store.read, record.id)).find(({ n }) => n === params.n)
  if (attachment === undefined) throw new GatewayError('not-found', `the document has no attachment ${params.n}`)
  const range = (start: number, end: number) => content.readAttachment(store.read, record.id, attachment.n, start, end)
  const contentType = inertType(attachment.contentType)
  await send(request, response, { ...attachment, contentType, range, whole: () => range(0, attachment.octets) })
}

/** `date` is a day in Vietnam. */
function startOfDay(date: string): Date {
  return new Date(Date.parse(`${date}T00:00:00.000Z`) - VIETNAM_OFFSET_MS)
}

function endOfDay(date: string): Date {
  return new Date(startOfDay(date).getTime() + 24 * 60 * 60 * 1000)
}
