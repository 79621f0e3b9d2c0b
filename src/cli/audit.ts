import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { GatewayError } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import { loadConfig } from '../config.ts'
import { type Certificate, readCertificates, readCertificatesOf } from '../pki/index.ts'
import { verifyAudit } from '../store/index.ts'
import { onStore, type StoreOptions, withStore } from './on-store.ts'
import { collected, type Terminal } from './terminal.ts'

export function auditCommand(terminal: Terminal): Command {
  const audit = new Command('audit').summary('the record of who did what').description('The record of who did what.')
  withStore(audit.command('verify'))
    .summary('prove that nothing was cut off, rewritten or put in between')
    .description(
      'Walks the whole chain of audit entries and checks the heads that were signed each day. The gateway may go on running.',
    )
    .option(
      '--signer <file>',
      'a certificate (PEM) that may have signed heads, beside those of the configuration; may be repeated',
      collected,
      [],
    )
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      '\nKeep the hash that is printed somewhere else: only it shows that the whole store was replaced by an older copy.\n\nExit codes: 0 it fits together, 1 it does not, 2 it could not be judged.',
    )
    .action(async (options: StoreOptions & { signer: readonly string[]; json: boolean }) => {
      const configured =
        options.store === undefined || options.config !== undefined
          ? loadConfig(options.config === undefined ? {} : { file: options.config }).agencies
          : []
      const ours = await Promise.all(configured.flatMap(({ keys }) => keys.map(readCertificatesOf)))
      const certificates = [...options.signer.flatMap(certificatesOf), ...ours.flat()]
      const verdict = await onStore(options, (store) => verifyAudit(store, certificates))
      if (options.json) return terminal.out(JSON.stringify(verdict))
      const { rows, heads, signedUpTo, hash } = verdict
      terminal.out(
        terminal.say(
          `${rows} mục khớp nhau; ${heads} chữ ký ngày, ký đến mục ${signedUpTo}.`,
          `${rows} entries fit together; ${heads} daily signatures, the last covers entry ${signedUpTo}.`,
        ),
      )
      terminal.out(`  sha256 ${hash}`)
    })
  return audit
}

function certificatesOf(path: string): Certificate[] {
  try {
    return readCertificates(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new GatewayError('trust-unusable', `${path} cannot be used: ${reasonOf(cause)}`, {}, { cause })
  }
}
