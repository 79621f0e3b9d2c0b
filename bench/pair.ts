import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, systemClock, timeOrderedIds } from '../src/base/index.ts'
import { createEmbeddedAxis } from '../src/broker/index.ts'
import { makeConfig } from '../src/config.ts'
import { Gateway } from '../src/gateway.ts'
import type { AgencyCode } from '../src/message/index.ts'
import { clients, type Store } from '../src/store/index.ts'
import type { Submitting } from '../test/support/uploads.ts'
import { certs } from './toys.ts'

export interface Pair {
  readonly sender: Submitting
  /** The sender's. */
  readonly store: Store
  close(): Promise<void>
}

/** Two gateways in this process on stores on disk, both signing with RSA-2048. */
export async function openPair(): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-bench-'))
  const axis = createEmbeddedAxis({ clock: systemClock, log: silentLog })
  const start = (code: string): Promise<Gateway> => {
    const name = `${code.toLowerCase()}-rsa`
    const config = makeConfig({
      http: { port: 0, requestsPerSecond: 100_000 },
      store: { file: join(folder, `${code}.sqlite`) },
      agencies: [
        { code, keys: [{ privateKeyFile: join(certs, `${name}.key`), certificateFile: join(certs, `${name}.crt`) }] },
      ],
      trust: { anchorsFiles: [join(certs, 'trust.pem')] },
      directoryFile: join(certs, 'directory.json'),
      log: { level: 'silent' },
      allowToyTrust: true,
    })
    return Gateway.start({ config, axis, log: silentLog })
  }
  const [sender, recipient] = [await start('G02'), await start('G22')]
  return {
    sender: { gateways: [{ url: sender.url, key: await key(sender, 'G02') }] },
    store: sender.store,
    async close() {
      await Promise.all([sender.stop(), recipient.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function key(gateway: Gateway, code: string): Promise<string> {
  const made = await gateway.store.transact((tx) =>
    clients.create(
      tx,
      { name: 'bench', agencies: [code as AgencyCode], actor: 'bench' },
      timeOrderedIds(systemClock),
      systemClock,
    ),
  )
  return made.key
}
