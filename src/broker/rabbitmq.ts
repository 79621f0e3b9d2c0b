import { readFileSync } from 'node:fs'
import {
  type Backoff,
  backoffFrom,
  type Clock,
  GatewayError,
  type Log,
  limits,
  messageOf,
  type Secret,
} from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { RabbitmqConnection } from './rabbitmq-connection.ts'

/** Where the broker is. Several addresses are the nodes of one cluster: whichever answers is used. */
export interface RabbitmqOptions {
  /** `amqp://host:port` or `amqps://host:port`, without credentials and virtual host. At least one. */
  readonly urls: readonly string[]
  /** `/` when absent. */
  readonly vhost?: string
  readonly tls?: RabbitmqTls
  readonly clock: Clock
  readonly log: Log
  /** The wait before connecting again. */
  readonly backoff?: Backoff
}

/** Files in PEM, read again at each connection, so that a renewed certificate needs no restart. */
export interface RabbitmqTls {
  /** Who may have issued the certificate of the broker. */
  readonly caFile: string
  /** Our own certificate, and its key: the broker asks for it. */
  readonly certFile?: string
  readonly keyFile?: string
}

export interface RabbitmqUser {
  readonly user: string
  /** Asked at each connection, so that a changed password needs no restart. */
  readonly password: () => Secret
  readonly agencies: readonly AgencyCode[]
  /**
   * What `consume` does about a queue that is not there: `refuse` says so at once; `wait` logs it and reads as soon as
   * the queue is provisioned. A queue that disappears later is always waited for.
   */
  readonly missingQueue?: 'refuse' | 'wait'
}

/** The axis on RabbitMQ (architecture §7): quorum queues, confirmed publishes, acknowledgements after the handler. */
export function createRabbitmqAxis(options: RabbitmqOptions): RabbitmqAxis {
  return new RabbitmqAxis(options)
}

export class RabbitmqAxis {
  readonly #options: RabbitmqOptions

  constructor(options: RabbitmqOptions) {
    this.#options = options
  }

  /** Begins to connect, and goes on until it is closed, whatever happens to the broker. */
  connect({ user, password, agencies, missingQueue = 'refuse' }: RabbitmqUser): RabbitmqConnection {
    const { urls, vhost = '/', tls, clock, log } = this.#options
    const backoff = this.#options.backoff ?? backoffFrom(limits.brokerBackoffFirstMs, limits.brokerBackoffCapMs)
    const addresses = urls.map(readAddress)
    const socketOptions = () => (tls === undefined ? {} : readTls(tls))
    const credentials = () => ({ username: user, password: password().reveal(), vhost })
    const link = { addresses, credentials, socketOptions, clock, log: log.child({ brokerUser: user }), backoff }
    return new RabbitmqConnection({ user, agencies, missingQueue, link })
  }
}

/** @throws {GatewayError} config-invalid */
export function readAddress(text: string): { protocol: 'amqp' | 'amqps'; hostname: string; port: number } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const protocol = url?.protocol === 'amqp:' ? 'amqp' : url?.protocol === 'amqps:' ? 'amqps' : undefined
  if (url === undefined || protocol === undefined || url.hostname === '')
    throw new GatewayError('config-invalid', `A broker's address must be amqp://host:port or amqps://host:port.`)
  const port = url.port === '' ? (protocol === 'amqp' ? 5672 : 5671) : Number(url.port)
  return { protocol, hostname: url.hostname.replace(/^\[|\]$/g, ''), port }
}

/** @throws {GatewayError} key-unusable */
export function readTls({ caFile, certFile, keyFile }: RabbitmqTls): { ca: string; cert?: string; key?: string } {
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8')
    } catch (cause) {
      throw new GatewayError('key-unusable', `${file} cannot be read: ${messageOf(cause)}`, { value: file }, { cause })
    }
  }
  return {
    ca: read(caFile),
    ...(certFile !== undefined && { cert: read(certFile) }),
    ...(keyFile !== undefined && { key: read(keyFile) }),
  }
}
