import { GatewayError } from '../base/index.ts'
import type { FindingCode } from './findings.ts'

/**
 * The file, or the signature, cannot be followed, or asks for more than the limits give.
 * @param finding What the report says of it.
 */
export function unreadable(message: string, finding: FindingCode = 'pdf-broken', cause?: unknown): GatewayError {
  return new GatewayError('pdf-unreadable', message, { finding }, { cause })
}

/** What the report says of something thrown while reading; anything unnamed goes on. */
export function findingOf(error: unknown): { readonly code: FindingCode; readonly detail: string } {
  if (!(error instanceof GatewayError) || error.code !== 'pdf-unreadable') throw error
  return { code: error.detail['finding'] as FindingCode, detail: error.message }
}
