import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { GatewayError, limits } from '../../src/base/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, sha256, textFile } from '../support/letters.ts'
import { hours, later, minutes } from '../support/moving-on.ts'
import { type Package, Partner, receiptFor, tampered } from '../support/partner.ts'
import type { RestClient } from '../support/rest-client.ts'

const G02 = 'G02'
const G22 = 'G22'
const LARGE = 'một dòng của tệp lớn, đủ dài để chia thành nhiều phần\n'.repeat(9000)

// threat: silent-partner
describe('what a partner repeats, late or without end', () => {
  let clock: MovableClock
  let world: World
  beforeEach(() => {
    clock = new MovableClock()
    world = openWorld({ clock, delivery: { chunkBytes: 65_536, receiptWaitSeconds: 60 } })
  })
  afterEach(() => world.close())

  describe('to us', () => {
    let chancery: TestGateway
    let partner: Partner
    beforeEach(async () => {
      chancery = await world.start(G22)
      partner = await Partner.open(world, G02)
    })
    afterEach(() => partner.close())

    it('a late part of a package that was refused becomes no incident of an incomplete package', async () => {
      const made = tampered(await partner.document('nội dung'), 'Nguyễn Văn An', 'Nguyễn Văn Em')
      await partner.put(made, G22)
      await world.until('the refusal', async () => partner.answers('02')[0])
      await partner.put(made, G22, { parts: [1] })
      await world.until('it staged', async () => (await rows('SELECT id FROM stage')).length === 1)
      await later(world, clock, hours(25))
      await world.until('it freed', async () => (await rows('SELECT id FROM stage')).length === 0)
      expect(await incidents()).to.deep.equal(['digest-mismatch'])
    })

    it('a package of which only a part ever came still does', async () => {
      await partner.put(await partner.document(LARGE), G22, { parts: [0, 1] })
      await world.until('it staged', async () => (await rows('SELECT id FROM stage')).length === 1)
      await later(world, clock, hours(25))
      await world.until('it freed', async () => (await rows('SELECT id FROM stage')).length === 0)
      expect(await incidents()).to.deep.equal(['stage-expired'])
    })

    it('another part under a number that is there is a named incident; the first one stays, and the package arrives', async () => {
      const made = await partner.document(LARGE)
      await partner.put(made, G22, { parts: [0, 1] })
      const other: Package = {
        ...made,
        parts: made.parts.map((part, n) => (n === 1 ? randomBytes(part.length) : part)),
      }
      await partner.put(other, G22, { parts: [1], headers: { envelopeSha256: sha256(Buffer.concat(made.parts)) } })
      await partner.put(made, G22, { parts: [1] }) // the same once more is no incident
      await world.until('the incident', async () => (await incidents()).length === 1)
      await partner.put(made, G22, { parts: [...made.parts.keys()].slice(2) })
      await world.until('the receipt', async () => partner.answers('01')[0])
      const [row] = await rows<{ code: string; message: string }>('SELECT code, message FROM quarantine')
      expect(row).to.deep.equal({ code: 'part-mismatch', message: 'part 1 came twice, with different bytes' })
    })

    it('packages that were refused by their heads take no room from the next one, however many they were', async () => {
      const bad = tampered(await partner.document(LARGE), 'Nguyễn Văn An', 'Nguyễn Văn Em')
      for (let n = 0; n <= limits.stagesPerSender; n++)
        await partner.put({ ...bad, messageId: `${bad.messageId}-${n}` }, G22, { parts: [0] })
      await world.until('all refused', async () => {
        const refused = await rows('SELECT id FROM stage WHERE refused = 1')
        return refused.length > limits.stagesPerSender
      })
      await partner.put(await partner.document('nội dung'), G22)
      await world.until('the receipt', async () => partner.answers('01')[0])
    })

    it('a receipt that the broker would not take goes out when what it answers comes again', async () => {
      let forbidden = true
      const connect = world.axis.connect.bind(world.axis)
      world.axis.connect = (options) => {
        const connection = connect(options)
        const publish = connection.publish.bind(connection)
        connection.publish = async (part) => {
          if (forbidden) throw new GatewayError('sender-not-entitled', 'a right to publish is missing')
          await publish(part)
        }
        return connection
      }
      await chancery.restart()
      const made = await partner.document('nội dung')
      await partner.put(made, G22)
      await world.until(
        'it held',
        async () => (await rows(`SELECT id FROM delivery WHERE state = 'held'`)).length === 1,
      )
      forbidden = false
      await partner.put(made, G22)
      await world.until('the receipt', async () => partner.answers('01')[0])
      await world.until(
        'it sent',
        async () => (await rows(`SELECT id FROM delivery WHERE state = 'sent'`)).length === 1,
      )
    })

    const rows = <T>(text: string): Promise<T[]> => chancery.gateway.store.read.all<T>(text)
    const incidents = async (): Promise<string[]> =>
      (await rows<{ code: string }>('SELECT code FROM quarantine ORDER BY id')).map(({ code }) => code)
  })

  describe('to us who sent', () => {
    let house: TestGateway
    let ministry: RestClient
    let partner: Partner
    beforeEach(async () => {
      house = await world.start(G02)
      ministry = house.as(G02)
      partner = await Partner.open(world, G22)
    })
    afterEach(() => partner.close())

    it('a list of missing parts counts once for each question of ours, however often it comes', async () => {
      const { body } = await ministry.submit(letter(), [textFile(LARGE)])
      const came = await world.until('it at the partner', async () => partner.arrived()[0])
      await world.until('it sent', async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'sent')
      await list(came.messageId, came.documentId, came.bytes) // nobody has asked
      await settled()
      const parts = partner.came.length
      await later(world, clock, minutes(2))
      await world.until('our question', async () => partner.came.some(({ type }) => type === 'query'))
      for (let n = 0; n < 5; n++) await list(came.messageId, came.documentId, came.bytes)
      await world.until('the part', async () => partner.came.length === parts + 2)
      for (let n = 0; n < 5; n++) await list(came.messageId, came.documentId, came.bytes)
      await settled()
      expect(partner.came).to.have.length(parts + 2)
    })

    it(`${limits.notifyBatch} statuses that cannot be applied hold up no receipt that comes after them`, async () => {
      const { body } = await ministry.submit(letter(), [textFile('một')])
      const came = await world.until('it at the partner', async () => partner.arrived()[0])
      await house.gateway.store.transact(async (tx) => {
        // digests that are no list: reading them fails, each time
        for (let n = 0; n < limits.notifyBatch; n++) {
          const id = `00bad${String(n).padStart(21, '0')}`
          await tx.run(
            `INSERT INTO envelope SELECT ?, owner, 'in', state, 'status', 'status:03', NULL, ?, document_id, ?, content_digest, octets, parts, lane,
               NULL, NULL, NULL, NULL, NULL, message, 'no list', signer, signing_time, stored_at FROM envelope WHERE id = ?`,
            [id, G22, `bad ${n}`, body.id],
          )
          await tx.run(
            `INSERT INTO delivery (id, envelope, owner, recipient, kind, lane, state, deadline_at, accepted_at)
             VALUES (?, ?, ?, ?, 'document', 'ordinary', 'received', 0, 0)`,
            [id, id, G02, G22],
          )
          await tx.run(
            `INSERT INTO status (envelope, agency, direction, counterpart, document_id, code, reported_at, recorded_at, answers_sha256)
             VALUES (?, ?, 'in', ?, 'x', '01', '', ?, ?)`,
            [id, G02, G22, clock.now().getTime(), `bad ${n}`],
          )
        }
      })
      await partner.put(await partner.answer('01', came), G02)
      await world.until(
        'the receipt applied',
        async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'received',
      )
    })

    /** The partner says that it lacks part 1. */
    async function list(messageId: string, documentId: string, bytes: Uint8Array): Promise<void> {
      const { envelopeSha256 } = await receiptFor(bytes, clock.now())
      const body = Buffer.from('{"missing":[[1,1]]}')
      const made: Package = { messageId, type: 'status', lane: 'status', documentId, parts: [body] }
      await partner.put(made, G02, { type: 'query', headers: { envelopeSha256, parts: 20 } })
    }

    const settled = (): Promise<unknown> =>
      world.until('our queue empty', async () =>
        world.axis
          .depths()
          .every(({ agency, ready, unacknowledged }) => agency !== G02 || ready + unacknowledged === 0),
      )
  })
})
