import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { GatewayError, httpStatusOf, limits } from '../base/index.ts'
import { problemOf, retryAfterOf } from './problem.ts'
import { noteFailure } from './request-context.ts'

/** Answers in place of a door. Nothing is answered twice: when the answer has begun, the connection is cut. */
export function refuseRequest(response: ServerResponse, failure: GatewayError, newId: () => string): void {
  noteFailure(response, failure.code)
  if (response.headersSent) {
    response.req.socket.destroy()
    return
  }
  const { status, headers, body } = answerOf(failure, String(response.getHeader('X-Request-Id') ?? newId()))
  response.writeHead(status, headers).end(body)
}

/** What is not even a request gets the same kind of answer, and is hung up on. */
export function refuseOctets(socket: Socket, failure: GatewayError, requestId: string): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status, headers, body } = answerOf(failure, requestId)
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.setTimeout(limits.httpLingerMs)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

/** What the parser of HTTP says is wrong, in our words. */
export function failureOf({ code }: { code?: string }): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return tooLarge(`the header, or what follows a body, may have ${limits.httpHeaderBytes} octets`)
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return tooLarge('the extensions of the chunks are too long')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new GatewayError('request-too-slow', 'the request did not arrive in its time')
  return new GatewayError('request-invalid', 'this is not a complete HTTP request')
}

function tooLarge(message: string): GatewayError {
  return new GatewayError('request-too-large', message, { expected: limits.httpHeaderBytes })
}

function answerOf(
  failure: GatewayError,
  requestId: string,
): { status: number; headers: Record<string, string | number>; body: string } {
  const body = JSON.stringify(problemOf(failure, requestId, false))
  const seconds = retryAfterOf(failure)
  const headers = {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': requestId,
    ...(seconds === undefined ? {} : { 'Retry-After': seconds }),
  }
  return { status: httpStatusOf(failure.code), headers, body }
}
