/** Why did it stop, and how is it repaired: by clicks alone. */
import { join } from 'node:path'
import { expect } from 'chai'
import type { Locator, Page } from 'playwright-core'
import { limits, silentLog, systemClock } from '../../src/base/index.ts'
import { openStore } from '../../src/store/index.ts'
import { barriers, picture, useBrowser } from '../support/browser.ts'
import { becomes, makeAdministrator, open, signedIn } from '../support/console-people.ts'
import { type Stage, setStage, visitStage } from '../support/console-stage.ts'
import { openWorld, type World } from '../support/gateways.ts'
import { KillableProcess } from '../support/killable-process.ts'
import { letter, numbered, textFile } from '../support/letters.ts'
import { StageClock } from '../support/stage-clock.ts'

const words = {
  vi: {
    hold: 'Tạm giữ',
    release: 'Cho gửi tiếp',
    resend: 'Gửi lại',
    expire: 'Kết thúc',
    redrive: 'Xử lý lại',
    discard: 'Hủy gói tin',
    pause: 'Tạm dừng gửi',
    resume: 'Gửi tiếp',
    reason: 'Lý do',
    needed: 'Hãy ghi lý do.',
    close: 'Đóng',
    done: 'Xong',
    held: 'Tạm giữ',
    expired: 'Quá hạn',
    paused: 'Tạm dừng',
    open: 'Đang gửi',
    jobs: 'Công việc',
    ended: 'Người vận hành đã kết thúc việc gửi',
    changed: 'Nội dung đã bị thay đổi sau khi ký',
  },
  en: {
    hold: 'Hold',
    release: 'Release',
    resend: 'Resend',
    expire: 'Expire',
    redrive: 'Process again',
    discard: 'Discard',
    pause: 'Pause',
    resume: 'Resume',
    reason: 'Reason',
    needed: 'A reason is needed.',
    close: 'Close',
    done: 'Done',
    held: 'Held',
    expired: 'Expired',
    paused: 'Paused',
    open: 'Open',
    jobs: 'Jobs',
    ended: 'An operator ended the delivery',
    changed: 'A signed part was changed after signing',
  },
} as const
type Words = (typeof words)['vi' | 'en']

describe('repairing by clicks', () => {
  const browser = useBrowser()

  /** Gives the command of a button: sees what would happen, says why, confirms with a double click, and sees it done. */
  async function order(page: Page, button: Locator, w: Words, reason: string): Promise<string> {
    await button.click()
    const dialog = page.getByRole('dialog')
    const confirm = dialog.locator('.dialog-foot .button').last()
    await dialog.locator('.preview .strong').first().waitFor()
    await dialog.getByLabel(w.reason).fill(reason)
    await confirm.dblclick()
    await dialog.getByText(w.done, { exact: true }).waitFor()
    const told = (await dialog.textContent()) ?? ''
    await dialog.getByRole('button', { name: w.close }).last().click()
    await dialog.waitFor({ state: 'detached' })
    return told
  }

  describe('on a morning at the Ministry', () => {
    let stage: Stage
    before(async () => {
      stage = await setStage()
    })
    after(() => stage.close())

    const visit = (language: 'vi' | 'en', path: string): Promise<Page> => visitStage(browser, stage, language, path)

    for (const language of ['vi', 'en'] as const) {
      const w = words[language]

      it(`a delivery is held, released, ended and sent again, each with a reason and once (${language})`, async () => {
        const page = await visit(language, `/van-ban/${stage.waiting}`)
        const article = page.getByRole('article', { name: /G12/ })
        const command = (name: string): Locator => article.getByRole('button', { name, exact: true })
        const state = (name: string): Locator => article.locator('.badge').getByText(name, { exact: true })

        await command(w.hold).click()
        const dialog = page.getByRole('dialog')
        await dialog.locator('.preview .strong').first().waitFor()
        await dialog.locator('.dialog-foot .button').last().click()
        await dialog.getByText(w.needed).waitFor()
        expect(await barriers(page)).to.deep.equal([])
        await picture(page, `command-${language}`)
        await page.keyboard.press('Escape')
        await dialog.waitFor({ state: 'detached' })

        const told = await order(page, command(w.hold), w, 'Bộ Tài chính bảo trì hệ thống')
        expect(told).to.include('7455/BCT-KHTC').and.include('Bộ Tài chính bảo trì hệ thống')
        await state(w.held).waitFor()
        await order(page, command(w.release), w, 'Bảo trì đã xong')
        await command(w.hold).waitFor()
        await order(page, command(w.expire), w, 'Đã gửi bản giấy')
        await state(w.expired).waitFor()
        await order(page, command(w.resend), w, 'Bộ Tài chính đề nghị gửi lại')
        await command(w.hold).waitFor()
        await page.getByText('Bộ Tài chính đề nghị gửi lại').first().waitFor() // the timeline names the reason

        const { items } = (await (await page.request.get('/console/api/jobs')).json()) as {
          items: { reason: string }[]
        }
        const reasons = items.map(({ reason }) => reason).filter((reason) => reason === 'Đã gửi bản giấy')
        expect(reasons).to.have.length(language === 'vi' ? 1 : 2) // two clicks are one command
      })

      it(`a partner is paused and goes on (${language})`, async () => {
        const page = await visit(language, '/don-vi?ma=G12')
        const detail = page.locator('.split-detail')
        await order(page, detail.getByRole('button', { name: w.pause, exact: true }), w, 'Bảo trì theo kế hoạch')
        await detail.locator('.badge').getByText(w.paused, { exact: true }).waitFor()
        await detail.getByText('Bảo trì theo kế hoạch').waitFor()
        await order(page, detail.getByRole('button', { name: w.resume, exact: true }), w, 'Xong bảo trì')
        await detail.locator('.badge').getByText(w.open, { exact: true }).waitFor()
      })
    }

    it('what is quarantined is judged again, and let go when it stays wrong', async () => {
      const w = words.vi
      const page = await visit('vi', '/su-co')
      await page.getByRole('button', { name: new RegExp(w.changed) }).click()
      await order(page, page.getByRole('button', { name: w.redrive, exact: true }), w, 'Đã cập nhật chứng thư số')
      await page.reload()
      await page.getByRole('button', { name: w.discard, exact: true }).waitFor()
      await order(page, page.getByRole('button', { name: w.discard, exact: true }), w, 'Bên gửi sẽ ký lại')
      await page.getByText('Nhóm này không còn sự cố nào').waitFor()
    })

    it('a whole group is repaired at once; the work is there after a reload', async () => {
      const w = words.vi
      const imoit = stage.ministry.as('G02')
      for (let n = 0; n < 12; n++)
        await imoit.submit(numbered(9000 + n, { to: ['G12'] }), [textFile(`Công văn ${9000 + n}`)])
      const page = await visit('vi', '/van-ban-di?counterpart=G12&state=unfinished')
      await becomes(page, 'document.querySelectorAll("tbody tr").length >= 13')
      const ended = await imoit.call('GET', '/v1/documents?counterpart=G12&limit=50')
      const { items } = ended.body as { items: { id: string }[] }
      for (const { id } of items.slice(0, 12)) await endDelivery(page, id)

      await open(page, '/su-co')
      await page.getByRole('button', { name: new RegExp(w.ended) }).click()
      const told = await order(
        page,
        page.getByRole('button', { name: w.resend, exact: true }),
        w,
        'Bộ Tài chính đã khôi phục',
      )
      expect(told).to.match(/12 trong 12 · 12 đã thay đổi/)
      await page.reload()
      await page.getByRole('button', { name: new RegExp(w.jobs) }).click()
      await page
        .getByRole('button', { name: /Gửi lại/ })
        .first()
        .click()
      await page.getByRole('dialog').getByText('Bộ Tài chính đã khôi phục').waitFor()
      await picture(page, 'job')
    })

    it('a group that two people repair at the same moment, double-clicking both, is repaired once; each sees it', async () => {
      const w = words.vi
      const imoit = stage.ministry.as('G02')
      const made: string[] = []
      for (let n = 0; n < 6; n++)
        made.push((await imoit.submit(numbered(9100 + n, { to: ['G12'] }), [textFile(`Công văn ${9100 + n}`)])).body.id)
      const an = await visit('vi', '/su-co')
      for (const id of made) await endDelivery(an, id)
      const binh = await visit('vi', '/su-co')
      const dialogs: Locator[] = []
      for (const [page, name] of [
        [an, 'An'],
        [binh, 'Bình'],
      ] as const) {
        await open(page, '/su-co')
        await page.getByRole('button', { name: new RegExp(w.ended) }).click()
        await page.getByRole('button', { name: w.resend, exact: true }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByText(/6 trong 6/).waitFor()
        await dialog.getByLabel(w.reason).fill(`${name} nghe Bộ Tài chính báo đã khôi phục`)
        dialogs.push(dialog)
      }
      await Promise.all(dialogs.map((dialog) => dialog.locator('.dialog-foot .button').last().dblclick()))
      await Promise.all(
        dialogs.map((dialog) =>
          dialog
            .getByText(/^Xong$|Nhóm này không còn/) // whoever comes when the group is gone already is told so
            .first()
            .waitFor(),
        ),
      )
      const resent = await stage.ministry.gateway.store.read.all<{ envelope: string; n: number }>(
        `SELECT envelope, COUNT(*) AS n FROM event WHERE type = 'document-resent' GROUP BY envelope`,
      )
      const counts = new Map(resent.map(({ envelope, n }) => [envelope, Number(n)]))
      expect(made.map((id) => counts.get(id))).to.deep.equal(made.map(() => 1))
      const audited = await stage.ministry.gateway.store.read.all<{ subject: string }>(
        `SELECT subject FROM audit WHERE action = 'delivery-resent'`,
      )
      expect(audited.filter(({ subject }) => made.includes(subject))).to.have.length(6)
      await Promise.all([an, binh].map((page) => page.getByText('Nhóm này không còn sự cố nào').waitFor()))
      await picture(binh, 'two-at-once')
    })

    it('a list goes to a file that a spreadsheet can open without harm', async () => {
      const page = await visit('vi', '/van-ban-di')
      await page.getByRole('button', { name: 'Xuất CSV' }).click()
      const link = page.getByRole('dialog').getByRole('link', { name: /Tải tệp/ })
      await link.waitFor()
      const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
      expect(download.suggestedFilename()).to.match(/\.csv$/)
    })

    it('what happens elsewhere appears by itself', async () => {
      const page = await visit('vi', '/van-ban-di?text=9999')
      await page.getByText('Không tìm thấy văn bản nào').waitFor()
      await stage.ministry
        .as('G02')
        .submit(letter({ code: { codeNumber: '9999', codeNotation: 'BCT-VP' } }), [textFile('mới')])
      await page.getByRole('link', { name: '9999/BCT-VP' }).waitFor()
      await page.locator('tbody').getByText('Đã nhận').waitFor()
    })

    it('the chain of the audit is walked, and found whole', async () => {
      const page = await visit('vi', '/nhat-ky')
      await page.getByRole('button', { name: 'Kiểm tra toàn bộ' }).click()
      await page.getByText('Nguyên vẹn').waitFor()
    })

    /** Ends the delivery as a program would: the story is about what comes after. */
    async function endDelivery(page: Page, id: string): Promise<void> {
      const { csrfToken } = (await (await page.request.get('/console/api/session')).json()) as { csrfToken: string }
      const document = (await (await page.request.get(`/console/api/documents/${id}`)).json()) as {
        deliveries: { id: string }[]
      }
      const answer = await page.request.post('/console/api/commands', {
        headers: { 'X-Lienthong-Csrf': csrfToken },
        data: {
          commandId: `ending-${id}`,
          command: 'expire',
          targets: { deliveries: document.deliveries.map((delivery) => delivery.id) },
          reason: 'Bộ Tài chính ngừng hệ thống',
        },
      })
      expect(answer.ok(), await answer.text()).to.equal(true)
    }
  })

  it('a group whose gateway is killed in the middle is repaired by the next one, and nothing of it twice', async () => {
    const w = words.vi
    const world = openWorld()
    const gateway = new KillableProcess()
    try {
      const count = limits.commandBatch + 20
      const user = await withExpired(world, count)
      const settings = { folder: world.folder, agencies: ['G02'], aheadMs: 0, delivery: {} }
      await gateway.start(settings)
      const visit = async (): Promise<Page> => {
        const { page, context } = await browser.visit(gateway.accessOf('G02')?.url ?? '')
        await signedIn(context, user)
        await open(page, '/su-co')
        return page
      }

      const before = await visit()
      await before.getByRole('button', { name: new RegExp(w.ended) }).click()
      await before.getByRole('button', { name: w.resend, exact: true }).click()
      const dialog = before.getByRole('dialog')
      await dialog.getByText(new RegExp(`${count} trong ${count}`)).waitFor()
      await dialog.getByLabel(w.reason).fill('Bộ Tài chính đã khôi phục')
      const killed = gateway.dieAt('repair.committed', 1, 60_000)
      await dialog.locator('.dialog-foot .button').last().dblclick()
      expect(await killed, 'it died after its first batch').to.equal(true)
      await dialog.getByText(/Không kết nối được với gateway/).waitFor()
      await picture(before, 'killed-in-the-middle')

      await gateway.start(settings)
      const after = await visit()
      await after.getByRole('button', { name: new RegExp(w.jobs) }).click()
      await after.getByRole('button', { name: /Gửi lại/ }).click()
      await after.getByRole('dialog').getByText(`${count} trong ${count} · ${count} đã thay đổi`).waitFor()
      await picture(after, 'finished-by-the-next')
      await gateway.stop()

      const store = await openStore({ file: join(world.folder, 'g02.sqlite'), clock: systemClock, log: silentLog })
      try {
        const rows = await store.read.all<{ n: number }>(
          `SELECT COUNT(*) AS n FROM event WHERE type = 'document-resent' GROUP BY envelope`,
        )
        expect(rows.map(({ n }) => n)).to.deep.equal(Array.from({ length: count }, () => 1))
        const audited = await store.read.get<{ n: number }>(
          `SELECT COUNT(*) AS n FROM audit WHERE action = 'delivery-resent'`,
        )
        expect(audited?.n).to.equal(count)
      } finally {
        await store.close()
      }
    } finally {
      await gateway.kill()
      await world.close()
    }
  })

  /** So many letters whose delivery an operator has ended, in a store that no gateway has open. */
  async function withExpired(world: World, count: number): Promise<{ name: string; password: string }> {
    const ministry = await world.start('G02')
    const user = await makeAdministrator(ministry)
    const letters = Array.from({ length: count }, (_, n) =>
      ministry.as('G02').submit(numbered(n + 1), [textFile(`số ${n}`)]),
    )
    for (const { status } of await Promise.all(letters)) expect(status).to.equal(202)
    await ministry.stop()
    const store = await openStore({ file: join(world.folder, 'g02.sqlite'), clock: systemClock, log: silentLog })
    await store.transact((tx) =>
      tx.run(
        `UPDATE delivery SET state = 'expired', next_attempt_at = NULL, last_error = 'expired-by-operator', last_message = 'ended', ended_at = ?`,
        [Date.now()],
      ),
    )
    await store.close()
    return user
  }

  for (const language of ['vi', 'en'] as const)
    it(`a failing partner is found and repaired, between two real gateways (${language})`, async () => {
      const w = words[language]
      const vi = language === 'vi'
      const clock = new StageClock()
      const world = openWorld({ clock })
      try {
        const ministry = await world.start('G02')
        const user = await makeAdministrator(ministry)
        clock.hold() // no probe falls due: only a person can help
        for (let n = 1; n <= 7; n++) await ministry.as('G02').submit(numbered(n), [textFile(`Công văn ${n}`)])
        const { page, context } = await browser.visit(ministry.gateway.url, { language })
        await context.clock.setFixedTime(clock.now())
        await signedIn(context, user)
        await world.until('the circuit to open', async () => {
          const answer = await page.request.get('/console/api/agencies/G22')
          return ((await answer.json()) as { state?: { state: string } }).state?.state === 'circuit-open'
        })

        await open(page, '/')
        await picture(page, `failing-overview-${language}`)
        await page
          .getByRole('region', { name: vi ? 'Đơn vị có hàng chờ' : 'Agencies with a queue' })
          .getByRole('link', { name: 'Văn phòng Chính phủ' })
          .click()
        const detail = page.locator('.split-detail')
        await detail
          .locator('.badge')
          .getByText(vi ? 'Ngắt mạch' : 'Circuit open')
          .waitFor()
        await picture(page, `failing-partner-${language}`)

        await world.start('G22') // its operator, on the telephone, has started it
        const close = detail.getByRole('button', { name: vi ? 'Đóng mạch' : 'Close circuit', exact: true })
        await order(page, close, w, 'Văn phòng Chính phủ báo hệ thống đã chạy lại')
        clock.go()
        await detail.locator('.badge').getByText(w.open, { exact: true }).waitFor()
        await page.getByRole('link', { name: vi ? 'Văn bản đi' : 'Outgoing documents' }).click()
        await becomes(
          page,
          `[...document.querySelectorAll('tbody .badge')].filter((one) => one.textContent === '${vi ? 'Đã nhận' : 'Received'}').length === 7`,
        )
        await picture(page, `repaired-${language}`)
      } finally {
        await world.close()
      }
    })
})
