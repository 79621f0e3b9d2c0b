import { expect } from 'chai'
import type { Gateway } from '../../src/gateway.ts'
import { consoleContract } from './openapi.ts'

type Json = Record<string, unknown>

export interface Answered {
  readonly status: number
  readonly headers: Headers
  /** JSON; `{}` when there was none. */
  readonly body: Json
}

/** A browser on a page of the console: keeps the cookie, shows the token. Each answer is held against the OpenAPI document. */
export class ConsoleClient {
  readonly #gateway: () => Gateway
  cookie = ''
  token = 'login'

  constructor(gateway: () => Gateway) {
    this.#gateway = gateway
  }

  /** The first administrator, who has chosen a password. */
  static async administrator(gateway: () => Gateway): Promise<ConsoleClient> {
    const first = await gateway().firstAdministrator()
    if (first === undefined) throw new Error('there is a user already')
    const client = new ConsoleClient(gateway)
    await client.signIn(first.name, first.oneTimePassword)
    await client.post('/session/password', { current: first.oneTimePassword, next: PASSWORD })
    return client
  }

  /** A user with this role, made by an administrator, who has chosen a password. */
  async colleague(name: string, ...grants: { role: string; agency: string }[]): Promise<ConsoleClient> {
    const { body } = await this.post('/users', { name, grants })
    const client = new ConsoleClient(this.#gateway)
    await client.signIn(name, String(body['oneTimePassword']))
    await client.post('/session/password', { current: body['oneTimePassword'], next: PASSWORD })
    return client
  }

  async signIn(name: string, password: string): Promise<Answered> {
    this.token = 'login'
    const answered = await this.post('/session', { name, password })
    if (answered.status === 200) this.token = String(answered.body['csrfToken'])
    return answered
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    return this.ask('GET', path, undefined, headers)
  }

  post(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    return this.ask('POST', path, body, headers)
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const response = await this.fetch(method, path, body, headers)
    const bytes = new Uint8Array(await response.arrayBuffer())
    const type = response.headers.get('content-type')
    expect(consoleContract.departures(method, response.url, response.status, type, bytes)).to.deep.equal([])
    const text = Buffer.from(bytes).toString('utf8')
    const isJson = type?.includes('json') === true
    return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as Json) : { text } }
  }

  async fetch(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const response = await fetch(`${this.#gateway().url}/console/api${path}`, {
      method,
      headers: {
        ...(this.cookie === '' ? {} : { Cookie: this.cookie }),
        ...(method === 'GET' ? {} : { 'X-Lienthong-Csrf': this.token }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const [cookie] = response.headers.getSetCookie()
    if (cookie !== undefined) this.cookie = cookie.split(';')[0] ?? ''
    return response
  }
}

export const PASSWORD = 'mười hai con giáp'
