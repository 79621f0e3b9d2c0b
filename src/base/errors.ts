import { type Audience, type FailureCode, failures, type Retry } from './failures.ts'

/** Values that may stand beside a failure: what offended, where, and what would be right. Never keys or document text. */
export type FailureDetail = Readonly<Record<string, string | number | boolean | undefined>>

/** The one error class. What HTTP says, whether to try again and who acts are read from the table, decided nowhere else. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: FailureCode
  readonly detail: FailureDetail

  /**
   * @param message One English sentence that names the offending value and what would be right.
   * @param detail `field` (JSON pointer or XPath), `value`, `expected`, `line`, `rule` … as they apply.
   */
  constructor(code: FailureCode, message: string, detail: FailureDetail = {}, options?: { cause: unknown }) {
    super(message, options)
    this.code = code
    this.detail = detail
  }
}

/** The same failure, which names more; what is no failure of ours stays as it is. */
export function naming(error: unknown, detail: FailureDetail): unknown {
  if (!(error instanceof GatewayError)) return error
  const { code, message, detail: known, cause } = error
  return new GatewayError(code, message, { ...detail, ...known }, cause === undefined ? undefined : { cause })
}

/** The failure code of anything that was thrown: unnamed errors are `internal`. */
export function codeOf(error: unknown): FailureCode {
  return error instanceof GatewayError ? error.code : 'internal'
}

export const httpStatusOf = (code: FailureCode): number => failures[code].http
export const retryOf = (code: FailureCode): Retry => failures[code].retry
export const audienceOf = (code: FailureCode): Audience => failures[code].tell

/**
 * `[code] Vietnamese / English`: the Description of a refusal (status 02), at most 1,000 characters. What the message quotes
 * may come from anywhere, a certificate's names included: what XML cannot carry is marked, so that no refusal stays unsaid.
 */
export function refusalText(code: FailureCode, message: string): string {
  const row = failures[code]
  return `[${code}] ${row.vi} / ${row.en} ${message}`.slice(0, 1000).replace(NOT_XML, '\uFFFD')
}

/** Control characters, lone surrogates, U+FFFE and U+FFFF (XML 1.0 §2.2). */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

/** What a thrown value says, for a log field or a column an operator reads. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
