import { randomUUID } from 'node:crypto'
import { timeOrderedIds } from '../../src/base/index.ts'
import type { Gateway } from '../../src/gateway.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { clients } from '../../src/store/index.ts'
import { departures } from './openapi.ts'

/** Makes a key on this gateway. */
export async function newKey(gateway: Gateway, ...agencies: string[]): Promise<string> {
  const { store } = gateway
  const client = { name: 'test', agencies: agencies as AgencyCode[], actor: 'test' }
  const { key } = await store.transact((tx) => clients.create(tx, client, timeOrderedIds(store.clock), store.clock))
  return key
}

/** A problem document, as far as tests look at it. */
export interface Problem {
  readonly code: string
  readonly title: string
  readonly titleVi: string
  readonly detail?: string
  readonly field?: string
  readonly link?: string
  readonly instance: string
}

export interface CheckedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  json<T = Problem>(): T
}

export interface RequestOptions {
  readonly json?: unknown
  readonly body?: RequestInit['body']
  readonly headers?: Readonly<Record<string, string>>
}

/** A client that believes the OpenAPI document: an answer that departs from it is an error, whatever a test looks at. */
export class ApiClient {
  readonly #url: string
  readonly #key: string | undefined

  constructor(gateway: { readonly url: string }, key?: string) {
    this.#url = gateway.url
    this.#key = key
  }

  async call(method: string, path: string, { json, body, headers }: RequestOptions = {}): Promise<CheckedAnswer> {
    const url = `${this.#url}${path}`
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: {
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined || body === null ? {} : { body, duplex: 'half' }),
    }
    const response = await fetch(url, init)
    const bytes = Buffer.from(await response.arrayBuffer())
    const wrong = departures(method, url, response.status, response.headers.get('content-type'), bytes)
    if (wrong.length > 0)
      throw new Error(`not as described:\n${wrong.join('\n')}\n${bytes.toString('utf8').slice(0, 2000)}`)
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json: <T>() => JSON.parse(bytes.toString('utf8')) as T,
    }
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<CheckedAnswer> {
    return this.call('GET', path, { headers })
  }

  post(path: string, json: unknown, headers: Readonly<Record<string, string>> = {}): Promise<CheckedAnswer> {
    return this.call('POST', path, { json, headers })
  }

  submit(parts: readonly FormPart[], headers: Readonly<Record<string, string>> = {}): Promise<CheckedAnswer> {
    const { body, contentType } = multipart(parts)
    return this.call('POST', '/v1/documents', {
      body,
      headers: { 'content-type': contentType, 'idempotency-key': randomUUID(), ...headers },
    })
  }
}

/** One part, its header lines written by the test itself. */
export interface FormPart {
  /** Everything after `Content-Disposition: form-data; `. */
  readonly disposition: string
  readonly headers?: readonly string[]
  readonly body: string | Uint8Array
}

export const documentPart = (document: unknown): FormPart => ({
  disposition: 'name="document"',
  headers: ['Content-Type: application/json'],
  body: JSON.stringify(document),
})

export const filePart = (
  name: string,
  body: string | Uint8Array = 'nội dung',
  type = 'application/pdf',
  field = 'file',
): FormPart => ({
  disposition: `name="${field}"; filename="${name}"`,
  headers: [`Content-Type: ${type}`],
  body,
})

export const BOUNDARY = 'lienthong-test-boundary'

/** The octets of a form, byte for byte as the test says. */
export function multipart(
  parts: readonly FormPart[],
  end = `--${BOUNDARY}--\r\n`,
): { body: Buffer<ArrayBuffer>; contentType: string } {
  const pieces = parts.flatMap(({ disposition, headers = [], body }) => [
    Buffer.from(
      `--${BOUNDARY}\r\n${[`Content-Disposition: form-data; ${disposition}`, ...headers].join('\r\n')}\r\n\r\n`,
    ),
    Buffer.from(body as string),
    Buffer.from('\r\n'),
  ])
  return {
    body: Buffer.concat([...pieces, Buffer.from(end)]),
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
  }
}
