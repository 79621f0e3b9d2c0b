import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { codeOf, GatewayError, messageOf, systemClock } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import { findAgencyCode } from '../message/index.ts'
import { describeKey, readCertificates, requireKeyStrength } from '../pki/index.ts'
import { describedCertificate } from './judge.ts'
import type { KeyKind } from './make-key.ts'
import type { Terminal } from './terminal.ts'

const keyKinds: readonly KeyKind[] = ['p256', 'p384', 'rsa2048', 'rsa3072', 'ed25519']

export function keyCommand(terminal: Terminal): Command {
  const key = new Command('key')
    .summary('make and inspect keys')
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
      if (findAgencyCode(options.agency) === undefined) {
        throw new GatewayError(
          'request-invalid',
          `--agency is "${options.agency}": write the short form of the code, such as G02 or G12.18`,
        )
      }
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
  key
    .command('inspect')
    .summary('say what is in a key or certificate file')
    .description(
      'Says what is in a PEM file: certificates, public or private keys. A private key is never shown, only its kind.',
    )
    .argument('<file>', 'PEM')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', '\nExit codes: 0 fit for signing now, 1 weak, expired or not yet valid, 2 could not be read.')
    .action((file: string, { json }: { json: boolean }) => inspect(terminal, file, json))
  return key
}

/** Never over a file that is there: it might be the key that an agency signs with. */
function writeNew(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { mode, flag: 'wx' })
  } catch (cause) {
    throw new GatewayError('request-invalid', `${path} cannot be written: ${reasonOf(cause)}`, {}, { cause })
  }
}

function inspect(terminal: Terminal, file: string, json: boolean): void {
  const found = contentsOf(file)
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

function contentsOf(file: string): Found[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GatewayError('request-invalid', `${file} cannot be read: ${reasonOf(cause)}`, {}, { cause })
  }
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g) ?? []
  const found = blocks.flatMap(contentOf)
  if (found.length === 0) throw new GatewayError('request-invalid', `${file} holds no certificate and no key in PEM`)
  return found
}

function contentOf(pem: string): Found[] {
  if (pem.startsWith('-----BEGIN CERTIFICATE-----')) {
    return readCertificates(pem).map((certificate) => {
      const now = systemClock.now()
      const late =
        now > certificate.notAfter ? 'it has expired' : now < certificate.notBefore ? 'it is not valid yet' : undefined
      const problem = late ?? weaknessOf(() => requireKeyStrength(certificate.publicKey))
      return { kind: 'certificate', ...describedCertificate(certificate), ...(problem !== undefined && { problem }) }
    })
  }
  const isPrivate = pem.includes('PRIVATE KEY-----')
  if (!isPrivate && !pem.includes('PUBLIC KEY-----')) return []
  if (pem.includes('ENCRYPTED')) return [{ kind: 'private key', key: '?', problem: 'it is encrypted' }]
  try {
    const key = isPrivate ? createPrivateKey(pem) : createPublicKey(pem)
    const problem = weaknessOf(() => requireKeyStrength(key))
    return [
      {
        kind: isPrivate ? 'private key' : 'public key',
        key: describeKey(key),
        ...(problem !== undefined && { problem }),
      },
    ]
  } catch {
    return [{ kind: isPrivate ? 'private key' : 'public key', key: '?', problem: 'it cannot be read' }]
  }
}

function weaknessOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return `[${codeOf(error)}] ${messageOf(error)}`
  }
}
