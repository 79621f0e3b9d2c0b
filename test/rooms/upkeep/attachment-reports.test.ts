import { join } from 'node:path'
import { expect } from 'chai'
import { limits, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import { Directory } from '../../../src/directory/index.ts'
import { type AttachedFile, type ExaminedFile, examineFile, unexamined } from '../../../src/pdf/index.ts'
import { openStore, reports, type Store } from '../../../src/store/index.ts'
import { AttachmentReports } from '../../../src/upkeep/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { openWorld, type World } from '../../support/gateways.ts'
import { letter } from '../../support/letters.ts'
import { handmade } from '../../support/pdf-tampering.ts'
import { toyTrustStore } from '../../support/pki.ts'

/** Takes all the time that it is given over a file that is called hostile, and no time over any other. */
class CountedReader {
  readonly waits: number[] = []
  readonly #clock: MovableClock

  constructor(clock: MovableClock) {
    this.#clock = clock
  }

  async examine(file: AttachedFile, limitMs = limits.pdfExamineMs): Promise<ExaminedFile> {
    if (!file.name.startsWith('hostile')) return examineFile(file)
    this.waits.push(limitMs)
    await this.#clock.advance(limitMs)
    return unexamined('time-limit')
  }

  stop(): Promise<void> {
    return Promise.resolve()
  }
}

// threat: hostile-pdf
describe('a sender of PDFs that exhaust their reader', () => {
  const HOSTILE = 20
  let world: World
  let store: Store
  let clock: MovableClock
  let reader: CountedReader
  let work: AttachmentReports

  before(async () => {
    world = openWorld()
    const [ministry, finance] = [await world.start('G02'), await world.start('G12')]
    const office = await world.start('G22')
    const pdf = (name: string) => ({ name, type: 'application/pdf', bytes: handmade() })
    const arrived = (count: number) =>
      world.until('what was sent', async () => {
        const { body } = await office.as('G22').call<{ items: unknown[] }>('GET', '/v1/inbox')
        return body.items.length === count
      })
    await ministry.as('G02').submit(
      letter(),
      Array.from({ length: HOSTILE }, (_, i) => pdf(`hostile-${i}.pdf`)),
    )
    await arrived(1)
    await finance.as('G12').submit(letter(), [pdf('honest.pdf')])
    await arrived(2)
    await office.stop()
    clock = new MovableClock(new Date(Date.now() + 3_600_000).toISOString())
    store = await openStore({ file: join(world.folder, 'g22.sqlite'), clock, log: silentLog })
    await store.transact((tx) => reports.again(tx, {}))
    reader = new CountedReader(clock)
    const [ids, directory] = [timeOrderedIds(clock), await Directory.load(store)]
    const shared = { store, clock, ids, directory, log: silentLog, examiner: reader }
    work = new AttachmentReports({ ...shared, trust: () => toyTrustStore() })
  })
  after(async () => {
    await store.close()
    await world.close()
  })

  /** How many attachments from this sender wait to be judged. */
  async function waiting(sender: string): Promise<number> {
    const row = await store.read.get<{ count: number }>(
      `SELECT count(*) AS count FROM attachment a JOIN envelope e ON e.id = a.envelope
       WHERE e.sender = ? AND a.report_due IS NOT NULL`,
      [sender],
    )
    return row?.count ?? -1
  }

  it('keeps the report of another sender waiting for one of them, however many there are', async () => {
    const began = clock.now().getTime()
    for (let passes = 0; (await waiting('G12')) > 0 && passes < HOSTILE; passes++) await work.runOnce()
    expect(await waiting('G12')).to.equal(0)
    expect(reader.waits).to.deep.equal([limits.pdfExamineMs])
    expect(clock.now().getTime() - began).to.equal(limits.pdfExamineMs)
    expect(await waiting('G02')).to.equal(HOSTILE - 1)
  })

  it('has all its files judged in the end, one by one with less time each', async () => {
    for (let passes = 0; (await waiting('G02')) > 0 && passes < 10 * HOSTILE; passes++) {
      await clock.advance(limits.pdfRestMs / 2)
      await work.runOnce()
    }
    expect(await waiting('G02')).to.equal(0)
    expect(reader.waits.slice(1)).to.deep.equal(Array.from({ length: HOSTILE - 1 }, () => limits.pdfExamineAgainMs))
    const rows = await store.read.all(
      `SELECT r.verdict FROM attachment_report r JOIN envelope e ON e.id = r.envelope WHERE e.sender = 'G02' AND r.report LIKE '%time-limit%'`,
    )
    expect(rows).to.have.length(HOSTILE)
  })

  it('is waited for as before when nothing of it exhausted its reader for long', async () => {
    await clock.advance(limits.pdfCalmMs)
    await store.transact((tx) => tx.run(`UPDATE attachment SET report_due = 0 WHERE n = 1 AND name LIKE 'hostile%'`))
    await work.runOnce()
    expect(reader.waits.at(-1)).to.equal(limits.pdfExamineMs)
  })
})
