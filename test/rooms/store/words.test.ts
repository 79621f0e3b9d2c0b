import { expect } from 'chai'
import { limits, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import type { EnvelopeId } from '../../../src/message/index.ts'
import { addDocuments, find } from '../../../src/store/desk/words.ts'
import { openStore, type Store } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'

for (const database of ['SQLite', 'PostgreSQL'] as const)
  describe(`the index of words on ${database}`, () => {
    const clock = new MovableClock()
    const ids = timeOrderedIds(clock)
    let place: PostgresPlace | undefined
    let store: Store
    before(async () => {
      if (database === 'PostgreSQL') place = await postgresPlace()
      store = await openStore({
        ...(place === undefined ? { file: ':memory:' } : { url: place.url }),
        clock,
        log: silentLog,
      })
    })
    after(async () => {
      await store.close()
      await place?.drop()
    })

    // threat: injection
    it('takes long words that differ only in a letter of two code units at the cut', async () => {
      const long = 'a'.repeat(limits.searchWordCharacters - 1)
      const envelope = ids.next() as EnvelopeId
      const search = `${long}\u{20000} ${long}\u{2f800} sau`
      await store.transact((tx) => addDocuments(tx, [{ envelope, search }]))
      const found: string[] = []
      for await (const piece of find(store.read, `${long}\u{20000}`)) found.push(...piece.map((one) => one.envelope))
      expect(found).to.deep.equal([envelope])
    })
  })
