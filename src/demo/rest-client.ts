import { type FailureCode, failures, GatewayError, messageOf } from '../base/index.ts'

/** An agency's own system, which knows the gateway by its REST API alone. */
export class RestClient {
  readonly #url: string
  readonly #key: string
  readonly #signal: AbortSignal

  /** @param signal Ends whatever is under way. */
  constructor(url: string, key: string, signal: AbortSignal) {
    this.#url = url
    this.#key = key
    this.#signal = signal
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.#ask(path, {})).json()) as T
  }

  async download(path: string): Promise<Buffer> {
    return Buffer.from(await (await this.#ask(path, {})).arrayBuffer())
  }

  /** Sends JSON. An answer without content is undefined. */
  async post<T>(path: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    const response = await this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  async submit<T>(idempotencyKey: string, form: FormData): Promise<T> {
    const response = await this.#ask('/v1/documents', {
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
      body: form,
    })
    return (await response.json()) as T
  }

  /** @throws {GatewayError} with the code of the problem that the gateway answered */
  async #ask(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${this.#key}` }
    const response = await fetch(`${this.#url}${path}`, { ...init, headers, signal: this.#signal }).catch(
      (cause: unknown) => {
        throw new GatewayError(
          this.#signal.aborted ? 'stopping' : 'internal',
          `${path} was not answered: ${messageOf(cause)}`,
          {},
          { cause },
        )
      },
    )
    if (response.ok) return response
    const problem = (await response.json().catch(() => ({}))) as { code?: string; title?: string; detail?: string }
    const code = Object.hasOwn(failures, problem.code ?? '') ? (problem.code as FailureCode) : 'internal'
    throw new GatewayError(
      code,
      `${path} answered ${response.status}: ${problem.detail ?? problem.title ?? response.statusText}`,
    )
  }
}
