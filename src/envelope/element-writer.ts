import { PREFIX } from './names.ts'
import { escapeText, writableText } from './xml-text.ts'

/**
 * Elements as indented text that is already canonical: no self-closing tags, no attributes but the given ones, LF only.
 * So the octets to digest are this text with the namespace declaration of the apex added (Exclusive XML C14N 1.0 §3).
 */
export class ElementWriter {
  #text = ''
  #depth: number
  readonly #prefix: string

  /** @param depth Indentation of the first element, in steps of two spaces. */
  constructor(depth: number, prefix = `${PREFIX}:`) {
    this.#depth = depth
    this.#prefix = prefix
  }

  /** An element with children. `attributes` is canonical text such as ` version="1.0"`. */
  element(name: string, children: () => void, attributes = ''): void {
    this.#line(`<${this.#prefix}${name}${attributes}>`)
    this.#depth += 1
    children()
    this.#depth -= 1
    this.#line(`</${this.#prefix}${name}>`)
  }

  /** An element with text, left out when there is none. @param field JSON pointer, for the error. */
  leaf(name: string, text: string | undefined, field: string): void {
    const content = text === undefined ? undefined : writableText(text, field)
    if (content === undefined) return
    this.#line(`<${this.#prefix}${name}>${escapeText(content)}</${this.#prefix}${name}>`)
  }

  /** A list of texts in an element of its own, left out when the list is empty. */
  list(name: string, item: string, texts: readonly string[] | undefined, field: string): void {
    if (texts === undefined || texts.length === 0) return
    this.element(name, () => {
      texts.forEach((text, index) => {
        this.leaf(item, text, `${field}/${index}`)
      })
    })
  }

  get text(): string {
    return this.#text
  }

  #line(text: string): void {
    this.#text += `${'  '.repeat(this.#depth)}${text}\n`
  }
}
