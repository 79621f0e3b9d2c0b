import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { codeOf, silentLog } from '../../../src/base/index.ts'
import { sqlite, statementsOf } from '../../../src/store/dialect.ts'
import { openStore, type Store } from '../../../src/store/index.ts'
import { migrations } from '../../../src/store/migrate.ts'
import { MovableClock } from '../../support/clock.ts'
import { postgresPlace } from '../../support/postgres.ts'
import { failureOf } from './failure.ts'

describe('migrations', () => {
  const clock = new MovableClock()
  const first = {
    version: 1,
    name: '0001-notes.sql',
    sql: 'CREATE TABLE note (id TEXT);\nCREATE TABLE other (id TEXT);\n',
  }
  const second = {
    version: 2,
    name: '0002-tags.sql',
    sql: "CREATE TABLE tag (id TEXT);\nINSERT INTO tag VALUES ('new');\n",
  }
  let folder: string
  let file: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'))
    file = join(folder, 'store.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const open = (...known: (typeof first)[]): Promise<Store> =>
    openStore({ file, clock, log: silentLog, migrations: known })
  const tablesOf = async (store: Store): Promise<string[]> =>
    (await store.read.all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)).map(
      ({ name }) => name,
    )

  it('are applied once, in order, and a later version goes on where an earlier one stopped', async () => {
    await (await open(first)).close()
    const store = await open(first, second)
    expect(await tablesOf(store)).to.deep.equal(['migration', 'note', 'other', 'tag'])
    expect(await store.read.all('SELECT version, name FROM migration ORDER BY version')).to.deep.equal([
      { version: 1, name: '0001-notes.sql' },
      { version: 2, name: '0002-tags.sql' },
    ])
    await store.close()
    const again = await open(first, second)
    expect(await again.read.all('SELECT id FROM tag')).to.deep.equal([{ id: 'new' }])
    await again.close()
  })

  it('refuse a store that a newer version made, and leave it as it is', async () => {
    await (await open(first, second)).close()
    const failure = await failureOf(open(first))
    expect(codeOf(failure)).to.equal('store-version')
    expect(failure.message).to.contain('0002-tags.sql').and.to.contain('start the newer version')
  })

  it('let the earlier version work on, and start again, when the newer one only adds', async () => {
    const adding = {
      version: 2,
      name: '0002-expand-notes.sql',
      sql: "ALTER TABLE note ADD COLUMN tag TEXT NOT NULL DEFAULT 'none';\nCREATE TABLE tag (id TEXT);",
    }
    const place = await postgresPlace()
    const openAt = (where: { file: string } | { url: string }, ...known: (typeof first)[]): Promise<Store> =>
      openStore({ ...where, clock, log: silentLog, migrations: known })
    for (const where of [{ file }, { url: place.url }]) {
      const before = await openAt(where, first)
      const write = (store: Store, id: string): Promise<number> =>
        store.transact((tx) => tx.run('INSERT INTO note (id) VALUES (?)', [id]))
      await write(before, 'a')
      const after = await openAt(where, first, adding)
      await write(before, 'b')
      const again = await openAt(where, first)
      await write(again, 'c')
      expect(await after.read.all('SELECT id, tag FROM note ORDER BY id')).to.deep.equal(
        ['a', 'b', 'c'].map((id) => ({ id, tag: 'none' })),
      )
      await Promise.all([before, after, again].map((store) => store.close()))
    }
    await place.drop()
  })

  it('refuse to go on when a released file was changed', async () => {
    await (await open(first)).close()
    const failure = await failureOf(open({ ...first, sql: first.sql.replace('other', 'others') }, second))
    expect(codeOf(failure)).to.equal('store-version')
    expect(failure.message).to.contain('0001-notes.sql')
  })

  it('do not mind other line ends', async () => {
    await (await open(first)).close()
    await (await open({ ...first, sql: first.sql.replaceAll('\n', '\r\n') })).close()
  })

  it('are applied whole or not at all', async () => {
    const broken = { ...second, sql: 'CREATE TABLE tag (id TEXT);\nINSERT INTO nowhere VALUES (1);' }
    expect((await failureOf(open(first, broken))).message).to.contain('nowhere')
    const store = await open(first)
    expect(await tablesOf(store)).to.deep.equal(['migration', 'note', 'other'])
    await store.close()
  })

  it('are applied once also when two processes start together', async () => {
    const stores = await Promise.all([open(first, second), open(first, second)])
    for (const store of stores) {
      expect(await store.read.all('SELECT id FROM tag')).to.deep.equal([{ id: 'new' }])
      await store.close()
    }
  })

  it('are numbered without a gap', async () => {
    await writeFile(join(folder, '0001-a.sql'), 'SELECT 1;')
    await writeFile(join(folder, '0003-b.sql'), 'SELECT 1;')
    expect(() => migrations(sqlite, pathToFileURL(`${folder}/`))).to.throw('0003-b.sql must begin with 0002-')
  })

  it('of this version make a store', async () => {
    const store = await openStore({ file, clock, log: silentLog })
    expect(await tablesOf(store)).to.include.members(['envelope', 'content', 'delivery', 'inbox', 'audit'])
    await store.close()
  })

  it('are cut into statements only at semicolons that end one', () => {
    const script = `
      -- a comment; with a semicolon and an apostrophe: don't
      CREATE TABLE a (x TEXT DEFAULT ';--', "odd;name" TEXT); /* another; one */
      INSERT INTO a VALUES ('it''s; fine', 1 - 2 / 3)
      ;;
    `
    expect(statementsOf(script)).to.deep.equal([
      `CREATE TABLE a (x TEXT DEFAULT ';--', "odd;name" TEXT)`,
      `INSERT INTO a VALUES ('it''s; fine', 1 - 2 / 3)`,
    ])
  })
})
