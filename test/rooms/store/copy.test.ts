import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { codeOf, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import type { EnvelopeId } from '../../../src/message/index.ts'
import { storeTables } from '../../../src/store/copy.ts'
import {
  audit,
  content,
  copyStore,
  openStore,
  type Store,
  sequenceAudit,
  verifyAudit,
} from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { lienthong } from '../../support/command-line.ts'
import { openWorld } from '../../support/gateways.ts'
import { numbered, sha256, textFile } from '../../support/letters.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'
import { failureOf } from './failure.ts'

describe('copying a store', () => {
  const clock = new MovableClock()
  let folder: string
  let place: PostgresPlace
  const opened: Store[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'copy-'))
    place = await postgresPlace()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
    await place.drop()
    await rm(folder, { recursive: true })
  })

  const open = async (where: { file: string } | { url: string }): Promise<Store> => {
    const store = await openStore({ ...where, clock, log: silentLog })
    opened.push(store)
    return store
  }
  /** All rows of all tables, octets as their SHA-256. */
  const everything = async ({ read }: Store): Promise<Record<string, object[]>> => {
    const tables: Record<string, object[]> = {}
    for (const { name, key } of storeTables) {
      const rows = (await read.all<object>(`SELECT * FROM ${name}`)).map(outlined)
      tables[name] = rows.sort((a, b) => (order(a, key) < order(b, key) ? -1 : 1))
    }
    return tables
  }
  const outlined = (row: object): object =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        value instanceof Uint8Array ? sha256(value) : (value as unknown),
      ]),
    )
  const order = (row: object, key: readonly string[]): string =>
    key.map((column) => String((row as Record<string, unknown>)[column]).padStart(30)).join('|')

  it('knows every table that the migrations make', async () => {
    const store = await open({ file: ':memory:' })
    const tables = await store.read.all<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migration'`,
    )
    expect(storeTables.map(({ name }) => name).sort()).to.deep.equal(tables.map(({ name }) => name).sort())
  })

  it('takes what two gateways have lived through to PostgreSQL, and back to a file, row for row', async () => {
    const world = openWorld()
    let file = ''
    try {
      const [ministry, office] = [await world.start('G02'), (await world.start('G22')).as('G22')]
      for (let n = 1; n <= 3; n++) await ministry.as('G02').submit(numbered(n), [textFile('chữ '.repeat(100_000 * n))])
      const leased = await world.until('all in the inbox', async () => {
        const found = await office.lease()
        return found.length > 0 && found
      })
      await office.report(leased[0]?.id ?? '', '03')
      await world.until('receipts', async () => {
        const { store } = ministry.gateway
        return (
          (await store.read.all(`SELECT id FROM delivery WHERE kind = 'document' AND state <> 'received'`)).length === 0
        )
      })
      file = ministry.config.store && 'file' in ministry.config.store ? ministry.config.store.file : ''
      await ministry.stop()
      await copyFile(file, join(folder, 'a.db'))
    } finally {
      await world.close()
    }
    const [a, b, c] = [
      await open({ file: join(folder, 'a.db') }),
      await open(place),
      await open({ file: join(folder, 'c.db') }),
    ]
    const report = await copyStore(a, b)
    expect(report.octets).to.be.greaterThan(1_000_000)
    await copyStore(b, c)
    const [first, second, third] = await Promise.all([a, b, c].map(everything))
    expect(second).to.deep.equal(first)
    expect(third).to.deep.equal(first)
    expect(first?.['content']?.length).to.be.greaterThan(5)
    const [lost] = await b.read.all('SELECT envelope FROM content_other LIMIT 1')
    expect(lost, 'content outside its month').to.equal(undefined)
  })

  it('goes page by page through more rows than a page has, chunks too', async () => {
    const ids = timeOrderedIds(clock)
    const [a, b] = [await open({ file: ':memory:' }), await open(place)]
    const envelope = ids.next() as EnvelopeId
    await a.transact(async (tx) => {
      for (let seq = 0; seq < 50; seq++) await content.add(tx, envelope, seq, Buffer.alloc(seq, seq))
      for (let n = 0; n < 1200; n++) await audit.record(tx, { actor: 'a', action: 'b', subject: String(n) }, ids, clock)
    })
    for (let round = 0; round < 3; round++) await sequenceAudit(a)
    const told: string[] = []
    const report = await copyStore(a, b, (table, rows) => told.push(`${table} ${rows}`))
    expect(report.auditRows).to.equal(1200)
    expect(told).to.include.members(['content 50', 'audit 1200'])
    expect(await content.chunk(b.read, envelope, 49)).to.deep.equal(new Uint8Array(49).fill(49))
    expect((await verifyAudit(b, [])).hash).to.equal((await verifyAudit(a, [])).hash)
  })

  it('refuses a target that has something, and leaves it as it is', async () => {
    const [a, b] = [await open({ file: ':memory:' }), await open(place)]
    await b.transact((tx) => tx.run(`INSERT INTO duty (name, holder, lease_until, fence) VALUES ('x', 'y', 0, 1)`))
    const failure = await failureOf(copyStore(a, b))
    expect(codeOf(failure)).to.equal('store-not-empty')
    expect(failure.message).to.contain('duty has 1 rows')
  })

  it('keeps nothing when the audit chain of the source does not fit together', async () => {
    const ids = timeOrderedIds(clock)
    const [a, b] = [await open({ file: ':memory:' }), await open(place)]
    await a.transact(async (tx) => {
      for (const subject of ['x', 'y']) await audit.record(tx, { actor: 'a', action: 'b', subject }, ids, clock)
    })
    await sequenceAudit(a)
    await a.transact((tx) => tx.run(`UPDATE audit SET actor = 'somebody else' WHERE subject = 'x'`))
    expect(codeOf(await failureOf(copyStore(a, b)))).to.equal('audit-broken')
    expect(await b.read.all('SELECT id FROM audit')).to.deep.equal([])
  })

  it('is a command, which makes no store of a misspelt name', async () => {
    const file = join(folder, 'a.db')
    const none = await lienthong(['store', 'copy', '--from', file, '--to', place.url])
    expect(none.code, none.err).to.equal(2)
    expect(none.err).to.contain('there is no store')
    const ids = timeOrderedIds(clock)
    const a = await open({ file })
    await a.transact((tx) => audit.record(tx, { actor: 'a', action: 'b', subject: 'c' }, ids, clock))
    await a.close()
    const copied = await lienthong(['store', 'copy', '--from', file, '--to', place.url])
    expect(copied.code, copied.err).to.equal(0)
    expect(copied.out).to.contain('Copied 1 rows')
    const again = await lienthong(['store', 'copy', '--from', file, '--to', place.url])
    expect(again.code).to.equal(2)
    expect(again.err).to.contain('[store-not-empty]')
  })
})
