import { expect } from 'chai'
import { ApiClient, documentPart, filePart, newKey } from '../../support/api-client.ts'
import { MovableClock } from '../../support/clock.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
import { numbered, sha256 } from '../../support/letters.ts'

interface Lease {
  id: string
  token: string
  leaseUntil: string
}
interface Item {
  id: string
  subject: string
  inbox: { state: string; leaseUntil?: string }
}

describe('the inbox', () => {
  const clock = new MovableClock()
  const world = openWorld({ clock })
  let g02: TestGateway
  let g22: TestGateway
  let ministry: ApiClient
  let office: ApiClient
  let number = 0

  before(async () => {
    g02 = await world.start('G02')
    g22 = await world.start('G22')
    ministry = new ApiClient(g02.gateway, await newKey(g02.gateway, 'G02'))
    office = new ApiClient(g22.gateway, await newKey(g22.gateway, 'G22'))
  })
  after(() => world.close())
  afterEach('nothing is left waiting for the next test', async () => {
    await clock.advance(2 * 60 * 60 * 1000)
    for (const { id, token } of await lease(50)) await office.post(`/v1/inbox/${id}/confirm`, { token })
  })

  /** Sends a letter; resolves when it is in the recipient's inbox, with its ids on both sides. */
  async function arrived(change: Record<string, unknown> = {}): Promise<{ sent: string; id: string }> {
    const document = numbered(++number, { promulgationInfo: { promulgationDate: '2026/11/20' }, ...change })
    const answer = await ministry.submit([documentPart(document), filePart('Công văn.pdf', `công văn ${number}`)])
    const { id: sent, documentId } = answer.json<{ id: string; documentId: string }>()
    const id = await world.until(`${documentId} arrives`, async () => {
      const { items } = (await office.get(`/v1/documents?direction=in&text=${encodeURIComponent(documentId)}`)).json<{
        items: Item[]
      }>()
      return items[0]?.id
    })
    return { sent, id }
  }

  async function lease(max: number, leaseSeconds?: number): Promise<Lease[]> {
    const body = { max, ...(leaseSeconds === undefined ? {} : { leaseSeconds }) }
    return (await office.post('/v1/inbox/leases', body)).json<{ items: Lease[] }>().items
  }

  async function leaseOne(): Promise<Lease> {
    const [only] = await lease(1)
    if (only === undefined) throw new Error('nothing waits')
    return only
  }

  interface Receipt {
    id: string
    code: string
    evidence: boolean
  }

  async function receiptsOf(client: ApiClient, id: string): Promise<Receipt[]> {
    return (await client.get(`/v1/documents/${id}/receipts`)).json<{ items: Receipt[] }>().items
  }

  async function stateOf(id: string): Promise<string> {
    return (await office.get(`/v1/inbox/${id}`)).json<Item>().inbox.state
  }

  it('a document is leased, read, confirmed, and never given out again', async () => {
    const { id } = await arrived()
    const { id: leased, token, leaseUntil } = await leaseOne()
    expect(leased).to.equal(id)
    expect(Date.parse(leaseUntil)).to.equal(clock.now().getTime() + 5 * 60 * 1000)
    expect(await stateOf(id)).to.equal('leased')
    expect((await office.get(`/v1/inbox/${id}/attachments/1`)).bytes.toString()).to.equal(`công văn ${number}`)
    expect((await office.post(`/v1/inbox/${id}/confirm`, { token })).status).to.equal(204)
    expect((await office.post(`/v1/inbox/${id}/confirm`, { token })).status).to.equal(204)
    expect(await stateOf(id)).to.equal('confirmed')
    expect(await lease(10)).to.deep.equal([])
  })

  it('the recipient downloads the package byte for byte as the sender signed it', async () => {
    const { sent, id } = await arrived()
    const received = await office.get(`/v1/inbox/${id}/envelope`)
    expect(received.bytes.equals((await ministry.get(`/v1/documents/${sent}/envelope`)).bytes)).to.equal(true)
    expect(received.headers.get('etag')).to.equal(`"${sha256(received.bytes)}"`)
  })

  it('the sender can fetch the signed receipt, which names the digest of what arrived', async () => {
    const { sent, id } = await arrived()
    const receipt = await world.until('the receipt', async () => (await receiptsOf(ministry, sent))[0])
    expect(receipt.code).to.equal('01')
    const file = await ministry.get(`/v1/documents/${sent}/receipts/${receipt.id}`)
    const { sha256: digest } = (await ministry.get(`/v1/documents/${sent}`)).json<{ sha256: string }>()
    expect(file.bytes.toString()).to.contain(Buffer.from(digest, 'hex').toString('base64'))
    const [own] = await receiptsOf(office, id)
    expect((await office.get(`/v1/documents/${id}/receipts/${own?.id}`)).bytes.equals(file.bytes)).to.equal(true)
    expect((await ministry.get(`/v1/documents/${sent}/receipts/${sent}`)).json().code).to.equal('not-found')
  })

  it('the sender can prove the receipt: what its signer was judged by is kept, and whoever gave it needs no proof', async () => {
    const { sent, id } = await arrived()
    const came = await world.until('the receipt', async () => (await receiptsOf(ministry, sent))[0])
    const [given] = await receiptsOf(office, id)
    expect([came.evidence, given?.evidence]).to.deep.equal([true, false])
    const path = `/v1/documents/${sent}/receipts/${came.id}`
    const evidence = (await ministry.get(`${path}/evidence`)).json<{
      envelope: { sender: string; sha256: string }
      judgement: { verdict: string }
      path: string[]
    }>()
    expect(evidence.envelope).to.include({ sender: 'G22', sha256: sha256((await ministry.get(path)).bytes) })
    expect(evidence.judgement.verdict).to.equal('valid')
    expect(evidence.path.length).to.be.greaterThan(1)
    const none = await office.get(`/v1/documents/${id}/receipts/${given?.id}/evidence`)
    expect([none.status, none.json().code]).to.deep.equal([404, 'not-found'])
  })

  it('a lease that ran out gives the document to the next, and its token opens nothing', async () => {
    const { id } = await arrived()
    const [first] = await lease(1, 60)
    expect(await lease(1)).to.deep.equal([])
    await clock.advance(60_000)
    const second = await leaseOne()
    expect(second.id).to.equal(id)
    for (const step of ['confirm', 'release', 'extend']) {
      const answer = await office.post(`/v1/inbox/${id}/${step}`, { token: first?.token })
      expect([answer.status, answer.json().code], step).to.deep.equal([409, 'lease-lost'])
    }
    expect((await office.post(`/v1/inbox/${id}/confirm`, { token: second.token })).status).to.equal(204)
  })

  it('a lease can be extended and given back', async () => {
    const { id } = await arrived()
    const { token } = await leaseOne()
    await clock.advance(4 * 60_000)
    const extended = await office.post(`/v1/inbox/${id}/extend`, { token, leaseSeconds: 600 })
    expect(Date.parse(extended.json<Lease>().leaseUntil)).to.equal(clock.now().getTime() + 600_000)
    expect((await office.post(`/v1/inbox/${id}/release`, { token })).status).to.equal(204)
    expect((await leaseOne()).id).to.equal(id)
  })

  it('urgent documents are given out first', async () => {
    const { id: ordinary } = await arrived()
    const { id: urgent } = await arrived({ priority: '3' })
    expect((await lease(10)).map(({ id }) => id)).to.deep.equal([urgent, ordinary])
  })

  it('the list shows what arrived, page by page, by state, and without leasing', async () => {
    const ids = []
    for (let i = 0; i < 3; i++) ids.push((await arrived()).id)
    const page = (path: string) => office.get(path).then((answer) => answer.json<{ items: Item[]; next?: string }>())
    const first = await page('/v1/inbox?state=waiting&limit=2')
    const second = await page(`/v1/inbox?state=waiting&limit=2&cursor=${first.next}`)
    expect([...first.items, ...second.items].map(({ id }) => id)).to.deep.equal(ids)
    expect(second.next).to.equal(undefined)
    expect((await page('/v1/inbox?state=leased')).items).to.deep.equal([])
    for (const path of [
      `/v1/inbox?limit=2&cursor=${first.next}`,
      `/v1/documents?cursor=${first.next}`,
      '/v1/inbox?cursor=AAAA',
    ]) {
      const answer = await office.get(path)
      expect([answer.status, answer.json().code]).to.deep.equal([400, 'cursor-invalid'])
    }
  })

  it('processing statuses reach the sender, in order, and the same one twice is one', async () => {
    const { sent, id } = await arrived()
    const report = (json: unknown) => office.post(`/v1/inbox/${id}/statuses`, json)
    const staffInfo = { department: 'Vụ Tổng hợp', staff: 'Trần Thị Bình' }
    const registered = await report({ code: '03', description: 'Số đến 1520', staffInfo })
    expect(registered.status).to.equal(202)
    const again = await report({ code: '03', description: 'Số đến 1520', staffInfo })
    expect(again.bytes.toString()).to.equal(registered.bytes.toString())
    expect(again.headers.get('idempotency-replayed')).to.equal('true')
    expect((await report({ code: '06' })).status).to.equal(202)
    const backwards = await report({ code: '05' })
    expect([backwards.status, backwards.json().code]).to.deep.equal([409, 'status-not-allowed'])

    const told = await world.until('06 at the sender', async () => {
      const document = (await ministry.get(`/v1/documents/${sent}`)).json<{
        deliveries: { processingStatus?: string }[]
        statuses: { code: string; staffInfo?: unknown }[]
      }>()
      return document.deliveries[0]?.processingStatus === '06' && document.statuses
    })
    expect(told.find(({ code }) => code === '03')?.staffInfo).to.deep.equal(staffInfo)
  })

  it('a refusal needs its reason, and other statuses are not for reporting', async () => {
    const { id } = await arrived()
    const report = (json: unknown) => office.post(`/v1/inbox/${id}/statuses`, json)
    const bare = await report({ code: '02' })
    expect([bare.status, bare.json().code, bare.json().field]).to.deep.equal([
      422,
      'business-rule-violation',
      '/description',
    ])
    for (const [json, field] of [
      [{ code: '01' }, '/code'],
      [{ code: '13' }, '/code'],
      [{}, '/code'],
      [{ code: '03', note: 'x' }, '/note'],
      [{ code: '03', description: 'x'.repeat(1001) }, '/description'],
      [{ code: '02', description: 'x'.repeat(1000) }, '/description'], // its end would not travel
    ] as const) {
      const answer = await report(json)
      expect([answer.status, answer.json().code, answer.json().field]).to.deep.equal([400, 'request-invalid', field])
    }
    expect((await report({ code: '02', description: 'Sai nơi nhận' })).status).to.equal(202)
  })

  const bodies: readonly [path: string, json: unknown, field: string][] = [
    ['/v1/inbox/leases', { max: 0 }, '/max'],
    ['/v1/inbox/leases', { max: 51 }, '/max'],
    ['/v1/inbox/leases', { max: '5' }, '/max'],
    ['/v1/inbox/leases', { leaseSeconds: 0 }, '/leaseSeconds'],
    ['/v1/inbox/leases', { leaseSeconds: 3601 }, '/leaseSeconds'],
    ['/v1/inbox/leases', { maximum: 1 }, '/maximum'],
    ['/v1/inbox/leases', [], ''],
    ['/v1/inbox/00000000000000000000000000/confirm', {}, '/token'],
    ['/v1/inbox/00000000000000000000000000/release', { token: '' }, '/token'],
    ['/v1/inbox/00000000000000000000000000/extend', { token: 'x', leaseSeconds: 1.5 }, '/leaseSeconds'],
  ]
  for (const [path, json, field] of bodies)
    it(`POST ${path} ${JSON.stringify(json)} is refused, naming ${field === '' ? 'the body' : field}`, async () => {
      const answer = await office.post(path, json)
      expect([answer.status, answer.json().code, answer.json().field]).to.deep.equal([400, 'request-invalid', field])
    })

  it('a body that is no JSON, another type, compressed, too deep or too large is refused', async () => {
    const send = (body: string, headers: Record<string, string> = {}) =>
      office.call('POST', '/v1/inbox/leases', { body, headers: { 'content-type': 'application/json', ...headers } })
    for (const answer of [
      await send('{"max": '),
      await send('null'),
      await send('{"max": 1}', { 'content-type': 'text/plain' }),
      await send('{"max": 1}', { 'content-encoding': 'gzip' }),
      await send(`{"max": ${'['.repeat(50)}${']'.repeat(50)}}`),
    ])
      expect([answer.status, answer.json().code]).to.deep.equal([400, 'request-invalid'])
    const large = await send(JSON.stringify({ max: 'x'.repeat(2_000_000) }))
    expect([large.status, large.json().code]).to.deep.equal([413, 'request-too-large'])
  })

  it('an id that nobody has, or that is none, is not found', async () => {
    for (const id of ['00000000000000000000000000', 'x', '%2e%2e', "' OR 1=1"])
      for (const path of [`/v1/inbox/${id}`, `/v1/inbox/${id}/envelope`, `/v1/inbox/${id}/attachments/1`])
        expect((await office.get(path)).status, path).to.equal(404)
    const answer = await office.post('/v1/inbox/00000000000000000000000000/confirm', { token: 'x' })
    expect([answer.status, answer.json().code]).to.deep.equal([404, 'not-found'])
    expect((await office.post('/v1/inbox/00000000000000000000000000/statuses', { code: '03' })).status).to.equal(404)
  })
})
