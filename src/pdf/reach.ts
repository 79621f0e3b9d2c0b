import { isArray, isDictionary, isReference, nameOf, type PdfValue, referencesIn } from './values.ts'
import type { View } from './view.ts'

/** Which objects of a file lead to which. */
export interface Reach {
  /** Object → the objects that refer to it; 0 is the trailer. */
  readonly referrers: ReadonlyMap<number, ReadonlySet<number>>
  /** Referred to, and not there: whoever adds such an object later changes what is shown. */
  readonly dangling: ReadonlySet<number>
}

/**
 * Walks everything that the trailer leads to, and finds each stream to end inside of what is viewed: one that ran on
 * beyond a signed part would show what was appended.
 * @throws pdf-unreadable
 */
export function reachOf(view: View): Reach {
  const referrers = new Map<number, Set<number>>()
  const dangling = new Set<number>()
  const open: { value: PdfValue; from: number }[] = [
    { value: { ...view.trailer, entries: documentKeys(view) }, from: 0 },
  ]
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const { n, generation } of referencesIn(next.value)) {
      const known = referrers.get(n)
      if (known !== undefined) {
        known.add(next.from)
        continue
      }
      referrers.set(n, new Set([next.from]))
      const object = view.object(n, generation)
      if (object === undefined) dangling.add(n)
      else {
        if (object.streamStart !== undefined) view.data(object)
        open.push({ value: object.value, from: n })
      }
    }
  return { referrers, dangling }
}

function documentKeys(view: View): Map<string, PdfValue> {
  return new Map([...view.trailer.entries].filter(([key]) => key === 'Root' || key === 'Info'))
}

/** Object number → page number, from 1. */
export function pageNumbers(view: View): Map<number, number> {
  const pages = new Map<number, number>()
  const seen = new Set<number>()
  const open: PdfValue[] = [view.catalog.entries.get('Pages') ?? null]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isReference(next) || seen.has(next.n)) continue
    seen.add(next.n)
    const node = view.resolve(next)
    if (!isDictionary(node)) continue
    const kids = view.resolve(node.entries.get('Kids'))
    if (isArray(kids)) {
      for (const kid of [...kids.items].reverse()) open.push(kid)
    } else if (nameOf(node.entries.get('Type')) === 'Page') pages.set(next.n, pages.size + 1)
  }
  return pages
}
