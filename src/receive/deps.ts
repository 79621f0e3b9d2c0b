import type { Backoff, Bell, Clock, Ids, Log } from '../base/index.ts'
import type { AxisConnection } from '../broker/index.ts'
import type { Directory, DirectoryTrust } from '../directory/index.ts'
import type { AgencyCode, DeliverySettings } from '../message/index.ts'
import type { KeyRing } from '../pki/index.ts'
import type { TrustMaterial } from '../signature/index.ts'
import type { Store } from '../store/index.ts'

/** What receiving needs; built once by the gateway. */
export interface ReceiveDeps {
  readonly store: Store
  readonly axis: AxisConnection
  readonly directory: Directory
  /** The agencies whose queues are ours to read. */
  readonly locals: readonly AgencyCode[]
  /** As the directory stands now. */
  readonly trust: () => TrustMaterial
  /** Fingerprints of certificates, CRLs and OCSP responses that are in the store; receiving adds to it. */
  readonly keptProofs: Set<string>
  readonly keys: KeyRing
  /** The signed directory of the axis; absent: none is taken from it. */
  readonly signedDirectory?: SignedDirectorySettings
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly settings: DeliverySettings
  readonly backoff: Backoff
  /** Rung when a package is whole. */
  readonly stages: Bell
  /** Rung when an answer is in the outbox. */
  readonly outbox: Bell
  /** Rung when a status waits for `notify`. */
  readonly statuses: Bell
}

export interface SignedDirectorySettings {
  readonly trust: DirectoryTrust
  /** The broker user that publishes it. */
  readonly user: string
  /** `by-hand`: it waits until a person has seen what it changes. */
  readonly apply: 'at-once' | 'by-hand'
}
