import type { Bell, Clock, Ids, Log } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { Certificate } from '../pki/index.ts'
import type { Repairs } from '../repair/index.ts'
import type { TrustMaterial } from '../signature/index.ts'
import type { Store } from '../store/index.ts'
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
  /** What operators order. */
  readonly repair: Repairs
  /** Rung when there is work for the job runner. */
  readonly jobs: Bell
  /** Those that may have signed heads of the audit. */
  readonly auditCertificates: () => readonly Certificate[]
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
