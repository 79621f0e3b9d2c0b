import { messageOf } from '../../src/base/index.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { breakDown, type Dose, schedule } from './adversary.ts'
import { pointsHere } from './faults.ts'
import type { Finding } from './findings.ts'
import { report } from './report.ts'
import { settle } from './settle.ts'
import { judge } from './verdict.ts'
import { World, type WorldPlan } from './world.ts'

export interface RunOptions extends WorldPlan {
  readonly dose: Dose
  /** The whole run, milliseconds: faults that do not fit into two thirds of it are left out. */
  readonly timeMs: number
  readonly tell: (line: string) => void
}

export interface RunResult {
  readonly findings: readonly Finding[]
  readonly text: string
}

/** One run: a world, its destruction, its repair, and the verdict. */
export async function runFaults(options: RunOptions): Promise<RunResult> {
  const { dose, seed, timeMs, tell } = options
  const begin = performance.now()
  const faults = schedule(options, dose, seededRandom(seed))
  const world = await World.open(options, tell)
  try {
    world.note(
      `seed ${seed}: ${options.documents} documents, ${options.store}, ${faults.length} faults, disk: ${diskOf(world)}`,
    )
    await world.start()
    const done = await breakDown(world, faults, begin + (timeMs * 2) / 3)
    world.note('everything is repaired, and the work ends')
    const settled = await settle(world, begin + timeMs)
    world.note(
      settled ? 'the work has ended; the books are examined' : 'the work has not ended; the books are examined',
    )
    await world.stop()
    await judge(world, settled === 'late' ? unlessUnderWay : () => true)
    const everyPoint = dose['kill-at-point'] === Number.POSITIVE_INFINITY && done === faults.length
    for (const point of everyPoint ? pointsHere : [])
      if (!world.hit.has(point)) world.find('point-missed', `nobody died at ${point}`)
  } catch (error) {
    world.find('not-settled', `the run broke off: ${messageOf(error)}`)
    tell(error instanceof Error ? (error.stack ?? error.message) : messageOf(error))
  }
  const text = await report(world)
  world.note(`${world.findings.length} findings`)
  await world.close()
  return { findings: world.findings, text }
}

/** When the time was over too early, what is missing may only have been under way. */
function unlessUnderWay({ kind }: Finding): boolean {
  return /^(not-kept|refused|doubled|mixed-up|receipt-apart|stale-write|ledgers-differ|quarantined|leaked-content|audit-broken)$/.test(
    kind,
  )
}

function diskOf({ sides }: World): string {
  return sides.G02.disk?.kind ?? 'of the database server'
}
