import type { Clock, Ids, Log, Secret } from '../base/index.ts'
import type { DeliverDeps } from '../deliver/index.ts'
import type { Directory } from '../directory/index.ts'
import type { RateLimit } from '../http/index.ts'
import type { Store } from '../store/index.ts'
import type { SubmitDeps } from '../submit/index.ts'

/** What the API is built with. */
export interface ApiDeps {
  readonly store: Store
  readonly directory: Directory
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly submit: SubmitDeps
  readonly deliver: DeliverDeps
  readonly version: string
  /** Who shows it may read the metrics from elsewhere. */
  readonly metricsToken: () => Secret | undefined
  /** Then this machine is not known by its address. */
  readonly behindProxy: boolean
  /** Is the axis reachable? Documents are accepted all the same: it degrades, it does not stop. */
  readonly brokerIsUp: () => boolean
  /** Does the real thing once. @throws {GatewayError} */
  readonly checkBroker: () => Promise<void>
  /** What one client may ask in a second. */
  readonly rate: RateLimit
  /** Can each of our agencies sign? What needs no signature goes on. */
  readonly keysAreUsable: () => boolean
}
