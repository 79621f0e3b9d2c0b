import { Worker } from 'node:worker_threads'
import { GatewayError, type Log } from '../../base/index.ts'
import { unavailable } from '../unavailable.ts'
import type { Ask, Failure, Reply, Request, WorkerOptions } from './protocol.ts'

/**
 * The database thread, seen from here. Requests made in one turn of the event loop travel as one message and are
 * answered in order. When the thread dies, everything asked and everything asked later fails with store-unavailable.
 */
export class SqliteConnection {
  readonly #worker: Worker
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #unsent: Request[] = []
  #lastId = 0
  #lost: GatewayError | undefined
  #closing = false
  readonly #log: Log

  constructor(options: WorkerOptions, log: Log) {
    this.#log = log
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: options, name: 'store' })
    this.#worker.on('message', (replies: Reply[]) => {
      for (const reply of replies) this.#settle(reply)
    })
    this.#worker.on('error', (error) => this.#lose(error))
    this.#worker.on('messageerror', (error) => this.#lose(error))
    this.#worker.on('exit', () => this.#lose(undefined))
  }

  ask(ask: Ask): Promise<unknown> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost)
    const id = ++this.#lastId
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    if (this.#unsent.push({ id, ...ask }) === 1) setImmediate(() => this.#send()) // once all that is ready has asked
    return answer.promise
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#lost === undefined) await this.ask({ op: 'close' })
    this.#lost ??= unavailable('The store is closed.')
    await this.#worker.terminate()
  }

  #send(): void {
    const requests = this.#unsent
    this.#unsent = []
    this.#worker.postMessage(requests, requests.flatMap(largeBuffersOf))
  }

  #settle(reply: Reply): void {
    const answer = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('value' in reply) answer?.resolve(reply.value)
    else answer?.reject(errorOf(reply.failure))
  }

  #lose(cause: unknown): void {
    if (!this.#closing && this.#lost === undefined) this.#log.error({ err: cause }, 'store thread stopped')
    this.#lost ??= unavailableBecause(cause) ?? unavailable('The thread that holds the database has stopped.', cause)
    for (const answer of this.#waiting.values()) answer.reject(this.#lost)
    this.#waiting.clear()
  }
}

/** SQLite's primary result codes that speak of the disk or the database rather than of the statement. */
const UNAVAILABLE: Readonly<Record<number, string>> = {
  5: 'is busy: another process holds it',
  6: 'is locked',
  7: 'ran out of memory',
  8: 'is read-only',
  9: 'was interrupted',
  10: 'met an input/output error',
  11: 'is damaged',
  13: 'has no room left on the disk',
  14: 'cannot be opened: its directory must exist and be writable',
  26: 'is not an SQLite database',
}

function errorOf({ message, text, errcode }: Failure): GatewayError {
  const cause = Object.assign(new Error(message), { errcode })
  const told = `The store refused a statement: ${message}.`
  return unavailableBecause(cause) ?? new GatewayError('internal', told, { text, errcode }, { cause })
}

function unavailableBecause(cause: unknown): GatewayError | undefined {
  if (!(cause instanceof Error) || !('errcode' in cause) || typeof cause.errcode !== 'number') return undefined
  const because = UNAVAILABLE[cause.errcode & 0xff]
  return because === undefined ? undefined : unavailable(`The store ${because}.`, cause, cause.errcode)
}

/** Below this a copy is cheaper than handing over. */
const TRANSFER_BYTES = 4096

function largeBuffersOf(request: Request): ArrayBuffer[] {
  if (request.op !== 'read' && request.op !== 'write') return []
  return request.statement.params.flatMap((value) =>
    value instanceof Uint8Array && value.byteLength >= TRANSFER_BYTES && value.buffer instanceof ArrayBuffer
      ? [value.buffer]
      : [],
  )
}
