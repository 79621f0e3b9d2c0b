import type { Clock, Ids } from '../base/index.ts'
import { GatewayError } from '../base/index.ts'
import type { Store } from '../store/index.ts'
import { createUser, listUsers } from './users.ts'

/**
 * Makes the first administrator, unless there is somebody already.
 * @returns what has to be told to whoever started the gateway, once
 */
export async function firstAdministrator(deps: {
  store: Store
  clock: Clock
  ids: Ids
}): Promise<{ name: string; oneTimePassword: string } | undefined> {
  if ((await listUsers(deps.store.read)).length > 0) return undefined
  const name = 'admin'
  try {
    const { oneTimePassword } = await createUser(
      { ...deps, actor: 'gateway' },
      { name, displayName: 'Quản trị viên', grants: [{ role: 'administrator', agency: '*' }] },
    )
    return { name, oneTimePassword }
  } catch (error) {
    // another process on this store was faster, and has told its operator
    if (error instanceof GatewayError && error.code === 'user-exists') return undefined
    throw error
  }
}
