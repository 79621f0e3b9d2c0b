import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type Clock, GatewayError, httpStatusOf, type Ids, limits } from '../base/index.ts'
import { problemOf } from './problem.ts'

/** A listening server. */
export interface RunningServer {
  /** `http://127.0.0.1:8080` or `https://…`, with the port that was really taken. */
  readonly url: string
  /** Takes no new connection, lets running requests end for at most `drainMs`, then cuts what is left. */
  close(drainMs?: number): Promise<void>
}

/**
 * Listens. A client that is slow in its header, silent in its body, or endless in either is cut off: no connection is
 * held without an end.
 */
export async function startServer(
  app: RequestListener,
  options: { host: string; port: number; clock: Clock; ids: Ids; tls?: { key: string; cert: string } },
): Promise<RunningServer> {
  const server = serverFor(app, options.tls)
  server.setTimeout(limits.httpIdleMs) // no byte in either direction
  server.maxHeadersCount = 100
  server.maxConnections = limits.httpConnections
  server.on('clientError', (error: Error & { code?: string }, socket) =>
    refuse(error, socket as Socket, options.ids.next()),
  )
  const running = new Set<ServerResponse>()
  let closing = false
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    running.add(response)
    response.once('close', () => running.delete(response))
    if (closing) response.setHeader('Connection', 'close')
  })
  await listening(server, options)
  return {
    url: urlOf(server, options.tls === undefined ? 'http' : 'https'),
    async close(drainMs = limits.drainMs) {
      closing = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const response of running) if (!response.headersSent) response.setHeader('Connection', 'close')
      server.closeIdleConnections()
      const wait = new AbortController()
      await Promise.race([closed, options.clock.wait(drainMs, wait.signal)])
      wait.abort()
      server.closeAllConnections()
      await closed
    },
  }
}

/** @param tls PEM: HTTPS from TLS 1.2 on. */
function serverFor(app: RequestListener, tls: { key: string; cert: string } | undefined): Server {
  const bounds = {
    maxHeaderSize: limits.httpHeaderBytes,
    headersTimeout: limits.httpHeadersMs,
    requestTimeout: limits.httpRequestMs,
    keepAliveTimeout: limits.httpKeepAliveMs,
    connectionsCheckingInterval: limits.httpHeadersMs / 2,
  }
  if (tls === undefined) return createServer(bounds, app)
  return createSecureServer({ ...bounds, ...tls, minVersion: 'TLSv1.2' }, app)
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new GatewayError(
          'config-invalid',
          `cannot listen on ${host}:${port}: ${cause.message}`,
          { field: 'http.port' },
          { cause },
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
}

function urlOf(server: Server, scheme: string): string {
  const { address, family, port } = server.address() as AddressInfo
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** What is not even HTTP gets the same kind of answer. */
function refuse(error: Error & { code?: string }, socket: Socket, requestId: string): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const failure =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new GatewayError('request-too-large', `the header may have ${limits.httpHeaderBytes} octets`, {
          expected: limits.httpHeaderBytes,
        })
      : new GatewayError('request-invalid', 'this is not a complete HTTP request')
  const status = httpStatusOf(failure.code)
  const body = JSON.stringify(problemOf(failure, requestId, false))
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
