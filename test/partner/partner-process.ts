import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What xmlsec1 and the partner's own reading of a package say of it; or what came instead of one. */
export interface Arrived {
  readonly form: 'document' | 'status' | 'question' | 'missing' | 'bad'
  readonly messageId: string
  readonly from: string
  readonly sha256: string
  readonly references: readonly DigestReference[]
  readonly answers: { readonly sha256: string; readonly references: readonly DigestReference[] } | null
  readonly documentId: string
  readonly lane: string
  readonly parts: number
  readonly attempt: number
  readonly code?: string
  readonly description?: string
  readonly attachments?: readonly { readonly name: string; readonly sha256: string }[]
  readonly missing?: readonly (readonly [number, number])[]
  readonly error?: string
}

export interface DigestReference {
  readonly uri: string
  readonly method: string
  readonly value: string
}

/** A package that the partner wrote and signed. */
export interface Written {
  /** Its message id. */
  readonly handle: string
  readonly sha256: string
  readonly references: readonly DigestReference[]
}

const script = join(import.meta.dirname, 'partner.py')
/** Debian's: the one that has python3-pika. */
const PYTHON = '/usr/bin/python3'

/** The partner in a process of its own, which is told what to do in JSON lines. */
export class PartnerProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #errors = ''
  #count = 0

  /** @param contract Another file than the written contract of this repository. */
  constructor(contract?: string) {
    this.#child = spawn(PYTHON, ['-B', script, ...(contract === undefined ? [] : [contract])], {
      env: { ...process.env, PYTHONUNBUFFERED: '1' },
    })
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#errors += text.toString()
    })
    this.#child.stdin.on('error', () => undefined) // told by its exit
    this.#child.once('error', (error) => this.#rejectAll(error))
    this.#child.once('exit', () => this.#rejectAll(new Error(`the partner has ended: ${this.#errors}`)))
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#heard(line))
  }

  /** @throws what the partner says went wrong */
  tell<T>(command: string, told: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const id = ++this.#count
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#child.stdin.write(`${JSON.stringify({ ...told, id, do: command })}\n`)
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin.end()
    await ended
  }

  #heard(line: string): void {
    const answer = JSON.parse(line) as { id: number; ok?: unknown; error?: string }
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (answer.error === undefined) waiting?.resolve(answer.ok)
    else waiting?.reject(new Error(`the partner: ${answer.error}`))
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
