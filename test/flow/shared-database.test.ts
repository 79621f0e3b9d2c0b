import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, numbered, sha256, textFile } from '../support/letters.ts'
import { Partner, signedWith } from '../support/partner.ts'
import { type PostgresPlace, postgresPlace } from '../support/postgres.ts'

const DOCUMENTS = 200

describe('gateways on PostgreSQL', () => {
  let world: World
  let places: Readonly<Record<string, PostgresPlace>>

  beforeEach(async () => {
    const [G02, G22] = await Promise.all([postgresPlace(), postgresPlace()])
    places = { G02, G22 }
    world = openWorld({ database: ([code = '']) => places[code]?.url ?? '' })
  })
  afterEach(async () => {
    await world.close()
    await Promise.all(Object.values(places).map((place) => place.drop()))
  })

  /** Gateways of one agency, started at once on one empty database. */
  const start = (code: string, count: number): Promise<TestGateway[]> =>
    Promise.all(Array.from({ length: count }, () => world.start(code)))

  it('carry a letter with its own bytes, its receipt and its statuses as they do on SQLite', async () => {
    const [ministry, office] = [(await world.start('G02')).as('G02'), (await world.start('G22')).as('G22')]
    const file = textFile('Kính gửi Văn phòng Chính phủ: nội dung nguyên vẹn 🏛️'.repeat(20_000)) // several chunks
    const submitted = await ministry.submit(letter(), [file])
    expect(submitted.status, JSON.stringify(submitted.body)).to.equal(202)
    const [leased] = await world.until('the document in the inbox', async () => {
      const found = await office.lease()
      return found.length > 0 && found
    })
    if (leased === undefined) throw new Error('nothing was leased')
    expect(sha256(await office.bytes(`/v1/inbox/${leased.id}/attachments/1`))).to.equal(sha256(file.bytes))
    expect((await office.confirm(leased.id, leased.token)).status).to.be.oneOf([200, 204])
    for (const code of ['03', '05', '06']) expect((await office.report(leased.id, code)).status).to.equal(202)
    const done = await world.until('the last status at the sender', async () => {
      const view = await ministry.document(submitted.body.id)
      // read by several connections, each of which may see the status a moment before the other
      return view.statuses.some(({ code }) => code === '06') && view.deliveries?.[0]?.processingStatus === '06' && view
    })
    expect(done.deliveries?.map(({ state, processingStatus }) => ({ state, processingStatus }))).to.deep.equal([
      { state: 'received', processingStatus: '06' },
    ])
    const original = await ministry.bytes(`/v1/documents/${submitted.body.id}/envelope`)
    expect(sha256(await office.bytes(`/v1/inbox/${leased.id}/envelope`))).to.equal(sha256(original))
  })

  it(`share outbox and inbox, two on each side: ${DOCUMENTS} letters, each delivered once`, async () => {
    const [senders, recipients] = await Promise.all([start('G02', 2), start('G22', 2)])
    const sent = new Map<string, string>()
    await Promise.all(
      senders.map(async (gateway, side) => {
        for (let n = side; n < DOCUMENTS; n += senders.length) {
          const file = textFile(`Văn bản số ${n}`)
          const { status, body } = await gateway.as('G02').submit(numbered(n + 1), [file])
          expect(status, JSON.stringify(body)).to.equal(202)
          sent.set(body.documentId, sha256(file.bytes))
        }
      }),
    )
    const got: [documentId: string, sha256: string][] = []
    await Promise.all(
      recipients.map((gateway) =>
        world.until('every letter in an inbox', async () => {
          const office = gateway.as('G22')
          for (const { id, token } of await office.lease(5)) {
            const view = await office.document(id)
            got.push([view.documentId, view.attachments[0]?.sha256 ?? ''])
            expect((await office.confirm(id, token)).status).to.be.oneOf([200, 204])
          }
          return got.length >= DOCUMENTS
        }),
      ),
    )
    expect(got.length).to.equal(DOCUMENTS)
    expect(new Map(got)).to.deep.equal(sent)
    const [sender, recipient] = [senders[0]?.gateway.store, recipients[0]?.gateway.store]
    await world.until('every receipt at its sender', async () => {
      const rows = await sender?.read.all(`SELECT state FROM delivery WHERE state <> 'received'`)
      return rows?.length === 0
    })
    expect(await recipient?.read.get(`SELECT COUNT(*) AS n FROM inbox WHERE state = 'confirmed'`)).to.deep.equal({
      n: DOCUMENTS,
    })
    expect(
      await sender?.read.get(`SELECT COUNT(*) AS n FROM event WHERE type = 'receipt-verified'`),
      'each receipt told once',
    ).to.deep.equal({ n: DOCUMENTS })
    expect(await sender?.read.get('SELECT COUNT(*) AS n FROM attempt')).to.deep.equal({ n: DOCUMENTS })
  })

  it('enter the first directory once, when they start together', async () => {
    const gateways = await start('G02', 3)
    const known = gateways[0]?.gateway.directory.list().length
    const added = `SELECT COUNT(*) AS n FROM audit WHERE action = 'agency-added'`
    expect(await gateways[0]?.gateway.store.read.get(added)).to.deep.equal({ n: known })
  })

  it('take one submission once, whichever of them is asked, and one document under one id', async () => {
    const gateways = await start('G02', 2)
    const asked = [...gateways, ...gateways, ...gateways, ...gateways].map((gateway) => gateway.as('G02'))
    const key = randomUUID()
    const same = await Promise.all(asked.map((ministry) => ministry.submit(numbered(1), [textFile('một')], key)))
    expect(new Set(same.map((answer) => answer.body.id)).size, 'one id for one key').to.equal(1)
    const rival = await Promise.all(asked.map((ministry) => ministry.submit(numbered(2), [textFile('hai')])))
    expect(rival.map((answer) => answer.status).sort()).to.deep.equal([202, 409, 409, 409, 409, 409, 409, 409])
    const rows = await gateways[0]?.gateway.store.read.get('SELECT COUNT(*) AS n FROM envelope')
    expect(rows).to.deep.equal({ n: 2 })
  })

  // threat: replayed-package
  it('put a letter that comes twice at once, as two messages, into the inbox once, with one receipt', async () => {
    const [gateways, partner] = [await start('G22', 2), await Partner.open(world, 'G02')]
    const rounds = 20
    for (let n = 0; n < rounds; n++) {
      const made = await partner.document(`Văn bản số ${n}`)
      const copies = ['a', 'b', 'c'].map((copy) => ({ ...made, messageId: `${made.messageId}-${copy}` }))
      await Promise.all(copies.map((copy) => partner.put(copy, 'G22')))
    }
    const store = gateways[0]?.gateway.store
    await world.until('every copy judged', async () => {
      const waiting = await store?.read.all('SELECT id FROM stage')
      const inbox = await store?.read.all('SELECT envelope FROM inbox')
      return waiting?.length === 0 && (inbox?.length ?? 0) >= rounds
    })
    for (const [table, count] of Object.entries({ inbox: rounds, repeat_key: rounds, envelope: 2 * rounds }))
      expect(await store?.read.get(`SELECT COUNT(*) AS n FROM ${table}`), table).to.deep.equal({ n: count })
  })

  // threat: state-secret
  it('keep nothing of what bears a mark of secrecy, whichever part came while it was being refused', async () => {
    const [gateways, partner] = [await start('G22', 2), await Partner.open(world, 'G02')]
    const rounds = 6
    for (let n = 0; n < rounds; n++) {
      const harmless = await partner.document(`Văn bản số ${n}\n`.repeat(20_000), { subject: 'V/v phương án' })
      await partner.put(await signedWith(harmless, 'V/v phương án', 'TỐI MẬT: V/v phương án'), 'G22')
    }
    const store = gateways[0]?.gateway.store
    await world.until('every refusal', async () => {
      const refused = await store?.read.all(`SELECT id FROM quarantine WHERE code = 'secret-mark'`)
      return refused?.length === rounds
    })
    const left = 'SELECT COUNT(*) AS n FROM content WHERE envelope NOT IN (SELECT id FROM envelope)'
    expect(await store?.read.get(left)).to.deep.equal({ n: 0 })
  })

  it('tell one status once, whichever of them is asked', async () => {
    const [ministry, offices] = [(await world.start('G02')).as('G02'), await start('G22', 2)]
    await ministry.submit(letter(), [textFile('x')])
    const [first, second] = offices.map((gateway) => gateway.as('G22'))
    if (first === undefined || second === undefined) throw new Error('two were started')
    const [leased] = await world.until('the document in the inbox', async () => {
      const found = await first.lease()
      return found.length > 0 && found
    })
    const id = leased?.id ?? ''
    const answers = await Promise.all([first, second, first, second].map((office) => office.report(id, '03')))
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1)
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([202]))
  })
})
