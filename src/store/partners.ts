import type { Clock, FailureCode, Ids } from '../base/index.ts'
import type { AgencyCode, Lane } from '../message/index.ts'
import * as audit from './audit.ts'
import * as events from './events.ts'
import type { Sql } from './sql.ts'

/**
 * How we stand with a recipient: its circuit, and whether an operator has paused it. The circuit opens after several
 * failures one after another that speak of the recipient; while it is open only a probe is let through now and then.
 */
export interface Partner {
  readonly agency: AgencyCode
  readonly circuit: 'closed' | 'open'
  /** Since something last got there, or came back. */
  readonly failures: number
  /** Of the last failure. */
  readonly cause?: FailureCode
  readonly openedAt?: Date
  readonly closedAt?: Date
  /** Probes since the circuit opened. */
  readonly probes: number
  /** When the next one is let through. */
  readonly probeAt?: Date
  readonly paused?: { readonly at: Date; readonly by: string; readonly reason: string }
}

interface PartnerRow {
  agency: AgencyCode
  circuit: 'closed' | 'open'
  failures: number
  cause: FailureCode | null
  opened_at: number | null
  closed_at: number | null
  probes: number
  probe_at: number | null
  paused_at: number | null
  paused_by: string | null
  paused_reason: string | null
}

const COLUMNS =
  'agency, circuit, failures, cause, opened_at, closed_at, probes, probe_at, paused_at, paused_by, paused_reason'

/** Those that once failed or were paused; of all others there is nothing to say. */
export async function list(sql: Sql): Promise<Partner[]> {
  return (await sql.all<PartnerRow>(`SELECT ${COLUMNS} FROM partner ORDER BY agency`)).map(partner)
}

/** It stays as it is until the unit has ended. @returns undefined for one that never failed and was never paused */
export async function find(tx: Sql, agency: AgencyCode): Promise<Partner | undefined> {
  const row = await tx.get<PartnerRow>(`SELECT ${COLUMNS} FROM partner WHERE agency = ? {{forUpdate}}`, [agency])
  return row && partner(row)
}

export async function isPaused(sql: Sql, agency: AgencyCode): Promise<boolean> {
  return (
    (await sql.get('SELECT 1 AS found FROM partner WHERE agency = ? AND paused_at IS NOT NULL', [agency])) !== undefined
  )
}

/** Who tells what happened to a circuit: in the timeline of `owner`, one of our agencies, and in the audit. */
export interface CircuitTeller {
  readonly owner: AgencyCode
  /** `gateway`, or an operator. */
  readonly actor: string
  readonly ids: Ids
  readonly clock: Clock
  /** What the audit says beside it. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/**
 * Something did not get to the recipient, or nothing came back. After `threshold` of them its circuit opens.
 * @param failure.probeWaitMs The wait before the next probe after so many
 * @param failure.calmMs A circuit that was closed for less goes on with the waits it had
 * @returns whether it opened by this one
 */
export async function failed(
  tx: Sql,
  agency: AgencyCode,
  failure: { code: FailureCode; threshold: number; probeWaitMs: (probes: number) => number; calmMs: number },
  teller: CircuitTeller,
): Promise<boolean> {
  const at = teller.clock.now().getTime()
  const row = await tx.get<PartnerRow>(
    `INSERT INTO partner (agency, failures, cause) VALUES (?, 1, ?)
     ON CONFLICT (agency) DO UPDATE SET failures = partner.failures + 1, cause = excluded.cause RETURNING ${COLUMNS}`,
    [agency, failure.code],
  )
  if (row === undefined || row.circuit === 'open' || row.failures < failure.threshold) return false
  const probes = at - (row.closed_at ?? 0) < failure.calmMs ? row.probes : 0
  await Promise.all([
    tx.run(`UPDATE partner SET circuit = 'open', opened_at = ?, probes = ?, probe_at = ? WHERE agency = ?`, [
      at,
      probes,
      at + failure.probeWaitMs(probes),
      agency,
    ]),
    tell(tx, agency, 'circuit-opened', { code: failure.code, failures: row.failures }, teller),
  ])
  return true
}

/**
 * Takes the turn of a probe that is due, and sets the next one.
 * @returns false when it is not due, when nothing on this lane could be the probe, or when another process has the turn
 */
export async function takeProbe(
  tx: Sql,
  { agency, probes }: Pick<Partner, 'agency' | 'probes'>,
  probe: { lane: Lane; at: Date; nextAt: Date },
): Promise<boolean> {
  const at = probe.at.getTime()
  const changed = await tx.run(
    `UPDATE partner SET probes = probes + 1, probe_at = ?
     WHERE agency = ? AND circuit = 'open' AND paused_at IS NULL AND probe_at <= ? AND probes = ?
       AND EXISTS (SELECT 1 FROM delivery WHERE lane = ? AND recipient = ? AND kind <> 'receipt' AND next_attempt_at <= ? AND lease_until <= ?)`,
    [probe.nextAt.getTime(), agency, at, probes, probe.lane, agency, at, at],
  )
  return changed === 1
}

/** Something got through, or came back: failures are counted anew, and an open circuit closes. @returns whether one was open */
export async function close(tx: Sql, agency: AgencyCode, teller: CircuitTeller): Promise<boolean> {
  const at = teller.clock.now()
  const changed = await tx.run(
    `UPDATE partner SET circuit = 'closed', failures = 0, cause = NULL, probe_at = NULL, closed_at = ?
     WHERE agency = ? AND circuit = 'open'`,
    [at.getTime(), agency],
  )
  if (changed === 0) {
    await tx.run('UPDATE partner SET failures = 0, cause = NULL WHERE agency = ? AND failures > 0', [agency])
    return false
  }
  await Promise.all([hasten(tx, agency, at), tell(tx, agency, 'circuit-closed', {}, teller)])
  return true
}

/** What failed before the circuit opened need not wait any longer either; what somebody is at just now is passed over. */
async function hasten(tx: Sql, agency: AgencyCode, at: Date): Promise<void> {
  await tx.run(
    `WITH late AS MATERIALIZED (SELECT id FROM delivery WHERE lane IN ('express', 'status', 'ordinary') AND recipient = ?
        AND next_attempt_at > ? AND next_attempt_at IS NOT NULL AND state = 'accepted' ORDER BY id LIMIT 1000 {{skipLocked}})
     UPDATE delivery SET next_attempt_at = ? WHERE id IN (SELECT id FROM late)`,
    [agency, at.getTime(), at.getTime()],
  )
}

async function tell(
  tx: Sql,
  agency: AgencyCode,
  type: 'circuit-opened' | 'circuit-closed',
  data: Readonly<Record<string, string | number>>,
  { owner, actor, ids, clock, detail }: CircuitTeller,
): Promise<void> {
  await Promise.all([
    events.add(tx, ids, { agency: owner, counterpart: agency, type, at: clock.now(), data }),
    audit.record(tx, { actor, action: type, subject: agency, detail: { ...data, ...detail } }, ids, clock),
  ])
}

/** Nothing is sent to it any more. @returns whether it was not so before */
export async function pause(
  tx: Sql,
  agency: AgencyCode,
  by: { at: Date; actor: string; reason: string },
): Promise<boolean> {
  const changed = await tx.run(
    `INSERT INTO partner (agency, paused_at, paused_by, paused_reason) VALUES (?, ?, ?, ?)
     ON CONFLICT (agency) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by, paused_reason = excluded.paused_reason
     WHERE partner.paused_at IS NULL`,
    [agency, by.at.getTime(), by.actor, by.reason],
  )
  return changed === 1
}

/** @returns whether it was paused */
export async function resume(tx: Sql, agency: AgencyCode): Promise<boolean> {
  const text =
    'UPDATE partner SET paused_at = NULL, paused_by = NULL, paused_reason = NULL WHERE agency = ? AND paused_at IS NOT NULL'
  return (await tx.run(text, [agency])) === 1
}

function partner(row: PartnerRow): Partner {
  return {
    agency: row.agency,
    circuit: row.circuit,
    failures: row.failures,
    ...(row.cause === null ? {} : { cause: row.cause }),
    ...(row.opened_at === null ? {} : { openedAt: new Date(row.opened_at) }),
    ...(row.closed_at === null ? {} : { closedAt: new Date(row.closed_at) }),
    probes: row.probes,
    ...(row.probe_at === null ? {} : { probeAt: new Date(row.probe_at) }),
    ...(row.paused_at === null
      ? {}
      : { paused: { at: new Date(row.paused_at), by: row.paused_by ?? '', reason: row.paused_reason ?? '' } }),
  }
}
