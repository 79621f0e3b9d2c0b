/**
 * `npm run security`: writes into SECURITY.md which tests hold each control. A test says so itself, in the line above it:
 * `// threat: replayed-package`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const file = join(root, 'SECURITY.md')

/** A row of the table of threats: `` | `id` | threat | control | tests | ``. */
export interface ThreatRow {
  readonly threat: string
  readonly tests: readonly string[]
}

export function securityText(): string {
  return readFileSync(file, 'utf8')
}

/** The page with the last column as the tests say it. */
export function withTests(text: string): string {
  const guards = guardsOf(join(root, 'test'))
  return text.replaceAll(/^(\| `([a-z-]+)` \|[^|]*\|[^|]*\|)[^|\n]*\|$/gm, (_row, cells: string, threat: string) => {
    const places = [...new Set(guards.filter((guard) => guard.threat === threat).map(({ path }) => `\`${path}\``))]
    return `${cells} ${places.sort().join(', ')} |`
  })
}

export function threatRows(text: string): ThreatRow[] {
  return [...text.matchAll(/^\| `([a-z-]+)` \|[^|]*\|[^|]*\|([^|\n]*)\|$/gm)].map(([, threat = '', tests = '']) => ({
    threat,
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
  }))
}

export interface Guard {
  readonly threat: string
  /** Below the repository. */
  readonly path: string
}

export function guardsOf(folder: string): Guard[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .flatMap((name) =>
      [
        ...readFileSync(join(folder, name), 'utf8').matchAll(
          /^ *\/\/ threat: ([a-z, -]+)\n(?: *for \(.*\n)*? *(?:it|describe)\(/gm,
        ),
      ].flatMap(([, threats = '']) => threats.split(', ').map((threat) => ({ threat, path: `test/${name}` }))),
    )
}

if (import.meta.main) writeFileSync(file, withTests(securityText()))
