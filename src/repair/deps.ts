import type { Bell, Clock, Ids, Log } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AgencyCode, DeliverySettings } from '../message/index.ts'
import type { Store } from '../store/index.ts'

/** What repairing needs; built once by the gateway, or by a command line on the same store. */
export interface RepairDeps {
  readonly store: Store
  readonly directory: Directory
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly settings: DeliverySettings
  /** Our own agencies: in their timelines it is told that a partner is paused. */
  readonly locals: readonly AgencyCode[]
  /** Rung when there may be something to send. */
  readonly outbox: Bell
  /** Rung when something is to be judged again. */
  readonly stages: Bell
  /** Rung when a command has more to do than one batch. */
  readonly commands: Bell
}
