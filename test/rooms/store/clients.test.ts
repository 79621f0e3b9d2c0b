import { expect } from 'chai'
import { codeOf, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import type { AgencyCode } from '../../../src/message/index.ts'
import { clients, openStore, type Store } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { failureOf } from './failure.ts'

describe('clients', () => {
  const clock = new MovableClock()
  const ids = timeOrderedIds(clock)
  const iMoit = { name: 'iMOIT', agencies: ['G02' as AgencyCode], actor: 'operator:lan' }
  let store: Store

  beforeEach(async () => {
    store = await openStore({ file: ':memory:', clock, log: silentLog })
    await store.transact((tx) =>
      tx.run(
        `INSERT INTO agency (code, wire_code, name, updated_at) VALUES ('G02', '000.00.00.G02', 'Bộ Công Thương', 0)`,
      ),
    )
  })
  afterEach(() => store.close())

  it('are found by their key and by nothing else', async () => {
    const { id, key } = await store.transact((tx) => clients.create(tx, iMoit, ids, clock))
    expect(key)
      .to.match(/^lt_[0-9a-z]{26}_[\w-]{43}$/)
      .and.to.contain(id)
    expect(await clients.find(store.read, key)).to.deep.equal({
      id,
      name: 'iMOIT',
      agencies: ['G02'],
      createdAt: clock.now(),
    })
    for (const other of [`${key}x`, key.slice(0, -1), key.toUpperCase(), id, ''])
      expect(await clients.find(store.read, other)).to.equal(undefined)
  })

  // threat: leaked-secret
  it('leave nothing of their key in the store', async () => {
    const { key } = await store.transact((tx) => clients.create(tx, iMoit, ids, clock))
    const secret = key.slice(-43)
    const rows = [await store.read.all('SELECT * FROM client'), await store.read.all('SELECT * FROM audit')]
    expect(JSON.stringify(rows)).not.to.contain(secret)
  })

  it('are let in no more once revoked, and stay in the list', async () => {
    const { id, key } = await store.transact((tx) => clients.create(tx, iMoit, ids, clock))
    expect(await store.transact((tx) => clients.revoke(tx, id, 'operator:lan', ids, clock))).to.equal(true)
    expect(await store.transact((tx) => clients.revoke(tx, id, 'operator:lan', ids, clock))).to.equal(false)
    expect(await clients.find(store.read, key)).to.equal(undefined)
    expect((await clients.list(store.read)).map(({ name, revokedAt }) => ({ name, revokedAt }))).to.deep.equal([
      { name: 'iMOIT', revokedAt: clock.now() },
    ])
  })

  it('are audited when created and when revoked', async () => {
    const { id } = await store.transact((tx) => clients.create(tx, iMoit, ids, clock))
    await store.transact((tx) => clients.revoke(tx, id, 'operator:minh', ids, clock))
    expect(await store.read.all('SELECT actor, action, subject FROM audit ORDER BY id')).to.deep.equal([
      { actor: 'operator:lan', action: 'client-created', subject: id },
      { actor: 'operator:minh', action: 'client-revoked', subject: id },
    ])
  })

  it('act for agencies that the directory has, at least one', async () => {
    const create = (...agencies: string[]): Promise<Error> =>
      failureOf(
        store.transact((tx) => clients.create(tx, { ...iMoit, agencies: agencies as AgencyCode[] }, ids, clock)),
      )
    const unknown = await create('G02', 'G77')
    expect(codeOf(unknown)).to.equal('agency-unknown')
    expect(unknown.message).to.contain('G77')
    expect(codeOf(await create())).to.equal('request-invalid')
    expect(await clients.list(store.read)).to.deep.equal([])
  })
})
