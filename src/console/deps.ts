import type { Clock, Ids, Log } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { Store } from '../store/index.ts'

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
  /** Whether browsers come by HTTPS, here or at a proxy: then cookies say so. */
  readonly secure: boolean
  /** Whether a proxy in front tells from where a request came (X-Forwarded-For). */
  readonly behindProxy: boolean
  /** The built pages. */
  readonly pages: URL
}
