import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { GatewayError, messageOf, Secret } from './base/index.ts'
import type { RabbitmqOptions, RabbitmqUser } from './broker/index.ts'
import {
  contradictions,
  type Environment,
  explained,
  leavesOf,
  overlaid,
  reasonOf,
  type Settings,
  schema,
  sourceOf,
  valueAt,
  withAbsolutePaths,
} from './config/index.ts'
import type { DirectoryTrust } from './directory/index.ts'
import { type RingSource, readCertificates } from './pki/index.ts'
import type { StorePlace } from './store/index.ts'

/**
 * Everything that can be set, typed and frozen. Paths are absolute. It holds no secret: keys and passwords stay in the
 * files it names, and are read by the room that needs them.
 */
export type Config = Settings & {
  /** Where each setting comes from, by its key: `default`, the file, or `environment LIENTHONG_…`. */
  readonly sources: Readonly<Record<string, string>>
}

export type AgencyConfig = Config['agencies'][number]

/**
 * The configuration of `lienthong serve`: the file, then single keys from the environment over it.
 * @param options.file JSON; otherwise the file that LIENTHONG_CONFIG names; otherwise the environment alone.
 * @throws {GatewayError} config-invalid, with one line for everything that is wrong
 */
export function loadConfig(options: { file?: string; environment?: Environment } = {}): Config {
  const environment = options.environment ?? process.env
  const path = options.file ?? (environment['LIENTHONG_CONFIG'] || undefined)
  const written = path === undefined ? {} : readJson(path)
  return makeConfig(written, path === undefined ? {} : { file: path }, environment)
}

/** A configuration from settings made in code: the demo and the tests. Paths are relative to `origin.file`, or to the working directory. */
export function makeConfig(written: unknown, origin: { file?: string } = {}, environment: Environment = {}): Config {
  const folder = origin.file === undefined ? process.cwd() : dirname(resolve(origin.file))
  const problems: string[] = []
  const sources: Record<string, string> = {}
  for (const key of leavesOf(written)) sources[key] = origin.file === undefined ? 'given' : `file ${origin.file}`
  const merged = overlaid(written, environment, sources, problems)
  const parsed = schema.safeParse(merged)
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => explained(issue, merged, sources)))
  if (parsed.success && problems.length === 0) {
    const config = { ...withAbsolutePaths(parsed.data, folder), sources }
    problems.push(...contradictions(config))
    if (problems.length === 0) return deeplyFrozen(config)
  }
  const listed = problems.map((problem) => `\n  - ${problem}`).join('')
  throw new GatewayError('config-invalid', `${problems.length} setting(s) cannot be used:${listed}`, {
    problems: problems.length,
  })
}

/** How deliveries behave when nothing else was said. */
export const defaultDelivery: Config['delivery'] = schema.shape.delivery.parse(undefined)

/** Where `openStore` finds the store. The password is read at each connection, so that it can be changed meanwhile. */
export function storePlaceOf({ store }: Pick<Config, 'store'>): StorePlace {
  if ('file' in store) return store
  const { url, passwordFile } = store
  return {
    url,
    ...(passwordFile === undefined
      ? {}
      : { password: () => readPassword('store.passwordFile', passwordFile, 'store-unavailable') }),
  }
}

/** Whose directory is believed; undefined when none is. @throws {GatewayError} trust-unusable */
export function directoryTrustOf({ directory }: Pick<Config, 'directory'>): DirectoryTrust | undefined {
  if (directory === undefined) return undefined
  const operators = directory.operatorFiles.flatMap((path) => {
    try {
      return readCertificates(readFileSync(path, 'utf8')).slice(0, 1) // the operator's own; those above it are not asked
    } catch (cause) {
      throw new GatewayError(
        'trust-unusable',
        `directory.operatorFiles ${path} cannot be used: ${messageOf(cause)}`,
        {},
        { cause },
      )
    }
  })
  return { axis: directory.axis, operators }
}

/** The signing keys of our agencies, each with the place where it is. Passwords and PINs stay in the files named. */
export function keySourcesOf({ agencies }: Pick<Config, 'agencies'>): RingSource[] {
  return agencies.flatMap(({ code, keys }) =>
    keys.map(({ from, ...key }) => ({ ...key, agency: code, ...(from !== undefined && { from: new Date(from) }) })),
  )
}

/** The keys of settings that differ and that only a restart takes over: all but the signing keys. */
export function needingRestart(running: Config, fresh: Config): string[] {
  const values = (config: Config) => new Map(describeConfig(config).map(({ key, value }) => [key, value]))
  const [before, now] = [values(running), values(fresh)]
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((key) => !/^agencies\[\d+\]\.keys\b/.test(key) && before.get(key) !== now.get(key))
    .sort()
}

/** How RabbitMQ is reached, when it is the axis. */
export function brokerPlaceOf({ axis }: Pick<Config, 'axis'>): BrokerPlace | undefined {
  if (axis.kind === 'embedded') return undefined
  const { urls, vhost, user, passwordFile, tls } = axis
  return {
    urls,
    ...(vhost !== undefined && { vhost }),
    ...(tls !== undefined && { tls }),
    ...(user !== undefined && { user }),
    password: () => readPassword('axis.passwordFile', passwordFile, 'broker-unavailable'),
  }
}

export type BrokerPlace = Pick<RabbitmqOptions, 'urls' | 'vhost' | 'tls'> &
  Pick<RabbitmqUser, 'password'> & { readonly user?: string }

export interface DescribedSetting {
  readonly key: string
  readonly value: string
  readonly source: string
}

/** Every setting in effect, its value and where it came from, for people. There is no secret in it to show. */
export function describeConfig(config: Config): DescribedSetting[] {
  const { sources, ...values } = config
  return leavesOf(values).map((key) => {
    const value = valueAt(values, key)
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return { key, value: text, source: sourceOf(sources, key) ?? 'default' }
  })
}

/** `vi` or `en`: the language that people are spoken to in, by LC_ALL, LC_MESSAGES or LANG. */
export function preferredLanguage(environment: Environment = process.env): 'vi' | 'en' {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || ''
  return locale.toLowerCase().startsWith('vi') ? 'vi' : 'en'
}

function readPassword(key: string, path: string, code: 'store-unavailable' | 'broker-unavailable'): Secret {
  try {
    return new Secret(readFileSync(path, 'utf8').replace(/\r?\n$/, ''))
  } catch (cause) {
    throw new GatewayError(code, `${key} ${path} cannot be read: ${reasonOf(cause)}.`, {}, { cause })
  }
}

function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new GatewayError(
      'config-invalid',
      `The configuration file ${path} cannot be read: ${reasonOf(cause)}.`,
      {},
      { cause },
    )
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    // The parser's message quotes the file, which might hold what should not be shown.
    const place =
      /line \d+ column \d+/.exec(messageOf(cause))?.[0] ??
      `octet ${/position (\d+)/.exec(messageOf(cause))?.[1] ?? '?'}`
    throw new GatewayError('config-invalid', `The configuration file ${path} is not JSON (${place}).`)
  }
}

function deeplyFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deeplyFrozen)
    Object.freeze(value)
  }
  return value
}
