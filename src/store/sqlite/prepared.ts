import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { inDialect, sqlite } from '../dialect.ts'
import type { Statement } from '../statement.ts'

/** A database with its prepared statements; the least recently used one is forgotten first. */
export class PreparedDatabase {
  readonly database: DatabaseSync
  readonly #most: number
  readonly #prepared = new Map<string, StatementSync>()

  constructor(database: DatabaseSync, most: number) {
    this.database = database
    this.#most = most
  }

  execute({ method, text, params }: Statement): unknown {
    const prepared = this.#prepare(text)
    if (method === 'all') return prepared.all(...params)
    if (method === 'get') return prepared.get(...params)
    return prepared.run(...params).changes
  }

  #prepare(text: string): StatementSync {
    const prepared = this.#prepared.get(text) ?? this.database.prepare(inDialect(sqlite, text))
    this.#prepared.delete(text)
    this.#prepared.set(text, prepared)
    const [oldest] = this.#prepared.keys()
    if (this.#prepared.size > this.#most && oldest !== undefined) this.#prepared.delete(oldest)
    return prepared
  }
}
