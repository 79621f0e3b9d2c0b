import type { Reach } from './reach.ts'
import { inherited, signatureFields } from './signature-fields.ts'
import { StructureChanges } from './structure-change.ts'
import {
  canonicalText,
  differingKeys,
  isArray,
  isDictionary,
  isReference,
  isString,
  nameOf,
  type PdfDictionary,
  type PdfValue,
  referencesIn,
} from './values.ts'
import type { View } from './view.ts'

/** What a change is. `content`: anything that is not known to be harmless. */
export type ChangeKind =
  | 'signature'
  | 'time-stamp'
  | 'validation-data'
  | 'metadata'
  | 'annotation'
  | 'form-value'
  | 'content'

/** What the change of one object is. Several kinds where it is several things at once. */
export type Explain = (n: number) => readonly ChangeKind[]

/** Explains changes between two views of one file; what it does not recognise is `content`. */
export function explainer(signed: View, now: View, reach: Reach): Explain {
  const explained = new Explanation(signed, now, reach)
  return (n) => {
    const before = signed.object(n)
    const after = now.object(n)
    if (before === undefined || after === undefined || signed.generation(n) !== now.generation(n)) return CONTENT
    if (before.streamStart !== undefined || after.streamStart !== undefined) return explained.stream(n)
    return explained.value(n, before.value, after.value)
  }
}

const CONTENT: readonly ChangeKind[] = ['content']
const SIGNATURE: readonly ChangeKind[] = ['signature']

/** Keys of the document information that tools write at each saving (ISO 32000-2 §14.3.3). */
const INFO_KEYS = new Set(['Title', 'Author', 'Subject', 'Keywords', 'Creator', 'Producer', 'CreationDate', 'ModDate'])
/** Keys that filling an empty signature field may set. */
const SIGNING_KEYS = new Set(['V', 'AP', 'AS', 'F', 'M', 'MK', 'DA', 'P'])
/** Keys that filling another field may set. */
const FILLING_KEYS = new Set(['V', 'AP', 'AS', 'MK', 'M', 'I', 'DA'])
const CATALOG_KEYS = new Set(['AcroForm', 'DSS', 'Extensions', 'Metadata', 'Version', 'Perms'])

class Explanation {
  readonly #signed: View
  readonly #now: View
  readonly #reach: Reach
  readonly #structure: StructureChanges

  constructor(signed: View, now: View, reach: Reach) {
    this.#signed = signed
    this.#now = now
    this.#reach = reach
    const isSignature = (widget: PdfDictionary): boolean =>
      this.#isWidget(now, widget) && this.#signatureKind(widget) !== undefined
    this.#structure = new StructureChanges(signed, now, reach, isSignature)
  }

  /** Metadata that nothing but the catalog uses, and the look of a form field that nothing but fields use. */
  stream(n: number): readonly ChangeKind[] {
    const { entries } = this.#signed.catalog
    if (isTo(entries.get('Metadata'), n) && this.#isUsedOnlyBy(n, new Set([this.#rootNumber]))) return ['metadata']
    const users = [...(this.#reach.referrers.get(n) ?? [])]
    const areFields = users.every((user) => {
      const field = this.#signed.object(user)?.value
      return (
        isDictionary(field) && this.#isWidget(this.#signed, field) && inherited(this.#signed, field, 'FT') !== undefined
      )
    })
    return users.length > 0 && areFields ? ['form-value'] : CONTENT
  }

  value(n: number, before: PdfValue, after: PdfValue): readonly ChangeKind[] {
    const { entries } = this.#signed.catalog
    const form = this.#signed.resolve(entries.get('AcroForm'))
    if (isArray(before) && isArray(after)) {
      if (isDictionary(form) && isTo(form.entries.get('Fields'), n))
        return this.#isUsedOnlyBy(n, new Set([this.#formNumber])) ? this.#fieldList(before, after) : CONTENT
      if (this.#isValidationData(n)) return ['validation-data']
      if (this.#structure.explains(n, before, after)) return SIGNATURE
      return this.#isUsedOnlyByAnnotationsOfPages(n) ? this.#annotations(before, after) : CONTENT
    }
    if (!isDictionary(before) || !isDictionary(after)) return CONTENT
    if (n === this.#rootNumber) return this.#catalog(before, after)
    if (isTo(entries.get('AcroForm'), n)) return this.#form(before, after)
    if (isDictionary(form) && isTo(form.entries.get('DR'), n))
      return this.#isUsedOnlyBy(n, new Set([this.#formNumber])) && this.#isAddedTo(before, after)
        ? ['metadata']
        : CONTENT
    if (this.#isValidationData(n)) return ['validation-data']
    if (isTo(this.#signed.trailer.entries.get('Info'), n)) return this.#information(n, before, after)
    if (nameOf(before.entries.get('Type')) === 'Page') return this.#page(before, after)
    if (this.#structure.explains(n, before, after)) return SIGNATURE
    return this.#isUsedOnlyAsField(n) ? this.#field(before, after) : CONTENT
  }

  /** The object in which the form is written. */
  get #formNumber(): number {
    const form = this.#signed.catalog.entries.get('AcroForm')
    return isReference(form) ? form.n : this.#rootNumber
  }

  get #rootNumber(): number {
    const root = this.#signed.trailer.entries.get('Root')
    return isReference(root) ? root.n : -1
  }

  #catalog(before: PdfDictionary, after: PdfDictionary): readonly ChangeKind[] {
    const kinds: ChangeKind[] = []
    for (const key of differingKeys(before, after)) {
      const [old, fresh] = [before.entries.get(key), after.entries.get(key)]
      if (!CATALOG_KEYS.has(key) || (key === 'Perms' && old !== undefined)) return CONTENT
      if (key === 'AcroForm') {
        // a form that is another object, or was written into the catalog: its two states are compared here
        const [oldForm, newForm] = [this.#signed.resolve(old), this.#now.resolve(fresh)]
        if (!isDictionary(newForm)) return CONTENT
        kinds.push(...this.#form(isDictionary(oldForm) ? oldForm : emptyForm, newForm))
      } else if (key === 'DSS') kinds.push('validation-data')
      else kinds.push('metadata')
    }
    return kinds
  }

  #form(before: PdfDictionary, after: PdfDictionary): readonly ChangeKind[] {
    const kinds: ChangeKind[] = []
    for (const key of differingKeys(before, after)) {
      const [old, fresh] = [before.entries.get(key), after.entries.get(key)]
      if (key === 'SigFlags') continue
      if (key === 'Fields') {
        const [oldList, newList] = [this.#signed.resolve(old), this.#now.resolve(fresh)]
        kinds.push(...this.#fieldList(oldList, newList))
      } else if (key === 'DR' && this.#isAddedTo(old ?? null, fresh ?? null)) continue
      else if (key !== 'DA' || old !== undefined) return CONTENT
    }
    return kinds.length === 0 ? ['metadata'] : kinds
  }

  /** Resources for fields (§12.7.3): every name that was there stands for what it stood for; what is added has new names. */
  #isAddedTo(before: PdfValue, after: PdfValue, depth = 0): boolean {
    if (before === null) return true
    const [old, fresh] = [this.#signed.resolve(before), this.#now.resolve(after)]
    if (depth > 1 || !isDictionary(old) || !isDictionary(fresh)) return canonicalText(before) === canonicalText(after)
    return [...old.entries].every(([key, value]) => this.#isAddedTo(value, fresh.entries.get(key) ?? null, depth + 1))
  }

  /** What was there stays, in its order; what is added are signature fields that hold a signature. */
  #fieldList(before: PdfValue, after: PdfValue): readonly ChangeKind[] {
    return this.#additions(before, after).map((field) => {
      const dictionary = this.#now.resolve(field)
      if (!isDictionary(dictionary)) return 'content'
      // a signed field that stood on a page only: listing it shows nothing new
      if (isReference(field) && this.#signed.object(field.n) !== undefined && this.#isSigned(dictionary))
        return 'signature'
      return this.#signatureKind(dictionary) ?? 'form-value'
    })
  }

  #page(before: PdfDictionary, after: PdfDictionary): readonly ChangeKind[] {
    return differingKeys(before, after).flatMap((key) => {
      const [old, fresh] = [before.entries.get(key), after.entries.get(key)]
      if (key === 'Annots') return this.#annotations(this.#signed.resolve(old), this.#now.resolve(fresh))
      // the order in which the tabulator leads through the fields, which a signer of a tagged document adds
      return key === 'Tabs' && old === undefined && nameOf(fresh) !== undefined ? ['metadata'] : CONTENT
    })
  }

  #annotations(before: PdfValue, after: PdfValue): readonly ChangeKind[] {
    return this.#additions(before, after).map((annotation) => {
      const dictionary = this.#now.resolve(annotation)
      const isNew = isReference(annotation) && this.#signed.object(annotation.n) === undefined
      if (!isDictionary(dictionary) || !isNew) return 'content'
      const kind = this.#isWidget(this.#now, dictionary) ? this.#signatureKind(dictionary) : undefined
      // a time stamp is not judged yet, so it may show nothing; what a signature shows is answered for by its signer
      return kind === undefined || (kind === 'time-stamp' && this.#isVisible(dictionary)) ? 'annotation' : kind
    })
  }

  /** Items added to a list; `[null]`, which is no field, when the list was not only added to. */
  #additions(before: PdfValue, after: PdfValue): readonly PdfValue[] {
    const old = isArray(before) ? before.items : []
    if (!isArray(after) || (before !== null && !isArray(before))) return [null]
    const kept = old.every((item, i) => canonicalText(item) === canonicalText(after.items[i] ?? null))
    return kept && after.items.length >= old.length ? after.items.slice(old.length) : [null]
  }

  /** Signing an empty signature field, or filling another one. */
  #field(before: PdfDictionary, after: PdfDictionary): readonly ChangeKind[] {
    const type = inherited(this.#signed, before, 'FT')
    if (type === undefined) return CONTENT
    const keys = differingKeys(before, after)
    if (type !== 'Sig') return keys.every((key) => FILLING_KEYS.has(key)) ? ['form-value'] : CONTENT
    const wasEmpty = this.#valueOf(this.#signed, before) === null
    const kind = this.#signatureKind(after)
    const isSigning = (key: string): boolean =>
      SIGNING_KEYS.has(key) || (key === 'StructParent' && !before.entries.has(key))
    if (!wasEmpty || kind === undefined || !keys.every(isSigning)) return CONTENT
    return kind === 'time-stamp' && this.#isVisible(after) ? ['form-value'] : [kind]
  }

  #information(n: number, before: PdfDictionary, after: PdfDictionary): readonly ChangeKind[] {
    const harmless = differingKeys(before, after).every((key) => {
      const value = after.entries.get(key)
      return INFO_KEYS.has(key) && (value === undefined || isString(value))
    })
    return harmless && this.#isUsedOnlyBy(n, new Set([0])) ? ['metadata'] : CONTENT
  }

  /**
   * What the value of a signature field is; nothing where it is no signature field, or empty. Only a signature that is
   * judged, and that the signed file did not have, answers for what its field shows: who borrows one that was there, or
   * names one that nobody finds, shows what he likes.
   */
  #signatureKind(field: PdfDictionary): 'signature' | 'time-stamp' | undefined {
    const written = this.#writtenValue(this.#now, field)
    if (!this.#isSigned(field) || !isReference(written) || !this.#newSignatures.has(written.n)) return undefined
    const value = this.#now.resolve(written)
    const form = isDictionary(value) ? nameOf(this.#now.resolve(value.entries.get('SubFilter'))) : undefined
    return form === 'ETSI.RFC3161' ? 'time-stamp' : 'signature'
  }

  #found: ReadonlySet<number> | undefined

  /** The numbers of the signatures that are judged and that the signed file did not have. */
  get #newSignatures(): ReadonlySet<number> {
    this.#found ??= new Set(
      signatureFields(this.#now)
        .map(({ object }) => object)
        .filter((n) => this.#signed.object(n) === undefined),
    )
    return this.#found
  }

  /** Whether it is a signature field that holds one, whosever. */
  #isSigned(field: PdfDictionary): boolean {
    return inherited(this.#now, field, 'FT') === 'Sig' && isDictionary(this.#valueOf(this.#now, field))
  }

  /** The value of a field, or of the field whose widget it is. */
  #valueOf(view: View, field: PdfDictionary): PdfValue {
    return view.resolve(this.#writtenValue(view, field))
  }

  #writtenValue(view: View, field: PdfDictionary): PdfValue | undefined {
    const parent = view.resolve(field.entries.get('Parent'))
    return field.entries.get('V') ?? (isDictionary(parent) ? parent.entries.get('V') : undefined)
  }

  #isVisible(widget: PdfDictionary): boolean {
    const rectangle = this.#now.resolve(widget.entries.get('Rect'))
    const [left, bottom, right, top] = isArray(rectangle) ? rectangle.items : []
    return left !== right && bottom !== top
  }

  #isWidget(view: View, { entries }: PdfDictionary): boolean {
    return nameOf(view.resolve(entries.get('Subtype'))) === 'Widget'
  }

  /** Whether the object belongs to the document security store and to nothing else. */
  #isValidationData(n: number): boolean {
    this.#store ??= this.#readStore()
    return n !== this.#rootNumber && this.#store.has(n) && this.#isUsedOnlyBy(n, this.#store)
  }

  #store: ReadonlySet<number> | undefined

  /** The document security store, with the catalog that leads to it. */
  #readStore(): ReadonlySet<number> {
    const inside = new Set<number>([this.#rootNumber])
    const open: PdfValue[] = [this.#signed.catalog.entries.get('DSS') ?? null]
    for (let next = open.pop(); next !== undefined; next = open.pop())
      for (const reference of referencesIn(next)) {
        if (inside.has(reference.n)) continue
        inside.add(reference.n)
        open.push(this.#signed.object(reference.n)?.value ?? null)
      }
    return inside
  }

  #isUsedOnlyByAnnotationsOfPages(n: number): boolean {
    return this.#users(n).every((page) => isDictionary(page) && isPageAnnotating(page, n))
  }

  /** Whether nothing uses the object as anything but a field: the form, its lists, other fields, pages, the structure. */
  #isUsedOnlyAsField(n: number): boolean {
    return this.#users(n).every((user) => {
      if (isArray(user)) return true
      if (!isDictionary(user)) return false
      const type = nameOf(user.entries.get('Type'))
      if (type === 'Page') return isPageAnnotating(user, n)
      if (user === this.#signed.object(this.#formNumber)?.value || type === 'StructElem' || type === 'OBJR') return true
      return inherited(this.#signed, user, 'FT') !== undefined || user.entries.has('Kids')
    })
  }

  #users(n: number): readonly PdfValue[] {
    return [...(this.#reach.referrers.get(n) ?? [])].map((user) => this.#signed.object(user)?.value ?? null)
  }

  #isUsedOnlyBy(n: number, users: ReadonlySet<number>): boolean {
    return [...(this.#reach.referrers.get(n) ?? [])].every((user) => users.has(user))
  }
}

const emptyForm: PdfDictionary = { kind: 'dictionary', entries: new Map(), start: 0, end: 0 }

function isPageAnnotating(page: PdfDictionary, n: number): boolean {
  if (nameOf(page.entries.get('Type')) !== 'Page') return false
  return [...page.entries].every(
    ([key, value]) => key === 'Annots' || ![...referencesIn(value)].some((one) => one.n === n),
  )
}

function isTo(value: PdfValue | undefined, n: number): boolean {
  return isReference(value) && value.n === n
}
