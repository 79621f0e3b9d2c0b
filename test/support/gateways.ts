import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, createLog, type Log, silentLog, systemClock, timeOrderedIds } from '../../src/base/index.ts'
import { createEmbeddedAxis, type EmbeddedAxis } from '../../src/broker/index.ts'
import { type Config, makeConfig } from '../../src/config.ts'
import { Gateway } from '../../src/gateway.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { clients } from '../../src/store/index.ts'
import { RestClient } from './rest-client.ts'

const certs = join(import.meta.dirname, '../../certs-example')

export interface WorldOptions {
  readonly clock?: Clock
  /** Another clock for the gateway that serves these agencies. */
  readonly clockOf?: (codes: readonly string[]) => Clock | undefined
  readonly log?: Log
  /** Which key each agency signs with: `p256` by default; a `:pkcs1` or `:pss` may follow. */
  readonly keys?: Readonly<Record<string, string>>
  /** The settings of the gateway that serves these agencies, in place of the usual ones. Written anew, they are read again. */
  readonly settings?: (codes: readonly string[], folder: string) => Readonly<Record<string, unknown>>
  /** Merged over the configuration of each gateway. */
  readonly delivery?: Readonly<Record<string, unknown>>
  /** Merged over whom each gateway trusts. */
  readonly trust?: Readonly<Record<string, unknown>>
  /** Merged over what is asked about revocation. */
  readonly revocation?: Readonly<Record<string, unknown>>
  /** Instead of a file of its own: the database of the gateway that serves these agencies. */
  readonly database?: (codes: readonly string[]) => string
  /** Instead of the embedded axis: the settings of RabbitMQ for the gateway that serves these agencies. */
  readonly broker?: (codes: readonly string[], folder: string) => Readonly<Record<string, unknown>>
}

/** One gateway on a store of its own, with a client for each of its agencies. */
export interface TestGateway {
  readonly gateway: Gateway
  readonly config: Config
  /** Stops it as an operator would. */
  stop(): Promise<void>
  /** Starts it again on the same store. */
  resume(): Promise<void>
  restart(): Promise<void>
  as(code: string): RestClient
}

/** Gateways in one process on one embedded axis, with real stores, the toy PKI and real HTTP. */
export interface World {
  readonly axis: EmbeddedAxis
  readonly clock: Clock
  readonly folder: string
  start(...codes: string[]): Promise<TestGateway>
  /** Resolves when `probe` gives something, letting the gateways work in between. */
  until<T>(what: string, probe: () => Promise<T | undefined | false>, waitMs?: number): Promise<T>
  /** How many gateways run now. */
  readonly running: number
  /** Whether a gateway is sending or judging something just now. */
  busy(): Promise<boolean>
  close(): Promise<void>
}

export function openWorld(options: WorldOptions = {}): World {
  const { clock = systemClock, log = process.env['LOG'] === undefined ? silentLog : createLog(process.env['LOG']) } =
    options
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-world-'))
  const axis = createEmbeddedAxis({ clock, log })
  const gateways: Gateway[] = []
  return {
    axis,
    clock,
    folder,
    async start(...codes) {
      const config = configOf(folder, codes, options)
      const reread = () => configOf(folder, codes, options)
      const own = options.clockOf?.(codes) ?? clock
      const start = () =>
        Gateway.start({ config, reread, clock: own, log, ...(options.broker === undefined && { axis }) })
      let gateway = await start()
      gateways.push(gateway)
      const keys = new Map<string, string>()
      for (const code of codes) keys.set(code, await clientKey(gateway, code, clock))
      const running: TestGateway = {
        get gateway() {
          return gateway
        },
        config,
        async stop() {
          gateways.splice(gateways.indexOf(gateway), 1)
          await gateway.stop()
        },
        async resume() {
          gateway = await start()
          gateways.push(gateway)
        },
        async restart() {
          await running.stop()
          await running.resume()
        },
        as: (code) => new RestClient(() => gateway.url, keys.get(code) ?? '', code),
      }
      return running
    },
    until,
    get running() {
      return gateways.length
    },
    async busy() {
      const now = clock.now().getTime()
      const leases = await Promise.all(
        gateways.map(({ store }) =>
          store.read.get(
            'SELECT 1 AS found FROM delivery WHERE lease_until > ? UNION ALL SELECT 1 FROM stage WHERE lease_until > ? AND attempt = 0',
            [now, now],
          ),
        ),
      )
      return leases.some((lease) => lease !== undefined)
    },
    async close() {
      await Promise.all(gateways.map((gateway) => gateway.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Looks again and again, with turns of the event loop between; in vain for long is a failure that says what was awaited. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  waitMs = 100_000, // less than a test may last, so that nothing of it goes on in the next
): Promise<T> {
  const deadline = Date.now() + waitMs
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export function configOf(folder: string, codes: readonly string[], options: WorldOptions = {}): Config {
  return makeConfig({
    http: { port: 0, requestsPerSecond: 100_000 }, // a test asks until it is answered
    ...(options.broker !== undefined && { axis: options.broker(codes, folder) }),
    store:
      options.database === undefined
        ? { file: join(folder, `${codes.join('-').toLowerCase()}.sqlite`) }
        : databaseSettings(folder, options.database(codes)),
    agencies: codes.map((code) => {
      const [kind = 'p256', scheme] = (options.keys?.[code] ?? 'p256').split(':')
      const name = `${code.toLowerCase()}-${kind}`
      return {
        code,
        keys: [
          {
            privateKeyFile: join(certs, `${name}.key`),
            certificateFile: join(certs, `${name}.crt`),
            ...(scheme === undefined ? {} : { scheme }),
          },
        ],
      }
    }),
    trust: {
      anchorsFiles: [join(certs, 'trust.pem')],
      revocation: { crlFiles: [join(certs, 'issuing.crl')], ...options.revocation },
      ...options.trust,
    },
    directoryFile: join(certs, 'directory.json'),
    delivery: { ...options.delivery },
    log: { level: 'silent' },
    allowToyTrust: true,
    ...options.settings?.(codes, folder),
  })
}

/** As an operator writes it: the password stands in a file of its own. */
export function databaseSettings(folder: string, address: string): { url: string; passwordFile?: string } {
  const url = new URL(address)
  if (url.password === '') return { url: address }
  const passwordFile = join(folder, 'database-password')
  writeFileSync(passwordFile, `${decodeURIComponent(url.password)}\n`)
  url.password = ''
  return { url: url.href, passwordFile }
}

async function clientKey(gateway: Gateway, code: string, clock: Clock): Promise<string> {
  const { key } = await gateway.store.transact((tx) =>
    clients.create(
      tx,
      { name: `${code} test`, agencies: [code as AgencyCode], actor: 'test' },
      timeOrderedIds(clock),
      clock,
    ),
  )
  return key
}
