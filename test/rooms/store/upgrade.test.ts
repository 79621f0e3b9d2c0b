import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { silentLog, systemClock } from '../../../src/base/index.ts'
import { readEnvelope } from '../../../src/envelope/index.ts'
import type { AgencyCode } from '../../../src/message/index.ts'
import { verify } from '../../../src/signature/index.ts'
import {
  content,
  copyStore,
  documents,
  events,
  openStore,
  type Store,
  statuses,
  verifyAudit,
} from '../../../src/store/index.ts'
import { sha256 } from '../../support/letters.ts'
import { toyCertificate, toyTrustStore } from '../../support/pki.ts'
import { postgresPlace } from '../../support/postgres.ts'

const office = 'G22' as AgencyCode

const databases: Readonly<Record<string, (earlier: Store) => Promise<{ store: Store; drop: () => Promise<void> }>>> = {
  SQLite: async (earlier) => ({ store: earlier, drop: async () => {} }),
  'PostgreSQL, copied there': async (earlier) => {
    const place = await postgresPlace()
    const store = await openStore({ url: place.url, clock: systemClock, log: silentLog })
    await copyStore(earlier, store)
    await earlier.close()
    return { store, drop: () => place.drop() }
  },
}

for (const [database, bring] of Object.entries(databases))
  describe(`a store of version 0.1.0 on ${database}`, () => {
    let folder: string
    let store: Store
    let drop: () => Promise<void>
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'lienthong-upgrade-'))
      const file = join(folder, 'store.sqlite')
      writeFileSync(file, gunzipSync(readFileSync(new URL('../../fixtures/store-0.1.0.sqlite.gz', import.meta.url))))
      ;({ store, drop } = await bring(await openStore({ file, clock: systemClock, log: silentLog })))
    })
    after(async () => {
      await store.close()
      await drop()
      rmSync(folder, { recursive: true, force: true })
    })

    it('still has its document, byte for byte under its signature', async () => {
      const [record] = await documents.search(store.read, { agencies: [office], limit: 10 })
      if (record === undefined) throw new Error('the document is gone')
      const chunks: Uint8Array[] = []
      for await (const chunk of content.readEnvelope(store.read, record.id)) chunks.push(chunk)
      expect(sha256(Buffer.concat(chunks))).to.equal(record.sha256)
      const trust = {
        store: toyTrustStore(),
        agencySigning: () => 'G02' as AgencyCode,
        ed25519Agreed: () => false,
        signingAgeMs: Number.POSITIVE_INFINITY,
      }
      const signed = await verify(Buffer.concat(chunks), trust, record.storedAt)
      const { message } = readEnvelope(signed, record.storedAt)
      expect(message).to.deep.equal(record.message)
    })

    it('still serves each attachment with the digest it came with', async () => {
      const [record] = await documents.search(store.read, { agencies: [office], text: 'bao cao', limit: 10 })
      if (record === undefined) throw new Error('the document is not found by its subject')
      const attachments = await documents.attachments(store.read, record.id)
      expect(attachments).to.have.length(2)
      for (const { n, octets, sha256: digest } of attachments) {
        const pieces: Uint8Array[] = []
        for await (const piece of content.readAttachment(store.read, record.id, n, 0, octets)) pieces.push(piece)
        expect(sha256(Buffer.concat(pieces))).to.equal(digest)
      }
    })

    it('still knows what was told about it, and in which order', async () => {
      const [record] = await documents.search(store.read, { agencies: [office], limit: 10 })
      if (record === undefined) throw new Error('the document is gone')
      expect((await statuses.of(store.read, record.id)).map(({ code }) => code)).to.deep.equal(['01', '03', '05', '06'])
      const timeline = await events.timeline(store.read, [office], record.id)
      expect(timeline.map(({ type }) => type)).to.include.members([
        'document-verified',
        'document-arrived',
        'document-confirmed',
      ])
    })

    it('still has an audit chain without a break', async () => {
      await verifyAudit(store, [toyCertificate('g22-rsa')])
    })
  })
