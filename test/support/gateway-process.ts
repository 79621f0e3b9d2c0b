import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

const main = new URL('./gateway-process-main.ts', import.meta.url)
/** Those of `npm start`, and the collector at hand. */
const flags = [
  '--expose-gc',
  '--max-semi-space-size=4',
  ...(process.env['GATEWAY_FLAGS'] ?? '').split(' ').filter(Boolean),
]
const PAGE = 4096
const TICKS_PER_SECOND = 100

/** A gateway in a process of its own. GATEWAY_FLAGS, such as `--cpu-prof`, go to it. */
export class GatewayProcess {
  readonly url: string
  /** Of a client for its agency. */
  readonly key: string
  readonly #child: ChildProcess

  static async start(settings: object, code: string): Promise<GatewayProcess> {
    const child = fork(main, [JSON.stringify(settings), code], { execArgv: flags })
    const told = await new Promise<{ url: string; key: string }>((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', (code) => reject(new Error(`a gateway ended with ${code} before it was ready`)))
    })
    return new GatewayProcess(child, told)
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
