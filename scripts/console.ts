/**
 * Builds the console's pages into `src/console/web/dist`, unless what is there was made from the same sources.
 * Pages that were made elsewhere, where the tools to make them are absent, are taken as they are.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const web = join(import.meta.dirname, '../src/console/web')
const dist = join(web, 'dist')
const stamp = join(dist, '.made-from')

const sources = fingerprint()
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) process.exit()

const vite = await import('vite').catch(() => undefined)
if (vite === undefined) {
  if (!existsSync(join(dist, 'index.html')))
    console.error('console: its pages cannot be built, because vite is not installed: npm ci brings it.')
  process.exit()
}
await vite.build({
  root: web,
  base: '/console/',
  configFile: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: dist,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: in place of files
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
writeFileSync(stamp, sources)

/** Of every file that goes in: what the pages are made from, how, and with which packages. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const files = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).startsWith(`${dist}/`))
    .map((entry) => join(entry.parentPath, entry.name))
  const others = [import.meta.filename, join(import.meta.dirname, '../package-lock.json')]
  for (const file of [...files.sort(), ...others]) {
    hash.update(`${relative(web, file)}\0`)
    hash.update(readFileSync(file))
  }
  return hash.digest('hex')
}
