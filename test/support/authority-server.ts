import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Fresh } from './pki.ts'

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** An authority's web server on loopback, which answers each path as a test wants it to. */
export interface AuthorityServer {
  readonly url: string
  /** How often each path was asked for. */
  readonly asked: ReadonlyMap<string, number>
  answer(path: string, behaviour: Behaviour | string | Uint8Array): void
  close(): Promise<void>
}

export async function openAuthorityServer(): Promise<AuthorityServer> {
  const behaviours = new Map<string, Behaviour>()
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const behave = behaviours.get(path) ?? ((_, answer) => void answer.writeHead(404).end())
    Promise.resolve(behave(request, response)).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer(path, behaviour) {
      behaviours.set(path, typeof behaviour === 'function' ? behaviour : (_, response) => void response.end(behaviour))
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export interface OpensslResponder {
  readonly issuer: Fresh
  readonly signer: Fresh
  readonly known: readonly { readonly certificate: Fresh; readonly revoked?: boolean }[]
  /** Minutes for which an answer holds. */
  readonly minutes?: number
}

/** OpenSSL itself reads each request and signs each answer; only the web server around it is ours. */
export function opensslOcsp(responder: OpensslResponder): Behaviour {
  return async (request, response) => {
    const answer = await opensslAnswer(responder, await bodyOf(request))
    response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(answer)
  }
}

/** What `openssl ocsp` answers to a request. */
export async function opensslAnswer(
  { issuer, signer, known, minutes = 60 }: OpensslResponder,
  request: Uint8Array,
): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'ocsp-'))
  try {
    const file = (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const index = known.map(({ certificate: { certificate }, revoked = false }) => {
      const state = revoked ? ['R', '360101000000Z', '260601000000Z'] : ['V', '360101000000Z', '']
      return `${[...state, certificate.serialNumber, 'unknown', '/CN=x'].join('\t')}\n`
    })
    const out = join(folder, 'answer.der')
    await promisify(execFile)('openssl', [
      'ocsp',
      ...['-index', file('index.txt', index.join('')), '-CA', file('ca.pem', firstOf(issuer))],
      ...['-rsigner', file('signer.pem', firstOf(signer)), '-rkey', file('signer.key', signer.privateKeyPem)],
      ...['-reqin', file('request.der', request), '-respout', out, '-nmin', String(minutes)],
    ])
    return readFileSync(out)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A question without a nonce, so that its answer has none, as those of responders that answer in advance. */
export async function questionWithoutNonce(issuer: Fresh, about: Fresh): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'ocsp-'))
  try {
    const [issuerFile = '', file = '', out = ''] = ['issuer.pem', 'about.pem', 'request.der'].map((name) =>
      join(folder, name),
    )
    writeFileSync(issuerFile, firstOf(issuer))
    writeFileSync(file, firstOf(about))
    await promisify(execFile)('openssl', ['ocsp', '-no_nonce', '-issuer', issuerFile, '-cert', file, '-reqout', out])
    return readFileSync(out)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of request as AsyncIterable<Uint8Array>) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** The certificate without those above it. */
function firstOf({ certificatePem }: Fresh): string {
  return certificatePem.slice(0, certificatePem.indexOf('-----END CERTIFICATE-----') + 26)
}
