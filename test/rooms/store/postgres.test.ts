import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { codeOf, Secret, silentLog, systemClock, timeOrderedIds } from '../../../src/base/index.ts'
import type { EnvelopeId } from '../../../src/message/index.ts'
import { postgresql } from '../../../src/store/dialect.ts'
import { content, openStore, type Sql, type Store } from '../../../src/store/index.ts'
import { migrations as migrationsOf } from '../../../src/store/migrate.ts'
import { DatabaseClock } from '../../../src/store/postgres/database-clock.ts'
import { MovableClock } from '../../support/clock.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'
import { failureOf } from './failure.ts'
import { storeSuite } from './suite.ts'

const clock = new MovableClock()
const places: PostgresPlace[] = []

after(() => Promise.all(places.splice(0).map((place) => place.drop())))

storeSuite('PostgreSQL', async (options) => {
  const place = await postgresPlace()
  places.push(place)
  return openStore({ url: place.url, clock, log: silentLog, ...options })
})

describe('the store on PostgreSQL, beside the suite', () => {
  const migrations = [
    { version: 1, name: '0001-notes.sql', sql: 'CREATE TABLE note (id TEXT PRIMARY KEY, bytes {{blob}})' },
  ]
  let place: PostgresPlace
  let store: Store

  beforeEach(async () => {
    place = await postgresPlace()
    store = await openStore({ url: place.url, clock, log: silentLog, migrations })
  })
  afterEach(async () => {
    await store.close()
    await place.drop()
  })

  const insert = (sql: Sql, id: string): Promise<number> => sql.run('INSERT INTO note (id) VALUES (?)', [id])
  const add = (id: string): Promise<number> => store.transact((tx) => insert(tx, id))
  const ids = async (): Promise<string[]> =>
    (await store.read.all<{ id: string }>('SELECT id FROM note ORDER BY id')).map(({ id }) => id)
  /** What the server's operator can do to us. */
  const cutAll = (): Promise<object[]> =>
    place.ask(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lienthong' AND pid <> pg_backend_pid()
       AND pid IN (${connections})`,
    )
  const connections = `SELECT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation WHERE relname = 'note'
    AND relnamespace = current_schema()::regnamespace`

  it('lets a reader read only', async () => {
    expect((await failureOf(store.read.run('DELETE FROM note'))).message).to.contain('read-only')
  })

  it('runs units side by side: one that waits for a partner holds up nobody', async () => {
    await store
      .transact(async (tx) => {
        await insert(tx, 'a')
        await add('b')
        expect(await ids()).to.deep.equal(['b'])
      })
      .catch((error: unknown) => expect(String(error)).to.contain('pass tx down')) // from inside it is still a bug
    const gate = Promise.withResolvers<void>()
    const slow = store.transact(async (tx) => {
      await insert(tx, 'slow')
      await gate.promise
    })
    await add('fast')
    expect(await ids()).to.deep.equal(['fast'])
    gate.resolve()
    await slow
    expect(await ids()).to.deep.equal(['fast', 'slow'])
  })

  it('reads of one moment in a snapshot', async () => {
    await add('a')
    const counts = await store.transact(
      async (tx) => {
        const before = await tx.all('SELECT id FROM note')
        await place.ask(`INSERT INTO note (id) VALUES ('b')`)
        return [before.length, (await tx.all('SELECT id FROM note')).length]
      },
      { snapshot: true },
    )
    expect(counts).to.deep.equal([1, 1])
  })

  it('runs a unit again that PostgreSQL ended to undo a deadlock', async () => {
    await store.transact((tx) => tx.run(`INSERT INTO note (id, bytes) VALUES ('x', ''), ('y', '')`))
    let runs = 0
    const meeting = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const cross = (first: string, second: string, here: 0 | 1): Promise<void> =>
      store.transact(async (tx) => {
        runs++
        await tx.run('UPDATE note SET bytes = ? || bytes WHERE id = ?', [new Uint8Array(1), first])
        meeting[here].resolve()
        await meeting[here === 0 ? 1 : 0].promise
        await tx.run('UPDATE note SET bytes = ? || bytes WHERE id = ?', [new Uint8Array(1), second])
      })
    await Promise.all([cross('x', 'y', 0), cross('y', 'x', 1)])
    expect(runs).to.equal(3)
    expect(await store.read.all('SELECT id, length(bytes) AS n FROM note ORDER BY id')).to.deep.equal([
      { id: 'x', n: 2 },
      { id: 'y', n: 2 },
    ])
  })

  it('takes no statement of a run that is over, also while the unit is run again', async () => {
    const again = Promise.withResolvers<void>()
    const late = Promise.withResolvers<Error>()
    let runs = 0
    await store.transact(async (tx) => {
      if (++runs === 1) {
        again.promise.then(() => failureOf(insert(tx, 'late'))).then(late.resolve, late.reject)
        await tx.run(`DO $$ BEGIN RAISE 'ended' USING ERRCODE = '40P01'; END $$`)
      }
      again.resolve()
      expect((await late.promise).message).to.include('after the end of its transaction')
      await insert(tx, 'kept')
    })
    expect(runs).to.equal(2)
    expect(await ids()).to.deep.equal(['kept'])
  })

  it('says that the database is unavailable when it cuts the connection, keeps nothing, and goes on with new ones', async () => {
    const failure = await failureOf(
      store.transact(async (tx) => {
        await insert(tx, 'a')
        await cutAll()
        await insert(tx, 'b')
      }),
    )
    expect(codeOf(failure)).to.equal('store-unavailable')
    await add('c')
    expect(await ids()).to.deep.equal(['c'])
  })

  it('hears of a connection that is cut while nobody uses it, and takes another', async () => {
    await add('a')
    await place.ask(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lienthong' AND state = 'idle'
       AND pid <> pg_backend_pid() AND query LIKE '%COMMIT%'`,
    )
    const outcomes = await Promise.allSettled([add('b'), add('c')])
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(codeOf(outcome.reason)).to.equal('store-unavailable')
    await add('d')
    expect(await ids()).to.include.members(['a', 'd'])
  })

  for (const [code, why] of Object.entries({
    '53100': 'has no room left',
    '57P01': 'is stopping',
    '25006': 'only takes reads',
    '58030': 'met an error of its system',
    XX001: 'is damaged',
  }))
    it(`is unavailable, and says why, when the database ${why}`, async () => {
      const raise = `DO $$ BEGIN RAISE EXCEPTION 'as the server would' USING ERRCODE = '${code}'; END $$`
      const failure = await failureOf(
        store.transact(async (tx) => {
          await insert(tx, 'a')
          await tx.run(raise)
        }),
      )
      expect(codeOf(failure)).to.equal('store-unavailable')
      expect(failure.message).to.contain(`The database ${why}`)
      expect(await ids()).to.deep.equal([])
    })

  it('lets go of a statement that hangs at the deadline, with every lock that it held', async () => {
    const machineClock = new MovableClock()
    const bounded = await openStore({ url: place.url, clock, log: silentLog, migrations, machineClock })
    const locked = Promise.withResolvers<void>()
    const hanging = failureOf(
      bounded.transact(async (tx) => {
        await insert(tx, 'mine')
        locked.resolve()
        await tx.get('SELECT pg_sleep(3)')
      }),
    )
    await locked.promise
    await machineClock.advance(30_000)
    expect((await hanging).message).to.contain('did not finish within 30000 ms')
    await add('mine') // would wait for ever behind the insert of the other
    await bounded.close()
  })

  // threat: leaked-secret
  it('refuses, with a sentence and without the password, a database that it cannot use', async () => {
    const secret = 'hunter2'
    const nobody = await failureOf(
      openStore({
        url: 'postgres://nobody@127.0.0.1:9/none',
        clock,
        log: silentLog,
        password: () => new Secret(secret),
      }),
    )
    expect(codeOf(nobody)).to.equal('store-unavailable')
    expect(nobody.message).to.contain('ECONNREFUSED').and.not.contain(secret)
    const absent = new URL(place.url)
    absent.pathname = '/there_is_no_such_database'
    const missing = await failureOf(openStore({ url: absent.href, clock, log: silentLog }))
    expect(codeOf(missing)).to.equal('store-unavailable')
    expect(missing.message).to.contain('is not there')
    expect(inspect(missing, { depth: 10 })).not.to.contain(absent.password === '' ? secret : absent.password)
    const unreadable = await failureOf(openStore({ url: `postgres://user:p#${secret}@host/db`, clock, log: silentLog }))
    expect(codeOf(unreadable)).to.equal('config-invalid')
    expect(inspect(unreadable, { depth: 10 })).not.to.contain(secret)
  })

  it('asks for the password at each connection, and tells a wrong one to nobody', async () => {
    const user = `lienthong_${place.schema}`
    await place.ask(`CREATE ROLE ${user} LOGIN PASSWORD 'first'`)
    try {
      const url = new URL(place.url)
      url.username = user
      url.password = ''
      let asked = 0
      const failure = await failureOf(
        openStore({
          url: url.href,
          clock,
          log: silentLog,
          password: () => {
            asked++
            return new Secret('hunter2')
          },
        }),
      )
      expect(codeOf(failure)).to.equal('store-unavailable')
      expect(inspect(failure, { depth: 10 })).not.to.contain('hunter2')
      // a server that trusts everybody asks for none
      expect(asked).to.be.oneOf([0, 1])
    } finally {
      await place.ask(`DROP ROLE ${user}`)
    }
  })

  it('takes text that holds the character U+0000, which PostgreSQL does not know', async () => {
    await add('a\0b')
    expect(await ids()).to.deep.equal(['a\uFFFDb'])
  })

  it('keeps all that was told, and each transaction whole, when the process is killed in the middle of it', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'writer-process.ts'), place.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const told: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      told.push(line)
      if (told.length === 300) child.kill('SIGKILL')
    }
    const kept = new Set(await ids())
    expect(told.filter((id) => !kept.has(id))).to.deep.equal([])
    const partnerOf = (id: string): string => (id.endsWith('-a') ? id.replace(/-a$/, '-b') : id.replace(/-b$/, '-a'))
    expect([...kept].filter((id) => !kept.has(partnerOf(id)))).to.deep.equal([])
    await add('goes on')
  })

  it('is migrated once, however many start at once', async () => {
    const empty = await postgresPlace()
    const stores = await Promise.all(
      Array.from({ length: 5 }, () => openStore({ url: empty.url, clock, log: silentLog })),
    )
    const applied = await stores[0]?.read.all('SELECT name FROM migration ORDER BY version')
    expect(applied).to.deep.equal(migrationsOf(postgresql).map(({ name }) => ({ name })))
    await Promise.all(stores.map((each) => each.close()))
    await empty.drop()
  })
})

describe('content on PostgreSQL', () => {
  let place: PostgresPlace
  let store: Store
  const november = new MovableClock('2026-11-29T00:00:00Z')

  before(async () => {
    place = await postgresPlace()
    store = await openStore({ url: place.url, clock: november, log: silentLog })
  })
  after(async () => {
    await store.close()
    await place.drop()
  })

  const partitions = async (): Promise<string[]> =>
    (
      await place.ask<{ name: string }>(
        `SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'content'::regclass ORDER BY relname`,
      )
    ).map(({ name }) => name)
  const whereIs = async (envelope: string): Promise<string> =>
    (
      await place.ask<{ at: string }>(
        `SELECT tableoid::regclass::text AS at FROM content WHERE envelope = '${envelope}'`,
      )
    )
      .map(({ at }) => at)
      .join()
  const put = async (at: string): Promise<EnvelopeId> => {
    const envelope = timeOrderedIds(new MovableClock(at)).next() as EnvelopeId
    await store.transact((tx) => content.add(tx, envelope, 0, Buffer.from(at)))
    return envelope
  }

  it('lies by month, stored as it is, with months made ahead', async () => {
    expect(await partitions()).to.deep.equal(['content_2026_11', 'content_2026_12', 'content_2027_01', 'content_other'])
    const storage = await place.ask(
      `SELECT DISTINCT attstorage FROM pg_attribute WHERE attname = 'bytes' AND attrelid IN
       (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'content'::regclass)`,
    )
    expect(storage).to.deep.equal([{ attstorage: 'e' }])
  })

  it('is found again by envelope and number whatever the month, also at its very edge', async () => {
    const instants = [
      '2026-11-30T23:59:59.999Z',
      '2026-12-01T00:00:00.000Z',
      '2026-12-31T23:59:59.999Z',
      '2031-05-01T00:00:00Z',
    ]
    const made = await Promise.all(instants.map(put))
    const found = await Promise.all(made.map((envelope) => content.chunk(store.read, envelope, 0)))
    expect(found.map((bytes) => Buffer.from(bytes ?? []).toString())).to.deep.equal(instants)
    expect(await Promise.all(made.map(whereIs))).to.deep.equal([
      'content_2026_11',
      'content_2026_12',
      'content_2026_12',
      'content_other',
    ])
    const plan = JSON.stringify(
      await place.ask(`EXPLAIN SELECT bytes FROM content WHERE envelope = '${made[1]}' AND seq = 0`),
    )
    expect(plan).to.contain('content_2026_12').and.not.contain('content_2026_11')
  })

  it('gets the next month as time goes on; what came too early moves there', async () => {
    const early = await put('2027-02-10T00:00:00Z')
    expect(await whereIs(early)).to.equal('content_other')
    november.set('2026-12-02T00:00:00Z')
    await store.compact()
    expect(await partitions()).to.include('content_2027_02')
    expect(await whereIs(early)).to.equal('content_2027_02')
    expect(Buffer.from((await content.chunk(store.read, early, 0)) ?? []).toString()).to.equal('2027-02-10T00:00:00Z')
  })
})

describe('the time of the store on PostgreSQL', () => {
  it('is the database’s, whatever the host believes', async () => {
    const place = await postgresPlace()
    const store = await openStore({ url: place.url, clock: systemClock, log: silentLog, migrations: [] })
    const asked = async (): Promise<number> => {
      const [row] = await place.ask<{ at: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS at')
      return row?.at ?? 0
    }
    const [before, told, after] = [await asked(), store.clock.now().getTime(), await asked()]
    expect(told).to.be.within(before - 1000, after + 1000)
    await store.close()
    await place.drop()
  })

  it('follows the database where that is proved, and goes on steadily in between', () => {
    let steady = 1000
    const host = new MovableClock('2020-01-01T00:00:00Z') // years behind
    const time = new DatabaseClock(host, () => steady)
    const look = (databaseMs: number, wayMs: number): void => {
      const seen = time.look()
      steady += wayMs
      seen(databaseMs)
    }
    const noon = Date.parse('2026-11-23T12:00:00Z')
    look(noon, 10)
    expect(time.now().getTime()).to.be.within(noon, noon + 10)
    const before = time.now().getTime()
    host.set('2035-01-01T00:00:00Z') // somebody sets the host's clock
    steady += 60_000
    expect(time.now().getTime()).to.equal(before + 60_000)
    look(noon + 60_005, 4_000) // a slow answer proves little: nothing is changed by it
    expect(time.now().getTime()).to.be.within(noon + 60_005, noon + 64_010)
    look(noon + 3_600_000, 10) // the database's clock was set
    expect(time.now().getTime()).to.be.within(noon + 3_600_000, noon + 3_600_010)
  })
})
