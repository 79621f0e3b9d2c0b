/**
 * An operator's command in a process that dies by SIGKILL at a durable step: `repair-process.ts <store> <point> <nth>
 * <command id> <order>`. The store is a file or postgres://…; the order is JSON.
 */
import { onFaultPoint, silentLog, systemClock } from '../../src/base/index.ts'
import { type Order, repairOn } from '../../src/gateway.ts'
import { openStore } from '../../src/store/index.ts'

const [place = '', point, nth = '1', commandId = '', order = ''] = process.argv.slice(2)
const where = place.startsWith('postgres') ? { url: place } : { file: place }
const store = await openStore({ ...where, clock: systemClock, log: silentLog })
const repair = await repairOn(store)
let left = Number(nth)
onFaultPoint((reached) => {
  if (reached === point && --left === 0) process.kill(process.pid, 'SIGKILL')
})
const given = await repair.give(JSON.parse(order) as Order, { actor: 'operator:an', reason: 'thử', commandId })
while (given.state === 'running' && (await repair.advance(commandId)));
await store.close()
