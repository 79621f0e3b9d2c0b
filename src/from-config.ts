import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Clock, GatewayError, type Ids, type Log, messageOf, Secret } from './base/index.ts'
import { type AxisConnection, createEmbeddedAxis, createRabbitmqAxis, type EmbeddedAxis } from './broker/index.ts'
import { settings } from './config/index.ts'
import { type BrokerPlace, brokerPlaceOf, type Config, describeConfig, directoryTrustOf } from './config.ts'
import { Directory, type DirectoryTrust, enterAgencies, parseDirectory } from './directory/index.ts'
import type { AgencyCode, DeliverySettings } from './message/index.ts'
import { type AnchorScope, type Certificate, type RevocationData, readCertificates, TrustStore } from './pki/index.ts'
import type { Store } from './store/index.ts'

const MINUTE_MS = 60_000

/** The certificates that are trusted, from their files. @throws {GatewayError} trust-unusable */
export function loadTrust({ trust }: Config, revocation: RevocationData): TrustStore {
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
export function refusesUndetermined({ trust: { revocation } }: Config): (sender: AgencyCode) => boolean {
  const partners = new Map(revocation.partners.map(({ code, undetermined }) => [code, undetermined]))
  return (sender) => (partners.get(sender) ?? revocation.undetermined) === 'refuse'
}

/** Whose signed directory is taken from the axis, and whether it comes into force at once. */
export function signedDirectoryOf(config: Config): {
  signedDirectory?: { readonly trust: DirectoryTrust; readonly user: string; readonly apply: 'at-once' | 'by-hand' }
} {
  const trust = directoryTrustOf(config)
  const { directory } = config
  if (trust === undefined || directory === undefined) return {}
  return { signedDirectory: { trust, user: directory.user, apply: directory.apply } }
}

/** The directory of the store; an empty one begins with the file that the configuration names. */
export async function openDirectory(
  store: Store,
  config: Config,
  deps: { ids: Ids; clock: Clock },
): Promise<Directory> {
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

/** Read each time, so that it can be changed meanwhile. */
export function metricsTokenOf({ metrics }: Config): Secret | undefined {
  return metrics.tokenFile === undefined ? undefined : new Secret(read(metrics.tokenFile, 'config-invalid').trim())
}

/** For people who may see them; a password that somebody wrote into an address is blanked. */
export function describedSettings(
  config: Config,
): { key: string; about: Record<'vi' | 'en', string>; value: string; source: string }[] {
  const aboutOf = (key: string): Record<'vi' | 'en', string> => {
    const { about = '', aboutVi = '' } = settings[key.replace(/\[\d+\]/g, '[]')] ?? {}
    return { vi: aboutVi, en: about }
  }
  return describeConfig(config).map(({ key, value, source }) => ({
    key,
    about: aboutOf(key),
    value: value.replace(/:\/\/[^/@\s]*:[^/@\s]*@/g, '://(not shown)@'),
    source,
  }))
}

export function deliverySettings({ delivery }: Pick<Config, 'delivery'>): DeliverySettings {
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
export interface AxisWay {
  readonly connection: AxisConnection
  readonly isUp: () => boolean
  /** Does the real thing once. @throws {GatewayError} */
  readonly check: () => Promise<void>
}

/** RabbitMQ where the configuration names one; otherwise the axis within this process, which other gateways in it may share. */
export function openAxis(
  config: Config,
  deps: {
    within: EmbeddedAxis | undefined
    directory: Directory
    locals: readonly AgencyCode[]
    clock: Clock
    log: Log
  },
): AxisWay & { readonly kind: 'embedded' | 'rabbitmq' } {
  const { within, directory, locals, clock, log } = deps
  const broker = within === undefined ? brokerPlaceOf(config) : undefined
  if (broker !== undefined) return { kind: 'rabbitmq', ...connectToBroker(broker, directory, locals, { clock, log }) }
  return { kind: 'embedded', ...connectWithin(within ?? createEmbeddedAxis({ clock, log }), directory, locals) }
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

/** @throws {GatewayError} key-unusable */
export function readTlsFiles({ keyFile, certFile }: { keyFile: string; certFile: string }): {
  key: string
  cert: string
} {
  return { key: read(keyFile, 'key-unusable'), cert: read(certFile, 'key-unusable') }
}

function read(file: string, code: 'trust-unusable' | 'key-unusable' | 'config-invalid'): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GatewayError(code, `${file} cannot be read: ${messageOf(cause)}`, { value: file }, { cause })
  }
}
