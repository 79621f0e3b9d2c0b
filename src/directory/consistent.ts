import { GatewayError } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { Agency } from './agency.ts'

/**
 * The directory as it would be with these entries in place of what it has under their codes.
 * @param code What it is called when two agencies do not go together: entered by hand, or by a signed directory
 * @throws {GatewayError} this code, naming the two
 */
export function requireConsistent(
  present: readonly Agency[],
  entries: readonly Agency[],
  code: 'config-invalid' | 'directory-inconsistent',
): Agency[] {
  try {
    return consistent(present, entries)
  } catch (error) {
    if (!(error instanceof Contradiction)) throw error
    throw new GatewayError(code, error.message, { value: error.value })
  }
}

function consistent(present: readonly Agency[], entries: readonly Agency[]): Agency[] {
  requireOnce(entries)
  const merged = new Map([...present, ...entries].map((agency) => [agency.code, agency]))
  requireOwnForms(merged)
  for (const agency of entries) requireRelatives(agency, merged)
  requireNoStrangersUnderOneCertificate(merged)
  return [...merged.values()]
}

type Agencies = ReadonlyMap<AgencyCode, Agency>

function requireOnce(entries: readonly Agency[]): void {
  const seen = new Set<AgencyCode>()
  for (const { code } of entries) {
    if (seen.has(code)) throw new Contradiction(`${code} stands twice in what is to be entered.`, code)
    seen.add(code)
  }
}

function requireOwnForms(agencies: Agencies): void {
  const owners = new Map<string, AgencyCode>()
  for (const { code, wireCode } of agencies.values())
    for (const form of [code, wireCode]) {
      const owner = owners.get(form) ?? code
      if (owner !== code) throw new Contradiction(`${owner} and ${code} would both be written ${form}.`, form)
      owners.set(form, code)
    }
}

function requireRelatives(agency: Agency, agencies: Agencies): void {
  const { code, parent, successor } = agency
  for (const [relation, other] of Object.entries({ parent, successor }))
    if (other !== undefined && !agencies.has(other))
      throw new Contradiction(`${code} names ${other} as its ${relation}, which the directory does not have.`, other)
  for (const above of superiors(agency, agencies))
    if (above === code) throw new Contradiction(`${code} would be above itself.`, code)
}

/**
 * One certificate may be bound to an agency and to units below it, where both were entered so. Bound to two of which
 * neither is above the other and none of the bound ones is above both, it is a mistake or an attack.
 */
function requireNoStrangersUnderOneCertificate(agencies: Agencies): void {
  const holders = new Map<string, Agency[]>()
  for (const agency of agencies.values())
    for (const { fingerprint } of agency.certificates)
      holders.set(fingerprint, [...(holders.get(fingerprint) ?? []), agency])
  for (const [fingerprint, those] of holders) {
    const isHead = (head: Agency): boolean =>
      those.every((one) => one === head || superiors(one, agencies).includes(head.code))
    if (!those.some(isHead)) {
      const names = those.map(({ code }) => code).join(' and ')
      throw new Contradiction(
        `The certificate ${fingerprint} would sign for ${names}, of which none is above the other.`,
        fingerprint,
      )
    }
  }
}

/** Parent, its parent, and so on; ends before it would go round. */
function superiors(agency: Agency, agencies: Agencies): AgencyCode[] {
  const above: AgencyCode[] = []
  for (let next = agency.parent; next !== undefined && !above.includes(next); next = agencies.get(next)?.parent)
    above.push(next)
  return above
}

class Contradiction extends Error {
  readonly value: string

  constructor(message: string, value: string) {
    super(message)
    this.value = value
  }
}
