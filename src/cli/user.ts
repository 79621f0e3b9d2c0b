import { Command } from 'commander'
import {
  changeUser,
  createUser,
  findUserByName,
  type Grant,
  listUsers,
  type Role,
  resetPassword,
  roles,
  type User,
} from '../access/index.ts'
import { GatewayError, systemClock, timeOrderedIds } from '../base/index.ts'
import type { Store } from '../store/index.ts'
import { requireAgencyCode } from './client.ts'
import { onStore, operator, type StoreOptions, withStore } from './on-store.ts'
import { collected, type Terminal } from './terminal.ts'

export function userCommand(terminal: Terminal): Command {
  const ids = timeOrderedIds(systemClock)
  const asking = (store: Store) => ({ store, clock: systemClock, ids, actor: operator() })
  const user = new Command('user')
    .summary('the people who may use the console')
    .description('The people who may use the console, and their roles: viewer, operator, auditor, administrator.')

  withStore(user.command('add'))
    .summary('add a user and print the one-time password')
    .description('Adds a user and prints a one-time password, which must be changed at the first login.')
    .argument('<name>', 'the name to sign in with')
    .requiredOption('--role <role[@agency]>', 'a role, for one agency or for all; may be repeated', collected, [])
    .option('--display-name <name>', 'the name of the person')
    .addHelpText(
      'after',
      '\nExample:\n  lienthong user add an.nguyen --display-name "Nguyễn Văn An" --role operator@G02\n\nExit codes: 0 added, 1 refused, 2 the store cannot be opened.',
    )
    .action(async (name: string, options: StoreOptions & { role: readonly string[]; displayName?: string }) => {
      const { displayName } = options
      const given = { name, grants: options.role.map(grantOf), ...(displayName === undefined ? {} : { displayName }) }
      const { oneTimePassword } = await onStore(options, (store) => createUser(asking(store), given))
      tellPassword(terminal, name, oneTimePassword)
    })

  withStore(user.command('list'))
    .summary('list all users, disabled ones too')
    .option('--json', 'print one JSON array', false)
    .action(async (options: StoreOptions & { json: boolean }) => {
      const all = await onStore(options, (store) => listUsers(store.read))
      if (options.json) return terminal.out(JSON.stringify(all, null, 2))
      const rows = all.map((one) => [
        one.name,
        one.displayName,
        one.grants.map(({ role, agency }) => (agency === '*' ? role : `${role}@${agency}`)).join(' '),
        one.disabled ? 'disabled' : one.mustChangePassword ? 'one-time password' : 'active',
        one.lastLoginAt?.toISOString() ?? '',
      ])
      terminal.table(['name', 'person', 'roles', 'state', 'last login'], rows)
    })

  withStore(user.command('role'))
    .summary('give a user other roles')
    .description('Gives a user these roles instead of those he had. They hold at once, also in sessions under way.')
    .argument('<name>')
    .argument('<role[@agency]...>')
    .action(async (name: string, given: readonly string[], options: StoreOptions) => {
      const grants = given.map(grantOf)
      await onStore(options, async (store) => changeUser(asking(store), (await named(store, name)).id, { grants }))
      terminal.out(terminal.say(`Đã đổi vai trò của ${name}.`, `The roles of ${name} are changed.`))
    })

  withStore(user.command('reset'))
    .summary('give a user a new one-time password')
    .description('Gives a user a new one-time password and ends the sessions of the user.')
    .argument('<name>')
    .action(async (name: string, options: StoreOptions) => {
      const { oneTimePassword } = await onStore(options, async (store) =>
        resetPassword(asking(store), (await named(store, name)).id),
      )
      tellPassword(terminal, name, oneTimePassword)
    })

  withStore(user.command('disable'))
    .summary('shut a user out at once')
    .argument('<name>')
    .option('--undo', 'let the user in again', false)
    .action(async (name: string, options: StoreOptions & { undo: boolean }) => {
      const disabled = !options.undo
      await onStore(options, async (store) => changeUser(asking(store), (await named(store, name)).id, { disabled }))
      terminal.out(
        disabled
          ? terminal.say(`Đã khóa ${name}.`, `${name} is disabled.`)
          : terminal.say(`Đã mở lại ${name}.`, `${name} is enabled again.`),
      )
    })
  return user
}

function tellPassword(terminal: Terminal, name: string, password: string): void {
  terminal.out(password)
  terminal.err(
    terminal.say(
      `Mật khẩu dùng một lần của ${name}; chỉ hiện lần này, phải đổi khi đăng nhập.`,
      `The one-time password of ${name}; it is shown this once and must be changed at the first login.`,
    ),
  )
}

/** `operator@G02`, or `auditor` for all agencies. @throws {GatewayError} request-invalid */
function grantOf(text: string): Grant {
  const [role = '', agency] = text.split('@')
  if (!(roles as readonly string[]).includes(role))
    throw new GatewayError(
      'request-invalid',
      `"${role}" is no role: write ${roles.join(', ')}, and @G02 for one agency`,
    )
  return { role: role as Role, agency: agency === undefined || agency === '*' ? '*' : requireAgencyCode(agency) }
}

async function named(store: Store, name: string): Promise<User> {
  const found = await findUserByName(store.read, name)
  if (found === undefined) throw new GatewayError('not-found', `there is no user ${name}`)
  return found
}
