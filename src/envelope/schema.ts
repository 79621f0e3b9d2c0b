import { readFileSync } from 'node:fs'
import { type ErrorDetail, XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm'
import { GatewayError } from '../base/index.ts'
import type { Message } from '../message/index.ts'
import { pointerOf } from './pointers.ts'
import { pathOf } from './skeleton.ts'

/** `write` is what we may send; `read` is what we accept from others. */
export type Profile = 'write' | 'read'

/**
 * Applies one of the two schemas in `schemas/` to a skeleton: a package without the content of its attachments.
 * @throws {GatewayError} schema-violation: `line` of the file, `path` (XPath of local names), `field` (JSON pointer of the
 *   message, or the path where the message has no such field), `expected`
 */
export function requireSchema(skeleton: XmlDocument, profile: Profile, form: Message['form']): void {
  try {
    validatorOf(profile).validate(skeleton)
  } catch (error) {
    if (!(error instanceof XmlValidateError)) throw error
    throw violationOf(skeleton, error, form)
  }
}

const files: Readonly<Record<Profile, string>> = { write: 'edxml.xsd', read: 'edxml-read.xsd' }
const compiled: Partial<Record<Profile, XsdValidator>> = {}

/** Compiled at first use and kept: a schema costs some 10 ms, a skeleton some 0.04 ms. */
function validatorOf(profile: Profile): XsdValidator {
  const known = compiled[profile]
  if (known !== undefined) return known
  const source = XmlDocument.fromBuffer(readFileSync(new URL(`../../schemas/${files[profile]}`, import.meta.url)))
  const validator = XsdValidator.fromDoc(source)
  compiled[profile] = validator
  return validator
}

function violationOf(skeleton: XmlDocument, error: XmlValidateError, form: Message['form']): GatewayError {
  // One wrong value gives several lines: first the facet that failed, last that the type as a whole did not match.
  const detail: ErrorDetail | undefined = error.details[0]
  const line = detail?.line ?? 0
  const path = plainPath(skeleton, detail?.xpath)
  const text = plainText(detail?.message ?? error.message)
  const expected = expectedIn(text)
  return new GatewayError(
    'schema-violation',
    `Line ${line}, ${path}: ${text}`,
    { line, path, field: pointerOf(path, form) || path, expected },
    { cause: error },
  )
}

/** The validator's sentence without namespaces. */
function plainText(message: string): string {
  return message
    .replaceAll(/\{http[^}]*\}/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function expectedIn(text: string): string {
  const length = /(maximum|minimum) length of '(\d+)'/.exec(text)
  if (length !== null) return `${length[1] === 'maximum' ? 'at most' : 'at least'} ${length[2]} characters`
  return /Expected is (.*?)\.?$/.exec(text)?.[1] ?? /(?:of the set|by the pattern) (.*?)\.?$/.exec(text)?.[1] ?? text
}

/** The validator's path has prefixes or stars in it; ours has local names. */
function plainPath(skeleton: XmlDocument, xpath: string | undefined): string {
  if (xpath === undefined) return '/'
  const prefixes = [...xpath.matchAll(/([^/:[\]]+):/g)].map(([, prefix = '']) => prefix)
  const namespaces = Object.fromEntries(prefixes.map((prefix) => [prefix, skeleton.root.namespaceUri]))
  const node = skeleton.get(xpath, namespaces)
  return node === null ? xpath : pathOf(node)
}
