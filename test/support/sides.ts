import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import type { AgencyCode } from '../../src/message/index.ts'
import { GatewayProcess } from './gateway-process.ts'
import { type PostgresPlace, postgresPlace } from './postgres.ts'
import { TestVhost } from './rabbitmq.ts'

const certs = join(import.meta.dirname, '../../certs-example')

export const stores = ['SQLite', 'PostgreSQL'] as const
export type StoreKind = (typeof stores)[number]

/** Two agencies, G02 and G22, with gateways in processes of their own and RabbitMQ between them. */
export interface Sides {
  readonly sender: Side
  readonly recipient: Side
  readonly vhost: TestVhost
  close(): Promise<void>
}

export async function openSides(store: StoreKind, processes = 1): Promise<Sides> {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-sides-'))
  const vhost = await TestVhost.open()
  for (const code of ['G02', 'G22']) await vhost.provision(code, [code as AgencyCode])
  const [sender, recipient] = [
    await Side.open('G02', store, { folder, vhost }),
    await Side.open('G22', store, { folder, vhost }),
  ]
  for (const side of [sender, recipient]) for (let n = 0; n < processes; n++) await side.start()
  return {
    sender,
    recipient,
    vhost,
    async close() {
      await Promise.all([sender.close(), recipient.close()])
      await vhost.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** One agency: its store, and the processes that share it. */
export class Side {
  readonly code: string
  readonly gateways: GatewayProcess[] = []
  readonly #settings: object
  readonly #place: { readonly file: string } | PostgresPlace
  #sqlite: DatabaseSync | undefined
  #postgres: Client | undefined

  static async open(code: string, store: StoreKind, at: { folder: string; vhost: TestVhost }): Promise<Side> {
    const place = store === 'SQLite' ? { file: join(at.folder, `${code}.sqlite`) } : await postgresPlace()
    return new Side(code, place, settingsOf(code, place, at))
  }

  private constructor(code: string, place: { readonly file: string } | PostgresPlace, settings: object) {
    this.code = code
    this.#place = place
    this.#settings = settings
  }

  async start(): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.start(this.#settings, this.code)
    this.gateways.push(gateway)
    return gateway
  }

  async stop(): Promise<void> {
    await Promise.all(this.gateways.splice(0).map((gateway) => gateway.stop()))
  }

  /** One statement, past the gateways. */
  async ask<T extends object>(text: string): Promise<T[]> {
    if ('file' in this.#place) {
      this.#sqlite ??= new DatabaseSync(this.#place.file, { timeout: 10_000 })
      return this.#sqlite.prepare(text).all() as T[]
    }
    this.#postgres ??= await connected(this.#place.url)
    return (await this.#postgres.query<T>(text)).rows
  }

  async close(): Promise<void> {
    await this.stop()
    this.#sqlite?.close()
    await this.#postgres?.end()
    if ('drop' in this.#place) await this.#place.drop()
  }
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}

function settingsOf(
  code: string,
  place: { readonly file: string } | PostgresPlace,
  { folder, vhost }: { folder: string; vhost: TestVhost },
): object {
  const name = `${code.toLowerCase()}-rsa`
  const { host, port } = vhost.broker
  return {
    http: { port: 0, requestsPerSecond: 100_000 },
    axis: {
      kind: 'rabbitmq',
      urls: [`amqp://${host}:${port}`],
      vhost: vhost.name,
      passwordFile: secretFile(join(folder, `${code}.broker-password`), vhost.passwordOf(code)),
    },
    store: 'file' in place ? place : databaseOf(place, folder),
    agencies: [
      { code, keys: [{ privateKeyFile: join(certs, `${name}.key`), certificateFile: join(certs, `${name}.crt`) }] },
    ],
    trust: { anchorsFiles: [join(certs, 'trust.pem')] },
    directoryFile: join(certs, 'directory.json'),
    log: { level: process.env['LOG'] ?? 'silent' },
    allowToyTrust: true,
  }
}

function databaseOf(place: PostgresPlace, folder: string): object {
  const url = new URL(place.url)
  const passwordFile = secretFile(join(folder, 'database-password'), decodeURIComponent(url.password))
  url.password = ''
  return { url: url.href, passwordFile }
}

function secretFile(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
