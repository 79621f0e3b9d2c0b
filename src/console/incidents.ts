import type { IRouter } from 'express'
import { z } from 'zod'
import { GatewayError, limits } from '../base/index.ts'
import { cursorAfter, keyOf, page } from '../http/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { desk, type IncidentFilter, type IncidentItemRow, type IncidentKey, type IncidentRow } from '../store/index.ts'
import { certificatesOf } from './agencies.ts'
import type { ConsoleDeps } from './deps.ts'
import { listIncidentItems, listIncidents } from './gateway-operations.ts'
import { serve } from './operation.ts'
import type { IncidentGroup, IncidentItem } from './shapes-incidents.ts'
import type { CommandName } from './shapes-names.ts'
import { causeOf, iso, named, numberOf } from './words.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** *Sự cố*: what failed, by its cause. */
export function serveIncidents(router: IRouter, deps: ConsoleDeps): void {
  const { store, clock } = deps

  serve(router, deps, listIncidents, async ({ response, caller, query }) => {
    const agencies = caller.agencies.filter((code) => query.agency === undefined || code === query.agency)
    const commandable = caller.agenciesWith('command')
    const mayCommand = agencies.some((code) => commandable.includes(code))
    const items = await incidentGroupsOf(deps, agencies, { ...query, samples: true })
    response.json({
      items: items.map((group) => (mayCommand ? group : { ...group, commands: [] })),
      at: clock.now().toISOString(),
    })
  })

  serve(router, deps, listIncidentItems, async ({ response, caller, query: { group, limit, cursor } }) => {
    const filter = filterOf(deps, group, caller.agencies)
    const list = { group, user: caller.session.user.id }
    const before = keyOf(cursor, 'incidents', list)
    const found = await desk.incidentItems(store.read, filter, {
      ...(before === undefined ? {} : { before }),
      limit: limit + 1,
    })
    const { items, ...rest } = page(found, limit, (last) => cursorAfter('incidents', list, last.id))
    response.json({ items: items.map((row) => itemView(deps, filter.kind, row)), ...rest })
  })
}

export async function incidentGroupsOf(
  deps: ConsoleDeps,
  agencies: readonly AgencyCode[],
  query: { readonly by: keyof typeof KEYS; readonly days: number; readonly samples?: boolean },
): Promise<IncidentGroup[]> {
  const rows = await desk.incidentGroups(
    deps.store.read,
    { agencies, since: sinceDays(deps, query.days) },
    KEYS[query.by],
  )
  const messages = query.samples === true ? await messagesOf(deps, rows) : undefined
  return rows.map((row) => groupView(deps, row, query.days, messages?.get(row.newest) ?? ''))
}

const KEYS: Readonly<Record<'cause' | 'partner' | 'certificate', ReadonlySet<IncidentKey>>> = {
  cause: new Set(['code', 'partner']),
  partner: new Set(['partner']),
  certificate: new Set(['certificate']),
}

/** What exactly went wrong in the newest case of each; their ids are never equal. */
async function messagesOf({ store }: ConsoleDeps, rows: readonly IncidentRow[]): Promise<ReadonlyMap<string, string>> {
  const ofKind = (kind: IncidentRow['kind']): string[] =>
    rows.filter((row) => row.kind === kind).map(({ newest }) => newest)
  const [deliveries, quarantined] = await Promise.all([
    desk.incidentMessages(store.read, 'delivery', ofKind('delivery')),
    desk.incidentMessages(store.read, 'quarantine', ofKind('quarantine')),
  ])
  return new Map([...deliveries, ...quarantined])
}

/** What names a group, within its opaque key. */
const groupNames = z.strictObject({
  kind: z.enum(['delivery', 'quarantine']),
  code: z.string().max(100).optional(),
  partner: z.string().max(300).optional(),
  certificate: z.string().max(100).optional(),
  days: z.number().int().min(1).max(365),
})
export type GroupNames = z.output<typeof groupNames>

function namesOf({ kind, code, partner, certificate }: IncidentRow, days: number): GroupNames {
  return {
    kind,
    ...(code === null ? {} : { code }),
    ...(partner === null ? {} : { partner }),
    ...(certificate === null ? {} : { certificate }),
    days,
  }
}

function groupKey(names: GroupNames): string {
  return Buffer.from(JSON.stringify(names)).toString('base64url')
}

/** @throws {GatewayError} request-invalid: no list gave out this key */
export function groupNamesOf(group: string): GroupNames {
  try {
    return groupNames.parse(JSON.parse(Buffer.from(group, 'base64url').toString('utf8')))
  } catch (cause) {
    const field = { field: '/query/group' }
    throw new GatewayError('request-invalid', 'use the `group` of the list of incidents', field, { cause })
  }
}

/** A key from outside narrows what the user may see; it never widens it. */
function filterOf(
  deps: ConsoleDeps,
  group: string,
  agencies: readonly AgencyCode[],
): IncidentFilter & { kind: 'delivery' | 'quarantine' } {
  const { days, ...names } = groupNamesOf(group)
  const given = Object.entries(names).filter(([, value]) => value !== undefined)
  return {
    kind: names.kind,
    ...Object.fromEntries(given),
    agencies,
    since: sinceDays(deps, days),
  }
}

export function sinceDays({ clock }: Pick<ConsoleDeps, 'clock'>, days: number): Date {
  return new Date(clock.now().getTime() - days * DAY_MS)
}

/** The ids of a group, newest first, as many as one command takes. */
export async function idsOfGroup(
  deps: ConsoleDeps,
  group: string,
  agencies: readonly AgencyCode[],
  limit: number,
): Promise<string[]> {
  return desk.incidentIds(deps.store.read, filterOf(deps, group, agencies), limit)
}

const STATES = ['held', 'rejected', 'expired', 'accepted', 'sent'] as const

function groupView({ directory }: ConsoleDeps, row: IncidentRow, days: number, sample: string): IncidentGroup {
  const { kind, partner, certificate, onlyCode, count } = row
  const states = Object.fromEntries(STATES.filter((state) => row[state] > 0).map((state) => [state, row[state]]))
  return {
    group: groupKey(namesOf(row, days)),
    kind,
    ...(onlyCode === null ? {} : { cause: causeOf(onlyCode) }),
    ...(partner === null || partner === '' ? {} : { partner: partnerOf(directory, kind, partner) }),
    ...(certificate === null || certificate === '' ? {} : { certificate: certificateOf(directory, certificate) }),
    count: { value: count, exact: count < limits.deskRows },
    states,
    oldestAt: iso(row.oldestAt),
    newestAt: iso(row.newestAt),
    sample,
    commands: fittingCommands(kind, states),
  }
}

/** Of what lies in quarantine only the user of the axis is known, who may speak for several. */
function partnerOf(directory: ConsoleDeps['directory'], kind: string, partner: string): ReturnType<typeof named> {
  const [only, ...others] = kind === 'quarantine' ? directory.speaksFor(partner) : []
  return named(directory, only !== undefined && others.length === 0 ? only : partner)
}

function certificateOf(
  directory: ConsoleDeps['directory'],
  fingerprint: string,
): NonNullable<IncidentGroup['certificate']> {
  const known = directory
    .list()
    .flatMap(certificatesOf)
    .find((one) => one.fingerprint === fingerprint)
  if (known === undefined) return { fingerprint }
  return { fingerprint, subject: known.subject, notAfter: known.notAfter.toISOString() }
}

function fittingCommands(kind: 'delivery' | 'quarantine', states: Readonly<Record<string, number>>): CommandName[] {
  if (kind === 'quarantine') return ['redrive', 'discard']
  const commands: CommandName[] = []
  if (states['held'] !== undefined) commands.push('release')
  if (states['rejected'] !== undefined || states['expired'] !== undefined || states['sent'] !== undefined)
    commands.push('resend')
  if (states['accepted'] !== undefined || states['sent'] !== undefined) commands.push('hold')
  if (states['accepted'] !== undefined || states['sent'] !== undefined || states['held'] !== undefined)
    commands.push('expire')
  return commands
}

function itemView({ directory }: ConsoleDeps, kind: 'delivery' | 'quarantine', row: IncidentItemRow): IncidentItem {
  return {
    kind,
    id: row.id,
    at: iso(row.at),
    agency: named(directory, row.agency),
    ...(row.partner === null ? {} : { partner: partnerOf(directory, kind, row.partner) }),
    ...(kind === 'quarantine' && row.partner !== null ? { brokerUser: row.partner } : {}),
    ...(row.state === null ? {} : { state: row.state }),
    ...(row.envelope === null
      ? {}
      : { document: { id: row.envelope, number: numberOf(row), subject: row.subject ?? '' } }),
    ...(row.code === null ? {} : { cause: causeOf(row.code) }),
    message: row.message ?? '',
    ...(row.octets === null ? {} : { octets: row.octets }),
  }
}
