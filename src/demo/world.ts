import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createLog, GatewayError, silentLog, systemClock, timeOrderedIds } from '../base/index.ts'
import { createEmbeddedAxis, type EmbeddedAxis } from '../broker/index.ts'
import { makeConfig } from '../config.ts'
import { Gateway } from '../gateway.ts'
import type { AgencyCode } from '../message/index.ts'
import { clients } from '../store/index.ts'
import type { OutFolder } from './out-folder.ts'

/** The toy PKI and the toy directory, whose keys are public. */
export const toyFolder = fileURLToPath(new URL('../../certs-example', import.meta.url))

export interface Participant {
  readonly code: AgencyCode
  readonly gateway: Gateway
  /** Of the agency's own system. */
  readonly apiKey: string
}

/** G02, which sends, and G22, which receives: two gateways with a store each, on one axis. */
export interface World {
  readonly ministry: Participant
  readonly office: Participant
  /** Gives an agency a queue on the axis, without a gateway that reads it. */
  provision(code: AgencyCode): void
  stop(): Promise<void>
}

/** P-256 and RSA PKCS#1 v1.5, because every tool can verify them. */
const keys = {
  G02: { name: 'g02-p256', scheme: undefined, client: 'iMOIT' },
  G22: { name: 'g22-rsa', scheme: 'pkcs1', client: 'QLVB VPCP' },
} as const

export async function startWorld(out: OutFolder, portBase: number): Promise<World> {
  const axis = createEmbeddedAxis({ clock: systemClock, log: silentLog })
  const ministryPort = await freePort(portBase)
  const ministry = await start('G02', ministryPort, axis, out)
  const office = await start('G22', await freePort(ministryPort + 1), axis, out)
  return {
    ministry,
    office,
    provision: (code) => axis.provision(code),
    stop: async () => {
      await Promise.all([ministry.gateway.stop(), office.gateway.stop()])
    },
  }
}

async function start(code: keyof typeof keys, port: number, axis: EmbeddedAxis, out: OutFolder): Promise<Participant> {
  const { name, scheme, client } = keys[code]
  const key = {
    privateKeyFile: `${toyFolder}/${name}.key`,
    certificateFile: `${toyFolder}/${name}.crt`,
    ...(scheme !== undefined && { scheme }),
  }
  const config = makeConfig({
    http: { port },
    store: { file: out.pathOf(`${code.toLowerCase()}.db`) },
    agencies: [{ code, keys: [key] }],
    trust: {
      anchorsFiles: [`${toyFolder}/root.crt`],
      intermediatesFile: `${toyFolder}/issuing.crt`,
      revocation: { crlFiles: [`${toyFolder}/root.crl`, `${toyFolder}/issuing.crl`], fetch: false },
    },
    directoryFile: `${toyFolder}/directory.json`,
    allowToyTrust: true,
  })
  const log = createLog('info', createWriteStream(out.pathOf(`${code.toLowerCase()}.log`)))
  const gateway = await Gateway.start({ config, log, axis })
  const agency = code as string as AgencyCode
  const { key: apiKey } = await gateway.store.transact((tx) =>
    clients.create(tx, { name: client, agencies: [agency], actor: 'demo' }, timeOrderedIds(systemClock), systemClock),
  )
  return { code: agency, gateway, apiKey }
}

/** The first port from `base` on that nobody listens on. @throws {GatewayError} request-invalid: none of the next hundred */
async function freePort(base: number): Promise<number> {
  for (let port = base; port < base + 100; port++) if (await isFree(port)) return port
  throw new GatewayError(
    'request-invalid',
    `no port from ${base} to ${base + 99} is free: choose others with --port-base`,
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
