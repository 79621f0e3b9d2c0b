import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultPoint } from '../../src/base/index.ts'
import { queueName } from '../../src/broker/index.ts'
import { type AgencyCode, lanes } from '../../src/message/index.ts'
import type { StorePlace } from '../../src/store/index.ts'
import { type Doors, Ministry, Office } from '../support/crash-people.ts'
import { type PostgresPlace, postgresPlace } from '../support/postgres.ts'
import { TestVhost } from '../support/rabbitmq.ts'
import { RestClient } from '../support/rest-client.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'
import { type Books, postgresBooks, sqliteBooks } from './books.ts'
import { type Disk, openDisk } from './disk.ts'
import type { Finding, FindingKind } from './findings.ts'
import { Member } from './member.ts'
import { Witness } from './witness.ts'

export type Code = 'G02' | 'G22'
export const codes: readonly Code[] = ['G02', 'G22']

export interface WorldPlan {
  readonly seed: number
  readonly documents: number
  readonly store: 'sqlite' | 'postgresql'
  /** Gateway processes for each agency; more than one needs PostgreSQL. */
  readonly processes: number
}

/** One agency: its processes, and the store that they share. */
export interface Side {
  readonly code: Code
  readonly members: readonly Member[]
  readonly books: Books
  readonly place: StorePlace
  readonly disk: Disk | undefined
  readonly database: PostgresPlace | undefined
}

/** Without a skip nothing is sent again; a jump of a clock is far shorter. */
export const RECEIPT_WAIT_MS = 3_600_000

/** Clocks of two processes are never further apart than this while time passes: a signing time may be 10 min ahead. */
const APART_MS = 9 * 60_000

/** Two agencies with real gateway processes, stores and RabbitMQ, and the people who use them. */
export class World implements Doors {
  readonly plan: WorldPlan
  readonly folder: string
  readonly vhost: TestVhost
  readonly sides: Readonly<Record<Code, Side>>
  readonly ministry: Ministry
  readonly office: Office
  readonly findings: Finding[] = []
  /** What was done to the world, for the report. */
  readonly timeline: string[] = []
  /** Points at which a process died. */
  readonly hit = new Set<FaultPoint>()
  /** Parts that a link damaged on the way. */
  damaged = 0
  /** Parts that recipients took for damaged. */
  quarantined = 0
  readonly #witness = new Witness(this)
  readonly #startedAt = performance.now()
  readonly #ends = new AbortController()
  readonly #tell: (line: string) => void
  #people: Promise<unknown> = Promise.resolve()
  #aheadMs = 0
  #ending = false

  static async open(plan: WorldPlan, tell: (line: string) => void): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'lienthong-faults-'))
    const vhost = await TestVhost.open()
    const world = new World(plan, folder, vhost, tell)
    for (const code of codes) await vhost.provision(code, [code as AgencyCode])
    for (const code of codes) (world.sides as Record<Code, Side>)[code] = await world.#openSide(code)
    return world
  }

  private constructor(plan: WorldPlan, folder: string, vhost: TestVhost, tell: (line: string) => void) {
    this.plan = plan
    this.folder = folder
    this.vhost = vhost
    this.#tell = tell
    this.sides = {} as Record<Code, Side>
    this.ministry = new Ministry(this, plan)
    this.office = new Office(this, join(folder, 'office.log'))
  }

  get members(): Member[] {
    return codes.flatMap((code) => this.sides[code].members)
  }

  async start(): Promise<void> {
    for (const side of Object.values(this.sides)) {
      const [first, ...others] = side.members
      await first?.start() // the others find the schema and the directory made
      await Promise.all(others.map((member) => member.start()))
    }
    const { signal } = this.#ends
    this.#people = Promise.all([this.ministry.work(signal), this.office.work(signal, 3)])
  }

  /** In order, as operators would. */
  async stop(): Promise<void> {
    this.#ends.abort()
    await this.#people
    this.#ending = true
    await Promise.all(this.members.map(({ process }) => process.stop()))
  }

  /** Whatever happened: nothing is left running, mounted or on the servers. */
  async close(): Promise<void> {
    this.#ends.abort()
    this.#ending = true
    await Promise.all(this.members.map(({ process }) => process.kill()))
    await Promise.all(this.members.map(({ link }) => link.close()))
    for (const { disk, database } of Object.values(this.sides)) {
      disk?.close()
      await database?.drop().catch(() => undefined)
    }
    await this.vhost.close().catch(() => undefined)
    rmSync(this.folder, { recursive: true, force: true })
  }

  isUp(code: Code): boolean {
    return this.sides[code].members.some(({ process }) => process.isUp)
  }

  /** Each request goes to a process that is up; those of one agency share their keys. */
  as(code: Code): RestClient {
    let turn = 0
    const access = (next: number): { url: string; key: string } | undefined => {
      const up = this.sides[code].members.filter(({ process }) => process.isUp)
      return up[next % Math.max(1, up.length)]?.process.accessOf(code)
    }
    return new RestClient(
      () => access(turn++)?.url ?? 'http://127.0.0.1:1',
      () => access(turn)?.key ?? '',
      code,
    )
  }

  /**
   * Time passes for everybody: for the processes, and for the databases that they share. In steps, because no process is
   * told at the same instant as another, and what the one signs meanwhile must not be of the other's far future.
   */
  async skip(ms: number): Promise<void> {
    const drifts = this.members.map(({ driftMs }) => driftMs)
    const stepMs = APART_MS - (Math.max(...drifts) - Math.min(...drifts))
    for (let left = ms; left > 0; left -= stepMs) {
      this.#aheadMs += Math.min(left, stepMs)
      for (const { database } of Object.values(this.sides)) if (database !== undefined) await this.#setClockOf(database)
      await Promise.all(this.members.map((member) => member.setClock()))
    }
  }

  /** Looks at what may never go back. */
  watch(): Promise<void> {
    return this.#witness.look()
  }

  /** Waits until all that counts as sent is where it was sent to, while nothing is sent again. */
  calm(when: string): Promise<void> {
    return this.#witness.calm(when)
  }

  note(line: string): void {
    const text = `${((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`
    this.timeline.push(text)
    this.#tell(text)
  }

  find(kind: FindingKind, text: string, n?: number): void {
    if (this.findings.some((known) => known.kind === kind && known.text === text)) return
    this.findings.push({ kind, text, ...(n === undefined ? {} : { n }) })
  }

  /** Parts on the queues of an agency; undefined while the broker does not say. */
  async onBroker(code: Code): Promise<number | undefined> {
    const { management } = this.vhost.broker
    let sum = 0
    for (const lane of lanes) {
      const queue = await management
        .find<{ messages?: number }>('queues', this.vhost.name, queueName(code as AgencyCode, lane))
        .catch(() => undefined)
      if (queue?.messages === undefined) return undefined
      sum += queue.messages
    }
    return sum
  }

  /** Looks until it is so. @returns whether it came to be in that time */
  async until(waitMs: number, probe: () => boolean | Promise<boolean>): Promise<boolean> {
    for (const deadline = performance.now() + waitMs; performance.now() < deadline; await pause(100))
      if (await probe()) return true
    return false
  }

  /** Until it is done: the database may be away. */
  async #setClockOf(place: PostgresPlace): Promise<void> {
    const text = `UPDATE ${place.schema}.time_passed SET ms = ${this.#aheadMs}`
    while ((await place.ask(text).catch(() => undefined)) === undefined) await pause(200)
  }

  async #openSide(code: Code): Promise<Side> {
    const { store, processes, documents } = this.plan
    if (store === 'sqlite') {
      const disk = openDisk(join(this.folder, code), 128 + Math.ceil(documents / 12))
      const file = join(disk.folder, `${code.toLowerCase()}.sqlite`)
      const members = await this.#openMembers(code, 1, disk.folder, undefined)
      return { code, members, books: sqliteBooks(file), place: { file }, disk, database: undefined }
    }
    const database = await postgresPlace({ movableClock: true })
    const members = await this.#openMembers(code, processes, this.folder, database.url)
    const place = { url: database.url }
    return { code, members, books: postgresBooks(database.url), place, disk: undefined, database }
  }

  async #openMembers(code: Code, count: number, folder: string, database: string | undefined): Promise<Member[]> {
    const passwordFile = join(folder, `${code}.password`)
    writeFileSync(passwordFile, this.vhost.passwordOf(code))
    const members: Member[] = []
    for (let i = 0; i < count; i++) {
      const link = await openTcpProxy(this.vhost.broker)
      const broker = {
        kind: 'rabbitmq',
        urls: [`amqp://127.0.0.1:${link.port}`],
        vhost: this.vhost.name,
        passwordFile,
      }
      const settings = (member: Member): Parameters<Member['process']['start']>[0] => ({
        folder,
        agencies: [code],
        aheadMs: this.#aheadMs + member.driftMs,
        delivery: {
          chunkBytes: 65_536,
          receiptWaitSeconds: RECEIPT_WAIT_MS / 1000,
          deadlines: { expressMinutes: 500_000, ordinaryMinutes: 500_000, statusMinutes: 500_000 },
        },
        broker,
        ...(database !== undefined && { database }),
      })
      members.push(new Member(`${code}/${i + 1}`, link, settings, (member, how) => this.#died(member, how)))
    }
    return members
  }

  #died(member: Member, how: string): void {
    if (this.#ending) return
    this.find('gateway-died', `the gateway ${member.name} ended by itself: ${how}`)
    this.note(`${member.name} ended by itself: ${how}`)
    void member.start()
  }
}
