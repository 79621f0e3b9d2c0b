import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import { codeOf, silentLog } from '../../../src/base/index.ts'
import { openStore, type Sql, type Store } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { failureOf } from './failure.ts'
import { storeSuite } from './suite.ts'

const clock = new MovableClock()
const migrations = [
  { version: 1, name: '0001-notes.sql', sql: 'CREATE TABLE note (id TEXT PRIMARY KEY, bytes {{blob}})' },
]

storeSuite('SQLite', (options) => openStore({ file: ':memory:', clock, log: silentLog, ...options }))

describe('the store on SQLite, beside the suite', () => {
  let folder: string
  let file: string
  let store: Store

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'))
    file = join(folder, 'store.db')
    store = await openStore({ file, clock, log: silentLog, migrations })
  })
  afterEach(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })

  const add = (id: string, bytes: Uint8Array | null = null): Promise<number> =>
    store.transact((tx) => tx.run('INSERT INTO note (id, bytes) VALUES (?, ?)', [id, bytes]))
  const insert = (sql: Sql, id: string): Promise<number> => sql.run('INSERT INTO note (id) VALUES (?)', [id])
  const ids = async (sql: Sql): Promise<string[]> =>
    (await sql.all<{ id: string }>('SELECT id FROM note ORDER BY id')).map(({ id }) => id)
  const count = async (): Promise<number> =>
    (await store.read.get<{ n: number }>('SELECT COUNT(*) AS n FROM note'))?.n ?? -1
  const pragma = (name: string): Promise<Record<string, unknown> | undefined> =>
    store.transact((tx) => tx.get<Record<string, unknown>>(`PRAGMA ${name}`))

  it('is set up to lose nothing and to leave no copy of what was destroyed', async () => {
    expect(await pragma('journal_mode')).to.deep.equal({ journal_mode: 'wal' })
    expect(await pragma('synchronous')).to.deep.equal({ synchronous: 2 })
    expect(await pragma('foreign_keys')).to.deep.equal({ foreign_keys: 1 })
    expect(await pragma('secure_delete')).to.deep.equal({ secure_delete: 1 })
    expect(await pragma('auto_vacuum')).to.deep.equal({ auto_vacuum: 2 })
  })

  it('is readable by its owner alone, with the log beside it', async () => {
    await add('a')
    for (const path of [file, `${file}-wal`]) expect((await stat(path)).mode & 0o777).to.equal(0o600)
  })

  it('is alone: while it awaits, no statement of another is admitted', async () => {
    const gate = Promise.withResolvers<void>()
    const seen: string[][] = []
    const first = store.transact(async (tx) => {
      await insert(tx, 'first')
      seen.push(await ids(tx))
      await gate.promise
      seen.push(await ids(tx))
    })
    const second = store.transact(async (tx) => {
      await insert(tx, 'second')
      seen.push(await ids(tx))
    })
    await store.read.get('SELECT 1 AS one')
    gate.resolve()
    await Promise.all([first, second])
    expect(seen).to.deep.equal([['first'], ['first'], ['first', 'second']])
  })

  it('runs what waits behind a transaction that never finishes, once its deadline has passed', async () => {
    const machineClock = new MovableClock()
    const bounded = await openStore({ file: ':memory:', clock, log: silentLog, migrations, machineClock })
    const hanging = failureOf(bounded.transact(() => new Promise(() => {})))
    const next = bounded.transact((tx) => insert(tx, 'b'))
    await machineClock.advance(60_000)
    expect(codeOf(await hanging)).to.equal('store-unavailable')
    await next
    expect(await ids(bounded.read)).to.deep.equal(['b'])
    await bounded.close()
  })

  it('lets a reader read only', async () => {
    expect((await failureOf(store.read.run('DELETE FROM note'))).message).to.contain('read-only')
  })

  it('commits those who wait together: none is told before all are on the disk', async () => {
    await store.close()
    store = await openStore({ file, clock, log: silentLog, migrations, machineClock: clock }) // else a slow unit ends the group
    const told: string[] = []
    const gate = Promise.withResolvers<void>()
    const first = add('first').then(() => told.push('first'))
    const second = store
      .transact(async (tx) => {
        await tx.run('INSERT INTO note (id) VALUES (?)', ['second'])
        expect(await count()).to.equal(0) // the first has ended, and is not committed yet
        await gate.promise
        told.push('second at work')
      })
      .then(() => told.push('second'))
    await store.read.get('SELECT 1 AS one')
    gate.resolve()
    await Promise.all([first, second])
    expect(told).to.deep.equal(['second at work', 'first', 'second'])
  })

  it('keeps all that was told, when the process is killed in the middle of it', async () => {
    for (let round = 0; round < 3; round++) {
      const { child, told } = writeUntilKilled(file)
      while (told.length < 300 * (round + 1)) await once(child, 'told')
      child.kill('SIGKILL')
      await once(child, 'close')
      await store.close()
      store = await openStore({ file, clock, log: silentLog, migrations })
      const rows = await store.read.all<{ id: string }>('SELECT id FROM note')
      const kept = new Set(rows.map(({ id }) => id))
      expect(told.filter((id) => !kept.has(id))).to.deep.equal([])
      // Each transaction writes a pair: no half of one is there.
      expect([...kept].filter((id) => !kept.has(partnerOf(id)))).to.deep.equal([])
    }
  })

  it('is shared by two processes, each of which sees what the other committed', async () => {
    const other = await openStore({ file, clock, log: silentLog, migrations })
    const insert = (to: Store, id: string): Promise<number> =>
      to.transact((tx) => tx.run('INSERT INTO note (id) VALUES (?)', [id]))
    await Promise.all(Array.from({ length: 40 }, (_, i) => insert(i % 2 === 0 ? store : other, `${i}`)))
    expect(await count()).to.equal(40)
    expect(await other.read.get('SELECT COUNT(*) AS n FROM note')).to.deep.equal({ n: 40 })
    await other.close()
  })

  it('says that the disk is full, keeps nothing of the transaction, and goes on when there is room', async () => {
    await add('before')
    await pragma('max_page_count = 100')
    const failure = await failureOf(add('large', new Uint8Array(1_000_000)))
    expect(codeOf(failure)).to.equal('store-unavailable')
    expect(failure.message).to.contain('no room left')
    expect(failure.cause).to.be.instanceOf(Error)
    expect(await count()).to.equal(1)
    await pragma('max_page_count = 1000000')
    await add('large', new Uint8Array(1_000_000))
    expect(await count()).to.equal(2)
  })

  it('tells nobody of success in a commit that the full disk took away', async () => {
    await pragma('max_page_count = 100')
    const results = await Promise.allSettled([add('small'), add('large', new Uint8Array(1_000_000)), add('next')])
    const told = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [['small', 'large', 'next'][i]] : []))
    const kept = await store.read.all<{ id: string }>('SELECT id FROM note ORDER BY id DESC')
    expect(told).to.deep.equal(kept.map(({ id }) => id))
    expect(told).not.to.include('large')
    for (const result of results)
      if (result.status === 'rejected') expect(codeOf(result.reason)).to.equal('store-unavailable')
  })

  it('rejects everything, then and later, when its thread dies', async () => {
    const killed = await dyingStore(join(folder, 'other.db'))
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const inside = failureOf(
      killed.store.transact(async (tx) => {
        await tx.run('INSERT INTO note (id) VALUES (?)', ['a'])
        begun.resolve()
        await gate.promise
      }),
    )
    const waiting = failureOf(killed.store.transact((tx) => tx.run('SELECT 1')))
    await begun.promise
    await killed.worker.terminate()
    gate.resolve()
    expect(codeOf(await inside)).to.equal('store-unavailable')
    expect(codeOf(await waiting)).to.equal('store-unavailable')
    expect(codeOf(await failureOf(killed.store.read.get('SELECT 1')))).to.equal('store-unavailable')
    expect(codeOf(await failureOf(killed.store.transact(async () => 'no statement')))).to.equal('store-unavailable')
    await killed.store.close()
  })

  it('refuses, with a sentence, a file that it cannot open or that is something else', async () => {
    const absent = await failureOf(openStore({ file: join(folder, 'absent', 'store.db'), clock, log: silentLog }))
    expect(codeOf(absent)).to.equal('store-unavailable')
    expect(absent.message).to.contain('its directory must exist')
    const other = join(folder, 'letter.txt')
    await writeFile(other, 'Kính gửi: Văn phòng Chính phủ\n'.repeat(100))
    const failure = await failureOf(openStore({ file: other, clock, log: silentLog }))
    expect(codeOf(failure)).to.equal('store-unavailable')
    expect(failure.message).to.contain('is not an SQLite database')
  })

  // threat: state-secret
  it('leaves nothing of deleted content on the disk after compaction', async () => {
    const mark = Buffer.from('CANARY-7421/BCT-KHTC')
    await add('secret', Buffer.alloc(500_000, mark))
    const large = (await stat(file)).size + (await stat(`${file}-wal`)).size
    await store.transact((tx) => tx.run('DELETE FROM note'))
    expect(await store.compact()).to.equal(0)
    for (const path of [file, `${file}-wal`]) expect((await readFile(path)).includes(mark)).to.equal(false)
    expect((await stat(file)).size).to.be.lessThan(large - 400_000)
  })

  it('compacts between transactions, however many there are', async () => {
    const writing = Promise.all(Array.from({ length: 200 }, (_, i) => add(`${i}`)))
    await store.compact()
    await writing
    expect(await count()).to.equal(200)
  })
})

/** Another process that writes pairs, several at once, and says each id once its transaction was told done. */
function writeUntilKilled(file: string): { child: ChildProcess; told: string[] } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer-process.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    told.push(line)
    child.emit('told')
  })
  return { child, told }
}

function partnerOf(id: string): string {
  return id.endsWith('-a') ? id.replace(/-a$/, '-b') : id.replace(/-b$/, '-a')
}

async function dyingStore(file: string): Promise<{ store: Store; worker: Worker }> {
  const [worker, store] = await Promise.all([
    once(process, 'worker').then(([started]) => started as Worker),
    openStore({ file, clock, log: silentLog, migrations }),
  ])
  return { store, worker }
}
