import { expect } from 'chai'
import { contentDisposition } from '../../../src/http/index.ts'
import { ApiClient, documentPart, filePart, newKey } from '../../support/api-client.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
import { letter, sha256 } from '../../support/letters.ts'

describe('downloads', () => {
  const world = openWorld()
  const content = Buffer.from(Array.from({ length: 700_001 }, (_, i) => (i * 7 + (i >> 8)) % 256))
  const types = [
    'application/pdf',
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/xml',
    'text/javascript',
    'text/plain;charset=utf-7',
  ]
  let g02: TestGateway
  let client: ApiClient
  let path: string
  let octets = 0
  let envelopeSha256 = ''

  before(async () => {
    g02 = await world.start('G02')
    client = new ApiClient(g02.gateway, await newKey(g02.gateway, 'G02'))
    const files = types.map((type, i) =>
      filePart(`Tệp “${i}”.bin`, i === 0 ? content : '<script>alert(1)</script>', type, `f${i}`),
    )
    const answer = await client.submit([documentPart(letter()), ...files])
    path = `/v1/documents/${answer.json<{ id: string }>().id}`
    const document = (await client.get(path)).json<{ sha256: string; octets: number }>()
    octets = document.octets
    envelopeSha256 = document.sha256
  })
  after(() => world.close())

  const first = (headers: Record<string, string> = {}) => client.get(`${path}/attachments/1`, headers)

  it('the bytes are those that were uploaded, under their digest and their name', async () => {
    const answer = await first()
    expect(answer.status).to.equal(200)
    expect(answer.bytes.equals(content)).to.equal(true)
    expect(answer.headers.get('content-length')).to.equal('700001')
    expect(answer.headers.get('etag')).to.equal(`"${sha256(content)}"`)
    expect(answer.headers.get('accept-ranges')).to.equal('bytes')
    expect(answer.headers.get('content-type')).to.equal('application/pdf')
    expect(answer.headers.get('content-disposition')).to.equal(
      `attachment; filename="Tep _0_.bin"; filename*=UTF-8''T%E1%BB%87p%20%E2%80%9C0%E2%80%9D.bin`,
    )
  })

  // threat: active-download
  it('nothing that a browser would run is served as what it says it is', async () => {
    for (const [i, type] of types.entries()) {
      const { headers } = await client.get(`${path}/attachments/${i + 1}`)
      const safe = ['application/pdf', 'text/plain'].includes(type.split(';')[0] ?? '')
      expect(headers.get('content-type'), type).to.equal(safe ? type.split(';')[0] : 'application/octet-stream')
      expect(headers.get('content-disposition')).to.match(/^attachment;/)
      expect(headers.get('x-content-type-options')).to.equal('nosniff')
      expect(headers.get('content-security-policy')).to.equal("default-src 'none'; sandbox")
    }
  })

  const ranges: readonly [range: string, start: number, end: number][] = [
    ['bytes=0-0', 0, 1],
    ['bytes=0-99', 0, 100],
    ['bytes=1-1', 1, 2],
    ['bytes=699999-', 699_999, 700_001],
    ['bytes=-1', 700_000, 700_001],
    ['bytes=-700', 699_301, 700_001],
    ['bytes=-9999999', 0, 700_001],
    ['bytes=196600-196620', 196_600, 196_621], // across the end of a chunk
    ['bytes=100-9999999', 100, 700_001],
    ['BYTES=5-6', 5, 7],
  ]
  for (const [range, start, end] of ranges)
    it(`${range} gives octets ${start} to ${end - 1}`, async () => {
      const answer = await first({ range })
      expect(answer.status).to.equal(206)
      expect(answer.bytes.equals(content.subarray(start, end))).to.equal(true)
      expect(answer.headers.get('content-range')).to.equal(`bytes ${start}-${end - 1}/700001`)
      expect(answer.headers.get('content-length')).to.equal(String(end - start))
    })

  for (const range of ['bytes=700001-', 'bytes=900000-900001', 'bytes=-0'])
    it(`${range} is outside the file`, async () => {
      const answer = await first({ range })
      expect(answer.status).to.equal(416)
      expect(answer.json().code).to.equal('range-not-satisfiable')
      expect(answer.headers.get('content-range')).to.equal('bytes */700001')
      expect(answer.headers.get('content-disposition')).to.equal(null)
    })

  for (const range of [
    'bytes=5-2',
    'bytes=a-b',
    'bytes=-',
    'lines=1-2',
    'bytes=0-1,5-6',
    'bytes=0-99999999999999999999',
    '',
  ])
    it(`a header Range: ${JSON.stringify(range)} asks for nothing that is served in parts`, async () => {
      const answer = await first({ range })
      expect(answer.status).to.equal(200)
      expect(answer.bytes.length).to.equal(content.length)
    })

  it('a range that is bound to this file holds, and one bound to another does not', async () => {
    const etag = (await first()).headers.get('etag') ?? ''
    expect((await first({ range: 'bytes=0-1', 'if-range': etag })).status).to.equal(206)
    expect((await first({ range: 'bytes=0-1', 'if-range': '"other"' })).status).to.equal(200)
    expect((await first({ range: 'bytes=0-1', 'if-range': `W/${etag}` })).status).to.equal(200)
    expect((await first({ range: 'bytes=0-1', 'if-range': 'Sat, 21 Nov 2026 00:00:00 GMT' })).status).to.equal(200)
  })

  it('who has the file already is told so', async () => {
    const etag = (await first()).headers.get('etag') ?? ''
    for (const match of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const answer = await first({ 'if-none-match': match })
      expect(answer.status, match).to.equal(304)
      expect(answer.bytes.length).to.equal(0)
    }
    expect((await first({ 'if-none-match': '"x"' })).status).to.equal(200)
  })

  it('HEAD tells what GET would give, also where GET would give a part', async () => {
    const answer = await client.call('HEAD', `${path}/attachments/1`, { headers: { range: 'bytes=0-1' } })
    expect(answer.status).to.equal(200)
    expect(answer.headers.get('content-length')).to.equal('700001')
    expect(answer.headers.get('etag')).to.equal(`"${sha256(content)}"`)
    expect(answer.bytes.length).to.equal(0)
  })

  it('an attachment that does not exist is not found', async () => {
    for (const n of ['0', '99', '-1', '1.5', 'x', '1e3', '99999999999999999999', '%00', '../1'])
      expect((await client.get(`${path}/attachments/${n}`)).status, n).to.equal(404)
  })

  it('the signed package is served byte for byte', async () => {
    const answer = await client.get(`${path}/envelope`)
    expect(answer.status).to.equal(200)
    expect(sha256(answer.bytes)).to.equal(envelopeSha256)
    expect(answer.bytes.length).to.equal(octets)
    expect(answer.headers.get('content-type')).to.equal('application/xml')
    expect(answer.headers.get('etag')).to.equal(`"${envelopeSha256}"`)
    expect(answer.headers.get('content-disposition')).to.match(/^attachment; filename="7421-BCT-KHTC\.edxml"/)
    expect((await client.get(`${path}/envelope`, { 'if-none-match': `"${envelopeSha256}"` })).status).to.equal(304)
    expect((await client.call('HEAD', `${path}/envelope`)).headers.get('content-length')).to.equal(String(octets))
  })

  it('a file that lost bytes in the store never arrives as if it were whole', async () => {
    const id = path.split('/').at(-1) ?? ''
    await g02.gateway.store.transact((tx) => tx.run('DELETE FROM content WHERE envelope = ? AND seq = 3', [id]))
    for (const address of [`${path}/attachments/1`, `${path}/envelope`]) {
      const outcome = await client.get(address).then(
        ({ status }) => status,
        () => 'cut off',
      )
      expect(outcome, address).to.equal('cut off')
    }
  })
})

describe('Content-Disposition', () => {
  const names: readonly [name: string, ascii: string, utf8: string][] = [
    ['a.pdf', 'a.pdf', 'a.pdf'],
    ['Đơn.pdf', 'Don.pdf', '%C4%90%C6%A1n.pdf'],
    ['Công văn'.normalize('NFD'), 'Cong van', 'Co%CC%82ng%20va%CC%86n'],
    ['a"b\\c.pdf', 'a_b_c.pdf', 'a%22b_c.pdf'],
    ['a\r\nSet-Cookie: x=1', 'a__Set-Cookie: x=1', 'a__Set-Cookie%3A%20x%3D1'],
    ['../../etc/passwd', '.._.._etc_passwd', '.._.._etc_passwd'],
    ['a\u202efdp.exe', 'a_fdp.exe', 'a_fdp.exe'],
    ['100%(1)*.pdf', '100_(1)*.pdf', '100%25%281%29%2A.pdf'],
    ['\ud800.pdf', '_.pdf', '%EF%BF%BD.pdf'],
    ['..', 'attachment', 'attachment'],
    [' ', 'attachment', 'attachment'],
    ['😀.pdf', '_.pdf', '%F0%9F%98%80.pdf'],
  ]
  // threat: injection
  for (const [name, ascii, utf8] of names)
    it(`${JSON.stringify(name)} can neither break the header nor deceive`, () => {
      expect(contentDisposition(name)).to.equal(`attachment; filename="${ascii}"; filename*=UTF-8''${utf8}`)
    })
})
