import { expect } from 'chai'
import { type ApiDeps, createApi } from '../../../src/api/index.ts'
import {
  codeOf,
  createLog,
  failures,
  GatewayError,
  limits,
  Secret,
  silentLog,
  timeOrderedIds,
} from '../../../src/base/index.ts'
import { RateLimit, startServer } from '../../../src/http/index.ts'
import { ApiClient, type CheckedAnswer, documentPart, filePart, newKey } from '../../support/api-client.ts'
import { MovableClock } from '../../support/clock.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
import { letter } from '../../support/letters.ts'

describe('problems', () => {
  const world = openWorld()
  let g02: TestGateway
  let client: ApiClient
  before(async () => {
    g02 = await world.start('G02')
    client = new ApiClient(g02.gateway, await newKey(g02.gateway, 'G02'))
  })
  after(() => world.close())

  const missing = (headers: Record<string, string> = {}): Promise<CheckedAnswer> =>
    client.get('/v1/documents/00000000000000000000000000', headers)

  it('say in both languages what is wrong and what to do', async () => {
    const answer = await missing()
    const row = failures['not-found']
    expect(answer.headers.get('content-type')).to.equal('application/problem+json; charset=utf-8')
    expect(answer.json<Record<string, unknown>>()).to.deep.include({
      type: 'urn:lienthong:problem:not-found',
      code: 'not-found',
      status: 404,
      retry: 'permanent',
      titleVi: row.vi,
      titleEn: row.en,
      remedy: { vi: row.remedyVi, en: row.remedyEn },
      instance: `urn:lienthong:request:${answer.headers.get('x-request-id')}`,
    })
  })

  const languages: readonly [header: string, language: 'vi' | 'en'][] = [
    ['', 'vi'],
    ['vi', 'vi'],
    ['vi-VN,vi;q=0.9,en;q=0.8', 'vi'],
    ['en', 'en'],
    ['en-GB,en;q=0.9,vi;q=0.5', 'en'],
    ['fr', 'vi'],
    ['*', 'vi'],
  ]
  for (const [header, language] of languages)
    it(`Accept-Language: ${header} is answered in ${language}`, async () => {
      const answer = await missing({ 'accept-language': header })
      expect(answer.json().title).to.equal(failures['not-found'][language])
      expect(answer.headers.get('content-language')).to.equal(language)
    })

  it('another method is refused with those that are known', async () => {
    for (const [method, path, allow] of [
      ['DELETE', '/v1/documents', 'GET, HEAD, POST'],
      ['PUT', '/v1/documents/00000000000000000000000000', 'GET, HEAD'],
      ['GET', '/v1/inbox/leases', undefined],
      ['POST', '/healthz', 'GET, HEAD'],
    ] as const) {
      const answer = await client.call(method, path)
      if (allow === undefined) expect(answer.status).to.be.oneOf([404, 405])
      else
        expect([answer.status, answer.json().code, answer.headers.get('allow')]).to.deep.equal([
          405,
          'method-not-allowed',
          allow,
        ])
    }
  })

  it('an address that is none is not found', async () => {
    for (const path of [
      '/',
      '/v1',
      '/v2/documents',
      '/v1/documents/',
      '/V1/documents',
      '/v1/documents/%ff',
      '/docs/../package.json',
      '/docs/swagger-ui.js',
    ])
      expect((await client.get(path)).status, path).to.be.oneOf([400, 404])
  })

  it('answers are not cached, not sniffed, not framed, and do not say what they are made with', async () => {
    const { headers } = await client.get('/v1/documents')
    expect(headers.get('cache-control')).to.equal('no-store')
    expect(headers.get('x-content-type-options')).to.equal('nosniff')
    expect(headers.get('content-security-policy'))
      .to.contain("default-src 'none'")
      .and.to.contain("frame-ancestors 'none'")
    expect(headers.get('x-powered-by')).to.equal(null)
  })
})

describe('what happens inside', () => {
  const world = openWorld()
  let g02: TestGateway
  before(async () => {
    g02 = await world.start('G02')
  })
  after(() => world.close())

  /** The API of a gateway with some of its parts replaced. */
  async function api<T>(change: Partial<ApiDeps>, use: (client: ApiClient, url: string) => Promise<T>): Promise<T> {
    const { store, directory } = g02.gateway
    const ids = timeOrderedIds(store.clock)
    const unused = {} as ApiDeps['submit'] & ApiDeps['deliver']
    const deps = {
      store,
      directory,
      clock: store.clock,
      ids,
      log: silentLog,
      submit: unused,
      deliver: { store, ids },
      version: '1.2.3',
      brokerIsUp: () => true,
      checkBroker: async () => undefined,
      keysAreUsable: () => true,
      metricsToken: () => undefined,
      behindProxy: false,
      rate: new RateLimit(1_000_000),
      ...change,
    }
    const server = await startServer(createApi(deps), { host: '127.0.0.1', port: 0, clock: store.clock, ids })
    try {
      return await use(new ApiClient(server, await newKey(g02.gateway, 'G02')), server.url)
    } finally {
      await server.close(0)
    }
  }

  it('metrics are for this machine, or for who has the token; behind a proxy for nobody else', async () => {
    const token = 'm'.repeat(40)
    const asked = async (change: Partial<ApiDeps>, key?: string): Promise<number> =>
      api(change, async (_, url) => {
        const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` }
        return (await fetch(`${url}/metrics`, { headers })).status
      })
    expect(await asked({})).to.equal(200)
    expect(await asked({ behindProxy: true })).to.equal(401)
    expect(await asked({ behindProxy: true, metricsToken: () => new Secret(token) }, token)).to.equal(200)
    expect(await asked({ metricsToken: () => new Secret(token) }, 'n'.repeat(40))).to.equal(401)
  })

  it('an error without a name is told to the log under the id that the client gets, and to nobody else', async () => {
    const lines: string[] = []
    const log = createLog('info', { write: (line) => lines.push(line) })
    const directory = {
      list: () => {
        throw new Error('disk /dev/sda1 has secrets')
      },
    } as unknown as ApiDeps['directory']
    const answer = await api({ log, directory }, (client) => client.get('/v1/agencies'))
    expect(answer.status).to.equal(500)
    expect(answer.bytes.toString()).not.to.contain('sda1').and.not.to.contain('at ')
    const line = lines.find((text) => text.includes('sda1')) ?? ''
    expect(answer.json().instance).to.contain((JSON.parse(line) as { requestId: string }).requestId)
  })

  it('a failure that passes says when to come again, without telling what is broken', async () => {
    const directory = {
      list: () => {
        throw new GatewayError('store-unavailable', 'SQLITE_FULL on /var/lib')
      },
    } as unknown as ApiDeps['directory']
    const answer = await api({ directory }, (client) => client.get('/v1/agencies'))
    expect([answer.status, answer.headers.get('retry-after')]).to.deep.equal([503, '5'])
    expect(answer.bytes.toString()).not.to.contain('/var/lib')
  })

  // threat: leaked-secret
  it('a request leaves one line in the log, without its subject, its query or its key', async () => {
    const lines: string[] = []
    const log = createLog('debug', { write: (line) => lines.push(line) })
    const agency = 'G02'
    await api({ log }, async (client) => {
      await client.get('/v1/documents?text=bí+mật')
      await client.submit([
        documentPart(letter({ subject: 'canary-subject', subjekt: 'canary-unknown' })),
        filePart('canary-name.pdf'),
      ])
    })
    const answered = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request answered')
    expect(answered.map(({ method, route, status, code }) => ({ method, route, status, code }))).to.deep.equal([
      { method: 'GET', route: '/v1/documents', status: 200, code: undefined },
      { method: 'POST', route: '/v1/documents', status: 400, code: 'request-invalid' },
    ])
    expect(answered[0]).to.include({ agency })
    expect(lines.join('')).not.to.match(/canary|mật|%E1%BA%ADt|lt_|Bearer/)
  })

  it('it is alive and ready', async () => {
    await api({}, async (client) => {
      expect((await client.get('/healthz')).json()).to.deep.equal({ status: 'ok', version: '1.2.3' })
      expect((await client.get('/readyz')).json()).to.deep.equal({
        status: 'ready',
        checks: { store: 'up', broker: 'up', keys: 'up' },
      })
    })
  })

  it('without the axis it is degraded and still ready, because documents are accepted', async () => {
    const checkBroker = () => Promise.reject(new GatewayError('broker-unavailable', 'no confirm'))
    const answer = await api({ checkBroker }, (client) => client.get('/readyz'))
    expect([answer.status, answer.json()]).to.deep.equal([
      200,
      { status: 'degraded', checks: { store: 'up', broker: 'down', keys: 'up' } },
    ])
  })

  it('with an agency that cannot sign it is degraded, because what needs no signature goes on', async () => {
    const answer = await api({ keysAreUsable: () => false }, (client) => client.get('/readyz'))
    expect([answer.status, answer.json()]).to.deep.equal([
      200,
      { status: 'degraded', checks: { store: 'up', broker: 'up', keys: 'down' } },
    ])
  })

  // threat: greedy-client
  it('a client that asks too often is told when to come again, and the others are answered', async () => {
    let nowMs = 0
    await api({ rate: new RateLimit(2, () => nowMs) }, async (client, url) => {
      const other = new ApiClient({ url }, await newKey(g02.gateway, 'G02'))
      const outcomes: number[] = []
      for (let i = 0; i < 6; i++) outcomes.push((await client.get('/v1/agencies')).status)
      expect(outcomes).to.deep.equal([200, 200, 200, 200, 429, 429])
      const refused = await client.get('/v1/documents')
      expect([refused.json().code, refused.headers.get('retry-after')]).to.deep.equal(['too-many-requests', '1'])
      expect((await other.get('/v1/agencies')).status).to.equal(200)
      expect((await client.get('/healthz')).status).to.equal(200)
      nowMs += 1000 * Number(refused.headers.get('retry-after'))
      expect((await client.get('/v1/agencies')).status).to.equal(200)
    })
  })

  it('remembers a bounded number of clients, those that asked last', () => {
    const rate = new RateLimit(1, () => 0)
    const isTaken = (client: string): boolean => {
      try {
        rate.take(client)
        return true
      } catch (error) {
        expect(codeOf(error)).to.equal('too-many-requests')
        return false
      }
    }
    for (const client of ['first', 'second']) for (let i = 0; i < 2; i++) expect(isTaken(client)).to.equal(true)
    for (let i = 0; i < limits.rateLimitedClients - 2; i++) rate.take(`client ${i}`)
    expect(isTaken('first')).to.equal(false)
    rate.take('one more')
    expect([isTaken('first'), isTaken('second')], 'second was silent for longest').to.deep.equal([false, true])
  })

  it('without the store it is not ready', async () => {
    const { store } = g02.gateway
    const broken = {
      ...store,
      read: store.read,
      clock: store.clock,
      transact: () => Promise.reject(new GatewayError('store-unavailable', 'full')),
    } as unknown as ApiDeps['store']
    const answer = await api({ store: broken }, (client) => client.get('/readyz'))
    expect([answer.status, answer.json()]).to.deep.equal([
      503,
      { status: 'unready', checks: { store: 'down', broker: 'up', keys: 'up' } },
    ])
  })

  it('a broker that is there and confirms nothing is down', async () => {
    const clock = new MovableClock()
    let asked = 0
    const checkBroker = (): Promise<void> => {
      asked++
      return new Promise(() => {})
    }
    await api({ checkBroker, clock }, async (client) => {
      const answer = client.get('/readyz')
      await world.until('the question, when the store has answered', async () => asked === 1 && clock.waiting === 1)
      await clock.advance(2_000)
      expect((await answer).json()).to.deep.equal({
        status: 'degraded',
        checks: { store: 'up', broker: 'down', keys: 'up' },
      })
    })
  })

  it('a store that can be read and not written is down', async () => {
    const { store } = g02.gateway
    const full = new Proxy(store, {
      get: (target, name) =>
        name === 'transact'
          ? (work: Parameters<typeof store.transact>[0]) =>
              work({
                ...store.read,
                run: () => Promise.reject(new GatewayError('store-unavailable', 'no room left on the disk')),
              })
          : (Reflect.get(target, name) as unknown),
    })
    expect((await api({ store: full }, (client) => client.get('/readyz'))).status).to.equal(503)
  })

  it('a store that does not answer in time is down, and one question at a time is put to it', async () => {
    const clock = new MovableClock()
    const { store } = g02.gateway
    let asked = 0
    const silent = {
      read: store.read,
      clock: store.clock,
      transact: () => {
        asked++
        return new Promise(() => {})
      },
    } as unknown as ApiDeps['store']
    await api({ store: silent, clock }, async (client) => {
      const answers = Promise.all([client.get('/readyz'), client.get('/readyz'), client.get('/readyz')])
      await world.until('all three wait', async () => asked > 0 && clock.waiting > 0)
      let done = false
      void answers.then(() => (done = true))
      await world.until('the deadline', async () => {
        await clock.advance(2_000)
        return done
      })
      expect((await answers).map(({ status }) => status)).to.deep.equal([503, 503, 503])
      expect(asked).to.be.lessThan(4)
    })
  })
})

describe('/docs', () => {
  const world = openWorld()
  let client: ApiClient
  before(async () => {
    client = new ApiClient((await world.start('G02')).gateway)
  })
  after(() => world.close())

  it('renders the description from files that are all served here, with no inline script', async () => {
    const page = await client.get('/docs')
    const html = page.bytes.toString()
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy)
      .to.contain("default-src 'self'")
      .and.not.to.match(/script-src|unsafe-|https?:/)
    expect(html).not.to.match(/<script>|https?:|\son\w+=/)
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(files).to.have.length(4)
    for (const file of files) expect((await client.get(file)).status, file).to.equal(200)
    expect((await client.get('/docs/start.js')).headers.get('content-type')).to.match(/^text\/javascript/)
    expect((await client.get('/openapi.json')).json<{ openapi: string }>().openapi).to.equal('3.1.0')
  })
})
