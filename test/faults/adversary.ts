import type { FaultPoint } from '../../src/base/index.ts'
import type { SeededRandom } from '../support/seeded-random.ts'
import { type Fault, type FaultKind, faultKinds, killAt, makeFault, pointsHere, pointsOf } from './faults.ts'
import { codes, type World, type WorldPlan } from './world.ts'

/** How often each kind of fault happens. */
export type Dose = Readonly<Partial<Record<FaultKind | `kill-at-point@${FaultPoint}`, number>>>

/** Every point on every side, the broker 20 times, and the rest in proportion. */
export const fullDose: Dose = {
  'kill-at-point': Number.POSITIVE_INFINITY,
  kill: 10,
  'broker-kill': 12,
  'broker-restart': 8,
  'database-kill': 5,
  'database-restart': 5,
  'link-cut': 8,
  'link-stall': 4,
  'link-damage': 5,
  'late-receipts': 3,
  'disk-full': 8,
  pause: 8,
  'overtaken-sender': 2,
  'clock-jump': 10,
  'queue-full': 2,
  'sleepy-clerk': 2,
}

/** One of each, and a few points: a look in a minute or two. */
export const shortDose: Dose = Object.fromEntries(faultKinds.map((kind) => [kind, kind === 'kill-at-point' ? 4 : 1]))

/** What the ordinary tests have time for. */
export const testDose: Readonly<Record<WorldPlan['store'], Dose>> = {
  sqlite: {
    'kill-at-point': 3,
    'broker-kill': 1,
    'link-cut': 1,
    'link-damage': 1,
    'disk-full': 1,
    pause: 1,
    'clock-jump': 2,
    'sleepy-clerk': 1,
  },
  postgresql: { 'kill-at-point': 2, 'database-kill': 1, 'late-receipts': 1, pause: 1, 'clock-jump': 1 },
}

/** Decides everything beforehand, from the seed alone. */
export function schedule(plan: WorldPlan, dose: Dose, random: SeededRandom): Fault[] {
  const faults: Fault[] = []
  for (const [wish, wanted] of Object.entries(dose)) {
    const [kind, point] = wish.split('@') as [FaultKind, FaultPoint | undefined]
    if (!possible(kind, plan)) continue
    if (point !== undefined) {
      const able = codes.filter((code) => pointsOf[code].includes(point))
      for (let i = 0; i < wanted; i++) faults.push(killAt(random, able[i % able.length] ?? 'G02', point))
      continue
    }
    if (kind === 'kill-at-point') {
      faults.push(...killings(wanted, random))
      continue
    }
    for (let i = 0; i < wanted; i++) faults.push(makeFault(kind, random))
  }
  return random.shuffled(faults)
}

/** Every point once on one side first, then on the other. */
function killings(wanted: number, random: SeededRandom): Fault[] {
  const sides = random.shuffled(pointsHere).map((point) => ({
    point,
    codes: random.shuffled(codes.filter((code) => pointsOf[code].includes(point))),
  }))
  const all = [0, 1].flatMap((round) =>
    sides.flatMap(({ point, codes: able }) => {
      const code = able[round]
      return code === undefined ? [] : [{ point, code }]
    }),
  )
  return all.slice(0, Math.min(wanted, all.length)).map(({ point, code }) => killAt(random, code, point))
}

function possible(kind: FaultKind, { store, processes }: WorldPlan): boolean {
  if (kind === 'disk-full') return store === 'sqlite'
  if (kind === 'database-kill' || kind === 'database-restart') return store === 'postgresql'
  if (kind === 'overtaken-sender') return store === 'postgresql' && processes > 1
  return true
}

/** Breaks the world again and again while documents flow, until the schedule or the time is over. */
export async function breakDown(world: World, faults: readonly Fault[], deadlineMs: number): Promise<number> {
  const each = Math.ceil(world.plan.documents / Math.max(1, faults.length))
  for (const [i, fault] of faults.entries()) {
    if (performance.now() > deadlineMs) {
      world.note(`the time is over: ${faults.length - i} faults are left out`)
      return i
    }
    const { accepted } = world.ministry
    world.note(
      `${i + 1}/${faults.length} ${fault.name}  (${accepted.size} accepted, ${world.office.confirmed.size} confirmed)`,
    )
    world.ministry.mayHandOver(each)
    await fault.run(world)
    await world.watch()
    if (i % 4 === 3 || i === faults.length - 1) await world.calm(`after ${fault.name}`)
  }
  return faults.length
}
