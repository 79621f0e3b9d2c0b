import { join } from 'node:path'
import { expect } from 'chai'
import { limits } from '../../src/base/index.ts'
import type { AgencyCode, DocumentMessage } from '../../src/message/index.ts'
import { verify } from '../../src/signature/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, sha256, textFile } from '../support/letters.ts'
import { documentMessage } from '../support/messages.ts'
import { hours, later, minutes, withSweeps } from '../support/moving-on.ts'
import { type Arrived, type Package, Partner, receiptFor, signedWith, tampered } from '../support/partner.ts'
import { issue, toySigner } from '../support/pki.ts'
import type { RestClient } from '../support/rest-client.ts'
import { toyTrust } from '../support/toy-signers.ts'

const G22 = 'G22'

const certs = join(import.meta.dirname, '../../certs-example')

describe('what a partner puts on the axis', () => {
  let clock: MovableClock
  let world: World
  let chancery: TestGateway
  let office: RestClient
  let partner: Partner
  beforeEach(async () => {
    clock = new MovableClock()
    world = openWorld({ clock })
    chancery = await world.start(G22)
    office = chancery.as(G22)
    partner = await Partner.open(world, 'G02')
  })
  afterEach(async () => {
    await partner.close()
    await world.close()
  })

  // threat: forged-package
  describe('a package that fails verification', () => {
    it('is answered with a signed 02 that is bound to its bytes and says why in two languages', async () => {
      const made = tampered(await partner.document('nội dung'), 'Nguyễn Văn An', 'Nguyễn Văn Em')
      await partner.put(made, G22)
      const refusal = await answer('02')
      const description = /<edXML:Description>([^<]*)</.exec(refusal.text)?.[1] ?? ''
      expect(description).to.match(/^\[digest-mismatch\] /)
      expect(description).to.include('Nội dung đã bị thay đổi sau khi ký.')
      expect(description).to.include('A signed part was changed after signing.')
      const signed = await verify(refusal.bytes, toyTrust(), clock.now())
      expect(signed.signer.agency).to.equal(G22)
      expect(signed.receipt?.envelopeSha256).to.equal(sha256(Buffer.concat(made.parts)))
      expect(await inbox()).to.deep.equal([])
    })

    it('is told in the timeline, with the sender whom the broker named; what nobody can be blamed for, without', async () => {
      const made = tampered(await partner.document('nội dung'), 'Nguyễn Văn An', 'Nguyễn Văn Em')
      await partner.put(made, G22)
      await answer('02')
      await partner.put(await partner.document('lá thư khác'), G22, { parts: [0], headers: { contractVersion: '2' } })
      await quarantined(2)
      const told = await chancery.gateway.store.read.all<{ type: string; counterpart: string | null; data: string }>(
        `SELECT type, counterpart, data FROM event WHERE type LIKE 'package-%' ORDER BY id`,
      )
      const codes = told.map(({ data, ...event }) => ({ ...event, code: (JSON.parse(data) as { code: string }).code }))
      expect(codes).to.deep.equal([
        { type: 'package-refused', counterpart: 'G02', code: 'digest-mismatch' },
        { type: 'package-quarantined', counterpart: null, code: 'contract-violation' },
      ])
    })

    it('is refused again with the same answer when it comes again', async () => {
      const made = tampered(await partner.document('nội dung'), 'Nguyễn Văn An', 'Nguyễn Văn Em')
      await partner.put(made, G22)
      await answer('02')
      await partner.put({ ...made, messageId: `${made.messageId}-again` }, G22)
      const [first, second] = await world.until('the answer again', async () => {
        const answers = partner.answers('02')
        return answers.length === 2 && answers
      })
      expect(second?.bytes).to.deep.equal(first?.bytes)
      expect(await quarantined()).to.have.length(1)
    })

    it('does not block the corrected document under the same id', async () => {
      await partner.put(tampered(await partner.document('nội dung'), 'Nguyễn Văn An', 'Nguyễn Văn Em'), G22)
      await answer('02')
      await partner.put(await partner.document('nội dung đã sửa'), G22)
      await answer('01')
      const [entry] = await inbox()
      const { body } = await office.call<{ inbox: { warnings: unknown[] } }>('GET', `/v1/inbox/${entry}`)
      expect(body.inbox.warnings).to.deep.equal([])
    })

    // threat: false-signer
    it('is refused for what is wrong with its signer', async () => {
      const wrong = {
        'certificate-untrusted': toySigner('stranger', 'g02'),
        'certificate-expired': toySigner('g02', 'expired'),
        'certificate-not-yet-valid': toySigner('g02', 'notyet'),
        'signer-not-sender': toySigner('g12', 'p256'),
      }
      for (const [code, signer] of Object.entries(wrong)) {
        await partner.put(await partner.document(`ký bởi ${code}`, { documentId: code as never }, { signer }), G22)
        await world.until(code, async () => partner.answers('02').some(({ text }) => text.includes(`[${code}]`)))
      }
      const unknown = (await issue()).signer() // a trusted path, but the directory knows nothing of it
      await partner.put(await partner.document('lạ', { documentId: 'D-lạ' as never }, { signer: unknown }), G22)
      await world.until('the last', async () => partner.answers('02').length === 5)
      expect(await inbox()).to.deep.equal([])
    })
  })

  describe('headers', () => {
    const lies = {
      'document-id': { headers: { documentId: 'D-khác' } },
      type: { type: 'status' },
      lane: { lane: 'express' },
    } as const
    for (const [name, how] of Object.entries(lies))
      it(`that contradict the signed package in ${name} make it refused`, async () => {
        await partner.put(await partner.document('nội dung'), G22, how)
        expect((await answer('02')).text).to.include('[headers-contradict-envelope]')
        expect(await inbox()).to.deep.equal([])
      })

    it('of another contract, or in the queue of another agency, keep the part from the inbox', async () => {
      const made = await partner.document('nội dung')
      await partner.put(made, G22, { parts: [0], headers: { contractVersion: '2' } })
      await partner.put(made, G22, { parts: [0], headers: { to: 'G12' } })
      expect(await quarantined(2)).to.deep.equal(['contract-violation', 'contract-violation'])
      expect(await staged()).to.equal(0)
    })

    // threat: forged-receipt
    it('that lie about the digest of the whole keep the package from the inbox, and the honest one is taken', async () => {
      const made = await partner.document('nội dung')
      await partner.put(made, G22, { headers: { envelopeSha256: sha256(Buffer.from('khác')) } })
      expect(await quarantined(1)).to.deep.equal(['part-mismatch'])
      expect(await staged()).to.equal(0)
      await partner.put(made, G22)
      await answer('01')
    })

    // threat: false-signer
    it('of a user who may not speak for the sender keep everything in quarantine, without an answer', async () => {
      const stranger = world.axis.connect({ user: 'G12', agencies: ['G02' as AgencyCode] })
      await partner.put(await partner.document('mạo danh'), G22, { through: stranger })
      expect(await quarantined(2)).to.deep.equal(['sender-not-entitled', 'sender-not-entitled'])
      expect(await staged()).to.equal(0)
      expect(partner.came).to.deep.equal([])
      await stranger.close()
    })
  })

  describe('parts', () => {
    const TEXT = 'một dòng của tệp lớn\n'.repeat(12_000) // six parts and more

    it('may come in any order and more than once', async () => {
      const made = await partner.document(TEXT)
      const order = [...made.parts.keys()].reverse()
      expect(order.length).to.be.greaterThan(5)
      await partner.put(made, G22, { parts: order.flatMap((part) => (part === 0 ? [0] : [part, part])) })
      await answer('01')
      await holdsItsBytes(made)
    })

    it('may come before and after a restart of the recipient', async () => {
      const made = await partner.document(TEXT)
      await partner.put(made, G22, { parts: [0, 1, 3] })
      await world.until('three parts staged', async () => (await staged()) === 3)
      await chancery.restart()
      await partner.put(made, G22, { parts: [5, 4, 2, ...[...made.parts.keys()].slice(6)] })
      await answer('01')
      await holdsItsBytes(made)
    })

    it('that are missing are waited for, and in the end the package is an incident with a name and its bytes are freed', async () => {
      const made = await partner.document(TEXT)
      await partner.put(made, G22, { parts: [0, 1, 2] })
      await world.until('three parts staged', async () => (await staged()) === 3)
      await later(world, clock, hours(23))
      expect(await staged()).to.equal(3)
      await later(world, clock, hours(2))
      await world.until(
        'the end of its day',
        withSweeps(clock, async () => (await staged()) === 0),
      )
      expect(await quarantined(1)).to.deep.equal(['stage-expired'])
      expect(await staged()).to.equal(0)
      await partner.put(made, G22)
      await answer('01')
    })

    // threat: mixed-parts
    it('that lie about their digest are put aside, and the true part completes the package', async () => {
      const made = await partner.document(TEXT)
      await partner.put(made, G22, { parts: [2], headers: { partSha256: sha256(Buffer.from('khác')) } })
      await partner.put(made, G22, { parts: [...made.parts.keys()].filter((part) => part !== 2) })
      expect(await quarantined(1)).to.deep.equal(['part-mismatch'])
      await partner.put(made, G22, { parts: [2] })
      await answer('01')
      await holdsItsBytes(made)
    })

    it('of a package whose head is bad are dropped: it is refused before they come', async () => {
      const made = tampered(await partner.document(TEXT), 'Nguyễn Văn An', 'Nguyễn Văn Em')
      await partner.put(made, G22, { parts: [1, 0] })
      expect((await answer('02')).text).to.include('[digest-mismatch]')
      await partner.put(made, G22, { parts: [...made.parts.keys()].slice(2) })
      await world.until('an empty queue', async () => drained())
      expect(await staged()).to.equal(0)
      expect(partner.answers('02')).to.have.length(1)
      await later(world, clock, hours(25))
      expect(await quarantined()).to.deep.equal(['digest-mismatch'])
    })

    it('of a later attempt, after the head was refused, are taken though they come before it', async () => {
      const morning = clock.now().toISOString()
      await clock.advance(hours(12))
      const made = await partner.document(TEXT) // signed by a clock that is ahead
      clock.set(morning)
      const [head = 0, ...others] = made.parts.keys()
      await partner.put(made, G22, { parts: [head] })
      expect((await answer('02')).text).to.include('[signing-time-out-of-bounds]')
      await clock.advance(hours(12))
      await partner.put(made, G22, { parts: others })
      await world.until('what was late dropped', async () => drained())
      expect(await staged()).to.equal(0)
      await partner.put(made, G22, { parts: [...others, head], headers: { attempt: 2 } })
      await answer('01')
      await holdsItsBytes(made)
    })

    // threat: flooded-axis
    it('over the quota of their sender are dropped with one incident, and complete their packages when they come again', async () => {
      const many = limits.stagesPerSender + 60
      const made: Package[] = []
      for (let n = 0; n < many; n++) made.push(await partner.document(`thư ${n}`, { documentId: `D-${n}` as never }))
      for (const one of made) await partner.put(one, G22, { parts: [1] })
      await world.until('empty queues', async () =>
        world.axis.depths().every(({ ready, unacknowledged }) => ready + unacknowledged === 0),
      )
      expect(await stages())
        .to.be.at.least(limits.stagesPerSender)
        .and.below(many)
      const answered = (): Set<string> => new Set(partner.answers('01').map(({ documentId }) => documentId))
      for (const one of made) await partner.put(one, G22, { parts: [0] })
      await world.until('what had begun', async () => answered().size >= limits.stagesPerSender)
      for (const one of made) await partner.put(one, G22)
      await world.until('all of them', async () => answered().size === many)
      const incidents = await chancery.gateway.store.read.all<{ octets: number }>(
        "SELECT octets FROM quarantine WHERE code = 'stage-quota-exceeded'",
      )
      expect(incidents).to.have.length(1)
    })

    // threat: flooded-axis
    it('over the quota of their sender hold up no other sender', async () => {
      for (let n = 0; n < limits.stagesPerSender + 40; n++)
        await partner.put(await partner.document(`thư ${n}`, { documentId: `D-${n}` as never }), G22, { parts: [1] })
      const ministry = (await world.start('G12')).as('G12')
      const { body } = await ministry.submit(letter({ to: ['G22'] }), [textFile('thư của người khác')])
      await world.until(
        'the other letter',
        async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'received',
      )
    })
  })

  // threat: replayed-package
  describe('the same package again', () => {
    it('gets the same stored receipt, byte for byte, and no second entry, also after the recipient has it', async () => {
      const made = await partner.document('nội dung')
      await partner.put(made, G22)
      await answer('01')
      const [lease] = await office.lease()
      expect((await office.confirm(lease?.id ?? '', lease?.token ?? '')).status).to.equal(204)
      await partner.put(made, G22)
      await partner.put({ ...made, messageId: `${made.messageId}-again` }, G22)
      const answers = await world.until(
        'two more answers',
        async () => partner.answers('01').length >= 2 && partner.answers('01'),
      )
      expect(new Set(answers.map(({ bytes }) => sha256(bytes))).size).to.equal(1)
      expect(await inbox()).to.deep.equal([lease?.id])
      expect(await office.lease()).to.deep.equal([])
    })

    it('is one package also when it comes many times at once', async () => {
      const made = await partner.document('nội dung')
      await Promise.all(Array.from({ length: 20 }, (_, n) => partner.put({ ...made, messageId: `m-${n}` }, G22)))
      await answer('01')
      await world.until('an empty stage', async () => (await stages()) === 0)
      expect(await inbox()).to.have.length(1)
      expect(new Set(partner.answers('01').map(({ bytes }) => sha256(bytes))).size).to.equal(1)
    })

    it('is known by the agency and not by how it writes its code: G02 and 000.00.00.G02 are one sender', async () => {
      const from = (organId: string): Partial<DocumentMessage> => ({ from: { ...documentMessage().from, organId } })
      await partner.put(await partner.document('nội dung', from('000.00.00.G02')), G22)
      await answer('01')
      await partner.put(await partner.document('nội dung khác', from('G02')), G22)
      await world.until('the other', async () => partner.answers('01').length === 2)
      const [, second] = await inbox()
      const { body } = await office.call<{ sender: string; inbox: { warnings: { rule: string }[] } }>(
        'GET',
        `/v1/inbox/${second}`,
      )
      expect(body.sender).to.equal('G02')
      expect(body.inbox.warnings.map(({ rule }) => rule)).to.include('BR-10')
    })
  })

  describe('a mark of secrecy', () => {
    it('makes a large package refused too: its bytes are destroyed, its digest and sender are kept', async () => {
      const harmless = await partner.document('nội dung mật\n'.repeat(20_000), { subject: 'V/v phương án' })
      const made = await signedWith(harmless, 'V/v phương án', 'TỐI MẬT: V/v phương án')
      await partner.put(made, G22)
      expect((await answer('02')).text).to.include('[secret-mark]')
      expect(await staged()).to.equal(0)
      const [row] = await chancery.gateway.store.read.all<{ bytes: unknown; headers: string; message: string }>(
        'SELECT bytes, headers, message FROM quarantine',
      )
      expect(row?.bytes).to.equal(null)
      expect(JSON.parse(row?.headers ?? '{}')).to.include({
        from: 'G02',
        'envelope-sha256': sha256(Buffer.concat(made.parts)),
      })
      expect(await inbox()).to.deep.equal([])
    })
  })

  describe('a status reported by the recipient', () => {
    it('is sent again, the same package, until its receipt comes, and then no more', async () => {
      await partner.put(await partner.document('nội dung'), G22)
      const [lease] = await world.until('the document', async () => {
        const leases = await office.lease()
        return leases.length > 0 && leases
      })
      expect((await office.report(lease?.id ?? '', '03', 'Đã tiếp nhận')).status).to.equal(202)
      const first = await answer('03')
      await world.until('the status sent', async () => (await stateOfStatus()) === 'sent')
      await later(world, clock, minutes(5))
      const again = await world.until('the status again', async () => partner.answers('03')[1])
      expect(again.bytes).to.deep.equal(first.bytes)
      expect(again).to.include({ messageId: first.messageId, attempt: 2 })
      await partner.put(await partner.answer('01', again), G22)
      await world.until('its receipt', async () => (await stateOfStatus()) === 'received')
      await later(world, clock, hours(2))
      expect(partner.answers('03')).to.have.length(2)
    })

    it('that nobody receipts expires, and the timeline of its document says so', async () => {
      await partner.put(await partner.document('nội dung'), G22)
      const [lease] = await world.until('the document', async () => {
        const leases = await office.lease()
        return leases.length > 0 && leases
      })
      await office.report(lease?.id ?? '', '03')
      await world.until('the status sent', async () => (await stateOfStatus()) === 'sent')
      await later(world, clock, hours(8 * 24))
      await world.until('its end', async () => (await stateOfStatus()) === 'expired')
      const { timeline } = await office.document(lease?.id ?? '')
      expect(timeline.at(-1)).to.include({ type: 'status-expired', counterpart: 'G02' })
    })

    it('each of several within one second gets its own receipt applied', async () => {
      await partner.put(await partner.document('nội dung'), G22)
      const [lease] = await world.until('the document', async () => {
        const leases = await office.lease()
        return leases.length > 0 && leases
      })
      for (const code of ['03', '05', '06']) await office.report(lease?.id ?? '', code)
      for (const code of ['03', '05', '06']) {
        const told = await answer(code)
        await partner.put(
          await partner.status(
            '01',
            { documentId: told.documentId, to: told.from },
            { info: await receiptFor(told.bytes, clock.now()), description: 'Đã nhận trạng thái' },
          ),
          G22,
        )
      }
      await world.until('all received', async () => {
        const rows = await chancery.gateway.store.read.all<{ state: string }>(
          `SELECT state FROM delivery WHERE kind = 'status'`,
        )
        return rows.length === 3 && rows.every(({ state }) => state === 'received')
      })
    })
  })

  function answer(code: string): Promise<Arrived> {
    return world.until(`an answer ${code}`, async () => partner.answers(code)[0])
  }

  async function inbox(): Promise<string[]> {
    const { items } = (await office.call<{ items: { id: string }[] }>('GET', '/v1/inbox')).body
    return items.map(({ id }) => id)
  }

  async function quarantined(atLeast = 0): Promise<string[]> {
    const codes = async (): Promise<string[]> => {
      const rows = await chancery.gateway.store.read.all<{ code: string }>('SELECT code FROM quarantine')
      return rows.map(({ code }) => code)
    }
    return world.until(`${atLeast} in quarantine`, async () => {
      const found = await codes()
      return found.length >= atLeast && found
    })
  }

  /** Chunks that belong to no document yet. */
  async function staged(): Promise<number> {
    const text = 'SELECT COUNT(*) AS n FROM content WHERE envelope NOT IN (SELECT id FROM envelope)'
    return (await chancery.gateway.store.read.get<{ n: number }>(text))?.n ?? 0
  }

  async function stages(): Promise<number> {
    return (await chancery.gateway.store.read.get<{ n: number }>('SELECT COUNT(*) AS n FROM stage'))?.n ?? 0
  }

  async function stateOfStatus(): Promise<string | undefined> {
    const text = `SELECT state FROM delivery WHERE kind = 'status'`
    return (await chancery.gateway.store.read.get<{ state: string }>(text))?.state
  }

  function drained(): boolean {
    return world.axis.depths().every(({ ready, unacknowledged }) => ready + unacknowledged === 0)
  }

  async function holdsItsBytes(made: Package): Promise<void> {
    const [entry] = await inbox()
    expect(sha256(await office.bytes(`/v1/inbox/${entry}/envelope`))).to.equal(sha256(Buffer.concat(made.parts)))
  }
})

// threat: state-secret
it('a mark of secrecy leaves no bytes behind, though we had no key to refuse it with when it came', async () => {
  const clock = new MovableClock('2026-11-23T02:00:00Z')
  const [privateKeyFile, certificateFile] = ['key', 'crt'].map((end) => join(certs, `g22-p256.${end}`))
  const keys = [{ privateKeyFile, certificateFile, from: '2026-11-25' }]
  const world = openWorld({ clock, settings: () => ({ agencies: [{ code: G22, keys }] }) })
  const { gateway } = await world.start(G22)
  const partner = await Partner.open(world, 'G02')
  const harmless = await partner.document('nội dung mật\n'.repeat(20_000), { subject: 'V/v phương án' })
  await partner.put(await signedWith(harmless, 'V/v phương án', 'TỐI MẬT: V/v phương án'), G22)
  const rows = (text: string): Promise<unknown[]> => gateway.store.read.all(text)
  await world.until('all of it', async () => (await rows('SELECT id FROM stage WHERE received = parts')).length === 1)
  clock.set('2026-11-25T02:00:00Z')
  await world.until('the refusal', async () => {
    await clock.advance(1000)
    return partner.answers('02')[0]
  })
  expect(await rows('SELECT code, bytes FROM quarantine')).to.deep.equal([{ code: 'secret-mark', bytes: null }])
  await world.until('no bytes', async () => {
    await clock.advance(1000)
    return (await rows('SELECT seq FROM content WHERE envelope NOT IN (SELECT id FROM envelope)')).length === 0
  })
  await partner.close()
  await world.close()
})
