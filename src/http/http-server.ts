import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type Clock, GatewayError, type Ids, limits } from '../base/index.ts'
import { drain } from './drain.ts'
import { isTooSlow } from './pace.ts'
import { failureOf, refuseOctets, refuseRequest } from './refusal.ts'
import { noteFailure } from './request-context.ts'

/** A listening server. */
export interface RunningServer {
  /** `http://127.0.0.1:8080` or `https://…`, with the port that was really taken. */
  readonly url: string
  /** Takes no new connection, lets running requests end for at most `drainMs`, then cuts what is left. */
  close(drainMs?: number): Promise<void>
}

/** What a test makes shorter. */
export interface ServerBounds {
  readonly headersMs: number
}

/**
 * Listens. A client that is slow or endless in its header or body, sends garbage, or asks for more at once than it may,
 * hears so by a problem document and is cut off: no connection is held without an end.
 */
export async function startServer(
  app: RequestListener,
  options: {
    host: string
    port: number
    clock: Clock
    ids: Ids
    tls?: { key: string; cert: string }
    bounds?: ServerBounds
  },
): Promise<RunningServer> {
  const { clock, ids } = options
  const running = new Set<ServerResponse>()
  const pending = new WeakMap<Socket, Set<ServerResponse>>()
  let closing = false
  const server = serverFor(
    (request, response) => {
      const its = pending.get(request.socket) ?? new Set()
      pending.set(request.socket, its)
      for (const set of [running, its]) {
        set.add(response)
        response.once('close', () => set.delete(response))
      }
      response.prependOnceListener('finish', () => drain(request))
      if (closing) response.setHeader('Connection', 'close')
      const refusal = refusalOf(request, its.size)
      if (refusal?.code === 'too-many-requests') response.setHeader('Connection', 'close')
      if (refusal !== undefined) refuseRequest(response, refusal, () => ids.next())
      else app(request, response)
      void hurry(request, response, options)
    },
    options.tls,
    options.bounds,
  )
  server.setTimeout(limits.httpIdleMs) // no byte in either direction
  server.maxHeadersCount = 0 // they are counted here: Node would leave out the rest in silence
  server.maxConnections = limits.httpConnections
  server.on('clientError', (error: Error & { code?: string }, socket) =>
    hangUp(error, socket as Socket, [...(pending.get(socket as Socket) ?? [])], ids.next()),
  )
  await listening(server, options)
  return {
    url: urlOf(server, options.tls === undefined ? 'http' : 'https'),
    async close(drainMs = limits.drainMs) {
      closing = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const response of running) if (!response.headersSent) response.setHeader('Connection', 'close')
      server.closeIdleConnections()
      const wait = new AbortController()
      await Promise.race([closed, clock.wait(drainMs, wait.signal)])
      wait.abort()
      server.closeAllConnections()
      await closed
    },
  }
}

/** @param tls PEM: HTTPS from TLS 1.2 on. */
function serverFor(
  app: RequestListener,
  tls: { key: string; cert: string } | undefined,
  { headersMs }: ServerBounds = { headersMs: limits.httpHeadersMs },
): Server {
  const bounds = {
    maxHeaderSize: limits.httpHeaderBytes,
    headersTimeout: headersMs,
    requestTimeout: limits.httpRequestMs,
    keepAliveTimeout: limits.httpKeepAliveMs,
    connectionsCheckingInterval: headersMs / 2,
  }
  if (tls === undefined) return createServer(bounds, app)
  return createSecureServer({ ...bounds, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: headersMs }, app)
}

/** @param pending Requests on the same connection that are not answered yet. */
function refusalOf({ rawHeaders }: IncomingMessage, pending: number): GatewayError | undefined {
  if (rawHeaders.length / 2 > limits.httpHeaders)
    return new GatewayError('request-too-large', `a request may have ${limits.httpHeaders} headers`, {
      expected: limits.httpHeaders,
    })
  if (pending > limits.httpPipelined)
    return new GatewayError(
      'too-many-requests',
      `at most ${limits.httpPipelined} requests may wait on one connection`,
      {
        expected: limits.httpPipelined,
      },
    )
  return undefined
}

/** Cuts off a client that sends its body too slowly. */
async function hurry(
  request: IncomingMessage,
  response: ServerResponse,
  { clock, ids }: { clock: Clock; ids: Ids },
): Promise<void> {
  if (!(await isTooSlow(request, response, clock))) return
  response.once('finish', () => request.destroy()) // so that whoever reads it hears, too
  const failure = new GatewayError('request-too-slow', 'the body arrives too slowly', {
    expected: limits.httpBodyWindowBytes,
  })
  refuseRequest(response, failure, () => ids.next())
}

/** The client is gone, or no TLS was agreed in which it could be told something. */
const NOTHING_TO_SAY = /^(ECONNRESET|EPIPE|ERR_TLS|ERR_SSL)/

/** After this the connection is of no use. What follows a whole request takes nothing away from the answer to it. */
function hangUp(error: Error & { code?: string }, socket: Socket, pending: ServerResponse[], requestId: string): void {
  const last = pending.at(-1)
  if (error.code !== undefined && NOTHING_TO_SAY.test(error.code)) socket.destroy()
  else if (last?.req.complete === true) {
    socket.pause()
    if (!last.headersSent) last.setHeader('Connection', 'close')
    last.once('close', () => socket.destroy())
  } else if (pending.length > 1 || last?.headersSent === true) socket.destroy()
  else {
    const failure = failureOf(error)
    if (last !== undefined) noteFailure(last, failure.code)
    refuseOctets(socket, failure, requestId)
  }
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
