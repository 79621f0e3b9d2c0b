import { createHash } from 'node:crypto'
import { GatewayError, type Ids, limits, reached } from '../base/index.ts'
import type { AgencyCode, EnvelopeId } from '../message/index.ts'
import { audit, events, inbox, type Sql, type Store } from '../store/index.ts'

export interface DeliverDeps {
  readonly store: Store
  readonly ids: Ids
}

/** A document handed to one client until `leaseUntil`; whoever names the token may confirm, extend or release it. */
export interface LeasedDocument {
  readonly id: EnvelopeId
  readonly token: string
  readonly leaseUntil: Date
}

export interface LeaseRequest {
  /** Id of the authenticated client. */
  readonly client: string
  readonly agency: AgencyCode
  /** At most `limits.leaseDocuments`. */
  readonly max: number
  /** Milliseconds, at most `limits.leaseMsMax`. */
  readonly leaseMs?: number
}

/** Claims waiting documents, urgent ones first. A claim that is not confirmed in time lapses, and its token with it. */
export async function leaseDocuments(deps: DeliverDeps, request: LeaseRequest): Promise<LeasedDocument[]> {
  const { store, ids } = deps
  const now = store.clock.now()
  const leaseUntil = until(now, request.leaseMs)
  const token = ids.secret()
  const leased = await store.transact(async (tx) => {
    const documentIds = await inbox.lease(tx, {
      agency: request.agency,
      client: request.client,
      tokenHash: hashed(token),
      now,
      leaseUntil,
      limit: Math.min(request.max, limits.leaseDocuments),
    })
    await Promise.all(documentIds.map((id) => tell(tx, deps, request, id, 'document-fetched', now)))
    return documentIds
  })
  if (leased.length > 0) reached('deliver.leased')
  return leased.map((id) => ({ id, token, leaseUntil }))
}

export interface HeldDocument {
  readonly client: string
  readonly agency: AgencyCode
  readonly id: EnvelopeId
  readonly token: string
}

/**
 * The recipient's system has the document for good: it is never handed out again. Confirming twice is confirming once.
 * @throws {GatewayError} not-found
 * @throws {GatewayError} lease-lost: the lease is over, or somebody else holds the document
 */
export async function confirm(deps: DeliverDeps, held: HeldDocument): Promise<void> {
  const { store, ids } = deps
  await store.transact(async (tx) => {
    const now = store.clock.now()
    const entry = await requireEntry(tx, held)
    if (entry.state === 'confirmed' && entry.tokenHash === hashed(held.token)) return
    if (!(await inbox.confirm(tx, held.agency, held.id, hashed(held.token), now))) throw lost(held)
    await Promise.all([
      tell(tx, deps, held, held.id, 'document-confirmed', now),
      audit.record(
        tx,
        { actor: held.client, action: 'document-confirmed', subject: held.id, detail: { agency: held.agency } },
        ids,
        store.clock,
      ),
    ])
    reached('deliver.before-confirm')
  })
  reached('deliver.confirmed')
}

/** Gives a document back before its lease ends. @throws {GatewayError} not-found, lease-lost */
export async function release(deps: DeliverDeps, held: HeldDocument): Promise<void> {
  const { store } = deps
  await store.transact(async (tx) => {
    const now = store.clock.now()
    await requireEntry(tx, held)
    if (!(await inbox.release(tx, held.agency, held.id, hashed(held.token), now))) throw lost(held)
    await tell(tx, deps, held, held.id, 'lease-released', now)
  })
}

/** Holds a document longer, counted from now. @throws {GatewayError} not-found, lease-lost */
export async function extend(
  deps: DeliverDeps,
  held: HeldDocument & { leaseMs?: number },
): Promise<{ leaseUntil: Date }> {
  const { store } = deps
  return store.transact(async (tx) => {
    const now = store.clock.now()
    const leaseUntil = until(now, held.leaseMs)
    await requireEntry(tx, held)
    if (!(await inbox.extend(tx, held.agency, held.id, hashed(held.token), now, leaseUntil))) throw lost(held)
    return { leaseUntil }
  })
}

async function requireEntry(
  tx: Sql,
  { agency, id }: HeldDocument,
): Promise<{ state: string; tokenHash: string | null }> {
  const entry = await inbox.held(tx, agency, id)
  if (entry === undefined)
    throw new GatewayError('not-found', `${agency} has received no document ${id}`, { value: id })
  return entry
}

async function tell(
  tx: Sql,
  { ids }: DeliverDeps,
  who: { client: string; agency: AgencyCode },
  id: EnvelopeId,
  type: 'document-fetched' | 'document-confirmed' | 'lease-released',
  at: Date,
): Promise<void> {
  await events.add(tx, ids, { agency: who.agency, envelope: id, type, at, data: { client: who.client } })
}

function until(now: Date, leaseMs: number = limits.leaseMs): Date {
  return new Date(now.getTime() + Math.min(leaseMs, limits.leaseMsMax))
}

/** Only a hash is kept: a read of the database gives nobody a lease. */
function hashed(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function lost({ id }: HeldDocument): GatewayError {
  return new GatewayError('lease-lost', `the lease of ${id} is over or somebody else holds it`, { value: id })
}
