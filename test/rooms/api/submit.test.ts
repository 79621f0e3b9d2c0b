import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { limits, timeOrderedIds } from '../../../src/base/index.ts'
import { enterAgencies } from '../../../src/directory/index.ts'
import type { Lane } from '../../../src/message/index.ts'
import {
  ApiClient,
  BOUNDARY,
  documentPart,
  type FormPart,
  filePart,
  multipart,
  newKey,
  type Problem,
} from '../../support/api-client.ts'
import { openWorld, type TestGateway, until } from '../../support/gateways.ts'
import { numbered, sha256 } from '../../support/letters.ts'

interface Accepted {
  id: string
  documentId: string
  acceptedAt: string
  deliveries: { recipient: string }[]
}

interface View {
  message: { bussiness: { paper: string }; subject: string }
  attachments: { name: string; contentType: string; description?: string; sha256: string; octets: number }[]
}

const MIB = 1024 * 1024

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

describe('POST /v1/documents', () => {
  const world = openWorld()
  let g02: TestGateway
  let client: ApiClient
  let key: string
  let number = 0
  const next = (change: Record<string, unknown> = {}): Record<string, unknown> => numbered(++number, change)

  before(async () => {
    g02 = await world.start('G02', 'G12')
    key = await newKey(g02.gateway, 'G02')
    client = new ApiClient(g02.gateway, key)
  })
  after(() => world.close())

  async function view(id: string): Promise<View> {
    return (await client.get(`/v1/documents/${id}`)).json<View>()
  }

  /** Submits, expects the refusal, and that nothing of it stayed. */
  async function refused(
    parts: readonly FormPart[],
    status: number,
    code: string,
    field?: string,
    headers: Record<string, string> = {},
  ): Promise<Problem> {
    const answer = await client.submit(parts, headers)
    const problem = answer.json()
    expect({ status: answer.status, code: problem.code }, JSON.stringify(problem)).to.deep.equal({ status, code })
    if (field !== undefined) expect(problem.field).to.equal(field)
    await nothingHalfDone()
    return problem
  }

  async function nothingHalfDone(): Promise<void> {
    const { read } = g02.gateway.store
    expect(await read.get('SELECT count(*) AS n FROM stage')).to.deep.equal({ n: 0 })
    expect(
      await read.get('SELECT count(*) AS n FROM content WHERE envelope NOT IN (SELECT id FROM envelope)'),
    ).to.deep.equal({ n: 0 })
  }

  it('a document with two files is accepted, and says where it can be followed', async () => {
    const document = next({
      paper: true,
      secrecy: 'none',
      attachments: [
        { name: 'Công văn.pdf', contentType: 'application/pdf', description: 'Bản chính' },
        { part: 'phuluc', name: 'Phụ lục 1.xlsx' },
      ],
    })
    const answer = await client.submit([
      documentPart(document),
      filePart('phuluc.bin', 'bảng số liệu', 'application/vnd.ms-excel', 'phuluc'),
      filePart('x.bin', 'công văn', 'application/octet-stream'),
    ])
    expect(answer.status).to.equal(202)
    const accepted = answer.json<Accepted>()
    expect(answer.headers.get('location')).to.equal(`/v1/documents/${accepted.id}`)
    expect(answer.headers.get('idempotency-replayed')).to.equal(null)
    expect(accepted.deliveries.map(({ recipient }) => recipient)).to.deep.equal(['G22'])

    const { attachments, message } = await view(accepted.id)
    expect(message.bussiness.paper).to.equal('1')
    expect(
      attachments.map(({ name, contentType, description, sha256 }) => ({ name, contentType, description, sha256 })),
    ).to.deep.equal([
      {
        name: 'Phụ lục 1.xlsx',
        contentType: 'application/vnd.ms-excel',
        description: undefined,
        sha256: sha256(Buffer.from('bảng số liệu')),
      },
      {
        name: 'Công văn.pdf',
        contentType: 'application/pdf',
        description: 'Bản chính',
        sha256: sha256(Buffer.from('công văn')),
      },
    ])
  })

  it('a document that is sent as a file part is understood too', async () => {
    const asFile: FormPart = {
      disposition: 'name="document"; filename="document.json"',
      headers: ['Content-Type: application/json'],
      body: JSON.stringify(next()),
    }
    expect((await client.submit([asFile, filePart('a.pdf')])).status).to.equal(202)
  })

  it('the same request under the same key gets the same answer and is one document', async () => {
    const parts = [documentPart(next()), filePart('a.pdf')]
    const headers = { 'idempotency-key': 'khóa'.normalize('NFD').replace(/[^\x21-\x7e]/g, '') }
    const first = await client.submit(parts, headers)
    const again = await client.submit(parts, headers)
    expect(again.status).to.equal(202)
    expect(again.headers.get('idempotency-replayed')).to.equal('true')
    expect(again.bytes.toString()).to.equal(first.bytes.toString())
    expect(again.headers.get('location')).to.equal(first.headers.get('location'))
  })

  it('the same key with another document is refused, with a link to the first', async () => {
    const headers = { 'idempotency-key': 'one-key-two-documents' }
    const first = (await client.submit([documentPart(next()), filePart('a.pdf')], headers)).json<Accepted>()
    const problem = await refused(
      [documentPart(next()), filePart('a.pdf')],
      409,
      'idempotency-key-reused',
      undefined,
      headers,
    )
    expect(problem.link).to.equal(`/v1/documents/${first.id}`)
  })

  it('the same document under another key is refused, with a link to the first', async () => {
    const parts = [documentPart(next()), filePart('a.pdf')]
    const first = (await client.submit(parts)).json<Accepted>()
    const answer = await client.submit(parts)
    expect(answer.json().code).to.equal('document-already-submitted')
    expect(answer.headers.get('link')).to.equal(`</v1/documents/${first.id}>; rel="related"`)
  })

  it('another document under the same document id is a conflict', async () => {
    const document = next()
    await client.submit([documentPart(document), filePart('a.pdf', 'one')])
    await refused([documentPart(document), filePart('a.pdf', 'two')], 409, 'document-conflict', '/documentId')
  })

  it('ten at once under one key become one document', async () => {
    const parts = [documentPart(next()), filePart('a.pdf', Buffer.alloc(600_000, 'x'))]
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => client.submit(parts, { 'idempotency-key': 'ten-at-once' })),
    )
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(10).fill(202))
    expect(new Set(answers.map((answer) => answer.json<Accepted>().id)).size).to.equal(1)
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === null).length).to.equal(1)
    await nothingHalfDone()
  })

  it('a key of another agency is another key', async () => {
    const both = new ApiClient(g02.gateway, await newKey(g02.gateway, 'G02', 'G12'))
    const parts = [documentPart(next()), filePart('a.pdf')]
    const ids = []
    for (const agency of ['G02', 'G12'])
      ids.push((await both.submit(parts, { 'x-agency': agency, 'idempotency-key': 'shared' })).json<Accepted>().id)
    expect(new Set(ids).size).to.equal(2)
  })

  for (const bad of ['', 'có dấu', 'a b', 'x'.repeat(201)])
    it(`an Idempotency-Key of ${JSON.stringify(bad.slice(0, 10))} (${bad.length} characters) is refused`, async () => {
      const headers = { 'idempotency-key': Buffer.from(bad).toString('latin1') }
      await refused(
        [documentPart(next()), filePart('a.pdf')],
        400,
        'idempotency-key-missing',
        '/headers/idempotency-key',
        headers,
      )
    })

  it('a document that bears any secrecy is refused, because the axis carries no state secrets', async () => {
    for (const secrecy of ['Mật', 'Tối mật', 'secret', 'NONE', ''])
      await refused([documentPart(next({ secrecy })), filePart('a.pdf')], 422, 'secrecy-not-allowed', '/secrecy')
  })

  const shapes: readonly [title: string, change: Record<string, unknown>, field: string][] = [
    ['an unknown field', { subjekt: 'x' }, '/subjekt'],
    [
      'an unknown field deep inside',
      { promulgationInfo: { promulgationDate: '2026/11/20', plase: 'x' } },
      '/promulgationInfo/plase',
    ],
    ['__proto__', {}, '/__proto__'],
    ['a missing subject', { subject: undefined }, '/subject'],
    ['an empty subject', { subject: '' }, '/subject'],
    ['a subject that is too long', { subject: 'x'.repeat(501) }, '/subject'],
    ['a number for a text', { subject: 7 }, '/subject'],
    [
      'a date in another form',
      { promulgationInfo: { promulgationDate: '20/11/2026' } },
      '/promulgationInfo/promulgationDate',
    ],
    ['a day that no calendar has', { dueDate: '2026/02/30' }, '/dueDate'],
    ['a symbol of two lines', { code: { codeNumber: '1', codeNotation: 'BCT\nKHTC' } }, '/code/codeNotation'],
    ['no recipient', { to: [] }, '/to'],
    ['a recipient twice', { to: ['G22', 'G22'] }, '/to'],
    ['a recipient in the wire form', { to: ['g22'] }, '/to/0'],
    ['a priority that does not exist', { priority: '9' }, '/priority'],
    ['a file name with a slash', { attachments: [{ name: '../../etc/passwd' }] }, '/attachments/0/name'],
    ['a file name with a line break', { attachments: [{ name: 'a.pdf\r\nSet-Cookie: x=1' }] }, '/attachments/0/name'],
    ['a file name that turns its direction', { attachments: [{ name: 'a\u202efdp.exe' }] }, '/attachments/0/name'],
    ['a media type that is none', { attachments: [{ name: 'a', contentType: 'pdf' }] }, '/attachments/0/contentType'],
  ]
  for (const [title, change, field] of shapes)
    it(`${title} is refused, naming ${field}`, async () => {
      const document = { ...next(), ...change }
      if (title === '__proto__') Object.defineProperty(document, '__proto__', { value: {}, enumerable: true })
      await refused([documentPart(document), filePart('a.pdf')], 400, 'request-invalid', field)
    })

  it('rules of edXML are told apart from the shape', async () => {
    await refused([documentPart(next({ to: ['G77'] })), filePart('a.pdf')], 422, 'agency-unknown', '/to/0')
    await refused([documentPart(next({ to: ['G02'] })), filePart('a.pdf')], 422, 'document-invalid', '/to/0')
    await refused([documentPart(next())], 422, 'document-invalid', '/attachments')
    await refused([documentPart(next()), filePart('a.pdf', '')], 422, 'attachment-damaged')
    const future = next({ promulgationInfo: { promulgationDate: '2999/01/01' } })
    await refused(
      [documentPart(future), filePart('a.pdf')],
      422,
      'business-rule-violation',
      '/promulgationInfo/promulgationDate',
    )
  })

  it('a recipient without a queue for what is so urgent is told, and one with it is not', async () => {
    const { store, directory } = g02.gateway
    const present = directory.find('G22')
    if (present === undefined) throw new Error('the directory does not know G22')
    const deps = { store, clock: store.clock, ids: timeOrderedIds(store.clock) }
    const serve = async (lanes: readonly Lane[]) => {
      await enterAgencies(deps, [{ ...present, lanes }], 'test')
      await directory.reload()
    }
    await serve(['ordinary', 'status'])
    const parts = [documentPart(next({ priority: '2' })), filePart('a.pdf')]
    await refused(parts, 422, 'lane-not-served', '/priority')
    expect((await client.submit([documentPart(next({ priority: '0' })), filePart('a.pdf')])).status).to.equal(202)
    await serve(['express', 'ordinary', 'status'])
    expect((await client.submit(parts)).status).to.equal(202)
  })

  it('what XML cannot carry is refused at the place where the request has it', async () => {
    for (const [change, field] of [
      [{ subject: 'a\u0000b' }, '/subject'],
      [{ subject: 'a\ud800b' }, '/subject'],
      [{ staffInfo: { staff: 'a\u0001' } }, '/staffInfo/staff'],
      [{ reason: 'a\uffff' }, '/reason'],
      [{ toPlaces: ['Như trên', '\u0007'] }, '/toPlaces/1'],
      [{ attachments: [{ description: '\u0007' }] }, '/attachments/0/description'],
    ] as const)
      await refused([documentPart(next(change)), filePart('a.pdf')], 422, 'document-invalid', field)
  })

  it('the files cannot come before the document', async () => {
    await refused([filePart('a.pdf'), documentPart(next())], 400, 'request-invalid', '/parts/document')
    await refused([], 400, 'request-invalid')
  })

  it('a second document, or a text part after it, is refused', async () => {
    await refused(
      [documentPart(next()), filePart('a.pdf'), documentPart(next())],
      400,
      'request-invalid',
      '/parts/document',
    )
    await refused(
      [documentPart(next()), { disposition: 'name="note"', body: 'x' }, filePart('a.pdf')],
      400,
      'request-invalid',
      '/parts/note',
    )
  })

  it('a described file that is not sent is missed', async () => {
    const document = next({ attachments: [{ name: 'a.pdf' }, { name: 'b.pdf' }] })
    await refused([documentPart(document), filePart('a.pdf')], 400, 'request-invalid', '/attachments/1')
  })

  it('a file part in an encoding that would change its bytes is refused', async () => {
    const part = {
      ...filePart('a.pdf', 'YQ=='),
      headers: ['Content-Type: application/pdf', 'Content-Transfer-Encoding: base64'],
    }
    await refused([documentPart(next()), part], 400, 'request-invalid', '/parts/file')
  })

  it('a part that the form forgot to name is missed and not passed over', async () => {
    const { body, contentType } = multipart([documentPart(next()), filePart('a.pdf'), filePart('b.pdf')])
    const broken = body
      .toString('latin1')
      .replace('Content-Disposition: form-data; name="file"; filename="b.pdf"', 'X-Other: x')
    const answer = await client.call('POST', '/v1/documents', {
      body: Buffer.from(broken, 'latin1'),
      headers: { 'content-type': contentType, 'idempotency-key': 'forgotten' },
    })
    expect([answer.status, answer.json().code]).to.deep.equal([400, 'request-invalid'])
    await nothingHalfDone()
  })

  // threat: hostile-upload
  it('what is not multipart, or breaks off, or has no boundary, is refused', async () => {
    const send = (contentType: string, body: string | Buffer) =>
      client.call('POST', '/v1/documents', {
        body: body as string,
        headers: { 'content-type': contentType, 'idempotency-key': 'k' },
      })
    const { body, contentType } = multipart([documentPart(next()), filePart('a.pdf', Buffer.alloc(300_000, 'x'))])
    for (const answer of [
      await send('application/json', '{}'),
      await client.submit([documentPart(next()), filePart('a.pdf')], { 'content-encoding': 'gzip' }),
      await send('multipart/mixed; boundary=x', body),
      await send('multipart/form-data', body),
      await send(contentType, body.subarray(0, -20)),
      await send(contentType, body.subarray(0, 200_000)),
      await send(contentType, `--${BOUNDARY}\r\n${'x'.repeat(20_000)}\r\n\r\n`),
    ]) {
      expect(answer.status).to.equal(400)
      expect(answer.json().code).to.equal('request-invalid')
    }
    await nothingHalfDone()
  })

  // threat: hostile-upload
  it('JSON that is broken, not UTF-8, too deep or too large is refused', async () => {
    const raw = (body: string | Buffer): FormPart[] => [{ ...documentPart({}), body }, filePart('a.pdf')]
    await refused(raw('{"to": ['), 400, 'request-invalid', '/parts/document')
    await refused(raw('['.repeat(100_000) + ']'.repeat(100_000)), 400, 'request-invalid')
    await refused(raw(`{"subject": "${'x'.repeat(limits.jsonBytes)}"}`), 413, 'request-too-large', '/parts/document')
    const asFile = {
      disposition: 'name="document"; filename="d.json"',
      headers: [],
      body: Buffer.from([0x7b, 0xff, 0x7d]),
    }
    await refused([asFile, filePart('a.pdf')], 400, 'request-invalid', '/parts/document')
  })

  // threat: hostile-upload
  it('more files than a package may have are refused', async () => {
    const files = Array.from({ length: limits.attachments + 2 }, (_, i) => filePart(`${i}.txt`, 'x', 'text/plain'))
    await refused([documentPart(next()), ...files], 413, 'request-too-large')
  })

  const names: readonly [title: string, disposition: string, name: string][] = [
    ['raw UTF-8, composed', 'filename="Công văn số 1.pdf"', 'Công văn số 1.pdf'],
    [
      'raw UTF-8, decomposed, and stays so',
      `filename="${'Công văn.pdf'.normalize('NFD')}"`,
      'Công văn.pdf'.normalize('NFD'),
    ],
    ['RFC 5987', 'filename="x.pdf"; filename*=UTF-8\'\'B%C3%A1o%20c%C3%A1o.pdf', 'Báo cáo.pdf'],
    ['quotes as browsers write them', 'filename="a%22b%22.pdf"', 'a"b".pdf'],
    ['quotes with backslashes, as curl writes them', 'filename="a\\"b\\".pdf"', 'a"b".pdf'],
    ['with a path, as old browsers did', 'filename="C:\\\\ho so\\\\van ban.pdf"', 'van ban.pdf'],
    ['with a path that climbs', 'filename="../../van ban.pdf"', 'van ban.pdf'],
  ]
  for (const [title, disposition, name] of names)
    it(`a file name is kept: ${title}`, async () => {
      const part = { disposition: `name="file"; ${disposition}`, headers: ['Content-Type: application/pdf'], body: 'x' }
      const answer = await client.submit([documentPart(next()), part])
      expect(answer.status, answer.bytes.toString()).to.equal(202)
      expect((await view(answer.json<Accepted>().id)).attachments[0]?.name).to.equal(name)
    })

  // threat: hostile-upload
  it('a file without a name, or one that deceives, is refused', async () => {
    await refused([documentPart(next()), filePart('')], 400, 'request-invalid', '/parts/file')
    for (const name of ['a\u202efdp.exe', 'a\u0085b.pdf', 'x'.repeat(501)])
      await refused([documentPart(next()), filePart(name)], 400, 'request-invalid', '/parts/file/filename')
  })

  it('without a key nothing is read, and the client hears why even while it is still sending', async () => {
    const anonymous = new ApiClient(g02.gateway)
    const answer = await anonymous.submit([documentPart(next()), filePart('a.pdf', Buffer.alloc(8_000_000, 'x'))])
    expect(answer.status).to.equal(401)
    await nothingHalfDone()
  })

  it('a client that goes away in the middle leaves nothing', async () => {
    const { body, contentType } = multipart([documentPart(next()), filePart('a.pdf', Buffer.alloc(4_000_000, 'x'))])
    const upload = httpRequest(`${g02.gateway.url}/v1/documents`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'idempotency-key': 'gone',
        'content-type': contentType,
        'content-length': body.length,
      },
    })
    upload.on('error', () => {})
    upload.write(body.subarray(0, 2_000_000))
    const { read } = g02.gateway.store
    await until(
      'something is staged',
      async () => (await read.get<{ n: number }>('SELECT count(*) AS n FROM stage'))?.n === 1,
    )
    upload.destroy()
    await until(
      'nothing is staged',
      async () => (await read.get<{ n: number }>('SELECT count(*) AS n FROM stage'))?.n === 0,
    )
    await nothingHalfDone()
    expect(await read.get("SELECT count(*) AS n FROM submission WHERE idempotency_key = 'gone'")).to.deep.equal({
      n: 0,
    })
  })

  // threat: exhausted-memory
  it('a hundred megabytes go through while hardly anything of them is in memory', async () => {
    const total = 100 * MIB
    const { body, contentType } = multipart([documentPart(next()), filePart('a.bin', '')])
    const cut = body.lastIndexOf(`\r\n--${BOUNDARY}`)
    const peak = { inFlight: 0, resident: 0 }
    const collectGarbage = garbageCollector()
    collectGarbage()
    const resident = process.memoryUsage.rss()
    async function* upload(): AsyncGenerator<Buffer> {
      yield body.subarray(0, cut)
      const piece = Buffer.alloc(MIB / 16, 'Việt Nam ')
      for (let sent = 0; sent < total; sent += piece.length) {
        if (sent % (5 * MIB) === 0) {
          collectGarbage()
          peak.inFlight = Math.max(peak.inFlight, sent - (await stagedOctets()))
          peak.resident = Math.max(peak.resident, process.memoryUsage.rss() - resident)
        }
        yield piece
      }
      yield body.subarray(cut)
    }
    const request = httpRequest(`${g02.gateway.url}/v1/documents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'hundred-megabytes', 'content-type': contentType },
    })
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    await pipeline(Readable.from(upload()), request)
    const [response] = await answered
    const accepted = JSON.parse(await text(response)) as Accepted
    expect(response.statusCode).to.equal(202)
    expect((await view(accepted.id)).attachments[0]?.octets).to.equal(total)
    expect(peak.inFlight, 'sent and not yet stored').to.be.lessThan(16 * MIB)
    expect(peak.resident, 'memory').to.be.lessThan(64 * MIB)
  })

  /** How much of the file that is being uploaded is on the disk; base64 makes four octets of three. */
  async function stagedOctets(): Promise<number> {
    const row = await g02.gateway.store.read.get<{ n: number }>(
      'SELECT coalesce(sum(length(bytes)), 0) AS n FROM content WHERE envelope NOT IN (SELECT id FROM envelope)',
    )
    return Math.floor(((row?.n ?? 0) * 3) / 4)
  }

  it('the example of the OpenAPI document is accepted as it stands', async () => {
    const { components } = (await client.get('/openapi.json')).json<{
      components: { schemas: Record<string, { example: unknown }> }
    }>()
    const example = documentPart(components.schemas['NewDocument']?.example)
    const answer = await client.submit([example, filePart('1.pdf'), filePart('2.xlsx')])
    expect(answer.status, answer.bytes.toString()).to.equal(202)
  })

  it('a form that arrives in crumbs is the same form', async () => {
    const content = Buffer.from(`\r\n--${BOUNDARY.slice(0, -1)}\r\n\r\n--\r\n-${'crumbs '.repeat(100)}\r\n--`)
    const { body, contentType } = multipart([documentPart(next()), filePart('a.bin', content), filePart('b.bin', 'b')])
    async function* crumbs(): AsyncGenerator<Buffer> {
      for (let at = 0, n = 1; at < body.length; at += n, n = (n % 13) + 1) {
        yield body.subarray(at, at + n)
        await new Promise((resolve) => setImmediate(resolve)) // so that each is a piece of its own
      }
    }
    const answer = await client.call('POST', '/v1/documents', {
      body: Readable.toWeb(Readable.from(crumbs())) as ReadableStream<Uint8Array>,
      headers: { 'content-type': contentType, 'idempotency-key': 'crumbs' },
    })
    expect(answer.status, answer.bytes.toString()).to.equal(202)
    const { attachments } = await view(answer.json<Accepted>().id)
    expect(attachments.map((attachment) => attachment.sha256)).to.deep.equal([
      sha256(content),
      sha256(Buffer.from('b')),
    ])
  })

  it('a file that holds the delimiter of its own form is refused and not cut short', async () => {
    const content = `before\r\n--${BOUNDARY}x after`
    await refused([documentPart(next()), filePart('a.bin', content)], 400, 'request-invalid')
  })
})
