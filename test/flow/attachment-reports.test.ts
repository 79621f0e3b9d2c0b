import { expect } from 'chai'
import { limits } from '../../src/base/index.ts'
import type { AttachmentReport } from '../../src/pdf/index.ts'
import { reports } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, textFile } from '../support/letters.ts'
import { signers } from '../support/pdf-judging.ts'
import { PdfSoftware } from '../support/pdf-software.ts'
import type { RestClient } from '../support/rest-client.ts'

interface ReportState {
  state: 'waiting' | 'judged'
  run?: number
  report?: AttachmentReport
}

describe('the signatures inside of attached PDFs', () => {
  let software: PdfSoftware
  let people: Awaited<ReturnType<typeof signers>>
  let signed: Buffer
  let world: World
  let ministry: TestGateway
  let office: TestGateway

  before(async () => {
    software = new PdfSoftware()
    people = await signers()
    const byPerson = await software.sign(await software.make(1), { by: people.person })
    signed = await software.sign(byPerson, { by: people.elliptic, algorithm: 'SHA256withECDSA' })
  })
  after(() => software.close())

  beforeEach(async () => {
    world = openWorld()
    ministry = await world.start('G02')
    office = await world.start('G22')
  })
  afterEach(() => world.close())

  const pdf = (bytes: Uint8Array, name = 'Công văn 7421.pdf') => ({ name, type: 'application/pdf', bytes })

  async function reportOf(client: RestClient, path: string): Promise<AttachmentReport> {
    return world.until(`the report ${path}`, async () => {
      const { status, body } = await client.call<ReportState>('GET', path)
      expect(status).to.equal(200)
      return body.state === 'judged' && body.report
    })
  }

  async function arrived(count = 1): Promise<string[]> {
    return world.until('what was sent', async () => {
      const { body } = await office.as('G22').call<{ items: { id: string }[] }>('GET', '/v1/inbox')
      return body.items.length === count && body.items.map(({ id }) => id)
    })
  }

  it('are judged on both sides, told in the timeline, and reported with who signed and what is missing', async () => {
    const submitted = await ministry.as('G02').submit(letter(), [pdf(signed), textFile('phụ lục')])
    const sent = await reportOf(ministry.as('G02'), `/v1/documents/${submitted.body.id}/attachments/1/report`)
    const [id = ''] = await arrived()
    const received = await reportOf(office.as('G22'), `/v1/inbox/${id}/attachments/1/report`)
    expect({ ...received, at: '' }).to.deep.equal({ ...sent, at: '' })
    expect(received.signatures.map(({ signer, integrity }) => [signer?.name, integrity])).to.deep.equal([
      ['Nguyễn Văn An', 'intact'],
      ['Bộ Công Thương', 'intact'],
    ])
    expect(received.verdict).to.equal('valid')
    expect(received.signatures.map(({ chain }) => [chain?.verdict, chain?.revocation])).to.deep.equal([
      ['valid', 'good'],
      ['valid', 'good'],
    ])
    const { timeline } = await office.as('G22').document(id)
    const told = timeline.filter(({ type }) => type === 'attachment-report')
    expect(told.map(({ data }) => data)).to.deep.equal([
      { n: 1, run: 1, verdict: 'valid', informationOnly: false, signatures: 2 },
    ])
    const text = await reportOf(office.as('G22'), `/v1/documents/${id}/attachments/2/report`)
    expect(text.reasons.map(({ code }) => code)).to.deep.equal(['not-a-pdf'])
  })

  it('leave a document that carries none for information only, and one that was changed invalid; both arrive', async () => {
    const changed = await software.edit(signed, 'page')
    const plain = await software.make(1)
    await ministry.as('G02').submit(letter(), [pdf(changed), pdf(plain, 'Phụ lục.pdf')])
    const [id = ''] = await arrived()
    const first = await reportOf(office.as('G22'), `/v1/inbox/${id}/attachments/1/report`)
    expect(first.verdict).to.equal('invalid')
    expect(first.signatures[1]?.reasons.map(({ code }) => code)).to.include('changed-after-signing')
    const second = await reportOf(office.as('G22'), `/v1/inbox/${id}/attachments/2/report`)
    expect(second).to.include({ informationOnly: true, verdict: 'undetermined', role: 'attached' })
  })

  it('leave it to a person when the organisation that signed the main document is not the sender', async () => {
    const other = await world.start('G12')
    await other.as('G12').submit(letter(), [pdf(signed), pdf(signed, 'Công văn của Bộ Công Thương.pdf')])
    const [id = ''] = await arrived()
    const main = await reportOf(office.as('G22'), `/v1/inbox/${id}/attachments/1/report`)
    expect(main.verdict).to.equal('undetermined')
    expect(main.signatures.map(({ verdict }) => verdict)).to.deep.equal(['valid', 'valid'])
    expect(main.reasons.map(({ code }) => code)).to.deep.equal(['organisation-not-sender'])
    expect(main.reasons[0]?.detail).to.include('sender G12 (Bộ Tài chính)').and.include('by code G02 (Bộ Công Thương)')
    const attached = await reportOf(office.as('G22'), `/v1/inbox/${id}/attachments/2/report`)
    expect(attached.verdict).to.equal('valid')
    expect(attached.reasons.map(({ code }) => code)).to.deep.equal(['organisation-unconfirmed'])
  })

  it('are judged once, also over a restart, and again only when somebody asks; another result is kept beside the first', async () => {
    const submitted = await ministry.as('G02').submit(letter(), [pdf(signed)])
    const path = `/v1/documents/${submitted.body.id}/attachments/1/report`
    await reportOf(ministry.as('G02'), path)
    const { store } = ministry.gateway
    expect(await store.read.get('SELECT report_fence AS fence FROM attachment')).to.deep.equal({ fence: 1 })
    await ministry.restart()
    const again = ministry.gateway.store
    await again.transact((tx) =>
      tx.run(`UPDATE attachment_report SET report = replace(report, '"valid"', '"invalid"')`),
    )
    await again.transact((tx) => tx.run('UPDATE attachment SET report_due = 0'))
    await world.until('the second report', async () => {
      const { body } = await ministry.as('G02').call<ReportState>('GET', path)
      return body.run === 2 && body
    })
    const rows = await again.read.all('SELECT run, verdict FROM attachment_report ORDER BY run')
    expect(rows).to.deep.equal([
      { run: 1, verdict: 'valid' },
      { run: 2, verdict: 'valid' },
    ])
  })

  it('are kept with the certificates and CRLs on which the verdict rests', async () => {
    const submitted = await ministry.as('G02').submit(letter(), [pdf(signed)])
    const report = await reportOf(ministry.as('G02'), `/v1/documents/${submitted.body.id}/attachments/1/report`)
    const rows = await ministry.gateway.store.read.all<{ fingerprint: string; kind: string }>(
      'SELECT fingerprint, kind FROM validation_datum',
    )
    const kept = rows.map(({ kind, fingerprint }) => `${kind} ${fingerprint}`)
    for (const { chain } of report.signatures) {
      expect(chain?.proofs).to.have.length.greaterThan(0)
      expect(kept).to.include.members((chain?.proofs ?? []).map(({ kind, fingerprint }) => `${kind} ${fingerprint}`))
      expect(kept).to.include.members((chain?.path ?? []).map(({ fingerprint }) => `certificate ${fingerprint}`))
    }
  })

  it('are for those alone whose document it is', async () => {
    const submitted = await ministry.as('G02').submit(letter(), [pdf(signed)])
    await reportOf(ministry.as('G02'), `/v1/documents/${submitted.body.id}/attachments/1/report`)
    const path = `/v1/documents/${submitted.body.id}/attachments/1/report`
    expect((await office.as('G22').call('GET', path)).status).to.equal(404)
    expect((await ministry.as('G02').call('GET', path.replace('/1/', '/2/'))).status).to.equal(404)
  })
})

describe('the signatures inside of attached PDFs, while nothing is known of revocation', () => {
  it('are undetermined, and judged again when something may be known', async () => {
    const software = new PdfSoftware()
    const clock = new MovableClock('2026-11-21T02:00:00Z')
    const world = openWorld({ clock, revocation: { crlFiles: [], fetch: false } })
    try {
      const { organisation } = await signers()
      const bytes = await software.sign(await software.make(1), { by: organisation })
      const ministry = await world.start('G02')
      const { body } = await ministry.as('G02').submit(letter(), [{ name: 'a.pdf', type: 'application/pdf', bytes }])
      const path = `/v1/documents/${body.id}/attachments/1/report`
      const fence = async (): Promise<number> => {
        const row = await ministry.gateway.store.read.get<{ fence: number }>(
          'SELECT report_fence AS fence FROM attachment',
        )
        return row?.fence ?? 0
      }
      const report = await world.until('the report', async () => {
        await clock.advance(50)
        return (await ministry.as('G02').call<ReportState>('GET', path)).body.report
      })
      expect(report.verdict).to.equal('undetermined')
      expect(report.signatures[0]?.reasons.map(({ code }) => code)).to.include('revocation-unknown')
      expect(await fence()).to.equal(1)
      clock.set('2026-11-21T02:30:00Z')
      await world.until('another look', async () => {
        await clock.advance(50)
        return (await fence()) === 2
      })
      // the same result is no other report
      expect((await ministry.as('G02').call<ReportState>('GET', path)).body.run).to.equal(1)
      // however often it was asked for, or given back because others of its sender held up the reader
      const { store } = ministry.gateway
      for (let n = 0; n < 5; n++) await store.transact((tx) => reports.again(tx, {}))
      const due = await world.until('its next time', async () => {
        await clock.advance(50)
        const row = await store.read.get<{ due: number | null; tries: number; fence: number }>(
          'SELECT report_due AS due, report_tries AS tries, report_fence AS fence FROM attachment',
        )
        return row?.fence === 8 && row.tries === 1 && row
      })
      const [first] = limits.reportAgainMs
      expect((due.due ?? 0) - clock.now().getTime()).to.be.within(1, first)
    } finally {
      software.close()
      await world.close()
    }
  })
})
