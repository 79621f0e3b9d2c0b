/**
 * Two gateways on one embedded axis, in a process that may be killed at any moment: `crash-process.ts <folder>
 * <start>`. It tells what happens in lines of JSON and obeys lines of JSON:
 * `{"kill": "send.marked", "nth": 3}` dies by SIGKILL when that point is reached for the third time from now on,
 * `{"skip": ms}` moves its clock, `{"stop": true}` stops as an operator would.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import {
  type Clock,
  type FaultPoint,
  onFaultPoint,
  silentLog,
  systemClock,
  timeOrderedIds,
} from '../../src/base/index.ts'
import { createEmbeddedAxis } from '../../src/broker/index.ts'
import { Gateway } from '../../src/gateway.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { clients } from '../../src/store/index.ts'
import { configOf } from './gateways.ts'

export type Command = { kill: FaultPoint; nth: number } | { skip: number } | { stop: true }
export type Told =
  | { ready: Record<'G02' | 'G22', { url: string; key: string }> }
  | { hit: FaultPoint; nth: number }
  | { stopped: true }

/** Between two starts so much time seems to pass that every lease of the dead process is over. */
const NIGHT_MS = 10 * 60_000

const [folder = '', start = '0'] = process.argv.slice(2)
let aheadMs = Number(start) * NIGHT_MS
const clock: Clock = {
  now: () => new Date(systemClock.now().getTime() + aheadMs),
  wait: (ms, signal) => systemClock.wait(ms, signal),
}
const axis = createEmbeddedAxis({ clock, log: silentLog })
const gateways = { G02: await open('G02'), G22: await open('G22') }
const input = createInterface({ input: process.stdin })
input.on('line', (line) => void obey(JSON.parse(line) as Command))
tell({ ready: { G02: await access('G02'), G22: await access('G22') } })

function open(code: 'G02' | 'G22'): Promise<Gateway> {
  const delivery = {
    chunkBytes: 65_536,
    receiptWaitSeconds: 20,
    deadlines: { ordinaryMinutes: 500_000, statusMinutes: 500_000 },
  }
  return Gateway.start({ config: configOf(folder, [code], { delivery }), clock, log: silentLog, axis })
}

async function access(code: 'G02' | 'G22'): Promise<{ url: string; key: string }> {
  const gateway = gateways[code]
  const client = { name: `start ${start}`, agencies: [code as AgencyCode], actor: 'test' }
  const { key } = await gateway.store.transact((tx) => clients.create(tx, client, timeOrderedIds(clock), clock))
  return { url: gateway.url, key }
}

async function obey(command: Command): Promise<void> {
  if ('kill' in command) {
    let left = command.nth
    onFaultPoint((point) => {
      if (point !== command.kill || --left > 0) return
      tell({ hit: point, nth: command.nth })
      process.kill(process.pid, 'SIGKILL')
    })
  } else if ('skip' in command) aheadMs += command.skip
  else {
    await Promise.all([gateways.G02.stop(), gateways.G22.stop()])
    tell({ stopped: true })
    input.close()
  }
}

/** Written before the next instruction runs: what was told survives the kill. */
function tell(told: Told): void {
  writeSync(1, `${JSON.stringify(told)}\n`)
}
