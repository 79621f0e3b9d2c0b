import { type ChannelModel, connect } from 'amqplib'
import { type Backoff, type Clock, type Log, limits, messageOf } from '../base/index.ts'
import { unavailable, within } from './rabbitmq-errors.ts'

export interface LinkOptions {
  readonly addresses: readonly { protocol: 'amqp' | 'amqps'; hostname: string; port: number }[]
  readonly credentials: () => { username: string; password: string; vhost: string }
  readonly socketOptions: () => { ca?: string; cert?: string; key?: string }
  readonly clock: Clock
  readonly log: Log
  readonly backoff: Backoff
}

/** What happens on a link. `opened` prepares the new connection; only when it resolves is the link up. */
export interface LinkEvents {
  opened(model: ChannelModel): Promise<void>
  lost(reason: Error): void
  blocked?(reason: string): void
  unblocked?(): void
}

/**
 * One AMQP connection that comes back: it tries the addresses in turn, and after each round without success it waits
 * longer, with jitter, so that a hundred gateways do not return in one instant. Every step has a deadline, and a peer
 * that falls silent is found by heartbeats.
 */
export class RabbitmqLink {
  readonly #options: LinkOptions
  readonly #events: LinkEvents
  readonly #closing = new AbortController()
  readonly #ended: Promise<void>
  #model: ChannelModel | undefined
  #cut: AbortController | undefined

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options
    this.#events = events
    this.#ended = this.#run()
  }

  /** The connection, while it is open and prepared. */
  get model(): ChannelModel | undefined {
    return this.#model
  }

  /** Gives up the present connection, if any; the link connects again. */
  reconnect(): void {
    this.#cut?.abort()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const { clock } = this.#options
    const model = this.#model
    // In order, so that the broker has taken everything back when we are done; never for long.
    if (model !== undefined)
      await within(clock, limits.brokerCloseMs, 'closing the connection', model.close()).catch(() => undefined)
    this.#cut?.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { addresses, clock, log, backoff } = this.#options
    await Promise.resolve() // whoever makes the link knows it before anything happens on it
    for (let failures = 0, i = 0; !this.#closing.signal.aborted; i++) {
      const address = addresses[i % addresses.length]
      if (address === undefined) return
      const at = `${address.protocol}://${address.hostname}:${address.port}`
      try {
        const { ended } = await this.#open(address)
        failures = 0
        log.info({ broker: at, version: versionOf(this.#model) }, 'connected to the broker')
        const reason = await ended
        this.#model = undefined
        this.#events.lost(reason)
        if (this.#closing.signal.aborted) return
        log.warn({ broker: at, err: reason }, 'the connection to the broker was lost')
        i += addresses.length - 1 // the same address first: most often the broker only restarts
      } catch (err) {
        if (this.#closing.signal.aborted) return
        log.warn({ broker: at, err }, `the broker cannot be reached: ${messageOf(err)}`)
        failures++
        if (failures % addresses.length !== 0) continue
      }
      await clock.wait(backoff(Math.floor(failures / addresses.length)), this.#closing.signal)
    }
  }

  /** @returns what resolves when this connection has ended, with the reason */
  async #open(address: { protocol: string; hostname: string; port: number }): Promise<{ ended: Promise<Error> }> {
    const { clock, credentials, socketOptions } = this.#options
    const cut = new AbortController()
    this.#cut = cut
    const give = AbortSignal.any([cut.signal, this.#closing.signal])
    try {
      // Without noDelay each confirm that is awaited costs 40 ms; the signal is how a connection is ended at once.
      const socket = { ...socketOptions(), noDelay: true, keepAlive: true, signal: cut.signal }
      const opening = connect({ ...address, ...credentials(), heartbeat: limits.brokerHeartbeatSeconds }, socket)
      const model = await within(clock, limits.brokerConnectMs, 'connecting', opening, give)
      const ended = this.#listen(model)
      const preparing = this.#events.opened(model)
      const gone = ended.then((reason) => {
        throw reason
      })
      await within(clock, limits.brokerConnectMs, 'preparing the connection', Promise.race([preparing, gone]), give)
      this.#model = model
      return { ended }
    } catch (error) {
      cut.abort()
      throw error
    }
  }

  #listen(model: ChannelModel): Promise<Error> {
    let cause: Error | undefined
    model.on('error', (error) => {
      cause = error
    })
    model.on('blocked', (reason) => this.#events.blocked?.(reason))
    model.on('unblocked', () => this.#events.unblocked?.())
    return new Promise((resolve) => {
      model.on('close', (error) => resolve(unavailable('The connection to the broker has ended.', cause ?? error)))
    })
  }
}

function versionOf(model: ChannelModel | undefined): string | undefined {
  return model?.connection.serverProperties.version
}
