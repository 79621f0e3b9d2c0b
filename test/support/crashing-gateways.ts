import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { FaultPoint } from '../../src/base/index.ts'
import type { Command, Told } from './crash-process.ts'
import { RestClient } from './rest-client.ts'

const script = join(import.meta.dirname, 'crash-process.ts')

/** The gateways G02 and G22 in a process of their own, which dies and is started again on the same stores. */
export class CrashingGateways {
  readonly #folder: string
  #starts = 0
  #child: ChildProcess | undefined
  #access: Extract<Told, { ready: unknown }>['ready'] | undefined
  #heard: (told: Told) => void = () => undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  get starts(): number {
    return this.#starts
  }

  /** Whether requests have anybody to answer them. */
  get isUp(): boolean {
    return this.#access !== undefined
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [script, this.#folder, String(this.#starts++)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.once('exit', () => {
      this.#access = undefined
    })
    child.stdin.on('error', () => undefined) // it may die while it is told something
    this.#child = child
    createInterface({ input: child.stdout }).on('line', (line) => this.#heard(JSON.parse(line) as Told))
    const told = await this.#told('ready', 30_000)
    if ('ready' in told) this.#access = told.ready
  }

  /** Lets it die at the nth passage of this point. Resolves when it is dead, saying whether the point was reached. */
  async dieAt(kill: FaultPoint, nth: number, waitMs: number): Promise<boolean> {
    const child = this.#child
    const dead = new Promise((resolve) => child?.once('exit', resolve))
    const hit = this.#told('hit', waitMs).then(
      () => true,
      () => false,
    )
    this.#say({ kill, nth })
    if (!(await hit)) child?.kill('SIGKILL')
    await dead
    return hit
  }

  skip(ms: number): void {
    this.#say({ skip: ms })
  }

  async stop(): Promise<void> {
    const stopped = this.#told('stopped', 60_000)
    this.#say({ stop: true })
    await stopped
    this.kill()
  }

  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  as(code: 'G02' | 'G22'): RestClient {
    return new RestClient(
      () => this.#access?.[code].url ?? 'http://127.0.0.1:1',
      () => this.#access?.[code].key ?? '',
      code,
    )
  }

  #say(command: Command): void {
    this.#child?.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  #told(what: 'ready' | 'hit' | 'stopped', waitMs: number): Promise<Told> {
    const { promise, resolve, reject } = Promise.withResolvers<Told>()
    const late = setTimeout(() => reject(new Error(`the process did not tell '${what}' within ${waitMs} ms`)), waitMs)
    this.#heard = (told) => {
      if (!(what in told)) return
      clearTimeout(late)
      resolve(told)
    }
    return promise
  }
}
