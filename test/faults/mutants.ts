import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Finding, type FindingKind, findingKinds } from './findings.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(import.meta.dirname, 'mutants')
/** What a run needs of the tree; the packages are linked. */
const TREE = ['src', 'test', 'schemas', 'certs-example', 'scripts', 'package.json', 'tsconfig.json']

/** A bug that is planted to see it found. */
export interface Mutant {
  readonly name: string
  readonly file: string
  /** Which promise it breaks, and how. */
  readonly breaks: string
  readonly foundAs: readonly FindingKind[]
  /** Options of a run that is aimed at it. */
  readonly options: readonly string[]
}

/** Each patch begins with three lines: `Breaks: …`, `Found as: kind, kind` (any of them), `Tried with: options`. */
export function mutants(): Mutant[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.patch'))
  return files.sort().map((name) => {
    const file = join(folder, name)
    const head = readFileSync(file, 'utf8').split('\ndiff --git ')[0] ?? ''
    const line = (label: string): string => new RegExp(`^${label}: (.+)$`, 'm').exec(head)?.[1] ?? ''
    const kinds = line('Found as').split(', ')
    return {
      name: basename(name, '.patch'),
      file,
      breaks: line('Breaks'),
      foundAs: kinds.filter((kind): kind is FindingKind => kind in findingKinds),
      options: line('Tried with').split(' '),
    }
  })
}

/** Whether the patch fits the tree. @returns what `git apply` says against it */
export function misfit(mutant: Mutant, tree = root): string | undefined {
  const { status, stderr } = spawnSync('git', ['apply', '--check', '-C1', mutant.file], { cwd: tree, encoding: 'utf8' })
  return status === 0 ? undefined : stderr
}

/** Plants one bug after the other in a copy of the tree. @returns whether every one of them was found */
export async function tryMutants(names: readonly string[], tell: (line: string) => void): Promise<boolean> {
  const chosen = mutants().filter(({ name }) => names.length === 0 || names.includes(name))
  const missed: string[] = []
  for (const mutant of chosen) {
    const { name, breaks, foundAs, options } = mutant
    const begin = performance.now()
    const { findings, output } = await runWith(mutant)
    const kinds = [...new Set(findings.map(({ kind }) => kind))]
    const found = foundAs.some((kind) => kinds.includes(kind))
    const seconds = ((performance.now() - begin) / 1000).toFixed(0)
    tell(`${found ? 'found ' : 'MISSED'} ${name} as ${kinds.join(', ') || 'nothing'} (${seconds} s): ${breaks}`)
    if (found) continue
    missed.push(name)
    tell(`       it should be found as ${foundAs.join(' or ')}, by ${options.join(' ')}\n${output}`)
  }
  tell(missed.length === 0 ? `\nAll ${chosen.length} planted bugs were found.` : `\nNot found: ${missed.join(', ')}`)
  return chosen.length > 0 && missed.length === 0
}

async function runWith(mutant: Mutant): Promise<{ findings: Finding[]; output: string }> {
  const copy = mkdtempSync(join(tmpdir(), 'lienthong-mutant-'))
  try {
    for (const name of TREE) cpSync(join(root, name), join(copy, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const applied = spawnSync('git', ['apply', '-C1', mutant.file], { cwd: copy, encoding: 'utf8' })
    if (applied.status !== 0) return { findings: [], output: applied.stderr }
    const json = join(copy, 'findings.json')
    const args = [join(copy, 'test/faults/main.ts'), ...mutant.options, '--json', json]
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, { cwd: copy, maxBuffer: 64 * 1024 * 1024 }, (_, out, err) => resolve(out + err))
    })
    return { findings: findingsIn(json), output }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function findingsIn(json: string): Finding[] {
  try {
    return (JSON.parse(readFileSync(json, 'utf8')) as { findings: Finding[] }).findings
  } catch {
    return []
  }
}
