import { expect } from 'chai'
import { silentLog } from '../../../src/base/index.ts'
import type { EnvelopeId } from '../../../src/message/index.ts'
import type { AttachmentReport } from '../../../src/pdf/index.ts'
import { type LeasedAttachment, openStore, reports, type Store } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'

const envelope = 'e1' as EnvelopeId
const MINUTE = 60_000

for (const dialect of ['SQLite', 'PostgreSQL'] as const)
  describe(`the list of attachments to judge on ${dialect}`, () => {
    const clock = new MovableClock()
    let place: PostgresPlace | undefined
    let stores: Store[]

    beforeEach(async () => {
      place = dialect === 'PostgreSQL' ? await postgresPlace() : undefined
      const open = (): Promise<Store> =>
        openStore({ ...(place === undefined ? { file: ':memory:' } : { url: place.url }), clock, log: silentLog })
      stores = place === undefined ? [await open()] : [await open(), await open()]
      await (stores[0] as Store).transact(async (tx) => {
        await tx.run(
          `INSERT INTO envelope (id, owner, direction, state, form, operation, sender, document_id, sha256, content_digest, octets,
             parts, lane, message, signed_digests, signer, stored_at)
           VALUES (?, 'G02', 'in', 'stored', 'document', 'new', 'G22', 'd', 's', 'c', 1, 1, 'ordinary', '{}', '[]', 'f', 5)`,
          [envelope],
        )
        // as an earlier version writes them, which knows nothing of reports
        for (const n of [1, 2, 3])
          await tx.run(
            `INSERT INTO attachment (envelope, n, content_id, name, content_type, sha256, octets, spans)
             VALUES (?, ?, 'c', 'a.pdf', 'application/pdf', 's', 1, '[]')`,
            [envelope, n],
          )
      })
    })
    afterEach(async () => {
      await Promise.all(stores.map((store) => store.close()))
      await place?.drop()
    })

    const lease = (store: Store, limit = 10): Promise<LeasedAttachment[]> => {
      const now = clock.now()
      return store.transact((tx) =>
        reports.lease(tx, { now, leaseUntil: new Date(now.getTime() + 10 * MINUTE), limit }),
      )
    }
    const any = (): Store => stores[0] as Store
    const report = (verdict: string): AttachmentReport => ({ verdict }) as unknown as AttachmentReport

    it('gives each to one process only, and again when that one dies', async () => {
      expect(await reports.isDue(any().read, clock.now())).to.equal(true)
      const claimed = await Promise.all([...stores, ...stores].map((store) => lease(store, 1)))
      const given = claimed.flat().map(({ n }) => n)
      expect(new Set(given).size).to.equal(given.length)
      await lease(any())
      expect(await reports.isDue(any().read, clock.now())).to.equal(false)
      clock.set(new Date(clock.now().getTime() + 11 * MINUTE).toISOString())
      expect((await lease(any())).map(({ n, fence }) => [n, fence])).to.deep.equal([
        [1, 2],
        [2, 2],
        [3, 2],
      ])
    })

    it('lets nobody settle what he has lost, and keeps every result', async () => {
      const [first] = await lease(any(), 1)
      clock.set(new Date(clock.now().getTime() + 11 * MINUTE).toISOString())
      const [second] = (await lease(any())).filter(({ n }) => n === first?.n)
      if (first === undefined || second === undefined) throw new Error('nothing was leased')
      expect(await any().transact((tx) => reports.settle(tx, first, undefined))).to.equal(false)
      expect(await any().transact((tx) => reports.settle(tx, second, undefined))).to.equal(true)
      for (const [run, verdict] of [
        [1, 'undetermined'],
        [2, 'valid'],
      ] as const)
        await any().transact((tx) => reports.add(tx, second, { run, judgedAt: clock.now(), report: report(verdict) }))
      expect((await reports.latest(any().read, envelope, second.n))?.report.verdict).to.equal('valid')
      expect(await any().read.all('SELECT run FROM attachment_report')).to.have.length(2)
    })

    it('puts on it again what an operator chooses: by the last verdict, by document, or all', async () => {
      for (const leased of await lease(any()))
        await any().transact(async (tx) => {
          await reports.settle(tx, leased, undefined)
          const judgedAt = clock.now()
          await reports.add(tx, leased, { run: 1, judgedAt, report: report('undetermined') })
          if (leased.n === 2) await reports.add(tx, leased, { run: 2, judgedAt, report: report('valid') })
        })
      expect(await reports.isDue(any().read, clock.now())).to.equal(false)
      const again = (selection: Parameters<typeof reports.again>[1]): Promise<number> =>
        any().transact((tx) => reports.again(tx, selection))
      expect(await again({ verdict: 'undetermined' })).to.equal(2)
      expect((await lease(any())).map(({ n }) => n).sort()).to.deep.equal([1, 3])
      expect(await again({ envelope, verdict: 'valid' })).to.equal(1)
      expect(await again({ envelope: 'e2' as EnvelopeId })).to.equal(0)
      expect(await again({})).to.equal(3)
      expect(await lease(any())).to.have.length(3)
    })

    it('keeps on it what an operator chose while it was being judged: that verdict was reached without what is known now', async () => {
      const [first] = await lease(any(), 1)
      if (first === undefined) throw new Error('nothing was leased')
      expect(await any().transact((tx) => reports.again(tx, { envelope }))).to.equal(3)
      expect(await any().transact((tx) => reports.settle(tx, first, undefined))).to.equal(false)
      expect((await lease(any())).map(({ n }) => n).sort()).to.deep.equal([1, 2, 3])
    })
  })
