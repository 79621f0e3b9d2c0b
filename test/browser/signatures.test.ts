/** Is what came really signed, and can I prove it years from now? */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { barriers, isTooWide, picture, useBrowser, type VisitOptions } from '../support/browser.ts'
import { makeAdministrator, open, signedIn } from '../support/console-people.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, textFile } from '../support/letters.ts'
import { signers } from '../support/pdf-judging.ts'
import { PdfSoftware } from '../support/pdf-software.ts'

const words = {
  vi: {
    valid: 'Hợp lệ',
    invalid: 'Không hợp lệ',
    informationOnly: 'Không ký số: chỉ để thông tin',
    notPdf: 'Không phải PDF: không kiểm tra chữ ký bên trong',
    changed: 'Tài liệu đã bị thay đổi sau chữ ký này.',
    whole: 'Toàn bộ tệp',
    evidence: 'Bằng chứng lúc nhận',
    notRevoked: 'Chưa bị thu hồi',
    anchor: 'gốc tin cậy',
    crl: 'Danh sách thu hồi (CRL)',
    download: 'Tải bằng chứng',
  },
  en: {
    valid: 'Valid',
    invalid: 'Not valid',
    informationOnly: 'Not signed: for information only',
    notPdf: 'Not a PDF: signatures inside are not checked',
    changed: 'The document was changed after this signature.',
    whole: 'The whole file',
    evidence: 'Evidence of the arrival',
    notRevoked: 'Not revoked',
    anchor: 'the trust anchor',
    crl: 'Revocation list (CRL)',
    download: 'Download',
  },
} as const

const views: readonly Required<VisitOptions>[] = [
  { language: 'vi', theme: 'light', width: 1280 },
  { language: 'en', theme: 'dark', width: 1280 },
  { language: 'vi', theme: 'dark', width: 390 },
]

describe('the signatures of a document on the console', () => {
  const browser = useBrowser()
  let world: World
  let office: TestGateway
  let user: { name: string; password: string }
  let arrived: string

  before(async () => {
    const software = new PdfSoftware()
    try {
      const people = await signers()
      const byPerson = await software.sign(await software.make(1), { by: people.person })
      const signed = await software.sign(byPerson, { by: people.elliptic, algorithm: 'SHA256withECDSA' })
      const pdf = (bytes: Uint8Array, name: string) => ({ name, type: 'application/pdf', bytes })
      world = openWorld()
      const ministry = await world.start('G02')
      office = await world.start('G22')
      user = await makeAdministrator(office)
      const files = [
        pdf(signed, 'Công văn 7421.pdf'),
        pdf(await software.edit(signed, 'page'), 'Phụ lục 1 đã sửa.pdf'),
        pdf(await software.make(1), 'Phụ lục 2 chưa ký.pdf'),
        textFile('1;2;3', 'Phụ lục 3.csv'),
      ]
      await ministry.as('G02').submit(letter(), files)
      arrived = await world.until('the letter', async () => {
        const { body } = await office.as('G22').call<{ items: { id: string }[] }>('GET', '/v1/inbox')
        return body.items[0]?.id
      })
      await world.until('the reports', async () => {
        const row = await office.gateway.store.read.get<{ found: number }>(
          'SELECT COUNT(*) AS found FROM attachment_report',
        )
        return Number(row?.found) === files.length
      })
    } finally {
      software.close()
    }
  })
  after(() => world.close())

  async function visit(view: VisitOptions): Promise<Page> {
    const { page, context } = await browser.visit(office.gateway.url, view)
    await signedIn(context, user)
    await open(page, `/van-ban/${arrived}`)
    return page
  }

  for (const view of views) {
    const { language, theme, width } = view
    it(`are told for each file: who signed, what of it, and why not; nothing looks better than it is (${language}, ${theme}, ${width} px)`, async () => {
      const w = words[language]
      const page = await visit(view)
      const file = (name: string) => page.getByRole('listitem').filter({ hasText: name })
      const letterFile = file('Công văn 7421.pdf')
      await letterFile.getByText(w.valid, { exact: true }).first().waitFor()
      await letterFile.locator('summary').click()
      const organisation = letterFile.getByRole('article', { name: 'Bộ Công Thương' })
      expect(await organisation.textContent())
        .to.include(w.whole)
        .and.include(w.notRevoked)
      await letterFile.getByRole('article', { name: 'Nguyễn Văn An' }).waitFor()

      const changed = file('Phụ lục 1 đã sửa.pdf')
      await changed.getByText(w.invalid, { exact: true }).first().waitFor()
      await changed.getByText(w.changed).first().waitFor()
      await file('Phụ lục 2').getByText(w.informationOnly).waitFor()
      await file('Phụ lục 3').getByText(w.notPdf).waitFor()

      const evidence = page.getByRole('region', { name: w.evidence })
      await evidence.getByText(w.anchor).waitFor()
      expect(await evidence.textContent())
        .to.include(w.notRevoked)
        .and.include(w.crl)

      const problems = await barriers(page)
      if (await isTooWide(page)) problems.push('it is wider than its window')
      await page.setViewportSize({ width, height: width === 390 ? 3_600 : 2_000 })
      await picture(page, `signatures-${language}-${theme}-${width}`)
      expect(problems).to.deep.equal([])
    })
  }

  it('come with the evidence as a file, which anybody can verify again', async () => {
    const page = await visit({})
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: words.vi.download }).click(),
    ])
    expect(download.suggestedFilename()).to.match(/^evidence-.*\.json$/)
    const evidence = JSON.parse(readFileSync(await download.path(), 'utf8')) as Record<string, unknown[]>
    expect(evidence).to.include({ format: 'lienthong-evidence/1' })
    expect(evidence['path']).to.have.length.greaterThan(1)
    expect(evidence['crls']).to.have.length.greaterThan(0)
  })
})
