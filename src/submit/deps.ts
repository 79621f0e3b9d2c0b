import type { Bell, Clock, Ids, Log } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { DeliverySettings } from '../message/index.ts'
import type { KeyRing } from '../pki/index.ts'
import type { Store } from '../store/index.ts'

/** What submitting needs; built once by the gateway. */
export interface SubmitDeps {
  readonly store: Store
  readonly directory: Directory
  readonly keys: KeyRing
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly settings: DeliverySettings
  /** Rung when something new is in the outbox. */
  readonly outbox: Bell
}
