import { Command } from 'commander'
import { GatewayError, systemClock, timeOrderedIds } from '../base/index.ts'
import { type AgencyCode, findAgencyCode } from '../message/index.ts'
import { clients } from '../store/index.ts'
import { onStore, operator, type StoreOptions, withStore } from './on-store.ts'
import { collected, type Terminal } from './terminal.ts'

export function clientCommand(terminal: Terminal): Command {
  const ids = timeOrderedIds(systemClock)
  const client = new Command('client')
    .summary('the systems that come in by the REST API')
    .description('The systems that come in by the REST API, and their keys.')
  withStore(client.command('create'))
    .summary('create a client and print its API key')
    .description('Creates a client and prints its API key. The key is shown this once; the store keeps a digest of it.')
    .requiredOption('--name <name>', 'what the client is, such as "iMOIT"')
    .option('--agency <code>', 'an agency it acts for; may be repeated', collected, [])
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      '\nExample:\n  lienthong client create --name iMOIT --agency G02\n\nExit codes: 0 created, 1 refused, 2 the store cannot be opened.',
    )
    .action(async (options: StoreOptions & { name: string; agency: readonly string[]; json: boolean }) => {
      const created = { name: options.name, agencies: options.agency.map(requireAgencyCode), actor: operator() }
      const { id, key } = await onStore(options, (store) =>
        store.transact((tx) => clients.create(tx, created, ids, systemClock)),
      )
      if (options.json) return terminal.out(JSON.stringify({ id, key, name: created.name, agencies: created.agencies }))
      terminal.out(key)
      terminal.err(
        terminal.say(
          `Khóa của ${created.name} (${id}); chỉ hiện lần này.`,
          `The key of ${created.name} (${id}); it is shown this once.`,
        ),
      )
    })
  withStore(client.command('revoke'))
    .summary('end a key at once')
    .description('Ends the key of a client at once. What it handed over before goes on.')
    .argument('<id>', 'the id that `client list` shows; it also stands in the key, lt_<id>_…')
    .addHelpText(
      'after',
      '\nExit codes: 0 revoked, 1 there is no such client or it was revoked before, 2 the store cannot be opened.',
    )
    .action(async (id: string, options: StoreOptions) => {
      const revoked = await onStore(options, (store) =>
        store.transact((tx) => clients.revoke(tx, id, operator(), ids, systemClock)),
      )
      if (!revoked) throw new GatewayError('not-found', `there is no client ${id} with a valid key`)
      terminal.out(terminal.say(`Đã thu hồi khóa của ${id}.`, `The key of ${id} is revoked.`))
    })
  withStore(client.command('list'))
    .summary('list all clients, revoked ones too')
    .option('--json', 'print one JSON array', false)
    .action(async (options: StoreOptions & { json: boolean }) => {
      const all = await onStore(options, (store) => clients.list(store.read))
      if (options.json) return terminal.out(JSON.stringify(all, null, 2))
      const rows = all.map(({ id, name, agencies, createdAt, revokedAt }) => [
        id,
        name,
        agencies.join(' '),
        createdAt.toISOString(),
        revokedAt?.toISOString() ?? '',
      ])
      terminal.table(['id', 'name', 'agencies', 'created', 'revoked'], rows)
    })
  return client
}

/** @throws {GatewayError} request-invalid */
export function requireAgencyCode(text: string): AgencyCode {
  const code = findAgencyCode(text)
  if (code !== undefined) return code
  throw new GatewayError(
    'request-invalid',
    `"${text}" is not the code of an agency: write the short form, such as G02 or G12.18`,
  )
}
