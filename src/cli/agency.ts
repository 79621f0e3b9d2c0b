import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { GatewayError, systemClock, timeOrderedIds } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import { Directory, type DirectoryReport, enterAgencies, parseDirectory } from '../directory/index.ts'
import { onStore, operator, type StoreOptions, withStore } from './on-store.ts'
import { collected, type Terminal } from './terminal.ts'

interface NewAgency {
  readonly name: string
  readonly nameEn?: string
  readonly parent?: string
  readonly wireCode?: string
  readonly certificate: readonly string[]
  readonly brokerUser?: string
  readonly scheme?: string
  readonly ed25519: boolean
}

export function agencyCommand(terminal: Terminal): Command {
  const agency = new Command('agency')
    .summary('the directory: who takes part')
    .description(
      'The directory: agencies and units, their codes and certificates. A running gateway sees changes within a minute.',
    )
  withStore(agency.command('add'))
    .summary('add one agency')
    .argument('<code>', 'its code in the short form, such as G02 or G12.18')
    .requiredOption('--name <name>', 'its name')
    .option('--name-en <name>', 'its name in English')
    .option('--parent <code>', 'the agency it is a unit of')
    .option('--wire-code <code>', 'the form its partners write (default: the 13 characters of QCVN 102:2016)')
    .option('--certificate <file>', 'a certificate (PEM) that may sign for it; may be repeated', collected, [])
    .option('--broker-user <user>', 'the user under which it speaks on the axis (default: its code)')
    .addOption(
      new Option('--scheme <scheme>', 'what its software verifies, where it is not our default').choices([
        'pss',
        'pkcs1',
      ]),
    )
    .option('--ed25519', 'Ed25519 is agreed with it', false)
    .addHelpText(
      'after',
      '\nExample:\n  lienthong agency add G12 --name "Bộ Tài chính" --certificate g12.crt\n\nExit codes: 0 added, 2 could not (a code that is taken, a file that cannot be read).',
    )
    .action(async (code: string, options: StoreOptions & NewAgency) => {
      const { name, nameEn, parent, wireCode, certificate, brokerUser, scheme, ed25519 } = options
      const files = certificate.map((file) => resolve(file))
      const entry = {
        code,
        name,
        nameEn,
        parent,
        wireCode,
        certificates: files,
        brokerUser,
        signatureScheme: scheme,
        ed25519Agreed: ed25519,
      }
      const entries = parseDirectory(JSON.stringify([entry]), readText)
      await onStore(options, async (store) => {
        if ((await Directory.load(store)).find(code) !== undefined) {
          throw new GatewayError(
            'request-invalid',
            `${code} is in the directory already: change it with lienthong agency import`,
          )
        }
        tell(
          terminal,
          await enterAgencies({ store, ids: timeOrderedIds(systemClock), clock: systemClock }, entries, operator()),
        )
      })
    })
  withStore(agency.command('list'))
    .summary('list the agencies')
    .argument('[query]', 'words of a name, with or without diacritics, or a piece of a code')
    .option('--json', 'print one JSON array', false)
    .action(async (query: string | undefined, options: StoreOptions & { json: boolean }) => {
      const found = (await onStore(options, (store) => Directory.load(store))).list(
        query === undefined ? {} : { query },
      )
      if (options.json) return terminal.out(JSON.stringify(found, null, 2))
      const rows = found.map(({ code, wireCode, name, certificates, validTo }) => [
        code,
        wireCode,
        name,
        String(certificates.length),
        validTo?.toISOString().slice(0, 10) ?? '',
      ])
      terminal.table(['code', 'wire code', 'name', 'certificates', 'until'], rows)
    })
  withStore(agency.command('import'))
    .summary('add or change many, from JSON')
    .description('Adds the agencies of a file, or changes those that the directory has; others stay. All or nothing.')
    .argument(
      '<file>',
      'a JSON list of { code, name, wireCode, parent, contact, certificates, … }; certificates are PEM or files beside it',
    )
    .addHelpText('after', '\nExample: certs-example/directory.json\n\nExit codes: 0 imported, 2 could not.')
    .action(async (file: string, options: StoreOptions) => {
      const entries = parseDirectory(readText(file), (name) => readText(resolve(dirname(file), name)))
      const deps = { ids: timeOrderedIds(systemClock), clock: systemClock }
      tell(terminal, await onStore(options, (store) => enterAgencies({ store, ...deps }, entries, operator())))
    })
  return agency
}

function tell(terminal: Terminal, { added, changed, unchanged }: DirectoryReport): void {
  terminal.out(
    terminal.say(
      `thêm ${added.length}, sửa ${changed.length}, giữ nguyên ${unchanged.length}`,
      `added ${added.length}, changed ${changed.length}, unchanged ${unchanged.length}`,
    ),
  )
  for (const code of added) terminal.out(`  + ${code}`)
  for (const code of changed) terminal.out(`  ~ ${code}`)
}

/** @throws {GatewayError} request-invalid */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GatewayError('request-invalid', `${file} cannot be read: ${reasonOf(cause)}`, {}, { cause })
  }
}
