import type { Budget } from './budget.ts'
import type { Section } from './cross-reference.ts'
import { type ChangeKind, explainer } from './explained-change.ts'
import { pageNumbers, reachOf } from './reach.ts'
import { strangeOctets } from './tail.ts'
import { canonicalText, type PdfObject } from './values.ts'
import type { View } from './view.ts'

/** What was added to a file after a signature. */
export interface Change {
  readonly kind: ChangeKind
  /** `page 3`, `object 12`, `octets at 10233`. */
  readonly what: string
}

/**
 * What the later savings of a file changed in what an earlier one shows. Every object that differs must be explained by
 * something that may follow a signature; what is not explained is content. So nothing needs to be known about how a
 * page is drawn, and an object that becomes visible only by being redefined is a change like every other.
 * @param newer The sections of `now` that `signed` does not have.
 * @throws pdf-unreadable
 */
export function changesBetween(signed: View, now: View, newer: readonly Section[], budget: Budget): Change[] {
  const strange = strangeOctets(now, signed.octets.length, newer, budget)
  const changes: Change[] = strange === undefined ? [] : [{ kind: 'content', what: `octets at ${strange}` }]
  if (!sameText(signed, now, 'Root') || now.trailer.entries.has('Encrypt'))
    changes.push({ kind: 'content', what: 'trailer' })
  if (!sameText(signed, now, 'Info')) changes.push({ kind: 'metadata', what: 'trailer' })
  const numbers = differing(signed, now, newer)
  const reach = reachOf(signed) // also where no object differs: a stream may run on into what was appended
  if (numbers.size === 0) return changes
  const pages = pageNumbers(signed)
  const explain = explainer(signed, now, reach)
  for (const n of numbers) {
    const place = placeOf(n, pages, reach.referrers)
    if (signed.object(n) === undefined) {
      // new: it is reached only through something that changed, unless the signed file referred to it already
      if (reach.dangling.has(n)) changes.push({ kind: 'content', what: place })
    } else for (const kind of explain(n)) changes.push({ kind, what: place })
  }
  return unique(changes)
}

/** Numbers of the objects that are not what they were. */
function differing(signed: View, now: View, newer: readonly Section[]): Set<number> {
  const containers = new Set(newer.flatMap(({ streams }) => streams))
  const numbers = new Set<number>()
  for (const { entries } of newer)
    for (const n of entries.keys())
      if (n !== 0 && !containers.has(n) && !numbers.has(n) && !isSame(n, signed, now)) numbers.add(n)
  // a number that stays, and becomes the container of a section, is no longer what it was
  for (const n of containers) if (signed.object(n) !== undefined && !isContainer(n, signed)) numbers.add(n)
  return numbers
}

function isContainer(n: number, { sections }: View): boolean {
  return sections.some(({ streams }) => streams.includes(n))
}

function isSame(n: number, signed: View, now: View): boolean {
  const [before, after] = [signed.object(n), now.object(n)]
  if (before === undefined || after === undefined) return before === after
  if (signed.generation(n) !== now.generation(n)) return false
  return canonicalText(before.value) === canonicalText(after.value) && sameData(before, signed, after, now)
}

function sameData(before: PdfObject, signed: View, after: PdfObject, now: View): boolean {
  if (before.streamStart === undefined || after.streamStart === undefined)
    return before.streamStart === after.streamStart
  return before.streamStart === after.streamStart || Buffer.compare(signed.data(before), now.data(after)) === 0
}

function sameText(signed: View, now: View, key: string): boolean {
  const [before = null, after = null] = [signed.trailer.entries.get(key), now.trailer.entries.get(key)]
  return canonicalText(before) === canonicalText(after)
}

/** The page that an object belongs to, as far as it is near. */
function placeOf(
  n: number,
  pages: ReadonlyMap<number, number>,
  referrers: ReadonlyMap<number, ReadonlySet<number>>,
): string {
  const page = [n, ...(referrers.get(n) ?? [])].map((one) => pages.get(one)).find((one) => one !== undefined)
  return page === undefined ? `object ${n}` : `page ${page}, object ${n}`
}

function unique(changes: readonly Change[]): Change[] {
  return [...new Map(changes.map((change) => [`${change.kind} ${change.what}`, change])).values()]
}
