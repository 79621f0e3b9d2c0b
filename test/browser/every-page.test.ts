/** Every page, for everyone: both languages, light and dark, a desk and a telephone. */
import { expect } from 'chai'
import { barriers, isTooWide, picture, useBrowser, type VisitOptions } from '../support/browser.ts'
import { open, signedIn } from '../support/console-people.ts'
import { type Stage, setStage } from '../support/console-stage.ts'

const views: readonly Required<VisitOptions>[] = [
  { language: 'vi', theme: 'light', width: 1280 },
  { language: 'en', theme: 'dark', width: 1280 },
  { language: 'vi', theme: 'dark', width: 390 },
]

/** What stands at the top of each, in both languages. */
function pagesOf({ received, rejected, arrived }: Stage): readonly (readonly [string, string, RegExp, RegExp])[] {
  return [
    ['overview', '/', /^Tổng quan$/, /^Overview$/],
    ['out', '/van-ban-di', /^Văn bản đi$/, /^Outgoing documents$/],
    ['in', '/van-ban-den', /^Văn bản đến$/, /^Incoming documents$/],
    ['nothing-found', '/van-ban-di?text=khongcogi', /^Văn bản đi$/, /^Outgoing documents$/],
    ['document-received', `/van-ban/${received}`, /7421\/BCT-KHTC/, /7421\/BCT-KHTC/],
    ['document-rejected', `/van-ban/${rejected}`, /7398\/BCT-XNK/, /7398\/BCT-XNK/],
    ['document-in', `/van-ban/${arrived}`, /8123\/VPCP-CN/, /8123\/VPCP-CN/],
    ['incidents', '/su-co', /^Sự cố$/, /^Incidents$/],
    ['partners', '/don-vi', /^Đơn vị$/, /^Agencies$/],
    ['partner', '/don-vi?ma=H26', /^Đơn vị$/, /^Agencies$/],
    ['audit', '/nhat-ky', /^Nhật ký$/, /^Audit log$/],
    ['settings', '/cau-hinh', /^Cấu hình$/, /^Configuration$/],
    ['users', '/nguoi-dung', /^Người dùng$/, /^Users$/],
    ['no-such-page', '/khong-co', /^Không có trang này$/, /^There is no such page$/],
    [
      'no-such-document',
      '/van-ban/01j00000000000000000000000',
      /^Không có văn bản này$/,
      /^There is no such document$/,
    ],
  ]
}

describe('every page of the console', () => {
  const browser = useBrowser()
  let stage: Stage
  before(async () => {
    stage = await setStage()
  })
  after(() => stage.close())

  for (const view of views) {
    const { language, theme, width } = view
    it(`has no barrier and fits (${language}, ${theme}, ${width} px)`, async () => {
      const { page, context } = await browser.visit(stage.ministry.gateway.url, view)
      await context.clock.setFixedTime(stage.clock.now())
      await signedIn(context, stage.user)
      const found: Record<string, unknown> = {}
      for (const [name, path, vi, en] of pagesOf(stage)) {
        await open(page, path)
        await picture(page, `${name}-${language}-${theme}-${width}`)
        const title = (await page.locator('h1').first().textContent()) ?? ''
        const problems = await barriers(page)
        if (!(language === 'vi' ? vi : en).test(title)) problems.push(`the title is '${title}'`)
        if (await isTooWide(page)) problems.push('it is wider than its window')
        if (problems.length > 0) found[name] = problems
      }
      expect(found).to.deep.equal({})
    })
  }
})
