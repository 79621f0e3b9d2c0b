import { randomBytes } from 'node:crypto'
import { Client } from 'pg'

/** A place of its own in the PostgreSQL of the tests: a schema, so that stores can be opened there side by side. */
export interface PostgresPlace {
  readonly url: string
  readonly schema: string
  /** Asks the server directly, as an operator would. */
  ask<T extends object>(text: string): Promise<T[]>
  /** Throws away all that is in it. */
  drop(): Promise<void>
}

/** @throws when no PostgreSQL was named: a promise that nobody tried is not kept */
export async function postgresPlace(): Promise<PostgresPlace> {
  const server = process.env['LIENTHONG_TEST_POSTGRES_URL']
  if (server === undefined || server === '')
    throw new Error(
      'This test needs PostgreSQL 15 or later: start one with scripts/services, or name a database of your own in LIENTHONG_TEST_POSTGRES_URL (postgres://user@host:port/database).',
    )
  const schema = `test_${randomBytes(8).toString('hex')}`
  const url = new URL(server)
  url.searchParams.set('options', `-c search_path=${schema}`)
  const place: PostgresPlace = {
    url: url.href.replaceAll('+', '%20'),
    schema,
    async ask<T extends object>(text: string) {
      const client = new Client({ connectionString: place.url })
      await client.connect()
      try {
        return (await client.query<T>(text)).rows
      } finally {
        await client.end()
      }
    },
    drop: async () => {
      await place.ask(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    },
  }
  await place.ask(`CREATE SCHEMA ${schema}`)
  return place
}
