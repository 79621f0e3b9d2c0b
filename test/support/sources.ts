/** The source text of `src` as data: files, the real import graph, and the uses of what only some files may use. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

export interface SourceFile {
  /** From the root of the repository, with slashes: `src/base/clock.ts`. */
  readonly path: string
  readonly text: string
}

/** One import of another file of ours. Imports of types count as any other; packages are not listed. */
export interface Import {
  readonly from: string
  readonly to: string
  /** `thread`: a file named with `new URL(…, import.meta.url)`, which runs as a worker and not in this module graph. */
  readonly kind: 'import' | 'thread'
}

export interface Use {
  readonly path: string
  readonly line: number
  readonly what: string
}

/** All files below a folder of the repository whose names end so. */
export function filesBelow(folder: string, ...endings: readonly string[]): SourceFile[] {
  if (!existsSync(join(REPOSITORY, folder))) return []
  return readdirSync(join(REPOSITORY, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(REPOSITORY, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !path.includes('node_modules/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(REPOSITORY, path), 'utf8') }))
}

export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = []
  walk(file, (node) => {
    const named = importedName(node)
    if (named === undefined || !/^\.\.?\//.test(named.name)) return
    found.push({ from: file.path, to: normalize(join(dirname(file.path), named.name)), kind: named.kind })
  })
  return found
}

function importedName(node: ts.Node): { name: string; kind: Import['kind'] } | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return literal(node.moduleSpecifier, 'import')
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return literal(node.arguments[0], 'import')
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return literal(node.argument.literal, 'import')
  if (ts.isNewExpression(node) && node.expression.getText() === 'URL' && node.arguments?.length === 2) {
    const named = literal(node.arguments[0], 'thread')
    return named !== undefined && /\.[jt]s$/.test(named.name) ? named : undefined
  }
  return undefined
}

function literal(node: ts.Node | undefined, kind: Import['kind']): { name: string; kind: Import['kind'] } | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? { name: node.text, kind } : undefined
}

/** Uses of the environment. */
export function environmentUses(file: SourceFile): Use[] {
  return uses(file, (node) => {
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'process.env') return 'process.env'
    if (ts.isElementAccessExpression(node) && /^process\[['"]env['"]\]$/.test(node.getText())) return 'process.env'
    if (ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent)) {
      const from = node.parent.parent.initializer?.getText()
      if (from === 'process' && (node.propertyName ?? node.name).getText() === 'env') return 'process.env'
    }
    if (ts.isImportSpecifier(node) && /process['"]$/.test(moduleOf(node)) && nameOf(node) === 'env')
      return 'process.env'
    return undefined
  })
}

const CLOCK_PROPERTIES = [
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'AbortSignal.timeout',
]
const RANDOM_NAMES = ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync', 'getRandomValues']
const WAITS = ['setTimeout', 'setInterval']

/** Uses of the process clock, of its timers and of chance. */
export function clockAndChanceUses(file: SourceFile): Use[] {
  return uses(file, (node) => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) {
      return 'new Date()'
    }
    if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()'
    if (
      ts.isCallExpression(node) &&
      WAITS.some((name) => node.expression.getText().replace('globalThis.', '') === name)
    ) {
      return node.expression.getText()
    }
    if (ts.isPropertyAccessExpression(node)) {
      const text = node.getText()
      if (CLOCK_PROPERTIES.includes(text) || text === 'Math.random') return text
      if (RANDOM_NAMES.includes(node.name.text)) return text
    }
    if (ts.isImportSpecifier(node) && RANDOM_NAMES.includes(nameOf(node))) return nameOf(node)
    if (ts.isImportDeclaration(node) && /timers\/promises['"]$/.test(node.moduleSpecifier.getText())) {
      return 'timers/promises'
    }
    return undefined
  })
}

function nameOf(node: ts.ImportSpecifier): string {
  return (node.propertyName ?? node.name).text
}

function moduleOf(node: ts.ImportSpecifier): string {
  return node.parent.parent.parent.moduleSpecifier.getText()
}

function uses(file: SourceFile, find: (node: ts.Node) => string | undefined): Use[] {
  const found: Use[] = []
  walk(file, (node, source) => {
    const what = find(node)
    if (what === undefined) return
    found.push({ path: file.path, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, what })
  })
  return found
}

function walk(file: SourceFile, visit: (node: ts.Node, source: ts.SourceFile) => void): void {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true)
  const step = (node: ts.Node): void => {
    visit(node, source)
    ts.forEachChild(node, step)
  }
  step(source)
}
