import type { FaultPoint } from '../../src/base/index.ts'
import type { Doors } from './crash-people.ts'
import { KillableProcess } from './killable-process.ts'
import { RestClient } from './rest-client.ts'

/** Between two starts so much time seems to pass that every lease of the dead process is over. */
const NIGHT_MS = 10 * 60_000

/** The gateways G02 and G22 on one embedded axis, in a process that dies and is started again on the same stores. */
export class CrashingGateways implements Doors {
  readonly #folder: string
  readonly #process = new KillableProcess()
  #aheadMs = -NIGHT_MS

  constructor(folder: string) {
    this.#folder = folder
  }

  isUp(): boolean {
    return this.#process.isUp
  }

  start(): Promise<void> {
    this.#aheadMs += NIGHT_MS
    return this.#process.start({
      folder: this.#folder,
      agencies: ['G02', 'G22'],
      aheadMs: this.#aheadMs,
      delivery: {
        chunkBytes: 65_536,
        receiptWaitSeconds: 20,
        deadlines: { ordinaryMinutes: 500_000, statusMinutes: 500_000 },
      },
    })
  }

  /** Lets it die at the nth passage of this point. Resolves when it is dead, saying whether the point was reached. */
  dieAt(point: FaultPoint, nth: number, waitMs: number): Promise<boolean> {
    return this.#process.dieAt(point, nth, waitMs)
  }

  async skip(ms: number): Promise<void> {
    this.#aheadMs += ms
    await this.#process.setClock(this.#aheadMs)
  }

  stop(): Promise<void> {
    return this.#process.stop()
  }

  kill(): Promise<void> {
    return this.#process.kill()
  }

  as(code: 'G02' | 'G22'): RestClient {
    return new RestClient(
      () => this.#process.accessOf(code)?.url ?? 'http://127.0.0.1:1',
      () => this.#process.accessOf(code)?.key ?? '',
      code,
    )
  }
}
