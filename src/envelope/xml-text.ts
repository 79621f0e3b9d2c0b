import { GatewayError } from '../base/index.ts'

/**
 * Text in canonical form: `&`, `<`, `>` and CR escaped, nothing else touched. What a parser reads back is what stood here,
 * U+0085, U+2028 and every normalisation form included (Canonical XML 1.0 §2.3).
 */
export function escapeText(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (character) => escapes[character] ?? character) : text
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' }

/** Whether a reader takes this text as no text at all: nothing, white space only, or the word null (edXML notes §4.11, TOL-07). */
export function isAbsent(text: string): boolean {
  return /^[ \t\r\n]*(null)?[ \t\r\n]*$/.test(text)
}

/**
 * The text when it can be written so that every reader reads the same; undefined when it is empty or white space only,
 * which on the wire means absent.
 * @param field JSON pointer into the message.
 * @throws {GatewayError} document-invalid: a character that XML 1.0 does not have, or the word `null` alone
 */
export function writableText(text: string, field: string): string | undefined {
  const wrong = NOT_XML.exec(text)
  if (wrong !== null) {
    const name = `U+${(wrong[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    throw new GatewayError('document-invalid', `${field} holds ${name}, which XML cannot carry: leave it out.`, {
      field,
      value: name,
      expected: 'characters of XML 1.0',
    })
  }
  if (!isAbsent(text)) return text
  if (!text.includes('null')) return undefined
  throw new GatewayError('document-invalid', `${field} is the word null, which readers take as absent: leave it out.`, {
    field,
    value: 'null',
    expected: 'a text, or no field',
    rule: 'TOL-07',
  })
}

/** Control characters, lone surrogates, U+FFFE and U+FFFF (XML 1.0 §2.2). */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
