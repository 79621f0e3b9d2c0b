/** Base: errors, clock, ids, log, limits. Imports nothing of ours, and is the only room that reads the process clock. */
export { type Backoff, backoffFrom, exponentialBackoff } from './backoff.ts'
export { Bell } from './bell.ts'
export { type Clock, edxmlDate, edxmlTimestamp, steadyMs, systemClock, VIETNAM_OFFSET_MS } from './clock.ts'
export { Crew } from './crew.ts'
export {
  audienceOf,
  codeOf,
  type FailureDetail,
  GatewayError,
  httpStatusOf,
  messageOf,
  naming,
  refusalText,
  retryOf,
} from './errors.ts'
export { type Audience, type FailureCode, failures, type Retry } from './failures.ts'
export { type FaultPoint, faultPoints, onFaultPoint, reached } from './faults.ts'
export { Gate } from './gate.ts'
export { Gathering } from './gathering.ts'
export { type Ids, idsFrom, timeOfId, timeOrderedIds } from './ids.ts'
export { limits } from './limits.ts'
export { createLog, type Log, silentLog } from './log.ts'
export { Loop, type RunOnce } from './loop.ts'
export { giveBack } from './memory.ts'
export { Secret } from './secret.ts'
export { VERSION } from './version.ts'
