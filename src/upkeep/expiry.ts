import type { Clock, Ids, Log } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { KeyRing } from '../pki/index.ts'
import { events, type Notice, notices, type Store } from '../store/index.ts'

export interface ExpiryDeps {
  readonly store: Store
  readonly directory: Directory
  readonly keys: KeyRing
  /** Our own agencies. */
  readonly locals: readonly AgencyCode[]
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

/** Days before the end of a certificate at which it is told, once each; 0 is the end itself. */
export const expiryDays = [90, 30, 14, 7, 1, 0] as const

interface Expiring {
  readonly agency: AgencyCode
  readonly ours: boolean
  readonly fingerprint: string
  readonly notAfter: Date
  /** The agency has another certificate that is valid longer. */
  readonly renewed: boolean
}

/**
 * Tells of certificates that end soon, ours and our partners': an event for each of our agencies, a line in the log and a
 * notice in the store, each threshold once. What was renewed, taken away or had ended long ago is no notice any more.
 */
export async function tellExpiring(deps: ExpiryDeps): Promise<void> {
  const { store, clock } = deps
  const now = clock.now()
  const open = new Map((await notices.open(store.read, 'certificate-expiring')).map((one) => [one.subject, one]))
  for (const certificate of certificatesOf(deps, now)) {
    const subject = `${certificate.fingerprint} ${certificate.agency}`
    const level = levelOf(certificate.notAfter, now)
    const told = open.get(subject)
    if (level === undefined) continue
    open.delete(subject)
    if (told === undefined || level < told.level) await tell(deps, certificate, subject, level, now)
  }
  for (const over of open.values())
    await store.transact((tx) => notices.end(tx, 'certificate-expiring', over.subject, now))
}

async function tell(
  { store, locals, ids, log }: ExpiryDeps,
  { agency, ours, fingerprint, notAfter, renewed }: Expiring,
  subject: string,
  level: Notice['level'],
  at: Date,
): Promise<void> {
  const data = { fingerprint, notAfter: notAfter.toISOString(), days: level, ours, renewed }
  const isNews = await store.transact(async (tx) => {
    if (!(await notices.raise(tx, { kind: 'certificate-expiring', subject, agency, level, data }, at))) return false
    const hearers = ours ? [agency] : locals
    for (const hearer of hearers)
      await events.add(tx, ids, {
        agency: hearer,
        ...(ours ? {} : { counterpart: agency }),
        type: 'certificate-expiring',
        at,
        data,
      })
    return true
  })
  if (!isNews) return // another process told it
  const fields = { agency, ...data }
  const message = level === 0 ? 'a certificate has expired' : 'a certificate expires soon'
  if (ours && !renewed && level <= 7) log.error(fields, message)
  else if (!renewed) log.warn(fields, message)
  else log.info(fields, message)
}

/** Of each agency that takes part: those it signs with here, and those that the directory has. */
function certificatesOf({ directory, keys, locals }: ExpiryDeps, now: Date): Expiring[] {
  const bound = directory
    .list()
    .filter(({ code }) => directory.isActive(code, now))
    .flatMap(({ code, certificates }) =>
      certificates.map((one) => ({ ...one, agency: code, ours: locals.includes(code) })),
    )
  const own = keys.list().map(({ agency, signer: { certificate } }) => ({ ...certificate, agency, ours: true }))
  const all = new Map([...bound, ...own].map((one) => [`${one.fingerprint} ${one.agency}`, one]))
  const latest = new Map<AgencyCode, number>()
  for (const { agency, notAfter } of all.values())
    latest.set(agency, Math.max(latest.get(agency) ?? 0, notAfter.getTime()))
  return [...all.values()].map(({ agency, ours, fingerprint, notAfter }) => {
    const renewed = (latest.get(agency) ?? 0) > notAfter.getTime()
    return { agency, ours, fingerprint, notAfter, renewed }
  })
}

const DAY_MS = 24 * 60 * 60 * 1000
/** A certificate that ended longer ago than this is told of no more: it stays only as a record. */
const OVER_MS = 30 * DAY_MS

/** The last threshold that was passed; undefined when none was, or the end is long past. */
function levelOf(notAfter: Date, now: Date): number | undefined {
  const leftMs = notAfter.getTime() - now.getTime()
  if (leftMs < -OVER_MS) return undefined
  return expiryDays.filter((days) => leftMs <= days * DAY_MS).at(-1)
}
