import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { GatewayError } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import type { EnvelopeId } from '../message/index.ts'
import { evidenceOf } from '../store/index.ts'
import { onStore, type StoreOptions, withStore } from './on-store.ts'
import type { Terminal } from './terminal.ts'

interface EvidenceOptions extends StoreOptions {
  readonly out?: string
  readonly package: boolean
}

export function evidenceCommand(terminal: Terminal): Command {
  return withStore(new Command('evidence'))
    .summary('what a received package was judged by')
    .description(
      'Writes the path, the CRLs and OCSP responses and the verdict of the moment of arrival as one JSON file, for lienthong verify --evidence.',
    )
    .argument('<id>', 'the id of a received package: a document, a status or a receipt')
    .option('--out <file>', 'a new file to write to (default: the standard output)')
    .option('--no-package', 'leave out the package itself, which otherwise comes along when it is small')
    .addHelpText('after', '\nExit codes: 0 written, 1 nothing was kept for this id, 2 could not run.')
    .action(async (id: string, options: EvidenceOptions) => {
      const evidence = await onStore(options, ({ read }) =>
        evidenceOf(read, id as EnvelopeId, { withPackage: options.package }),
      )
      if (evidence === undefined)
        throw new GatewayError('not-found', `nothing was kept for ${id}: it is no package that was received`)
      const text = JSON.stringify(evidence, null, 2)
      if (options.out === undefined) terminal.out(text)
      else writeNew(options.out, `${text}\n`)
    })
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (cause) {
    throw new GatewayError('request-invalid', `${path} cannot be written: ${reasonOf(cause)}`, {}, { cause })
  }
}
