import { type Clock, type Log, limits } from '../base/index.ts'
import { type ClockWitness, clockWitnesses, notices, refusedForTheirTime, type Store } from '../store/index.ts'

/**
 * Says when our clock is off that of our partners (QĐ 28/2018 Art. 14(4)), and when it is right again. Their signed
 * receipts are the witnesses: a receipt is signed after we accepted its document and before it came, so a time outside of
 * that cannot be explained by waiting. One partner may be wrong; what more than half of those heard say is our own.
 */
export async function checkClock({ store, clock, log }: { store: Store; clock: Clock; log: Log }): Promise<void> {
  const now = clock.now()
  const since = new Date(now.getTime() - limits.clockWitnessMs)
  const [witnesses, refused] = await Promise.all([
    clockWitnesses(store.read, since),
    refusedForTheirTime(store.read, since),
  ])
  const offsets = witnesses.map(offsetOf)
  // who was refused for it is beyond all bounds; whether we are behind or they are ahead, no receipt of theirs tells
  for (const partner of refused)
    if (!witnesses.some((one) => one.partner === partner)) offsets.push(limits.signingTimeAheadMs)
  const behind = offsets.filter((offset) => offset > limits.clockToleranceMs)
  const ahead = offsets.filter((offset) => offset < -limits.clockToleranceMs)
  const [accusers, direction] = behind.length >= ahead.length ? [behind, 'behind'] : [ahead, 'ahead']
  if (accusers.length === 0 || accusers.length * 2 <= offsets.length) {
    if (offsets.length === 0) return // nobody was heard: what was so stays so
    if (await store.transact((tx) => notices.end(tx, 'clock-off', 'clock', now))) log.info('our clock is right again')
    return
  }
  const seconds = Math.round(Math.min(...accusers.map(Math.abs)) / 1000)
  const data = { direction, seconds, partners: accusers.length, heard: offsets.length }
  const notice = { kind: 'clock-off', subject: 'clock', level: -seconds, data } as const
  if (await store.transact((tx) => notices.raise(tx, notice, now)))
    log.error(data, 'our clock is off the clocks of our partners: look after its time service')
}

/** By how much the partner is ahead of us at least; negative when it is behind; 0 when waiting explains it. */
function offsetOf({ acceptedAt, signedAt, storedAt }: ClockWitness): number {
  if (signedAt > storedAt) return signedAt - storedAt
  return signedAt < acceptedAt ? signedAt - acceptedAt : 0
}
