import { type Clock, GatewayError, limits, messageOf, Secret } from '../base/index.ts'

export interface ManagementOptions {
  /** `http://host:15672` or `https://…`, without credentials. */
  readonly url: string
  readonly user: string
  readonly password: Secret
  readonly clock: Clock
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** RabbitMQ's management API, as far as the axis is provisioned by it. Names are encoded here. */
export class Management {
  readonly #base: string
  readonly #authorization: Secret
  readonly #clock: Clock

  /** @throws {GatewayError} request-invalid */
  constructor({ url, user, password, clock }: ManagementOptions) {
    this.#clock = clock
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '')
      throw new GatewayError(
        'request-invalid',
        'The management API must be http://host:port or https://host:port, without user and password.',
      )
    this.#base = `${parsed.origin}${parsed.pathname.replace(/\/$/, '')}/api`
    this.#authorization = new Secret(`Basic ${Buffer.from(`${user}:${password.reveal()}`).toString('base64')}`)
  }

  /** @returns what is there under these names, or undefined where nothing is */
  async find<T>(...path: readonly string[]): Promise<T | undefined> {
    const answer = await this.#ask('GET', path)
    if (answer.status === 404) return undefined
    requireOk(answer, path)
    return JSON.parse(answer.text) as T
  }

  async put(path: readonly string[], body: unknown): Promise<void> {
    requireOk(await this.#ask('PUT', path, body), path)
  }

  async post(path: readonly string[], body: unknown): Promise<void> {
    requireOk(await this.#ask('POST', path, body), path)
  }

  /** What is not there is deleted already. */
  async delete(...path: readonly string[]): Promise<void> {
    const answer = await this.#ask('DELETE', path)
    if (answer.status !== 404) requireOk(answer, path)
  }

  /** Such as `3.10.8`. */
  async version(): Promise<string> {
    const overview = await this.find<{ rabbitmq_version?: string }>('overview')
    return overview?.rabbitmq_version ?? ''
  }

  async #ask(method: string, path: readonly string[], body?: unknown): Promise<Answer> {
    const [done, late] = [new AbortController(), new AbortController()]
    void this.#clock.wait(limits.managementMs, done.signal).then(() => {
      if (!done.signal.aborted) late.abort(new Error(`no answer within ${limits.managementMs} ms`))
    })
    try {
      const response = await fetch(`${this.#base}/${path.map(encodeURIComponent).join('/')}`, {
        method,
        headers: { authorization: this.#authorization.reveal(), 'content-type': 'application/json' },
        signal: late.signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, text: await response.text() }
    } catch (cause) {
      const reason = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause
      throw new GatewayError(
        'broker-unavailable',
        `The management API at ${this.#base} does not answer: ${messageOf(reason)}.`,
        {},
        { cause },
      )
    } finally {
      done.abort()
    }
  }
}

function requireOk({ status, text }: Answer, path: readonly string[]): void {
  if (status >= 200 && status < 300) return
  const rights = status === 401 ? ': its user or password is wrong, or the user has no management tag' : ''
  throw new GatewayError(
    'broker-unavailable',
    `The management API answers ${status} to ${path.join('/')}${rights} (${text.slice(0, 300)}).`,
  )
}
