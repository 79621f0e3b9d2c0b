import { systemClock } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import { submission } from './documents.ts'
import type { Narrator } from './narrator.ts'
import { RestClient } from './rest-client.ts'
import { within } from './within.ts'
import type { World } from './world.ts'

const STEP_MS = 30_000
const POLL_MS = 50

/** Who can be written to, and has no gateway in this demo. */
const SILENT = 'H26' as AgencyCode

/**
 * What an operator finds in the console beside the document that went well: one that waits for a partner who does not
 * answer, and one that was refused, because the recipient's directory lacked a certificate, which it has by now: so it
 * can be resent.
 */
export async function makeIncidents(world: World, narrator: Narrator, stop: AbortSignal): Promise<void> {
  const { ministry, office } = world
  const imoit = new RestClient(ministry.gateway.url, ministry.apiKey, stop)
  narrator.chapter(
    '6. Hai văn bản không suôn sẻ, để xem trên trang điều hành',
    'Two documents that meet with trouble, to be seen in the console',
  )
  world.provision(SILENT)
  await imoit.submit(
    'imoit-7422-BCT-KHTC',
    submission({
      to: [SILENT],
      code: { codeNumber: '7422', codeNotation: 'BCT-KHTC' },
      subject: 'V/v phối hợp kiểm tra thị trường dịp cuối năm',
    }),
  )
  narrator.plain('  7422/BCT-KHTC → H26: chờ đối tác chưa trả lời · waits for a partner who does not answer')
  await forgetful(office, async () => {
    const { id } = await imoit.submit<{ id: string }>(
      'imoit-7423-BCT-KHTC',
      submission({
        code: { codeNumber: '7423', codeNotation: 'BCT-KHTC' },
        subject: 'V/v góp ý dự thảo quy chế phối hợp',
      }),
    )
    await refusal(imoit, id, stop)
  })
  narrator.plain(
    '  7423/BCT-KHTC → G22: bị từ chối vì thiếu chứng thư số trong danh bạ (nay đã có, có thể gửi lại) · refused for a certificate that the directory lacked (it has it now: resend)',
  )
}

/** The directory of the gateway without the certificates of the Ministry, while `work` goes on. */
async function forgetful({ gateway }: World['office'], work: () => Promise<void>): Promise<void> {
  const { store, directory } = gateway
  const remove = (at: number | null): Promise<unknown> =>
    store.transact((tx) => tx.run(`UPDATE certificate SET removed_at = ? WHERE agency = 'G02'`, [at]))
  await remove(store.clock.now().getTime())
  await directory.reload()
  try {
    await work()
  } finally {
    await remove(null)
    await directory.reload()
  }
}

function refusal(imoit: RestClient, id: string, stop: AbortSignal): Promise<void> {
  return within(STEP_MS, 'the refusal did not come', stop, async (signal) => {
    for (;;) {
      const { deliveries } = await imoit.get<{ deliveries: { state: string }[] }>(`/v1/documents/${id}`)
      if (deliveries[0]?.state === 'rejected') return
      await systemClock.wait(POLL_MS, signal)
    }
  })
}
