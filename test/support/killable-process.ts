import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultPoint } from '../../src/base/index.ts'
import type { Order } from '../../src/repair/index.ts'
import type { Command, CrashSettings, Told } from './crash-process.ts'

const script = join(import.meta.dirname, 'crash-process.ts')
const READY_MS = 60_000

/** Those that run now: they end with us, also where they are stopped and cannot hear that we are gone. */
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A process with gateways in it, seen from the one that kills, stops and starts it: see `crash-process.ts`. */
export class KillableProcess {
  /** Points that any of these processes passed, as far as it could tell. */
  readonly passed = new Set<FaultPoint>()
  #child: ChildProcess | undefined
  #access: Extract<Told, { ready: unknown }>['ready'] | undefined
  #stopped = false
  #expected = false
  #aheadMs: number | undefined
  readonly #died: (how: string) => void
  #heard: (told: Told) => void = () => undefined

  /** @param died Called when it ends and nobody here let it */
  constructor(died: (how: string) => void = () => undefined) {
    this.#died = died
  }

  /** Whether requests have anybody to answer them. */
  get isUp(): boolean {
    return this.#access !== undefined && !this.#stopped
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  accessOf(code: string): { url: string; key: string } | undefined {
    return this.#access?.[code]
  }

  /** @throws when it is not ready within a minute, or ends before */
  async start(settings: CrashSettings): Promise<void> {
    const child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const dead = new Promise<never>((_, reject) =>
      child.once('exit', (code, signal) => {
        const wasReady = this.#child === child && this.#access !== undefined
        if (this.#child === child) this.#access = undefined
        reject(new Error(`the gateway did not start: it ended with ${code ?? signal}`))
        if (wasReady && !this.#expected) this.#died(`it ended with ${code ?? signal}`)
      }),
    )
    dead.catch(() => undefined)
    child.stdin.on('error', () => undefined) // it may die while it is told something
    this.#child = child
    children.add(child)
    child.once('exit', () => children.delete(child))
    this.#stopped = false
    this.#expected = false
    this.#aheadMs = settings.aheadMs
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as Told
      if ('aheadMs' in told) this.#aheadMs = told.aheadMs
      if ('passed' in told) for (const point of told.passed) this.passed.add(point)
      this.#heard(told)
    })
    const told = await Promise.race([this.#told('ready', READY_MS), dead])
    if ('ready' in told) this.#access = told.ready
  }

  /** Lets it die at the nth passage of this point. Resolves when it is dead, saying whether the point was reached. */
  async dieAt(at: FaultPoint, nth: number, waitMs: number): Promise<boolean> {
    this.#expected = true
    const dead = this.#dead()
    const hit = await this.#reaches({ at, nth, does: 'die' }, waitMs)
    if (!hit) await this.kill()
    await dead
    return hit
  }

  /** Lets it stop in its tracks at the nth passage of this point, or wherever it is after `waitMs`. */
  async pauseAt(at: FaultPoint, nth: number, waitMs: number): Promise<boolean> {
    const hit = await this.#reaches({ at, nth, does: 'halt' }, waitMs)
    this.pause()
    return hit
  }

  pause(): void {
    this.#stopped = true
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
    this.#stopped = false
  }

  /** Gives an operator's command, whatever becomes of it. */
  order(order: Order, commandId: string): void {
    this.#say({ order, commandId })
  }

  /** Gives an operator's command, and waits until it is carried out. */
  async carryOut(order: Order, commandId: string, waitMs: number): Promise<void> {
    const done = this.#told('done', waitMs)
    this.#say({ order, commandId })
    await done
  }

  /** Resolves when its clock is set; at once where it stands still or is dead, and cannot know. */
  async setClock(aheadMs: number): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#say({ aheadMs })
    const runs = (): boolean => child.exitCode === null && child.signalCode === null && !this.#stopped
    while (this.#child === child && runs() && this.#aheadMs !== aheadMs) await pause(1)
  }

  async stop(): Promise<void> {
    this.#expected = true
    const [stopped, dead] = [this.#told('stopped', 60_000), this.#dead()]
    this.#say({ stop: true })
    await stopped
    await this.kill()
    await dead
  }

  /** Resolves when it is dead. */
  async kill(): Promise<void> {
    this.#expected = true
    const dead = this.#dead()
    this.#child?.kill('SIGKILL')
    await dead
  }

  async #reaches(order: Extract<Command, { at: FaultPoint }>, waitMs: number): Promise<boolean> {
    const hit = this.#told('hit', waitMs).then(
      () => true,
      () => false,
    )
    this.#say(order)
    return hit
  }

  #dead(): Promise<unknown> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => child.once('exit', resolve))
  }

  #say(command: Command): void {
    this.#child?.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  #told(what: 'ready' | 'hit' | 'done' | 'stopped', waitMs: number): Promise<Told> {
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
