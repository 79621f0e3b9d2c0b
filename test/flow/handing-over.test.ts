import { expect } from 'chai'
import { GatewayError, limits, silentLog, timeOrderedIds } from '../../src/base/index.ts'
import { Gateway } from '../../src/gateway.ts'
import type { AgencyCode, EnvelopeId } from '../../src/message/index.ts'
import { content, stages } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, numbered, textFile } from '../support/letters.ts'
import { hours, later } from '../support/moving-on.ts'
import type { DocumentView, RestClient } from '../support/rest-client.ts'

describe('handing over a document', () => {
  let clock: MovableClock
  let world: World
  let house: TestGateway
  let ministry: RestClient
  beforeEach(async () => {
    clock = new MovableClock()
    world = openWorld({ clock })
    world.axis.provision('G22' as AgencyCode)
    house = await world.start('G02')
    ministry = house.as('G02')
  })
  afterEach(() => world.close())

  it('many times at once under one Idempotency-Key makes one document', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ministry.submit(letter(), [textFile('nội dung')], 'one-key')),
    )
    expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 202))
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1)
    expect(await count('envelope')).to.equal(1)
    expect(await count('delivery')).to.equal(1)
  })

  it('many times at once under keys of their own makes one document, and the others are told which', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => ministry.submit(letter(), [textFile('nội dung')], `key-${n}`)),
    )
    const [accepted, ...more] = answers.filter(({ status }) => status === 202)
    expect(more).to.deep.equal([])
    for (const { status, body } of answers.filter((answer) => answer !== accepted)) {
      expect(status).to.equal(409)
      expect(JSON.stringify(body))
        .to.include('document-already-submitted')
        .and.include(`/v1/documents/${accepted?.body.id}`)
    }
    expect(await count('envelope')).to.equal(1)
  })

  it('under a key that stands for another document, or under an id that does, is refused', async () => {
    await ministry.submit(letter(), [textFile('nội dung')], 'one-key')
    const otherDocument = await ministry.submit(numbered(2), [textFile('nội dung')], 'one-key')
    const otherContent = await ministry.submit(letter(), [textFile('nội dung khác')], 'one-key')
    const sameId = await ministry.submit(letter(), [textFile('nội dung khác')], 'other-key')
    expect([otherDocument, otherContent, sameId].map(({ status, body }) => [status, codeOf(body)])).to.deep.equal([
      [409, 'idempotency-key-reused'],
      [409, 'idempotency-key-reused'],
      [409, 'document-conflict'],
    ])
  })

  it('leaves nothing in the store when it is refused', async () => {
    const big = textFile('x'.repeat(limits.chunkBytes * 3))
    const refused = await ministry.submit(letter({ subject: 'MẬT: V/v phương án' }), [big])
    expect(refused.status).to.equal(422)
    for (const table of ['envelope', 'content', 'stage', 'delivery', 'submission'])
      expect(await count(table), table).to.equal(0)
  })

  it('that ended with its process is swept a day later, without an incident', async () => {
    const { store } = house.gateway
    const id = timeOrderedIds(clock).next() as EnvelopeId
    await store.transact(async (tx) => {
      await stages.beginUpload(tx, id, 'G02' as AgencyCode, clock.now())
      await content.add(tx, id, 1, new Uint8Array(1000))
    })
    await later(world, clock, hours(23))
    expect(await count('content')).to.equal(1)
    await later(world, clock, hours(2))
    await world.until('the sweep', async () => (await count('content')) === 0)
    expect(await count('stage')).to.equal(0)
    expect(await count('quarantine')).to.equal(0)
  })

  it('is held for a person when its sending fails again and again for no known reason, and expires at its deadline', async () => {
    world.axis.outage(true)
    const { body } = await ministry.submit(letter(), [textFile('kho bị hỏng')])
    await house.gateway.store.transact((tx) => tx.run('DELETE FROM content'))
    world.axis.outage(false)
    const held = await world.until('it held', async () => {
      await later(world, clock, limits.backoffCapMs)
      return stateOf(await ministry.document(body.id)) === 'held' && ministry.document(body.id)
    })
    expect(held.timeline.at(-1)?.type).to.equal('document-held')
    expect(held.deliveries?.[0]?.lastError).to.equal('internal')
    await later(world, clock, hours(73))
    await world.until('it expired', async () => stateOf(await ministry.document(body.id)) === 'expired')
  })

  it('works again after a start that failed: it left nothing running', async () => {
    const taken = Number(new URL(house.gateway.url).port)
    const config = {
      ...house.config,
      http: { ...house.config.http, port: taken },
      store: { ...house.config.store, file: `${world.folder}/second.sqlite` },
    }
    const failed = await Gateway.start({ config, clock, log: silentLog, axis: world.axis }).catch(
      (error: unknown) => error,
    )
    expect(failed).to.be.instanceOf(GatewayError)
    expect((failed as GatewayError).code).to.equal('config-invalid')
    const second = await Gateway.start({
      config: { ...config, http: { ...config.http, port: 0 } },
      clock,
      log: silentLog,
      axis: world.axis,
    })
    await second.stop()
    expect((await ministry.submit(letter(), [textFile('vẫn chạy')])).status).to.equal(202)
  })

  async function count(table: string): Promise<number> {
    return (await house.gateway.store.read.get<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))?.n ?? 0
  }
})

function stateOf(view: DocumentView): string | undefined {
  return view.deliveries?.[0]?.state
}

function codeOf(body: object): unknown {
  return 'code' in body ? body.code : undefined
}
