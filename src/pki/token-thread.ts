import { Worker } from 'node:worker_threads'
import { type Clock, GatewayError, limits } from '../base/index.ts'
import type { TokenAnswer, TokenQuestion, TokenThreadData } from './token-protocol.ts'

interface Waiting {
  readonly worker: Worker
  readonly resolve: (octets: Uint8Array) => void
  readonly reject: (error: GatewayError) => void
}

type Asked = TokenQuestion extends infer Q ? (Q extends TokenQuestion ? Omit<Q, 'id'> : never) : never

/**
 * The thread of one PKCS#11 module. Questions are answered one after another; who waits too long hears so, and until the
 * token has answered that question nobody else has to wait for it.
 */
export class TokenThread {
  readonly #data: TokenThreadData
  readonly #clock: Clock
  readonly #waiting = new Map<number, Waiting>()
  readonly #overdue = new Map<number, Worker>()
  #worker: Worker | undefined
  #lastId = 0

  constructor(data: TokenThreadData, clock: Clock) {
    this.#data = data
    this.#clock = clock
  }

  /** @throws key-token-unavailable, and what the token says */
  async ask(question: Asked): Promise<Uint8Array> {
    if (this.#overdue.size > 0) throw unavailable('The token has not answered an earlier question yet.')
    if (this.#waiting.size >= limits.tokenCallsWaiting) throw unavailable('Too many signatures wait for the token.')
    const id = ++this.#lastId
    const answered = new AbortController()
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      const worker = this.#start()
      this.#waiting.set(id, { worker, resolve, reject })
      worker.ref() // the process stays while somebody waits
      worker.postMessage({ ...question, id })
    }).finally(() => answered.abort())
    void this.#clock.wait(limits.tokenCallMs, answered.signal).then(() => {
      if (!answered.signal.aborted) this.#late(id)
    })
    return await answer
  }

  /** Ends the thread; it begins again at the next question. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    if (this.#overdue.size === 0) await this.ask({ ask: 'close' }).catch(() => {}) // a stuck one is left behind
    this.#worker = undefined
    await worker.terminate()
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(new URL('./token-worker.ts', import.meta.url), { workerData: this.#data })
    this.#worker = worker
    worker.on('message', (answer: TokenAnswer) => this.#take(answer))
    worker.on('error', (cause) => this.#gone(worker, cause))
    worker.on('exit', () => this.#gone(worker))
    return worker
  }

  #take(answer: TokenAnswer): void {
    this.#overdue.delete(answer.id)
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker?.unref()
    if ('code' in answer) waiting?.reject(new GatewayError(answer.code, answer.message))
    else waiting?.resolve(answer.octets)
  }

  #late(id: number): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    this.#overdue.set(id, waiting.worker)
    if (this.#waiting.size === 0) this.#worker?.unref()
    waiting.reject(unavailable(`The token did not answer within ${limits.tokenCallMs} ms.`))
  }

  #gone(worker: Worker, cause?: unknown): void {
    if (this.#worker === worker) this.#worker = undefined
    // it may go in two steps, and another one may have been started after the first
    for (const [id, asked] of this.#overdue) if (asked === worker) this.#overdue.delete(id)
    for (const [id, waiting] of this.#waiting)
      if (waiting.worker === worker) {
        this.#waiting.delete(id)
        waiting.reject(unavailable('The thread of the token ended.', cause))
      }
  }
}

function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('key-token-unavailable', message, {}, { cause })
}
