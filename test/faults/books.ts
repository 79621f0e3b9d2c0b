import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'

/** Reads a store from outside, as an auditor would, in the words of SQL that SQLite and PostgreSQL share. */
export interface Books {
  /** @returns undefined while nobody can read them */
  ask<T extends object>(text: string): Promise<T[] | undefined>
}

/** Opened for each question, so that nobody but the gateway keeps the file open when it dies. */
export function sqliteBooks(file: string): Books {
  return {
    async ask<T extends object>(text: string) {
      try {
        const database = new DatabaseSync(file, { timeout: 5_000 })
        try {
          return database.prepare(text).all() as T[]
        } finally {
          database.close()
        }
      } catch {
        return undefined
      }
    },
  }
}

export function postgresBooks(url: string): Books {
  return {
    async ask<T extends object>(text: string) {
      const client = new Client({ connectionString: url })
      client.on('error', () => undefined)
      try {
        await client.connect()
        const { rows } = await client.query<Record<string, unknown>>(text)
        return rows.map(withNumbers) as T[]
      } catch {
        return undefined
      } finally {
        await client.end().catch(() => undefined)
      }
    },
  }
}

/** `bigint` comes as text. */
function withNumbers(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  ])
  return Object.fromEntries(entries) as Record<string, unknown>
}
