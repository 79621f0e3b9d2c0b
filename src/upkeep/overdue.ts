import type { Clock, Log } from '../base/index.ts'
import { versionInForce } from '../directory/index.ts'
import { notices, type Store } from '../store/index.ts'

/** Says once when the operator of the axis promised another directory by now and none came: somebody may hold it back. */
export async function tellOverdue({ store, clock, log }: { store: Store; clock: Clock; log: Log }): Promise<void> {
  const inForce = await versionInForce(store.read)
  const now = clock.now()
  const promised = inForce?.next_update ?? undefined
  if (inForce === undefined || promised === undefined || promised > now.getTime()) return
  const data = { version: inForce.version, nextUpdate: new Date(promised).toISOString() }
  const notice = { kind: 'directory-overdue', subject: 'directory', level: 0, data } as const
  if (await store.transact((tx) => notices.raise(tx, notice, now)))
    log.warn(data, 'the directory that was promised did not come: the one in force goes on')
}
