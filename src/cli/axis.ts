import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { GatewayError, Secret, systemClock, timeOrderedIds } from '../base/index.ts'
import { checkAxis, Management, type ProvisionRequest, provisionAxis } from '../broker/index.ts'
import { reasonOf } from '../config/index.ts'
import { positive, readPassword, requireCode } from './axis-options.ts'
import { probeCommand } from './axis-probe.ts'
import { collected, type Terminal } from './terminal.ts'

interface AxisOptions {
  readonly api: string
  readonly admin: string
  readonly adminPasswordFile: string
  readonly vhost: string
  readonly user?: string
  readonly agency: readonly string[]
  readonly passwordFile?: string
  readonly maxParts?: string
  readonly maxMib?: string
}

export function axisCommand(terminal: Terminal): Command {
  const axis = new Command('axis')
    .summary('the axis on RabbitMQ: queues, users and their rights')
    .description('Prepares RabbitMQ (3.10 or later) for the axis by its management API. For the operator of the axis.')
  withBroker(axis.command('provision'))
    .summary('make what an agency needs, or put it right')
    .description(
      'Makes the exchanges, the policies, three quorum queues for each agency, and a user that publishes only as these ' +
        'agencies and reads only their queues. Doing it again changes only what differs.',
    )
    .option('--password-file <file>', 'the password of the user; a file that is not there is made, with a new password')
    .addHelpText(
      'after',
      '\nExample:\n  lienthong axis provision --api https://broker.example.vn:15671 --admin axis-admin --admin-password-file admin.pw \\\n' +
        '    --agency G02 --user bct --password-file bct.pw\n\nExit codes: 0 done, 2 could not.',
    )
    .action(async (options: AxisOptions) => {
      const [management, request] = asked(options)
      const { password, isNew } = passwordFor(options)
      const items = await provisionAxis(management, { ...request, ...(password !== undefined && { password }) })
      for (const { what, state } of items)
        if (state !== 'unchanged') terminal.out(`  ${state === 'created' ? '+' : '~'} ${what}`)
      const unchanged = items.filter(({ state }) => state === 'unchanged').length
      terminal.out(terminal.say(`giữ nguyên ${unchanged}`, `unchanged ${unchanged}`))
      if (isNew)
        terminal.err(
          terminal.say(
            `Mật khẩu mới nằm trong ${options.passwordFile}; chuyển cho cơ quan theo kênh an toàn.`,
            `The new password is in ${options.passwordFile}: hand it to the agency by a safe way.`,
          ),
        )
    })
  withBroker(axis.command('check'))
    .summary('say what differs from what an agency needs')
    .addHelpText('after', '\nExit codes: 0 all is well, 1 something differs, 2 could not be found out.')
    .action(async (options: AxisOptions) => {
      const [management, request] = asked(options)
      const problems = await checkAxis(management, request)
      for (const problem of problems) terminal.out(problem)
      if (problems.length > 0) terminal.exitCode = 1
      else terminal.out(terminal.say('Trục đúng cấu hình.', 'The axis is as it must be.'))
    })
  axis.addCommand(probeCommand(terminal))
  return axis
}

function withBroker(command: Command): Command {
  return command
    .requiredOption('--api <url>', 'the management API, such as https://broker.example.vn:15671')
    .requiredOption('--admin <user>', 'a user with the tag administrator')
    .requiredOption('--admin-password-file <file>', 'the file that holds its password')
    .option('--agency <code>', 'an agency that the user speaks for; may be repeated: name all of them', collected, [])
    .option('--user <user>', 'the user of the agencies (default: the code of the first)')
    .option('--vhost <name>', 'the virtual host', '/')
    .option('--max-parts <n>', 'the bound of each queue, in messages')
    .option('--max-mib <n>', 'the bound of each queue, in MiB')
}

/** @throws {GatewayError} request-invalid */
function asked(options: AxisOptions): [Management, ProvisionRequest] {
  const { api, admin, adminPasswordFile, vhost, maxParts, maxMib } = options
  const agencies = options.agency.map((code) => requireCode(code, '--agency'))
  if (agencies.length === 0)
    throw new GatewayError('request-invalid', '--agency is missing: name every agency that the user speaks for')
  const management = new Management({
    url: api,
    user: admin,
    password: readPassword(adminPasswordFile),
    clock: systemClock,
  })
  const bounds = {
    ...(maxParts !== undefined && { parts: positive('--max-parts', maxParts) }),
    ...(maxMib !== undefined && { octets: positive('--max-mib', maxMib) * 1024 * 1024 }),
  }
  return [management, { vhost, user: userOf(options), agencies, bounds }]
}

function userOf({ user, agency: [first = ''] }: AxisOptions): string {
  return user ?? first
}

/** What the file holds; a file that is not there is written first. Without a file, a known user keeps its password. */
function passwordFor({ passwordFile }: AxisOptions): { password?: Secret; isNew: boolean } {
  if (passwordFile === undefined) return { isNew: false }
  const made = timeOrderedIds(systemClock).secret()
  try {
    writeFileSync(passwordFile, `${made}\n`, { mode: 0o600, flag: 'wx' })
    return { password: new Secret(made), isNew: true }
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'EEXIST') return { password: readPassword(passwordFile), isNew: false }
    throw new GatewayError('request-invalid', `${passwordFile} cannot be written: ${reasonOf(cause)}`, {}, { cause })
  }
}
