/** Overview, incidents, agencies, audit, configuration, users. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { picture, useBrowser } from '../support/browser.ts'
import { becomes, open, settled } from '../support/console-people.ts'
import { type Stage, setStage, visitStage } from '../support/console-stage.ts'

describe('what an operator sees on the console', () => {
  const browser = useBrowser()
  let stage: Stage
  before(async () => {
    stage = await setStage()
  })
  after(() => stage.close())

  const visit = (language: 'vi' | 'en', path: string): Promise<Page> => visitStage(browser, stage, language, path)

  for (const language of ['vi', 'en'] as const) {
    const vi = language === 'vi'
    const say = (vietnamese: string, english: string): string => (vi ? vietnamese : english)

    it(`the overview counts what waits and leads to it (${language})`, async () => {
      const page = await visit(language, '/')
      const waits = page.getByRole('link', { name: new RegExp(`^2 ?${say('Chờ biên nhận', 'Receipt awaited')}`) })
      await waits.click()
      await page.waitForURL(/van-ban-di\?state=sent/)
      await becomes(page, 'document.querySelectorAll("tbody tr").length === 2')
      await page.goBack()
      await page.locator('.chart-plot canvas').waitFor()
      await page.getByRole('radio', { name: say('Theo đơn vị', 'By agency') }).check()
      await page.waitForURL(/by=partner/)
      await page.getByText(say('Xem dạng bảng', 'As a table')).click()
      await page.getByRole('columnheader', { name: 'Văn phòng Chính phủ' }).waitFor()
    })

    it(`an incident is explained: its cause, whom it concerns, and what to do (${language})`, async () => {
      const page = await visit(language, '/su-co')
      const cause = say('Nội dung đã bị thay đổi sau khi ký', 'A signed part was changed after signing')
      await page.getByRole('button', { name: new RegExp(cause) }).click()
      await page.getByRole('heading', { level: 2, name: cause }).waitFor()
      await page
        .getByText(say('Ký lại gói tin theo đúng hợp đồng', 'Sign the package again as the contract says'))
        .waitFor()
      expect(await page.locator('.split-detail').textContent()).to.include('H26')
      await picture(page, `incident-${language}`)
      await page.getByRole('radio', { name: say('Đơn vị', 'Agency') }).check()
      await page.waitForURL(/by=partner/)
    })

    it(`an agency shows its queue, its certificates and when it was last heard (${language})`, async () => {
      const page = await visit(language, '/don-vi')
      await page.getByLabel(say('Tìm đơn vị', 'Find an agency')).fill('bo tai chinh')
      await becomes(page, 'document.querySelectorAll("tbody tr").length === 1')
      await page.getByRole('button', { name: 'Bộ Tài chính' }).click()
      await page.getByRole('heading', { level: 2, name: /Bộ Tài chính/ }).waitFor()
      await page.getByText('CN=Bộ Tài chính').first().waitFor()
      await page.getByRole('link', { name: say('Xem văn bản đang chờ', 'Show what waits') }).click()
      await becomes(page, 'document.querySelectorAll("tbody tr").length === 2')
    })

    it(`the configuration says what is in force and where it came from, and no secret (${language})`, async () => {
      const page = await visit(language, '/cau-hinh')
      await page.getByLabel(say('Tìm khóa cấu hình', 'Find a setting')).fill('store')
      await page.waitForURL(/q=store/)
      await becomes(page, 'document.querySelector("tbody").textContent.includes("g02.sqlite")')
      expect(await page.locator('tbody').textContent()).to.include(say('cơ sở dữ liệu SQLite', 'the SQLite database'))
      expect(await page.locator('tbody').textContent()).not.to.match(/BEGIN|PRIVATE/)
    })

    it(`a colleague is let in with a one-time password, and sees what his role gives (${language})`, async () => {
      const page = await visit(language, '/nguoi-dung')
      await page.getByRole('button', { name: say('Thêm người dùng', 'Add a user') }).click()
      await page.getByLabel(say('Tên đăng nhập', 'User name')).fill(`an.${language}`)
      await page.getByLabel(say('Họ tên', 'Full name')).fill('Nguyễn Thị Ánh')
      await page.getByLabel(say('Vai trò', 'Role'), { exact: true }).selectOption('viewer')
      await page.getByLabel(say('Cơ quan', 'Agency'), { exact: true }).selectOption('G02')
      await picture(page, `user-${language}`)
      await page.getByRole('button', { name: say('Lưu', 'Save') }).click()
      const oneTime = (await page.locator('.one-time').textContent()) ?? ''
      await page
        .getByRole('dialog')
        .getByRole('button', { name: say('Đóng', 'Close') })
        .last()
        .click()
      await page.getByRole('cell', { name: `Nguyễn Thị Ánh an.${language}` }).waitFor()

      const colleague = await browser.visit(stage.ministry.gateway.url, { language })
      await colleague.page.goto('/console/')
      await colleague.page.locator('[name=name]').fill(`an.${language}`)
      await colleague.page.locator('[name=password]').fill(oneTime)
      await colleague.page.keyboard.press('Enter')
      await colleague.page.locator('[name=current]').fill(oneTime)
      await colleague.page.locator('[name=next]').fill('câu của Ánh dài hơn mười hai')
      await colleague.page.locator('[name=again]').fill('câu của Ánh dài hơn mười hai')
      await colleague.page.keyboard.press('Enter')
      await colleague.page.getByRole('heading', { level: 1, name: say('Tổng quan', 'Overview') }).waitFor()
      await settled(colleague.page)
      const menu = await colleague.page.getByRole('navigation').textContent()
      expect(menu).to.include(say('Văn bản đi', 'Outgoing')).and.not.include(say('Người dùng', 'Users'))
      await open(colleague.page, `/van-ban/${stage.waiting}`)
      expect(await colleague.page.getByRole('button', { name: say('Gửi lại', 'Resend') }).count()).to.equal(0)
    })

    it(`one's own password is changed, and signing out ends the session (${language})`, async () => {
      const page = await visit(language, '/')
      await page.getByRole('button', { name: new RegExp(say('Tài khoản', 'Account')) }).click()
      await page.getByRole('button', { name: say('Đổi mật khẩu', 'Change password') }).click()
      await page.locator('[name=current]').fill(stage.user.password)
      await page.locator('[name=next]').fill(stage.user.password)
      await page.locator('[name=again]').fill(`${stage.user.password}!`)
      await page.keyboard.press('Enter')
      await page.getByText(say('Hai lần nhập không giống nhau', 'The two are not the same')).waitFor()
      await page.getByRole('button', { name: new RegExp(say('Tài khoản', 'Account')) }).click()
      await page.getByRole('button', { name: say('Đăng xuất', 'Sign out') }).click()
      await page.locator('[name=password]').waitFor()
      expect((await page.request.get('/console/api/session')).status()).to.equal(401)
    })
  }

  it('the audit log is read by person, day and subject', async () => {
    const page = await visit('vi', '/nhat-ky')
    await page.locator('tbody tr').nth(3).waitFor()
    await page.getByRole('button', { name: 'user:admin' }).first().click()
    await page.waitForURL(/actor=user%3Aadmin/)
    await becomes(
      page,
      '[...document.querySelectorAll("tbody tr td:nth-child(3)")].every((one) => one.textContent === "user:admin")',
    )
  })

  it('a gateway that goes away is told of, and found again', async () => {
    const page = await visit('vi', '/van-ban-di')
    await page.context().setOffline(true)
    await page.getByRole('link', { name: 'Đơn vị' }).click()
    await page.getByText('Không kết nối được với gateway').waitFor()
    await picture(page, 'offline')
    await page.context().setOffline(false)
    await page.getByRole('button', { name: 'Thử lại' }).click()
    await page.getByText('Văn phòng Chính phủ').first().waitFor()
  })

  for (const after of ['news', 'a sign-out elsewhere'])
    it(`a page whose feed a proxy refused for a while learns of ${after}`, async () => {
      const page = await visit('vi', '/van-ban-den')
      let refused = true
      await page.route('**/console/api/stream', (route) =>
        refused ? route.fulfill({ status: 502 }) : route.continue(),
      )
      await page.reload()
      await page.getByText('Mất kết nối').first().waitFor()
      await settled(page)
      const rows = await page.locator('tbody tr').count()
      if (after === 'news') {
        await stage.ministry.gateway.store.transact((tx) => tx.run(`UPDATE envelope SET subject = 'Trích yếu khác'`))
        refused = false
        await page.getByText('Trích yếu khác').first().waitFor()
        expect(await page.locator('tbody tr').count()).to.equal(rows)
      } else {
        await stage.ministry.gateway.store.transact((tx) => tx.run('DELETE FROM session'))
        await page.getByLabel('Mật khẩu').waitFor()
      }
    })
})
