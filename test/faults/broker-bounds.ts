import type { AgencyCode } from '../../src/message/index.ts'
import type { World } from './world.ts'

/** Bounds every queue of the axis to so many parts, or as it was provisioned first. */
export async function provisionedQueues(world: World, agency: AgencyCode, parts: number | undefined): Promise<void> {
  await world.vhost.provision(agency, [agency], parts === undefined ? undefined : { parts })
}
