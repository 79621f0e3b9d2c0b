import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { benchDesk } from './desk.ts'
import type { Figure } from './measure.ts'

const assets = new URL('../src/console/web/dist/assets/', import.meta.url)

/** What a browser fetches before the console is there, as a server that compresses would send it; and how fast it is answered. */
export async function* benchConsole(quick: boolean): AsyncIterable<Figure> {
  yield { name: 'console, all its JavaScript (gzip)', value: weigh('.js'), unit: 'KB', aim: '≤ 200 KB' }
  yield { name: 'console, all its styles (gzip)', value: weigh('.css'), unit: 'KB' }
  yield { name: 'console, fonts of Vietnamese and Latin', value: weigh('.woff2'), unit: 'KB' }
  yield* benchDesk(quick)
}

function weigh(ending: string): number {
  const files = readdirSync(assets).filter((name) => name.endsWith(ending))
  const octets = files.map((name) => {
    const bytes = readFileSync(new URL(name, assets))
    return ending === '.woff2' ? bytes.length : gzipSync(bytes).length
  })
  return Math.round(octets.reduce((sum, each) => sum + each, 0) / 102.4) / 10
}
