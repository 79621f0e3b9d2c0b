import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { GatewayError, systemClock, timeOrderedIds } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import { directoryTrustOf, loadConfig } from '../config.ts'
import {
  type AgencyDifference,
  applySigned,
  Directory,
  type DirectoryTrust,
  differences,
  newestSigned,
  readSignedDirectory,
  type SignedDirectory,
  signDirectory,
} from '../directory/index.ts'
import { openSigner, readCertificate, readCertificates } from '../pki/index.ts'
import type { Store } from '../store/index.ts'
import { positive } from './axis-options.ts'
import { type PublishOptions, publishSigned, withBroker } from './directory-publish.ts'
import { instant } from './instant.ts'
import { type KeyPlaceOptions, keyPlaceOf, withKeyPlace } from './key-place.ts'
import { onStore, operator, type StoreOptions, withStore } from './on-store.ts'
import { collected, type Terminal } from './terminal.ts'

export function directoryCommand(terminal: Terminal): Command {
  const directory = new Command('directory')
    .summary('the signed directory of the axis')
    .description('The signed directory of the axis: who takes part, published by the operator of the axis.')
  withBroker(withKeyPlace(directory.command('publish')))
    .summary('sign the next version, and send it to the agencies (for the operator of the axis)')
    .description(
      'Signs a list of agencies (the form of certs-example/directory.json) as the next version, or takes a file that is signed ' +
        'already, and sends it to the queue `status` of each agency.',
    )
    .argument('<file>', 'the list, or the signed directory')
    .option('--axis <name>', 'the name of the axis')
    .option('--directory-version <n>', 'counts upwards: above all that were published')
    .option('--next-update <instant>', 'by when another is promised', instant)
    .option('--certificate <file>', "the operator's certificate, PEM")
    .addOption(new Option('--scheme <scheme>', 'how an RSA key signs').choices(['pss', 'pkcs1']))
    .option('--out <file>', 'where to write the signed directory')
    .addHelpText('after', `\n${publishExample}\n\nExit codes: 0 done, 1 not every agency was reached, 2 could not.`)
    .action((file: string, options: PublishOptions & SigningOptions) => publish(terminal, file, options))
  withStore(directory.command('fetch'))
    .summary('write the newest signed directory that came over the axis into a file')
    .requiredOption('--out <file>', 'where to write it')
    .addHelpText('after', '\nExit codes: 0 written, 2 could not.')
    .action(async ({ out, ...options }: StoreOptions & { out: string }) => {
      const newest = await onStore(options, (store) => requireNewest(store))
      writeFile(out, newest.octets)
      const state =
        newest.appliedAt === undefined ? ['đang chờ áp dụng', 'it waits'] : ['đang áp dụng', 'it is in force']
      terminal.out(terminal.say(`Phiên bản ${newest.version}: ${state[0]}.`, `Version ${newest.version}: ${state[1]}.`))
    })
  withTrust(withStore(directory.command('diff')))
    .summary('say what a signed directory would change')
    .argument('[file]', 'the signed directory (default: the newest that came over the axis)')
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing would change, 1 something would, 2 it could not be judged, or would be refused.',
    )
    .action(async (file: string | undefined, options: TrustOptions & { json: boolean }) => {
      const { signed, changes } = await onStore(options, async (store) => {
        const asked = await signedDirectoryAsked(store, file, options)
        return { signed: asked, changes: differences((await Directory.load(store)).list(), asked) }
      }).catch((error: unknown) => {
        terminal.fail(error, 2)
        return { signed: undefined, changes: [] }
      })
      if (signed === undefined) return
      if (changes.length > 0) terminal.exitCode = 1
      const { version, axis, issuedAt } = signed
      if (options.json) return terminal.out(JSON.stringify({ axis, version, issuedAt, changes }, null, 2))
      terminal.out(
        terminal.say(
          `Phiên bản ${version} của ${axis}: ${changes.length} thay đổi`,
          `Version ${version} of ${axis}: ${changes.length} changes`,
        ),
      )
      for (const change of changes) for (const line of told(change, terminal)) terminal.out(line)
    })
  withTrust(withStore(directory.command('apply')))
    .summary('take a signed directory into force; a running gateway follows within a minute')
    .argument('[file]', 'the signed directory (default: the newest that came over the axis)')
    .addHelpText('after', '\nExit codes: 0 in force, 1 refused: the one before goes on, 2 could not.')
    .action(async (file: string | undefined, options: TrustOptions) => {
      const { version, report } = await onStore(options, async (store) => {
        const signed = await signedDirectoryAsked(store, file, options)
        const deps = { store, clock: systemClock, ids: timeOrderedIds(systemClock) }
        const source = file === undefined ? 'axis' : 'file'
        return { version: signed.version, report: await applySigned(deps, signed, source, operator()) }
      })
      const counts = [report.added.length, report.changed.length, report.unchanged.length] as const
      terminal.out(
        terminal.say(
          `Đang áp dụng phiên bản ${version}: thêm ${counts[0]}, sửa ${counts[1]}, giữ nguyên ${counts[2]}`,
          `Version ${version} is in force: added ${counts[0]}, changed ${counts[1]}, unchanged ${counts[2]}`,
        ),
      )
    })
  return directory
}

const publishExample = `Example:
  lienthong directory publish agencies.json --axis vn-trial --directory-version 8 --private-key operator.key \\
    --certificate operator.crt --out directory-8.json --url amqps://broker.example.vn:5671 --user axis --broker-password-file axis.pw \\
    --from AXIS --ca broker-ca.pem --cert axis.crt --client-key axis.key`

interface SigningOptions extends KeyPlaceOptions {
  readonly axis?: string
  readonly directoryVersion?: string
  readonly nextUpdate?: Date
  readonly certificate?: string
  readonly scheme?: 'pss' | 'pkcs1'
  readonly out?: string
}

async function publish(terminal: Terminal, file: string, options: PublishOptions & SigningOptions): Promise<void> {
  const octets = readFile(file)
  const written: unknown = parsed(octets, file)
  const signed = Array.isArray(written) ? await signedList(written, dirname(file), options) : octets
  if (options.out !== undefined) writeFile(options.out, signed)
  if (options.url === undefined && options.out === undefined)
    throw new GatewayError('request-invalid', 'say where it goes: --out writes a file, --url sends it over the axis')
  if (options.url !== undefined) await publishSigned(terminal, signed, options)
}

async function signedList(entries: readonly unknown[], folder: string, options: SigningOptions): Promise<Uint8Array> {
  const { axis, directoryVersion, nextUpdate, certificate, scheme } = options
  if (axis === undefined || directoryVersion === undefined || certificate === undefined)
    throw new GatewayError(
      'request-invalid',
      'a list is signed: name --axis, --directory-version, --certificate and the key',
    )
  const source = { ...keyPlaceOf(options), certificateFile: certificate, ...(scheme && { scheme }) }
  const signer = await openSigner(source, systemClock)
  try {
    const about = { axis, version: positive('--directory-version', directoryVersion), issuedAt: systemClock.now() }
    const whole = entries.map((entry) => withCertificates(entry, folder))
    const octets = await signDirectory({ ...about, ...(nextUpdate && { nextUpdate }) }, whole, signer)
    readSignedDirectory(octets, { axis, operators: [signer.certificate] }, systemClock.now()) // what nobody could apply is not published
    return octets
  } finally {
    await signer.close?.()
  }
}

/**
 * The entry with its certificates in it, instead of the names of their files; what is ours alone stays here. Of a file,
 * and of a text, nothing but the certificate goes out: a private key may stand beside it.
 */
function withCertificates(entry: unknown, folder: string): unknown {
  if (typeof entry !== 'object' || entry === null) return entry
  const rest = Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'local' && name !== 'certificates'))
  const { certificates } = entry as { certificates?: unknown }
  if (!Array.isArray(certificates)) return rest
  const pem = certificates.map((one: unknown) => {
    if (typeof one !== 'string') return one
    const text = one.includes('-----BEGIN') ? one : readFile(resolve(folder, one)).toString()
    return new X509Certificate(readCertificate(text).der).toString()
  })
  return { ...rest, certificates: pem }
}

interface TrustOptions extends StoreOptions {
  readonly axis?: string
  readonly operatorCertificate: readonly string[]
}

function withTrust(command: Command): Command {
  return command
    .option('--axis <name>', 'the name of the axis, without any configuration')
    .option('--operator-certificate <file>', "the operator's certificate, PEM; may be repeated", collected, [])
}

function trustOf({ axis, operatorCertificate, config }: TrustOptions): DirectoryTrust {
  if (operatorCertificate.length > 0) {
    if (axis === undefined)
      throw new GatewayError('request-invalid', '--axis is missing: name the axis of the directory')
    return {
      axis,
      operators: operatorCertificate.flatMap((path) => readCertificates(readFile(path).toString()).slice(0, 1)),
    }
  }
  const trust = directoryTrustOf(loadConfig(config === undefined ? {} : { file: config }))
  if (trust !== undefined) return trust
  throw new GatewayError('trust-unusable', 'the configuration has no "directory": nobody’s directory is believed')
}

async function signedDirectoryAsked(
  store: Store,
  file: string | undefined,
  options: TrustOptions,
): Promise<SignedDirectory> {
  const trust = trustOf(options)
  const octets = file === undefined ? (await requireNewest(store)).octets : readFile(file)
  return readSignedDirectory(octets, trust, systemClock.now())
}

async function requireNewest(store: Store): Promise<NonNullable<Awaited<ReturnType<typeof newestSigned>>>> {
  const newest = await newestSigned(store.read)
  if (newest !== undefined) return newest
  throw new GatewayError('request-invalid', 'no signed directory has come yet: name a file')
}

function told({ code, name, kind, local, fields, certificates }: AgencyDifference, terminal: Terminal): string[] {
  const sign = { added: '+', changed: '~', ended: '-' }[kind]
  const ours = local ? terminal.say(' (của chúng ta)', ' (ours)') : ''
  const ends = kind === 'ended' ? terminal.say(': không còn trong danh bạ', ': the directory has it no more') : ''
  return [
    `${sign} ${code}  ${name}${ours}${ends}`,
    ...fields.map(({ field, before = '–', after = '–' }) => `    ${field}: ${before} → ${after}`),
    ...certificates.added.map((one) => `    + ${terminal.say('chứng thư', 'certificate')} ${one}`),
    ...certificates.removed.map((one) => `    - ${terminal.say('chứng thư', 'certificate')} ${one}`),
    ...certificates.byHand.map((one) => `    ! ${terminal.say('nhập tay, vẫn giữ', 'entered by hand, stays')}: ${one}`),
  ]
}

function parsed(octets: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(Buffer.from(octets).toString())
  } catch {
    throw new GatewayError('directory-malformed', `${file} is not JSON`)
  }
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new GatewayError('request-invalid', `${file} cannot be read: ${reasonOf(cause)}`, {}, { cause })
  }
}

function writeFile(file: string, octets: Uint8Array): void {
  try {
    writeFileSync(file, octets)
  } catch (cause) {
    throw new GatewayError('request-invalid', `${file} cannot be written: ${reasonOf(cause)}`, {}, { cause })
  }
}
