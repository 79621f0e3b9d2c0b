import { setTimeout as pause } from 'node:timers/promises'
import { type Code, codes, RECEIPT_WAIT_MS, type World } from './world.ts'

const DAY_MS = 25 * 60 * 60_000
const SWEEP_MS = 61_000
/** So many looks without a change, and time goes on; so many times in vain, and nothing will change any more. */
const STILL = 10
const STILL_MOST = 80
const SKIPS = 12

/** `stuck`: nothing moves any more, however long one waits; `late`: it moves, but the time was over. */
export type Settled = 'ended' | 'stuck' | 'late'

/** Repairs everything, lets all documents through, and waits for the end of all work. */
export async function settle(world: World, deadlineMs: number): Promise<Settled> {
  for (const member of world.members) {
    member.link.heal()
    member.driftMs = 0
    await member.setClock()
  }
  world.ministry.mayHandOver(world.plan.documents)
  let [before, stillFor, skips] = ['', 0, 0]
  while (performance.now() < deadlineMs) {
    const { open, state } = await progress(world)
    if (open === 0) return freeAbandoned(world, deadlineMs)
    stillFor = state === before ? stillFor + 1 : 0
    if (stillFor === 0) skips = 0
    before = state
    // longer each time: on a slow machine something may be under way that a jump of the clock would only end
    if (stillFor >= Math.min(STILL * 1.5 ** skips, STILL_MOST)) {
      if (++skips > SKIPS) break
      world.note(`the clocks go on, because nothing moves: ${state}`)
      await world.watch()
      await world.skip(RECEIPT_WAIT_MS + SWEEP_MS)
      stillFor = 0
    }
    await pause(250)
  }
  const late = performance.now() >= deadlineMs
  const { state } = await progress(world)
  world.find(
    'not-settled',
    `${late ? 'the time was over, and this was still to be done' : 'nothing moves any more'}: ${state}`,
  )
  return late ? 'late' : 'stuck'
}

/** What is still to be done, as a number and as words. */
async function progress(world: World): Promise<{ open: number; state: string }> {
  const { ministry, office, plan } = world
  const counts: Record<string, number> = {
    unaccepted: plan.documents - ministry.accepted.size - ministry.refused.length,
    unconfirmed: ministry.accepted.size - office.confirmed.size,
  }
  for (const code of codes) {
    const [row] =
      (await world.sides[code].books.ask<Record<string, number>>(
        `SELECT (SELECT COUNT(*) FROM delivery WHERE state = 'accepted') AS unsent,
           (SELECT COUNT(*) FROM delivery WHERE state = 'sent' AND kind <> 'receipt') AS unanswered,
           (SELECT COUNT(*) FROM stage WHERE direction = 'in') AS staged,
           (SELECT COUNT(*) FROM status WHERE applied_at IS NULL) AS unapplied`,
      )) ?? []
    for (const [name, n] of Object.entries(row ?? { unread: 1 })) counts[`${code} ${name}`] = Number(n)
  }
  const left = Object.entries(counts).filter(([, n]) => n > 0)
  return { open: left.length, state: left.map(([name, n]) => `${n} ${name}`).join(', ') }
}

/** Uploads whose client went away are swept after a day. */
async function freeAbandoned(world: World, deadlineMs: number): Promise<'ended'> {
  await world.skip(DAY_MS)
  const clean = async (code: Code): Promise<boolean> => {
    const rows = await world.sides[code].books.ask('SELECT id FROM stage')
    const unnumbered = await world.sides[code].books.ask(
      'SELECT id FROM event WHERE seq IS NULL UNION ALL SELECT id FROM audit WHERE seq IS NULL',
    )
    return rows?.length === 0 && unnumbered?.length === 0
  }
  for (let sweeps = 0; sweeps < 20 && performance.now() < deadlineMs; sweeps++) {
    await pause(1_500)
    if ((await clean('G02')) && (await clean('G22'))) return 'ended'
    await world.skip(SWEEP_MS)
  }
  return 'ended' // what is left is for the verdict
}
