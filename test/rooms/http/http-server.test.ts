import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { expect } from 'chai'
import { limits, systemClock, timeOrderedIds } from '../../../src/base/index.ts'
import { type RunningServer, startServer } from '../../../src/http/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { until } from '../../support/gateways.ts'

const ids = timeOrderedIds(systemClock)

describe('the HTTP server', () => {
  const servers: RunningServer[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close(0)
  })

  async function start(app: Parameters<typeof startServer>[0], clock = new MovableClock()): Promise<RunningServer> {
    const server = await startServer(app, { host: '127.0.0.1', port: 0, clock, ids })
    servers.push(server)
    return server
  }

  /** What the server answers to these octets until it hangs up. */
  function say(server: RunningServer, octets: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(octets))
      let heard = ''
      socket.on('data', (bytes) => (heard += bytes.toString()))
      socket.on('close', () => resolve(heard))
      socket.on('error', reject)
    })
  }

  it('a request that is running ends before the server does, and its connection with it', async () => {
    let answer: (() => void) | undefined
    const server = await start((_request, response) => {
      answer = () => response.end('done')
    })
    const running = fetch(server.url)
    await until('the request', async () => answer !== undefined)
    const closing = server.close(20_000)
    answer?.()
    const response = await running
    expect(await response.text()).to.equal('done')
    expect(response.headers.get('connection')).to.equal('close')
    await closing
    await fetch(server.url).then(
      () => expect.fail('it still listens'),
      () => undefined,
    )
  })

  it('a request that does not end is cut when its time is over', async () => {
    const clock = new MovableClock()
    let reached = false
    const server = await start(() => {
      reached = true
    }, clock)
    const running = fetch(server.url).then(
      () => 'answered',
      () => 'cut',
    )
    await until('the request', async () => reached)
    const closing = server.close(20_000)
    await clock.advance(20_000)
    await closing
    expect(await running).to.equal('cut')
  })

  it('what is not HTTP, or too large a header, is refused by a problem and hung up on', async () => {
    const server = await start((_request, response) => response.end())
    const nonsense = await say(server, 'HELLO\r\n\r\n')
    expect(nonsense)
      .to.match(/^HTTP\/1\.1 400 /)
      .and.to.contain('urn:lienthong:problem:request-invalid')
    const large = await say(server, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(limits.httpHeaderBytes)}\r\n\r\n`)
    expect(large)
      .to.match(/^HTTP\/1\.1 413 /)
      .and.to.contain('urn:lienthong:problem:request-too-large')
  })

  it('a request with two lengths, or with a length and chunks, is refused', async () => {
    const server = await start((_request, response) => response.end())
    for (const headers of ['Content-Length: 3\r\nContent-Length: 4', 'Content-Length: 3\r\nTransfer-Encoding: chunked'])
      expect(await say(server, `POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\nabc`)).to.match(/^HTTP\/1\.1 400 /)
  })

  it('with a key it speaks HTTPS and nothing else', async () => {
    const certs = new URL('../../../certs-example/', import.meta.url)
    const [key, cert] = ['g02-p256.key', 'g02-p256.crt'].map((file) => readFileSync(new URL(file, certs), 'utf8'))
    if (key === undefined || cert === undefined) throw new Error('no key')
    const app: Parameters<typeof startServer>[0] = (_request, response) => response.end('hello')
    const server = await startServer(app, { host: '127.0.0.1', port: 0, clock: systemClock, ids, tls: { key, cert } })
    servers.push(server)
    expect(server.url).to.match(/^https:/)
    const heard = await new Promise<string>((resolve, reject) => {
      get(server.url, { rejectUnauthorized: false, agent: false }, (response) =>
        response.once('data', (bytes) => resolve(String(bytes))),
      ).on('error', reject)
    })
    expect(heard).to.equal('hello')
    const plain = await fetch(server.url.replace('https', 'http')).then(
      ({ status }) => status,
      () => 'refused',
    )
    expect(plain).to.be.oneOf([400, 'refused'])
  })

  it('a port that is taken is named', async () => {
    const server = await start((_request, response) => response.end())
    const port = Number(new URL(server.url).port)
    const error: unknown = await startServer(() => {}, { host: '127.0.0.1', port, clock: systemClock, ids }).catch(
      (e: unknown) => e,
    )
    expect(error).to.include({ code: 'config-invalid' })
    expect(String(error)).to.contain(String(port))
  })
})
