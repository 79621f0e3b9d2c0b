import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, systemClock, timeOrderedIds } from '../src/base/index.ts'
import { createEmbeddedAxis } from '../src/broker/index.ts'
import { makeConfig } from '../src/config.ts'
import { Gateway } from '../src/gateway.ts'
import type { AgencyCode } from '../src/message/index.ts'
import { clients } from '../src/store/index.ts'
import { certs } from './toys.ts'

export interface Pair {
  readonly sender: Gateway
  readonly recipient: Gateway
  readonly senderKey: string
  readonly recipientKey: string
  close(): Promise<void>
}

/** Two gateways in this process on stores on disk, both signing with RSA-2048. */
export async function openPair(): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-bench-'))
  const axis = createEmbeddedAxis({ clock: systemClock, log: silentLog })
  const start = (code: string): Promise<Gateway> => {
    const name = `${code.toLowerCase()}-rsa`
    const config = makeConfig({
      http: { port: 0 },
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
    sender,
    recipient,
    senderKey: await key(sender, 'G02'),
    recipientKey: await key(recipient, 'G22'),
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

/** The JSON part of a submission. */
export function benchLetter(n: number): object {
  return {
    to: ['G22'],
    code: { codeNumber: String(n), codeNotation: 'BCT-KHTC' },
    promulgationInfo: { place: 'Hà Nội', promulgationDate: '2026/11/20' },
    documentType: { type: '18', typeDetail: '0', typeName: 'Công văn' },
    subject: `V/v báo cáo tình hình thực hiện kế hoạch, văn bản ${n}`,
    signerInfo: { competence: 'KT. BỘ TRƯỞNG', position: 'Thứ trưởng', fullName: 'Nguyễn Văn An' },
  }
}
