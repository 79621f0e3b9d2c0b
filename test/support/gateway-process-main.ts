import { systemClock, timeOrderedIds } from '../../src/base/index.ts'
import { makeConfig } from '../../src/config.ts'
import { Gateway } from '../../src/gateway.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { stopWorkers } from '../../src/signature/index.ts'
import { clients } from '../../src/store/index.ts'

/** One gateway in a process of its own, as it is in service. Its settings are the first argument; see gateway-process.ts. */
const gateway = await Gateway.start({ config: makeConfig(JSON.parse(process.argv[2] ?? '{}')) })
const agencies = gateway.directory.list().flatMap(({ code }) => (code === process.argv[3] ? [code] : []))
process.on('message', () => {
  globalThis.gc?.()
  process.send?.('collected')
})
process.send?.({ url: gateway.url, key: await clientKey(agencies) })
process.once('disconnect', () => {
  void gateway
    .stop()
    .then(stopWorkers)
    .then(() => process.exit(0))
})

async function clientKey(agencies: readonly AgencyCode[]): Promise<string> {
  const client = { name: 'bench', agencies, actor: 'bench' }
  const ids = timeOrderedIds(systemClock)
  return (await gateway.store.transact((tx) => clients.create(tx, client, ids, systemClock))).key
}
