import { VIETNAM_OFFSET_MS } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { Parsed } from '../http/index.ts'
import type { AgencyCode, TransportState } from '../message/index.ts'
import { type DeliveryDetail, desk, type ListedDocument, type ListQuery, type Sql } from '../store/index.ts'
import type { DocumentRow, DocumentState, documentQuery } from './shapes-documents.ts'
import { causeOf, iso, named, numberOf } from './words.ts'

type Filters = Omit<Parsed<typeof documentQuery>, 'limit' | 'cursor'>

/** The query of a page, in the terms of the store; for the agencies that the user may see. */
export function listQueryOf(filters: Filters, allowed: readonly AgencyCode[]): ListQuery {
  const { direction, text, agency, counterpart, state, lane, from, to } = filters
  return {
    owners: agency === undefined ? allowed : allowed.filter((code) => code === agency),
    direction,
    ...(text === undefined ? {} : { text }),
    ...(counterpart === undefined ? {} : { counterpart }),
    ...(state === undefined ? {} : { states: GROUPS[state] ?? [state as DocumentState] }),
    ...(lane === undefined ? {} : { lane }),
    ...(from === undefined ? {} : { from: startOfDay(from) }),
    ...(to === undefined ? {} : { to: new Date(startOfDay(to).getTime() + 24 * 60 * 60 * 1000) }),
  }
}

const GROUPS: Readonly<Record<string, readonly TransportState[]>> = {
  unfinished: ['accepted', 'sent', 'held'],
  failed: ['rejected', 'expired', 'held'],
}

/** `2026-11-22T12:41:05+07:00`: the instant, as a clock in Vietnam shows it. */
export function vietnamTime(instant: string): string {
  return new Date(Date.parse(instant) + VIETNAM_OFFSET_MS).toISOString().replace(/\.\d+Z$/, '+07:00')
}

/** `date` is a day in Vietnam. */
export function startOfDay(date: string): Date {
  return new Date(Date.parse(`${date}T00:00:00.000Z`) - VIETNAM_OFFSET_MS)
}

/**
 * The lines of a list, with the states of their deliveries.
 * @param counterparts So many of each, those first that need attention.
 */
export async function documentRows(
  sql: Sql,
  directory: Directory,
  direction: 'out' | 'in',
  documents: readonly ListedDocument[],
  counterparts = 5,
): Promise<DocumentRow[]> {
  const ids = documents.map(({ id }) => id)
  if (direction === 'in') {
    const states = new Map((await desk.inboxStates(sql, ids)).map(({ envelope, state }) => [envelope, state]))
    return documents.map((document) => {
      const state = (states.get(document.id) ?? 'waiting') as DocumentState
      return documentRow(directory, direction, document, state, [{ agency: named(directory, document.sender), state }])
    })
  }
  const deliveries = Map.groupBy(await desk.deliveriesOf(sql, ids), ({ envelope }) => envelope)
  return documents.map((document) => {
    const own = (deliveries.get(document.id) ?? []).toSorted((a, b) => worse(a) - worse(b))
    return documentRow(
      directory,
      direction,
      document,
      own[0]?.state ?? 'accepted',
      own.map(({ recipient, state, lastError }) => ({
        agency: named(directory, recipient),
        state,
        ...(lastError === null ? {} : { cause: causeOf(lastError) }),
      })),
      counterparts,
    )
  })
}

/** What needs attention first stands first. */
const ORDER: readonly TransportState[] = ['held', 'rejected', 'expired', 'accepted', 'sent', 'received']

export function worse({ state }: Pick<DeliveryDetail, 'state'>): number {
  return ORDER.indexOf(state)
}

function documentRow(
  directory: Directory,
  direction: 'out' | 'in',
  document: ListedDocument,
  state: DocumentState,
  counterparts: DocumentRow['counterparts'],
  shown = counterparts.length,
): DocumentRow {
  return {
    id: document.id,
    agency: named(directory, document.owner),
    direction,
    operation: document.operation,
    documentId: document.documentId,
    number: numberOf(document),
    subject: document.subject ?? '',
    promulgationDate: document.promulgationDate ?? '',
    lane: document.lane,
    state,
    counterparts: counterparts.slice(0, shown),
    counterpartsCount: counterparts.length,
    octets: document.octets,
    storedAt: iso(document.storedAt),
  }
}
