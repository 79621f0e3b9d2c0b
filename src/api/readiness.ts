import { type Clock, type Log, limits } from '../base/index.ts'
import type { Store } from '../store/index.ts'
import type { ApiDeps } from './deps.ts'

type Check = 'up' | 'down'

export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'unready'
  readonly checks: { readonly store: Check; readonly broker: Check; readonly keys: Check }
}

/**
 * Can documents be accepted? Asks the store by a real transaction, which waits behind the writer like any other, under
 * a deadline. However often it is called, at most one is under way: the question must not become the load.
 */
export function readinessCheck({
  store,
  clock,
  log,
  brokerIsUp,
  keysAreUsable,
}: Pick<ApiDeps, 'store' | 'clock' | 'log' | 'brokerIsUp' | 'keysAreUsable'>) {
  let running: Promise<'up' | 'down'> | undefined
  return async (): Promise<Readiness> => {
    running ??= storeState(store, clock, log).finally(() => {
      running = undefined
    })
    const [broker, keys] = [brokerIsUp(), keysAreUsable()].map((isUp) => (isUp ? 'up' : 'down')) as [Check, Check]
    const checks = { store: await running, broker, keys }
    const isWhole = broker === 'up' && keys === 'up'
    const status = checks.store === 'down' ? 'unready' : isWhole ? 'ready' : 'degraded'
    return { status, checks }
  }
}

async function storeState(store: Store, clock: Clock, log: Log): Promise<'up' | 'down'> {
  const deadline = new AbortController()
  const transaction = store
    .transact((tx) => tx.get('SELECT 1 AS one'))
    .then(
      () => 'up' as const,
      (error: unknown) => {
        log.warn({ err: error }, 'the store did not pass the readiness check')
        return 'down' as const
      },
    )
  const late = clock.wait(limits.readinessMs, deadline.signal).then(() => 'down' as const)
  const state = await Promise.race([transaction, late])
  deadline.abort()
  return state
}
