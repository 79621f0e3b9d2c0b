import { expect } from 'chai'
import { limits } from '../../../src/base/index.ts'
import { ApiClient, BOUNDARY, documentPart, filePart, multipart, newKey } from '../../support/api-client.ts'
import { MovableClock, turns } from '../../support/clock.ts'
import { openWorld, type TestGateway, until } from '../../support/gateways.ts'
import { numbered, sha256 } from '../../support/letters.ts'
import { problemIn, RawConnection } from '../../support/raw-http.ts'

const MIB = 1024 * 1024

// threat: hostile-upload
describe('a request that means harm', () => {
  const clock = new MovableClock('2026-11-21T02:00:00Z')
  const world = openWorld({ clock })
  let g02: TestGateway
  let key = ''
  let client: ApiClient
  before(async () => {
    g02 = await world.start('G02')
    key = await newKey(g02.gateway, 'G02')
    client = new ApiClient(g02.gateway, key)
  })
  after(() => world.close())
  afterEach(async () => {
    const { read } = g02.gateway.store
    const staged = async () => (await read.get<{ n: number }>('SELECT count(*) AS n FROM stage'))?.n
    await until('nothing of it is left', async () => (await staged()) === 0)
    expect((await client.get('/v1/documents')).status, 'the next ordinary request').to.equal(200)
    expect((await fetch(`${g02.gateway.url}/console/api/session`)).status, 'the next page').to.equal(401)
  })

  /** A watch over one more body. What else waits are the loops of the gateway, now more of them and now less. */
  const watches = (): number => clock.begun(limits.httpBodyWindowMs)
  const watched = (before: number) => until('the body is watched', async () => watches() > before)

  /** What the server says when it hangs up. A window in which it did not read, because it was busy, is not the client's fault. */
  async function cutOff(connection: RawConnection): Promise<string> {
    let said: string | undefined
    void connection.closed.then((heard) => {
      said = heard
    })
    return until('the end of the connection', async () => {
      if (said === undefined) await clock.advance(limits.httpBodyWindowMs)
      return said
    })
  }

  const doors: readonly [door: string, begun: () => string][] = [
    ['the API', () => `POST /v1/inbox/leases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n`],
    ['the console', () => 'POST /console/api/session HTTP/1.1\r\nHost: x\r\nX-Lienthong-Csrf: login\r\n'],
  ]
  const json = (body: string): string =>
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
  const deep = 400_000
  const requests: readonly [title: string, rest: string, status: number, code: string][] = [
    ['JSON as deep as it is long', json('['.repeat(deep) + ']'.repeat(deep)), 400, 'request-invalid'],
    [
      'JSON that is deep beside much else',
      json(`{"a":${'{"b":'.repeat(1000)}1${'}'.repeat(1000)}}`),
      400,
      'request-invalid',
    ],
    ['JSON that is too long', json(`"${'x'.repeat(limits.jsonBytes)}"`), 413, 'request-too-large'],
    [
      'JSON that claims to be endless',
      json('{').replace(/Length: \d+/, 'Length: 1000000000000'),
      413,
      'request-too-large',
    ],
    [
      'JSON of a hundred thousand fields',
      json(`{${Array.from({ length: 100_000 }, (_, i) => `"${i}":0`).join()}}`),
      400,
      'request-invalid',
    ],
    ['a number that takes long to read', json(`{"max":${'9'.repeat(1_000_000)}}`), 400, 'request-invalid'],
    ['compressed JSON', `Content-Encoding: gzip\r\n${json('{}')}`, 400, 'request-invalid'],
    [
      'more headers than there may be',
      `${'X: y\r\n'.repeat(limits.httpHeaders)}${json('{}')}`,
      413,
      'request-too-large',
    ],
    [
      'a header as long as a book',
      `X: ${'y'.repeat(limits.httpHeaderBytes)}\r\n${json('{}')}`,
      413,
      'request-too-large',
    ],
  ]
  for (const [door, begun] of doors) {
    for (const [title, rest, status, code] of requests)
      it(`${title}: ${door} says ${code}`, async () => {
        const connection = new RawConnection(g02.gateway.url)
        await connection.write(begun() + rest)
        const heard = await connection.hear('"code":')
        connection.hangUp()
        expect(problemIn(heard), heard).to.deep.equal([status, code])
      })

    it(`JSON that drips: ${door} says request-too-slow`, async () => {
      const connection = new RawConnection(g02.gateway.url)
      const before = watches()
      await connection.write(`${begun()}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)
      await watched(before)
      await connection.write(' ')
      await turns(50)
      expect(problemIn(await cutOff(connection))).to.deep.equal([408, 'request-too-slow'])
    })
  }

  const opening = (headers = ''): string =>
    `POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nIdempotency-Key: ${++number}\r\n` +
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}\r\n${headers}Transfer-Encoding: chunked\r\n\r\n`
  const chunk = (octets: string): string => `${Buffer.byteLength(octets).toString(16)}\r\n${octets}\r\n`
  const part = (headers: string, body: string): string => `--${BOUNDARY}\r\n${headers}\r\n\r\n${body}\r\n`
  let number = 0
  const described = (change = {}): string =>
    part('Content-Disposition: form-data; name="document"', JSON.stringify(numbered(++number, change)))
  const piece = Buffer.from(chunk('x'.repeat(65_536)))

  /** What a form begins with that never ends, and where the answer says it is wrong. */
  const endless: readonly [title: string, begun: () => string][] = [
    [
      'the text that describes the document',
      () => part('Content-Disposition: form-data; name="document"', '').slice(0, -2),
    ],
    ['a text after it', () => `${described()}${part('Content-Disposition: form-data; name="note"', '').slice(0, -2)}`],
    ['a part that nobody named', () => `${described()}${part('X-Other: x', '').slice(0, -2)}`],
    ['what comes before the first part', () => 'nothing'],
    ['what comes after the last part', () => `${described()}--${BOUNDARY}--\r\n`],
  ]
  for (const [title, begun] of endless)
    it(`a form in which ${title} does not end is refused long before four gibibytes`, async () => {
      const connection = new RawConnection(g02.gateway.url)
      await connection.write(opening() + chunk(begun()))
      const taken = await connection.writeUntil('answer', piece, 64 * MIB)
      expect(taken).to.be.lessThan(24 * MIB) // what is on the way included
      expect(problemIn(await connection.hear('"code":'))).to.deep.equal([413, 'request-too-large'])
      connection.hangUp()
    })

  async function submitted(form: string): Promise<[number, string | undefined]> {
    const connection = new RawConnection(g02.gateway.url)
    await connection.write(opening() + chunk(form) + chunk(`--${BOUNDARY}--\r\n`))
    await connection.write('0\r\n\r\n')
    const heard = await connection.hear('"code":')
    connection.hangUp()
    return problemIn(heard)
  }

  it('ten thousand parts are refused, be they texts, files, or neither', async () => {
    for (const headers of [
      'Content-Disposition: form-data; name="a"',
      'Content-Disposition: form-data; name="a"; filename="b"',
      'X-Other: x',
    ])
      expect(await submitted(described() + part(headers, 'x').repeat(10_000)), headers).to.deep.equal([
        413,
        'request-too-large',
      ])
  })

  it('a part whose header is too long, or too many lines, is refused', async () => {
    const file = 'Content-Disposition: form-data; name="file"; filename="a.pdf"'
    for (const lines of [`X: ${'y'.repeat(100_000)}`, 'X: y\r\n'.repeat(10_000).trimEnd(), 'y'.repeat(100_000)])
      expect(await submitted(described() + part(`${file}\r\n${lines}`, 'x'))).to.deep.equal([400, 'request-invalid'])
  })

  it('a file that stops in the middle is waited for while it goes on, and then no longer', async () => {
    const connection = new RawConnection(g02.gateway.url)
    const before = watches()
    await connection.write(
      opening() +
        chunk(described() + part('Content-Disposition: form-data; name="file"; filename="a.pdf"', '').slice(0, -2)),
    )
    await watched(before)
    for (let window = 0; window < 3; window++) {
      await connection.write(piece)
      await turns(200)
      await clock.advance(limits.httpBodyWindowMs)
      expect(connection.heard).to.equal('')
    }
    expect(problemIn(await cutOff(connection))).to.deep.equal([408, 'request-too-slow'])
  })

  it('a form inside a form, a thousand deep, and a ZIP are octets like all others', async () => {
    const depths = Array.from(
      { length: 1_000 },
      (_, i) => `--in-${i}\r\nContent-Type: multipart/mixed; boundary=in-${i + 1}\r\n\r\n`,
    )
    const nested = depths.join('')
    const zip = Buffer.from('UEsDBBQAAAAIAAAAIQAAAAAA', 'base64')
    const answer = await client.submit([
      documentPart(numbered(++number)),
      filePart('nested', nested, 'multipart/mixed; boundary=in-0'),
      filePart('a.zip', zip, 'application/zip'),
    ])
    expect(answer.status, answer.bytes.toString()).to.equal(202)
    const { id } = answer.json<{ id: string }>()
    const { attachments } = (await client.get(`/v1/documents/${id}`)).json<{ attachments: { sha256: string }[] }>()
    expect(attachments.map(({ sha256 }) => sha256)).to.deep.equal([sha256(Buffer.from(nested)), sha256(zip)])
  })

  it('a boundary that is too long, empty or deceiving is no reason to wait', async () => {
    const { body } = multipart([documentPart(numbered(++number)), filePart('a.pdf')])
    for (const boundary of ['x'.repeat(5_000), '""', '"a b"', '--', 'a; boundary=b', '(.*)+$']) {
      const headers = {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'idempotency-key': `b-${++number}`,
      }
      const answer = await client.call('POST', '/v1/documents', { body, headers })
      expect([answer.status, answer.json().code], boundary).to.deep.equal([400, 'request-invalid'])
    }
  })
})
