import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { dirname, resolve } from 'node:path'
import { firstAdministrator } from './access/index.ts'
import { createApi } from './api/index.ts'
import {
  Bell,
  type Clock,
  createLog,
  exponentialBackoff,
  GatewayError,
  type Ids,
  type Log,
  Loop,
  limits,
  messageOf,
  type RunOnce,
  silentLog,
  systemClock,
  timeOrderedIds,
} from './base/index.ts'
import { type AxisConnection, createEmbeddedAxis, createRabbitmqAxis, type EmbeddedAxis } from './broker/index.ts'
import { settings } from './config/index.ts'
import {
  type BrokerPlace,
  brokerPlaceOf,
  type Config,
  defaultDelivery,
  describeConfig,
  directoryTrustOf,
  keySourcesOf,
  storePlaceOf,
} from './config.ts'
import { createConsole } from './console/index.ts'
import { Directory, enterAgencies, parseDirectory } from './directory/index.ts'
import { byPath, RateLimit, type RunningServer, startServer } from './http/index.ts'
import type { AgencyCode, DeliverySettings } from './message/index.ts'
import { Notifier } from './notify/index.ts'
import { Examiner } from './pdf/index.ts'
import {
  type AnchorScope,
  type Certificate,
  KeyRing,
  RevocationData,
  readCertificate,
  readCertificates,
  TrustStore,
} from './pki/index.ts'
import { type ReceiveDeps, Receiver } from './receive/index.ts'
import { Repair, type Repairs } from './repair/index.ts'
import { Sender } from './send/index.ts'
import { openStore, type Store } from './store/index.ts'
import {
  AttachmentReports,
  fetchBounded,
  type RevocationDeps,
  RevocationKeeper,
  renewKeys,
  Upkeep,
} from './upkeep/index.ts'

export type { CommandRecord, Order, Preview, Repair } from './repair/index.ts'

export interface GatewayOptions {
  readonly config: Config
  readonly clock?: Clock
  readonly log?: Log
  /** Several gateways in one process share one. */
  readonly axis?: EmbeddedAxis
  /** The configuration as it is written now: new keys are taken over from it. By default the files that `config` names. */
  readonly reread?: () => Config
}

const MINUTE_MS = 60_000
const VERSION = '0.2.0'

/** The composition root: every room from the ground up. Start and stop are symmetric; a second start in one process works. */
export class Gateway {
  readonly store: Store
  readonly directory: Directory
  readonly url: string
  readonly repair: Repairs
  readonly #renewKeys: () => Promise<void>
  readonly #stops: (() => Promise<void>)[]

  private constructor(parts: {
    store: Store
    directory: Directory
    url: string
    renewKeys: () => Promise<void>
    repair: Repairs
    stops: (() => Promise<void>)[]
  }) {
    this.store = parts.store
    this.directory = parts.directory
    this.url = parts.url
    this.#renewKeys = parts.renewKeys
    this.repair = parts.repair
    this.#stops = parts.stops
  }

  /** @throws {GatewayError} config-invalid, key-unusable, trust-unusable, store-unavailable, store-version: nothing is left running */
  static async start({
    config,
    clock: machineClock = systemClock,
    log = createLog(config.log.level),
    axis,
    reread = () => config,
  }: GatewayOptions): Promise<Gateway> {
    const stops: (() => Promise<void>)[] = []
    try {
      const locals = config.agencies.map(({ code }) => code)
      const revocation = new RevocationData()
      const trustStore = loadTrust(config, revocation)
      const keys = await KeyRing.open(keySourcesOf(config), machineClock)
      stops.push(() => keys.close())

      const store = await openStore({ ...storePlaceOf(config), clock: machineClock, log })
      stops.push(() => store.close())
      const { clock } = store // one time for all processes that share the store
      const ids = timeOrderedIds(clock)
      const directory = await openDirectory(store, config, { ids, clock })
      for (const code of locals) directory.requireActive(code, clock.now())

      const broker = axis === undefined ? brokerPlaceOf(config) : undefined
      const {
        connection,
        isUp: brokerIsUp,
        check: checkBroker,
      } = broker === undefined
        ? connectWithin(axis ?? createEmbeddedAxis({ clock, log }), directory, locals)
        : connectToBroker(broker, directory, locals, { clock, log })
      stops.push(() => connection.close())

      const bells = {
        outbox: new Bell(),
        stages: new Bell(),
        statuses: new Bell(),
        upkeep: new Bell(),
        commands: new Bell(),
        jobs: new Bell(),
      }
      const delivery = deliverySettings(config)
      const shared = { store, directory, keys, clock, ids, log, settings: delivery, outbox: bells.outbox }
      const backoff = exponentialBackoff
      const sender = new Sender({ ...shared, axis: connection, backoff })
      const trust = { ...directory.trust(trustStore), refusesUndetermined: refusesUndetermined(config) }
      const attachmentReports = new AttachmentReports({
        ...shared,
        directory,
        trust: () => trustStore,
        examiner: new Examiner(),
      })
      stops.push(() => attachmentReports.finish())
      const keeper = keeperOf(config, {
        store,
        directory,
        awaited: () => attachmentReports.awaited,
        trust: trustStore,
        data: revocation,
        clock,
        ids,
        log,
        backoff,
      })
      await keeper.load()
      const receiver = new Receiver({
        ...shared,
        ...signedDirectoryOf(config),
        locals,
        axis: connection,
        trust: () => trust,
        keptProofs: new Set(),
        backoff,
        stages: bells.stages,
        statuses: bells.statuses,
      })
      const notifier = new Notifier({ ...shared, backoff })
      const [first] = locals
      if (first === undefined)
        throw new GatewayError('config-invalid', 'no agency is configured', { field: 'agencies' })
      const rollover = { ...shared, locals, keySources: () => keySourcesOf(reread()) }
      const upkeep = new Upkeep({ ...rollover, auditSigner: () => keys.signerFor(first, clock.now(), clock.now()) })

      const repair = new Repair({ ...shared, locals, stages: bells.stages, commands: bells.commands })

      const loops: readonly [string, RunOnce, Bell][] = [
        ['upkeep', () => upkeep.runOnce(), bells.upkeep],
        ['attachment reports', (signal) => attachmentReports.runOnce(signal), new Bell()],
        ['revocation', (signal) => keeper.runOnce(signal), new Bell()],
        ['notify', () => notifier.runOnce(), bells.statuses],
        ['receive', () => receiver.runOnce(), bells.stages],
        ['send', (signal) => sender.runOnce(signal), bells.outbox],
        ['repair', () => repair.runOnce(), bells.commands],
      ]
      stops.push(async () => {
        await Promise.all([sender.finish(), receiver.finish()])
      })
      for (const [name, runOnce, bell] of loops) {
        const loop = new Loop({ name, runOnce, bell, clock, maxWaitMs: limits.loopWaitMs, log })
        loop.start()
        stops.push(() => loop.stop())
      }
      await receiver.open()
      stops.push(() => receiver.close())

      const keysAreUsable = () => keys.obstacles(locals, clock.now()).length === 0
      const api = createApi({
        ...shared,
        submit: shared,
        deliver: shared,
        version: VERSION,
        brokerIsUp,
        checkBroker,
        keysAreUsable,
        rate: new RateLimit(config.http.requestsPerSecond),
        metricsToken: () => metricsTokenOf(config),
        behindProxy: config.http.behindProxy !== undefined,
      })
      const desk = createConsole({
        ...shared,
        locals,
        trust,
        brokerIsUp,
        brokerKind: broker === undefined ? 'embedded' : 'rabbitmq',
        repair,
        jobs: bells.jobs,
        auditCertificates: () => locals.flatMap((code) => certificatesOf(directory, code)),
        settings: describedSettings(config),
        startedAt: clock.now(),
        version: VERSION,
        secure: config.http.tls !== undefined || config.http.behindProxy !== undefined,
        behindProxy: config.http.behindProxy !== undefined,
        pages: new URL('./console/web/dist/', import.meta.url),
      })
      const server = await serve(config, byPath('/console', desk.app, api), { clock, ids })
      stops.push(() => server.close(limits.drainMs))
      const deskLoop = new Loop({
        name: 'console',
        runOnce: () => desk.runOnce(),
        bell: bells.jobs,
        clock,
        maxWaitMs: limits.loopWaitMs,
        log,
      })
      deskLoop.start()
      stops.push(() => deskLoop.stop())
      stops.push(() => desk.close())
      return new Gateway({ store, directory, url: server.url, repair, renewKeys: () => renewKeys(rollover), stops })
    } catch (error) {
      await stopAll(stops, log)
      throw error
    }
  }

  /** The console's first user and his one-time password, which whoever started the gateway has to be told, once. */
  async firstAdministrator(): Promise<{ name: string; oneTimePassword: string } | undefined> {
    const { store } = this
    return firstAdministrator({ store, clock: store.clock, ids: timeOrderedIds(store.clock) })
  }

  /** Takes over the keys that the configuration and its files hold now; upkeep does so each minute, too. */
  async renewKeys(): Promise<void> {
    await this.#renewKeys()
  }

  /** Takes nothing new, finishes what is under way, closes the store last. */
  async stop(): Promise<void> {
    await stopAll(this.#stops)
  }
}

/**
 * An operator's commands without a gateway, on its store; one that runs there notices within a second.
 * @param config Of the gateway, if it is known: from it come the deadlines of what is sent again
 */
export async function repairOn(store: Store, config?: Config): Promise<Repair> {
  const { clock } = store
  return new Repair({
    store,
    directory: await Directory.load(store),
    clock,
    ids: timeOrderedIds(clock),
    log: silentLog,
    settings: deliverySettings(config ?? { delivery: defaultDelivery }),
    locals: config?.agencies.map(({ code }) => code) ?? [],
    outbox: new Bell(),
    stages: new Bell(),
    commands: new Bell(),
  })
}

/** In reverse of the start. One failing stop does not keep the others from stopping. */
async function stopAll(stops: (() => Promise<void>)[], log?: Log): Promise<void> {
  const errors: unknown[] = []
  for (const stop of stops.splice(0).reverse())
    await stop().catch((error: unknown) => {
      log?.error({ err: error }, 'stopping failed')
      errors.push(error)
    })
  if (log === undefined && errors.length > 0) throw new AggregateError(errors, 'stopping failed')
}

function serve(config: Config, doors: RequestListener, deps: { clock: Clock; ids: Ids }): Promise<RunningServer> {
  const { host, port, tls } = config.http
  return startServer(doors, {
    host,
    port,
    ...deps,
    ...(tls && { tls: { key: read(tls.keyFile, 'key-unusable'), cert: read(tls.certFile, 'key-unusable') } }),
  })
}

function loadTrust({ trust }: Config, revocation: RevocationData): TrustStore {
  const certificatesIn = (files: readonly string[]): Certificate[] =>
    files.flatMap((file) => readCertificates(read(file, 'trust-unusable')))
  const sets = {
    'cong-vu': certificatesIn(trust.congVuFiles),
    'cong-cong': certificatesIn(trust.congCongFiles),
  } as const
  const scopes = new Map<string, AnchorScope>()
  for (const scope of ['cong-vu', 'cong-cong'] as const)
    for (const { fingerprint } of sets[scope]) scopes.set(fingerprint, scope)
  const anchors = [...certificatesIn(trust.anchorsFiles), ...sets['cong-vu'], ...sets['cong-cong']]
  if (anchors.length === 0)
    throw new GatewayError('trust-unusable', 'the trust files hold no certificate', { field: 'trust.anchorsFiles' })
  const intermediates = certificatesIn(trust.intermediatesFile === undefined ? [] : [trust.intermediatesFile])
  return new TrustStore(anchors, intermediates, { scopes, ...(trust.revocation.check && { revocation }) })
}

/** Whose packages are refused when it cannot be told whether the signer was revoked. */
function refusesUndetermined({ trust: { revocation } }: Config): (sender: AgencyCode) => boolean {
  const partners = new Map(revocation.partners.map(({ code, undetermined }) => [code, undetermined]))
  return (sender) => (partners.get(sender) ?? revocation.undetermined) === 'refuse'
}

function keeperOf(
  { trust: { revocation } }: Config,
  deps: Omit<RevocationDeps, 'certificates' | 'settings' | 'fetch'> & {
    directory: Directory
    /** Signers inside of attachments. */
    awaited: () => readonly Certificate[]
  },
): RevocationKeeper {
  const { directory, clock } = deps
  const { check, fetch, mirrors, privateHosts } = revocation
  const rules = { clock, privateHosts: new Set([...privateHosts, ...mirrors.map(({ to }) => new URL(to).hostname)]) }
  return new RevocationKeeper({
    ...deps,
    certificates: () => (check ? [...directory.certificates(), ...deps.awaited()] : []),
    settings: revocation,
    ...(check && fetch && { fetch: (request, signal) => fetchBounded(request, rules, signal) }),
  })
}

function read(file: string, code: 'trust-unusable' | 'key-unusable' | 'config-invalid'): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GatewayError(code, `${file} cannot be read: ${messageOf(cause)}`, { value: file }, { cause })
  }
}

function signedDirectoryOf(config: Config): Pick<ReceiveDeps, 'signedDirectory'> {
  const trust = directoryTrustOf(config)
  const { directory } = config
  if (trust === undefined || directory === undefined) return {}
  return { signedDirectory: { trust, user: directory.user, apply: directory.apply } }
}

/** The directory of the store; an empty one begins with the file that the configuration names. */
async function openDirectory(store: Store, config: Config, deps: { ids: Ids; clock: Clock }): Promise<Directory> {
  const directory = await Directory.load(store)
  const { directoryFile } = config
  if (directoryFile === undefined || directory.list().length > 0) return directory
  const agencies = parseDirectory(read(directoryFile, 'config-invalid'), (path) =>
    read(resolve(dirname(directoryFile), path), 'config-invalid'),
  )
  await enterAgencies({ store, ...deps }, agencies, 'gateway')
  await directory.reload()
  return directory
}

/** What signed, or may have signed, in the name of the agency. */
function certificatesOf(directory: Directory, code: AgencyCode): Certificate[] {
  return directory.find(code)?.certificates.map(({ pem }) => readCertificate(pem)) ?? []
}

/** Read each time, so that it can be changed meanwhile. */
function metricsTokenOf({ metrics }: Config): string | undefined {
  return metrics.tokenFile === undefined ? undefined : read(metrics.tokenFile, 'config-invalid').trim()
}

/** For people who may see them; a password that somebody wrote into an address is blanked. */
function describedSettings(config: Config): { key: string; about: string; value: string; source: string }[] {
  return describeConfig(config).map(({ key, value, source }) => ({
    key,
    about: settings[key.replace(/\[\d+\]/g, '[]')]?.about ?? '',
    value: value.replace(/:\/\/[^/@\s]*:[^/@\s]*@/g, '://(not shown)@'),
    source,
  }))
}

function deliverySettings({ delivery }: Pick<Config, 'delivery'>): DeliverySettings {
  return {
    chunkBytes: delivery.chunkBytes,
    deadlineMs: {
      express: delivery.deadlines.expressMinutes * MINUTE_MS,
      ordinary: delivery.deadlines.ordinaryMinutes * MINUTE_MS,
      status: delivery.deadlines.statusMinutes * MINUTE_MS,
    },
    receiptWaitMs: delivery.receiptWaitSeconds * 1000,
  }
}

/** Our way to the other agencies, and whether it is open now. */
interface AxisWay {
  readonly connection: AxisConnection
  readonly isUp: () => boolean
  /** Does the real thing once. @throws {GatewayError} */
  readonly check: () => Promise<void>
}

/** One connection, whose user speaks for all our agencies. Missing queues are waited for: a gateway starts without a broker. */
function connectToBroker(
  { user: named, password, ...place }: BrokerPlace,
  directory: Directory,
  locals: readonly AgencyCode[],
  deps: { clock: Clock; log: Log },
): AxisWay {
  const [first] = locals
  const user = named ?? (first === undefined ? '' : (directory.find(first)?.brokerUser ?? first))
  const silent = locals.find((code) => !directory.speaksFor(user).includes(code))
  if (silent !== undefined)
    throw new GatewayError('config-invalid', `axis.user ${user} does not speak for ${silent} in the directory`, {
      field: 'axis.user',
      value: user,
    })
  const axis = createRabbitmqAxis({ ...place, ...deps })
  const connection = axis.connect({ user, password, agencies: locals, missingQueue: 'wait' })
  return { connection, isUp: () => connection.isUp, check: () => connection.check() }
}

/** One connection per broker user; each local agency publishes and reads through the one that speaks for it. */
function connectWithin(axis: EmbeddedAxis, directory: Directory, locals: readonly AgencyCode[]): AxisWay {
  const users = new Map<string, AgencyCode[]>()
  for (const code of locals) {
    axis.provision(code)
    const user = directory.find(code)?.brokerUser ?? code
    users.set(user, [...(users.get(user) ?? []), code])
  }
  const byAgency = new Map<AgencyCode, AxisConnection>()
  const connections: AxisConnection[] = []
  for (const [user, agencies] of users) {
    const connection = axis.connect({ user, agencies })
    connections.push(connection)
    for (const agency of agencies) byAgency.set(agency, connection)
  }
  const of = (agency: AgencyCode): AxisConnection => {
    const connection = byAgency.get(agency)
    if (connection === undefined)
      throw new GatewayError('sender-not-entitled', `${agency} is not an agency of this gateway`, { value: agency })
    return connection
  }
  const connection: AxisConnection = {
    publish: (part) => of(part.from).publish(part),
    consume: (agency, lane, prefetch, handle) => of(agency).consume(agency, lane, prefetch, handle),
    close: async () => {
      await Promise.all(connections.map((one) => one.close()))
    },
  }
  return { connection, isUp: () => true, check: async () => undefined }
}
