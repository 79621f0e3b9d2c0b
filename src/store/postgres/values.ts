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

/** `\x` and two hexadecimal digits for each octet. */
function octets(text: string): Uint8Array {
  const bytes = Buffer.from(text.slice(2), 'hex')
  return bytes.buffer.byteLength === bytes.length ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes)
}
