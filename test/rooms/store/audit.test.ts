import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { codeOf, GatewayError, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import { createSigner, readCertificate, type Signer } from '../../../src/pki/index.ts'
import { chainHash } from '../../../src/store/audit-chain.ts'
import {
  audit,
  openStore,
  type SqlValue,
  type Store,
  sequenceAudit,
  signAuditHead,
  verifyAudit,
} from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { failureOf } from './failure.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const example = (name: string): string =>
  readFileSync(new URL(`../../../certs-example/${name}`, import.meta.url), 'utf8')
const signerOf = (name: string, scheme?: 'pkcs1' | 'pss'): Signer =>
  createSigner({
    privateKeyPem: example(`${name}.key`),
    certificatePem: example(`${name}.crt`),
    ...(scheme === undefined ? {} : { scheme }),
  })

// threat: rewritten-audit
describe('the audit chain', () => {
  const signer = signerOf('g02-p256')
  const ours = [signer.certificate]
  let clock: MovableClock
  let store: Store

  beforeEach(async () => {
    clock = new MovableClock()
    store = await openStore({ file: ':memory:', clock, log: silentLog })
  })
  afterEach(() => store.close())

  /** Rows 1 to 10 with a head signed at 5 and at 10. */
  async function tenRows(): Promise<void> {
    const ids = timeOrderedIds(clock)
    for (let n = 1; n <= 10; n++) {
      const entry = {
        actor: 'operator:lan',
        action: 'agency-changed',
        subject: `G${n}`,
        detail: { n, name: 'Bộ Công Thương' },
      }
      await store.transact((tx) => audit.record(tx, entry, ids, clock))
      await clock.advance(1000)
      if (n % 5 === 0) await sequenceAndSign()
    }
  }

  async function sequenceAndSign(): Promise<void> {
    await sequenceAudit(store)
    await signAuditHead(store, signer, clock)
    await clock.advance(DAY_MS)
  }

  const tamper = (text: string, ...params: SqlValue[]): Promise<number> => store.transact((tx) => tx.run(text, params))

  async function breakAt(): Promise<{ seq: unknown; message: string }> {
    const failure = await failureOf(verifyAudit(store, ours))
    expect(codeOf(failure)).to.equal('audit-broken')
    return { seq: failure instanceof GatewayError ? failure.detail['seq'] : undefined, message: failure.message }
  }

  /** What somebody with the whole store in hand would do: number and chain everything anew from `seq` on. */
  async function chainAnew(): Promise<void> {
    await tamper('UPDATE audit SET seq = NULL, prev = NULL, hash = NULL')
    while ((await sequenceAudit(store)) > 0);
  }

  it('that nobody touched fits together, and says up to where it is signed', async () => {
    await tenRows()
    const { hash, ...verdict } = await verifyAudit(store, ours)
    expect(verdict).to.deep.equal({ rows: 10, heads: 2, signedUpTo: 10 })
    expect(hash).to.match(/^[0-9a-f]{64}$/)
  })

  it('of an empty store fits together', async () => {
    expect((await verifyAudit(store, ours)).rows).to.equal(0)
  })

  it('numbers rows in the order of their ids, and only those that were committed', async () => {
    const ids = timeOrderedIds(clock)
    const entry = { actor: 'a', action: 'b', subject: 'c' }
    await failureOf(
      store.transact(async (tx) => {
        await audit.record(tx, entry, ids, clock)
        throw new Error('taken back')
      }),
    )
    await store.transact((tx) => audit.record(tx, { ...entry, subject: 'kept' }, ids, clock))
    expect(await sequenceAudit(store)).to.equal(1)
    expect(await sequenceAudit(store)).to.equal(0)
    expect(await store.read.all('SELECT seq, subject FROM audit')).to.deep.equal([{ seq: 1, subject: 'kept' }])
  })

  it('is walked in pages', async () => {
    const ids = timeOrderedIds(clock)
    await store.transact(async (tx) => {
      for (let n = 0; n < 1201; n++) await audit.record(tx, { actor: 'a', action: 'b', subject: `${n}` }, ids, clock)
    })
    expect([await sequenceAudit(store), await sequenceAudit(store), await sequenceAudit(store)]).to.deep.equal([
      500, 500, 201,
    ])
    expect((await verifyAudit(store, ours)).rows).to.equal(1201)
  })

  for (const [field, value] of Object.entries({
    at: 1,
    actor: 'operator:minh',
    action: 'agency-read',
    subject: 'G99',
    id: '0',
    detail_digest: 'f'.repeat(64),
  }))
    it(`shows an edited row: ${field}`, async () => {
      await tenRows()
      await tamper(`UPDATE audit SET ${field} = ? WHERE seq = 4`, value)
      expect((await breakAt()).seq).to.equal(4)
    })

  it('shows an edited row whose hash was made to fit', async () => {
    await tenRows()
    type Row = Parameters<typeof chainHash>[2] & { prev: string }
    const row = await store.read.get<Row>('SELECT * FROM audit WHERE seq = 4')
    if (row === undefined) throw new Error('row 4 is missing')
    const hash = chainHash(row.prev, 4, { ...row, subject: 'G99' })
    await tamper(`UPDATE audit SET subject = 'G99', hash = ? WHERE seq = 4`, hash)
    expect((await breakAt()).message).to.equal('Row 5 does not follow the row before it.')
  })

  it('shows an edited detail', async () => {
    await tenRows()
    await tamper(`UPDATE audit SET detail = '{"n":7}' WHERE seq = 4`)
    expect((await breakAt()).message).to.equal('The detail of row 4 was changed.')
  })

  it('shows a detail whose salt alone was taken', async () => {
    await tenRows()
    await tamper('UPDATE audit SET salt = NULL WHERE seq = 4')
    expect((await breakAt()).seq).to.equal(4)
  })

  it('shows a missing row', async () => {
    await tenRows()
    await tamper('DELETE FROM audit WHERE seq = 4')
    expect((await breakAt()).message).to.equal('Row 4 is missing.')
  })

  it('shows a missing row although the others moved up', async () => {
    await tenRows()
    await tamper('DELETE FROM audit WHERE seq = 4')
    for (let seq = 5; seq <= 10; seq++) await tamper('UPDATE audit SET seq = seq - 1 WHERE seq = ?', seq)
    expect((await breakAt()).seq).to.equal(4)
  })

  it('shows rows that changed places', async () => {
    await tenRows()
    await tamper('UPDATE audit SET seq = 99 WHERE seq = 4')
    await tamper('UPDATE audit SET seq = 4 WHERE seq = 5')
    await tamper('UPDATE audit SET seq = 5 WHERE seq = 99')
    expect((await breakAt()).seq).to.equal(4)
  })

  it('shows that its end was cut off', async () => {
    await tenRows()
    await tamper('DELETE FROM audit WHERE seq > 8')
    expect((await breakAt()).message).to.contain('ends at row 8, but a signed head covers row 10')
  })

  it('shows that it was cut off to nothing', async () => {
    await tenRows()
    await tamper('DELETE FROM audit')
    expect((await breakAt()).message).to.contain('ends at row 0')
  })

  it('shows that it was cut off and went on since', async () => {
    await tenRows()
    await tamper('DELETE FROM audit WHERE seq > 8')
    await store.transact(async (tx) => {
      const ids = timeOrderedIds(clock)
      for (let n = 0; n < 3; n++) await audit.record(tx, { actor: 'a', action: 'b', subject: 'c' }, ids, clock)
    })
    await sequenceAudit(store)
    expect((await breakAt()).message).to.contain('Row 10 is not the one signed')
  })

  it('shows that it was rewritten whole, each link made to fit', async () => {
    await tenRows()
    await tamper(`UPDATE audit SET subject = 'G99' WHERE seq = 4`)
    await chainAnew()
    const { message, seq } = await breakAt()
    expect(message).to.contain('the chain was rewritten')
    expect(seq).to.equal(5)
  })

  it('shows a head that was changed to fit a rewritten chain', async () => {
    await tenRows()
    await tamper(`UPDATE audit SET subject = 'G99' WHERE seq = 4`)
    await chainAnew()
    await tamper('UPDATE audit_head SET hash = (SELECT hash FROM audit WHERE audit.seq = audit_head.seq)')
    expect((await breakAt()).message).to.contain('does not bear a signature')
  })

  it('shows a head signed by somebody else', async () => {
    await tenRows()
    const failure = await failureOf(verifyAudit(store, [readCertificate(example('g22-p256.crt'))]))
    expect(codeOf(failure)).to.equal('audit-broken')
  })

  it('shows a head that claims another algorithm', async () => {
    await tenRows()
    await tamper(`UPDATE audit_head SET algorithm = 'none' WHERE seq = 5`)
    expect((await breakAt()).seq).to.equal(5)
  })

  it('outlives the destruction of details, of which nothing is left', async () => {
    await tenRows()
    expect(await store.transact((tx) => audit.erase(tx, 'G4'))).to.equal(1)
    expect(await store.read.get('SELECT detail, salt FROM audit WHERE seq = 4')).to.deep.equal({
      detail: null,
      salt: null,
    })
    expect((await verifyAudit(store, ours)).rows).to.equal(10)
  })

  it('gives two rows with the same detail different digests', async () => {
    const ids = timeOrderedIds(clock)
    const entry = { actor: 'a', action: 'b', subject: 'c', detail: { x: 1 } }
    await store.transact((tx) =>
      Promise.all([audit.record(tx, entry, ids, clock), audit.record(tx, entry, ids, clock)]),
    )
    const digests = await store.read.all<{ d: string }>('SELECT DISTINCT detail_digest AS d FROM audit')
    expect(digests).to.have.length(2)
  })

  it('gets one head a day, and none when nothing was added', async () => {
    await tenRows()
    expect(await signAuditHead(store, signer, clock)).to.equal(undefined)
    await store.transact((tx) =>
      audit.record(tx, { actor: 'a', action: 'b', subject: 'c' }, timeOrderedIds(clock), clock),
    )
    await sequenceAudit(store)
    expect((await signAuditHead(store, signer, clock))?.seq).to.equal(11)
    await store.transact((tx) =>
      audit.record(tx, { actor: 'a', action: 'b', subject: 'd' }, timeOrderedIds(clock), clock),
    )
    await sequenceAudit(store)
    expect(await signAuditHead(store, signer, clock)).to.equal(undefined)
    await clock.advance(DAY_MS)
    expect((await signAuditHead(store, signer, clock))?.seq).to.equal(12)
    expect((await verifyAudit(store, ours)).heads).to.equal(4)
  })

  for (const [name, scheme] of [
    ['g02-rsa', 'pkcs1'],
    ['g02-rsa', 'pss'],
    ['g02-p384', undefined],
    ['g02-ed25519', undefined],
  ] as const)
    it(`takes heads signed with ${name}${scheme === undefined ? '' : ` (${scheme})`}, and no other signature`, async () => {
      const other = signerOf(name, scheme)
      await store.transact((tx) =>
        audit.record(tx, { actor: 'a', action: 'b', subject: 'c' }, timeOrderedIds(clock), clock),
      )
      await sequenceAudit(store)
      await signAuditHead(store, other, clock)
      expect((await verifyAudit(store, [other.certificate])).heads).to.equal(1)
      await tamper('UPDATE audit_head SET signed_at = signed_at + 1')
      expect(codeOf(await failureOf(verifyAudit(store, [other.certificate])))).to.equal('audit-broken')
    })
})
