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

/**
 * @param options.movableClock Whether the database's own clock is ahead by `time_passed.ms`, which a test may change:
 * a function of ours then stands before the server's.
 * @throws when no PostgreSQL was named: a promise that nobody tried is not kept
 */
export async function postgresPlace({ movableClock = false } = {}): Promise<PostgresPlace> {
  const server = process.env['LIENTHONG_TEST_POSTGRES_URL']
  if (server === undefined || server === '')
    throw new Error(
      'This test needs PostgreSQL 15 or later: start one with scripts/services, or name a database of your own in LIENTHONG_TEST_POSTGRES_URL (postgres://user@host:port/database).',
    )
  const schema = `test_${randomBytes(8).toString('hex')}`
  const url = new URL(server)
  url.searchParams.set('options', `-c search_path=${schema}${movableClock ? ',pg_catalog' : ''}`)
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
  if (movableClock) {
    await place.ask(`CREATE TABLE ${schema}.time_passed AS SELECT 0::bigint AS ms`)
    await place.ask(`CREATE FUNCTION ${schema}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
      $$ SELECT pg_catalog.clock_timestamp() + (SELECT ms FROM ${schema}.time_passed) * interval '1 millisecond' $$`)
  }
  return place
}
