/**
 * Named points at which a test may kill the process. Without a listener, which only test code installs, a point
 * costs one comparison and does nothing; no configuration can switch one on.
 */
export const faultPoints = [
  'submit.staged',
  'submit.before-commit',
  'submit.committed',
  'send.leased',
  'send.part-published',
  'send.published',
  'send.marked',
  'receive.staged',
  'receive.acknowledged',
  'receive.verified',
  'receive.before-commit',
  'receive.committed',
  'receive.redriven',
  'deliver.leased',
  'deliver.before-confirm',
  'deliver.confirmed',
  'notify.before-commit',
  'notify.committed',
  'upkeep.sequenced',
  'upkeep.reported',
  'repair.before-commit',
  'repair.committed',
] as const

export type FaultPoint = (typeof faultPoints)[number]

let listener: ((point: FaultPoint) => void) | undefined

/** Marks a durable step as reached. */
export function reached(point: FaultPoint): void {
  if (listener !== undefined) listener(point)
}

/** For tests: hears of every point reached from now on. */
export function onFaultPoint(hear: ((point: FaultPoint) => void) | undefined): void {
  listener = hear
}
