import type { IRouter } from 'express'
import { GatewayError } from '../base/index.ts'
import { confirm, extend, leaseDocuments, release } from '../deliver/index.ts'
import { cursorAfter, keyOf, page } from '../http/index.ts'
import type { EnvelopeId } from '../message/index.ts'
import { type DocumentRecord, documents, evidenceOf, inbox } from '../store/index.ts'
import { reportStatus } from '../submit/index.ts'
import type { Caller } from './authenticate.ts'
import type { ApiDeps } from './deps.ts'
import { sendAttachment, sendEnvelope, sendReport } from './documents.ts'
import {
  confirmInbox,
  extendInbox,
  getInboxAttachment,
  getInboxAttachmentReport,
  getInboxDocument,
  getInboxEnvelope,
  getInboxEvidence,
  leaseInbox,
  listInbox,
  releaseInbox,
  reportInboxStatus,
} from './inbox-operations.ts'
import { serve } from './operation.ts'
import { documentView, summaryView } from './views.ts'

/** `/v1/inbox`: fetch what arrived, confirm it, report what was done with it. */
export function serveInbox(router: IRouter, deps: ApiDeps): void {
  const sql = deps.store.read

  serve(router, deps, leaseInbox, async ({ response, caller, body }) => {
    const leases = await leaseDocuments(deps.deliver, { ...caller, max: body.max, ...leaseMs(body) })
    response.json({
      items: leases.map(({ id, token, leaseUntil }) => ({ id, token, leaseUntil: leaseUntil.toISOString() })),
    })
  })

  serve(router, deps, confirmInbox, async ({ response, caller, params, body }) => {
    await confirm(deps.deliver, { ...caller, id: params.id, token: body.token })
    response.status(204).end()
  })

  serve(router, deps, releaseInbox, async ({ response, caller, params, body }) => {
    await release(deps.deliver, { ...caller, id: params.id, token: body.token })
    response.status(204).end()
  })

  serve(router, deps, extendInbox, async ({ response, caller, params, body }) => {
    const lease = { ...caller, id: params.id, token: body.token, ...leaseMs(body) }
    const { leaseUntil } = await extend(deps.deliver, lease)
    response.json({ leaseUntil: leaseUntil.toISOString() })
  })

  serve(router, deps, listInbox, async ({ response, caller, query: { limit, cursor, state } }) => {
    const list = { agency: caller.agency, state }
    const after = keyOf(cursor, 'inbox', list) as EnvelopeId | undefined
    const found = await inbox.list(sql, {
      agencies: [caller.agency],
      ...(state === undefined ? {} : { state }),
      ...(after === undefined ? {} : { after }),
      limit: limit + 1,
    })
    const { items, ...rest } = page(found, limit, (last) => cursorAfter('inbox', list, last.id))
    const records = await Promise.all(items.map(({ id }) => documents.find(sql, [caller.agency], id)))
    const present = records.filter((record) => record !== undefined)
    response.json({ items: await Promise.all(present.map((record) => summaryView(sql, record))), ...rest })
  })

  serve(router, deps, getInboxDocument, async ({ response, caller, params }) => {
    response.json(await documentView(sql, await requireReceived(deps, caller, params.id)))
  })

  serve(router, deps, getInboxEnvelope, async (call) => {
    await sendEnvelope(deps, call, await requireReceived(deps, call.caller, call.params.id))
  })

  serve(router, deps, getInboxEvidence, async ({ response, caller, params }) => {
    const { id } = await requireReceived(deps, caller, params.id)
    const evidence = await evidenceOf(sql, id)
    if (evidence === undefined) throw new GatewayError('not-found', `nothing was kept about the signer of ${id}`)
    response.json(evidence)
  })

  serve(router, deps, getInboxAttachment, async (call) => {
    await sendAttachment(deps, call, await requireReceived(deps, call.caller, call.params.id))
  })

  serve(router, deps, getInboxAttachmentReport, async (call) => {
    await sendReport(deps, call, await requireReceived(deps, call.caller, call.params.id))
  })

  serve(router, deps, reportInboxStatus, async ({ response, caller, params, body }) => {
    const { agency, client } = caller
    const status = { ...body, agency, client, document: params.id }
    const reported = await reportStatus(deps.submit, status)
    if (reported.repeated) response.set('Idempotency-Replayed', 'true')
    response.status(202).json({ id: reported.id, code: reported.code, acceptedAt: reported.acceptedAt.toISOString() })
  })
}

/** @throws {GatewayError} not-found: it did not arrive, or not for this agency */
async function requireReceived({ store }: ApiDeps, { agency }: Caller, id: EnvelopeId): Promise<DocumentRecord> {
  const record = await documents.find(store.read, [agency], id)
  if (record?.inbox === undefined) throw new GatewayError('not-found', `no document ${id} arrived for ${agency}`)
  return record
}

function leaseMs({ leaseSeconds }: { leaseSeconds?: number | undefined }): { leaseMs?: number } {
  return leaseSeconds === undefined ? {} : { leaseMs: leaseSeconds * 1000 }
}
