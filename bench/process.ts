import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

const PAGE = 4096
const TICKS_PER_SECOND = 100

/** A gateway in a process of its own, with the flags of this process. */
export class GatewayProcess {
  readonly url: string
  /** Of a client for its agency. */
  readonly key: string
  readonly #child: ChildProcess

  static async start(settings: object, code: string): Promise<GatewayProcess> {
    const child = fork(new URL('./gateway-process.ts', import.meta.url), [JSON.stringify(settings), code])
    const ended = once(child, 'exit').then(([exit]) => {
      throw new Error(`a gateway ended with ${exit} before it was ready`)
    })
    const [told] = await Promise.race([once(child, 'message'), ended])
    return new GatewayProcess(child, told as { url: string; key: string })
  }

  private constructor(child: ChildProcess, { url, key }: { url: string; key: string }) {
    this.#child = child
    this.url = url
    this.key = key
  }

  /** Resident set, octets. */
  get residentBytes(): number {
    return Number(this.#read('statm').split(' ')[1]) * PAGE
  }

  /** Processor time of all its threads, so far. */
  get cpuSeconds(): number {
    const fields = this.#read('stat').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }

  /** Resolves when nothing is left that could be collected. */
  async collect(): Promise<void> {
    const answer = once(this.#child, 'message')
    this.#child.send('collect')
    await answer
  }

  /** As an operator would. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }

  #read(file: 'stat' | 'statm'): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, 'utf8')
  }
}

/** Watches the memory of processes from now on. @returns what tells how far each has grown at most, octets */
export async function watchGrowth(processes: readonly GatewayProcess[]): Promise<() => number[]> {
  for (const each of processes) await each.collect()
  const atRest = processes.map((each) => each.residentBytes)
  const most = [...atRest]
  const watch = setInterval(() => {
    for (const [i, each] of processes.entries()) most[i] = Math.max(most[i] ?? 0, each.residentBytes)
  }, 5)
  return () => {
    clearInterval(watch)
    return most.map((octets, i) => octets - (atRest[i] ?? 0))
  }
}
