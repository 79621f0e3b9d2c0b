import { expect } from 'chai'
import { silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import { openStore, type Sql, type Store, sequenceEvents } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { failureOf } from './failure.ts'

describe('the sequencer of events', () => {
  let clock: MovableClock
  let store: Store

  beforeEach(async () => {
    clock = new MovableClock()
    store = await openStore({ file: ':memory:', clock, log: silentLog })
  })
  afterEach(() => store.close())

  const tell = (tx: Sql, id: string): Promise<number> =>
    tx.run(`INSERT INTO event (id, agency, type, at) VALUES (?, 'G02', 'document-accepted', 0)`, [id])
  const numbered = (): Promise<{ id: string; seq: number | null }[]> =>
    store.read.all('SELECT id, seq FROM event ORDER BY id')

  it('numbers committed rows in the order of their ids, without a gap', async () => {
    await store.transact((tx) => Promise.all([tell(tx, 'b'), tell(tx, 'c')]))
    expect(await sequenceEvents(store)).to.equal(2)
    await store.transact((tx) => Promise.all([tell(tx, 'd'), tell(tx, 'a')]))
    expect(await sequenceEvents(store)).to.equal(2)
    expect(await numbered()).to.deep.equal([
      { id: 'a', seq: 3 }, // told late, counted late: whoever has read up to 2 does not miss it
      { id: 'b', seq: 1 },
      { id: 'c', seq: 2 },
      { id: 'd', seq: 4 },
    ])
  })

  it('leaves no gap for what was taken back', async () => {
    await store.transact((tx) => tell(tx, 'a'))
    await failureOf(
      store.transact(async (tx) => {
        await tell(tx, 'b')
        throw new Error('taken back')
      }),
    )
    await store.transact((tx) => tell(tx, 'c'))
    await sequenceEvents(store)
    expect((await numbered()).map(({ seq }) => seq)).to.deep.equal([1, 2])
  })

  it('takes a bounded number at a time', async () => {
    const ids = timeOrderedIds(clock)
    await store.transact(async (tx) => {
      for (let n = 0; n < 750; n++) await tell(tx, ids.next())
    })
    expect([await sequenceEvents(store), await sequenceEvents(store), await sequenceEvents(store)]).to.deep.equal([
      500, 250, 0,
    ])
    expect((await numbered()).map(({ seq }) => seq)).to.deep.equal(Array.from({ length: 750 }, (_, i) => i + 1))
  })

  it('passes over while another has the turn, until that one has been silent for too long', async () => {
    await sequenceEvents(store, 'one')
    await store.transact((tx) => tell(tx, 'a'))
    expect(await sequenceEvents(store, 'two')).to.equal(0)
    await clock.advance(30_000)
    expect(await sequenceEvents(store, 'two')).to.equal(1)
    expect(await sequenceEvents(store, 'one')).to.equal(0)
    expect(await store.read.get(`SELECT holder, fence FROM duty`)).to.deep.equal({ holder: 'two', fence: 2 })
  })

  it('does not wait for a turn that was taken before the clock was set back', async () => {
    await clock.advance(24 * 60 * 60 * 1000)
    await sequenceEvents(store, 'before a restart')
    clock.set(new Date(clock.now().getTime() - 24 * 60 * 60 * 1000).toISOString())
    await store.transact((tx) => tell(tx, 'a'))
    expect(await sequenceEvents(store, 'after it')).to.equal(1)
  })
})
