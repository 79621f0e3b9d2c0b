import { expect } from 'chai'
import type { Store } from '../../../src/store/index.ts'
import { ConsoleClient } from '../../support/console-client.ts'
import { openWorld, type TestGateway, type World } from '../../support/gateways.ts'
import { letter, numbered, textFile } from '../../support/letters.ts'
import { Partner, tampered } from '../../support/partner.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'

async function signerOf(store: Store, envelope: string): Promise<string | undefined> {
  return (await store.read.get<{ signer: string }>('SELECT signer FROM envelope WHERE id = ?', [envelope]))?.signer
}

type Item = Record<string, unknown> & { id: string; number: string; subject: string; state: string }
type Signed = { state: string; report?: { reasons: { code: string }[] } }
type Told = Record<string, unknown> & { attachments: { signed?: Signed }[] }
type Items = { items: Item[]; next?: string; count?: { value: number; exact: boolean } }

for (const database of ['SQLite', 'PostgreSQL'] as const)
  describe(`the pages of the console on ${database}`, () => {
    const places: PostgresPlace[] = []
    let world: World
    let g02: TestGateway
    let g22: TestGateway
    let admin: ConsoleClient
    let received: string
    let refused: string

    before(async () => {
      if (database === 'PostgreSQL') places.push(await postgresPlace(), await postgresPlace())
      const [ours, theirs] = places.map(({ url }) => url)
      world = openWorld(
        ours === undefined || theirs === undefined ? {} : { database: ([code]) => (code === 'G02' ? ours : theirs) },
      )
      world.axis.provision('H26' as never) // is there, and silent
      g02 = await world.start('G02')
      g22 = await world.start('G22')
      admin = await ConsoleClient.administrator(() => g02.gateway)
      received = (await g02.as('G02').submit(letter(), [textFile('nội dung')])).body.id
      refused = (await g02.as('G02').submit(numbered(8), [textFile('x')])).body.id
      await g02
        .as('G02')
        .submit(numbered(9, { to: ['H26'], subject: 'Gửi nơi im lặng', priority: '1' }), [textFile('y')])
      await g22.as('G22').submit(numbered(77, { to: ['G02'], subject: 'Công văn đến' }), [textFile('z')])
      await world.until('receipts', async () => {
        const { items } = await list('direction=out&state=received')
        return items.length === 2
      })
      await world.until('arrival', async () => (await list('direction=in')).items.length === 1)
      await world.until('words', async () => (await list('direction=in&text=den')).items.length === 1)
      await world.until('words', async () => (await list('direction=out&text=lang')).items.length === 1)
    })
    after(async () => {
      await world.close()
      for (const place of places) await place.drop()
    })

    async function list(query: string): Promise<Items> {
      const { status, body } = await admin.get(`/documents?${query}`)
      expect(status).to.equal(200)
      return body as unknown as Items
    }
    const numbers = async (query: string): Promise<string[]> => (await list(query)).items.map(({ number }) => number)

    it('find a document by number, symbol, subject without diacritics, agency, state, lane and day', async () => {
      const silent = ['9/BCT-KHTC']
      expect(await numbers('direction=out')).to.deep.equal(['9/BCT-KHTC', '8/BCT-KHTC', '7421/BCT-KHTC'])
      expect(await numbers('direction=out&text=7421')).to.deep.equal(['7421/BCT-KHTC'])
      expect(await numbers('direction=out&text=742')).to.deep.equal(['7421/BCT-KHTC'])
      expect(await numbers(`direction=out&text=${encodeURIComponent('im lặng')}`)).to.deep.equal(silent)
      expect(await numbers('direction=out&text=IM%20LANG%20khtc')).to.deep.equal(silent)
      expect(await numbers('direction=out&text=lang%20nothing')).to.deep.equal([])
      expect(await numbers('direction=out&counterpart=H26')).to.deep.equal(silent)
      expect(await numbers('direction=out&state=unfinished')).to.deep.equal(silent)
      expect(await numbers('direction=out&lane=express')).to.deep.equal(silent)
      expect(await numbers('direction=out&from=2000-01-01&to=2000-12-31')).to.deep.equal([])
      expect(await numbers('direction=in&counterpart=G22&state=waiting')).to.deep.equal(['77/BCT-KHTC'])
      expect((await list('direction=out')).count).to.deep.equal({ value: 3, exact: true })
    })

    it('turn pages that never overlap, with a cursor that fits its filters only', async () => {
      const first = await list('direction=out&limit=2')
      const second = await list(`direction=out&limit=2&cursor=${first.next}`)
      expect([...first.items, ...second.items].map(({ number }) => number)).to.deep.equal(
        await numbers('direction=out'),
      )
      expect(second).not.to.have.any.keys('next', 'count')
      const byWords = await list('direction=out&limit=1&text=bct')
      expect((await list(`direction=out&limit=1&text=bct&cursor=${byWords.next}`)).items[0]?.number).to.equal(
        '8/BCT-KHTC',
      )
      expect((await admin.get(`/documents?direction=in&cursor=${first.next}`)).body['code']).to.equal('cursor-invalid')
    })

    it('tell everything of one document: deliveries, next step, attachments, receipts, and its timeline in order', async () => {
      const { body } = await admin.get(`/documents/${received}`)
      const { deliveries, receipts, timeline, attachments } = body as Record<string, Record<string, unknown>[]>
      expect(deliveries).to.have.length(1)
      expect(deliveries?.[0]).to.deep.include({ state: 'received', commands: [] })
      expect(deliveries?.[0]?.['next']).to.include({ step: 'none', by: 'nobody' })
      expect(attachments).to.have.length(1)
      expect(receipts?.map(({ code }) => code)).to.deep.equal(['01'])
      expect(timeline?.map(({ type }) => type)).to.deep.equal([
        'document-accepted',
        'document-sent',
        'receipt-verified',
      ])
      expect(timeline?.at(-1)).to.include({ actor: 'partner:G22' })
      const [silent] = (await list('direction=out&counterpart=H26')).items
      const waiting = (await admin.get(`/documents/${silent?.id}`)).body as { deliveries: Record<string, unknown>[] }
      expect(waiting.deliveries[0]?.['next']).to.include({ step: 'receipt', by: 'partner' })
      expect(waiting.deliveries[0]?.['commands']).to.include.members(['resend', 'hold', 'expire'])
    })

    it('show what was signed and by whom, verified again, and give the same bytes to download', async () => {
      const { body } = await admin.get(`/documents/${received}/signature`)
      expect(body).to.deep.include({ verdict: 'valid' })
      expect((body['agency'] as { code: string }).code).to.equal('G02')
      expect((body['parts'] as unknown[]).length).to.be.greaterThan(2)
      const download = await admin.fetch('GET', `/documents/${received}/attachments/1`)
      expect(await download.text()).to.equal('nội dung')
      expect(download.headers.get('content-disposition')).to.match(/^attachment/)
      const audited = await admin.get('/audit?action=content-downloaded')
      expect((audited.body['items'] as Item[])[0]).to.deep.include({ actor: 'user:admin', subject: received })
    })

    it('tell what the files’ own signatures are worth, and what the signer of a package was judged by on its arrival', async () => {
      const signed = await world.until('the report', async () => {
        const { attachments } = (await admin.get(`/documents/${received}`)).body as Told
        return attachments[0]?.signed?.state === 'judged' ? attachments[0].signed : undefined
      })
      expect(signed).to.include({ verdict: 'undetermined', form: 'other', informationOnly: false })
      expect(signed.report?.reasons.map(({ code }) => code)).to.deep.equal(['not-a-pdf'])
      const viewer = await admin.colleague('nguoi.xem.tep', { role: 'viewer', agency: '*' })
      const seen = (await viewer.get(`/documents/${received}`)).body as Told
      expect(seen.attachments[0]?.signed).to.include({ verdict: 'undetermined' }).and.not.have.property('report')

      const [{ id } = { id: '' }] = (await list('direction=in')).items
      const { body } = await admin.get(`/documents/${id}/evidence`)
      expect(body).to.include({ verdict: 'valid', revocation: 'good' })
      expect((body['path'] as { subject: string }[])[0]?.subject).to.include('Văn phòng Chính phủ')
      const file = await admin.fetch('GET', `/documents/${id}/evidence/file`)
      expect(((await file.json()) as { path: unknown[] }).path).to.have.length((body['path'] as unknown[]).length)
      const audited = await admin.get('/audit?action=evidence-downloaded')
      expect((audited.body['items'] as Item[])[0]).to.deep.include({ actor: 'user:admin', subject: id })
      expect((await admin.get(`/documents/${received}/evidence`)).body['code']).to.equal('not-found')

      const { receipts } = (await admin.get(`/documents/${received}`)).body as { receipts?: Item[] }
      expect(receipts?.map(({ code, evidence }) => [code, evidence])).to.deep.equal([['01', true]])
      const proof = await admin.fetch('GET', `/documents/${received}/receipts/${receipts?.[0]?.['id']}/evidence`)
      expect(await proof.json()).to.have.nested.property('envelope.sender', 'G22')
      expect((await admin.fetch('GET', `/documents/${received}/receipts/${id}/evidence`)).status).to.equal(404)
    })

    it('give an overview of what waits and what happened, and the same over time', async () => {
      const overview = await world.until('counted traffic', async () => {
        const { body } = await admin.get('/overview')
        const out = body['out'] as Record<string, { value: number }>
        return out['submitted']?.value === 3 && out['received']?.value === 2 ? body : undefined
      })
      expect(overview['oldestUnfinished']).to.include({ number: '9/BCT-KHTC' })
      expect((overview['in'] as Record<string, unknown>)['waiting']).to.deep.equal({ value: 1, exact: true })
      expect((overview['partners'] as { agency: { code: string } }[]).map(({ agency }) => agency.code)).to.deep.equal([
        'H26',
      ])
      const { body } = await admin.get('/series?by=partner')
      const lines = body['lines'] as { partner: { code: string }; submitted: number[] }[]
      const submitted = lines.map(({ partner, submitted }) => [partner.code, submitted.reduce((a, b) => a + b, 0)])
      expect(submitted).to.deep.include.members([
        ['G22', 2],
        ['H26', 1],
      ])
    })

    it('group failures by cause with the remedy of each', async () => {
      const { store } = g02.gateway
      await store.transact(async (tx) => {
        await tx.run(
          `UPDATE delivery SET state = 'held', next_attempt_at = NULL, last_error = 'broker-unroutable', last_message = 'no queue' WHERE envelope = ?`,
          [refused],
        )
      })
      for (const by of ['cause', 'partner', 'certificate']) {
        const { body } = await admin.get(`/incidents?by=${by}`)
        const [group] = body['items'] as Record<string, unknown>[]
        expect(group?.['count'], by).to.deep.equal({ value: 1, exact: true })
        expect(group?.['cause']).to.deep.include({ code: 'broker-unroutable' })
        expect(group?.['commands']).to.deep.equal(['release', 'expire'])
        const items = await admin.get(`/incidents/items?group=${String(group?.['group'])}`)
        expect((items.body['items'] as Item[]).map(({ message }) => message)).to.deep.equal(['no queue'])
      }
      const certificate = (await admin.get('/incidents?by=certificate')).body['items'] as Record<string, object>[]
      expect(certificate[0]?.['certificate']).to.include({ fingerprint: await signerOf(store, refused) })
      expect((await admin.get('/incidents/items?group=eyJ9')).body['code']).to.equal('request-invalid')
      expect(await numbers('direction=out&state=failed')).to.deep.equal(['8/BCT-KHTC'])
    })

    it('group what was not believed by cause, by who sent it and by the certificate under which it came', async () => {
      const hanoi = await Partner.open(world, 'H26')
      try {
        const genuine = await hanoi.document('Nội dung', {
          from: { organId: '000.00.00.H26', organName: 'UBND thành phố Hà Nội' },
          to: [{ organId: '000.00.00.G02', organName: 'Bộ Công Thương' }],
        })
        await hanoi.put(tampered(genuine, 'Nguyễn Văn An', 'Nguyễn Văn Em'), 'G02')
        const groups = async (by: string) => {
          const { body } = await admin.get(`/incidents?by=${by}`)
          return (body['items'] as Record<string, unknown>[]).filter(({ kind }) => kind === 'quarantine')
        }
        const [byCause] = await world.until('the incident', async () => {
          const found = await groups('cause')
          return found.length > 0 && found
        })
        expect(byCause).to.deep.include({ count: { value: 1, exact: true }, commands: ['redrive', 'discard'] })
        expect(byCause?.['cause']).to.include({ code: 'digest-mismatch' })
        expect(byCause?.['partner']).to.include({ code: 'H26' })
        expect((await groups('partner'))[0]?.['partner']).to.include({ code: 'H26' })
        const [byCertificate] = await groups('certificate')
        const known = g02.gateway.directory.find('H26')?.certificates.map(({ fingerprint }) => fingerprint)
        expect(byCertificate?.['certificate'])
          .to.have.property('fingerprint')
          .that.is.oneOf(known ?? [])
        const items = await admin.get(`/incidents/items?group=${String(byCertificate?.['group'])}`)
        expect((items.body['items'] as Item[]).map(({ kind }) => kind)).to.deep.equal(['quarantine'])
      } finally {
        await hanoi.close()
      }
    })

    it('list the agencies with their queues, certificates and last contact; the audit; the configuration without secrets', async () => {
      const { body } = await admin.get('/agencies')
      const agencies = body['items'] as Record<string, unknown>[]
      expect(agencies[0]).to.deep.include({ code: 'G02', local: true })
      const g01 = agencies.find(({ code }) => code === 'H26')
      expect(g01?.['queue']).to.deep.include({ waiting: { value: 1, exact: true } })
      const office = (await admin.get('/agencies/G22')).body
      expect(office).to.have.property('lastHeardAt')
      expect(office['certificates']).not.to.deep.equal([])
      const { body: audit } = await admin.get('/audit?limit=2')
      expect(audit['items']).to.have.length(2)
      const { body: chain } = await admin.get('/audit/chain')
      expect(chain['heads'], 'as many as are signed, though nobody has looked at them yet').to.be.at.least(1)
      const { body: all } = await admin.get('/audit?limit=100')
      const entries = all['items'] as { action: string; text: { vi: string } }[]
      expect(entries.map(({ action }) => action)).to.include.members(['package-received', 'receipt-verified'])
      expect(entries.filter(({ action, text }) => text.vi === action)).to.deep.equal([])
      const { body: configuration } = await admin.get('/configuration')
      const keys = (configuration['settings'] as { key: string; source: string }[]).map(({ key }) => key)
      expect(keys).to.include.members(['http.host', 'agencies[0].code', 'delivery.receiptWaitSeconds'])
      expect(JSON.stringify(configuration)).not.to.contain('PRIVATE KEY')
    })

    it('find by state and counterpart what stands so with that counterpart, and not with another', async () => {
      const both = { to: ['G22', 'H26'], subject: 'Gửi hai nơi' }
      const { id } = (await g02.as('G02').submit(numbered(10, both), [textFile('w')])).body
      const { deliveries } = await world.until('the receipt of one', async () => {
        const { body } = await admin.get(`/documents/${id}`)
        const found = body as { deliveries: { recipient: { code: string }; state: string }[] }
        return found.deliveries.some(({ state }) => state === 'received') && found
      })
      expect(deliveries.map(({ recipient, state }) => [recipient.code, state])).to.deep.include(['G22', 'received'])
      expect(await numbers('direction=out&counterpart=G22&state=received')).to.include('10/BCT-KHTC')
      expect(await numbers('direction=out&counterpart=G22&state=unfinished')).not.to.include('10/BCT-KHTC')
      expect(await numbers('direction=out&counterpart=H26&state=unfinished')).to.include('10/BCT-KHTC')
      expect(await numbers('direction=out&counterpart=H26&state=received')).to.deep.equal([])
      const found = async (query: string) =>
        (await g02.as('G02').call<{ items: { id: string }[] }>('GET', `/v1/documents?${query}`)).body.items
      expect((await found('counterpart=G22&state=received')).map((item) => item.id)).to.include(id)
      expect(await found('counterpart=H26&state=received')).to.deep.equal([])
    })

    // threat: other-tenant
    it('show a viewer states and no contents, and nobody what is another agency’s', async () => {
      const viewer = await admin.colleague('nguoi.xem', { role: 'viewer', agency: '*' })
      const { body } = await viewer.get(`/documents/${received}`)
      expect(body).not.to.have.property('message')
      expect((body['deliveries'] as { commands: string[] }[])[0]?.commands).to.deep.equal([])
      for (const path of ['/envelope', '/attachments/1'])
        expect((await viewer.get(`/documents/${received}${path}`)).body['code']).to.equal('role-missing')
      const elsewhere = await admin.colleague('noi.khac', { role: 'administrator', agency: 'G22' })
      expect((await elsewhere.get('/documents?direction=out')).body['code']).to.equal('role-missing')
      expect((await elsewhere.get(`/documents/${received}`)).body['code']).to.equal('role-missing')
      expect((await elsewhere.get('/users')).body['code']).to.equal('role-missing')
    })
  })
