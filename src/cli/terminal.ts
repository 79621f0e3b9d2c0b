import { type FailureCode, failures, GatewayError, messageOf } from '../base/index.ts'

/** What a command ends with: done (or accepted), refused or failed, could not run. */
export type ExitCode = 0 | 1 | 2

/** Where a command speaks. Results go to `out`, everything else to `err`, so that results can be piped. */
export class Terminal {
  language: 'vi' | 'en' = 'en'
  exitCode: ExitCode = 0
  readonly #out: NodeJS.WritableStream
  readonly #err: NodeJS.WritableStream

  constructor(out: NodeJS.WritableStream, err: NodeJS.WritableStream) {
    this.#out = out
    this.#err = err
  }

  out(line: string): void {
    this.#out.write(`${line}\n`)
  }

  err(line: string): void {
    this.#err.write(`${line}\n`)
  }

  /** The text in the language of the person. */
  say(vi: string, en: string): string {
    return this.language === 'vi' ? vi : en
  }

  /**
   * One line that says what went wrong, one that says what to do; no stack.
   * @param exitCode By default what the failure's code says about it.
   */
  fail(error: unknown, exitCode?: ExitCode): void {
    const code = error instanceof GatewayError ? error.code : 'internal'
    this.err(`lienthong: [${code}] ${messageOf(error)}`)
    this.err(`  → ${this.#remedy(code)}`)
    this.exitCode = exitCode ?? (couldNotRun.has(code) ? 2 : 1)
  }

  #remedy(code: FailureCode): string {
    // The table speaks to a client of the API there.
    if (code === 'request-invalid') return this.say('Xem lienthong --help.', 'See lienthong --help.')
    const { remedyVi, remedyEn } = failures[code]
    return this.say(remedyVi, remedyEn)
  }

  /** A table of texts, its columns as wide as their longest cell. */
  table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const all = [header, ...rows]
    const widths = header.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '').normalize()].length)))
    for (const row of all) {
      const cells = row.map(
        (cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - [...cell.normalize()].length)),
      )
      this.out(cells.join('  ').trimEnd())
    }
  }
}

/** What is wrong here is the surroundings of the command, not what it was asked to judge or do. */
const couldNotRun: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'config-invalid',
  'key-unusable',
  'key-password-wrong',
  'key-token-unavailable',
  'key-token-unsupported',
  'trust-unusable',
  'directory-malformed',
  'store-unavailable',
  'broker-unavailable',
  'store-version',
  'store-not-empty',
  'request-invalid',
  'internal',
])

/** For an option that takes several values, each repeated. */
export function collected(value: string, before: readonly string[]): string[] {
  return [...before, value]
}
