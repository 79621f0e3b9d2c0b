import { setTimeout as pause } from 'node:timers/promises'
import { type FaultPoint, faultPoints } from '../../src/base/index.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import type { SeededRandom } from '../support/seeded-random.ts'
import { provisionedQueues } from './broker-bounds.ts'
import type { Member } from './member.ts'
import { restartService } from './services.ts'
import { type Code, codes, RECEIPT_WAIT_MS, type World } from './world.ts'

/** Longer than any lease of the flow rooms (60 s), and far shorter than the wait for a receipt. */
const LEASE_OVER_MS = 90_000
/** Longer than the lease of a document that was fetched (5 min). */
const INBOX_LEASE_OVER_MS = 6 * 60_000
/** Clocks of two hosts may differ by so much and more without harm; a signing time may be 10 min ahead. */
const DRIFT_MS = 4 * 60_000
const REACH_MS = 20_000

/** One thing that goes wrong, and is put right again when it resolves. */
export interface Fault {
  readonly kind: FaultKind
  /** With everything that was chosen, for the report. */
  readonly name: string
  run(world: World): Promise<void>
}

export const faultKinds = [
  'kill-at-point',
  'kill',
  'broker-kill',
  'broker-restart',
  'database-kill',
  'database-restart',
  'link-cut',
  'link-stall',
  'link-damage',
  'late-receipts',
  'disk-full',
  'pause',
  'overtaken-sender',
  'clock-jump',
  'queue-full',
  'sleepy-clerk',
] as const
export type FaultKind = (typeof faultKinds)[number]

/**
 * Points that a package in quarantine passes when it is judged again: only what was refused gets there, and here nothing
 * may be refused.
 */
const pointsElsewhere: readonly FaultPoint[] = ['receive.redriven']

/** Points that documents, their receipts and statuses pass, and an operator's commands about them. */
export const pointsHere = faultPoints.filter((point) => !pointsElsewhere.includes(point))

/** By the agency whose gateway passes them; G02 sends documents, G22 receives them and reports statuses. */
export const pointsOf: Readonly<Record<Code, readonly FaultPoint[]>> = {
  G02: pointsHere.filter((point) => !point.startsWith('deliver.')),
  G22: pointsHere.filter((point) => point !== 'submit.staged' && !point.startsWith('repair.')),
}

/** Passed once or twice in a second, or for every tenth document; the others are passed for each. */
function isSeldom(code: Code, point: FaultPoint): boolean {
  return /^(send.leased|deliver.leased|upkeep|notify)/.test(point) || (code === 'G22' && point.startsWith('submit.'))
}

export function killAt(random: SeededRandom, code: Code, point: FaultPoint): Fault {
  if (point.startsWith('repair.')) return killTheOperator(random, code, point)
  const nth = isSeldom(code, point) ? 1 : random.integer(1, 4)
  const choice = random.integer(0, 99)
  return fault('kill-at-point', `${code} at ${point}, passage ${nth}`, async (world) => {
    const member = memberOf(world, code, choice)
    // one process has the turn to number, and keeps it while it lives: it must not be another than the one that is to die
    const others = point === 'upkeep.sequenced' ? world.sides[code].members.filter((one) => one !== member) : []
    for (const other of others) await other.process.kill()
    if (others.length > 0) await world.skip(LEASE_OVER_MS)
    const reached = member.process.dieAt(point, nth, REACH_MS)
    let waiting = true
    void reached.then(() => {
      waiting = false
    })
    // What passes there may all have gone to another process: so there is more of it, until one has passed here.
    for (let rounds = 0; waiting && rounds < 15; rounds++) {
      await world.until(1_500, () => !waiting)
      if (waiting) world.ministry.mayHandOver(10)
    }
    if (await reached) world.hit.add(point)
    await world.skip(LEASE_OVER_MS)
    for (const one of [member, ...others]) await one.start()
  })
}

/** An operator holds everything; the gateway dies over it; the command is given again, and then everything is released. */
function killTheOperator(random: SeededRandom, code: Code, point: FaultPoint): Fault {
  const [choice, commandId] = [random.integer(0, 99), `faults-${random.integer(0, 1e9)}`]
  const deliveries = { filter: {} }
  return fault('kill-at-point', `${code} at ${point}, while everything is held by command`, async (world) => {
    const member = memberOf(world, code, choice)
    const reached = member.process.dieAt(point, 1, REACH_MS)
    member.process.order({ command: 'hold', deliveries }, commandId)
    if (await reached) world.hit.add(point)
    await world.skip(LEASE_OVER_MS)
    await member.start()
    await member.process.carryOut({ command: 'hold', deliveries }, commandId, REACH_MS)
    await member.process.carryOut({ command: 'release', deliveries }, `${commandId}-end`, REACH_MS)
  })
}

/** Makes one fault of this kind, with all that chance decides in it. */
export function makeFault(kind: Exclude<FaultKind, 'kill-at-point'>, random: SeededRandom): Fault {
  return makers[kind](random)
}

const makers: Readonly<Record<Exclude<FaultKind, 'kill-at-point'>, (random: SeededRandom) => Fault>> = {
  kill: (random) => {
    const [code, choice, ms] = [side(random), random.integer(0, 99), random.integer(0, 1_500)]
    return fault('kill', `${code} after ${ms} ms`, async (world) => {
      await pause(ms)
      const member = memberOf(world, code, choice)
      await member.process.kill()
      await world.skip(LEASE_OVER_MS)
      await member.start()
    })
  },

  'broker-kill': (random) => ofService('broker-kill', 'rabbitmq', 'kill', random),
  'broker-restart': (random) => ofService('broker-restart', 'rabbitmq', 'clean', random),
  'database-kill': (random) => ofService('database-kill', 'postgresql', 'kill', random),
  'database-restart': (random) => ofService('database-restart', 'postgresql', 'clean', random),

  'link-cut': (random) => {
    const [code, choice, times] = [side(random), random.integer(0, 99), random.integer(1, 3)]
    const waits = Array.from({ length: times }, () => random.integer(200, 1_500))
    return fault('link-cut', `${code}, ${times} times`, async (world) => {
      const { link } = memberOf(world, code, choice)
      for (const ms of waits) {
        link.cut()
        await pause(ms)
        link.heal()
        await pause(ms)
      }
    })
  },

  'link-stall': (random) => {
    const [code, choice, ms] = [side(random), random.integer(0, 99), random.integer(1_000, 4_000)]
    return fault('link-stall', `${code}, silent for ${ms} ms, then cut`, async (world) => {
      const { link } = memberOf(world, code, choice)
      link.stall()
      await pause(ms)
      link.cut()
      await pause(200)
      link.heal()
    })
  },

  'link-damage': (random) => {
    const [code, choice, times] = [side(random), random.integer(0, 99), random.integer(1, 5)]
    return fault('link-damage', `${code}, ${times} parts`, async (world) => {
      const { link } = memberOf(world, code, choice)
      const before = link.damaged
      link.damage(times)
      await world.until(10_000, () => link.damaged - before >= times)
      link.heal()
      world.damaged += link.damaged - before
      await pause(500) // what is damaged arrives
      await world.skip(2 * RECEIPT_WAIT_MS) // and what it was is sent again
    })
  },

  /** What arrives is answered, and no answer comes back, until all is sent again: then everything is there twice. */
  'late-receipts': (random) => {
    const code = side(random)
    return fault('late-receipts', `${code} hears and is not heard`, async (world) => {
      const { members, books } = world.sides[code]
      const arrived = async (): Promise<number> =>
        Number(
          (await books.ask<{ n: number }>(`SELECT COUNT(*) AS n FROM envelope WHERE direction = 'in'`))?.[0]?.n ?? 0,
        )
      await world.until(REACH_MS / 2, () => world.ministry.isIdle)
      const before = await arrived()
      for (const { link } of members) link.stall()
      world.ministry.mayHandOver(10)
      await world.until(REACH_MS / 2, async () => (await arrived()) >= before + 5)
      await world.skip(2 * RECEIPT_WAIT_MS)
      await pause(2_000)
      for (const { link } of members) link.heal()
    })
  },

  'disk-full': (random) => {
    const [code, ms, dies] = [side(random), random.integer(1_500, 4_000), random.integer(0, 1) === 1]
    return fault('disk-full', `${code} for ${ms} ms${dies ? ', and it is killed meanwhile' : ''}`, async (world) => {
      const { disk, members } = world.sides[code]
      const [member] = members
      if (disk === undefined || member === undefined) return
      await disk.fill(member.process.pid)
      await pause(ms)
      if (dies) await member.process.kill()
      await disk.free(member.process.pid)
      if (dies) await member.start()
    })
  },

  /** Stopped in its tracks for longer than its leases, and then it goes on as if nothing had been. */
  pause: (random) => {
    const code = side(random)
    const points = pointsOf[code].filter((point) => !point.startsWith('upkeep.'))
    const point = points[random.integer(0, points.length - 1)] ?? 'send.leased'
    const [choice, ms] = [random.integer(0, 99), random.integer(500, 2_500)]
    return fault('pause', `${code} at ${point} beyond its leases`, async (world) => {
      const member = memberOf(world, code, choice)
      await member.process.pauseAt(point, 1, REACH_MS / 4)
      await world.skip(LEASE_OVER_MS)
      await pause(ms)
      member.process.resume()
      await member.setClock()
    })
  },

  /** One sender sleeps over its lease while another sends twice; then it wakes and wants to write what it did. */
  'overtaken-sender': () =>
    fault('overtaken-sender', 'G02 sleeps with a lease, while another sends twice', async (world) => {
      const recipients = world.sides.G22.members
      await Promise.all(recipients.map(({ process }) => process.kill()))
      const [sleeper] = world.sides.G02.members
      world.ministry.mayHandOver(20)
      if (sleeper === undefined) return
      await sleeper.process.pauseAt('send.leased', 1, REACH_MS)
      await pause(500)
      for (const ms of [LEASE_OVER_MS, 2 * RECEIPT_WAIT_MS, 4 * RECEIPT_WAIT_MS]) {
        await world.skip(ms)
        await pause(2_500)
        await world.watch()
      }
      sleeper.process.resume()
      await sleeper.setClock()
      for (let looks = 0; looks < 8; looks++) {
        await pause(400)
        await world.watch()
      }
      await Promise.all(recipients.map((member) => member.start()))
    }),

  'clock-jump': (random) => {
    const [code, choice, driftMs] = [side(random), random.integer(0, 99), random.integer(-DRIFT_MS, DRIFT_MS)]
    return fault('clock-jump', `${code} to ${Math.round(driftMs / 1000)} s from the others`, async (world) => {
      const member = memberOf(world, code, choice)
      member.driftMs = driftMs
      await member.setClock()
      await pause(500)
    })
  },

  /** The broker says no: what it did not take must not count as sent. */
  'queue-full': () =>
    fault('queue-full', 'the queue of G22 takes five parts', async (world) => {
      const recipients = world.sides.G22.members
      await Promise.all(recipients.map(({ process }) => process.kill()))
      await provisionedQueues(world, 'G22' as AgencyCode, 5)
      world.ministry.mayHandOver(20)
      await world.until(REACH_MS, () => world.ministry.isIdle)
      await pause(3_000)
      await provisionedQueues(world, 'G22' as AgencyCode, undefined)
      await Promise.all(recipients.map((member) => member.start()))
      await world.calm('after the full queue')
      await world.skip(LEASE_OVER_MS)
    }),

  /** A clerk falls asleep over a document; another gets it; the first wakes up and confirms. */
  'sleepy-clerk': () =>
    fault('sleepy-clerk', 'confirms after somebody else has the document', (world) =>
      world.office.rest(async () => {
        const office = world.as('G22')
        world.ministry.mayHandOver(5)
        let [held] = await office.lease(1).catch(() => [])
        await world.until(REACH_MS, async () => {
          held ??= (await office.lease(1).catch(() => []))[0]
          return held !== undefined
        })
        if (held === undefined) return
        await world.skip(INBOX_LEASE_OVER_MS)
        await pause(1_500) // until every process has seen the database's time
        const other = await office.lease(50).catch(() => [])
        const answer = await office.confirm(held.id, held.token).catch(() => undefined)
        if (other.some(({ id }) => id === held?.id) && answer !== undefined && answer.status < 300)
          world.find('stale-token', `${held.id} was confirmed with ${answer.status} by a token that had lapsed`)
        await world.skip(INBOX_LEASE_OVER_MS)
      }),
    ),
}

function ofService(
  kind: FaultKind,
  service: 'rabbitmq' | 'postgresql',
  how: 'clean' | 'kill',
  random: SeededRandom,
): Fault {
  const [code, choice, ms, dies] = [
    side(random),
    random.integer(0, 99),
    random.integer(0, 1_000),
    random.integer(0, 2) === 0,
  ]
  return fault(kind, `after ${ms} ms${dies ? `, and ${code} is killed meanwhile` : ''}`, async (world) => {
    await pause(ms)
    const restarting = restartService(service, how)
    restarting.catch(() => undefined) // awaited below: this only keeps it from counting as unhandled meanwhile
    const member = memberOf(world, code, choice)
    if (dies) await member.process.kill()
    await restarting
    if (!dies) return
    await world.skip(LEASE_OVER_MS)
    await member.start()
  })
}

function fault(kind: FaultKind, name: string, run: (world: World) => Promise<void>): Fault {
  return { kind, name: `${kind}: ${name}`, run }
}

function side(random: SeededRandom): Code {
  return codes[random.integer(0, codes.length - 1)] ?? 'G02'
}

function memberOf(world: World, code: Code, choice: number): Member {
  const { members } = world.sides[code]
  const member = members[choice % members.length]
  if (member === undefined) throw new Error(`${code} has no process`)
  return member
}
