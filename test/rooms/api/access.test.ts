import { expect } from 'chai'
import { timeOrderedIds } from '../../../src/base/index.ts'
import { clients } from '../../../src/store/index.ts'
import { ApiClient, type CheckedAnswer, documentPart, filePart, newKey } from '../../support/api-client.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
import { numbered } from '../../support/letters.ts'
import { describedOperations } from '../../support/openapi.ts'

// threat: other-tenant
describe('who may call', () => {
  const world = openWorld()
  let g02: TestGateway
  before(async () => {
    g02 = await world.start('G02', 'G12')
  })
  after(() => world.close())

  async function outcome(
    headers: Record<string, string>,
    path = '/v1/documents',
  ): Promise<[number, string | undefined]> {
    const answer = await new ApiClient(g02.gateway).get(path, headers)
    return [answer.status, answer.json<{ code?: string }>().code]
  }

  it('no key, a broken one, an unknown one and a revoked one look the same', async () => {
    const { store } = g02.gateway
    const key = await newKey(g02.gateway, 'G02')
    const id = /^lt_([a-z0-9]{26})_/.exec(key)?.[1] ?? ''
    expect((await outcome({ authorization: `Bearer ${key}` }))[0]).to.equal(200)
    await store.transact((tx) => clients.revoke(tx, id, 'test', timeOrderedIds(store.clock), store.clock))
    const attempts = [
      '',
      'Bearer',
      'Bearer ',
      `Basic ${btoa(`x:${key}`)}`,
      key,
      `Bearer ${key}`,
      `Bearer ${key.slice(0, -1)}`,
      `Bearer ${'x'.repeat(5000)}`,
    ]
    for (const authorization of attempts)
      expect(await outcome({ authorization })).to.deep.equal([401, 'unauthenticated'])
    const answer = await new ApiClient(g02.gateway).get('/v1/documents')
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer')
  })

  it('a key of one agency need not say for whom it acts, and cannot act for another', async () => {
    const authorization = `Bearer ${await newKey(g02.gateway, 'G02')}`
    expect((await outcome({ authorization }))[0]).to.equal(200)
    expect((await outcome({ authorization, 'x-agency': 'G02' }))[0]).to.equal(200)
    expect((await outcome({ authorization }, '/v1/documents?agency=G02'))[0]).to.equal(200)
    for (const agency of ['G12', 'G99', 'g02', '000.00.00.G02', ''])
      expect(await outcome({ authorization, 'x-agency': agency }), agency).to.deep.equal([403, 'forbidden'])
    expect(await outcome({ authorization }, '/v1/documents?agency=G12')).to.deep.equal([403, 'forbidden'])
  })

  it('a key of several agencies must say for which, once', async () => {
    const authorization = `Bearer ${await newKey(g02.gateway, 'G02', 'G12')}`
    expect(await outcome({ authorization })).to.deep.equal([400, 'request-invalid'])
    expect((await outcome({ authorization, 'x-agency': 'G12' }))[0]).to.equal(200)
    expect((await outcome({ authorization, 'x-agency': 'G12' }, '/v1/documents?agency=G12'))[0]).to.equal(200)
    expect(await outcome({ authorization, 'x-agency': 'G12' }, '/v1/documents?agency=G02')).to.deep.equal([
      400,
      'request-invalid',
    ])
    expect(await outcome({ authorization }, '/v1/documents?agency=G02&agency=G12')).to.deep.equal([
      400,
      'request-invalid',
    ])
  })

  it('the key is looked at before anything else of the request', async () => {
    expect(await outcome({}, '/v1/documents?limit=nonsense')).to.deep.equal([401, 'unauthenticated'])
    expect(await outcome({}, '/v1/documents/nonsense')).to.deep.equal([401, 'unauthenticated'])
    const answer = await new ApiClient(g02.gateway).call('POST', '/v1/inbox/leases', {
      body: '{',
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).to.equal(401)
  })

  for (const { method, path, id, open } of describedOperations)
    it(`${id} ${open ? 'is open to all' : 'is closed without a key'}`, async () => {
      const address = path.replaceAll(/\{\w+\}/g, '1')
      const answer = await new ApiClient(g02.gateway).call(method, address)
      if (open) expect(answer.status).to.equal(200)
      else expect(answer.json().code).to.equal('unauthenticated')
    })
})

// threat: other-tenant
describe('one agency cannot see another’s documents, though one gateway serves both', () => {
  const world = openWorld()
  let owners: Record<string, ApiClient>
  let strangers: Record<string, ApiClient>
  let sent = ''
  let receipt = ''
  let inbox: string[] = []
  let number = 0

  before(async () => {
    const [sending, receiving] = [await world.start('G02', 'G12'), await world.start('G22', 'H26')]
    const client = async (gateway: TestGateway, ...codes: string[]) =>
      new ApiClient(gateway.gateway, await newKey(gateway.gateway, ...codes))
    owners = { out: await client(sending, 'G02'), in: await client(receiving, 'G22') }
    strangers = { out: await client(sending, 'G12'), in: await client(receiving, 'H26') }
    for (let i = 0; i < 4; i++) {
      const answer = await submit(of(owners, 'out'))
      sent = answer.json<{ id: string }>().id
    }
    inbox = await world.until('four letters', async () => {
      const { items } = (await of(owners, 'in').get('/v1/inbox')).json<{ items: { id: string }[] }>()
      return items.length === 4 && items.map(({ id }) => id)
    })
    receipt = await world.until('a receipt', async () => {
      const { items } = (await of(owners, 'out').get(`/v1/documents/${sent}/receipts`)).json<{
        items: { id: string }[]
      }>()
      return items[0]?.id
    })
  })
  after(() => world.close())

  function of(clients: Record<string, ApiClient>, side: string): ApiClient {
    const client = clients[side]
    if (client === undefined) throw new Error(side)
    return client
  }

  function submit(client: ApiClient, headers: Record<string, string> = {}): Promise<CheckedAnswer> {
    return client.submit([documentPart(numbered(++number)), filePart('a.pdf', `${number}`)], headers)
  }

  async function leaseWith(client: ApiClient): Promise<{ id: string; token: string }> {
    const [lease] = (await client.post('/v1/inbox/leases', { max: 1 })).json<{
      items: { id: string; token: string }[]
    }>().items
    if (lease === undefined) throw new Error('nothing waits')
    return lease
  }

  /** The request that the owner's key is answered, for each operation; a new operation needs an entry here. */
  const requests: Record<string, () => Promise<[side: 'out' | 'in', method: string, path: string, json?: unknown]>> = {
    getDocument: async () => ['out', 'GET', `/v1/documents/${sent}`],
    getEnvelope: async () => ['out', 'GET', `/v1/documents/${sent}/envelope`],
    getAttachment: async () => ['out', 'GET', `/v1/documents/${sent}/attachments/1`],
    getAttachmentReport: () => made('out', `/v1/documents/${sent}/attachments/1/report`),
    listReceipts: async () => ['out', 'GET', `/v1/documents/${sent}/receipts`],
    getReceipt: async () => ['out', 'GET', `/v1/documents/${sent}/receipts/${receipt}`],
    getReceiptEvidence: async () => ['out', 'GET', `/v1/documents/${sent}/receipts/${receipt}/evidence`],
    getInboxDocument: async () => ['in', 'GET', `/v1/inbox/${inbox[0]}`],
    getInboxEnvelope: async () => ['in', 'GET', `/v1/inbox/${inbox[0]}/envelope`],
    getInboxAttachment: async () => ['in', 'GET', `/v1/inbox/${inbox[0]}/attachments/1`],
    getInboxAttachmentReport: () => made('in', `/v1/inbox/${inbox[0]}/attachments/1/report`),
    getInboxEvidence: () => made('in', `/v1/inbox/${inbox[0]}/evidence`),
    reportInboxStatus: async () => ['in', 'POST', `/v1/inbox/${inbox[0]}/statuses`, { code: '03' }],
    confirmInbox: async () => held('confirm'),
    releaseInbox: async () => held('release'),
    extendInbox: async () => held('extend'),
  }
  const held = async (step: string): Promise<['in', string, string, unknown]> => {
    const { id, token } = await leaseWith(of(owners, 'in'))
    return ['in', 'POST', `/v1/inbox/${id}/${step}`, { token }]
  }

  /** What is made after the document came. */
  const made = async (side: 'out' | 'in', path: string): Promise<['out' | 'in', string, string]> => {
    await world.until(path, async () => (await of(owners, side).get(path)).status === 200)
    return [side, 'GET', path]
  }

  /** Operations that name no document: what they give is looked at below. */
  const lists = ['searchDocuments', 'listInbox', 'leaseInbox', 'submitDocument', 'listAgencies']

  for (const { id, open } of describedOperations)
    if (!open && !lists.includes(id))
      it(`${id}: for a stranger there is nothing there; the owner is answered`, async () => {
        const [side, method, path, json] = await (
          requests[id] ?? (() => Promise.reject(new Error(`no request for ${id}`)))
        )()
        const options = json === undefined ? {} : { json }
        const stranger = await of(strangers, side).call(method, path, options)
        expect([stranger.status, stranger.json().code]).to.deep.equal([404, 'not-found'])
        expect(stranger.bytes.toString()).not.to.match(/G02|G22/)
        const spoofed = await of(strangers, side).call(method, path, {
          ...options,
          headers: { 'x-agency': side === 'out' ? 'G02' : 'G22' },
        })
        expect([spoofed.status, spoofed.json().code]).to.deep.equal([403, 'forbidden'])
        expect((await of(owners, side).call(method, path, options)).status).to.be.within(200, 299)
      })

  it('lists, searches and leases give a stranger nothing', async () => {
    const items = async (answer: Promise<CheckedAnswer>) => (await answer).json<{ items: unknown[] }>().items
    expect(await items(of(strangers, 'out').get('/v1/documents'))).to.deep.equal([])
    expect(await items(of(strangers, 'out').get('/v1/documents?text=BCT'))).to.deep.equal([])
    expect(await items(of(strangers, 'in').get('/v1/inbox'))).to.deep.equal([])
    expect(await items(of(strangers, 'in').get('/v1/documents?direction=in'))).to.deep.equal([])
    expect(await items(of(strangers, 'in').post('/v1/inbox/leases', { max: 50 }))).to.deep.equal([])
    expect((await items(of(owners, 'out').get('/v1/documents'))).length).to.be.greaterThan(0)
    expect((await items(of(owners, 'in').get('/v1/inbox'))).length).to.be.greaterThan(0)
  })

  it('a cursor of one agency is no cursor for another', async () => {
    const { next } = (await of(owners, 'out').get('/v1/documents?limit=1')).json<{ next: string }>()
    expect((await of(strangers, 'out').get(`/v1/documents?limit=1&cursor=${next}`)).json().code).to.equal(
      'cursor-invalid',
    )
  })

  it('nobody submits in another’s name', async () => {
    const answer = await submit(of(strangers, 'out'), { 'x-agency': 'G02' })
    expect([answer.status, answer.json().code]).to.deep.equal([403, 'forbidden'])
    const named = await of(strangers, 'out').submit([documentPart(numbered(1, { from: 'G02' })), filePart('a.pdf')])
    expect([named.status, named.json().field]).to.deep.equal([400, '/from'])
  })

  it('what one local agency sends to another is two documents, each seen by its owner', async () => {
    const [ministry, finance] = [of(owners, 'out'), of(strangers, 'out')]
    const answer = await ministry.submit([documentPart(numbered(77, { to: ['G12'] })), filePart('a.pdf', '77')])
    const { id } = answer.json<{ id: string }>()
    const [arrived] = await world.until('the letter at G12', async () => {
      const { items } = (await finance.get('/v1/inbox')).json<{ items: { id: string }[] }>()
      return items.length > 0 && items
    })
    expect(arrived?.id).not.to.equal(id)
    expect((await finance.get(`/v1/documents/${id}`)).status).to.equal(404)
    expect((await ministry.get(`/v1/inbox/${arrived?.id}`)).status).to.equal(404)
    expect((await ministry.get(`/v1/inbox/${id}`)).status).to.equal(404)
  })
})
