import type { Order } from './orders.ts'
import type { Scope } from './work.ts'

/** An order as it stands in the store: the same text for the same order, in whatever order its fields were given. */
export function writeWork(order: Order, scope: Scope): string {
  return JSON.stringify({ order, ...(scope === undefined ? {} : { scope: [...scope].sort() }) }, inOrder)
}

export function readWork(text: string): { order: Order; scope: Scope } {
  const { order, scope } = JSON.parse(text, asDate) as { order: Order; scope?: NonNullable<Scope> }
  return { order, scope }
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const INSTANTS = ['until', 'seenAt', 'acceptedFrom', 'acceptedBefore', 'failedFrom', 'keptFrom']

function asDate(key: string, value: unknown): unknown {
  return INSTANTS.includes(key) && typeof value === 'string' ? new Date(value) : value
}
