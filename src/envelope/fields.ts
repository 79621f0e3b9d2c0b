import { QCVN } from './names.ts'
import type { ElementView } from './skeleton.ts'
import { isAbsent } from './xml-text.ts'

/**
 * One element of edXML and its children by local name, in any order (edXML notes §4.11, TOL-01 and TOL-03). What is
 * empty or the word null is absent (TOL-07); texts are never changed.
 */
export class Fields {
  readonly #view: ElementView

  constructor(view: ElementView) {
    this.#view = view
  }

  /** The text of the child. */
  text(name: string): string | undefined {
    return textOf(this.#children(name)[0])
  }

  /** The child with its own children; undefined when there is none or all of it is absent. */
  child(name: string): Fields | undefined {
    return this.all(name)[0]
  }

  /** All children of this name that hold anything. */
  all(name: string): Fields[] {
    return this.#children(name)
      .filter(holdsAnything)
      .map((view) => new Fields(view))
  }

  /** The texts of all children of this name. */
  texts(name: string): string[] {
    return this.#children(name)
      .map(textOf)
      .filter((text) => text !== undefined)
  }

  #children(name: string): ElementView[] {
    return this.#view.children.filter((child) => child.name === name && child.namespace === QCVN)
  }
}

/** Whether there is any text in or below the element. */
export function holdsAnything(view: ElementView): boolean {
  return view.children.length === 0 ? !isAbsent(view.text) : view.children.some(holdsAnything)
}

/** The object without its undefined fields: in a message an absent field is absent. */
export function present<T extends object>(fields: { [Key in keyof T]-?: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

function textOf(view: ElementView | undefined): string | undefined {
  return view === undefined || isAbsent(view.text) ? undefined : view.text
}
