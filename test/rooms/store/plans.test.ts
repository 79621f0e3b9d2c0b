import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { limits, silentLog, systemClock } from '../../../src/base/index.ts'
import { type EnvelopeId, findAgencyCode } from '../../../src/message/index.ts'
import {
  deliveries,
  desk,
  documents,
  envelopes,
  events,
  inbox,
  openStore,
  outbox,
  quarantine,
  repeats,
  type Sql,
  type Store,
  stages,
  statuses,
} from '../../../src/store/index.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'

const now = new Date()
const agency = findAgencyCode('G02') ?? never()
const partner = findAgencyCode('G22') ?? never()
const id = '01kabcdefghjkmnpqrstvwxyz0' as EnvelopeId
const lane = 'ordinary'
const claim = { now, leaseUntil: now, limit: 12 }
const key = { recipient: agency, sender: partner, documentId: 'D' as never, operation: 'new', contentDigest: 'x' }

/** What the gateway does for every document, or many times a minute. */
const looks: Readonly<Record<string, (sql: Sql) => Promise<unknown>>> = {
  'what is due': (sql) => outbox.anyWork(sql, now),
  'to whom something is due': (sql) => outbox.dueRecipients(sql, lane, now),
  'claiming what is due': (sql) => outbox.lease(sql, { ...claim, lane, recipient: partner }),
  'what is past its deadline': (sql) => outbox.expire(sql, now, 10),
  'whom a receipt answers': (sql) => deliveries.findByPackage(sql, agency, partner, 'x'),
  'which lanes have whole packages': (sql) => stages.completeLanes(sql, now),
  'claiming whole packages': (sql) => stages.leaseComplete(sql, { ...claim, lane }),
  'what a sender leaves unverified': (sql) => stages.unverified(sql, 'G22'),
  'abandoned stages': (sql) => stages.abandoned(sql, now, 10),
  'a sender’s late incidents': (sql) => quarantine.has(sql, agency, 'G22', 'stage-quota-exceeded', now),
  'statuses to apply': (sql) => statuses.unapplied(sql, now, limits.notifyBatch),
  'a repeat': (sql) => repeats.find(sql, key),
  'another document under an id': (sql) => repeats.conflicting(sql, key),
  'our documents under an id': (sql) => envelopes.ownDocuments(sql, agency, 'D' as never),
  'our answer to a package': (sql) => envelopes.answerTo(sql, agency, partner, 'x'),
  'claiming from the inbox': (sql) => inbox.lease(sql, { ...claim, agency, client: 'c', tokenHash: 't' }),
  'the inbox': (sql) => inbox.list(sql, { agencies: [agency], limit: 50 }),
  'what waits in the inbox': (sql) => inbox.list(sql, { agencies: [agency], state: 'waiting', limit: 50 }),
  'the newest documents': (sql) => documents.search(sql, { agencies: [agency], limit: 50 }),
  'the newest documents sent': (sql) => documents.search(sql, { agencies: [agency], direction: 'out', limit: 50 }),
  'a timeline': (sql) => events.timeline(sql, [agency], id),
}

/** What the first page of the console asks right after a start, when nothing is in memory: each row looked up is a page read. */
const views: Readonly<Record<string, (sql: Sql) => Promise<unknown>>> = {
  'what is on its way, and what failed of late': (sql) => desk.outgoingQueues(sql, [agency], now),
  'what waits to be fetched': (sql) => desk.incomingQueues(sql, [agency]),
  'failures by cause': (sql) => desk.incidentGroups(sql, failed, new Set(['code', 'partner'])),
  'failures by partner': (sql) => desk.incidentGroups(sql, failed, new Set(['partner'])),
}
const failed = { agencies: [agency], since: now }

/** Tables that grow with the documents. */
const GROWING =
  /(envelope|content|attachment|delivery|attempt|repeat_key|inbox|status|event|audit|submission|stage|quarantine)\b/

describe('the looks of the store', () => {
  describe('on SQLite', () => {
    let folder: string
    let store: Store
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'plans-'))
      store = await openStore({ file: join(folder, 'store.db'), clock: systemClock, log: silentLog })
    })
    after(async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    })

    for (const [what, look] of Object.entries(looks))
      it(`${what}: nothing that ended is walked over`, async () => {
        const plan = await planOf(look, async (text, params) =>
          (await store.read.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, params)).map(({ detail }) => detail),
        )
        expect(
          plan.filter((step) => new RegExp(`^SCAN ${GROWING.source}(?! USING INDEX stage_whole)`).test(step)),
        ).to.deep.equal([])
        // of an agency there are millions: never all of them, when one document was asked for
        if (what === 'a timeline')
          expect(plan.filter((step) => /^SEARCH event\b/.test(step))[0]).to.include('envelope=?')
        if (what === 'what waits in the inbox') expect(plan.join()).to.include('agency=? AND state=? AND envelope>?')
        if (what === 'claiming from the inbox') expect(plan.join()).not.to.include('ORDER BY')
        if (what.startsWith('the newest')) expect(plan.filter((step) => step.includes('ORDER BY'))).to.deep.equal([])
      })
  })

  describe('of the console on SQLite', () => {
    let store: Store
    before(async () => {
      store = await openStore({ file: ':memory:', clock: systemClock, log: silentLog })
    })
    after(() => store.close())

    for (const [what, view] of Object.entries(views))
      it(`${what}: read from an index alone, in its order`, async () => {
        const plan = await planOf(view, async (text, params) =>
          (await store.read.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, params)).map(({ detail }) => detail),
        )
        const tables = plan.filter((step) => /^(SCAN|SEARCH) (d|delivery|inbox|quarantine)\b/.test(step))
        expect(tables.filter((step) => !step.includes('USING COVERING INDEX'))).to.deep.equal([])
        expect(tables).not.to.deep.equal([])
      })

    it('failures by certificate: an envelope is looked up only where an older version wrote the delivery', async () => {
      const plan = await planOf(
        (sql) => desk.incidentGroups(sql, failed, new Set(['certificate'])),
        async (text, params) =>
          (await store.read.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, params)).map(({ detail }) => detail),
      )
      expect(plan.filter((step) => /^(SCAN|SEARCH) e\b/.test(step)).every((step) => step.includes('(id=?)'))).to.equal(
        true,
      )
      expect(
        plan.filter((step) => /^(SCAN|SEARCH) d\b/.test(step)).every((step) => step.includes('COVERING')),
      ).to.equal(true)
    })
  })

  describe('on PostgreSQL', () => {
    let place: PostgresPlace
    let store: Store
    before(async () => {
      place = await postgresPlace()
      store = await openStore({ url: place.url, clock: systemClock, log: silentLog })
    })
    after(async () => {
      await store.close()
      await place.drop()
    })

    for (const [what, look] of Object.entries(looks))
      it(`${what}: found by an index`, async () => {
        const plan = await store.transact(async (tx) => {
          await tx.run('SET LOCAL enable_seqscan = off') // it would rather read a small table whole
          return planOf(look, async (text, params) =>
            (await tx.all<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, params)).map((row) => row['QUERY PLAN']),
          )
        })
        expect(plan.filter((step) => new RegExp(`Seq Scan on ${GROWING.source}`).test(step))).to.deep.equal([])
      })
  })
})

/** The plan of everything that a look asks; nothing is done. */
async function planOf(
  look: (sql: Sql) => Promise<unknown>,
  explain: (text: string, params: Parameters<Sql['all']>[1]) => Promise<string[]>,
): Promise<string[]> {
  const plan: string[] = []
  const explained = async (text: string, params: Parameters<Sql['all']>[1]): Promise<void> => {
    plan.push(...(await explain(text, params)))
  }
  await look({
    all: async (text, params) => explained(text, params).then(() => []),
    get: async (text, params) => explained(text, params).then(() => undefined),
    run: async (text, params) => explained(text, params).then(() => 0),
  })
  expect(plan).not.to.deep.equal([])
  return plan
}

function never(): never {
  throw new Error('an agency of the examples')
}
