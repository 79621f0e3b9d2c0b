import { relative } from 'node:path'
import { documentsFolder, files } from './documents.ts'
import type { Narrator } from './narrator.ts'
import type { OutFolder } from './out-folder.ts'
import type { Exchanged } from './story.ts'
import type { World } from './world.ts'

/** What to try next with the files, with any tool. Each line works when pasted into a shell in this folder. */
export function tellAboutFiles(narrator: Narrator, out: OutFolder): void {
  const path = (name: string): string => quoted(relative('.', out.pathOf(name)))
  narrator.chapter(
    `Hồ sơ đã trao đổi nằm trong ${relative('.', out.path)}/`,
    'What was exchanged stays there, for any other tool',
  )
  narrator.plain(`  npm run lienthong -- verify --trust ${path('trust.pem')} ${path('document.edxml')}`)
  narrator.plain(`  npm run lienthong -- verify --trust ${path('trust.pem')} --json ${path('receipt.edxml')}`)
  const ids = ['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded'].map(
    (name) => `--id-attr:Id http://www.mic.gov.vn/TBT/QCVN_102_2016:${name}`,
  )
  ids.push('--id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties')
  narrator.plain(`  xmlsec1 --verify --pubkey-cert-pem ${path('g02.crt')} --enabled-key-data key-name \\`)
  narrator.plain(`    ${ids.join(' \\\n    ')} \\`)
  narrator.plain(`    ${path('document.edxml')}`)
}

/** Where operators look, and how to come in. */
export async function tellAboutConsole(narrator: Narrator, { ministry, office }: World): Promise<void> {
  narrator.chapter('Trang điều hành', 'The operators’ console')
  for (const { code, gateway } of [ministry, office]) {
    const first = await gateway.firstAdministrator()
    if (first === undefined) continue
    narrator.plain(`  ${code} ${gateway.url}/console/`)
    narrator.plain(`      ${first.name} · mật khẩu dùng một lần · one-time password: ${first.oneTimePassword}`)
  }
}

/** What to try with the gateways that are still running. */
export function tellAboutGateways(
  narrator: Narrator,
  world: World,
  out: OutFolder,
  { sent, arrived }: Exchanged,
): void {
  const { ministry, office } = world
  const asMinistry = `-H 'Authorization: Bearer ${ministry.apiKey}'`
  const asOffice = `-H 'Authorization: Bearer ${office.apiKey}'`
  const upload = files.map(
    ({ name, contentType }) =>
      `-F ${quoted(`file=@${relative('.', `${documentsFolder}/${name}`)};type=${contentType}`)}`,
  )
  narrator.chapter('Hai gateway vẫn đang chạy; thử tiếp', 'Both gateways are still running; try')
  narrator.plain(`  G02 ${ministry.gateway.url}/docs    G22 ${office.gateway.url}/docs`)
  narrator.plain('')
  narrator.plain('  # văn bản đi và hành trình của nó · the document and its journey')
  narrator.plain(`  curl -s ${asMinistry} ${ministry.gateway.url}/v1/documents/${sent}`)
  narrator.plain('  # tải lại công văn ở bên nhận · download the letter at the recipient')
  narrator.plain(
    `  curl -s ${asOffice} -o ${quoted(relative('.', out.pathOf('cong-van.pdf')))} ${office.gateway.url}/v1/inbox/${arrived}/attachments/1`,
  )
  narrator.plain('  # gửi một văn bản nữa · send one more')
  narrator.plain(
    `  curl -s ${asMinistry} -H "Idempotency-Key: curl-$(date +%s)" -F ${quoted(`document=@${relative('.', out.pathOf('next-document.json'))};type=application/json`)} \\`,
  )
  narrator.plain(`    ${upload.join(' \\\n    ')} ${ministry.gateway.url}/v1/documents`)
  narrator.plain('  # lấy nó ở bên nhận · and lease it at the recipient')
  narrator.plain(
    `  curl -s ${asOffice} -H 'Content-Type: application/json' -d '{"max": 1}' ${office.gateway.url}/v1/inbox/leases`,
  )
  narrator.plain('')
  narrator.plain('Ctrl-C để dừng · Ctrl-C stops both.')
}

function quoted(text: string): string {
  return /^[\w./=@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
