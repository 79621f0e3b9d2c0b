import { expect } from 'chai'
import { ApiClient, documentPart, filePart, newKey } from '../../support/api-client.ts'
import { MovableClock } from '../../support/clock.ts'
import { openWorld } from '../../support/gateways.ts'
import { numbered } from '../../support/letters.ts'

interface Page {
  items: { id: string; subject: string; direction: string; deliveries: { recipient: string; state: string }[] }[]
  next?: string
}

describe('GET /v1/documents', () => {
  const clock = new MovableClock('2026-11-20T16:30:00Z') // 23:30 in Vietnam
  const world = openWorld({ clock })
  let ministry: ApiClient

  before(async () => {
    const { gateway } = await world.start('G02')
    ministry = new ApiClient(gateway, await newKey(gateway, 'G02'))
    const letters: readonly [subject: string, to: string[]][] = [
      ['Báo cáo tình hình sản xuất công nghiệp', ['G22']],
      ['Kế hoạch phát triển điện lực 100%', ['G22', 'G12']],
      ['Đề nghị góp ý dự thảo Nghị định', ['H26']],
    ]
    for (const [i, [subject, to]] of letters.entries()) {
      const document = numbered(i + 1, { subject, to, promulgationInfo: { promulgationDate: '2026/11/20' } })
      expect((await ministry.submit([documentPart(document), filePart('a.pdf', `${i}`)])).status).to.equal(202)
      await clock.advance(15 * 60_000)
    }
  })
  after(() => world.close())

  async function page(query: string): Promise<Page> {
    return (await ministry.get(`/v1/documents?${query}`)).json<Page>()
  }

  async function subjects(query: string): Promise<string[]> {
    return (await page(query)).items.map(({ subject }) => subject.split(' ').slice(0, 2).join(' '))
  }

  it('shows the newest first, each with its deliveries', async () => {
    const { items, next } = await page('')
    expect(items.map(({ subject }) => subject.split(' ')[0])).to.deep.equal(['Đề', 'Kế', 'Báo'])
    expect(items[1]?.deliveries.map(({ recipient }) => recipient)).to.deep.equal(['G12', 'G22'])
    expect(next).to.equal(undefined)
  })

  const queries: readonly [query: string, found: string[]][] = [
    ['text=báo cáo', ['Báo cáo']],
    ['text=bao cao', ['Báo cáo']],
    ['text=BÁO cong', ['Báo cáo']],
    ['text=de nghi', ['Đề nghị']],
    [`text=${'đề'.normalize('NFD')}`, ['Đề nghị']],
    ['text=2/BCT-KHTC', ['Kế hoạch']],
    ['text=100%', ['Kế hoạch']],
    ['text=%', ['Kế hoạch']],
    ['text=nothing of this', []],
    ["text=' OR 1=1 --", []],
    ['direction=out', ['Đề nghị', 'Kế hoạch', 'Báo cáo']],
    ['direction=in', []],
    ['counterpart=G12', ['Kế hoạch']],
    ['counterpart=G22', ['Kế hoạch', 'Báo cáo']],
    ['state=received', []],
    ['from=2026-11-21', ['Đề nghị']],
    ['to=2026-11-20', ['Kế hoạch', 'Báo cáo']],
    ['from=2026-11-20&to=2026-11-20&text=ke', ['Kế hoạch']],
    ['from=2026-11-22', []],
  ]
  for (const [query, found] of queries)
    it(`${query} finds ${found.length === 0 ? 'nothing' : found.join(', ')}`, async () => {
      expect(await subjects(new URLSearchParams(query).toString())).to.deep.equal(found)
    })

  it('pages neither repeat nor skip, also when something new arrives between them', async () => {
    const first = await page('limit=1')
    await ministry.submit([documentPart(numbered(99, { subject: 'Văn bản mới' })), filePart('a.pdf')])
    const second = await page(`limit=1&cursor=${first.next}`)
    const third = await page(`limit=1&cursor=${second.next}`)
    expect([first, second, third].map(({ items }) => items[0]?.subject.split(' ')[0])).to.deep.equal([
      'Đề',
      'Kế',
      'Báo',
    ])
    expect(third.next).to.equal(undefined)
  })

  it('a cursor fits its own list only', async () => {
    const { next } = await page('limit=1')
    const forged = Buffer.from(
      `${
        Buffer.from(next ?? '', 'base64url')
          .toString()
          .split('.')[0]
      }.' OR 1=1`,
    ).toString('base64url')
    for (const query of [`cursor=${next}x`, `cursor=${next}&text=a`, 'cursor=AAAA', 'cursor=', `cursor=${forged}`]) {
      const answer = await ministry.get(`/v1/documents?${query}`)
      expect([answer.status, answer.json().code, answer.json().field], query).to.deep.equal([
        400,
        'cursor-invalid',
        '/query/cursor',
      ])
    }
  })

  const refusals: readonly [query: string, field: string][] = [
    ['limit=0', '/query/limit'],
    ['limit=101', '/query/limit'],
    ['limit=x', '/query/limit'],
    ['limit=', '/query/limit'],
    ['limit=1&limit=2', '/query/limit'],
    ['direction=sideways', '/query/direction'],
    ['state=done', '/query/state'],
    ['counterpart=g22', '/query/counterpart'],
    ['from=2026-02-30', '/query/from'],
    ['to=21/11/2026', '/query/to'],
    ['text=', '/query/text'],
    ['txt=a', '/query/txt'],
    ['text[a]=b', '/query/text[a]'],
  ]
  for (const [query, field] of refusals)
    it(`?${query} is refused, naming ${field}`, async () => {
      const answer = await ministry.get(`/v1/documents?${query}`)
      expect([answer.status, answer.json().code, answer.json().field]).to.deep.equal([400, 'request-invalid', field])
    })
})

describe('GET /v1/agencies', () => {
  const world = openWorld()
  let client: ApiClient
  before(async () => {
    const { gateway } = await world.start('G02')
    client = new ApiClient(gateway, await newKey(gateway, 'G02'))
  })
  after(() => world.close())

  const list = async (query: string) =>
    (await client.get(`/v1/agencies?${query}`)).json<{
      items: { code: string; local: boolean; active: boolean }[]
      next?: string
    }>()

  it('tells who takes part, by code, and who is served here', async () => {
    const { items } = await list('')
    expect(items.map(({ code }) => code)).to.include.members(['G02', 'G12', 'G22', 'H26'])
    expect(items.every(({ active }) => active)).to.equal(true)
  })

  it('finds by name with or without diacritics, and by code', async () => {
    for (const query of ['văn phòng chính phủ', 'van phong chinh phu', 'Government Office', 'g22', '000.00.00.G22'])
      expect(
        (await list(new URLSearchParams({ query }).toString())).items.map(({ code }) => code),
        query,
      ).to.deep.equal(['G22'])
  })

  it('is read page by page', async () => {
    const all = (await list('limit=100')).items.map(({ code }) => code)
    const paged: string[] = []
    for (let cursor = ''; ; ) {
      const { items, next } = await list(`limit=2${cursor}`)
      paged.push(...items.map(({ code }) => code))
      if (next === undefined) break
      cursor = `&cursor=${next}`
    }
    expect(paged).to.deep.equal(all)
    expect((await client.get('/v1/agencies?cursor=AAAA')).json().code).to.equal('cursor-invalid')
    expect((await client.get('/v1/agencies?q=x')).json().field).to.equal('/query/q')
  })
})
