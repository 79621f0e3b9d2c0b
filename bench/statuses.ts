import { setTimeout as pause } from 'node:timers/promises'
import { RestClient } from '../test/support/rest-client.ts'
import type { Sides } from '../test/support/sides.ts'
import { Watch } from './axis.ts'

const EVERY_MS = 100
/** Documents without a receipt, at most: a flood that the gateways can carry. */
const UNDER_WAY = 64

/**
 * Reports processing statuses one after another while documents flood in the other direction.
 * @returns milliseconds from the report to the sender's record
 */
export async function statusesUnderFlood(sides: Sides, count: number): Promise<number[]> {
  const [gateway] = sides.recipient.gateways
  if (gateway === undefined) throw new Error('the recipient has no gateway')
  const office = new RestClient(() => gateway.url, gateway.key, 'G22')
  const leased = await office.lease(Math.min(count, 50))
  const watch = await Watch.begin(sides)
  let flooding = true
  let submitted = 0
  const flood = async (): Promise<void> => {
    while (flooding) {
      const room = UNDER_WAY - (submitted - (await watch.count()))
      submitted += room
      await Promise.all(Array.from({ length: room }, () => watch.submit()))
    }
  }
  const flooded = flood()
  await watch.received(50) // it is under way
  const reportedAt = new Map<string, number>()
  for (const { id } of leased) {
    const { documentId } = await office.document(id)
    reportedAt.set(documentId, Date.now())
    const { status } = await office.report(id, '03')
    if (status !== 202) throw new Error(`a status was not taken: ${status}`)
    await pause(EVERY_MS)
  }
  let rows: { id: string; at: number }[] = []
  while (rows.length < reportedAt.size) {
    await pause(EVERY_MS)
    rows = await sides.sender.ask(
      `SELECT document_id AS id, applied_at AS at FROM status WHERE code = '03' AND direction = 'in' AND applied_at IS NOT NULL`,
    )
  }
  flooding = false
  await flooded
  await watch.received(submitted)
  return rows.map(({ id, at }) => Number(at) - (reportedAt.get(id) ?? Number.NaN))
}
