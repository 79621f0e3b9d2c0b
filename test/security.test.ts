import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { guardsOf, securityText, threatRows, withTests } from '../scripts/security.ts'

const root = join(import.meta.dirname, '..')

describe('SECURITY.md', () => {
  it('names for each threat the tests that hold its control: after a change, run npm run security', () => {
    expect(securityText()).to.equal(withTests(securityText()))
    const rows = threatRows(securityText())
    expect(
      rows.filter(({ tests }) => tests.length === 0).map(({ threat }) => threat),
      'without a test',
    ).to.deep.equal([])
    expect(new Set(rows.map(({ threat }) => threat)).size, 'one row each').to.equal(rows.length)
  })

  it('has a row for each threat that a test names', () => {
    const known = threatRows(securityText()).map(({ threat }) => threat)
    const named = guardsOf(join(root, 'test')).map(({ threat }) => threat)
    expect([...new Set(named)].filter((threat) => !known.includes(threat))).to.deep.equal([])
  })

  it('says of each package that runs in production what it does there', () => {
    const { dependencies, optionalDependencies = {} } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as {
      dependencies: Record<string, string>
      optionalDependencies?: Record<string, string>
    }
    const packages = Object.keys({ ...dependencies, ...optionalDependencies })
    const listed = [...securityText().matchAll(/^\| ([@a-z0-9/-]+) \|/gm)].map(([, name = '']) => name)
    expect(
      packages.filter((name) => !listed.includes(name)),
      'not reviewed',
    ).to.deep.equal([])
  })
})

describe('the bill of materials', () => {
  it('names in CycloneDX every package that comes along in production, with its version', () => {
    const text = execFileSync('npm', ['run', '--silent', 'sbom'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const bill = JSON.parse(text) as { bomFormat: string; components: { name: string; version: string }[] }
    expect(bill.bomFormat).to.equal('CycloneDX')
    const named = new Map(bill.components.map(({ name, version }) => [name, version]))
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version?: string; dev?: boolean; optional?: boolean }>
    }
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }
    for (const name of Object.keys(dependencies))
      expect(named.get(name), name).to.equal(packages[`node_modules/${name}`]?.version)
    const development = Object.entries(packages).filter(
      ([path, { dev }]) => dev === true && path.startsWith('node_modules/'),
    )
    const alsoDevelopment = development
      .map(([path]) => path.slice('node_modules/'.length))
      .filter((name) => named.has(name))
    expect(alsoDevelopment, 'what only we need is not in it').to.deep.equal([])
  })
})
