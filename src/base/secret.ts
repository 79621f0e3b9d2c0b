import { inspect } from 'node:util'

/**
 * A password, a PIN, or what else nobody may see. Printed, logged, put into text or JSON, or cloned to another thread, it
 * shows its name and never itself. `reveal` is for the line that hands it to whoever checks it, and for no variable.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return BLANK
  }

  toJSON(): string {
    return BLANK
  }

  [Symbol.toPrimitive](): string {
    return BLANK
  }

  [inspect.custom](): string {
    return BLANK
  }
}

const BLANK = '[secret]'
