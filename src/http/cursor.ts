import { createHash } from 'node:crypto'
import { GatewayError } from '../base/index.ts'

/** The place in a list, opaque to clients: which list with which filters, and the last key given out. */
export function cursorAfter(list: string, filters: object, key: string): string {
  return Buffer.from(`${listDigest(list, filters)}.${key}`).toString('base64url')
}

/**
 * The key after which the page begins; undefined for the first page.
 * @throws {GatewayError} cursor-invalid: it was made by another list, or with other filters, or by nobody
 */
export function keyOf(cursor: string | undefined, list: string, filters: object): string | undefined {
  if (cursor === undefined) return undefined
  const [, digest, key] =
    /^([0-9a-f]{16})\.([\w.]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? []
  if (digest !== listDigest(list, filters) || key === undefined)
    throw new GatewayError('cursor-invalid', 'use the `next` of the page before, with the same filters', {
      field: '/query/cursor',
    })
  return key
}

/** A page and the cursor of the next one; `found` holds one row more than `limit` when there is a next page. */
export function page<T>(
  found: readonly T[],
  limit: number,
  next: (last: T) => string,
): { items: readonly T[]; next?: string } {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return found.length > limit && last !== undefined ? { items, next: next(last) } : { items }
}

function listDigest(list: string, filters: object): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  return createHash('sha256')
    .update(JSON.stringify([list, given]))
    .digest('hex')
    .slice(0, 16)
}
