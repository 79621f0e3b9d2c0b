import { limits } from '../base/index.ts'
import type { Reach } from './reach.ts'
import {
  canonicalText,
  countOf,
  differingKeys,
  isArray,
  isDictionary,
  isReference,
  nameOf,
  type PdfDictionary,
  type PdfValue,
  referencesIn,
} from './values.ts'
import type { View } from './view.ts'

/**
 * What a further signature may do to the structure of a tagged document (ISO 32000-2 §14.7): its widget becomes an
 * element that holds nothing but that widget, its parents list it, and the parent tree leads back to it. Everything that
 * was there stays as it was, since the structure is what a document says to who listens instead of looking.
 */
export class StructureChanges {
  readonly #signed: View
  readonly #now: View
  readonly #reach: Reach
  readonly #isSignature: (widget: PdfDictionary) => boolean
  #treeMayChange: boolean | undefined

  /** @param isSignature whether a widget, as the file shows it now, is that of a field that holds a signature */
  constructor(signed: View, now: View, reach: Reach, isSignature: (widget: PdfDictionary) => boolean) {
    this.#signed = signed
    this.#now = now
    this.#reach = reach
    this.#isSignature = isSignature
  }

  /** Whether the change of object `n` only gives a signature its place in the structure. */
  explains(n: number, before: PdfValue, after: PdfValue): boolean {
    const root = this.#signed.catalog.entries.get('StructTreeRoot')
    if (!isReference(root)) return false
    if (this.#tree.objects.has(n)) return this.#parentTreeIsKept()
    if (isArray(before) && isArray(after)) return this.#isUsedOnlyUnder(n, KIDS) && this.#kidsAreKept(before, after)
    if (!isDictionary(before) || !isDictionary(after)) return false
    if (!this.#isUsedOnlyUnder(n, n === root.n ? ROOT_USES : ELEMENT_USES)) return false
    return differingKeys(before, after).every((key) => {
      const [old, fresh] = [before.entries.get(key), after.entries.get(key)]
      if (key === 'K') return this.#kidsAreKept(old, fresh)
      if (n !== root.n) return false
      if (key === 'ParentTree') return this.#parentTreeIsKept()
      return key === 'ParentTreeNextKey' && (countOf(fresh) ?? -1) >= (countOf(old) ?? 0)
    })
  }

  /** All kids that were there, in their order; what is added among them are elements of signatures. */
  #kidsAreKept(before: PdfValue | undefined, after: PdfValue | undefined): boolean {
    const [old, fresh] = [itemsOf(this.#signed, before), itemsOf(this.#now, after)]
    let kept = 0
    for (const item of fresh)
      if (kept < old.length && canonicalText(item) === canonicalText(old[kept] ?? null)) kept++
      else if (!this.#isSignatureElement(item)) return false
    return kept === old.length
  }

  #parentTreeIsKept(): boolean {
    this.#treeMayChange ??= this.#isTreeOfItsOwn() && this.#entriesAreKept()
    return this.#treeMayChange
  }

  #entriesAreKept(): boolean {
    const [old, fresh] = [this.#tree.entries, readTree(this.#now).entries]
    if (old === undefined || fresh === undefined) return false
    const kept = [...old].every(([key, value]) => canonicalText(value) === canonicalText(fresh.get(key) ?? null))
    return kept && [...fresh].every(([key, value]) => old.has(key) || this.#isSignatureElement(value))
  }

  #known: ParentTree | undefined

  get #tree(): ParentTree {
    this.#known ??= readTree(this.#signed)
    return this.#known
  }

  /** Whether what the tree is made of is used as nothing else: a number tree is written like a tree of pages. */
  #isTreeOfItsOwn(): boolean {
    const { objects } = this.#tree
    const isInside = (user: number, n: number): boolean => objects.has(user) || this.#refersOnlyUnder(user, n, TREE)
    return [...objects].every((n) => [...(this.#reach.referrers.get(n) ?? [])].every((user) => isInside(user, n)))
  }

  /** A new element that holds the widgets of signatures, or elements like it, and shows and says nothing else. */
  #isSignatureElement(item: PdfValue, depth = 0): boolean {
    if (depth > MOST_NESTED || !isReference(item) || this.#signed.entry(item.n) !== undefined) return false
    const element = this.#now.resolve(item)
    if (!isDictionary(element) || nameOf(element.entries.get('S')) === undefined) return false
    if (![...element.entries.keys()].every((key) => SIGNATURE_ELEMENT_KEYS.has(key))) return false
    const kids = itemsOf(this.#now, element.entries.get('K'))
    const holdsSignature = (kid: PdfValue): boolean => this.#isSignatureElement(kid, depth + 1) || this.#isToWidget(kid)
    return kids.length > 0 && kids.length <= limits.pdfSignatures && kids.every(holdsSignature)
  }

  /** An object reference (§14.7.5.3) to the widget of a signature. */
  #isToWidget(kid: PdfValue): boolean {
    const reference = this.#now.resolve(kid)
    if (!isDictionary(reference) || nameOf(reference.entries.get('Type')) !== 'OBJR') return false
    if (![...reference.entries.keys()].every((key) => OBJECT_REFERENCE_KEYS.has(key))) return false
    const widget = this.#now.resolve(reference.entries.get('Obj'))
    return isDictionary(widget) && this.#isSignature(widget)
  }

  /** Whether everything that refers to the object does so under these keys, in lists that are used so too. */
  #isUsedOnlyUnder(n: number, keys: ReadonlySet<string>, depth = 0): boolean {
    const users = [...(this.#reach.referrers.get(n) ?? [])]
    return users.length > 0 && users.every((user) => this.#usesOnlyUnder(user, n, keys, depth))
  }

  #usesOnlyUnder(user: number, n: number, keys: ReadonlySet<string>, depth: number): boolean {
    if (isArray(this.#signed.object(user)?.value)) return depth < 2 && this.#isUsedOnlyUnder(user, keys, depth + 1)
    return this.#refersOnlyUnder(user, n, keys)
  }

  #refersOnlyUnder(user: number, n: number, keys: ReadonlySet<string>): boolean {
    const value = this.#signed.object(user)?.value
    if (!isDictionary(value)) return false
    return [...value.entries].every(([key, held]) => keys.has(key) || ![...referencesIn(held)].some((to) => to.n === n))
  }
}

/** Under these keys nothing is looked for that is drawn. `SE`, `SD` and `Ref` lead to elements from outlines and links. */
const KIDS: ReadonlySet<string> = new Set(['K'])
const ELEMENT_USES: ReadonlySet<string> = new Set(['K', 'P', 'SE', 'SD', 'Ref', 'Nums', 'Names'])
const ROOT_USES: ReadonlySet<string> = new Set(['StructTreeRoot', 'P'])
const TREE: ReadonlySet<string> = new Set(['ParentTree'])
/** Without text that is read out instead of what the element holds, and without attributes. */
const SIGNATURE_ELEMENT_KEYS = new Set(['Type', 'S', 'P', 'Pg', 'K', 'T', 'Lang', 'ID'])
const OBJECT_REFERENCE_KEYS = new Set(['Type', 'Obj', 'Pg'])
/** Elements around the element of a widget: a section, a paragraph. */
const MOST_NESTED = 3

interface ParentTree {
  /** Key → the element, or the list of elements, that a page or an annotation belongs to; absent where it is no tree. */
  readonly entries: ReadonlyMap<number, PdfValue> | undefined
  /** The objects that the tree itself is made of. */
  readonly objects: ReadonlySet<number>
}

/** A number tree (§7.9.7), whatever its shape. @throws pdf-unreadable */
function readTree(view: View): ParentTree {
  const objects = new Set<number>()
  const entries = new Map<number, PdfValue>()
  const broken = { entries: undefined, objects }
  const root = view.resolve(view.catalog.entries.get('StructTreeRoot'))
  const take = (value: PdfValue): PdfValue => {
    if (isReference(value)) objects.add(value.n)
    return view.resolve(value)
  }
  const open: PdfValue[] = isDictionary(root) ? [root.entries.get('ParentTree') ?? null] : []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === null) continue
    if (isReference(next) && objects.has(next.n)) return broken
    const node = take(next)
    if (!isDictionary(node)) return broken
    const [numbers, kids] = [take(node.entries.get('Nums') ?? null), take(node.entries.get('Kids') ?? null)]
    if (isArray(kids)) for (const kid of kids.items) open.push(kid)
    const pairs = isArray(numbers) ? numbers.items : []
    for (let i = 0; i < pairs.length; i += 2) {
      const key = countOf(pairs[i])
      if (key === undefined || entries.has(key)) return broken
      entries.set(key, pairs[i + 1] ?? null)
    }
  }
  return { entries, objects }
}

/** What `K` holds: nothing, one thing, or a list. */
function itemsOf(view: View, value: PdfValue | undefined): readonly PdfValue[] {
  const held = view.resolve(value)
  if (isArray(held)) return held.items
  return value === undefined || held === null ? [] : [value]
}
