/** `npm ci` on a fresh machine refuses a lock file that does not name every package, also those of other platforms. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lockFile = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
const { packages } = JSON.parse(lockFile) as { packages: Readonly<Record<string, Locked>> }

describe('the lock file', () => {
  it('names every package that another one asks for', () => {
    const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !places(path, name).some((place) => packages[place]?.version !== undefined))
        .map((name) => `${name}, for ${path}`),
    )
    expect(missing).to.deep.equal([])
  })

  it('names no registry: each machine asks its own', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved?.startsWith('http'))).to.deep.equal([])
  })
})

/** Where Node would look for a package, from the folder of the one that asks up to the root. */
function places(path: string, name: string): string[] {
  const folders = path.split('node_modules/').map((_, depth, parts) => parts.slice(0, depth + 1).join('node_modules/'))
  return folders.map((folder) => `${folder === '' || folder.endsWith('/') ? folder : `${folder}/`}node_modules/${name}`)
}
