import { Pool, type PoolClient, type PoolConfig } from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import { GatewayError, giveBack, type Log, limits, type Secret } from '../../base/index.ts'
import { inDialect, postgresql } from '../dialect.ts'
import type { Statement } from '../statement.ts'
import { failureOf } from './failure.ts'
import { parameter, typeParsers } from './values.ts'

export interface Place {
  /** `postgres://user@host:port/database`; its parameters are those of libpq, such as `sslmode`. */
  readonly url: string
  /** Asked at each connection, so that it can be changed meanwhile. */
  readonly password?: () => Secret
}

/** Connections to PostgreSQL, at most so many; whoever finds none free waits in line. */
export class Sessions {
  readonly #pool: Pool
  readonly #line: (() => void)[] = []
  #free: number

  /** @param answerMs Where nothing else bounds it: a connection whose answer is later is given up. */
  constructor(place: Place, most: number, log: Log, answerMs?: number) {
    this.#free = most
    this.#pool = new Pool({
      ...poolConfigOf(place, most),
      ...(answerMs === undefined ? {} : { query_timeout: answerMs }),
    })
    this.#pool.on('connect', (client) => client.on('error', () => {})) // whoever uses it hears of it by his statement
    this.#pool.on('error', (error) => log.warn({ err: error }, 'a connection to the database was lost'))
  }

  /** @throws {GatewayError} store-unavailable */
  async use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#line.push(resolve))
    try {
      const client = await this.#connect()
      try {
        return await work(client)
      } finally {
        // what is left inside a transaction, or without a connection, serves nobody else
        client.release(client.getTransactionStatus() !== 'I')
      }
    } finally {
      const next = this.#line.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }

  /** When nobody uses one any more. */
  close(): Promise<void> {
    return this.#pool.end()
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw failureOf(error)
    }
  }
}

/** Sends a statement now, behind those that were sent before on this connection, without waiting for them. */
export async function execute(client: PoolClient, { method, text, params }: Statement): Promise<unknown> {
  sendTogether(client)
  try {
    const { rows, rowCount } = await client.query<object>({ ...prepared(text), values: params.map(parameter) })
    return method === 'all' ? rows : method === 'get' ? rows[0] : (rowCount ?? 0)
  } catch (error) {
    throw failureOf(error, text)
  } finally {
    for (const value of params) if (value instanceof Uint8Array) giveBack(value) // copies for this statement alone
  }
}

/** What is sent in one turn of the event loop travels as one write. */
export function sendTogether({ connection: { stream } }: PoolClient): void {
  stream.cork()
  process.nextTick(() => stream.uncork())
}

const known = new Map<string, { text: string; name?: string }>()

/** The first statements that a process uses are prepared on each connection; should there be very many, the rest are not. */
function prepared(text: string): { text: string; name?: string } {
  let statement = known.get(text)
  if (statement !== undefined) return statement
  statement = { text: inDialect(postgresql, text) }
  if (known.size >= limits.preparedStatements) return statement
  statement.name = `s${known.size}`
  known.set(text, statement)
  return statement
}

function poolConfigOf({ url, password }: Place, max: number): PoolConfig {
  return {
    ...parseIntoClientConfig(withSettings(url)), // taken apart here, because an address without a password would rule ours out
    ...(password === undefined ? {} : { password: () => password().reveal() }),
    max,
    connectionTimeoutMillis: limits.postgresConnectMs,
    idleTimeoutMillis: limits.postgresIdleMs,
    keepAlive: true,
    pipeline: true,
    types: typeParsers,
  }
}

/** What a session is, whatever the server or the role say; what stands in the address itself comes last. */
const SETTINGS: Readonly<Record<string, string | number>> = {
  default_transaction_read_only: 'on', // a transaction that writes says so
  synchronous_commit: 'on',
  bytea_output: 'escape', // see values.ts
  standard_conforming_strings: 'on',
  statement_timeout: limits.transactionMs,
  idle_in_transaction_session_timeout: limits.transactionMs + limits.postgresGraceMs,
  // a host that vanished must not keep its locks for hours
  client_connection_check_interval: 5_000,
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 3,
  jit: 'off', // many short statements
}

const UNREADABLE =
  'The address of the database must be postgres://user@host:port/database; what a password has of / ? # @ is written as %2F %3F %23 %40.'

function withSettings(address: string): string {
  // Node's own error would carry the address, and a password may stand in it
  if (!URL.canParse(address)) throw new GatewayError('config-invalid', UNREADABLE)
  const url = new URL(address)
  const ours = Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value}`)
  const given = url.searchParams.get('options')
  url.searchParams.set('options', [...ours, ...(given === null ? [] : [given])].join(' '))
  if (!url.searchParams.has('application_name')) url.searchParams.set('application_name', 'lienthong')
  return url.href.replaceAll('+', '%20') // the way spaces are written by URLSearchParams is not the one of libpq
}
