import { setTimeout as pause } from 'node:timers/promises'
import type { CrashSettings } from '../support/crash-process.ts'
import { KillableProcess } from '../support/killable-process.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'

/** One gateway process with its link to the broker and its clock; it is started again whenever it was killed. */
export class Member {
  readonly name: string
  readonly link: TcpProxy
  readonly process: KillableProcess
  /** How far its wall clock is from that of the world. */
  driftMs = 0
  readonly #settings: (member: Member) => CrashSettings

  constructor(
    name: string,
    link: TcpProxy,
    settings: (member: Member) => CrashSettings,
    died: (member: Member, how: string) => void,
  ) {
    this.name = name
    this.link = link
    this.#settings = settings
    this.process = new KillableProcess((how) => died(this, how))
  }

  /** Until it runs: the store may be away. */
  async start(): Promise<void> {
    for (let tries = 0; ; tries++)
      try {
        return await this.process.start(this.#settings(this))
      } catch (error) {
        await this.process.kill()
        if (tries >= 30) throw error
        await pause(500)
      }
  }

  /** Resolves when it goes by the time of the world, and its own drift. */
  setClock(): Promise<void> {
    return this.process.setClock(this.#settings(this).aheadMs)
  }

  async restart(): Promise<void> {
    await this.process.kill()
    await this.start()
  }
}
