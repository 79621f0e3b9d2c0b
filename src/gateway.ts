import type { RequestListener } from 'node:http'
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
  type RunOnce,
  silentLog,
  systemClock,
  timeOrderedIds,
  VERSION,
} from './base/index.ts'
import type { EmbeddedAxis } from './broker/index.ts'
import { type Config, defaultDelivery, keySourcesOf, storePlaceOf } from './config.ts'
import { createConsole } from './console/index.ts'
import { Directory } from './directory/index.ts'
import {
  deliverySettings,
  describedSettings,
  loadTrust,
  metricsTokenOf,
  openAxis,
  openDirectory,
  readTlsFiles,
  refusesUndetermined,
  signedDirectoryOf,
} from './from-config.ts'
import { byPath, RateLimit, type RunningServer, startServer } from './http/index.ts'
import type { AgencyCode } from './message/index.ts'
import { Notifier } from './notify/index.ts'
import { Examiner } from './pdf/index.ts'
import { type Certificate, KeyRing, RevocationData, readCertificate } from './pki/index.ts'
import { Receiver } from './receive/index.ts'
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

      const way = openAxis(config, { within: axis, directory, locals, clock, log })
      const { connection } = way
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
        brokerIsUp: way.isUp,
        checkBroker: way.check,
        keysAreUsable,
        rate: new RateLimit(config.http.requestsPerSecond),
        metricsToken: () => metricsTokenOf(config),
        behindProxy: config.http.behindProxy !== undefined,
      })
      const desk = createConsole({
        ...shared,
        locals,
        trust,
        brokerIsUp: way.isUp,
        brokerKind: way.kind,
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
    ...(tls && { tls: readTlsFiles(tls) }),
  })
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

/** What signed, or may have signed, in the name of the agency. */
function certificatesOf(directory: Directory, code: AgencyCode): Certificate[] {
  return directory.find(code)?.certificates.map(({ pem }) => readCertificate(pem)) ?? []
}
