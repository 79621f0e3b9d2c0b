import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { rejectedVectors } from './support/edxml-vectors.ts'
import { ranTests } from './support/hooks.ts'

const root = join(import.meta.dirname, '..')
const map = readFileSync(join(root, 'schemas/rules.md'), 'utf8')

/** Runs after all other files, since it asks what became of their tests. */
describe('the map of rules', () => {
  it('has a row for each rule that this gateway promises to keep', () => {
    const promised = [
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15].map((n) => `TOL-${String(n).padStart(2, '0')}`),
      ...[1, 2, 6, 7, 8, 9, 10, 12, 13, 14, 15].map((n) => `BR-${String(n).padStart(2, '0')}`),
    ]
    const tested = rows.filter(({ tests }) => tests.length > 0).map(({ rule }) => rule)
    expect(tested).to.include.members(promised)
    expect(new Set(rows.map(({ rule }) => rule)).size, 'one row each').to.equal(rows.length)
  })

  it('names files that exist', () => {
    const named = [...map.matchAll(/`((?:src|test|schemas)\/[^`]+)`/g)].map(([, path = '']) => path)
    expect(named).to.have.length.greaterThan(100)
    expect([...new Set(named)].filter((path) => !existsSync(join(root, path)))).to.deep.equal([])
  })

  it('names tests that ran here and passed', () => {
    const passed = [...ranTests()].flatMap(([title, outcome]) => (outcome === 'passed' ? [title] : []))
    const wanted = rows.flatMap(({ tests }) => tests)
    const missing = wanted.filter(({ title }) => !passed.some((full) => full.endsWith(title)))
    expect(wanted).to.have.length.greaterThan(100)
    expect(
      missing.map(({ file, title }) => `${file} › ${title}`),
      'did not run, or failed; run the whole suite',
    ).to.deep.equal([])
  })

  it('names for each rejecting vector a rule that has a row', () => {
    const rules = rejectedVectors.flatMap(({ promise }) => /^(?:TOL|BR)-\d\d/.exec(promise)?.[0] ?? [])
    expect(rows.map(({ rule }) => rule)).to.include.members([...new Set(rules)])
  })

  it('has a row for each rule and each clause that the code cites, and for no other', () => {
    const code = sources(join(root, 'src'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const rules = [...code.matchAll(/\b(?:TOL|BR)-\d\d\b/g)].map(([rule]) => rule)
    expect(rows.map(({ rule }) => rule)).to.include.members([...new Set(rules)])
    const clauses = [...code.matchAll(/edXML notes,? ((?:§[\d.]+\d(?:\(\d+\))?(?:, | and )?)+)/g)].flatMap(
      ([, list = '']) => [...list.matchAll(/§[\d.]+\d(?:\(\d+\))?/g)],
    )
    const cited = new Set(clauses.map(([clause]) => clause))
    const listed = [...map.matchAll(/^\| (§[\d.()]+) \|/gm)].map(([, clause = '']) => clause)
    expect(listed.sort()).to.deep.equal([...cited].sort())
  })
})

interface Row {
  readonly rule: string
  readonly tests: readonly { readonly file: string; readonly title: string }[]
}

/** The rows of all tables that have tests in their last column. */
const rows: readonly Row[] = map
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.split(' | ').length >= 5 && !line.startsWith('| Rule'))
  .map((line) => {
    const columns = line.replace(/^\| | \|$/g, '').split(' | ')
    const tests = (columns.at(-1) ?? '').split('<br>').flatMap((text) => {
      const { file, title } = /^`(?<file>test\/[^`]+)` › (?<title>.+)$/.exec(text)?.groups ?? {}
      return file === undefined || title === undefined ? [] : [{ file, title }]
    })
    return { rule: columns[0] ?? '', tests }
  })

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|sql)$/.test(name))
    .map((name) => join(folder, name))
}
