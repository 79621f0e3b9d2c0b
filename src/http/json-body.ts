import express, { type RequestHandler } from 'express'
import { GatewayError, limits } from '../base/index.ts'

const DEPTH = 16

const parse = express.json({ limit: limits.jsonBytes, inflate: false, strict: true, type: 'application/json' })

/** Reads a JSON body into `request.body`: one object, limited in bytes and depth, never compressed. */
export const readJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json') === false)
    throw new GatewayError('request-invalid', 'send a JSON body with Content-Type: application/json', {
      field: '/headers/content-type',
    })
  parse(request, response, (error?: unknown) => {
    if (error !== undefined) return next(error)
    try {
      requireShallow(request.body)
      next()
    } catch (tooDeep) {
      next(tooDeep)
    }
  })
}

/** @throws {GatewayError} request-invalid: the text is not JSON, or is nested too deep */
export function parseJson(text: string, field: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('request-invalid', 'this is not well-formed JSON', { field }, { cause })
  }
  requireShallow(value)
  return value
}

/** Without recursion: what must be refused may be as deep as the body is long. */
function requireShallow(value: unknown): void {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH) throw new GatewayError('request-invalid', `JSON may be nested ${DEPTH} levels deep`, {})
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? (Object.values(v) as unknown[]) : []))
  }
}
