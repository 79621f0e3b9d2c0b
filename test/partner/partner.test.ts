/**
 * A partner of its own make connects from the written contract alone: Python, python3-pika, xmlsec1. It reads the names
 * on the wire from `schemas/asyncapi.yaml`, so a name that is changed there, or in the gateway, makes these tests fail.
 */
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Clock, systemClock } from '../../src/base/index.ts'
import { partHeaders } from '../../src/broker/index.ts'
import { type AgencyCode, findAgencyCode } from '../../src/message/index.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, sha256, textFile } from '../support/letters.ts'
import { required, TestVhost } from '../support/rabbitmq.ts'
import type { RestClient } from '../support/rest-client.ts'
import { type Arrived, PartnerProcess, type Written } from './partner-process.ts'

const [G02, G12, G22] = ['G02', 'G12', 'G22'].map((code) => findAgencyCode(code)) as [
  AgencyCode,
  AgencyCode,
  AgencyCode,
]
const certs = join(import.meta.dirname, '../../certs-example')
const PYTHON_FILES = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.py'))
const STANDARD_LIBRARY = new Set(
  'base64 collections datetime hashlib json os queue re ssl subprocess sys tempfile threading time uuid'.split(' '),
)
const HOUR_MS = 60 * 60 * 1000
const WAIT_MS = 60_000

describe('a partner who knows the written contract and nothing else', () => {
  let vhost: TestVhost
  let world: World
  let gateway: TestGateway
  let ministry: RestClient
  let office: Partner
  let finance: Partner
  let skippedMs = 0
  let numbers = 0

  before(async () => {
    vhost = await TestVhost.open()
    for (const agency of [G02, G12, G22]) await vhost.provision(agency, [agency])
    const clock: Clock = {
      now: () => new Date(Date.now() + skippedMs),
      wait: (ms, signal) => systemClock.wait(ms, signal),
    }
    world = openWorld({ clock, broker, delivery: { chunkBytes: 64 * 1024 } })
    gateway = await world.start('G02')
    ministry = gateway.as('G02')
    office = await connected(G22, 'Văn phòng Chính phủ', 'rsa')
    finance = await connected(G12, 'Bộ Tài chính', 'ec')
  })
  after(async () => {
    await office?.process.stop()
    await finance?.process.stop()
    await world?.close()
    await vhost?.close()
  })
  /** Whatever came before: the next message is served. */
  afterEach(async () => {
    const next = await office.document()
    await office.publish(next)
    expect(await office.next()).to.deep.include({ form: 'status', code: '01', documentId: next.documentId })
  })

  describe('sends', () => {
    for (const lane of ['ordinary', 'express'])
      it(`a document on the lane ${lane}, and gets the receipt that names its bytes`, async () => {
        const sent = await office.document({ priority: lane === 'express' ? '3' : '0' })
        expect(await office.publish(sent)).to.deep.equal(['confirmed', 'confirmed'])
        const receipt = await office.next()
        expect(receipt).to.include({ form: 'status', code: '01', from: '000.00.00.G02', lane: 'status', parts: 1 })
        expect(receipt.answers).to.deep.equal({ sha256: sent.sha256, references: sent.references })
        const inbox = await inboxOf(sent.documentId)
        expect(inbox).to.have.lengthOf(1)
      })

    it('a document in many parts and in any order', async () => {
      const sent = await office.document({ attachments: [file(300_000), file(1)] })
      await office.publish(sent, { size: 65_536, order: [7, 6, 0, 5, 2, 4, 1, 3] })
      expect((await office.next()).answers?.sha256).to.equal(sent.sha256)
    })

    it('a document signed with ECDSA, over TLS with a client certificate', async () => {
      const sent = await finance.document()
      await finance.publish(sent)
      expect((await finance.next()).answers?.sha256).to.equal(sent.sha256)
    })

    it('half a document, asks, and sends what is missing; asks again, and gets the receipt again', async () => {
      const sent = await office.document({ attachments: [file(300_000)] })
      await office.publish(sent, { size: 65_536, order: [0, 1, 3, 6, 7] })
      await staged(sent, 5) // the question comes on another lane
      await office.ask(sent, 65_536)
      expect(await office.next()).to.deep.include({
        form: 'missing',
        messageId: sent.handle,
        missing: [
          [2, 2],
          [4, 5],
        ],
      })
      await office.publish(sent, { size: 65_536, order: [2, 4, 5] })
      const receipt = await office.next()
      expect(receipt.answers?.sha256).to.equal(sent.sha256)
      await office.ask(sent, 65_536)
      expect(await office.next()).to.include({ code: '01', sha256: receipt.sha256, messageId: receipt.messageId })
    })

    it('nothing under the name of another, and reads nothing of others', async () => {
      expect(await office.raw({ user_id: 'G22' }, { key: 'G12' })).to.equal('closed 403')
      expect(await office.raw({ user_id: 'G12' })).to.equal('closed 406')
      expect(await office.process.tell('read_foreign', { queue: 'axis.G12.status' })).to.equal('closed 403')
    })
  })

  describe('receives', () => {
    it('a document in parts, answers 01 and later 03, and gets the receipt of that', async () => {
      const content = Buffer.alloc(500_000, 'văn bản ')
      const id = await submitted([{ name: 'Phụ lục.bin', type: 'application/octet-stream', bytes: content }])
      const came = await office.next()
      expect(came).to.include({ form: 'document', from: '000.00.00.G02', lane: 'ordinary' })
      expect(came.parts).to.be.greaterThan(5)
      expect(came.attachments).to.deep.equal([{ name: 'Phụ lục.bin', sha256: sha256(content) }])

      await office.publish(await office.receipt(came))
      await delivered(id, 'received')
      const progress = await office.status(came, '03', 'Đã tiếp nhận')
      await office.publish(progress)
      expect(await office.next()).to.deep.include({ code: '01', documentId: came.documentId })
      const view = await world.until('status 03', async () => {
        const found = await ministry.document(id)
        return found.deliveries?.[0]?.processingStatus === '03' && found
      })
      expect(view.timeline.map(({ type }) => type)).to.include.members(['document-sent', 'receipt-verified'])
    })

    it('a document with holes: it is asked, says what it lacks, and gets only that', async () => {
      await office.process.tell('lose_next_parts', { numbers: [2, 3, 5] })
      const bytes = Buffer.alloc(400_000, 7)
      const id = await submitted([{ name: 'lớn.bin', type: 'application/octet-stream', bytes }])
      await delivered(id, 'sent')
      skippedMs += 5 * 60 * 1000
      expect(await office.next()).to.deep.include({
        form: 'question',
        missing: [
          [2, 3],
          [5, 5],
        ],
      })
      const came = await office.next()
      expect(came.attachments).to.deep.equal([{ name: 'lớn.bin', sha256: sha256(bytes) }])
      await office.publish(await office.receipt(came))
      await delivered(id, 'received')
    })

    it('a document, and refuses it instead of the receipt: it counts as rejected, with the reason', async () => {
      const id = await submitted()
      const came = await office.next()
      const answers = { sha256: came.sha256, references: came.references }
      const refusal = await office.status(came, '02', '[certificate-untrusted] Không tin cậy. / Not trusted.', answers)
      await office.publish(refusal)
      await delivered(id, 'rejected')
      // the 01 wins, in any order
      await office.publish(await office.receipt(came))
      await delivered(id, 'received')
    })

    it("a clerk's refusal, and receipts it", async () => {
      const sent = await office.document()
      await office.publish(sent)
      await office.next()
      const [entry] = await inboxOf(sent.documentId)
      await ministry.report(entry?.id ?? '', '02', 'gửi nhầm cơ quan')
      const refusal = await office.next()
      expect(refusal).to.include({ code: '02', documentId: sent.documentId })
      expect(refusal.description).to.match(/^\[refused-by-recipient\] .*gửi nhầm cơ quan/)
      expect(refusal.answers?.sha256).to.equal(sent.sha256)
      await office.publish(await office.receipt(refusal))
      await world.until('the end of that delivery', async () => {
        const row = await gateway.gateway.store.read.get<{ state: string }>(
          'SELECT state FROM delivery WHERE envelope = ?',
          [refusal.messageId],
        )
        return row?.state === 'received'
      })
    })
  })

  describe('misbehaves', () => {
    it('sends the same message twice: one document, and the same receipt again, byte for byte', async () => {
      const sent = await office.document()
      await office.publish(sent)
      const first = await office.next()
      await office.publish(sent)
      const second = await office.next()
      expect(second).to.include({ sha256: first.sha256, messageId: first.messageId })
      expect(await inboxOf(sent.documentId)).to.have.lengthOf(1)
    })

    it('sends parts twice: one document', async () => {
      const sent = await office.document({ attachments: [file(100_000)] })
      await office.publish(sent, { size: 65_536, order: [0, 0, 1, 3, 1, 0, 2] }) // whole with its last: what comes after it is answered again
      expect((await office.next()).answers?.sha256).to.equal(sent.sha256)
      expect(await inboxOf(sent.documentId)).to.have.lengthOf(1)
    })

    it('receipts that answer nothing of ours move nothing, and are reported after a day', async () => {
      const before = await reported()
      const id = await submitted()
      const came = await office.next()
      const answers = { sha256: came.sha256, references: came.references }
      const other = came.references.map((reference) => ({ ...reference, value: sha256(Buffer.of()) }))
      const wrong = [
        await office.receipt({ ...came, sha256: 'a'.repeat(64) }),
        await office.receipt({ ...came, documentId: 'unknown', sha256: 'b'.repeat(64) }),
        await office.status(came, '01', 'Đã đến', { ...answers, references: other }),
      ]
      for (const receipt of wrong) await office.publish(receipt)
      await finance.publish(await finance.status(came, '01', 'Đã đến', answers)) // the right bytes, by a third agency
      await world.until('four answers', async () => (await unmatched()) === 4)
      expect((await ministry.document(id)).deliveries?.[0]?.state).to.equal('sent')

      const right = await office.receipt(came)
      await office.publish(right)
      await delivered(id, 'received')
      await office.publish(right) // a replayed receipt is not answered, and moves nothing
      skippedMs += 25 * HOUR_MS
      await world.until('the report', async () => (await reported()) - before === 4)
      expect((await ministry.document(id)).deliveries?.[0]?.state).to.equal('received')
    })

    it('reports progress before the receipt: both count, in whatever order they come', async () => {
      const id = await submitted()
      const came = await office.next()
      await office.publish(await office.status(came, '05', 'Đang xử lý'))
      expect(await office.next()).to.include({ code: '01', documentId: came.documentId })
      await world.until(
        'status 05',
        async () => (await ministry.document(id)).deliveries?.[0]?.processingStatus === '05',
      )
      expect((await ministry.document(id)).deliveries?.[0]?.state).to.equal('sent')
      await office.publish(await office.receipt(came))
      await delivered(id, 'received')
    })

    // threat: mixed-parts
    it('uses the message id of another package: quarantined as part-mismatch, and the other one arrives', async () => {
      const [first, second] = [await office.document(), await office.document()]
      await office.publish(first, { order: [0] })
      await quarantined('part-mismatch', () =>
        office.publish(second, { order: [1], properties: { message_id: first.handle } }),
      )
      await office.publish(first, { order: [1] })
      expect((await office.next()).answers?.sha256).to.equal(first.sha256)
    })

    it('sends something that is no XML: refused as not-well-formed, by the digest of its bytes', async () => {
      const sent = await office.document()
      const digest = sha256(Buffer.from('xxxxxxxxxx'))
      await office.publish(sent, { order: [0], octets: 10, headers: { parts: 1, envelopeSha256: digest } })
      await refused({ ...sent, sha256: digest }, 'not-well-formed')
    })

    it('asks about what it never sent: it is told that everything is missing', async () => {
      const never = await office.document({ attachments: [file(300_000)] })
      await office.ask(never, 65_536)
      expect(await office.next()).to.deep.include({ form: 'missing', missing: [[0, 7]] })
    })

    it('imports nothing of the product', () => {
      const own = new Set(PYTHON_FILES.map((name) => name.slice(0, -'.py'.length)))
      const lines = PYTHON_FILES.flatMap((name) => readFileSync(join(import.meta.dirname, name), 'utf8').split('\n'))
      const imported = lines.flatMap((line) => /^\s*(?:import|from) ([\w.]+)/.exec(line)?.[1] ?? [])
      const foreign = [...new Set(imported)].filter((name) => !own.has(name) && !STANDARD_LIBRARY.has(name))
      expect(foreign.sort()).to.deep.equal(['lxml', 'pika', 'xml.sax.saxutils', 'yaml'])
    })

    it('reads another header name in the contract: quarantined as contract-violation', async () => {
      const contract = readFileSync(join(import.meta.dirname, '../../schemas/asyncapi.yaml'), 'utf8')
      for (const header of Object.values(partHeaders)) {
        const changed = join(world.folder, 'contract.yaml')
        writeFileSync(changed, contract.replaceAll(new RegExp(`^( +)${header}:`, 'gm'), `$1${header}-x:`))
        const other = await connected(G12, 'Bộ Tài chính', 'ec', changed)
        const sent = await other.document()
        await quarantined('contract-violation', () => other.publish(sent, { order: [0] }))
        await other.process.stop()
      }
    })

    it('signs with the key of another agency: refused as signer-not-sender', async () => {
      const sent = await office.document({ signer: signerOf(G12, 'ec') })
      await office.publish(sent)
      await refused(sent, 'signer-not-sender')
    })

    it('sends a package that was changed on the way: refused as digest-mismatch', async () => {
      const sent = await office.document({ attachments: [file(200_000)] })
      await office.publish(sent, { size: 65_536, damage: 2 })
      await refused(sent, 'digest-mismatch')
    })

    const contradictions = [
      ['another document id', { headers: { documentId: 'another' } }],
      ['another lane than the signed priority', { lane: 'express' }],
      ['another type', { properties: { type: 'status' } }],
    ] as const
    for (const [what, change] of contradictions)
      it(`headers contradict the package (${what}): refused`, async () => {
        const sent = await office.document()
        await office.publish(sent, change)
        await refused(sent, 'headers-contradict-envelope')
      })

    it('names the wrong recipient in the package: quarantined as recipient-not-named', async () => {
      const sent = await office.document({ to: [{ wireCode: '000.00.00.G12', name: 'Bộ Tài chính' }] })
      await quarantined('recipient-not-named', () => office.publish(sent))
    })

    const quarantines: readonly (readonly [what: string, code: string, change: Record<string, unknown>])[] = [
      ['a digest of the package that is not true', 'part-mismatch', { headers: { envelopeSha256: 'c'.repeat(64) } }],
      ['another agency than the user speaks for', 'sender-not-entitled', { only: 0, headers: { from: 'G12' } }],
      ['no user', 'sender-not-entitled', { only: 0, properties: { user_id: null } }],
      ['a digest of a part that is not true', 'part-mismatch', { only: 1, headers: { partSha256: 'd'.repeat(64) } }],
      ['another number of parts in one of them', 'part-mismatch', { only: 1, headers: { parts: 9 } }],
      ['another recipient than the queue', 'contract-violation', { only: 0, headers: { to: 'G12' } }],
      ['a part beyond their number', 'contract-violation', { only: 1, headers: { part: 2 } }],
      ['a number as text', 'contract-violation', { only: 0, headers: { attempt: '1' } }],
      ['another version of the contract', 'contract-violation', { only: 0, headers: { contractVersion: '2' } }],
      ['no document id', 'contract-violation', { only: 0, headers: { documentId: null } }],
      ['another content type', 'contract-violation', { only: 0, properties: { content_type: 'application/pdf' } }],
      ['an unknown type', 'contract-violation', { only: 0, properties: { type: 'letter' } }],
      ['no message id', 'contract-violation', { only: 0, properties: { message_id: null } }],
      ['no headers at all', 'contract-violation', { only: 0, properties: { headers: null } }],
      ['a body over the limit', 'part-too-large', { order: [0], octets: 1_048_577 }],
    ]
    for (const [what, code, change] of quarantines)
      it(`sends ${what}: quarantined as ${code}`, async () => {
        const sent = await office.document()
        await quarantined(code, () => office.publish(sent, change))
      })

    it('sends poison, without any property: quarantined as contract-violation', async () => {
      await quarantined('contract-violation', () => office.raw({}))
    })

    it('lists missing parts that are none: quarantined as contract-violation', async () => {
      const sent = await office.document()
      const changes = { order: [0], properties: { type: 'query', content_type: 'application/json' }, lane: 'status' }
      await quarantined('contract-violation', () => office.publish(sent, changes))
    })

    it('never sends the last part: the package expires as stage-expired', async () => {
      const sent = await office.document({ attachments: [file(100_000)] })
      await office.publish(sent, { size: 65_536, order: [0, 2] })
      await staged(sent, 2)
      skippedMs += 25 * HOUR_MS
      await world.until('the end of the stage', async () => {
        const row = await gateway.gateway.store.read.get<{ code: string }>(
          'SELECT code FROM quarantine WHERE message_id = ?',
          [sent.handle],
        )
        return row?.code === 'stage-expired'
      })
    })
  })

  // ---- what the stories are told with --------------------------------------------------------------------------------

  function broker([code = '']: readonly string[], folder: string): Record<string, unknown> {
    const passwordFile = join(folder, `${code}.password`)
    writeFileSync(passwordFile, vhost.passwordOf(code))
    const { host, port } = vhost.broker
    return { kind: 'rabbitmq', urls: [`amqp://${host}:${port}`], vhost: vhost.name, passwordFile }
  }

  async function connected(agency: AgencyCode, name: string, kind: 'rsa' | 'ec', contract?: string): Promise<Partner> {
    const process = new PartnerProcess(contract)
    const wireCode = `000.00.00.${agency}`
    await process.tell('connect', {
      ...(agency === G12 ? overTls() : { host: vhost.broker.host, port: vhost.broker.port }),
      ...{ vhost: vhost.name, user: agency, password: vhost.passwordOf(agency), agency },
      me: { wireCode, name },
      signer: signerOf(agency, kind),
      trust: join(certs, 'trust.pem'),
      certificates: Object.fromEntries([G02, G12, G22].map((code) => [`000.00.00.${code}`, fingerprintsOf(code)])),
    })
    return partnerOf(process, wireCode)
  }

  interface Partner {
    readonly process: PartnerProcess
    document(change?: Record<string, unknown>): Promise<Written & { documentId: string }>
    status(about: Arrived, code: string, description: string, answers?: unknown): Promise<Written>
    /** Status 01 with what it answers. */
    receipt(of: Arrived): Promise<Written>
    publish(written: Written, changes?: Record<string, unknown>): Promise<string[]>
    ask(written: Written, size: number): Promise<string>
    /** Anything at all, as `properties` say, to the ministry. */
    raw(properties: Record<string, unknown>, more?: Record<string, unknown>): Promise<string>
    next(): Promise<Arrived>
  }

  function partnerOf(process: PartnerProcess, wireCode: string): Partner {
    const partner: Partner = {
      process,
      async document(change = {}) {
        const documentId = `${wireCode},2026,${++numbers}`
        const to = [{ wireCode: '000.00.00.G02', name: 'Bộ Công Thương' }]
        const right = { to, documentId, subject: `Công văn số ${numbers}`, attachments: [file(40)] }
        return { ...(await process.tell<Written>('document', { ...right, ...change })), documentId }
      },
      status: ({ from, documentId }, code, description, answers) =>
        process.tell('status', { about: { organId: from, documentId }, code, description, answers: answers ?? null }),
      receipt: (of) => partner.status(of, '01', 'Văn bản đã đến', { sha256: of.sha256, references: of.references }),
      publish: ({ handle }, changes = {}) => process.tell('publish', { handle, to: 'G02', ...changes }),
      ask: ({ handle }, size) => process.tell('ask', { handle, to: 'G02', size }),
      raw: (properties, more = {}) =>
        process.tell('raw', { to: 'G02', lane: 'ordinary', properties, octets: 10, ...more }),
      next: () => process.tell('next'),
    }
    return partner
  }

  async function submitted(files = [textFile('nội dung')]): Promise<string> {
    const code = { codeNumber: String(++numbers), codeNotation: 'BCT-KHTC' }
    const { status, body } = await ministry.submit(letter({ code }), files)
    expect(status, JSON.stringify(body)).to.equal(202)
    return body.id
  }

  const staged = ({ handle }: Written, parts: number) =>
    world.until(`${parts} parts staged`, async () => {
      const text = 'SELECT received FROM stage WHERE message_id = ?'
      return (await gateway.gateway.store.read.get<{ received: number }>(text, [handle]))?.received === parts
    })

  const delivered = (id: string, state: string) =>
    world.until(
      `the state ${state}`,
      async () => (await ministry.document(id)).deliveries?.[0]?.state === state,
      WAIT_MS,
    )

  async function refused(sent: Written, code: string): Promise<void> {
    const answer = await office.next()
    expect(answer).to.include({ form: 'status', code: '02' })
    expect(answer.description).to.include(`[${code}] `)
    expect(answer.answers?.sha256).to.equal(sent.sha256)
  }

  /** What `act` does ends as exactly one more in quarantine, with this code. What expires meanwhile is another story. */
  async function quarantined(code: string, act: () => Promise<unknown>): Promise<void> {
    const codes = async (): Promise<string[]> => {
      const rows = await gateway.gateway.store.read.all<{ code: string }>(
        "SELECT code FROM quarantine WHERE code <> 'stage-expired' ORDER BY id",
      )
      return rows.map((row) => row.code)
    }
    const before = await codes()
    await act()
    await world.until(code, async () => (await codes()).length > before.length, WAIT_MS)
    expect((await codes()).slice(before.length)).to.deep.equal([code])
  }

  async function inboxOf(documentId: string): Promise<{ id: string }[]> {
    return gateway.gateway.store.read.all<{ id: string }>(
      'SELECT i.envelope AS id FROM inbox i JOIN envelope e ON e.id = i.envelope WHERE e.document_id = ?',
      [documentId],
    )
  }

  /** Answers that wait to be matched. */
  async function unmatched(): Promise<number> {
    const row = await gateway.gateway.store.read.get<{ n: number }>(
      `SELECT COUNT(*) AS n FROM status WHERE direction = 'in' AND applied_at IS NULL`,
    )
    return row?.n ?? 0
  }

  /** Answers that were reported as matching nothing. */
  async function reported(): Promise<number> {
    const row = await gateway.gateway.store.read.get<{ n: number }>(
      `SELECT COUNT(*) AS n FROM event WHERE type = 'status-unmatched'`,
    )
    return row?.n ?? 0
  }
})

/** The way that the contract asks for: AMQPS with a client certificate. */
function overTls(): Record<string, unknown> {
  const { hostname: host, port } = new URL(required('LIENTHONG_TEST_AMQPS_URL'))
  const [ca, certificate, key] = ['CA', 'CERT', 'KEY'].map((name) => required(`LIENTHONG_TEST_AMQPS_${name}`))
  return { host, port: Number(port), tls: { ca, certificate, key } }
}

function file(octets: number): Record<string, unknown> {
  return { name: `${octets}.txt`, type: 'text/plain', octets }
}

function signerOf(agency: AgencyCode, kind: 'rsa' | 'ec'): Record<string, string> {
  const name = join(certs, `${agency.toLowerCase()}-${kind === 'ec' ? 'p256' : 'rsa'}`)
  return { kind, privateKeyFile: `${name}.key`, certificateFile: `${name}.crt` }
}

/** SHA-256 of the certificates that sign for an agency, lower-case hex. */
function fingerprintsOf(agency: AgencyCode): string[] {
  return ['p256', 'rsa'].map((kind) =>
    sha256(new X509Certificate(readFileSync(join(certs, `${agency.toLowerCase()}-${kind}.crt`))).raw),
  )
}
