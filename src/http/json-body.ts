import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import { GatewayError, limits } from '../base/index.ts'

/**
 * Reads a JSON body into `request.body`: one object or list in UTF-8, limited in bytes and depth, never compressed.
 * What is too long is refused when it is too long, not when it has been read to its end.
 */
export const readJson: RequestHandler = async (request, _response, next) => {
  if (request.is('application/json') === false)
    throw new GatewayError('request-invalid', 'send a JSON body with Content-Type: application/json', {
      field: '/headers/content-type',
    })
  requirePlain(request)
  const octets = await octetsOf(request)
  if (octets.length > 0) request.body = requireStructure(parseJson(textOf(octets), ''))
  else if (request.headers['content-length'] !== undefined) request.body = {} // most often a forgotten {}
  next()
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

function requirePlain({ headers }: IncomingMessage): void {
  const refuse = (header: string, what: string): never => {
    throw new GatewayError('request-invalid', what, { field: `/headers/${header}` })
  }
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    refuse('content-encoding', 'send the body as it is, without Content-Encoding')
  const [, charset] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '') ?? []
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') refuse('content-type', 'send the body in UTF-8')
  if (Number(headers['content-length'] ?? 0) > limits.jsonBytes) throw tooLarge()
}

/** Leaves the connection as it is, so that whoever sent too much can be answered. */
function octetsOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let octets = 0
    request.on('data', (piece: Buffer) => {
      octets += piece.length
      if (octets <= limits.jsonBytes) pieces.push(piece)
      else reject(tooLarge())
    })
    request.once('end', () => resolve(Buffer.concat(pieces)))
    for (const event of ['close', 'error'])
      request.once(event, () => reject(new GatewayError('request-invalid', 'the body was cut off')))
    if (request.destroyed) reject(new GatewayError('request-invalid', 'the body was cut off'))
  })
}

function textOf(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch (cause) {
    throw new GatewayError('request-invalid', 'the body is not UTF-8', { field: '' }, { cause })
  }
}

function requireStructure(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return value
  throw new GatewayError('request-invalid', 'the body must be a JSON object', { field: '' })
}

/** Without recursion: what must be refused may be as deep as the body is long. */
function requireShallow(value: unknown): void {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.jsonDepth)
      throw new GatewayError('request-invalid', `JSON may be nested ${limits.jsonDepth} levels deep`, {
        expected: limits.jsonDepth,
      })
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? (Object.values(v) as unknown[]) : []))
  }
}

function tooLarge(): GatewayError {
  return new GatewayError('request-too-large', `a JSON body may have ${limits.jsonBytes} octets`, {
    expected: limits.jsonBytes,
  })
}
