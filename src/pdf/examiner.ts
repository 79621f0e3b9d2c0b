import { Worker } from 'node:worker_threads'
import { limits, systemClock } from '../base/index.ts'
import { type AttachedFile, type ExaminedFile, examineFile, isWorthExamining } from './examine-file.ts'
import type { FindingCode } from './findings.ts'

export interface ExaminerOptions {
  readonly limitMs?: number
  readonly heapMib?: number
}

/**
 * Examines files that attackers may have made in a thread of its own, with bounds on time and heap. What exceeds them
 * is a finding; the thread is ended and the next file gets a new one. One file at a time.
 */
export class Examiner {
  readonly #limitMs: number
  readonly #heapMib: number
  #worker: Worker | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor({ limitMs = limits.pdfExamineMs, heapMib = limits.pdfWorkerMib }: ExaminerOptions = {}) {
    this.#limitMs = limitMs
    this.#heapMib = heapMib
  }

  /**
   * Never rejects for what the octets are.
   * @param file its octets are handed over where they are worth reading
   * @param limitMs less time than usual
   */
  examine(file: AttachedFile, limitMs = this.#limitMs): Promise<ExaminedFile> {
    if (file.octets.length > limits.pdfBytes) return Promise.resolve(unexamined('pdf-too-large'))
    if (!isWorthExamining(file)) return Promise.resolve(examineFile(file))
    const answer = this.#turn.then(() => this.#ask(file, Math.min(limitMs, this.#limitMs)))
    this.#turn = answer
    return answer
  }

  /** Ends the thread; a file that is being examined is left `judging-failed`. It starts again when needed. */
  async stop(): Promise<void> {
    await this.#end(this.#worker)
  }

  async #ask(file: AttachedFile, limitMs: number): Promise<ExaminedFile> {
    const worker = this.#worker ?? this.#start()
    worker.ref()
    const ended = new AbortController()
    const answered = new Promise<ExaminedFile>((resolve) => {
      const answer = (examined: ExaminedFile): void => {
        worker.off('message', answer).off('error', fail).off('exit', fail)
        resolve(examined)
      }
      const fail = (): void => answer(unexamined('judging-failed'))
      worker.on('message', answer).on('error', fail).on('exit', fail)
    })
    const timedOut = systemClock.wait(limitMs, ended.signal).then(() => unexamined('time-limit'))
    worker.postMessage(file, [file.octets.buffer])
    const examined = await Promise.race([answered, timedOut])
    ended.abort()
    if (isExhausted(examined)) await this.#end(worker)
    else worker.unref()
    return examined
  }

  #start(): Worker {
    const worker = new Worker(new URL('./examine-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: this.#heapMib, maxYoungGenerationSizeMb: 32 },
    })
    worker.on('error', () => {}) // whoever waits hears of it; one that is being ended may say so late
    worker.on('exit', () => this.#forget(worker))
    this.#worker = worker
    return worker
  }

  async #end(worker: Worker | undefined): Promise<void> {
    if (worker === undefined) return
    this.#forget(worker)
    await worker.terminate()
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined
  }
}

/** Whether the reader was ended before it had read the file: by its time, or because its memory ran out. */
export function isExhausted({ findings }: ExaminedFile): boolean {
  return findings.some(({ code }) => code === 'time-limit' || code === 'judging-failed')
}

/** Why a file was not examined. */
export function unexamined(code: FindingCode): ExaminedFile {
  return { form: 'pdf', findings: [{ code }] }
}
