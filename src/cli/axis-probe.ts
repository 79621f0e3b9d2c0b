import { Command } from 'commander'
import { GatewayError, systemClock, timeOrderedIds } from '../base/index.ts'
import { type ProbeStep, probeAxis } from '../broker/index.ts'
import { positive, readPassword, requireCode } from './axis-options.ts'
import type { Terminal } from './terminal.ts'

interface ProbeOptions {
  readonly url: string
  readonly vhost: string
  readonly user?: string
  readonly passwordFile: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly from: string
  readonly to: string
  readonly wait: string
}

/** What each step proves, for people. */
const proofs: Readonly<Record<ProbeStep, readonly [vi: string, en: string]>> = {
  connection: ['trục nhận tài khoản', 'the broker lets the user in'],
  queues: ['đủ ba hàng đợi của cơ quan', 'the three queues of the agency are there'],
  alone: ['chưa phần mềm nào khác đọc hàng đợi', 'no other software reads them'],
  entitlement: ['không thể gửi dưới tên cơ quan khác', 'the user cannot speak for the other agency'],
  publishing: ['bản tin tới được hàng đợi bên kia', 'a message reaches the queue of the other agency'],
  answer: ['cổng bên kia đã trả lời', 'the gateway of the other agency answers'],
}

/** What to do when a step fails, and who does it. */
const remedies: Readonly<Record<ProbeStep, readonly [vi: string, en: string]>> = {
  connection: [
    'Kiểm tra địa chỉ, chứng thư TLS, tên và mật khẩu.',
    'Check the address, the TLS certificates, the user and its password.',
  ],
  queues: [
    'Đơn vị vận hành trục chạy lienthong axis provision cho cơ quan này.',
    'The operator of the axis runs lienthong axis provision for this agency.',
  ],
  alone: ['Tạm dừng phần mềm đang đọc hàng đợi rồi thử lại.', 'Stop the software that reads the queue and try again.'],
  entitlement: [
    'Đơn vị vận hành trục chạy lại lienthong axis provision: quyền đang quá rộng.',
    'The operator of the axis runs lienthong axis provision again: the rights are too wide.',
  ],
  publishing: [
    'Kiểm tra mã cơ quan nhận; cơ quan đó phải được khai báo trên trục.',
    'Check the code of the other agency; it must be provisioned on the axis.',
  ],
  answer: [
    'Cổng bên kia không hoạt động, hoặc danh bạ của họ chưa ghi tài khoản này cho cơ quan: xem sự cố bên đó.',
    'The other gateway is not at work, or its directory does not give this user to the agency: look at its incidents.',
  ],
}

export function probeCommand(terminal: Terminal): Command {
  return new Command('probe')
    .summary('try an agency’s place on the axis from end to end')
    .description(
      'Tries, with the user of an agency, all that its software will need, up to an answer from the gateway of another ' +
        'agency. It leaves nothing on the axis and no document anywhere. Run it before the software of the agency is connected.',
    )
    .requiredOption('--url <url>', 'the broker, such as amqps://broker.example.vn:5671')
    .requiredOption('--password-file <file>', 'the password of the user')
    .requiredOption('--from <code>', 'the agency')
    .requiredOption('--to <code>', 'another agency, whose gateway is at work')
    .option('--user <user>', 'the user of the agency (default: its code)')
    .option('--vhost <name>', 'the virtual host', '/')
    .option('--ca <file>', 'who may have issued the certificate of the broker, PEM')
    .option('--cert <file>', 'the client certificate of the agency, PEM')
    .option('--key <file>', 'its private key, PEM')
    .option('--wait <seconds>', 'how long the answer may take', '20')
    .addHelpText('after', '\nExit codes: 0 everything works, 1 something does not, 2 it could not be tried.')
    .action(async (options: ProbeOptions) => {
      const { url, vhost, ca, cert, key } = options
      if (ca === undefined && (cert !== undefined || key !== undefined || url.startsWith('amqps:')))
        throw new GatewayError('request-invalid', '--ca is missing: name who issued the certificate of the broker')
      const tls =
        ca === undefined
          ? undefined
          : { caFile: ca, ...(cert !== undefined && { certFile: cert }), ...(key !== undefined && { keyFile: key }) }
      const findings = probeAxis({
        url,
        vhost,
        ...(tls && { tls }),
        user: options.user ?? options.from,
        password: readPassword(options.passwordFile),
        from: requireCode(options.from, '--from'),
        to: requireCode(options.to, '--to'),
        waitMs: positive('--wait', options.wait) * 1000,
        clock: systemClock,
        ids: timeOrderedIds(systemClock),
      })
      for await (const { step, problem, ms } of findings) {
        terminal.out(`  ${problem === undefined ? '✔' : '✘'} ${terminal.say(...proofs[step])} (${ms} ms)`)
        if (problem === undefined) continue
        terminal.exitCode = 1
        terminal.err(`lienthong: ${problem}`)
        terminal.err(`  → ${terminal.say(...remedies[step])}`)
      }
    })
}
