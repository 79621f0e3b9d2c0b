import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { codeOf, GatewayError, messageOf, Secret, systemClock } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import { findAgencyCode } from '../message/index.ts'
import {
  type Certificate,
  describeKey,
  openKey,
  readCertificates,
  readPkcs12,
  requestCertificate,
  requireKeyStrength,
} from '../pki/index.ts'
import { describedCertificate } from './judge.ts'
import { type KeyPlaceOptions, keyPlaceOf, withKeyPlace } from './key-place.ts'
import type { KeyKind } from './make-key.ts'
import type { Terminal } from './terminal.ts'

const keyKinds: readonly KeyKind[] = ['p256', 'p384', 'rsa2048', 'rsa3072', 'ed25519']

export function keyCommand(terminal: Terminal): Command {
  const key = new Command('key')
    .summary('make and inspect keys, ask for certificates')
    .description('Makes and inspects keys and certificates.')
  key
    .command('make')
    .summary('make a private key and the request for its certificate')
    .description(
      'Makes OUT.key (PKCS#8, readable by you alone) and OUT.csr (PKCS#10), which you hand to your certification authority.',
    )
    .requiredOption('--agency <code>', 'the agency the key signs for, such as G02')
    .requiredOption('--name <name>', 'its name, as it shall stand in the certificate')
    .requiredOption('--out <path>', 'where to write, without ending')
    .addOption(new Option('--kind <kind>', 'the kind of key').choices(keyKinds).default('p256'))
    .addHelpText(
      'after',
      '\nExample:\n  lienthong key make --agency G02 --name "Bộ Công Thương" --out keys/g02\n\nExit codes: 0 made, 2 could not.',
    )
    .action(async (options: { agency: string; name: string; out: string; kind: KeyKind }) => {
      requireCode(options.agency)
      const { makeKey } = await import('./make-key.ts') // a library that only this needs
      const { privateKey, request } = await makeKey(options)
      writeNew(`${options.out}.key`, privateKey, 0o600)
      writeNew(`${options.out}.csr`, request, 0o644)
      terminal.out(
        terminal.say(
          `Đã tạo ${options.out}.key (giữ bí mật) và ${options.out}.csr (gửi cơ quan cấp chứng thư số).`,
          `Made ${options.out}.key (keep it secret) and ${options.out}.csr (send it to your certification authority).`,
        ),
      )
    })
  withKeyPlace(key.command('csr'))
    .summary('ask for a certificate for a key that is there: in a file, or on a token')
    .description(
      'Makes a request for a certificate (PKCS#10) with a key that is there already; the key stays where it is.',
    )
    .requiredOption('--agency <code>', 'the agency the key signs for, such as G02')
    .requiredOption('--name <name>', 'its name, as it shall stand in the certificate')
    .requiredOption('--out <file>', 'where to write the request')
    .addHelpText(
      'after',
      '\nExample:\n  lienthong key csr --agency G02 --name "Bộ Công Thương" --out g02.csr \\\n' +
        '    --module /usr/lib/softhsm/libsofthsm2.so --token bct --key g02-2027 --pin-file keys/pin\n\nExit codes: 0 made, 2 could not.',
    )
    .action(async (options: KeyPlaceOptions & { agency: string; name: string; out: string }) => {
      requireCode(options.agency)
      const signing = await openKey(keyPlaceOf(options), systemClock)
      try {
        writeNew(options.out, await requestCertificate(signing, options), 0o644)
      } finally {
        await signing.close()
      }
      terminal.out(
        terminal.say(
          `Đã tạo ${options.out} (${describeKey(signing.publicKey)}); gửi cơ quan cấp chứng thư số.`,
          `Made ${options.out} (${describeKey(signing.publicKey)}); send it to your certification authority.`,
        ),
      )
    })
  key
    .command('inspect')
    .summary('say what is in a key or certificate file')
    .description(
      'Says what is in a PEM or PKCS#12 file: certificates, public or private keys. A private key is never shown, only its kind.',
    )
    .argument('<file>', 'PEM or PKCS#12')
    .option('--password-file <file>', 'the file that holds the password of a PKCS#12 file')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', '\nExit codes: 0 fit for signing now, 1 weak, expired or not yet valid, 2 could not be read.')
    .action((file: string, options: { json: boolean; passwordFile?: string }) => inspect(terminal, file, options))
  return key
}

function requireCode(agency: string): void {
  if (findAgencyCode(agency) !== undefined) return
  const said = `--agency is "${agency}": write the short form of the code, such as G02 or G12.18`
  throw new GatewayError('request-invalid', said)
}

/** Never over a file that is there: it might be the key that an agency signs with. */
function writeNew(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { mode, flag: 'wx' })
  } catch (cause) {
    throw new GatewayError('request-invalid', `${path} cannot be written: ${reasonOf(cause)}`, {}, { cause })
  }
}

async function inspect(
  terminal: Terminal,
  file: string,
  { json, passwordFile }: { json: boolean; passwordFile?: string },
): Promise<void> {
  const found = await contentsOf(file, passwordFile)
  if (found.some(({ problem }) => problem !== undefined)) terminal.exitCode = 1
  if (json) {
    terminal.out(JSON.stringify({ file, contents: found }, null, 2))
    return
  }
  for (const { kind, problem, ...facts } of found) {
    terminal.out(`${kind}${problem === undefined ? '' : `: ${problem}`}`)
    for (const [name, value] of Object.entries(facts)) terminal.out(`  ${name.padEnd(13)} ${value}`)
  }
}

interface Found {
  readonly kind: 'certificate' | 'private key' | 'public key'
  readonly key: string
  /** Why it cannot be signed with now. */
  readonly problem?: string
}

async function contentsOf(file: string, passwordFile: string | undefined): Promise<Found[]> {
  const octets = readOctets(file)
  if (octets[0] === BER_SEQUENCE) {
    const password =
      passwordFile === undefined
        ? ''
        : readOctets(passwordFile)
            .toString()
            .replace(/\r?\n$/, '')
    const { privateKey, certificates } = await readPkcs12(octets, new Secret(password))
    return [keyFound('private key', createPublicKey(privateKey)), ...certificates.map(certificateFound)]
  }
  const blocks = octets.toString().match(/-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g) ?? []
  const found = blocks.flatMap(contentOf)
  if (found.length === 0) throw new GatewayError('request-invalid', `${file} holds no certificate and no key in PEM`)
  return found
}

/** What a PKCS#12 file begins with. */
const BER_SEQUENCE = 0x30

function readOctets(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new GatewayError('request-invalid', `${file} cannot be read: ${reasonOf(cause)}`, {}, { cause })
  }
}

function contentOf(pem: string): Found[] {
  if (pem.startsWith('-----BEGIN CERTIFICATE-----')) return readCertificates(pem).map(certificateFound)
  const isPrivate = pem.includes('PRIVATE KEY-----')
  if (!isPrivate && !pem.includes('PUBLIC KEY-----')) return []
  const kind = isPrivate ? 'private key' : 'public key'
  if (pem.includes('ENCRYPTED')) return [{ kind, key: '?', problem: 'it is encrypted' }]
  try {
    return [keyFound(kind, isPrivate ? createPrivateKey(pem) : createPublicKey(pem))]
  } catch {
    return [{ kind, key: '?', problem: 'it cannot be read' }]
  }
}

function certificateFound(certificate: Certificate): Found {
  const now = systemClock.now()
  const late =
    now > certificate.notAfter ? 'it has expired' : now < certificate.notBefore ? 'it is not valid yet' : undefined
  const problem = late ?? weaknessOf(() => requireKeyStrength(certificate.publicKey))
  return { kind: 'certificate', ...describedCertificate(certificate), ...(problem !== undefined && { problem }) }
}

function keyFound(kind: Found['kind'], key: KeyObject): Found {
  const problem = weaknessOf(() => requireKeyStrength(key))
  return { kind, key: describeKey(key), ...(problem !== undefined && { problem }) }
}

function weaknessOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return `[${codeOf(error)}] ${messageOf(error)}`
  }
}
