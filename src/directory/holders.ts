import type { AgencyCode } from '../message/index.ts'
import type { Holder, HolderClaim, Holders } from '../pdf/index.ts'
import { folded } from '../store/index.ts'
import type { Agency } from './agency.ts'

/** What the search for a certificate's holders goes by. */
export interface KnownAgencies {
  readonly agencies: ReadonlyMap<string, Agency>
  readonly boundTo: (fingerprint: string) => Iterable<AgencyCode>
  readonly identify: (code: string) => AgencyCode | undefined
}

/**
 * The agencies that a certificate may be of, as seen from the sender of a document: those it is bound to; else the one
 * whose code it bears; else those that are called as it says. What is weaker is not asked where something stronger speaks.
 */
export function holdersOf(
  { fingerprint, identifier, names }: HolderClaim,
  sender: string,
  { agencies, boundTo, identify }: KnownAgencies,
): Holders {
  const holder = (code: string): Holder => ({
    code,
    name: agencies.get(code)?.name ?? code,
    relation: code === sender ? 'sender' : isAbove(code, sender) || isAbove(sender, code) ? 'related' : 'other',
  })
  const isAbove = (upper: string, lower: string): boolean => ancestors(lower, agencies).has(upper)
  const bound = [...boundTo(fingerprint)]
  if (bound.length > 0) return { by: 'certificate', agencies: bound.map(holder) }
  const coded = identifier === undefined ? undefined : identify(identifier)
  if (coded !== undefined) return { by: 'code', agencies: [holder(coded)] }
  const written = names.map(sameName)
  const isCalledSo = ({ name, nameEn = '' }: Agency): boolean =>
    written.some((isSame) => isSame(name) || isSame(nameEn))
  const own = agencies.get(sender)
  const called = own !== undefined && isCalledSo(own) ? [own] : [...agencies.values()].filter(isCalledSo)
  return { by: 'name', agencies: called.map(({ code }) => holder(code)) }
}

function ancestors(code: string, agencies: ReadonlyMap<string, Agency>): Set<string> {
  const found = new Set<string>()
  for (let at = agencies.get(code)?.parent; at !== undefined && !found.has(at); at = agencies.get(at)?.parent)
    found.add(at)
  return found
}

/**
 * Whether a name is the one that a certificate gives: without regard to case and spaces, and to diacritics where the
 * certificate has none, as those of Ban Cơ yếu are often written (edXML notes §7.4).
 */
function sameName(given: string): (name: string) => boolean {
  const alike = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
  const written = alike(given)
  if (written === '') return () => false
  return /^[\x20-\x7e]*$/.test(written) ? (name) => alike(folded(name)) === written : (name) => alike(name) === written
}
