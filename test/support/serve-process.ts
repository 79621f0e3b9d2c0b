import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface LogLine {
  readonly msg: string
  readonly url?: string
  readonly signal?: string
}

/** The command of this version. */
export const LIENTHONG = join(import.meta.dirname, '../../src/lienthong.js')

/** `lienthong serve` in a process of its own, whose log is read. */
export class ServeProcess {
  readonly process: ChildProcessByStdio<null, Readable, null>
  readonly exitCode: Promise<number | null>
  readonly #lines: AsyncIterator<string>
  /** Where it answers, once it has started. */
  url = ''

  /** @param command That of another version, for example. */
  constructor(config: string, command: string = LIENTHONG) {
    this.process = spawn(process.execPath, [command, 'serve', '--config', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.exitCode = once(this.process, 'exit').then(([code]) => code as number | null)
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
  }

  /** Reads its log up to this line. */
  async heard(msg: string): Promise<LogLine> {
    for (;;) {
      const next = await this.#lines.next()
      if (next.done === true) throw new Error(`it ended before it said "${msg}"`)
      const line = JSON.parse(next.value) as LogLine
      if (line.msg === msg) return line
    }
  }

  async started(): Promise<this> {
    this.url = (await this.heard('gateway started')).url ?? ''
    void this.#drain()
    return this
  }

  /** As an operator stops it. */
  stop(): Promise<number | null> {
    this.process.kill('SIGTERM')
    return this.exitCode
  }

  async #drain(): Promise<void> {
    while ((await this.#lines.next()).done !== true);
  }
}
