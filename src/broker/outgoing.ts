import { GatewayError, limits } from '../base/index.ts'
import type { OutgoingPart } from './axis.ts'

/**
 * Refuses what no axis may carry, before anything is sent.
 * @throws {GatewayError} part-too-large | contract-violation (a property or header that AMQP cannot carry as it is)
 */
export function requireCarriable(part: OutgoingPart): void {
  if (part.body.length > limits.chunkBytesMax) {
    throw new GatewayError(
      'part-too-large',
      `A part has ${part.body.length} octets; ${limits.chunkBytesMax} are allowed.`,
    )
  }
  for (const field of ['messageId', 'contentType'] as const) requireShortText(field, part[field])
  for (const [name, value] of Object.entries(part.headers)) {
    const carried = typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
    if (!carried) throw violation(name, 'text or a finite number')
  }
}

/** The AMQP short string: 1 to 255 octets. */
function requireShortText(field: string, value: string): void {
  const octets = Buffer.byteLength(value)
  if (octets < 1 || octets > 255) throw violation(field, 'a text of 1 to 255 octets')
}

function violation(field: string, expected: string): GatewayError {
  return new GatewayError('contract-violation', `${field} must be ${expected}.`, { field, expected })
}
