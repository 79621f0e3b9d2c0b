/** The house of the architecture, held against the real import graph of `src`. */
import { expect } from 'chai'
import {
  clockAndChanceUses,
  environmentUses,
  filesBelow,
  type Import,
  importsOf,
  type SourceFile,
} from './support/sources.ts'

const DOORS = ['api', 'console']
/** What doors are built from; it knows no flow. */
const HALL = ['http']
const FLOW = ['submit', 'send', 'receive', 'deliver', 'notify', 'upkeep', 'repair']
/** Highest first: each may import those after it. */
const GROUND = ['access', 'broker', 'directory', 'store', 'envelope', 'signature', 'pdf', 'pki', 'message', 'base']
/** What people start. Highest first: each may import those after it, and the ground; `gateway.ts` sees flow and doors too. */
const ENTRANCE = [
  'lienthong.js',
  'cli.ts',
  'demo',
  'cli',
  'main.ts',
  'gateway.ts',
  'from-config.ts',
  'config.ts',
  'config',
]

/** Files outside base that may touch the process clock or chance, each with its reason. */
const CLOCK_EXCEPTIONS: ReadonlyMap<string, string> = new Map([])

/** The pages of the console are a program of their own: they run in a browser, and know of the gateway only shapes. */
const WEB = 'src/console/web/'
const source = filesBelow('src', '.ts', '.js').filter(({ path }) => !path.startsWith(WEB))
const graph = source.flatMap(importsOf)
const pages = filesBelow('src/console/web', '.ts', '.tsx').filter(({ path }) => !path.startsWith(`${WEB}dist/`))

describe('the house', () => {
  it('has only the rooms and entrance files that the architecture names', () => {
    const known = [...DOORS, ...HALL, ...FLOW, ...GROUND, ...ENTRANCE]
    expect(
      [...new Set(source.map(({ path }) => placeOf(path)))].filter((place) => !known.includes(place)),
    ).to.deep.equal([])
  })

  it('lets a room import only rooms below it, and flow rooms never each other', () => {
    expect(graph.filter(climbs).map(arrow)).to.deep.equal([])
  })

  it('lets nobody past the index of another room', () => {
    expect(graph.filter(passesTheIndex).map(arrow)).to.deep.equal([])
  })

  it('imports only files that exist, with their endings', () => {
    const paths = new Set(source.map(({ path }) => path))
    const lost = graph.filter(({ to }) => to.startsWith('src/') && !to.endsWith('.json') && !paths.has(to))
    expect(lost.map(arrow)).to.deep.equal([])
  })

  it('takes nothing from tests, scripts or benches', () => {
    expect(graph.filter(({ to }) => !/^(src|schemas)\//.test(to)).map(arrow)).to.deep.equal([])
  })

  it('has no import cycle, counting the imports of types', () => {
    expect(cycleIn(graph)).to.deep.equal([])
  })

  it('keeps sign.ts and verify.ts apart, also by detours', () => {
    expect([...reachableFrom('src/signature/sign.ts', graph)]).not.to.include('src/signature/verify.ts')
    expect([...reachableFrom('src/signature/verify.ts', graph)]).not.to.include('src/signature/sign.ts')
  })

  it('reads the environment in config.ts and nowhere else', () => {
    const uses = source.filter(({ path }) => path !== 'src/config.ts').flatMap(environmentUses)
    expect(uses).to.deep.equal([])
  })

  it('touches the process clock, timers and chance in base and nowhere else', () => {
    const uses = source
      .filter(({ path }) => placeOf(path) !== 'base' && !CLOCK_EXCEPTIONS.has(path))
      .flatMap(clockAndChanceUses)
    expect(uses).to.deep.equal([])
  })

  it('still needs each exception it makes for the clock', () => {
    const used = source.filter((file) => clockAndChanceUses(file).length > 0).map(({ path }) => path)
    expect([...CLOCK_EXCEPTIONS.keys()].filter((path) => !used.includes(path))).to.deep.equal([])
  })

  it('opens every room with an index.ts that says what the room guarantees', () => {
    const rooms = [...new Set(source.map(({ path }) => placeOf(path)))].filter((place) => !place.includes('.'))
    const silent = rooms.filter((room) => {
      const index = source.find(({ path }) => path === `src/${room}/index.ts`)
      return index === undefined || !/^\/\*\*\s*\S[\s\S]{20,}?\*\//.test(index.text)
    })
    expect(silent).to.deep.equal([])
  })

  it('leaves no unnumbered reminder and silences no checker', () => {
    const everything = [
      ...source,
      ...pages,
      ...['test', 'bench', 'scripts'].flatMap((folder) => filesBelow(folder, '.ts', '.js', '.sh')),
    ]
    const reminder = new RegExp(`\\b${'TO'}${'DO'}\\b(?!\\(#\\d+\\))`)
    const silencers = [
      ['biome', 'ignore lint'],
      ['eslint', 'disable'],
      ['@ts', 'ignore'],
      ['@ts', 'nocheck'],
    ].map((words) => words.join('-'))
    const found = everything.filter(({ text }) => reminder.test(text) || silencers.some((word) => text.includes(word)))
    expect(found.map(({ path }) => path)).to.deep.equal([])
  })

  it('gives the pages of the console types of the contract, and nothing that runs', () => {
    const outside = pages.flatMap(importsOf).filter(({ to }) => !to.startsWith(WEB))
    expect(outside.filter(({ to }) => to !== 'src/console/shapes.ts').map(arrow)).to.deep.equal([])
    const running = pages.filter(({ text }) => /^import (?!type )[^\n]*shapes\.ts'/m.test(text))
    expect(running.map(({ path }) => path)).to.deep.equal([])
  })

  it('lets no part of the gateway import the pages of the console', () => {
    expect(graph.filter(({ to }) => to.startsWith(WEB)).map(arrow)).to.deep.equal([])
  })

  it('mirrors its rooms in test/rooms', () => {
    const tested = new Set(filesBelow('test/rooms', '.test.ts').map(({ path }) => path.split('/')[2] ?? ''))
    expect([...tested].filter((room) => ![...DOORS, ...HALL, ...FLOW, ...GROUND].includes(room))).to.deep.equal([])
  })
})

describe('the checks of the house', () => {
  const between = (from: string, to: string): Import => ({ from: `src/${from}`, to: `src/${to}`, kind: 'import' })
  const text = (content: string): SourceFile => ({ path: 'src/send/sender.ts', text: content })

  it('find an import upwards, sideways on the flow storey, and from an entrance into the flow', () => {
    const wrong = [
      between('base/ids.ts', 'message/index.ts'),
      between('store/sql.ts', 'directory/index.ts'),
      between('send/sender.ts', 'receive/index.ts'),
      between('submit/submit.ts', 'api/index.ts'),
      between('submit/submit.ts', 'config.ts'),
      between('submit/submit.ts', 'gateway.ts'),
      between('cli.ts', 'submit/index.ts'),
      between('http/operation.ts', 'submit/index.ts'),
      between('send/sender.ts', 'http/index.ts'),
      between('cli/verify.ts', 'demo/index.ts'),
      between('gateway.ts', 'cli/index.ts'),
      between('attic/old.ts', 'base/index.ts'),
      between('send/sender.ts', 'attic/index.ts'),
    ]
    const right = [
      between('submit/submit.ts', 'store/index.ts'),
      between('broker/embedded.ts', 'base/index.ts'),
      between('api/documents.ts', 'submit/index.ts'),
      between('api/documents.ts', 'http/index.ts'),
      between('http/cursor.ts', 'base/index.ts'),
      between('gateway.ts', 'api/index.ts'),
      between('gateway.ts', 'config.ts'),
      between('cli.ts', 'gateway.ts'),
      between('demo/story.ts', 'cli/index.ts'),
      between('cli.ts', 'signature/index.ts'),
      between('store/sql.ts', 'store/worker.ts'),
    ]
    expect(wrong.filter((edge) => !climbs(edge)).map(arrow)).to.deep.equal([])
    expect(right.filter(climbs).map(arrow)).to.deep.equal([])
  })

  it('find an import past an index, and a room that imports its own', () => {
    expect(passesTheIndex(between('send/sender.ts', 'store/sql.ts'))).to.equal(true)
    expect(passesTheIndex(between('store/sql.ts', 'store/index.ts'))).to.equal(true)
    expect(passesTheIndex(between('send/sender.ts', 'store/index.ts'))).to.equal(false)
    expect(passesTheIndex(between('store/index.ts', 'store/sql.ts'))).to.equal(false)
  })

  it('find a cycle of three', () => {
    const ring = [between('a.ts', 'b.ts'), between('b.ts', 'c.ts'), between('c.ts', 'a.ts')]
    expect(cycleIn(ring)).to.have.length(4)
    expect(cycleIn(ring.slice(1))).to.deep.equal([])
  })

  it('see every way of importing', () => {
    const file = text(`
      import { a } from '../a/index.ts'
      import type { B } from '../b/index.ts'
      export * from '../c/index.ts'
      const d = await import('../d/index.ts')
      let e: import('../e/index.ts').E
      new Worker(new URL('./worker.ts', import.meta.url))
      import express from 'express'
      // import '../comment/index.ts'
    `)
    expect(importsOf(file).map(({ to }) => to)).to.deep.equal([
      ...['a', 'b', 'c', 'd', 'e'].map((room) => `src/${room}/index.ts`),
      'src/send/worker.ts',
    ])
  })

  it('see every way to the clock, to chance and to the environment', () => {
    const guilty = [
      'new Date()',
      'Date.now()',
      'performance.now()',
      'Math.random()',
      'setTimeout(f, 5)',
      'globalThis.setInterval(f, 5)',
      `import { randomUUID } from 'node:crypto'`,
      `import { randomBytes as chance } from 'node:crypto'`,
      'crypto.getRandomValues(bytes)',
      `import { setTimeout } from 'node:timers/promises'`,
      'AbortSignal.timeout(5)',
    ]
    expect(guilty.filter((line) => clockAndChanceUses(text(line)).length === 0)).to.deep.equal([])
    const environment = [
      'process.env.HOME',
      `process['env']`,
      'const { env } = process',
      `import { env } from 'node:process'`,
    ]
    expect(environment.filter((line) => environmentUses(text(line)).length === 0)).to.deep.equal([])
    const innocent = 'const at = new Date(0); socket.setTimeout(5); clearTimeout(timer); clock.now() // Date.now()'
    expect([...clockAndChanceUses(text(innocent)), ...environmentUses(text(innocent))]).to.deep.equal([])
  })
})

/** The room of a file, or the name of an entrance file. */
function placeOf(path: string): string {
  return path.split('/')[1] ?? path
}

function climbs({ from, to }: Import): boolean {
  const [here, there] = [placeOf(from), placeOf(to)]
  if (!to.startsWith('src/') || here === there) return false
  return !mayImport(here, there)
}

function mayImport(here: string, there: string): boolean {
  if (here === 'gateway.ts' && [...DOORS, ...HALL, ...FLOW].includes(there)) return true
  if (ENTRANCE.includes(here)) return GROUND.includes(there) || ENTRANCE.indexOf(there) > ENTRANCE.indexOf(here)
  if (DOORS.includes(here)) return HALL.includes(there) || FLOW.includes(there) || GROUND.includes(there)
  if (HALL.includes(here) || FLOW.includes(here)) return GROUND.includes(there)
  return GROUND.includes(here) && GROUND.indexOf(there) > GROUND.indexOf(here)
}

function passesTheIndex({ from, to }: Import): boolean {
  if (!to.startsWith('src/') || to.split('/').length < 3) return false
  const toIndex = to === `src/${placeOf(to)}/index.ts`
  return placeOf(from) === placeOf(to) ? toIndex : !toIndex
}

function arrow({ from, to }: Import): string {
  return `${from} → ${to}`
}

/** The files of one cycle, the first again at the end; empty when there is none. */
function cycleIn(edges: readonly Import[]): string[] {
  const next = Map.groupBy(
    edges.filter(({ kind }) => kind === 'import'),
    ({ from }) => from,
  )
  const done = new Set<string>()
  const follow = (file: string, trail: readonly string[]): string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return []
    for (const { to } of next.get(file) ?? []) {
      const cycle = follow(to, [...trail, file])
      if (cycle.length > 0) return cycle
    }
    done.add(file)
    return []
  }
  return [...next.keys()].map((file) => follow(file, [])).find((cycle) => cycle.length > 0) ?? []
}

function reachableFrom(start: string, edges: readonly Import[]): Set<string> {
  const reached = new Set<string>()
  const open = [start]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const { from, to, kind } of edges) {
      if (from !== file || kind !== 'import' || reached.has(to)) continue
      reached.add(to)
      open.push(to)
    }
  }
  return reached
}
