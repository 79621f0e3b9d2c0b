import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { codeOf, type FailureCode, limits, timeOrderedIds } from '../../src/base/index.ts'
import { enterAgencies, parseDirectory } from '../../src/directory/index.ts'
import type { AgencyCode, EnvelopeId } from '../../src/message/index.ts'
import type { CommandRecord, Instruction, Order, Repairs } from '../../src/repair/index.ts'
import { partners } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { numbered, textFile } from '../support/letters.ts'
import { hours, later, minutes } from '../support/moving-on.ts'
import { type Arrived, Partner, tampered } from '../support/partner.ts'
import { type Fresh, issue, toyFile } from '../support/pki.ts'
import { type PostgresPlace, postgresPlace } from '../support/postgres.ts'
import type { DocumentView, RestClient } from '../support/rest-client.ts'

const G02 = 'G02' as AgencyCode
const G12 = 'G12' as AgencyCode
const G22 = 'G22' as AgencyCode

// threat: careless-operator
for (const database of ['SQLite', 'PostgreSQL'] as const)
  describe(`an operator repairs, on ${database}`, () => {
    let places: Map<string, PostgresPlace>
    let clock: MovableClock
    let world: World
    let house: TestGateway
    let ministry: RestClient
    let partner: Partner
    let repair: Repairs
    beforeEach(async () => {
      clock = new MovableClock()
      places = new Map()
      const delivery = { receiptWaitSeconds: 60, deadlines: { ordinaryMinutes: 24 * 60 } }
      if (database === 'PostgreSQL') places.set('G02', await postgresPlace())
      const url = places.get('G02')?.url
      world = openWorld({ clock, delivery, ...(url !== undefined && { database: () => url }) })
      house = await world.start(G02)
      ministry = house.as(G02)
      partner = await Partner.open(world, G22)
      repair = house.gateway.repair
    })
    afterEach(async () => {
      await partner.close()
      await world.close()
      for (const place of places.values()) await place.drop()
    })

    describe('a delivery', () => {
      it('that expired is sent again under the same id with a new deadline, and received', async () => {
        const id = await handOver(1)
        await later(world, clock, hours(25))
        await inState(id, 'expired')
        const before = sendings()
        const order: Order = { command: 'resend', deliveries: { filter: { envelope: id } } }
        expect(await repair.preview(order)).to.deep.include({ total: 1, changes: 1, leftOut: [] })
        await inState(id, 'expired')
        const done = await repair.give(order, instruction())
        expect(done).to.include({ state: 'done', total: 1, seen: 1, changes: 1 })
        await world.until('it again', async () => sendings() > before)
        const [came] = partner.arrived()
        if (came !== undefined) await partner.put(await partner.answer('01', came), G02)
        const view = await inState(id, 'received')
        expect(typesOf(view)).to.include.members(['document-expired', 'document-resent', 'receipt-verified'])
        expect(await audited('delivery-resent')).to.deep.equal([
          { actor: 'operator:an', detail: { reason: 'đối tác đã hoạt động lại', from: 'expired', recipient: 'G22' } },
        ])
      })

      it('is changed once by one command, given twice, at once, and by two gateways', async () => {
        const id = await handOver(1)
        await later(world, clock, hours(25))
        await inState(id, 'expired')
        const other = database === 'PostgreSQL' ? (await world.start(G02)).gateway.repair : repair
        const order: Order = { command: 'resend', deliveries: { filter: { envelope: id } } }
        const by = instruction()
        const answers = await Promise.all([repair, other, repair, other].map((desk) => desk.give(order, by)))
        const later1 = await other.give(order, by)
        for (const answer of answers) expect(answer).to.deep.equal(later1)
        expect(await audited('delivery-resent')).to.have.length(1)
        // another decision about the same delivery is another command, and finds it changed
        const second = await repair.give(order, instruction())
        expect(second).to.deep.include({ changes: 0, leftOut: [{ code: 'transition-not-allowed', count: 1 }] })
      })

      it('is not changed under an id that was used for something else', async () => {
        const id = await handOver(1)
        const by = instruction()
        await repair.give({ command: 'hold', deliveries: { filter: { envelope: id } } }, by)
        const other: Order = { command: 'expire', deliveries: { filter: { envelope: id } } }
        expect(await failureOf(repair.give(other, by))).to.equal('command-id-reused')
        await inState(id, 'held')
      })

      it('that is held is not sent, has a deadline of its own, and goes on with the time that was left', async () => {
        world.axis.outage(true)
        const id = await handOver(1)
        const filter = { envelope: id }
        await repair.give({ command: 'hold', deliveries: { filter } }, instruction())
        world.axis.outage(false)
        await later(world, clock, hours(30)) // past its first deadline
        await inState(id, 'held')
        expect(partner.came).to.deep.equal([])
        await repair.give({ command: 'release', deliveries: { filter } }, instruction())
        await world.until('it at the partner', async () => partner.arrived()[0])
        await later(world, clock, hours(25))
        expect(typesOf(await inState(id, 'expired')).filter((type) => !type.startsWith('circuit'))).to.include.members([
          'document-held',
          'document-released',
          'document-expired',
        ])
        const second = await handOver(2)
        const until = new Date(clock.now().getTime() + hours(1))
        await repair.give({ command: 'hold', deliveries: { filter: { envelope: second } }, until }, instruction())
        await later(world, clock, hours(2))
        await inState(second, 'expired')
      })

      it('is ended by an operator before its deadline, and a late receipt is welcome still', async () => {
        const id = await handOver(1)
        const came = await world.until('it at the partner', async () => partner.arrived()[0])
        await inState(id, 'sent')
        await repair.give({ command: 'expire', deliveries: { filter: { envelope: id } } }, instruction())
        expect((await inState(id, 'expired')).deliveries?.[0]?.lastError).to.equal('expired-by-operator')
        await partner.put(await partner.answer('01', came), G02)
        await inState(id, 'received')
      })

      it('that was refused, sent again and refused again for the same reason stands as refused again', async () => {
        const id = await handOver(1)
        const came = await world.until('it at the partner', async () => partner.arrived()[0])
        const refusal = await partner.answer('02', came)
        await partner.put(refusal, G02)
        await inState(id, 'rejected')
        const order: Order = { command: 'resend', deliveries: { filter: { code: 'schema-violation', recipient: G22 } } }
        await repair.give(order, instruction())
        await world.until('it again', async () => partner.arrived()[1])
        await inState(id, 'sent')
        await partner.put({ ...refusal, messageId: `${refusal.messageId}-again` }, G02)
        await inState(id, 'rejected')
        await repair.give(order, instruction())
        const third = await world.until('it once more', async () => partner.arrived()[2])
        await partner.put(await partner.answer('01', third), G02)
        await inState(id, 'received')
      })

      it('is left out where a resend would be in vain, and it says why', async () => {
        const id = await handOver(1)
        const order: Order = { command: 'resend', deliveries: { filter: { envelope: id } } }
        const whyNot = async (): Promise<string | undefined> => (await repair.preview(order)).items[0]?.leftOut
        expect(await whyNot()).to.equal('transition-not-allowed')
        await later(world, clock, hours(25))
        await inState(id, 'expired')
        expect(await whyNot()).to.equal(undefined)
        clock.set('2026-12-23T02:00:00Z')
        expect(await whyNot()).to.equal('signing-time-out-of-bounds')
        clock.set('2026-11-25T02:00:00Z')
        await run(`UPDATE certificate SET not_after = ? WHERE agency = 'G02'`, [clock.now().getTime() + 1000])
        expect(await whyNot()).to.equal('key-expires-too-soon')
        await run(`UPDATE envelope SET state = 'destroyed' WHERE id = ?`, [id])
        expect(await whyNot()).to.equal('content-gone')
      })

      it('of another agency is not there for whoever may not act for it', async () => {
        const id = await handOver(1)
        const [row] = await all<{ id: string }>('SELECT id FROM delivery WHERE envelope = ?', [id])
        const order: Order = { command: 'hold', deliveries: { ids: [row?.id ?? ''] } }
        const done = await repair.give(order, { ...instruction(), scope: [G12] })
        expect(done.items).to.deep.include.members([
          { id: row?.id, leftOut: 'not-found', detail: 'there is nothing with this id' },
        ])
        expect(await repair.give(order, { ...instruction(), scope: [G02] })).to.include({ changes: 1 })
      })
    })

    it('a large group is worked through in batches, each delivery once, though its gateway stops in between', async () => {
      const count = limits.commandBatch + 30
      const ids = await Promise.all(Array.from({ length: count }, (_, n) => handOver(n + 1)))
      await world.until('all sent', async () => (await countIn('sent')) === count)
      const order: Order = { command: 'expire', deliveries: { filter: { recipient: G22, state: 'sent' } } }
      expect(await repair.preview(order)).to.include({ total: count, changes: count })
      const by = instruction()
      const begun = await repair.give(order, by)
      expect(begun).to.include({ total: count, state: 'running', seen: limits.commandBatch })
      await house.restart()
      repair = house.gateway.repair
      const done = await finished(by.commandId)
      expect(done).to.include({ seen: count, changes: count })
      expect(done.items).to.have.length(limits.commandSamples)
      expect(await audited('delivery-expired')).to.have.length(count)
      for (const id of ids.slice(0, 3)) await inState(id, 'expired')
      expect((await repair.recent(5)).map(({ id }) => id)).to.deep.equal([by.commandId])
    })

    describe('what is in quarantine', () => {
      it('is judged again when its certificate was entered: it reaches the inbox and gets its receipt', async () => {
        const fresh = await issue({ subject: { organizationIdentifier: 'G22' } as never })
        const made = await partner.document('ký bằng chứng thư mới', toMinistry, { signer: fresh.signer() })
        await partner.put(made, G02)
        await world.until('the refusal', async () => partner.answers('02')[0])
        const item = await kept()
        const order: Order = { command: 'redrive', quarantined: { filter: { sender: G22 } } }
        // without the certificate it fails again, and stays
        await repair.give(order, instruction())
        await world.until('it kept again', async () => {
          const [row] = await all<{ state: string; redrives: number }>('SELECT state, redrives FROM quarantine')
          return row?.state === 'kept' && row.redrives === 1
        })
        await enterCertificate(fresh)
        const by = instruction()
        const answers = await Promise.all([repair.give(order, by), repair.give(order, by)])
        expect(answers[0]).to.deep.equal(answers[1])
        expect(answers[0]).to.include({ changes: 1 })
        await world.until('the receipt', async () => partner.answers('01')[0])
        const inbox = await ministry.call<{ items: { id: string }[] }>('GET', '/v1/inbox')
        expect(inbox.body.items).to.have.length(1)
        expect(await all('SELECT id, state, content FROM quarantine')).to.deep.equal([
          { id: item, state: 'redriven', content: null },
        ])
        expect(partner.answers('02'), 'nobody is refused twice').to.have.length(1)
      })

      it('and came from a user who was not entitled is taken once the directory entitles him', async () => {
        const made = await partner.document('qua tài khoản chung', toMinistry)
        const shared = world.axis.connect({ user: 'shared', agencies: [G22] })
        await partner.put(made, G02, { through: shared })
        await world.until('it in quarantine', async () => (await countQuarantined('kept')) === made.parts.length)
        await enterBrokerUser('shared')
        await repair.give(
          { command: 'redrive', quarantined: { filter: { code: 'sender-not-entitled' } } },
          instruction(),
        )
        await world.until('the receipt', async () => partner.answers('01')[0])
        expect(await countQuarantined('redriven')).to.equal(made.parts.length)
        await shared.close()
      })

      it('is let go by command: its bytes are gone, its trace stays, and nothing brings it back', async () => {
        await partner.put(
          tampered(await partner.document('sửa trộm', toMinistry), 'Nguyễn Văn An', 'Nguyễn Văn Em'),
          G02,
        )
        await world.until('the refusal', async () => partner.answers('02')[0])
        const ids = [await kept()]
        await repair.give({ command: 'discard', quarantined: { ids } }, instruction())
        expect(await all('SELECT bytes, content, state FROM quarantine')).to.deep.equal([
          { bytes: null, content: null, state: 'discarded' },
        ])
        const orphans = 'SELECT COUNT(*) AS n FROM content WHERE envelope NOT IN (SELECT id FROM envelope)'
        expect(await all(orphans)).to.deep.equal([{ n: 0 }])
        const again = await repair.give({ command: 'redrive', quarantined: { ids } }, instruction())
        expect(again.items[0]?.leftOut).to.equal('transition-not-allowed')
        expect(await audited('quarantine-discarded')).to.have.length(1)
      })

      it('that is only a head or contradicts itself cannot be judged again, and it says so', async () => {
        const large = await partner.document('x'.repeat(300_000), toMinistry)
        await partner.put(tampered(large, 'Nguyễn Văn An', 'Nguyễn Văn Em'), G02, { parts: [0] })
        await world.until('the refusal', async () => partner.answers('02')[0])
        const preview = await repair.preview({ command: 'redrive', quarantined: { filter: {} } })
        expect(preview).to.deep.include({ changes: 0, leftOut: [{ code: 'redrive-not-possible', count: 1 }] })
      })
    })

    describe('a partner', () => {
      it('that is paused gets nothing, not even a receipt; when it is resumed, everything at once', async () => {
        await repair.give({ command: 'pause', partner: G22 }, instruction())
        const again = await repair.give({ command: 'pause', partner: G22 }, instruction())
        expect(again.leftOut).to.deep.equal([{ code: 'transition-not-allowed', count: 1 }])
        const id = await handOver(1)
        await partner.put(await partner.document('vẫn nhận được', toMinistry), G02)
        await world.until('theirs in the inbox', async () => (await ministry.lease()).length === 1)
        await later(world, clock, minutes(20))
        expect(partner.came).to.deep.equal([])
        await repair.give({ command: 'resume', partner: G22 }, instruction())
        await world.until('both', async () => partner.answers('01').length === 1 && documents().length === 1)
        await inState(id, 'sent')
        expect(await audited('partner-paused')).to.have.length(1)
        expect(await audited('partner-resumed')).to.have.length(1)
      })

      it('whose circuit is open gets what waits at once when an operator closes it', async () => {
        const letters = await Promise.all(Array.from({ length: 20 }, (_, n) => handOver(n + 1, 'G12')))
        await world.until('the circuit open', async () => (await circuitOf(G12)) === 'open')
        await world.until('every attempt to end', async () => !(await world.busy()))
        world.axis.provision(G12)
        const order: Order = { command: 'close-circuit', partner: G12 }
        expect((await repair.preview(order)).items[0]).to.include({ from: 'circuit-open', to: 'active' })
        await repair.give(order, instruction())
        await world.until('all of it', async () => (await countIn('sent')) === letters.length)
        expect(await circuitOf(G12)).to.equal('closed')
      })

      it('that the directory does not know is not found', async () => {
        const done = await repair.give({ command: 'pause', partner: 'G77' as AgencyCode }, instruction())
        expect(done).to.deep.include({ changes: 0, leftOut: [{ code: 'not-found', count: 1 }] })
      })
    })

    it('refuses an order that nobody can carry out, or that nobody answers for', async () => {
      const hold: Order = { command: 'hold', deliveries: { filter: {} } }
      const wrong: [Order, Partial<Instruction>][] = [
        [hold, { reason: ' ' }],
        [hold, { commandId: 'short' }],
        [{ ...hold, until: new Date(clock.now().getTime() - 1) }, {}],
        [{ ...hold, command: 'resend', until: new Date(clock.now().getTime() + 1000) }, {}],
        [{ command: 'hold', deliveries: { ids: [] } }, {}],
        [{ command: 'hold', deliveries: { ids: ['a', 'a'] } }, {}],
      ]
      for (const [order, change] of wrong)
        expect(await failureOf(repair.give(order, { ...instruction(), ...change }))).to.equal('request-invalid')
      expect(await repair.recent(5)).to.deep.equal([])
    })

    const toMinistry = {
      to: [{ organId: '000.00.00.G02', organName: 'Bộ Công Thương' }],
      from: { organId: '000.00.00.G22', organName: 'Văn phòng Chính phủ' },
    }

    const instruction = (): Instruction => ({
      actor: 'operator:an',
      reason: 'đối tác đã hoạt động lại',
      commandId: randomUUID(),
    })

    async function handOver(n: number, to: string = G22): Promise<EnvelopeId> {
      const { status, body } = await ministry.submit(numbered(n, { to: [to] }), [textFile(`số ${n}`)])
      expect(status, JSON.stringify(body)).to.equal(202)
      return body.id as EnvelopeId
    }

    /** Time goes on meanwhile: a loop that was at work when time passed would not look again. */
    function inState(id: string, state: string): Promise<DocumentView> {
      return world.until(`${id} ${state}`, async () => {
        await clock.advance(100)
        const view = await ministry.document(id)
        return view.deliveries?.[0]?.state === state && view
      })
    }

    const finished = (id: string): Promise<CommandRecord> =>
      world.until('the end of the command', async () => {
        const found = await repair.find(id)
        return found?.state === 'done' && found
      })

    const all = <T>(text: string, params: string[] = []): Promise<T[]> => house.gateway.store.read.all<T>(text, params)
    const run = (text: string, params: (string | number)[]): Promise<number> =>
      house.gateway.store.transact((tx) => tx.run(text, params))

    async function countIn(state: string): Promise<number> {
      return (await all(`SELECT id FROM delivery WHERE kind = 'document' AND state = ?`, [state])).length
    }

    async function countQuarantined(state: string): Promise<number> {
      return (await all('SELECT id FROM quarantine WHERE state = ?', [state])).length
    }

    async function kept(): Promise<string> {
      const [row] = await all<{ id: string }>(`SELECT id FROM quarantine WHERE state = 'kept'`)
      return row?.id ?? ''
    }

    async function circuitOf(agency: AgencyCode): Promise<string | undefined> {
      return (await partners.list(house.gateway.store.read)).find((one) => one.agency === agency)?.circuit
    }

    async function audited(action: string): Promise<{ actor: string; detail: Record<string, unknown> }[]> {
      const rows = await all<{ actor: string; detail: string }>('SELECT actor, detail FROM audit WHERE action = ?', [
        action,
      ])
      return rows.map(({ actor, detail }) => {
        const { command, ...rest } = JSON.parse(detail) as Record<string, unknown>
        expect(command, 'which command it was').to.be.a('string')
        return { actor, detail: rest }
      })
    }

    /** How often the head of a document came. */
    const sendings = (): number =>
      partner.came.filter(({ type, headers }) => type === 'edoc' && headers['part'] === 0).length
    const documents = (): Arrived[] => partner.arrived().filter(({ type }) => type === 'edoc')
    const typesOf = (view: DocumentView): string[] => view.timeline.map(({ type }) => type)

    const failureOf = (promise: Promise<unknown>): Promise<FailureCode | 'nothing'> =>
      promise.then(
        () => 'nothing' as const,
        (error: unknown) => codeOf(error),
      )

    const office = { code: 'G22', wireCode: '000.00.00.G22', name: 'Văn phòng Chính phủ' }

    function enterCertificate(fresh: Fresh): Promise<void> {
      return enter({ ...office, certificates: [fresh.certificatePem, toyFile('g22-p256.crt')] })
    }

    function enterBrokerUser(brokerUser: string): Promise<void> {
      return enter({ ...office, certificates: [toyFile('g22-p256.crt')], brokerUser })
    }

    async function enter(agency: object): Promise<void> {
      const { store } = house.gateway
      const entries = parseDirectory(JSON.stringify([agency]), toyFile)
      await enterAgencies({ store, ids: timeOrderedIds(clock), clock }, entries, 'test')
    }
  })
