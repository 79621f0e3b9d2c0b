import { limits } from '../base/index.ts'
import { pageNumbers } from './reach.ts'
import { unreadable } from './unreadable.ts'
import { isArray, isDictionary, isReference, nameOf, type PdfDictionary, type PdfValue, textOf } from './values.ts'
import type { View } from './view.ts'

/** A field of the form that holds a signature. */
export interface SignatureField {
  /** `Signature1`; parts of a name are joined by dots. */
  readonly name: string
  /** The number of the object that is the signature. */
  readonly object: number
  readonly dictionary: PdfDictionary
}

/**
 * The signatures of the interactive form (ISO 32000-2 §12.7.5.5), each once, in the order of the form; then those whose
 * field stands on a page and not in the form, as some software leaves it.
 * @throws pdf-unreadable
 */
export function signatureFields(view: View): SignatureField[] {
  const found: SignatureField[] = []
  const seen = new Set<number>()
  for (const { dictionary, name } of [...fields(view), ...widgets(view)]) {
    const value = dictionary.entries.get('V')
    if (inherited(view, dictionary, 'FT') !== 'Sig' || value === undefined || view.resolve(value) === null) continue
    const signature = view.resolve(value)
    if (!isReference(value) || !isDictionary(signature))
      throw unreadable(`The field ${name} holds no signature of its own.`, 'signature-malformed')
    if (seen.has(value.n)) continue
    seen.add(value.n)
    if (found.length === limits.pdfSignatures)
      throw unreadable(`It has more than ${limits.pdfSignatures} signatures.`, 'pdf-too-complex')
    found.push({ name, object: value.n, dictionary: signature })
  }
  return found
}

/** A name that a field has itself, or from a field above it (§12.7.4.1). */
export function inherited(view: View, field: PdfDictionary, key: string): string | undefined {
  let at: PdfValue = field
  for (let steps = 0; steps < limits.pdfDepth && isDictionary(at); steps++) {
    const name = nameOf(view.resolve(at.entries.get(key)))
    if (name !== undefined) return name
    at = view.resolve(at.entries.get('Parent'))
  }
  return undefined
}

/** Every field that the form leads to. */
function* fields(view: View): Generator<{ dictionary: PdfDictionary; name: string }> {
  const form = view.resolve(view.catalog.entries.get('AcroForm'))
  if (!isDictionary(form)) return
  const open: { value: PdfValue; above: string; depth: number }[] = []
  const enter = (list: PdfValue | undefined, above: string, depth: number): void => {
    const items = view.resolve(list)
    if (isArray(items)) for (const value of [...items.items].reverse()) open.push({ value, above, depth })
  }
  enter(form.entries.get('Fields'), '', 0)
  const seen = new Set<number>()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, above, depth } = next
    if (depth > limits.pdfDepth) throw unreadable('Its form is nested too deeply.', 'pdf-too-complex')
    if (isReference(value)) {
      if (seen.has(value.n)) continue
      seen.add(value.n)
    }
    const dictionary = view.resolve(value)
    if (!isDictionary(dictionary)) continue
    const own = textOf(view.resolve(dictionary.entries.get('T')))?.slice(0, 100)
    const name = own === undefined ? above : above === '' ? own : `${above}.${own}`.slice(0, 500)
    yield { dictionary, name }
    enter(dictionary.entries.get('Kids'), name, depth + 1)
  }
}

/** Every field that a page shows. */
function* widgets(view: View): Generator<{ dictionary: PdfDictionary; name: string }> {
  for (const page of pageNumbers(view).keys()) {
    const dictionary = view.object(page)?.value
    const annotations = isDictionary(dictionary) ? view.resolve(dictionary.entries.get('Annots')) : null
    for (const item of isArray(annotations) ? annotations.items : []) {
      const widget = view.resolve(item)
      if (!isDictionary(widget) || nameOf(view.resolve(widget.entries.get('Subtype'))) !== 'Widget') continue
      yield { dictionary: widget, name: textOf(view.resolve(widget.entries.get('T')))?.slice(0, 500) ?? '' }
    }
  }
}
