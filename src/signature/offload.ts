import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { GatewayError, limits } from '../base/index.ts'
import { type Examined, examine, type NeedsWholeDocument } from './examine.ts'
import type { ExamineAnswer, ExamineTask } from './examine-worker.ts'

/**
 * `examine`, where it does not hold up the event loop: what is small is read here, what is long in a worker, one
 * document at a time each. Trust never leaves this thread; a worker only reads.
 */
export async function examineAside(
  octets: Uint8Array,
  extent: 'head' | 'whole',
): Promise<Examined | NeedsWholeDocument> {
  if (octets.length <= limits.examineHereBytes) return examine(octets, extent)
  const answer = await pool.ask({ octets: Uint8Array.from(octets), extent })
  if (answer.kind === 'refused') throw new GatewayError(answer.code, answer.message, answer.detail)
  return answer
}

/** Ends the workers; what they were reading is refused as `stopping`. They start again when needed. */
export async function stopWorkers(): Promise<void> {
  await pool.stop()
}

interface Waiting {
  readonly task: ExamineTask
  readonly resolve: (answer: ExamineAnswer) => void
  readonly reject: (error: unknown) => void
}

/** A few threads, started when there is work for them; an idle one does not keep the process alive. */
class WorkerPool {
  readonly #idle = new Set<Reader>()
  readonly #all = new Set<Reader>()
  readonly #queue: Waiting[] = []

  ask(task: ExamineTask): Promise<ExamineAnswer> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, resolve, reject })
      this.#serve()
    })
  }

  async stop(): Promise<void> {
    for (const { reject } of this.#queue.splice(0)) reject(stopping())
    const readers = [...this.#all]
    this.#all.clear()
    this.#idle.clear()
    await Promise.all(readers.map((reader) => reader.end(stopping())))
  }

  #serve(): void {
    while (this.#queue.length > 0) {
      const reader = this.#idle.values().next().value ?? this.#start()
      const next = reader && this.#queue.shift()
      if (reader === undefined || next === undefined) return
      this.#idle.delete(reader)
      reader.read(next)
    }
  }

  #start(): Reader | undefined {
    if (this.#all.size >= Math.max(1, Math.min(limits.examineWorkers, availableParallelism() - 1))) return undefined
    const reader = new Reader(
      () => {
        if (this.#all.has(reader)) this.#idle.add(reader) // not when it was stopped meanwhile
        this.#serve()
      },
      () => {
        this.#all.delete(reader)
        this.#idle.delete(reader)
        this.#serve()
      },
    )
    this.#all.add(reader)
    return reader
  }
}

/** One worker. Its WebAssembly memory never shrinks, so after so many octets it makes room for a new one. */
class Reader {
  readonly #worker = new Worker(new URL('./examine-worker.ts', import.meta.url))
  #current: Waiting | undefined
  #octets = 0

  constructor(free: () => void, gone: () => void) {
    this.#worker.unref()
    this.#worker.on('message', (answer: ExamineAnswer) => {
      this.#take()?.resolve(answer)
      if (this.#octets > limits.examineWorkerBytes) void this.#worker.terminate()
      else free()
    })
    this.#worker.on('error', (cause) =>
      this.#take()?.reject(new GatewayError('internal', 'A worker failed.', {}, { cause })),
    )
    this.#worker.on('exit', () => {
      this.#take()?.reject(new GatewayError('internal', 'A worker ended early.'))
      gone()
    })
  }

  read(waiting: Waiting): void {
    this.#current = waiting
    this.#octets += waiting.task.octets.length
    this.#worker.ref()
    this.#worker.postMessage(waiting.task, [waiting.task.octets.buffer])
  }

  async end(reason: GatewayError): Promise<void> {
    this.#take()?.reject(reason)
    await this.#worker.terminate()
  }

  #take(): Waiting | undefined {
    const current = this.#current
    this.#current = undefined
    this.#worker.unref()
    return current
  }
}

const pool = new WorkerPool()

function stopping(): GatewayError {
  return new GatewayError('stopping', 'The gateway is stopping.')
}
