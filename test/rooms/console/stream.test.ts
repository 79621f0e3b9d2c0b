import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { limits, timeOrderedIds } from '../../../src/base/index.ts'
import { desk } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { ConsoleClient } from '../../support/console-client.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
import { numbered, textFile } from '../../support/letters.ts'

interface Heard {
  readonly id: string | undefined
  readonly name: string
  readonly data: Record<string, unknown>
}

/** What a page hears until it hangs up. */
class Listening {
  readonly heard: Heard[] = []
  refused = false
  readonly #hangUp = new AbortController()
  readonly over: Promise<void>

  constructor(client: ConsoleClient, headers: Record<string, string> = {}) {
    this.over = this.#listen(client, headers)
  }

  async #listen(client: ConsoleClient, headers: Record<string, string>): Promise<void> {
    try {
      const response = await client.fetch('GET', '/stream', undefined, headers, this.#hangUp.signal)
      if (response.status === 429) {
        this.refused = true
        return
      }
      expect(response.headers.get('content-type')).to.equal('text/event-stream')
      let rest = ''
      for await (const bytes of response.body ?? []) {
        const blocks = (rest + Buffer.from(bytes).toString('utf8')).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
          const name = field('event')
          if (name === undefined) continue
          const data = JSON.parse(field('data') ?? '{}') as Record<string, unknown>
          this.heard.push({ id: field('id'), name, data })
        }
      }
    } catch (error) {
      if (!this.#hangUp.signal.aborted) throw error
    }
  }

  async hangUp(): Promise<void> {
    this.#hangUp.abort()
    await this.over
  }

  changes(): Heard[] {
    return this.heard.filter(({ name }) => name === 'changes')
  }
}

describe('the stream of the console', () => {
  const world = openWorld()
  let g02: TestGateway
  let admin: ConsoleClient
  before(async () => {
    g02 = await world.start('G02')
    await world.start('G22')
    admin = await ConsoleClient.administrator(() => g02.gateway)
  })
  after(() => world.close())

  const send = async (n: number): Promise<string> => (await g02.as('G02').submit(numbered(n), [textFile('x')])).body.id

  it('tells an open page what happens, and one that was away what it missed, once', async () => {
    const page = new Listening(admin)
    await world.until('hello', async () => page.heard[0]?.name === 'hello')
    const first = await send(1)
    await world.until('the receipt', async () =>
      page.changes().some(({ data }) => (data['types'] as Record<string, number>)['receipt-verified'] === 1),
    )
    expect(page.changes().flatMap(({ data }) => data['documents'])).to.include(first)
    const last = page.changes().at(-1)?.id ?? ''
    await page.hangUp()
    const second = await send(2)
    await world.until(
      'the second receipt',
      async () => (await g02.as('G02').document(second)).deliveries?.[0]?.state === 'received',
    )
    const again = new Listening(admin, { 'Last-Event-ID': last })
    await world.until('what was missed', async () =>
      again.changes().some(({ data }) => (data['types'] as Record<string, number>)['receipt-verified'] === 1),
    )
    const documents = again.changes().flatMap(({ data }) => data['documents'] as string[])
    expect(documents).to.include(second).and.not.to.include(first)
    await again.hangUp()
  })

  // threat: other-tenant
  it('tells nobody of agencies that he may not see', async () => {
    const client = await admin.colleague('g22.only', { role: 'viewer', agency: '*' }, { role: 'viewer', agency: 'G02' })
    const { user } = (await client.get('/session')).body as { user: { id: string } }
    await admin.ask('PUT', `/users/${user.id}`, { grants: [{ role: 'viewer', agency: 'G22' }] })
    expect((await client.get('/stream')).body['code']).to.equal('role-missing')
  })

  it('tells of a job also when it was committed later than the time it bears', async () => {
    const page = new Listening(admin)
    await world.until('hello', async () => page.heard[0]?.name === 'hello')
    const { store } = g02.gateway
    const at = new Date(store.clock.now().getTime() - 2 * limits.streamTurnMs)
    const job = { id: 'committed-late', kind: 'audit-check', actor: 'user:admin', params: '{}', at } as const
    const whole = { fence: 0, at, state: 'done', result: '{}' } as const
    await store.transact(async (tx) => {
      await desk.addJob(tx, job)
      await desk.endJob(tx, { ...job, ...whole }, whole)
    })
    const told = () => page.heard.filter(({ name, data }) => name === 'job' && data['id'] === job.id)
    await world.until('the job', async () => told().length > 0)
    await send(3)
    await world.until('something later', async () => page.changes().length > 0)
    expect(told(), 'once').to.have.length(1)
    await page.hangUp()
  })

  it('keeps no place for who hangs up before the answer begins', async () => {
    const client = await admin.colleague('voi', { role: 'viewer', agency: '*' })
    const { hostname, port } = new URL(g02.gateway.url)
    for (let i = 0; i < 4 * limits.streamsPerSession; i++) {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.on('error', () => {})
      socket.write(`GET /console/api/stream HTTP/1.1\r\nHost: x\r\nCookie: ${client.cookie}\r\n\r\n`, () =>
        socket.destroy(),
      )
      await once(socket, 'close')
    }
    await world.until('a place', async () => {
      const page = new Listening(client)
      await world.until('an answer', async () => page.heard.length > 0 || page.refused)
      await page.hangUp()
      return !page.refused
    })
  })

  it('says goodbye when the session is over, and when the gateway stops; a session has few streams', async () => {
    const client = await admin.colleague('ngan', { role: 'viewer', agency: '*' })
    const streams = Array.from({ length: limits.streamsPerSession }, () => new Listening(client))
    await world.until('all', async () => streams.every(({ heard }) => heard.length > 0))
    expect((await client.get('/stream')).body['code']).to.equal('too-many-streams')
    await g02.restart()
    await Promise.all(streams.map(({ over }) => over))
    for (const { heard } of streams) expect(heard.at(-1)).to.deep.include({ name: 'bye', data: { reason: 'stopping' } })
  })
})

describe('the stream of a console where much happens', () => {
  const clock = new MovableClock()
  const world = openWorld({ clock })
  let g02: TestGateway
  let admin: ConsoleClient
  before(async () => {
    g02 = await world.start('G02')
    admin = await ConsoleClient.administrator(() => g02.gateway)
  })
  after(() => world.close())

  const ids = timeOrderedIds(clock)
  const happens = (): Promise<number> =>
    g02.gateway.store.transact((tx) =>
      tx.run(
        `INSERT INTO event (id, seq, agency, type, at, data)
         SELECT ?, COALESCE(MAX(seq), 0) + 1, 'G02', 'document-sent', ?, '{}' FROM event`,
        [ids.next(), clock.now().getTime()],
      ),
    )

  /** Something happens every second, until the page has heard what is waited for or so much time has passed. */
  async function busy(page: Listening, ms: number, heard: () => boolean): Promise<void> {
    const until = clock.now().getTime() + ms
    while (clock.now().getTime() < until && !heard()) {
      const before = page.heard.length
      await happens()
      await clock.advance(limits.streamTurnMs)
      await world.until('the news', async () => page.heard.length > before)
    }
  }

  // threat: stolen-session
  it('lets go of a session that is over, however much there is to tell', async () => {
    const client = await admin.colleague('tam', { role: 'viewer', agency: '*' })
    const page = new Listening(client)
    await world.until('hello', async () => page.heard[0]?.name === 'hello')
    await client.ask('DELETE', '/session')
    const isGone = () => page.heard.at(-1)?.name === 'bye'
    await busy(page, 4 * limits.streamBeatMs, isGone)
    expect(page.heard.at(-1)).to.deep.include({ name: 'bye', data: { reason: 'session-ended' } })
    await page.over
  })
})
