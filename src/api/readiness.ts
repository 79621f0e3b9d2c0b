import { type Clock, type Log, limits, steadyMs } from '../base/index.ts'
import { proveWritable } from '../store/index.ts'
import type { ApiDeps } from './deps.ts'

type Check = 'up' | 'down'

export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'unready'
  readonly checks: { readonly store: Check; readonly broker: Check; readonly keys: Check }
}

/**
 * Can documents be accepted, and do they get away? Each dependency does what it is there for, under a deadline: the store
 * commits a row, which waits behind the writer like any other; the broker confirms a message. The question must not become the load: at
 * most one is put to each, however often it is asked, and an answer serves all who ask within a second.
 */
export function readinessCheck({
  store,
  clock,
  log,
  checkBroker,
  keysAreUsable,
}: Pick<ApiDeps, 'store' | 'clock' | 'log' | 'checkBroker' | 'keysAreUsable'>) {
  const storeCheck = checked('store', () => proveWritable(store), { clock, log })
  const brokerCheck = checked('broker', checkBroker, { clock, log })
  return async (): Promise<Readiness> => {
    const [ofStore, broker] = await Promise.all([storeCheck(), brokerCheck()])
    const keys = keysAreUsable() ? 'up' : 'down'
    const isWhole = broker === 'up' && keys === 'up'
    const status = ofStore === 'down' ? 'unready' : isWhole ? 'ready' : 'degraded'
    return { status, checks: { store: ofStore, broker, keys } }
  }
}

function checked(
  what: string,
  operation: () => Promise<void>,
  { clock, log }: { clock: Clock; log: Log },
): () => Promise<Check> {
  let underWay: Promise<Check> | undefined
  let last: { readonly state: Check; readonly atMs: number } | undefined
  const ask = async (): Promise<Check> => {
    try {
      await operation()
      return 'up'
    } catch (err) {
      log.warn({ err, dependency: what }, 'a dependency did not pass the readiness check')
      return 'down'
    }
  }
  return async () => {
    if (last !== undefined && steadyMs() - last.atMs < limits.readinessAgeMs) return last.state
    underWay ??= ask().then((state) => {
      underWay = undefined
      last = { state, atMs: steadyMs() }
      return state
    })
    const deadline = new AbortController()
    const late = clock.wait(limits.readinessMs, deadline.signal).then(() => 'down' as const)
    const state = await Promise.race([underWay, late])
    deadline.abort()
    return state
  }
}
