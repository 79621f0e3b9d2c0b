import { expect } from 'chai'
import { limits } from '../../src/base/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { type HandPartner, handPartner } from '../support/hand-partner.ts'
import { vectorText } from '../support/sign-vector.ts'

/** The rules of edXML notes §4.9 that need the directory or other packages, told by a partner with software of his own. */
describe('packages from a partner with other software', () => {
  const document = vectorText('accepted-document.edxml')
  let clock: MovableClock
  let world: World
  let office: TestGateway
  let ministry: HandPartner

  beforeEach(async () => {
    clock = new MovableClock('2026-11-21T05:30:00Z')
    world = openWorld({ clock })
    office = await world.start('G22')
    ministry = await handPartner(world.axis, 'G02', clock.now())
  })
  afterEach(async () => {
    await ministry.close()
    await world.close()
  })

  it('BR-05: a recall is answered as not supported yet, and changes nothing', async () => {
    await ministry.send(document, 'G22')
    await arrived(1)
    await ministry.send(vectorText('accepted-recall.edxml'), 'G22')
    const [, refusal = ''] = await answers(2)
    expect(refusal).to.include('<edXML:StatusCode>02<').and.include('[operation-not-supported]')
    await arrived(1)
  })

  it('BR-08: a known agency reaches one that it names, and gets the receipt', async () => {
    const digest = await ministry.send(document, 'G22')
    await arrived(1)
    const [receipt = ''] = await answers(1)
    expect(receipt).to.include('<edXML:StatusCode>01<')
    expect(receipt).to.include(Buffer.from(digest, 'hex').toString('base64'))
  })

  it('BR-08: a package that does not name its recipient is kept from the inbox', async () => {
    const vector = vectorText('br-08-recipient-not-named.edxml')
    await ministry.send(vector, 'G22')
    expect(await quarantined()).to.deep.equal(['recipient-not-named'])
    expect(await inbox()).to.deep.equal([])
    expect(ministry.answers).to.deep.equal([])
  })

  it('BR-08: a sender whom the directory does not know is kept from the inbox', async () => {
    const stranger = await handPartner(world.axis, 'G77', clock.now())
    await stranger.send(document, 'G22')
    expect(await quarantined()).to.deep.equal(['sender-not-entitled'])
    expect(await inbox()).to.deep.equal([])
    await stranger.close()
  })

  // threat: false-signer
  it('BR-08: nobody speaks for an agency that is not his', async () => {
    const vector = vectorText('br-08-another-sender.edxml')
    await ministry.send(vector, 'G22')
    const [refusal = ''] = await answers(1)
    expect(refusal)
      .to.include('<edXML:StatusCode>02<')
      .and.match(/\[(signer-not-sender|headers-contradict-envelope)\]/)
    expect(await inbox()).to.deep.equal([])
  })

  // threat: replayed-package
  it('BR-10: the same document again is one document, and gets the same receipt again', async () => {
    await ministry.send(document, 'G22')
    await arrived(1)
    const [first] = await answers(1)
    await ministry.send(document, 'G22')
    const [, second] = await answers(2)
    expect(second).to.equal(first)
    await arrived(1)
  })

  it('BR-10: another document under the same id is shown to the clerk, who decides', async () => {
    const vector = vectorText('br-10-other-content.edxml')
    await ministry.send(document, 'G22')
    await arrived(1)
    await ministry.send(vector, 'G22')
    await arrived(2)
    const [, second] = await inbox()
    expect(second?.warnings).to.include('BR-10')
    expect(await answers(2)).to.satisfy((texts: string[]) => texts.every((text) => text.includes('StatusCode>01<')))
  })

  // threat: state-secret
  it('BR-12: a document that bears a mark of secrecy is refused, and nothing of it stays', async () => {
    await ministry.send(vectorText('br-12-secret-subject.edxml'), 'G22')
    const [refusal = ''] = await answers(1)
    expect(refusal).to.include('<edXML:StatusCode>02<').and.include('[secret-mark]')
    expect(await inbox()).to.deep.equal([])
    const store = office.gateway.store
    const kept = await store.read.all<{ bytes: Uint8Array | null }>('SELECT bytes FROM quarantine')
    expect(kept.map(({ bytes }) => bytes)).to.deep.equal([null])
    const staged = 'SELECT envelope FROM content WHERE envelope NOT IN (SELECT id FROM envelope)'
    expect(await store.read.all(staged)).to.deep.equal([])
  })

  it('BR-13: a status about a document that nobody knows is kept, tried again, and reported after a time', async () => {
    const vector = vectorText('br-13-unknown-document.edxml')
    await ministry.send(vector, 'G22')
    const waiting = () =>
      office.gateway.store.read.all<{ outcome: string | null }>("SELECT outcome FROM status WHERE direction = 'in'")
    await world.until('the status in the record', async () => (await waiting()).length === 1)
    expect(await waiting()).to.deep.equal([{ outcome: null }])
    expect(await eventsOfType('status-unmatched')).to.equal(0)
    await world.until('the report', async () => {
      await clock.advance(limits.statusMatchMs / 20)
      return (await eventsOfType('status-unmatched')) === 1
    })
    expect(await waiting()).to.deep.equal([{ outcome: 'unmatched' }])
  })

  async function inbox(): Promise<{ warnings: string }[]> {
    return office.gateway.store.read.all<{ warnings: string }>('SELECT warnings FROM inbox ORDER BY envelope')
  }

  async function arrived(count: number): Promise<void> {
    await world.until(`${count} in the inbox`, async () => (await inbox()).length === count)
  }

  async function answers(count: number): Promise<readonly string[]> {
    return world.until(`${count} answers`, async () => ministry.answers.length >= count && [...ministry.answers])
  }

  async function quarantined(): Promise<string[]> {
    const codes = (): Promise<{ code: string }[]> =>
      office.gateway.store.read.all<{ code: string }>('SELECT code FROM quarantine')
    await world.until('something in quarantine', async () => (await codes()).length > 0)
    return [...new Set((await codes()).map(({ code }) => code))] // each part of an unknown sender is kept by itself
  }

  async function eventsOfType(type: string): Promise<number> {
    return (await office.gateway.store.read.all('SELECT id FROM event WHERE type = ?', [type])).length
  }
})
