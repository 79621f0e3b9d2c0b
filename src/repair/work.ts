import type { AgencyCode } from '../message/index.ts'
import type { Sql } from '../store/index.ts'
import type { ItemOutcome } from './orders.ts'

/** Who works on an item, under which command: what its audit entry says. */
export interface Given {
  readonly commandId: string
  readonly actor: string
  readonly reason: string
  readonly at: Date
}

/**
 * One kind of things that commands are about. `judge` says what a command would do to one, `change` does it; both look
 * at the same state, because `page` keeps it as it is until the unit has ended.
 */
export interface Work<Item extends { readonly id: string }> {
  /** Of a group: how many there are, and the last id. */
  measure(sql: Sql, scope: Scope): Promise<{ count: number; last: string }>
  /** Named ones, or the next of a group. */
  page(sql: Sql, scope: Scope, where: Place): Promise<Item[]>
  judge(item: Item): ItemOutcome
  /** @returns false when it was changed meanwhile by somebody whom no lock keeps out */
  change(tx: Sql, item: Item, given: Given): Promise<boolean>
  /** After the commit. */
  changed(): void
}

/** The local agencies that the actor may act for; all, when undefined. */
export type Scope = readonly AgencyCode[] | undefined

export type Place =
  | { readonly ids: readonly string[] }
  | { readonly after: string; readonly until: string; readonly limit: number }
