import { Command, Option } from 'commander'
import { systemClock } from '../base/index.ts'
import { readEvidenceFile } from './evidence-file.ts'
import { instant } from './instant.ts'
import { judge, type Verdict } from './judge.ts'
import { collected, type Terminal } from './terminal.ts'

interface VerifyOptions {
  readonly profile: 'strict' | 'core'
  readonly trust: readonly string[]
  readonly key?: string
  readonly at?: Date
  readonly evidence?: string
  readonly json: boolean
}

export function verifyCommand(terminal: Terminal): Command {
  return new Command('verify')
    .summary('judge a signed file without any gateway')
    .description(
      'Judges a signed file as the gateway would, and says why it would be refused. Needs no store, no network and no configuration.',
    )
    .argument('[file]', 'the signed file, such as document.edxml; may be left out when it stands in the evidence')
    .addOption(
      new Option(
        '--profile <profile>',
        'strict: signature, chain, sender, schema and rules of a package; core: any XML signature with a given key',
      )
        .choices(['strict', 'core'])
        .default('strict'),
    )
    .option('--trust <file>', 'trusted certificates (PEM) or a directory (JSON); may be repeated', collected, [])
    .option('--key <file>', 'the signer’s public key, certificate or private key (PEM)')
    .option('--evidence <file>', 'what the package was judged by when it came: repeats that verdict, without a network')
    .option('--at <time>', 'the instant to judge at, ISO 8601 (default: now, or what the evidence says)', instant)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', help)
    .action(async (file: string | undefined, { key, at, evidence: named, ...options }: VerifyOptions) => {
      const evidence = named === undefined ? undefined : readEvidenceFile(named)
      const verdict = await judge({
        ...options,
        at: at ?? evidence?.receivedAt ?? systemClock.now(),
        ...(file !== undefined && { file }),
        ...(evidence && { evidence }),
        ...(key !== undefined && { key }),
      })
      if (options.json) terminal.out(JSON.stringify(verdict, null, 2))
      else print(terminal, verdict)
      terminal.exitCode = verdict.verdict === 'accepted' ? 0 : 1
    })
}

const help = `
Trust:
  Certificates of authorities are trusted roots. A certificate of a signer means: only this one may have signed.
  A directory says which certificate signs for which agency; without one, the agency that the certificate names
  (organizationIdentifier) must be the one in From.

Time:
  Judged as of now, a certificate that has expired is refused. Judge what was archived at the time of its arrival, with --at.

Evidence:
  lienthong evidence, or GET /v1/inbox/{id}/evidence, gives what a package was judged by: path, CRLs, OCSP responses, instant.
  Roots are never taken from it: name with --trust those of that day, which you kept, also when they are trusted no more. The instant of arrival is the word of the gateway that kept it.

Exit codes: 0 accepted, 1 refused, 2 could not be judged.

Examples:
  lienthong verify --trust trust.pem document.edxml
  lienthong verify --trust trust.pem --trust directory.json --at 2026-11-21T09:00:00+07:00 document.edxml
  lienthong verify --trust root.pem --evidence evidence.json document.edxml
  lienthong verify --profile core --key signer.pem --json anything-signed.xml`

function print(
  terminal: Terminal,
  { verdict, reason, message, signedElements, signer, algorithms, notes }: Verdict,
): void {
  if (verdict === 'refused') {
    terminal.out(`${terminal.say('BỊ TỪ CHỐI', 'REFUSED')} [${reason}] ${message}`)
    return
  }
  terminal.out(
    terminal.say(
      'HỢP LỆ: mọi phần phải ký đều được ký và còn nguyên vẹn',
      'ACCEPTED: everything that must be signed is signed and unchanged',
    ),
  )
  terminal.out(`  ${terminal.say('phần được ký', 'signed')}: ${signedElements.join(', ')}`)
  if (signer !== null) {
    const agency = signer.agency === undefined ? '' : `${signer.agency}: `
    terminal.out(
      `  ${terminal.say('người ký', 'signer')}: ${agency}${signer.subject} (${signer.key}, ${terminal.say('đến', 'until')} ${signer.notAfter.slice(0, 10)})`,
    )
    if (signer.signingTime !== undefined)
      terminal.out(
        `  ${terminal.say('thời gian ký (do người ký khai)', 'signing time (claimed)')}: ${signer.signingTime}`,
      )
  }
  if (algorithms !== null)
    terminal.out(
      `  ${terminal.say('thuật toán', 'algorithms')}: ${algorithms.signature}; ${algorithms.digests.join(', ')}`,
    )
  for (const note of notes) terminal.out(`  ${terminal.say('lưu ý', 'note')}: ${note}`)
}
