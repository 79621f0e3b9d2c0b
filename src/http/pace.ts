import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, limits } from '../base/index.ts'

/**
 * Resolves with `true` when the client is too slow in sending the body, and with `false` when the body is over. What
 * is no form must be whole within one window, and so must the rest of a body whose request is answered; a form must go
 * on by so many octets in each. While something waits to be read by us the client is not to blame.
 */
export async function isTooSlow(request: IncomingMessage, response: ServerResponse, clock: Clock): Promise<boolean> {
  if (!hasBody(request)) return false
  const over = new AbortController()
  const { socket } = request
  let held = false
  request.on('pause', () => {
    held = true
  })
  for (const event of ['end', 'close']) request.once(event, () => over.abort())
  for (;;) {
    const [octets, wasAnswered] = [socket.bytesRead, response.writableFinished]
    held = false
    await clock.wait(limits.httpBodyWindowMs, over.signal)
    if (request.complete || request.destroyed) return false
    if (held || request.readableLength > 0) continue
    if (response.writableFinished && !wasAnswered) continue
    const goesOn = socket.bytesRead - octets >= limits.httpBodyWindowBytes
    if (!goesOn || wasAnswered || !isForm(request)) return true
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

function isForm({ headers }: IncomingMessage): boolean {
  return /^multipart\/form-data\s*;/i.test(headers['content-type'] ?? '')
}
