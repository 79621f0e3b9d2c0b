import { expect } from 'chai'
import { limits, silentLog } from '../../../src/base/index.ts'
import type { EnvelopeId } from '../../../src/message/index.ts'
import type { AttachmentReport } from '../../../src/pdf/index.ts'
import { firstRound, openStore, reports, type Store, sweepEvidence, validations } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'

for (const dialect of ['SQLite', 'PostgreSQL'] as const)
  describe(`evidence on ${dialect}`, () => {
    const clock = new MovableClock()
    let place: PostgresPlace | undefined
    let store: Store

    beforeEach(async () => {
      place = dialect === 'PostgreSQL' ? await postgresPlace() : undefined
      store = await openStore({
        ...(place === undefined ? { file: ':memory:' } : { url: place.url }),
        clock,
        log: silentLog,
      })
    })
    afterEach(async () => {
      await store.close()
      await place?.drop()
    })

    const datum = (name: string) => ({ kind: 'certificate' as const, fingerprint: name, der: Uint8Array.of(1) })

    /** A package in the ledger, judged by these data, with a report on its attachment that rests on those. */
    async function exchange(name: string, data: readonly string[], reported: readonly string[] = []): Promise<void> {
      const envelope = name as EnvelopeId
      await store.transact(async (tx) => {
        await tx.run(
          `INSERT INTO envelope (id, owner, direction, state, form, operation, sender, document_id, sha256, content_digest, octets,
             parts, lane, message, signed_digests, signer, stored_at)
           VALUES (?, 'G02', 'in', 'stored', 'document', 'new', 'G22', ?, ?, 'c', 1, 1, 'ordinary', '{}', '[]', 'f', 5)`,
          [envelope, name, name],
        )
        const judged = { verdict: 'valid', revocation: 'good', reasons: [] } as const
        const at = clock.now()
        await validations.add(tx, { envelope, at, judgedAt: at, ...judged, data: data.map(datum) }, new Set())
        const report = { verdict: 'valid' } as unknown as AttachmentReport
        await reports.add(tx, { envelope, n: 1 }, { run: 1, judgedAt: at, report }, reported.map(datum))
      })
    }

    const gone = (...names: string[]): Promise<unknown> =>
      store.transact((tx) => Promise.all(names.map((name) => tx.run('DELETE FROM envelope WHERE id = ?', [name]))))

    /** A whole round. @returns how many steps it took */
    async function sweep(): Promise<number> {
      let round = firstRound
      for (let steps = 1; ; steps++) {
        const { next } = await store.transact((tx) => sweepEvidence(tx, round))
        if (Object.values(next).every((key) => key === '')) return steps
        round = next
      }
    }

    const rows = async (table: string, column: string): Promise<string[]> =>
      (await store.read.all<{ key: string }>(`SELECT DISTINCT ${column} AS key FROM ${table} ORDER BY 1`)).map(
        ({ key }) => key,
      )

    it('stays as long as the ledger has its envelope, also when the bytes were destroyed', async () => {
      await exchange('a', ['ca', 'leaf'], ['ca', 'crl'])
      await store.transact((tx) => tx.run(`UPDATE envelope SET state = 'destroyed'`))
      await sweep()
      expect(await rows('validation_datum', 'fingerprint')).to.deep.equal(['ca', 'crl', 'leaf'])
      expect(await rows('attachment_report', 'envelope')).to.deep.equal(['a'])
      expect((await validations.find(store.read, 'a' as EnvelopeId))?.data).to.have.length(2)
    })

    it('goes with it, but for what another exchange rests on', async () => {
      await exchange('a', ['ca', 'leaf-a'], ['ca', 'crl-a'])
      await exchange('b', ['ca', 'leaf-b'], ['crl-b'])
      await gone('a')
      await sweep()
      expect(await rows('validation_datum', 'fingerprint')).to.deep.equal(['ca', 'crl-b', 'leaf-b'])
      for (const table of ['validation', 'validation_part', 'attachment_report', 'attachment_report_part'])
        expect(await rows(table, 'envelope'), table).to.deep.equal(['b'])
      await gone('b')
      await sweep()
      expect(await rows('validation_datum', 'fingerprint')).to.deep.equal([])
    })

    it('stays whole while a report of an earlier version is there, which does not say what it rests on', async () => {
      await exchange('a', ['ca', 'leaf'])
      await exchange('b', ['ca'])
      await store.transact((tx) =>
        tx.run(
          `INSERT INTO attachment_report (envelope, n, run, judged_at, verdict, report) VALUES ('a', 2, 1, 5, 'valid', '{}')`,
        ),
      )
      await store.transact((tx) => validations.keep(tx, [datum('crl')]))
      await sweep()
      expect(await rows('validation_datum', 'fingerprint')).to.deep.equal(['ca', 'crl', 'leaf'])
      await gone('a')
      await sweep()
      expect(await rows('validation_datum', 'fingerprint')).to.deep.equal(['ca'])
    })

    it('is looked through in bounded steps, of which each goes on where the last one ended', async () => {
      const name = (i: number): string => `e${String(i).padStart(5, '0')}`
      const count = limits.evidenceRows + 1
      await store.transact(async (tx) => {
        for (let i = 0; i < count; i++) {
          const at = clock.now()
          const judged = { at, judgedAt: at, verdict: 'valid', revocation: 'good', reasons: [] } as const
          await validations.add(tx, { envelope: name(i) as EnvelopeId, ...judged, data: [datum('one')] }, new Set())
        }
      })
      await exchange(name(count), ['one'])
      const { removed, next } = await store.transact((tx) => sweepEvidence(tx, firstRound))
      expect(removed).to.equal(2 * limits.evidenceRows)
      expect(next.validation).to.equal(name(limits.evidenceRows - 1))
      expect(await sweep()).to.equal(1)
      expect(await rows('validation', 'envelope')).to.deep.equal([name(count)])
    })
  })

it('evidence that one process is about to rest something on is swept by no other, on PostgreSQL', async () => {
  const place = await postgresPlace()
  const open = () => openStore({ url: place.url, clock: new MovableClock(), log: silentLog })
  const [one, two] = await Promise.all([open(), open()])
  const ca = { kind: 'certificate' as const, fingerprint: 'ca', der: Uint8Array.of(1) }
  await one.transact((tx) => validations.keep(tx, [ca]))
  await one.transact(async (tx) => {
    await validations.keep(tx, [ca])
    expect(await two.transact((other) => sweepEvidence(other, firstRound))).to.include({ removed: 0 })
    await tx.run(`INSERT INTO attachment_report_part (envelope, n, run, fingerprint) VALUES ('a', 1, 1, 'ca')`)
  })
  await Promise.all([one.close(), two.close()])
  await place.drop()
})
