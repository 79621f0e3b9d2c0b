import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { type FaultPoint, faultPoints, silentLog, systemClock } from '../../src/base/index.ts'
import { readEnvelope } from '../../src/envelope/index.ts'
import type { EnvelopeId } from '../../src/message/index.ts'
import { verify } from '../../src/signature/index.ts'
import { content, openStore, type Store, verifyAudit } from '../../src/store/index.ts'
import { Ministry, Office } from '../support/crash-people.ts'
import { CrashingGateways } from '../support/crashing-gateways.ts'
import { sha256 } from '../support/letters.ts'
import { toyCertificate } from '../support/pki.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { toyTrust } from '../support/toy-signers.ts'

const DOCUMENTS = 500
const PER_LIFE = 25
const seed = Number(process.env['CRASH_SEED'] ?? 20_261_121)
/** Points passed once or twice in a second; the others are passed once for each document. */
const seldom: readonly FaultPoint[] = ['send.leased', 'deliver.leased', 'upkeep.sequenced', 'upkeep.reported']

/** Those that every document passes; an operator's commands die in a test of their own. */
const points = faultPoints.filter((point) => !point.startsWith('repair.') && point !== 'receive.redriven')

describe(`two gateways that are killed at every durable step (CRASH_SEED=${seed})`, function () {
  this.timeout(600_000)
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-crash-'))
  const gateways = new CrashingGateways(folder)
  const ministry = new Ministry(gateways, { documents: DOCUMENTS, seed })
  const office = new Office(gateways, join(folder, 'office.log'))
  const diedAt: FaultPoint[] = []
  const ends = new AbortController()
  let stores: { G02: Store; G22: Store }

  before('500 documents travel while the gateways die again and again', async () => {
    const random = seededRandom(seed)
    const people = [ministry.work(ends.signal), office.work(ends.signal)]
    const broken = Promise.all(people).then(() => undefined)
    const story = async (): Promise<void> => {
      for (const point of random.shuffled(points)) {
        await gateways.start()
        ministry.mayHandOver(PER_LIFE)
        if (await gateways.dieAt(point, random.integer(1, seldom.includes(point) ? 2 : 10), 60_000)) diedAt.push(point)
      }
      await gateways.start()
      ministry.mayHandOver(DOCUMENTS)
      await settled()
    }
    await Promise.race([story(), broken])
    ends.abort()
    await broken
    expect(ministry.refused).to.deep.equal([])
    await gateways.stop()
    const open = (code: string): Promise<Store> =>
      openStore({ file: join(folder, `${code}.sqlite`), clock: systemClock, log: silentLog })
    stores = { G02: await open('g02'), G22: await open('g22') }
  })

  after(async () => {
    ends.abort()
    await gateways.kill()
    await Promise.all([stores?.G02.close(), stores?.G22.close()])
    rmSync(folder, { recursive: true, force: true })
  })

  /** Lets time pass for what waits to be sent again, until everybody has everything. */
  async function settled(): Promise<void> {
    for (let rounds = 0; rounds < 400; rounds++) {
      for (let looks = 0; looks < 10; looks++) {
        const handedOn = ministry.accepted.size === DOCUMENTS && office.confirmed.size === DOCUMENTS
        if (handedOn && (await allReceived()) && (await allToldOf())) return
        await pause(100)
      }
      await gateways.skip(20 * 60_000)
    }
  }

  async function allReceived(): Promise<boolean> {
    const client = gateways.as('G02')
    const open = await Promise.all(
      ['accepted', 'sent'].map((state) =>
        client.call<{ items: unknown[] }>('GET', `/v1/documents?direction=out&state=${state}&limit=1`),
      ),
    )
    return open.every(({ body }) => body.items.length === 0)
  }

  async function allToldOf(): Promise<boolean> {
    const client = gateways.as('G02')
    const ours = [...ministry.accepted.values()].filter(({ documentId }) => office.reported.has(documentId))
    const views = await Promise.all(ours.map(({ id }) => client.document(id)))
    return views.every(({ deliveries }) => deliveries?.[0]?.processingStatus === '03')
  }

  it('died at each of the fault points', () => {
    expect([...diedAt].sort()).to.deep.equal([...points].sort())
  })

  // threat: lost-or-doubled
  it('every document that was accepted is received, and none twice under one Idempotency-Key (promise 1)', async () => {
    expect(ministry.accepted.size).to.equal(DOCUMENTS)
    expect(new Set([...ministry.accepted.values()].map(({ id }) => id)).size).to.equal(DOCUMENTS)
    const states = await stores.G02.read.all<{ state: string; n: number }>(
      `SELECT state, COUNT(*) AS n FROM delivery WHERE kind = 'document' GROUP BY state`,
    )
    expect(states.map(({ state, n }) => ({ state, n }))).to.deep.equal([{ state: 'received', n: DOCUMENTS }])
    const kept = await stores.G02.read.all<{ id: string }>(
      `SELECT id FROM envelope WHERE form = 'document' AND direction = 'out'`,
    )
    expect(kept.map(({ id }) => id).sort()).to.deep.equal([...ministry.accepted.values()].map(({ id }) => id).sort())
  })

  // threat: lost-or-doubled
  it('the recipient sees each document once, whatever was sent, redelivered or leased again (promise 2)', async () => {
    const entries = new Map<string, Set<string>>()
    for (const { id, documentId } of office.log())
      entries.set(documentId, (entries.get(documentId) ?? new Set()).add(id))
    expect(entries.size).to.equal(DOCUMENTS)
    expect([...entries].filter(([, ids]) => ids.size > 1)).to.deep.equal([])
    const inbox = await stores.G22.read.all<{ state: string; n: number }>(
      'SELECT state, COUNT(*) AS n FROM inbox GROUP BY state',
    )
    expect(inbox.map(({ state, n }) => ({ state, n }))).to.deep.equal([{ state: 'confirmed', n: DOCUMENTS }])
  })

  it('what the recipient downloaded has the digest of what the sender uploaded (promise 3)', () => {
    const downloaded = new Map(office.log().map((entry) => [entry.documentId, entry.sha256]))
    for (const { documentId, sha256: uploaded } of ministry.accepted.values())
      expect(downloaded.get(documentId), documentId).to.equal(uploaded)
  })

  it('a receipt stands in the store of the recipient exactly where the document does, and nowhere else (promise 5)', async () => {
    const rows = await stores.G22.read.all<{ id: EnvelopeId; receipts: number; keys: number }>(
      `SELECT i.envelope AS id,
         (SELECT COUNT(*) FROM envelope r WHERE r.answers = i.envelope AND r.operation = 'status:01') AS receipts,
         (SELECT COUNT(*) FROM repeat_key k WHERE k.envelope = i.envelope AND k.verdict = 'received') AS keys
       FROM inbox i`,
    )
    expect(rows.filter(({ receipts, keys }) => receipts !== 1 || keys !== 1)).to.deep.equal([])
    const strays = await stores.G22.read.get<{ n: number }>(
      `SELECT COUNT(*) AS n FROM envelope WHERE (operation = 'status:01' AND answers NOT IN (SELECT envelope FROM inbox))
         OR (direction = 'in' AND form = 'document' AND id NOT IN (SELECT envelope FROM inbox))`,
    )
    expect(strays?.n).to.equal(0)
  })

  it('each receipt is signed by the recipient and names the digests of the bytes that both hold (promise 5)', async () => {
    const pairs = await stores.G02.read.all<{
      id: EnvelopeId
      receipt: EnvelopeId
      sha256: string
      digests: string
      at: number
    }>(
      `SELECT e.id, d.receipt, e.sha256, e.signed_digests AS digests, d.ended_at AS at FROM delivery d JOIN envelope e ON e.id = d.envelope
       WHERE d.kind = 'document'`,
    )
    const arrived = await stores.G22.read.all<{ sha256: string }>(
      `SELECT sha256 FROM envelope WHERE direction = 'in' AND form = 'document'`,
    )
    expect(arrived.map((row) => row.sha256).sort()).to.deep.equal(pairs.map((row) => row.sha256).sort())
    for (const { id, receipt, sha256: named, digests, at } of pairs) {
      expect(sha256(await bytesOf(stores.G02, id))).to.equal(named)
      const signed = await verify(await bytesOf(stores.G02, receipt), toyTrust(), new Date(at))
      expect(signed.signer.agency).to.equal('G22')
      expect(readEnvelope(signed, new Date(at)).message).to.include({ statusCode: '01' })
      expect(signed.receipt?.envelopeSha256).to.equal(named)
      expect(signed.receipt?.references).to.deep.equal(JSON.parse(digests))
    }
  })

  it('statuses that were reported meanwhile arrived, each once', async () => {
    const told = await stores.G02.read.all<{ n: number }>(
      `SELECT COUNT(*) AS n FROM status WHERE code = '03' AND document IS NOT NULL GROUP BY document`,
    )
    expect(told).to.have.length(office.reported.size)
    expect(told.every(({ n }) => n === 1)).to.equal(true)
    expect(office.reported.size).to.be.greaterThan(DOCUMENTS / 20)
  })

  it('no bytes are left without an owner, events are numbered without a gap and the audit chain holds', async () => {
    for (const store of [stores.G02, stores.G22]) {
      const orphans = await store.read.get<{ n: number }>(
        `SELECT COUNT(*) AS n FROM content WHERE envelope NOT IN (SELECT id FROM envelope) AND envelope NOT IN (SELECT id FROM stage)`,
      )
      expect(orphans?.n).to.equal(0)
      const numbers = await store.read.get<{ n: number; last: number }>(
        'SELECT COUNT(seq) AS n, MAX(seq) AS last FROM event',
      )
      expect(numbers?.n).to.equal(numbers?.last)
      const quarantined = await store.read.all('SELECT code, message FROM quarantine')
      expect(quarantined).to.deep.equal([])
    }
    await verifyAudit(stores.G02, [toyCertificate('g02-p256')])
    await verifyAudit(stores.G22, [toyCertificate('g22-p256')])
  })
})

async function bytesOf(store: Store, id: EnvelopeId): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content.readEnvelope(store.read, id)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
