import type { Sql, SqlValue } from './sql.ts'

export interface Statement {
  readonly method: 'all' | 'get' | 'run'
  readonly text: string
  readonly params: readonly SqlValue[]
}

/** The three methods over one way to send statements. Rows are what the query selects: the caller names their type. */
export function sqlThrough(ask: (statement: Statement) => Promise<unknown>): Sql {
  return {
    all: <T>(text: string, params = noParams) => ask(statement('all', text, params)) as Promise<T[]>,
    get: <T>(text: string, params = noParams) => ask(statement('get', text, params)) as Promise<T | undefined>,
    run: (text, params = noParams) => ask(statement('run', text, params)) as Promise<number>,
  }
}

/** A statement with copies of its octets: the caller keeps his own, and a view never drags its whole buffer along. */
function statement(method: Statement['method'], text: string, params: readonly SqlValue[]): Statement {
  return { method, text, params: params.map((value) => (value instanceof Uint8Array ? new Uint8Array(value) : value)) }
}

const noParams: readonly never[] = []
