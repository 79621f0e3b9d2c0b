import type { Statement } from '../statement.ts'

/** What the gateway's thread asks of the thread that holds the database. Requests are answered in their order. */
export type Request = { readonly id: number } & Ask

export type Ask =
  | { readonly op: 'read'; readonly statement: Statement }
  | { readonly op: 'write'; readonly unit: number; readonly statement: Statement }
  /** A group of units shares one BEGIN IMMEDIATE … COMMIT. */
  | { readonly op: 'begin' | 'commit' | 'compact' | 'close' }
  /** A unit is a savepoint within the group. */
  | { readonly op: 'open' | 'release' | 'rollback'; readonly unit: number }

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure }

/** A thrown thing in a form that crosses threads. */
export interface Failure {
  readonly message: string
  /** SQLite's extended result code. */
  readonly errcode?: number
  readonly text?: string
}

export interface WorkerOptions {
  readonly file: string
  /** synchronous=FULL; otherwise nothing is waited for, which only a store that is thrown away may do. */
  readonly durable: boolean
  readonly busyTimeoutMs: number
  readonly preparedStatements: number
  /** How many free pages one compaction gives back at most. */
  readonly compactPages: number
}
