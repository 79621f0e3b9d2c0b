import { expect } from 'chai'
import { silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import type { AgencyCode, DocumentId, EnvelopeId, StatusMessage } from '../../../src/message/index.ts'
import {
  audit,
  content,
  deliveries,
  envelopes,
  events,
  inbox,
  type LeasedDelivery,
  openStore,
  outbox,
  type PackageClaim,
  partners,
  quarantine,
  type Sql,
  type SqlValue,
  type Stage,
  type Store,
  sequenceAudit,
  sequenceEvents,
  stages,
  statuses,
  verifyAudit,
} from '../../../src/store/index.ts'

import { MovableClock } from '../../support/clock.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'

const G02 = 'G02' as AgencyCode
const G22 = 'G22' as AgencyCode
const MINUTE = 60_000

/** Two processes, as far as the database can tell: each has its own connections. */
describe('two gateways on one PostgreSQL', () => {
  const clock = new MovableClock()
  const ids = timeOrderedIds(clock)
  let place: PostgresPlace
  let one: Store
  let two: Store

  before(async () => {
    place = await postgresPlace()
    // both at once: the schema is made once
    ;[one, two] = await Promise.all([open(), open()])
  })
  after(async () => {
    await Promise.all([one.close(), two.close()])
    await place.drop()
  })

  const open = (): Promise<Store> => openStore({ url: place.url, clock, log: silentLog })
  const at = (ms: number): Date => new Date(clock.now().getTime() + ms)

  async function addEnvelope(tx: Sql): Promise<EnvelopeId> {
    const id = ids.next() as EnvelopeId
    const message = { form: 'status' } as unknown as StatusMessage
    await envelopes.add(tx, {
      id,
      owner: G02,
      direction: 'out',
      operation: 'new',
      sender: G02,
      documentId: id as string as DocumentId,
      sha256: id,
      contentDigest: id,
      octets: 1,
      parts: 1,
      lane: 'ordinary',
      message,
      references: [],
      signer: '',
      signingTime: undefined,
      storedAt: clock.now(),
      attachments: [],
    })
    return id
  }

  const addDeliveries = (count: number): Promise<string[]> =>
    one.transact(async (tx) => {
      const made: string[] = []
      for (let i = 0; i < count; i++) {
        const envelope = await addEnvelope(tx)
        const id = ids.next()
        made.push(id)
        const now = clock.now()
        await deliveries.add(tx, {
          id,
          envelope,
          owner: G02,
          recipient: G22,
          kind: 'document',
          lane: 'ordinary',
          acceptedAt: now,
          deadlineAt: at(600 * MINUTE),
        })
      }
      return made
    })

  const claim = (tx: Sql, limit: number): Promise<LeasedDelivery[]> =>
    outbox.lease(tx, { lane: 'ordinary', recipient: G22, now: clock.now(), leaseUntil: at(5 * MINUTE), limit })

  it('share the outbox: what one is claiming the other passes over, and waits for nothing', async () => {
    const made = await addDeliveries(40)
    const claimed = await one.transact(async (tx) => {
      const mine = await claim(tx, 15)
      const theirs = await two.transact((other) => claim(other, 15)) // while ours is not committed yet
      return [mine, theirs]
    })
    const [mine, theirs] = claimed.map((those) => those.map(({ id }) => id))
    expect([mine?.length, theirs?.length]).to.deep.equal([15, 15])
    const rest = await two.transact((tx) => claim(tx, 100))
    expect([...(mine ?? []), ...(theirs ?? []), ...rest.map(({ id }) => id)].sort()).to.deep.equal(made)
  })

  it('never claim one delivery twice, however many ask at once', async () => {
    await clock.advance(10 * MINUTE)
    const rounds = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? one : two).transact((tx) => claim(tx, 3)))
    const claimed = (await Promise.all(rounds)).flat().map(({ id }) => id)
    expect(claimed.length).to.be.greaterThan(30)
    expect(new Set(claimed).size).to.equal(claimed.length)
    for (const those of await Promise.all(rounds)) expect(those.length).to.be.lessThanOrEqual(3)
  })

  it('take over a claim that was abandoned, and then the first holder changes nothing', async () => {
    await clock.advance(10 * MINUTE)
    const [stale] = await one.transact((tx) => claim(tx, 1))
    if (stale === undefined) throw new Error('nothing was claimed')
    await clock.advance(6 * MINUTE)
    const taken = (await two.transact((tx) => claim(tx, 100))).find(({ id }) => id === stale.id)
    expect(taken?.fence).to.equal(stale.fence + 1)
    const sent = { at: clock.now(), nextAttemptAt: undefined, signer: 'x' }
    expect(await one.transact((tx) => outbox.markSent(tx, stale, sent))).to.equal(false)
    const row = () => one.read.get('SELECT state, fence FROM delivery WHERE id = ?', [stale.id])
    expect(await row()).to.deep.equal({ state: 'accepted', fence: taken?.fence })
    if (taken !== undefined) await two.transact((tx) => outbox.markSent(tx, taken, sent))
    expect(await row()).to.deep.equal({ state: 'sent', fence: taken?.fence })
  })

  it('hand out each document of the inbox once, and a lapsed lease to the next who asks', async () => {
    const made = await one.transact(async (tx) => {
      const entries: EnvelopeId[] = []
      for (let i = 0; i < 30; i++) {
        const id = await addEnvelope(tx)
        entries.push(id)
        await inbox.add(tx, { id, agency: G22, urgent: i % 3 === 0, warnings: [], arrivedAt: clock.now() })
      }
      return entries
    })
    const lease = (store: Store, tokenHash: string): Promise<EnvelopeId[]> =>
      store.transact((tx) =>
        inbox.lease(tx, { agency: G22, client: 'c', tokenHash, now: clock.now(), leaseUntil: at(MINUTE), limit: 4 }),
      )
    const leased = (
      await Promise.all(Array.from({ length: 10 }, (_, i) => lease(i % 2 === 0 ? one : two, `token ${i}`)))
    ).flat()
    expect(new Set(leased).size).to.equal(leased.length)
    const rest = await lease(one, 'rest')
    expect([...leased, ...rest, ...(await lease(two, 'more'))].sort()).to.include.members(leased)
    const [first] = made
    if (first === undefined) throw new Error('nothing was made')
    await clock.advance(2 * MINUTE)
    expect(await lease(two, 'later')).to.include(first)
    expect(await one.transact((tx) => inbox.confirm(tx, G22, first, 'token 0', clock.now()))).to.equal(false)
    expect(await one.transact((tx) => inbox.confirm(tx, G22, first, 'later', clock.now()))).to.equal(true)
  })

  it('hear of one confirmation that is told twice at once: both are told that it is confirmed', async () => {
    const id = await one.transact(async (tx) => {
      const made = await addEnvelope(tx)
      await inbox.add(tx, { id: made, agency: G02, urgent: false, warnings: [], arrivedAt: clock.now() })
      return made
    })
    await one.transact((tx) =>
      inbox.lease(tx, { agency: G02, client: 'c', tokenHash: 't', now: clock.now(), leaseUntil: at(MINUTE), limit: 1 }),
    )
    const confirm = (store: Store): Promise<string> =>
      store.transact(async (tx) => {
        const entry = await inbox.held(tx, G02, id)
        if (entry?.state === 'confirmed') return 'already'
        return (await inbox.confirm(tx, G02, id, 't', clock.now())) ? 'now' : 'lost'
      })
    const answers = await Promise.all([one, two, one, two].map(confirm))
    expect(answers.sort()).to.deep.equal(['already', 'already', 'already', 'now'])
  })

  describe('the parts of one package', () => {
    const claimOf = (messageId: string, parts: number): PackageClaim => ({
      agency: G22,
      brokerUser: 'G02',
      messageId,
      sender: G02,
      type: 'edoc',
      lane: 'ordinary',
      documentId: messageId,
      parts,
      envelopeSha256: messageId,
    })
    const put = (store: Store, messageId: string, part: number, parts: number): Promise<number | undefined> =>
      store.transact(async (tx) => {
        const stage = await stages.open(tx, ids.next() as EnvelopeId, claimOf(messageId, parts), clock.now())
        if (!(await content.add(tx, stage.id, part, Buffer.alloc(1000, part)))) return undefined
        return stages.grew(tx, stage.id, 1000)
      })

    it('are counted once each, by several consumers at once and delivered twice', async () => {
      const parts = Array.from({ length: 25 }, (_, part) => [part, part]).flat()
      const counts = await Promise.all(parts.map((part, i) => put(i % 2 === 0 ? one : two, 'counted', part, 25)))
      const counted = counts.filter((count) => count !== undefined)
      expect(counted.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 25 }, (_, i) => i + 1))
      const now = clock.now()
      const whole = (store: Store) =>
        store.transact((tx) => stages.leaseComplete(tx, { lane: 'ordinary', now, leaseUntil: at(MINUTE), limit: 5 }))
      const leased = (await Promise.all([one, two, one].map(whole))).flat()
      expect(leased.map(({ messageId, received }) => ({ messageId, received }))).to.deep.equal([
        { messageId: 'counted', received: 25 },
      ])
    })

    it('leave nothing behind when the package is ended while one of them is being put there', async () => {
      await put(one, 'ended', 0, 3)
      const [stage] = await one.read.all<{ id: EnvelopeId; fence: number }>(
        `SELECT id, fence FROM stage WHERE message_id = 'ended'`,
      )
      if (stage === undefined) throw new Error('no stage')
      const opened = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const late = one.transact(async (tx) => {
        const mine = await stages.open(tx, ids.next() as EnvelopeId, claimOf('ended', 3), clock.now())
        opened.resolve()
        await goOn.promise
        if (await content.add(tx, mine.id, 1, Buffer.alloc(10))) await stages.grew(tx, mine.id, 10)
      })
      await opened.promise
      const ending = two.transact(async (tx) => {
        const closed = await stages.close(tx, { ...stage } as Stage)
        await content.remove(tx, stage.id)
        return closed
      })
      await one.read.get('SELECT pg_sleep(0.1) AS slept')
      goOn.resolve()
      await late
      expect(await ending).to.equal(true)
      expect(await one.read.all('SELECT seq FROM content WHERE envelope = ?', [stage.id])).to.deep.equal([])
    })

    it('do not count once the package was refused, until it gets a new hearing', async () => {
      await put(one, 'refused', 0, 3)
      const opened = Promise.withResolvers<void>()
      const refused = Promise.withResolvers<void>()
      const counting = one.transact(async (tx) => {
        const stage = await stages.open(tx, ids.next() as EnvelopeId, claimOf('refused', 3), clock.now())
        opened.resolve()
        await refused.promise
        const early = await stages.grew(tx, stage.id, 1)
        await stages.reopen(tx, stage.id, clock.now())
        return [stage.refused, early, await stages.grew(tx, stage.id, 1)]
      })
      await opened.promise
      const [stage] = await two.read.all<{ id: EnvelopeId }>(`SELECT id FROM stage WHERE message_id = 'refused'`)
      await two.transact((tx) => stages.markRefused(tx, stage?.id ?? ('' as EnvelopeId), 1))
      refused.resolve()
      expect(await counting).to.deep.equal([false, undefined, 1])
    })

    it('that are all there are judged together: then no verdict on the first of them takes the others away', async () => {
      for (const part of [0, 1, 2]) await put(one, 'whole', part, 3)
      const [stage] = await two.transact((tx) =>
        stages.leaseComplete(tx, { lane: 'ordinary', now: clock.now(), leaseUntil: at(MINUTE), limit: 5 }),
      )
      if (stage === undefined) throw new Error('nothing was leased')
      expect(
        await one.transact((tx) => stages.markRefused(tx, stage.id, 1)),
        'by whom the first part came last',
      ).to.equal(false)
      expect(await two.transact((tx) => stages.close(tx, stage))).to.equal(true)
    })

    it('that were quarantined are judged again by one, and not once more when that is done', async () => {
      const claim = claimOf('quarantined', 1)
      const kept = ids.next() as EnvelopeId
      const quarantined = await one.transact(async (tx) => {
        await content.add(tx, kept, 0, Buffer.alloc(10))
        const said = { kind: 'package', type: 'edoc', lane: 'ordinary', parts: 1, firstAt: 0 } as const
        const item = {
          at: at(0),
          agency: G22,
          code: 'certificate-untrusted',
          message: '',
          headers: {},
          octets: 10,
        } as const
        return quarantine.add(tx, ids, { ...item, claim: said, content: kept })
      })
      await one.transact((tx) => quarantine.askRedrive(tx, quarantined, clock.now()))
      const again = (store: Store): Promise<boolean> =>
        store.transact((tx) => stages.openAgain(tx, kept, claim, { octets: 10, firstAt: at(0), quarantined }))
      const seen = await two.read.all('SELECT id FROM quarantine WHERE state = ?', ['redriving']) // both look at the list
      expect(seen).to.have.length(1)
      expect(await again(one)).to.equal(true)
      const lease = (store: Store): Promise<Stage[]> =>
        store.transact((tx) =>
          stages.leaseComplete(tx, { lane: 'ordinary', now: clock.now(), leaseUntil: at(MINUTE), limit: 5 }),
        )
      const [stage] = await lease(one)
      if (stage === undefined) throw new Error('nothing was leased')
      const deleted = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const judged = one.transact(async (tx) => {
        await stages.close(tx, stage)
        deleted.resolve()
        await goOn.promise
        await quarantine.settle(tx, quarantined, clock.now())
      })
      await deleted.promise
      const late = again(two)
      await one.read.get('SELECT pg_sleep(0.1) AS slept')
      goOn.resolve()
      await judged
      expect(await late, 'what was being judged').to.equal(false)
      expect(await again(two), 'what was judged').to.equal(false)
      expect(await lease(two)).to.deep.equal([])
      const failure = { code: 'part-mismatch', message: '', at: at(0), destroyed: false } as const
      await two.transact((tx) => quarantine.keepAgain(tx, quarantined, failure))
      await two.transact((tx) => quarantine.settle(tx, quarantined, clock.now()))
      const row = 'SELECT state, redrives, code FROM quarantine WHERE id = ?'
      expect(await two.read.get(row, [quarantined])).to.deep.equal({
        state: 'redriven',
        redrives: 1,
        code: 'certificate-untrusted',
      })
    })

    it('that are all there are freed by nobody, nor twice when they are not', async () => {
      await put(one, 'late', 0, 2)
      await put(one, 'half', 0, 2)
      const before = at(1)
      const found = await one.read.all<{ id: EnvelopeId; message_id: string }>(
        `SELECT id, message_id FROM stage WHERE message_id IN ('late', 'half')`,
      )
      const idOf = (messageId: string): EnvelopeId =>
        found.find((row) => row.message_id === messageId)?.id ?? ('' as EnvelopeId)
      await put(two, 'late', 1, 2) // after the sweep looked, the last part came
      const free = (store: Store, messageId: string): Promise<boolean> =>
        store.transact((tx) => stages.closeAbandoned(tx, idOf(messageId), before))
      expect(await Promise.all([free(one, 'late'), free(two, 'late')])).to.deep.equal([false, false])
      expect((await Promise.all([free(one, 'half'), free(two, 'half')])).sort()).to.deep.equal([false, true])
    })

    it('that come while an earlier stage is being closed begin a new one', async () => {
      await put(one, 'closing', 0, 2)
      const [stage] = await one.read.all<{ id: EnvelopeId; fence: number }>(
        `SELECT id, fence FROM stage WHERE message_id = 'closing'`,
      )
      let closed: Promise<unknown> | undefined
      const received = await one.transact(async (tx) => {
        /** Between the two statements of `open`, the other gateway closes what the first has found. */
        const interrupted: Sql = {
          ...tx,
          get: async <T>(text: string, params?: readonly SqlValue[]) => {
            closed ??= two.transact((other) => stages.close(other, { ...stage } as Stage))
            await closed
            return tx.get<T>(text, params)
          },
        }
        const mine = await stages.open(interrupted, ids.next() as EnvelopeId, claimOf('closing', 2), clock.now())
        expect(mine.id).not.to.equal(stage?.id)
        return mine.received
      })
      expect([received, await closed]).to.deep.equal([0, true])
    })
  })

  it('apply a status once, and neither waits for the other', async () => {
    const envelope = await one.transact(async (tx) => {
      const id = await addEnvelope(tx)
      await statuses.add(tx, {
        envelope: id,
        agency: G02,
        direction: 'in',
        counterpart: G22,
        documentId: 'x' as DocumentId,
        code: '03',
        reportedAt: '2026/11/23 09:00:00',
        recordedAt: clock.now(),
        applied: false,
      })
      return id
    })
    const outcome = await one.transact(async (tx) => {
      const mine = await statuses.take(tx, envelope)
      const theirs = await two.transact((other) => statuses.take(other, envelope))
      await statuses.markApplied(tx, envelope, { at: clock.now(), outcome: 'matched' })
      return [mine, theirs]
    })
    expect(outcome).to.deep.equal([true, false])
    expect(await two.transact((tx) => statuses.take(tx, envelope))).to.equal(false)
  })

  it('open the circuit of a recipient once, let one probe through between them, and close it once', async () => {
    const G12 = 'G12' as AgencyCode
    const teller = { owner: G02, actor: 'gateway', ids, clock }
    const failure = { code: 'broker-full', threshold: 5, probeWaitMs: () => MINUTE, calmMs: MINUTE } as const
    const stores = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? one : two))
    const each = (work: (tx: Sql) => Promise<boolean>): Promise<boolean[]> =>
      Promise.all(stores.map((store) => store.transact(work)))
    const opened = await each((tx) => partners.failed(tx, G12, failure, teller))
    expect(opened.filter(Boolean)).to.have.length(1)
    await one.transact(async (tx) => {
      const envelope = await addEnvelope(tx)
      const delivery = {
        id: ids.next(),
        envelope,
        owner: G02,
        recipient: G12,
        kind: 'document',
        lane: 'ordinary',
      } as const
      await deliveries.add(tx, { ...delivery, acceptedAt: clock.now(), deadlineAt: at(600 * MINUTE) })
    })
    await clock.advance(2 * MINUTE)
    const [partner] = await one.read.all<{ probes: number }>(`SELECT probes FROM partner WHERE agency = 'G12'`)
    const probe = { lane: 'ordinary', at: clock.now(), nextAt: at(MINUTE) } as const
    const taken = await each((tx) => partners.takeProbe(tx, { agency: G12, probes: partner?.probes ?? -1 }, probe))
    expect(taken.filter(Boolean)).to.have.length(1)
    const closed = await each((tx) => partners.close(tx, G12, teller))
    expect(closed.filter(Boolean)).to.have.length(1)
    const told = await two.read.all<{ type: string }>(`SELECT type FROM event WHERE counterpart = 'G12' ORDER BY id`)
    expect(told.map(({ type }) => type)).to.deep.equal(['circuit-opened', 'circuit-closed'])
    for (const table of ['event', 'audit']) await one.transact((tx) => tx.run(`DELETE FROM ${table}`))
  })

  it('number events and chain the audit without gap, fork or double while both write and both number', async () => {
    const tell = (store: Store, n: number): Promise<void> =>
      store.transact(async (tx) => {
        await Promise.all([
          events.add(tx, ids, { agency: G02, type: 'document-accepted', at: clock.now(), data: { n } }),
          audit.record(tx, { actor: 'test', action: 'told', subject: String(n) }, ids, clock),
        ])
      })
    const stores = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? one : two))
    // one holder name for both: the turn itself is shared, so only the row keeps them apart
    const numbering = stores.map((store) => Promise.all([sequenceEvents(store), sequenceAudit(store)]))
    await Promise.all([...stores.map(tell), ...numbering])
    await Promise.all([sequenceEvents(one), sequenceAudit(two)])
    const seqs = await one.read.all<{ seq: number }>('SELECT seq FROM event ORDER BY seq')
    expect(seqs.map(({ seq }) => seq)).to.deep.equal(Array.from({ length: 60 }, (_, i) => i + 1))
    expect((await verifyAudit(two, [])).rows).to.equal(60)
  })
})
