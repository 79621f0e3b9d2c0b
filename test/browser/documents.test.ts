/** Where is my document? */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { useBrowser } from '../support/browser.ts'
import { becomes, open } from '../support/console-people.ts'
import { type Stage, setStage, subjects, visitStage } from '../support/console-stage.ts'

const words = {
  vi: {
    search: 'Tìm kiếm',
    state: 'Trạng thái',
    recipient: 'Nơi nhận',
    from: 'Từ ngày',
    clear: 'Xóa bộ lọc',
    columns: 'Cột',
    size: 'Dung lượng',
    check: 'Kiểm tra chữ ký',
    valid: 'Chữ ký đúng',
    waiting: 'Chờ biên nhận',
    refused: 'Danh mục và tệp đính kèm không khớp',
    none: 'Không tìm thấy văn bản nào',
    wrongDay: 'Viết như 21/11/2026',
  },
  en: {
    search: 'Search',
    state: 'State',
    recipient: 'Recipient',
    from: 'From',
    clear: 'Clear filters',
    columns: 'Columns',
    size: 'Size',
    check: 'Check the signature',
    valid: 'The signature is valid',
    waiting: 'Receipt awaited',
    refused: 'Manifest and attachments do not match one to one',
    none: 'No documents were found',
    wrongDay: 'Write it as 21/11/2026',
  },
} as const

describe('documents on the console', () => {
  const browser = useBrowser()
  let stage: Stage
  before(async () => {
    stage = await setStage()
  })
  after(() => stage.close())

  const visit = (language: 'vi' | 'en', path: string): Promise<Page> => visitStage(browser, stage, language, path)

  for (const language of ['vi', 'en'] as const) {
    const w = words[language]

    it(`are found by words without diacritics, by state, agency and day; the address keeps what was asked (${language})`, async () => {
      const page = await visit(language, '/van-ban-di')
      const rows = page.locator('tbody tr')
      await rows.nth(3).waitFor()

      await page.getByLabel(w.search).fill('san xuat cong nghiep')
      await page.waitForURL(/text=san/)
      await becomes(page, 'document.querySelectorAll("tbody tr").length === 1')
      expect(await rows.first().textContent()).to.include('7421/BCT-KHTC')

      await page.getByLabel(w.search).fill('xuất nhập khẩu'.normalize('NFD'))
      await becomes(page, 'document.querySelector("tbody")?.textContent.includes("7398")')
      expect(decodeURIComponent(page.url()).normalize('NFC')).to.include('xuất')

      await page.getByRole('button', { name: w.clear }).click()
      await page.getByLabel(w.state, { exact: true }).selectOption('sent')
      await page.waitForURL(/state=sent/)
      await becomes(page, 'document.querySelectorAll("tbody tr").length === 2')
      await page.getByLabel(w.recipient, { exact: true }).selectOption('G22')
      await page.getByText(w.none).waitFor()

      await page.getByLabel(w.recipient, { exact: true }).selectOption('G12')
      await page.getByLabel(w.from, { exact: true }).fill('32/11/2026')
      await page.keyboard.press('Enter')
      await page.getByText(w.wrongDay).waitFor()
      await page.getByLabel(w.from, { exact: true }).fill('23/11/2026')
      await page.keyboard.press('Enter')
      await page.waitForURL(/from=2026-11-23/)

      await page.reload()
      await becomes(page, 'document.querySelectorAll("tbody tr").length === 2')
      expect(await page.getByLabel(w.from, { exact: true }).inputValue()).to.equal('23/11/2026')
      expect(await page.getByLabel(w.state, { exact: true }).inputValue()).to.equal('sent')
    })

    it(`tell what happened, what comes next and by when, and who signed what (${language})`, async () => {
      const page = await visit(language, `/van-ban/${stage.rejected}`)
      const office = page.getByRole('article', { name: /G22/ })
      const hanoi = page.getByRole('article', { name: /H26/ })
      await hanoi.getByText(w.refused).first().waitFor()
      expect(await office.textContent()).not.to.include(w.refused)

      await page.getByRole('button', { name: w.check }).click()
      await page.getByText(w.valid).waitFor()
      expect(await page.locator('.covers').textContent())
        .to.include('MessageHeader')
        .and.include('AttachmentEncoded')

      await open(page, `/van-ban/${stage.waiting}`)
      const step = page.locator('.step').first()
      expect(await step.textContent()).to.match(/23\/11\/2026/)
      await page.getByText(w.waiting).first().waitFor()
    })
  }

  it('are read by keyboard alone: through the list, into a document, and back', async () => {
    const page = await visit('vi', '/van-ban-di')
    await page.locator('tbody a').first().waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate<string>('document.activeElement.textContent')).to.equal('Đến nội dung chính')
    await page.locator('tbody a').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await becomes(page, 'document.activeElement.closest("tr")?.dataset.index === "2"')
    await page.keyboard.press('ArrowUp')
    await becomes(page, 'document.activeElement.closest("tr")?.dataset.index === "1"')
    const number = await page.evaluate<string>('document.activeElement.textContent')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: number }).waitFor()
    await page.goBack()
    await page.locator('tbody a').first().waitFor()
  })

  it('show the columns that one chooses, also after a reload', async () => {
    const page = await visit('vi', '/van-ban-di')
    await page.getByRole('button', { name: words.vi.columns }).click()
    await page.getByLabel(words.vi.size).check()
    await page.keyboard.press('Escape')
    await page.getByRole('columnheader', { name: words.vi.size }).waitFor()
    await page.reload()
    await page.getByRole('columnheader', { name: words.vi.size }).waitFor()
  })

  it('give out the very bytes that were sent, and the signed package', async () => {
    const page = await visit('vi', `/van-ban/${stage.received}`)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Công văn 7421.txt' }).click(),
    ])
    expect(download.suggestedFilename()).to.equal('Công văn 7421.txt')
    const bytes = await page.context().request.get(`/console/api/documents/${stage.received}/attachments/1`)
    expect(await bytes.text()).to.equal('Nội dung công văn 7421')
    const [signed] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /Tải gói tin/ }).click(),
    ])
    expect(signed.suggestedFilename()).to.match(/\.edxml$/)
  })

  it('come in, and are told apart from those that went out', async () => {
    const page = await visit('vi', '/van-ban-den')
    expect(await page.locator('tbody').textContent())
      .to.include(subjects.arrived)
      .and.not.include(subjects.received)
    await page.getByRole('link', { name: '8123/VPCP-CN' }).click()
    await page.getByText('Chờ hệ thống văn bản của cơ quan').waitFor()
  })

  it('speak the other language and wear the other theme at a click, and remember both', async () => {
    const page = await visit('vi', '/')
    await page.getByRole('button', { name: /EN/ }).click()
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await becomes(page, 'document.documentElement.lang === "en"')
    await page.getByRole('button', { name: 'Appearance' }).click()
    await page.getByRole('button', { name: 'Dark' }).click()
    await becomes(page, 'document.documentElement.dataset.theme === "dark"')
    await becomes(page, 'localStorage.getItem("lienthong.theme") === "dark"')
    await becomes(page, 'localStorage.getItem("lienthong.language") === "en"')
  })
})
