import type { Clock, Ids, Log } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { TrustMaterial } from '../signature/index.ts'
import type { Store } from '../store/index.ts'
import type { PartnerState } from './shapes-agencies.ts'
import type { Configuration } from './shapes-audit.ts'

/** What the console is built with. */
export interface ConsoleDeps {
  readonly store: Store
  readonly directory: Directory
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly version: string
  /** The agencies that this gateway serves. */
  readonly locals: readonly AgencyCode[]
  readonly brokerIsUp: () => boolean
  readonly brokerKind: 'embedded' | 'rabbitmq'
  /** Whom to believe when a signature is shown. */
  readonly trust: TrustMaterial
  /** Partners to whom sending rests; all others are open. */
  readonly partnerStates: () => Promise<ReadonlyMap<AgencyCode, PartnerState>>
  /** What is set, and where each value comes from; no secret. */
  readonly settings: Configuration['settings']
  readonly startedAt: Date
  /** Whether browsers come by HTTPS, here or at a proxy: then cookies say so. */
  readonly secure: boolean
  /** Whether a proxy in front tells from where a request came (X-Forwarded-For). */
  readonly behindProxy: boolean
  /** The built pages. */
  readonly pages: URL
}
