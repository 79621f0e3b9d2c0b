import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { CrashingGateways } from './crashing-gateways.ts'
import { numbered, sha256 } from './letters.ts'
import type { RestClient, TestFile } from './rest-client.ts'

/** iMOIT: hands over documents, remembers the key before it asks, and asks again until it is answered. */
export class Ministry {
  readonly accepted = new Map<string, { id: string; documentId: string; sha256: string }>()
  readonly #client: RestClient
  readonly #gateways: CrashingGateways
  readonly #load: { documents: number; seed: number }
  #next = 0
  #allowed = 0

  constructor(gateways: CrashingGateways, load: { documents: number; seed: number }) {
    this.#gateways = gateways
    this.#client = gateways.as('G02')
    this.#load = load
  }

  mayHandOver(more: number): void {
    this.#allowed = Math.min(this.#load.documents, this.#allowed + more)
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
      const answer = this.#gateways.isUp
        ? await this.#client.submit(numbered(n + 1), [file], key).catch(() => undefined)
        : undefined
      if (answer?.status === 202) {
        const { id, documentId } = answer.body
        this.accepted.set(key, { id, documentId, sha256: sha256(file.bytes) })
        return
      }
      if (answer !== undefined && answer.status < 500)
        throw new Error(`document ${n}: ${answer.status} ${JSON.stringify(answer.body)}`)
      await pause(20)
    }
  }
}

/** The document system of the Government Office: writes down what it has before it confirms. */
export class Office {
  readonly confirmed = new Set<string>()
  /** Document ids about which status 03 was accepted. */
  readonly reported = new Set<string>()
  readonly #client: RestClient
  readonly #gateways: CrashingGateways
  readonly #file: string
  readonly #unanswered = new Map<string, string>()

  constructor(gateways: CrashingGateways, file: string) {
    this.#gateways = gateways
    this.#client = gateways.as('G22')
    this.#file = file
    writeFileSync(file, '')
  }

  log(): { id: string; documentId: string; sha256: string }[] {
    const lines = readFileSync(this.#file, 'utf8').trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line) as { id: string; documentId: string; sha256: string })
  }

  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const busy = this.#gateways.isUp && (await this.#round().catch(() => false))
      if (!busy) await pause(30)
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
    this.#unanswered.delete(id)
    if (status === 204) this.confirmed.add(id)
  }

  async #report(id: string, documentId: string): Promise<void> {
    const { status } = await this.#client.report(id, '03')
    if (status === 202) this.reported.add(documentId)
  }
}

/** Content that no other document has; every twentieth has several parts. */
function canary(n: number, seed: number): TestFile {
  const line = `chim hoàng yến số ${n} của loạt ${seed}\n`
  const bytes = Buffer.from(line.repeat(n % 20 === 0 ? 4000 : 1))
  return { name: `Công văn ${n}.txt`, type: 'text/plain', bytes }
}
