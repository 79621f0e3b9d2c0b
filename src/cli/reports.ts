import { Command, Option } from 'commander'
import { GatewayError, systemClock, timeOrderedIds } from '../base/index.ts'
import type { EnvelopeId } from '../message/index.ts'
import type { PdfVerdict } from '../pdf/index.ts'
import { audit, reports } from '../store/index.ts'
import { onStore, operator, type StoreOptions, withStore } from './on-store.ts'
import type { Terminal } from './terminal.ts'

interface AgainOptions extends StoreOptions {
  readonly document?: string
  readonly verdict?: PdfVerdict
  readonly all: boolean
}

export function reportsCommand(terminal: Terminal): Command {
  const command = new Command('reports')
    .summary('the reports on signatures inside attached PDFs')
    .description('The reports on signatures inside attached PDFs.')
  withStore(command.command('again'))
    .summary('judge attachments again')
    .description(
      'Puts attachments on the list of what is judged: after trusted certificates, or what is known of revocation, have changed. Earlier reports are kept; a running gateway does the work.',
    )
    .option('--document <id>', 'those of this document only')
    .addOption(
      new Option('--verdict <verdict>', 'those whose last report says so').choices([
        'valid',
        'invalid',
        'undetermined',
      ]),
    )
    .option('--all', 'all of them', false)
    .addHelpText(
      'after',
      '\nExample:\n  lienthong reports again --verdict undetermined\n\nExit codes: 0 done, 1 refused, 2 the store cannot be opened.',
    )
    .action(async ({ document, verdict, all, ...options }: AgainOptions) => {
      if (document === undefined && verdict === undefined && !all)
        throw new GatewayError('request-invalid', 'say which: --document, --verdict, or --all')
      const selection = {
        ...(document !== undefined && { envelope: document as EnvelopeId }),
        ...(verdict !== undefined && { verdict }),
      }
      const count = await onStore(options, (store) =>
        store.transact(async (tx) => {
          const chosen = await reports.again(tx, selection)
          const entry = {
            actor: operator(),
            action: 'reports-again',
            subject: document ?? 'all',
            detail: { ...selection, chosen },
          }
          await audit.record(tx, entry, timeOrderedIds(systemClock), systemClock)
          return chosen
        }),
      )
      terminal.out(terminal.say(`${count} tệp sẽ được kiểm tra lại.`, `${count} attachments will be judged again.`))
    })
  return command
}
