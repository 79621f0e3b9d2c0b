/**
 * One or several gateways in a process that may be killed, stopped in its tracks or have its clock set at any moment:
 * `crash-process.ts <settings>`, where the settings are `CrashSettings` as JSON. It tells what happens in lines of JSON
 * and obeys lines of JSON, see `Command`.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type FaultPoint,
  GatewayError,
  onFaultPoint,
  silentLog,
  systemClock,
  timeOrderedIds,
} from '../../src/base/index.ts'
import { createEmbeddedAxis } from '../../src/broker/index.ts'
import { Gateway } from '../../src/gateway.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import type { Order } from '../../src/repair/index.ts'
import { clients, type Store } from '../../src/store/index.ts'
import { configOf } from './gateways.ts'
import { setWallClock } from './wall-clock.ts'

export interface CrashSettings {
  readonly folder: string
  /** One gateway for each. */
  readonly agencies: readonly string[]
  /** How far its wall clock is from the machine's, milliseconds. */
  readonly aheadMs: number
  readonly delivery: Readonly<Record<string, unknown>>
  /** The settings of RabbitMQ; without them the gateways of this process share an embedded axis. */
  readonly broker?: Readonly<Record<string, unknown>>
  /** The address of a database, instead of a file of its own for each gateway. */
  readonly database?: string
}

export type Command =
  /** When that point is reached for the nth time from now on, it dies by SIGKILL, or halts until it can be stopped there. */
  | { at: FaultPoint; nth: number; does: 'die' | 'halt' }
  | { aheadMs: number }
  /** What an operator orders; answered by `done` when it is carried out. */
  | { order: Order; commandId: string }
  /** Stops as an operator would. */
  | { stop: true }

export type Told =
  | { ready: Record<string, { url: string; key: string }> }
  | { hit: FaultPoint; passed: readonly FaultPoint[] }
  | { done: string }
  /** How its clock is set now. */
  | { aheadMs: number }
  | { stopped: true; passed: readonly FaultPoint[] }

/** Whoever was told has so long to send SIGSTOP: a process that stops itself might do so after it was let go on. */
const HALT_MS = 1_500

const settings = JSON.parse(process.argv[2] ?? '{}') as CrashSettings
const { folder, agencies, delivery, broker, database } = settings
setWallClock(settings.aheadMs)
process.on('SIGXFSZ', () => undefined) // a file that may not grow is told by the write that fails
const axis = broker === undefined ? createEmbeddedAxis({ clock: systemClock, log: silentLog }) : undefined
const gateways = new Map<string, Gateway>()
const passed = new Set<FaultPoint>()
let order: Extract<Command, { at: FaultPoint }> | undefined

onFaultPoint((point) => {
  passed.add(point)
  if (point !== order?.at || --order.nth > 0) return
  const { does } = order
  order = undefined
  tell({ hit: point, passed: [...passed] })
  if (does === 'die') process.kill(process.pid, 'SIGKILL')
  else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HALT_MS)
})
for (const code of agencies) gateways.set(code, await open(code))
const input = createInterface({ input: process.stdin })
input.on('line', (line) => void obey(JSON.parse(line) as Command))
input.on('close', () => process.exit()) // whoever commanded us is gone
tell({
  ready: Object.fromEntries(await Promise.all(agencies.map(async (code) => [code, await access(code)] as const))),
})

function open(code: string): Promise<Gateway> {
  const config = configOf(folder, [code], {
    delivery,
    ...(broker && { broker: () => broker }),
    ...(database !== undefined && { database: () => database }),
  })
  return Gateway.start({ config, log: silentLog, ...(axis && { axis }) })
}

async function access(code: string): Promise<{ url: string; key: string }> {
  const gateway = gateways.get(code)
  if (gateway === undefined) throw new Error(`there is no gateway of ${code}`)
  const client = { name: `people of ${code}`, agencies: [code as AgencyCode], actor: 'test' }
  const { key } = await gateway.store.transact((tx) =>
    clients.create(tx, client, timeOrderedIds(systemClock), systemClock),
  )
  return { url: gateway.url, key }
}

async function obey(command: Command): Promise<void> {
  if ('at' in command) order = command
  else if ('aheadMs' in command) await setClock(command.aheadMs)
  else if ('order' in command) await give(command)
  else {
    await Promise.all([...gateways.values()].map((gateway) => gateway.stop()))
    tell({ stopped: true, passed: [...passed] })
    input.close()
  }
}

/** On a database, gateways go by its time, which they see at each transaction: so each looks once. */
async function setClock(aheadMs: number): Promise<void> {
  setWallClock(aheadMs)
  if (database !== undefined) for (const { store } of gateways.values()) while (!(await looks(store))) await pause(200)
  tell({ aheadMs })
}

/** @returns false while the database is away */
function looks(store: Store): Promise<boolean> {
  return store
    .transact(() => Promise.resolve(true))
    .catch((error: unknown) => {
      if (error instanceof GatewayError) return false
      throw error
    })
}

async function give({ order, commandId }: Extract<Command, { order: Order }>): Promise<void> {
  const by = { actor: 'operator:faults', reason: 'a command that may be cut off', commandId }
  for (const { repair } of gateways.values()) {
    await repair.give(order, by)
    while ((await repair.find(commandId))?.state !== 'done') await systemClock.wait(50)
  }
  tell({ done: commandId })
}

/** Written before the next instruction runs: what was told survives the kill. */
function tell(told: Told): void {
  writeSync(1, `${JSON.stringify(told)}\n`)
}
