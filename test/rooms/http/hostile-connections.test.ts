import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect } from 'chai'
import { limits, systemClock, timeOrderedIds } from '../../../src/base/index.ts'
import { type RunningServer, startServer } from '../../../src/http/index.ts'
import { MovableClock, turns } from '../../support/clock.ts'
import { until } from '../../support/gateways.ts'
import { problemIn, RawConnection, say } from '../../support/raw-http.ts'

const ids = timeOrderedIds(systemClock)
const POST = 'POST / HTTP/1.1\r\nHost: x\r\n'

/** Says how long the body was. */
const reads: RequestListener = (request, response) => {
  void buffer(request).then(
    ({ length }) => response.end(`read ${length}`),
    () => response.destroy(),
  )
}

// threat: hostile-connection
describe('a connection that means harm', () => {
  let server: RunningServer
  let clock: MovableClock
  afterEach(async () => {
    const answer = await fetch(server.url, { method: 'POST', body: 'ordinary' })
    expect(await answer.text(), 'the next ordinary request').not.to.equal('')
    const closing = server.close(0)
    await clock.advance(1)
    await closing
  })

  async function start(app: RequestListener, bounds?: { headersMs: number }): Promise<void> {
    clock = new MovableClock()
    const options = { host: '127.0.0.1', port: 0, clock, ids }
    server = await startServer(app, bounds === undefined ? options : { ...options, bounds })
  }

  /** The server watches the pace of so many bodies. */
  const watched = (count = 1) => until('the body is watched', async () => clock.waiting === count)

  /** A window passes after what was written has arrived. */
  async function windowPasses(): Promise<void> {
    await turns(50)
    await clock.advance(limits.httpBodyWindowMs)
  }

  it('a header that stays away, or stops in the middle, is waited for only so long', async () => {
    await start(reads, { headersMs: 100 })
    for (const begun of ['', 'POST / HT', `${POST}X-A: b\r\nX-`])
      expect(problemIn(await say(server.url, begun)), begun).to.deep.equal([408, 'request-too-slow'])
  })

  it('so is the greeting of TLS', async () => {
    const certs = new URL('../../../certs-example/', import.meta.url)
    const [key = '', cert = ''] = ['g02-p256.key', 'g02-p256.crt'].map((file) =>
      readFileSync(new URL(file, certs), 'utf8'),
    )
    const options = { host: '127.0.0.1', port: 0, clock: systemClock, ids, bounds: { headersMs: 100 } }
    const secure = await startServer(reads, { ...options, tls: { key, cert } })
    await say(secure.url, '')
    await secure.close(0)
    await start(reads)
  })

  it('a body that drips is cut off after one window, and the client hears why', async () => {
    await start(reads)
    for (const framing of ['Content-Length: 100\r\n\r\n{', 'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n']) {
      const connection = new RawConnection(server.url)
      await connection.write(`${POST}Content-Type: application/json\r\n${framing}`)
      await watched()
      await connection.write(framing.startsWith('C') ? ' ' : '1\r\n \r\n')
      await windowPasses()
      const heard = await connection.closed
      expect(problemIn(heard)).to.deep.equal([408, 'request-too-slow'])
      expect(heard).to.match(/\r\nRetry-After: \d/)
    }
  })

  it('a form may take its time while it goes on, and is cut off when it does not', async () => {
    await start(reads)
    const connection = new RawConnection(server.url)
    await connection.write(`${POST}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000000\r\n\r\n`)
    await watched()
    for (let window = 0; window < 5; window++) {
      await connection.write(Buffer.alloc(limits.httpBodyWindowBytes + 4096))
      await windowPasses()
      await watched()
    }
    expect(connection.heard).to.equal('')
    await connection.write('a few octets')
    await windowPasses()
    expect(problemIn(await connection.closed)).to.deep.equal([408, 'request-too-slow'])
  })

  it('a client is not to blame while we are the ones who do not read', async () => {
    let read: (() => void) | undefined
    await start((request, response) => {
      read = () => reads(request, response)
    })
    const octets = 4 * 1024 * 1024
    const answered = fetch(server.url, { method: 'POST', body: Buffer.alloc(octets) })
    await watched()
    for (let window = 0; window < 3; window++) await windowPasses()
    read?.()
    expect(await (await answered).text()).to.equal(`read ${octets}`)
    await start(reads)
  })

  it('whoever goes on sending after the refusal is cut off, be it slowly or fast', async () => {
    await start((_request, response) => response.writeHead(401).end('no'))
    const slow = new RawConnection(server.url)
    await slow.write(`${POST}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000000\r\n\r\n`)
    await slow.hear('no')
    for (let window = 0; window < 2; window++) {
      await slow.write(Buffer.alloc(2 * limits.httpBodyWindowBytes))
      await windowPasses()
    }
    expect(problemIn(await slow.closed)).to.deep.equal([401, undefined])
    const fast = new RawConnection(server.url)
    await fast.write(`${POST}Content-Length: 10000000000\r\n\r\n`)
    await fast.hear('no')
    for (let sent = 0; sent < 2 * limits.drainedUploadBytes; sent += 1_000_000)
      await fast.write(Buffer.alloc(1_000_000))
    await fast.closed
  })

  it('headers are counted, and none is left out in silence', async () => {
    await start((request, response) => response.end(`saw ${String(request.headers['x-last'])}`))
    const headers = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: a\r\n`).join('')
    const most = `GET / HTTP/1.1\r\nHost: x\r\n${headers(limits.httpHeaders - 3)}X-Last: last\r\nConnection: close\r\n\r\n`
    expect(await say(server.url, most)).to.contain('saw last')
    const connection = new RawConnection(server.url)
    await connection.write(most.replace('Host: x\r\n', 'Host: x\r\nX-More: a\r\n'))
    expect(problemIn(await connection.closed)).to.deep.equal([413, 'request-too-large'])
  })

  const long = 'x'.repeat(2 * limits.httpHeaderBytes)
  const chunked = `${POST}Transfer-Encoding: chunked\r\n\r\n`
  const refused: readonly [title: string, octets: string, status: number, code: string][] = [
    ['an address that is too long', `GET /${long} HTTP/1.1\r\nHost: x\r\n\r\n`, 413, 'request-too-large'],
    ['a header name that is too long', `${POST}${long}: a\r\n\r\n`, 413, 'request-too-large'],
    ['ten thousand headers', `${POST}${'X: aaaaaa\r\n'.repeat(10_000)}\r\n`, 413, 'request-too-large'],
    ['a trailer that does not end', `${chunked}0\r\n${'X: aaaaaa\r\n'.repeat(10_000)}`, 413, 'request-too-large'],
    ['extensions of a chunk that do not end', `${chunked}1;${long}`, 413, 'request-too-large'],
    ['a chunk of more octets than there are', `${chunked}${'f'.repeat(17)}\r\n`, 400, 'request-invalid'],
    ['a chunk without its end', `${chunked}1\r\nab\r\n`, 400, 'request-invalid'],
    ['a folded length', `${POST}Content-Length:\r\n 3\r\n\r\nabc`, 400, 'request-invalid'],
    ['a space before the colon', `${POST}Content-Length : 3\r\n\r\nabc`, 400, 'request-invalid'],
    ['a bare line feed', 'POST / HTTP/1.1\nHost: x\n\n', 400, 'request-invalid'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'request-invalid'],
    ['TLS where none is spoken', '\u0016\u0003\u0001\u0002\u0000\u0001', 400, 'request-invalid'],
  ]
  for (const [title, octets, status, code] of refused)
    it(`${title} is refused as ${code}, once`, async () => {
      await start(reads)
      const heard = await say(server.url, octets)
      expect(problemIn(heard), heard).to.deep.equal([status, code])
      expect(heard.split('HTTP/1.1 ').length).to.equal(2)
    })

  it('garbage after a request takes nothing away from its answer, and is not answered', async () => {
    const whole = 'v'.repeat(3_000_000)
    await start((_request, response) => {
      response.write(whole.slice(0, 1_000_000))
      void turns(50).then(() => response.end(whole.slice(1_000_000)))
    })
    for (const garbage of ['\u0000\u0001garbage\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n']) {
      const heard = await say(server.url, `GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n${garbage}`)
      const [head = '', body = ''] = heard.split('\r\n\r\n')
      expect(head).to.match(/^HTTP\/1\.1 200 /)
      expect(body === whole).to.equal(true)
    }
  })

  it('some requests may be sent ahead, in order; of a flood the rest is refused before it reaches anything', async () => {
    let reached = 0
    await start((_request, response) => {
      const nth = ++reached
      void turns(200).then(() => response.end(`<${nth}>`))
    })
    const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
    const few = await say(server.url, get.repeat(3) + get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    expect(few.match(/<\d>/g)).to.deep.equal(['<1>', '<2>', '<3>', '<4>'])
    reached = 0
    const heard = await say(server.url, get.repeat(1_000))
    expect(reached).to.equal(limits.httpPipelined)
    expect(heard.match(/HTTP\/1\.1 200 /g)).to.have.length(limits.httpPipelined)
    expect(heard.match(/HTTP\/1\.1 429 /g)).to.have.length(1)
    expect(heard).to.contain('"code":"too-many-requests"')
  })
})
