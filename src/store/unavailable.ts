import { GatewayError } from '../base/index.ts'

/** The database, its disk or the way to it fails, rather than what was asked of it. */
export function unavailable(message: string, cause?: unknown, errcode?: number | string): GatewayError {
  return new GatewayError('store-unavailable', message, { errcode }, ...(cause === undefined ? [] : [{ cause }]))
}
