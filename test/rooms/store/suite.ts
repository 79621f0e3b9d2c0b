import { AssertionError } from 'node:assert/strict'
import { expect } from 'chai'
import { type Clock, codeOf } from '../../../src/base/index.ts'
import { lock, type Sql, type Store } from '../../../src/store/index.ts'
import type { Migration } from '../../../src/store/migrate.ts'
import { MovableClock } from '../../support/clock.ts'
import { failureOf } from './failure.ts'

export interface SuiteOptions {
  readonly migrations: readonly Migration[]
  readonly machineClock?: Clock
}

const NOTES: readonly Migration[] = [
  { version: 1, name: '0001-notes.sql', sql: 'CREATE TABLE note (id TEXT PRIMARY KEY, n BIGINT, bytes {{blob}});' },
]

/** What every database behind the store must keep to. @param open A new, empty store. */
export function storeSuite(name: string, open: (options: SuiteOptions) => Promise<Store>): void {
  describe(`the store on ${name}`, () => {
    let store: Store
    const machineClock = new MovableClock()

    beforeEach(async () => {
      store = await open({ migrations: NOTES, machineClock })
    })
    afterEach(() => store.close())

    const add = (sql: Sql, id: string, n = 0): Promise<number> =>
      sql.run('INSERT INTO note (id, n) VALUES (?, ?)', [id, n])
    const ids = async (sql: Sql = store.read): Promise<string[]> =>
      (await sql.all<{ id: string }>('SELECT id FROM note ORDER BY id')).map(({ id }) => id)

    describe('a transaction', () => {
      it('keeps all that it wrote, and gives back what its work returned', async () => {
        const answer = await store.transact(async (tx) => {
          await add(tx, 'a')
          await add(tx, 'b')
          return 'done'
        })
        expect(answer).to.equal('done')
        expect(await ids()).to.deep.equal(['a', 'b'])
      })

      it('keeps nothing when its work throws, and throws the same', async () => {
        const error = new Error('changed my mind')
        const failure = await failureOf(
          store.transact(async (tx) => {
            await add(tx, 'a')
            throw error
          }),
        )
        expect(failure).to.equal(error)
        expect(await ids()).to.deep.equal([])
      })

      it('keeps nothing when its work throws before the first statement', async () => {
        const failure = await failureOf(store.transact(() => Promise.reject(new Error('at once'))))
        expect(failure.message).to.equal('at once')
      })

      it('keeps nothing when one of its statements failed, even if the failure was caught', async () => {
        const failure = await failureOf(
          store.transact(async (tx) => {
            await add(tx, 'a')
            await failureOf(add(tx, 'a'))
          }),
        )
        expect(codeOf(failure)).to.equal('internal')
        expect(await ids()).to.deep.equal([])
      })

      it('keeps nothing when a statement that nobody awaited failed', async () => {
        const failure = await failureOf(
          store.transact(async (tx) => {
            await add(tx, 'a')
            void add(tx, 'a')
          }),
        )
        expect(codeOf(failure)).to.equal('internal')
        expect(await ids()).to.deep.equal([])
      })

      it('runs statements sent together in the order they were sent', async () => {
        await store.transact(async (tx) => {
          await add(tx, 'counter', 1)
          const steps = [3, 5, 7].map((factor) => tx.run('UPDATE note SET n = n * ? + 1', [factor]))
          expect(await Promise.all(steps)).to.deep.equal([1, 1, 1])
        })
        expect(await store.read.get('SELECT n FROM note')).to.deep.equal({ n: ((1 * 3 + 1) * 5 + 1) * 7 + 1 })
      })

      it('sees what it wrote', async () => {
        await store.transact(async (tx) => {
          await add(tx, 'a')
          expect(await ids(tx)).to.deep.equal(['a'])
        })
      })

      it('decides alone what it has locked, and sees what was decided before', async () => {
        const gate = Promise.withResolvers<void>()
        const taken = Promise.withResolvers<void>()
        const addOnce = (id: string, wait?: Promise<void>): Promise<boolean> =>
          store.transact(async (tx) => {
            await lock(tx, ['own-document', 'G02', id])
            taken.resolve()
            const [present] = await tx.all('SELECT id FROM note WHERE n = 7')
            await wait
            if (present !== undefined) return false
            await add(tx, id, 7)
            return true
          })
        const first = addOnce('a', gate.promise)
        await taken.promise
        const later = [addOnce('a'), addOnce('a')]
        await store.read.get('SELECT 1 AS one')
        gate.resolve()
        expect([await first, ...(await Promise.all(later))]).to.deep.equal([true, false, false])
      })

      it('is not seen by a reader before its commit', async () => {
        await store.transact(async (tx) => {
          await add(tx, 'a')
          expect(await ids(store.read)).to.deep.equal([])
        })
        expect(await ids(store.read)).to.deep.equal(['a'])
      })

      it('falls alone: those beside it are kept', async () => {
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, (_, i) =>
            store.transact(async (tx) => {
              await add(tx, `note-${String(i).padStart(2, '0')}`)
              if (i % 3 === 1) throw new Error('not this one')
              if (i % 3 === 2) void add(tx, 'note-00') // is there already
            }),
          ),
        )
        const kept = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []))
        expect(kept).to.deep.equal([0, 3, 6, 9, 12, 15, 18])
        expect(await ids()).to.deep.equal(kept.map((i) => `note-${String(i).padStart(2, '0')}`))
      })

      it('cannot be begun inside another of the same store', async () => {
        const failure = await failureOf(store.transact(() => store.transact((tx) => add(tx, 'inner'))))
        expect(failure).to.be.instanceOf(AssertionError)
        expect(failure.message).to.contain('pass tx down')
        expect(await ids()).to.deep.equal([])
      })

      it('can be begun by what an earlier one set going', async () => {
        const later = Promise.withResolvers<void>()
        let second: Promise<number> | undefined
        await store.transact(async (tx) => {
          await add(tx, 'a')
          second = later.promise.then(() => store.transact((inner) => add(inner, 'b')))
        })
        later.resolve()
        await second
        expect(await ids()).to.deep.equal(['a', 'b'])
      })

      it('takes no statement after its end', async () => {
        const leaked = await store.transact(async (tx) => tx)
        expect(await failureOf(add(leaked, 'late'))).to.be.instanceOf(AssertionError)
        expect(await ids()).to.deep.equal([])
      })

      it('that never finishes is rolled back at the deadline, and the next one runs', async () => {
        const begun = Promise.withResolvers<void>()
        const hanging = failureOf(
          store.transact(async (tx) => {
            await add(tx, 'a')
            begun.resolve()
            await new Promise(() => {})
          }),
        )
        await begun.promise
        await machineClock.advance(60_000)
        expect(codeOf(await hanging)).to.equal('store-unavailable')
        expect((await hanging).message).to.contain('30000 ms')
        await store.transact((tx) => add(tx, 'b'))
        expect(await ids()).to.deep.equal(['b'])
      })

      it('leaves no wait behind', async () => {
        await store.transact((tx) => add(tx, 'a'))
        expect(machineClock.waiting).to.equal(0)
      })
    })

    describe('values', () => {
      const roundTrip = async (n: number | bigint | null, bytes: Uint8Array | null): Promise<unknown> => {
        await store.transact((tx) => tx.run('INSERT INTO note (id, n, bytes) VALUES (?, ?, ?)', ['v', n, bytes]))
        return store.read.get('SELECT n, bytes FROM note')
      }

      it('come back as they went: integers as numbers, octets as Uint8Array, nothing as null', async () => {
        const instant = Date.parse('9999-12-31T23:59:59.999Z')
        expect(await roundTrip(instant, null)).to.deep.equal({ n: instant, bytes: null })
      })

      it('that are true or false are 1 or 0, and sums and counts are numbers', async () => {
        await store.transact((tx) => Promise.all([add(tx, 'a', 3), add(tx, 'b', 2 ** 40)]))
        const row = await store.read.get(
          'SELECT EXISTS (SELECT 1 FROM note WHERE n = ?) AS yes, n = ? AS no, COUNT(*) OVER () AS count FROM note WHERE n = ?',
          [3, 4, 3],
        )
        expect(row).to.deep.equal({ yes: 1, no: 0, count: 1 })
        const sums = await store.read.get('SELECT SUM(n) AS sum, COUNT(*) AS count, MAX(n) AS max FROM note')
        expect(sums).to.deep.equal({ sum: 2 ** 40 + 3, count: 2, max: 2 ** 40 })
      })

      it('are octets of every kind, also such as look like the writing of others', async () => {
        const every = Uint8Array.from({ length: 256 }, (_, octet) => octet)
        const written = ['\\x00', '\\\\x', '\\', '\\\\', '\\101', 'a\\\\101', ''].map((text) =>
          Uint8Array.from(Buffer.from(text)),
        )
        for (const bytes of [every, ...written]) {
          await store.transact((tx) => tx.run('DELETE FROM note'))
          expect(await roundTrip(1, bytes)).to.deep.equal({ n: 1, bytes })
        }
      })

      it('keep Vietnamese text as it was composed, astral characters and line separators', async () => {
        const name = 'Bộ Công Thương'
        const text = [name.normalize('NFC'), name.normalize('NFD'), '\u{2000B}', '\u0085', '\u2028'].join('|')
        await store.transact((tx) => add(tx, text))
        expect(await ids()).to.deep.equal([text])
      })

      it('throw instead of losing the last digits of an integer above 2^53', async () => {
        expect(codeOf(await failureOf(roundTrip(2n ** 53n + 1n, null)))).to.equal('internal')
      })

      it('are taken as they were when sent, and stay the caller’s', async () => {
        const whole = new Uint8Array(100_000).fill(7)
        const view = whole.subarray(10, 20_010)
        await store.transact(async (tx) => {
          const sent = tx.run('INSERT INTO note (id, bytes) VALUES (?, ?)', ['v', view])
          whole.fill(9)
          await sent
        })
        expect(whole.length).to.equal(100_000)
        const row = await store.read.get<{ bytes: Uint8Array }>('SELECT bytes FROM note')
        expect(row?.bytes).to.deep.equal(new Uint8Array(20_000).fill(7))
      })
    })

    describe('many octets at once', () => {
      it('come back each as its own, empty ones too', async () => {
        const contents = [0, 0, 1, 5000, 5000, 300_000].map((length, i) => new Uint8Array(length).fill(i))
        await store.transact((tx) =>
          Promise.all(
            contents.map((bytes, i) => tx.run('INSERT INTO note (id, bytes) VALUES (?, ?)', [`${i}`, bytes])),
          ),
        )
        const rows = await store.read.all<{ bytes: Uint8Array }>('SELECT bytes FROM note ORDER BY id')
        expect(rows.map(({ bytes }) => bytes)).to.deep.equal(contents)
      })
    })

    describe('the words of the dialect', () => {
      it('let one query claim rows on every database', async () => {
        await store.transact((tx) => add(tx, 'a', 1))
        const claimed = await store.transact((tx) =>
          tx.all<{ id: string }>(
            'UPDATE note SET n = n + 1 WHERE id IN (SELECT id FROM note WHERE n = ? LIMIT 1 {{skipLocked}}) RETURNING id',
            [1],
          ),
        )
        expect(claimed).to.deep.equal([{ id: 'a' }])
      })

      it('are a closed list', async () => {
        expect((await failureOf(store.read.all('SELECT {{now}}'))).message).to.contain('no dialect word {{now}}')
      })
    })

    describe('closing', () => {
      it('finishes what waits, and takes nothing more', async () => {
        const waiting = Array.from({ length: 100 }, (_, i) => store.transact((tx) => add(tx, `${i}`)))
        const closed = store.close()
        expect(codeOf(await failureOf(store.transact((tx) => add(tx, 'late'))))).to.equal('store-unavailable')
        expect(codeOf(await failureOf(ids()))).to.equal('store-unavailable')
        expect(await Promise.all(waiting)).to.deep.equal(Array.from({ length: 100 }, () => 1))
        await closed
      })

      it('can be asked twice', async () => {
        await Promise.all([store.close(), store.close()])
      })
    })
  })
}
