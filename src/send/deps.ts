import type { Backoff, Bell, Clock, Ids, Log } from '../base/index.ts'
import type { AxisConnection } from '../broker/index.ts'
import type { DeliverySettings } from '../message/index.ts'
import type { Store } from '../store/index.ts'

export interface SendDeps {
  readonly store: Store
  readonly axis: AxisConnection
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly settings: DeliverySettings
  /** The wait after a failed attempt. */
  readonly backoff: Backoff
  /** Rung when something new is in the outbox, and when a place becomes free for what is due. */
  readonly outbox: Bell
}
