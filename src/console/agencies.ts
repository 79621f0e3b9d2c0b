import type { IRouter } from 'express'
import { GatewayError, limits } from '../base/index.ts'
import type { Agency } from '../directory/index.ts'
import { type Certificate, readCertificate } from '../pki/index.ts'
import { desk } from '../store/index.ts'
import type { ConsoleDeps } from './deps.ts'
import { getAgencyView, listAgencyViews } from './gateway-operations.ts'
import type { Caller } from './identity.ts'
import { serve } from './operation.ts'
import { partnerStates } from './partner-states.ts'
import type { AgencyView, PartnerState } from './shapes-agencies.ts'
import type { Text } from './shapes-common.ts'
import type { CommandName } from './shapes-names.ts'
import { certificateView, daysUntil } from './signature-view.ts'
import { instantIf, named, text } from './words.ts'

const WEEK_MS = 7 * 24 * 60 * 60 * 1000

/** *Đơn vị*: who takes part, and how sending to each stands. */
export function serveAgencies(router: IRouter, deps: ConsoleDeps): void {
  const ours = ({ code }: Agency): number => Number(deps.locals.includes(code))

  serve(router, deps, listAgencyViews, async ({ response, caller, query }) => {
    const found = deps.directory.list(query.query === undefined ? {} : { query: query.query })
    response.json({
      items: await agencyViews(deps, caller, found.toSorted((a, b) => ours(b) - ours(a)).slice(0, limits.deskAgencies)),
    })
  })

  serve(router, deps, getAgencyView, async ({ response, caller, params }) => {
    const agency = deps.directory.find(params.code)
    if (agency === undefined) throw new GatewayError('not-found', `the directory has no agency ${params.code}`)
    const [view] = await agencyViews(deps, caller, [agency])
    response.json(view)
  })
}

async function agencyViews(deps: ConsoleDeps, caller: Caller, agencies: readonly Agency[]): Promise<AgencyView[]> {
  const { store, clock } = deps
  const weekAgo = new Date(clock.now().getTime() - WEEK_MS)
  const [cells, inboxes, contacts, states] = await Promise.all([
    desk.outgoingQueues(store.read, caller.agencies, weekAgo),
    desk.incomingQueues(store.read, caller.agencies),
    desk.contacts(store.read),
    partnerStates(store.read),
  ])
  const queues = Map.groupBy(cells, ({ recipient }) => recipient)
  const arrived = Map.groupBy(inboxes, ({ agency }) => agency)
  const lastContact = new Map(contacts.map((row) => [row.agency, row]))
  const commandable = caller.agenciesWith('command')
  const mayCommand = deps.locals.every((code) => commandable.includes(code)) // a partner is the partner of all
  return agencies.map((agency) => {
    const own = queues.get(agency.code) ?? []
    const open = own.filter(({ state }) => state === 'accepted' || state === 'sent' || state === 'held')
    const failed = own.filter(({ state }) => state === 'held' || state === 'rejected' || state === 'expired')
    const inbox = arrived.get(agency.code) ?? []
    const state = states.get(agency.code) ?? { state: 'open' as const }
    const contact = lastContact.get(agency.code)
    return {
      ...identityOf(deps, agency),
      state,
      queue: {
        waiting: { value: sum(open), exact: true },
        lanes: [...Map.groupBy(open, ({ lane }) => lane)].map(([lane, those]) => ({ lane, waiting: sum(those) })),
        ...instantIf('oldestAt', earliest(open)),
        failed: { value: sum(failed), exact: true },
      },
      ...(caller.agencies.includes(agency.code)
        ? { inbox: { waiting: { value: sum(inbox), exact: true }, ...instantIf('oldestAt', earliest(inbox)) } }
        : {}),
      ...instantIf('lastSentAt', contact?.sentAt ?? null),
      ...instantIf('lastHeardAt', contact?.heardAt ?? null),
      certificates: certificatesOf(agency).map((certificate) => withWarning(certificate, clock.now())),
      commands: mayCommand ? partnerCommandsFor(state) : [],
    }
  })
}

function identityOf({ directory, clock, locals }: ConsoleDeps, agency: Agency) {
  const contact = Object.entries(agency.contact).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    code: agency.code,
    wireCode: agency.wireCode,
    name: agency.name,
    ...(agency.nameEn === undefined ? {} : { nameEn: agency.nameEn }),
    ...(agency.parent === undefined ? {} : { parent: named(directory, agency.parent) }),
    local: locals.includes(agency.code),
    active: directory.isActive(agency.code, clock.now()),
    ...instantIf('validFrom', agency.validFrom?.getTime() ?? null),
    ...instantIf('validTo', agency.validTo?.getTime() ?? null),
    ...(agency.successor === undefined ? {} : { successor: named(directory, agency.successor) }),
    brokerUser: agency.brokerUser ?? agency.code,
    contact: Object.fromEntries(contact),
  }
}

function sum(cells: readonly { readonly count: number }[]): number {
  return cells.reduce((total, { count }) => total + count, 0)
}

function earliest(cells: readonly { readonly oldestAt: number }[]): number | null {
  return cells.length === 0 ? null : Math.min(...cells.map(({ oldestAt }) => oldestAt))
}

const read = new Map<string, Certificate>()

/** The certificates of an agency, each read once. */
export function certificatesOf(agency: Agency): Certificate[] {
  return agency.certificates.map(({ fingerprint, pem }) => {
    const certificate = read.get(fingerprint) ?? readCertificate(pem)
    if (read.size > limits.trustVerdicts) read.clear()
    read.set(fingerprint, certificate)
    return certificate
  })
}

function withWarning(certificate: Certificate, now: Date): AgencyView['certificates'][number] {
  const warning = warningOf(certificate, now)
  return { ...certificateView(certificate, now), ...(warning === undefined ? {} : { warning }) }
}

function warningOf({ notBefore, notAfter }: Certificate, now: Date): Text | undefined {
  const days = daysUntil(notAfter, now)
  if (notBefore > now) return text('Chưa có hiệu lực', 'Not valid yet')
  if (days < 0) return text('Đã hết hạn', 'Expired')
  if (days <= 90) return text(`Hết hạn sau ${days} ngày`, `Ends in ${days} days`)
  return undefined
}

export function partnerCommandsFor({ state }: PartnerState): CommandName[] {
  if (state === 'paused') return ['resume']
  return state === 'open' ? ['pause'] : ['close-circuit', 'pause']
}
