import { randomUUID } from 'node:crypto'

export interface TestFile {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** An answer of the API, read. */
export interface Answer<T = Record<string, never>> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

export interface DocumentView {
  id: string
  documentId: string
  direction: 'in' | 'out'
  deliveries?: {
    recipient: string
    state: string
    attempt: number
    lastError?: string
    processingStatus?: string
    receipt?: string
  }[]
  attachments: { n: number; name: string; sha256: string; octets: number; contentType: string }[]
  statuses: { code: string; direction: string; description?: string; counterpart: string }[]
  timeline: { type: string; at: string; counterpart?: string; data: Record<string, unknown> }[]
}

/** A document system of one agency, over real HTTP. */
export class RestClient {
  readonly #url: () => string
  readonly #key: () => string
  readonly agency: string

  constructor(url: () => string, key: string | (() => string), agency: string) {
    this.#url = url
    this.#key = typeof key === 'string' ? () => key : key
    this.agency = agency
  }

  async call<T>(
    method: string,
    path: string,
    options: { json?: unknown; body?: FormData; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const response = await this.raw(method, path, options)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as T }
  }

  raw(
    method: string,
    path: string,
    options: { json?: unknown; body?: FormData; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const { json, body, headers } = options
    return fetch(`${this.#url()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#key()}`,
        'x-agency': this.agency,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body }),
    })
  }

  submit(
    document: object,
    files: readonly TestFile[],
    idempotencyKey: string = randomUUID(),
  ): Promise<Answer<{ id: string; documentId: string }>> {
    const body = new FormData()
    body.append('document', new Blob([JSON.stringify(document)], { type: 'application/json' }), 'document.json')
    for (const [i, file] of files.entries())
      body.append(`file${i + 1}`, new Blob([file.bytes as BlobPart], { type: file.type }), file.name)
    return this.call('POST', '/v1/documents', { body, headers: { 'idempotency-key': idempotencyKey } })
  }

  async document(id: string): Promise<DocumentView> {
    return (await this.call<DocumentView>('GET', `/v1/documents/${id}`)).body
  }

  async lease(max = 10): Promise<{ id: string; token: string }[]> {
    return (await this.call<{ items: { id: string; token: string }[] }>('POST', '/v1/inbox/leases', { json: { max } }))
      .body.items
  }

  confirm(id: string, token: string): Promise<Answer> {
    return this.call('POST', `/v1/inbox/${id}/confirm`, { json: { token } })
  }

  report(id: string, code: string, description?: string): Promise<Answer<{ id: string }>> {
    return this.call('POST', `/v1/inbox/${id}/statuses`, {
      json: { code, ...(description === undefined ? {} : { description }) },
    })
  }

  async bytes(path: string): Promise<Buffer> {
    return Buffer.from(await (await this.raw('GET', path)).arrayBuffer())
  }
}
