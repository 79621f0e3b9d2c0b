/**
 * What differs between the databases; all else is one set of queries. A query names a differing word as `{{word}}`.
 * A second database is a second value of this type and a second way to send statements, never a second set of queries.
 */
export interface Dialect {
  readonly name: 'sqlite' | 'postgresql'
  readonly words: {
    /** The type of octets. */
    readonly blob: string
    /** Behind the type of a text whose order is that of its octets, whatever the language of the database. */
    readonly bytewise: string
    /** Ends a query that claims rows: where several writers run, each passes over what another is claiming. */
    readonly skipLocked: string
    /** Ends a query that decides about rows: nobody changes them until this unit has ended. */
    readonly forUpdate: string
    /** Ends a query that counts on rows being there: nobody deletes them until this unit has ended. */
    readonly keep: string
    /** The function that takes the lock of a number until this unit has ended; see lock.ts. */
    readonly lock: string
  }
  /** The placeholder of the n-th parameter, counted from 1. */
  placeholder(n: number): string
}

/** One writer at a time, so there is never a locked row to skip. */
export const sqlite: Dialect = {
  name: 'sqlite',
  words: { blob: 'BLOB', bytewise: '', skipLocked: '', forUpdate: '', keep: '', lock: '' },
  placeholder: () => '?',
}

export const postgresql: Dialect = {
  name: 'postgresql',
  words: {
    blob: 'BYTEA',
    bytewise: 'COLLATE "C"',
    skipLocked: 'FOR UPDATE SKIP LOCKED',
    forUpdate: 'FOR UPDATE',
    keep: 'FOR KEY SHARE',
    lock: 'pg_advisory_xact_lock',
  },
  placeholder: (n) => `$${n}`,
}

/** The statement as this database wants it. Placeholders inside quotes or comments are left alone. */
export function inDialect(dialect: Dialect, text: string): string {
  let parameters = 0
  return tokens(text)
    .map((token) => {
      if (token === '?') return dialect.placeholder(++parameters)
      if (token.startsWith('{{')) return wordOf(dialect, token.slice(2, -2).trim())
      return token
    })
    .join('')
}

/** The statements of a migration file, in order, without their semicolons; what holds only comments is left out. */
export function statementsOf(script: string): string[] {
  const statements: string[] = []
  let statement = ''
  for (const token of [...tokens(script), ';']) {
    if (token !== ';') {
      if (!token.startsWith('--') && !token.startsWith('/*')) statement += token
    } else {
      if (statement.trim() !== '') statements.push(statement.trim())
      statement = ''
    }
  }
  return statements
}

function wordOf(dialect: Dialect, word: string): string {
  const { words } = dialect
  if (!isWord(words, word)) throw new Error(`no dialect word {{${word}}}; there are ${Object.keys(words).join(', ')}`)
  return words[word]
}

function isWord(words: Dialect['words'], word: string): word is keyof Dialect['words'] {
  return Object.hasOwn(words, word)
}

/** Cuts SQL into quoted strings, quoted names, comments, `{{words}}`, `?`, `;` and the text between them. */
function tokens(text: string): string[] {
  return (
    text.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\{\{[^}]*\}\}|[?;]|[^'"?;{/-]+|[\s\S]/g) ?? []
  )
}
