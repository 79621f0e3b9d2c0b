import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { IRouter, Response } from 'express'
import { GatewayError } from '../base/index.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** Nothing inline, nothing from outside, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/**
 * The built pages at `/console/`. What is there is read once, at the start, so that no request names a file. Files whose
 * names hold their digest (`assets/`) stay in browsers for a year; any other address without a dot is the application.
 */
export function servePages(router: IRouter, folder: URL): void {
  const files = filesBelow(fileURLToPath(folder))
  router.get('/console', (_request, response) => response.redirect(308, '/console/'))
  router.get(/^\/console\/(.*)$/, (request, response, next) => {
    const path = request.path.slice('/console/'.length)
    if (path === 'api' || path.startsWith('api/')) return next()
    const file = files.get(path) ?? (path.includes('.') ? undefined : files.get('index.html'))
    if (file === undefined)
      throw new GatewayError(
        'not-found',
        files.size === 0 ? 'the pages of the console are not built: npm run console' : 'there is no such page',
      )
    send(response, file, path.startsWith('assets/'))
  })
}

interface PageFile {
  readonly type: string
  readonly bytes: Buffer
}

function send(response: Response, { type, bytes }: PageFile, immutable: boolean): void {
  response.set({
    'Cache-Control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'Content-Security-Policy': POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  })
  response.setHeader('Content-Type', type)
  response.end(bytes)
}

function filesBelow(folder: string): Map<string, PageFile> {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return new Map(
      entries.flatMap(({ parentPath, name }): [string, PageFile][] => {
        const type = TYPES[extname(name)]
        const path = join(parentPath, name)
        return type === undefined
          ? []
          : [[relative(folder, path).split(sep).join('/'), { type, bytes: readFileSync(path) }]]
      }),
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw error
  }
}
