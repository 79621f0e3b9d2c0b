import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { numbered, sha256 } from './letters.ts'
import type { RestClient, TestFile } from './rest-client.ts'

/** Where people find the gateway of their agency, which may be away at any moment. */
export interface Doors {
  as(code: 'G02' | 'G22'): RestClient
  isUp(code: 'G02' | 'G22'): boolean
}

export interface Load {
  readonly documents: number
  readonly seed: number
}

/** What became of a document that was handed over. */
export interface HandedOver {
  readonly n: number
  readonly key: string
  readonly id: string
  readonly documentId: string
  readonly sha256: string
}

/** iMOIT: hands over documents, remembers the key before it asks, and asks again until it is answered. */
export class Ministry {
  /** By Idempotency-Key. */
  readonly accepted = new Map<string, HandedOver>()
  /** Answers that no document of this load should get. */
  readonly refused: { n: number; answer: string }[] = []
  readonly #doors: Doors
  readonly #client: RestClient
  readonly #load: Load
  #next = 0
  #allowed = 0

  constructor(doors: Doors, load: Load) {
    this.#doors = doors
    this.#client = doors.as('G02')
    this.#load = load
  }

  mayHandOver(more: number): void {
    this.#allowed = Math.min(this.#load.documents, this.#allowed + more)
  }

  /** Whether all that may be handed over is accepted. */
  get isIdle(): boolean {
    return this.accepted.size + this.refused.length >= this.#allowed
  }

  async work(signal: AbortSignal): Promise<void> {
    const desk = async (): Promise<void> => {
      while (!signal.aborted)
        if (this.#next < this.#allowed) await this.#handOver(this.#next++, signal)
        else await pause(20)
    }
    await Promise.all([desk(), desk(), desk(), desk()])
  }

  async #handOver(n: number, signal: AbortSignal): Promise<void> {
    const key = `crash-${this.#load.seed}-${n}`
    const file = canary(n, this.#load.seed)
    while (!signal.aborted) {
      const answer = this.#doors.isUp('G02')
        ? await this.#client.submit(letterOf(n), [file], key).catch(() => undefined)
        : undefined
      if (answer?.status === 202) {
        const { id, documentId } = answer.body
        this.accepted.set(key, { n, key, id, documentId, sha256: sha256(file.bytes) })
        return
      }
      if (answer !== undefined && answer.status < 500) {
        this.refused.push({ n, answer: `${answer.status} ${JSON.stringify(answer.body)}` })
        return
      }
      await pause(20)
    }
  }
}

/** What the Government Office wrote down when it had a document in its hands. */
export interface TakenOver {
  readonly id: string
  readonly documentId: string
  readonly sha256: string
}

/** The document system of the Government Office: writes down what it has before it confirms. */
export class Office {
  readonly confirmed = new Set<string>()
  /** Document ids about which status 03 was accepted. */
  readonly reported = new Set<string>()
  readonly #doors: Doors
  readonly #client: RestClient
  readonly #file: string
  readonly #unanswered = new Map<string, string>()
  #resting = false
  #busy = 0

  constructor(doors: Doors, file: string) {
    this.#doors = doors
    this.#client = doors.as('G22')
    this.#file = file
    writeFileSync(file, '')
  }

  log(): TakenOver[] {
    const lines = readFileSync(this.#file, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as TakenOver)
  }

  /** @param clerks How many work side by side */
  async work(signal: AbortSignal, clerks = 1): Promise<void> {
    const clerk = async (): Promise<void> => {
      while (!signal.aborted) {
        this.#busy++
        const busy = !this.#resting && this.#doors.isUp('G22') && (await this.#round().catch(() => false))
        this.#busy--
        if (!busy) await pause(30)
      }
    }
    await Promise.all(Array.from({ length: clerks }, clerk))
  }

  /** Nobody fetches anything while `meanwhile` goes on. */
  async rest<T>(meanwhile: () => Promise<T>): Promise<T> {
    this.#resting = true
    try {
      while (this.#busy > 0) await pause(10)
      return await meanwhile()
    } finally {
      this.#resting = false
    }
  }

  async #round(): Promise<boolean> {
    for (const [id, token] of this.#unanswered) await this.#confirm(id, token)
    const leased = await this.#client.lease(3)
    await Promise.all(leased.map(({ id, token }) => this.#take(id, token)))
    return leased.length > 0
  }

  async #take(id: string, token: string): Promise<void> {
    const { status, body } = await this.#client.call<{ documentId: string }>('GET', `/v1/inbox/${id}`)
    const file = await this.#client.raw('GET', `/v1/inbox/${id}/attachments/1`)
    const bytes = Buffer.from(await file.arrayBuffer())
    if (status !== 200 || file.status !== 200) return
    appendFileSync(this.#file, `${JSON.stringify({ id, documentId: body.documentId, sha256: sha256(bytes) })}\n`)
    if (body.documentId.endsWith('0/BCT-KHTC')) await this.#report(id, body.documentId)
    await this.#confirm(id, token)
  }

  /** Asks again after a death without an answer: confirming twice is confirming once. */
  async #confirm(id: string, token: string): Promise<void> {
    this.#unanswered.set(id, token)
    const { status } = await this.#client.confirm(id, token)
    if (status < 500) this.#unanswered.delete(id)
    if (status === 204) this.confirmed.add(id)
  }

  async #report(id: string, documentId: string): Promise<void> {
    const { status } = await this.#client.report(id, '03')
    if (status === 202) this.reported.add(documentId)
  }
}

/** Every seventh is urgent, and overtakes the others. */
function letterOf(n: number): Record<string, unknown> {
  return numbered(n + 1, n % 7 === 3 ? { priority: '2' } : {})
}

/** Content that no other document has; every twentieth has several parts. */
function canary(n: number, seed: number): TestFile {
  const line = `chim hoàng yến số ${n} của loạt ${seed}\n`
  const bytes = Buffer.from(line.repeat(n % 20 === 0 ? 4000 : 1))
  return { name: `Công văn ${n}.txt`, type: 'text/plain', bytes }
}
