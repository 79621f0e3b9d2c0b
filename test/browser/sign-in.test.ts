import { expect } from 'chai'
import { barriers, isTooWide, picture, useBrowser } from '../support/browser.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'

describe('signing in to the console', () => {
  const browser = useBrowser()
  let world: World
  let chancery: TestGateway
  beforeEach(async () => {
    world = openWorld()
    chancery = await world.start('G02')
  })
  afterEach(() => world.close())

  for (const language of ['vi', 'en'] as const) {
    const words = {
      vi: { name: 'Tên đăng nhập', password: 'Mật khẩu', submit: 'Đăng nhập', overview: 'Tổng quan' },
      en: { name: 'User name', password: 'Password', submit: 'Sign in', overview: 'Overview' },
    }[language]

    it(`lets the first administrator in with a one-time password, which has to be changed (${language})`, async () => {
      const first = await chancery.gateway.firstAdministrator()
      const { page } = await browser.visit(chancery.gateway.url, { language })
      await page.goto('/console/')
      await page.getByLabel(words.name).fill(first?.name ?? '')
      await page.getByLabel(words.password).fill(first?.oneTimePassword ?? '')
      await picture(page, `sign-in-${language}`)
      await page.keyboard.press('Enter')

      const [current, next, again] = [
        page.locator('[name=current]'),
        page.locator('[name=next]'),
        page.locator('[name=again]'),
      ]
      await current.fill(first?.oneTimePassword ?? '')
      await next.fill('ngắn')
      await again.fill('khác')
      await page.keyboard.press('Enter')
      await page.locator('.wrong').first().waitFor()
      expect(await page.locator('.wrong').count()).to.equal(2)
      await picture(page, `password-${language}`)
      await next.fill('một câu thật dài và dễ nhớ')
      await again.fill('một câu thật dài và dễ nhớ')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: words.overview }).waitFor()
    })

    it(`says what is wrong with a wrong password, and nothing more (${language})`, async () => {
      await chancery.gateway.firstAdministrator()
      const { page } = await browser.visit(chancery.gateway.url, { language })
      await page.goto('/console/')
      await page.getByLabel(words.name).fill('nobody')
      await page.getByLabel(words.password).fill('not the password')
      await page.getByRole('button', { name: words.submit }).click()
      const note = page.getByRole('alert')
      await note.waitFor()
      expect(await note.textContent()).to.include('login-failed')
      await picture(page, `sign-in-refused-${language}`)
    })
  }

  for (const theme of ['light', 'dark'] as const)
    for (const width of [1280, 390] as const)
      it(`keeps nobody out: ${theme}, ${width} px`, async () => {
        const { page } = await browser.visit(chancery.gateway.url, { theme, width })
        await page.goto('/console/')
        await page.getByRole('heading', { level: 1 }).waitFor()
        expect(await barriers(page)).to.deep.equal([])
        expect(await isTooWide(page)).to.equal(false)
      })
})
