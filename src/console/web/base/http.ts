import { signal } from '@preact/signals'

/** A refusal of the gateway (RFC 9457), with its stable code and what to do, in both languages. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly text: { readonly vi: string; readonly en: string }
  readonly remedy: { readonly vi: string; readonly en: string } | undefined
  readonly detail: string | undefined
  /** JSON pointer of the field that is wrong. */
  readonly field: string | undefined

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    const code = text(body['code']) ?? `http-${status}`
    super(code)
    this.status = status
    this.code = code
    this.text = { vi: text(body['titleVi']) ?? code, en: text(body['titleEn']) ?? code }
    this.remedy = body['remedy'] as { vi: string; en: string } | undefined
    this.detail = text(body['detail'])
    this.field = text(body['field'])
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Rises each time the gateway says that nobody is logged in (any more). */
export const lockedOut = signal(0)

/** Goes with every request that changes something; the session gives it (`base/session.ts`). */
let csrfToken = ''
export function setCsrfToken(token: string): void {
  csrfToken = token
}

const API = '/console/api'

export function apiAddress(path: string, query: Query = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(filled.map(([name, value]) => [name, String(value)])).toString()
  return `${API}${path}${text === '' ? '' : `?${text}`}`
}

export type Query = Readonly<Record<string, string | number | undefined>>

/** @throws {Problem} what the gateway refused; TypeError: it did not answer */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return ask<T>('GET', apiAddress(path, query), undefined, signal)
}

/** @throws as `get` */
export async function send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return ask<T>(method, apiAddress(path), body)
}

/** When somebody last touched the page. What it asks for by itself long after keeps the session no longer alive. */
let touchedAt = Date.now()
const touched = (): void => {
  touchedAt = Date.now()
}
for (const kind of ['pointerdown', 'keydown', 'wheel'])
  addEventListener(kind, touched, { capture: true, passive: true })
const UNATTENDED_MS = 60_000

async function ask<T>(method: string, url: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const response = await fetch(url, {
    method,
    credentials: 'same-origin',
    headers: {
      Accept: 'application/json',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(method !== 'GET' && { 'X-Lienthong-Csrf': csrfToken }),
      ...(Date.now() - touchedAt > UNATTENDED_MS && { 'X-Lienthong-Unattended': 'true' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  })
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T
  const problem = new Problem(response.status, await readProblem(response))
  if (response.status === 401) lockedOut.value++
  throw problem
}

async function readProblem(response: Response): Promise<Record<string, unknown>> {
  try {
    return (await response.json()) as Record<string, unknown>
  } catch {
    return {}
  }
}
