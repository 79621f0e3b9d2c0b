import { Command, CommanderError, Option } from 'commander'
import { GatewayError, VERSION } from './base/index.ts'
import {
  agencyCommand,
  auditCommand,
  axisCommand,
  chainCommand,
  clientCommand,
  deliveryCommand,
  directoryCommand,
  evidenceCommand,
  keyCommand,
  migrateCommand,
  partnerCommand,
  quarantineCommand,
  reportsCommand,
  revocationCommand,
  serveCommand,
  storeCommand,
  Terminal,
  userCommand,
  verifyCommand,
  verifyPdfCommand,
} from './cli/index.ts'
import { preferredLanguage } from './config.ts'
import { demoCommand } from './demo/index.ts'

const help = `
Start here:
  lienthong demo                      two gateways exchange a document before your eyes
  lienthong serve --config my.json    run a gateway
  lienthong verify --trust trust.pem document.edxml

Exit codes: 0 done (verify: accepted, chain: valid), 1 refused or failed, 2 could not run.`

/** Runs one command line and sets the exit code of the process. Errors are sentences, never stack traces. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endQuietly)
  const terminal = new Terminal(process.stdout, process.stderr)
  terminal.language = preferredLanguage()
  try {
    await program(terminal).parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) terminal.fail(error)
    else if (error.exitCode !== 0) terminal.fail(new GatewayError('request-invalid', sentenceOf(error)))
  }
  process.exitCode = terminal.exitCode
}

function program(terminal: Terminal): Command {
  const lienthong = new Command('lienthong')
    .description('The gateway through which agencies exchange official documents: edXML, signed, over a message queue.')
    .version(VERSION, '--version', 'say which version this is')
    .addOption(new Option('--lang <lang>', 'the language to speak (default: by LANG)').choices(['vi', 'en']))
    .addHelpText('after', help)
    .hook('preAction', (_, action) => {
      const { lang } = action.optsWithGlobals<{ lang?: 'vi' | 'en' }>()
      if (lang !== undefined) terminal.language = lang
    })
  const commands = [
    serveCommand,
    demoCommand,
    verifyCommand,
    verifyPdfCommand,
    chainCommand,
    migrateCommand,
    storeCommand,
    agencyCommand,
    directoryCommand,
    clientCommand,
    deliveryCommand,
    quarantineCommand,
    partnerCommand,
    userCommand,
    keyCommand,
    auditCommand,
    evidenceCommand,
    revocationCommand,
    reportsCommand,
    axisCommand,
  ]
  for (const make of commands) lienthong.addCommand(make(terminal))
  quietErrors(lienthong)
  return lienthong
}

/** What commander finds wrong is thrown and said by us, in one voice with all other errors. */
function quietErrors(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} })
  for (const inner of command.commands) quietErrors(inner)
}

function sentenceOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'a command is missing'
  return `${message.replace(/^error: /, '').replace(/\.?\n/, '. ')}`
}

/** Whoever reads the output has seen enough, as `head` has. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}
