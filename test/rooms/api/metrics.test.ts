import { expect } from 'chai'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
import { numbered, textFile } from '../../support/letters.ts'

describe('GET /metrics', () => {
  const world = openWorld()
  let g02: TestGateway
  before(async () => {
    world.axis.provision('H26' as never)
    g02 = await world.start('G02')
    await world.start('G22')
    await metrics()
  })
  after(() => world.close())

  async function metrics(): Promise<string> {
    const response = await fetch(`${g02.gateway.url}/metrics`)
    expect(response.status).to.equal(200)
    expect(response.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/)
    return response.text()
  }

  it('counts documents by what happened, partner and lane, each once, with the times to sent and to receipt', async () => {
    await g02.as('G02').submit(numbered(1), [textFile('x')])
    await g02.as('G02').submit(numbered(2, { to: ['H26'], priority: '1' }), [textFile('y')])
    const both = 'lienthong_document_sent_seconds_count{lane="ordinary"} 1'
    await world.until('the counters', async () => {
      const text = await metrics()
      return (
        text.includes('event="received",partner="G22"') &&
        text.includes('event="sent",partner="H26"') &&
        text.includes(both)
      )
    })
    const text = await metrics()
    const lines = text.split('\n')
    expect(lines).to.include.members([
      'lienthong_documents_total{event="submitted",partner="G22",lane="ordinary"} 1',
      'lienthong_documents_total{event="received",partner="G22",lane="ordinary"} 1',
      'lienthong_documents_total{event="submitted",partner="H26",lane="express"} 1',
      'lienthong_document_receipt_seconds_count{lane="ordinary"} 1',
      'lienthong_deliveries{state="sent",partner="H26",lane="express"} 1',
      'lienthong_broker_up 1',
      'lienthong_quarantine_packages 0',
    ])
    expect(text).to.match(/^lienthong_certificate_days_left\{agency="G02"\} \d+$/m)
    expect(text).to.match(/^lienthong_oldest_delivery_age_seconds\{lane="express"\} \d/m)
    expect(text).to.match(/^lienthong_store_transaction_seconds 0?\.?\d/m)
  })

  it('tells how long the oldest receipt or status has waited', async () => {
    const { store } = g02.gateway
    const hourAgo = store.clock.now().getTime() - 60 * 60 * 1000
    await store.transact((tx) =>
      tx.run(
        `UPDATE delivery SET kind = 'status', lane = 'status', accepted_at = ? WHERE recipient = 'H26' AND next_attempt_at IS NOT NULL`,
        [hourAgo],
      ),
    )
    const [, seconds] = /^lienthong_oldest_delivery_age_seconds\{lane="status"\} ([\d.]+)$/m.exec(await metrics()) ?? []
    expect(Number(seconds)).to.be.at.least(60 * 60)
  })

  it('describes each of its own with a help text and a type, and says nothing of what documents say', async () => {
    const text = await metrics()
    const own = [...text.matchAll(/^# TYPE (lienthong_\w+) (\w+)$/gm)].map((match) => match[1] ?? '')
    expect(own.length).to.be.greaterThan(10)
    for (const name of own) expect(text).to.contain(`# HELP ${name} `)
    expect(text).not.to.contain('quý III')
  })
})
