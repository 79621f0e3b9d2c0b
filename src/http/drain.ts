import type { IncomingMessage } from 'node:http'
import { limits } from '../base/index.ts'

/**
 * Lets a client that is still sending hear that it was refused: what it sends is read on and thrown away, up to a
 * bound, then the connection is cut. Cutting at once would make the operating system throw the answer away. To be
 * called before Node hears that the answer is finished, because Node reads on without a bound.
 */
export function drain(request: IncomingMessage): void {
  if (request.complete) return
  let octets = 0
  request.on('data', (bytes: Buffer) => {
    octets += bytes.length
    if (octets > limits.drainedUploadBytes) request.destroy()
  })
  request.on('error', () => {}) // the client hung up: nobody is left to tell
  request.resume()
  request.read(0) // Node leaves alone what is being read
}
