import type { Page } from 'playwright-core'
import { documentId } from '../../src/message/index.ts'
import type { useBrowser } from './browser.ts'
import { makeAdministrator, open, signedIn } from './console-people.ts'
import { openWorld, type TestGateway, type World } from './gateways.ts'
import { letter, textFile } from './letters.ts'
import { Partner, tampered } from './partner.ts'
import { StageClock } from './stage-clock.ts'

/** A morning at the Ministry, as its console shows it. Ids are those in the Ministry's gateway. */
export interface Stage {
  readonly world: World
  readonly clock: StageClock
  readonly ministry: TestGateway
  readonly user: { readonly name: string; readonly password: string }
  /** To G22, fetched there, registered (03) and in process (05). */
  readonly received: string
  /** To G22 and to H26, which refused it. */
  readonly rejected: string
  /** To G12, which stays silent; urgent. */
  readonly waiting: string
  /** From G22, not fetched yet. */
  readonly arrived: string
  close(): Promise<void>
}

export const subjects = {
  received: 'V/v báo cáo tình hình thực hiện kế hoạch sản xuất công nghiệp và thương mại quý III năm 2026',
  rejected: 'V/v phối hợp cung cấp số liệu xuất nhập khẩu hàng hóa qua các cửa khẩu đường bộ',
  waiting: 'V/v cân đối ngân sách cho chương trình khuyến công quốc gia năm 2027',
  arrived: 'V/v thực hiện ý kiến chỉ đạo của Thủ tướng Chính phủ về bảo đảm nguồn cung xăng dầu dịp cuối năm',
} as const

export async function setStage(): Promise<Stage> {
  const clock = new StageClock()
  const world = openWorld({ clock })
  const ministry = await world.start('G02')
  const office = await world.start('G22')
  world.axis.provision('G12' as never)
  const hanoi = await Partner.open(world, 'H26')
  const user = await makeAdministrator(ministry)
  const [imoit, chancery] = [ministry.as('G02'), office.as('G22')]
  const submit = async (client: typeof imoit, number: string, notation: string, more: Record<string, unknown>) => {
    const code = { codeNumber: number, codeNotation: notation }
    const files = [
      textFile(`Nội dung công văn ${number}`, `Công văn ${number}.txt`),
      textFile('1;2;3', 'Phụ lục 1.csv'),
    ]
    const { status, body } = await client.submit(letter({ code, ...more }), files)
    if (status !== 202) throw new Error(`submitting ${number}: ${status} ${JSON.stringify(body)}`)
    return body.id
  }

  const received = await submit(imoit, '7421', 'BCT-KHTC', { subject: subjects.received })
  const rejected = await submit(imoit, '7398', 'BCT-XNK', { subject: subjects.rejected, to: ['G22', 'H26'] })
  const waiting = await submit(imoit, '7455', 'BCT-KHTC', { subject: subjects.waiting, to: ['G12'], priority: '3' })
  await submit(imoit, '7456', 'BCT-TTTN', { to: ['G12'] })
  await submit(chancery, '8123', 'VPCP-CN', { subject: subjects.arrived, to: ['G02'], priority: '1' })

  const asked = await world.until('the letter to Hà Nội', async () =>
    hanoi.arrived().find(({ type }) => type === 'edoc'),
  )
  const why = '[attachments-incomplete] Thiếu phụ lục 2 nêu trong công văn. / Annex 2 is missing.'
  await hanoi.put(await hanoi.answer('02', asked, why), 'G02')
  const forged = await hanoi.document('Nội dung', {
    from: { organId: '000.00.00.H26', organName: 'UBND thành phố Hà Nội' },
    to: [{ organId: '000.00.00.G02', organName: 'Bộ Công Thương' }],
    documentId: documentId('000.00.00.H26,2026/11/20,312/UBND-KT'),
  })
  await hanoi.put(tampered(forged, 'Nguyễn Văn An', 'Nguyễn Văn Em'), 'G02')

  const leases = await world.until('the letters at G22', async () => {
    const found = await chancery.lease()
    return found.length > 0 && found
  })
  for (const { id, token } of leases) await chancery.confirm(id, token)
  const first = await chancery.call<{ items: { id: string; documentId: string }[] }>('GET', '/v1/inbox')
  const registered = first.body.items.find((item) => item.documentId.includes('7421'))?.id ?? ''
  await world.until('the letter to be registered', async () => {
    const { status } = await chancery.report(registered, '03', 'Đã vào sổ văn bản đến, số đến 5218')
    return status < 300
  })
  await chancery.report(registered, '05', 'Vụ Tổng hợp đang xử lý')

  await world.until('the refusal', async () => {
    const { deliveries } = await imoit.document(rejected)
    return deliveries?.some(({ state }) => state === 'rejected')
  })
  await world.until('the statuses', async () => {
    const { deliveries } = await imoit.document(received)
    return deliveries?.[0]?.processingStatus === '05'
  })
  await world.until('the silent partner', async () => (await imoit.document(waiting)).deliveries?.[0]?.state === 'sent')
  await world.until('the forged package', async () => {
    const { store } = ministry.gateway
    return (await store.read.get('SELECT 1 AS found FROM quarantine')) !== undefined
  })
  const arrived = await world.until('the letter from G22', async () => {
    const { body } = await imoit.call<{ items: { id: string }[] }>('GET', '/v1/inbox')
    return body.items[0]?.id
  })
  return {
    world,
    clock,
    ministry,
    user,
    received,
    rejected,
    waiting,
    arrived,
    async close() {
      await hanoi.close()
      await world.close()
    },
  }
}

/** A page of the Ministry's console as its administrator sees it, by the clock of the stage. */
export async function visitStage(
  browser: ReturnType<typeof useBrowser>,
  stage: Stage,
  language: 'vi' | 'en',
  path: string,
): Promise<Page> {
  const { page, context } = await browser.visit(stage.ministry.gateway.url, { language })
  await context.clock.setFixedTime(stage.clock.now())
  await signedIn(context, stage.user)
  await open(page, path)
  return page
}
