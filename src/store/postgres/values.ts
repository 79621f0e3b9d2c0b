import { type CustomTypesConfig, types } from 'pg'
import { GatewayError } from '../../base/index.ts'
import type { SqlValue } from '../sql.ts'

/** How what PostgreSQL answers becomes the values that SQLite gives too: integers are numbers, truth is 1 or 0, octets a
 * Uint8Array. */
export const typeParsers: CustomTypesConfig = {
  getTypeParser: ((oid: number) => parsers.get(oid) ?? ((text: string) => text)) as CustomTypesConfig['getTypeParser'],
}

/** A value on its way. PostgreSQL has no text with the character U+0000, which a partner's headers may hold. */
export function parameter(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}

const { BOOL, INT2, INT4, INT8, FLOAT8, NUMERIC, BYTEA } = types.builtins

const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [BOOL, (text) => (text === 't' ? 1 : 0)],
  [INT2, integer],
  [INT4, integer],
  [INT8, integer],
  [FLOAT8, Number],
  [NUMERIC, integer], // the sum of integers
  [BYTEA, octets],
])

function integer(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new GatewayError('internal', `The store holds ${text}, which is not an integer up to 2^53.`, { value: text })
}

/**
 * Escaped, as our sessions ask for it: nearly all content is ASCII, of which this is half as long as hexadecimal. What
 * begins with `\x` is hexadecimal: a backslash of the octets themselves is written twice.
 */
function octets(text: string): Uint8Array {
  if (text.startsWith('\\x')) return exact(Buffer.from(text.slice(2), 'hex'))
  if (!text.includes('\\')) return exact(Buffer.from(text, 'latin1'))
  const bytes = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    let octet = text.charCodeAt(at)
    if (octet === BACKSLASH && text.charCodeAt(at + 1) === BACKSLASH) at += 1
    else if (octet === BACKSLASH) {
      octet = Number.parseInt(text.slice(at + 1, at + 4), 8)
      at += 3
    }
    bytes[length++] = octet
  }
  return new Uint8Array(bytes.subarray(0, length))
}

const BACKSLASH = 92

function exact(bytes: Buffer<ArrayBuffer>): Uint8Array {
  return bytes.buffer.byteLength === bytes.length ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes)
}
