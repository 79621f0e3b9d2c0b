import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { GatewayError, messageOf, systemClock } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import {
  type Certificate,
  type ChainVerdict,
  maySignDocuments,
  RevocationData,
  readCertificate,
  readCertificates,
  readCrl,
  readOcspResponse,
  TrustStore,
} from '../pki/index.ts'
import { instant } from './instant.ts'
import { describedCertificate } from './judge.ts'
import { collected, type Terminal } from './terminal.ts'

interface ChainOptions {
  readonly trust: readonly string[]
  readonly crl: readonly string[]
  readonly ocsp: readonly string[]
  readonly policy: readonly string[]
  readonly explicitPolicy: boolean
  readonly inhibitMapping: boolean
  readonly inhibitAny: boolean
  readonly at?: Date
  readonly json: boolean
}

export function chainCommand(terminal: Terminal): Command {
  return new Command('chain')
    .summary('judge a certificate chain without any gateway')
    .description(
      'Judges whether a certificate leads to a trusted one by RFC 5280, as the gateway does. Needs no store, no network and no configuration.',
    )
    .argument('<leaf>', 'the certificate (PEM or DER)')
    .argument('[intermediates...]', 'certificates that may stand between it and a trusted one (PEM or DER)')
    .requiredOption('--trust <file>', 'a trusted certificate (PEM or DER); may be repeated', collected, [])
    .option('--crl <file>', 'a CRL (PEM or DER); may be repeated', collected, [])
    .option('--ocsp <file>', 'an OCSP response (DER); may be repeated', collected, [])
    .option('--at <time>', 'the instant to judge at, ISO 8601 (default: now)', instant)
    .option('--policy <oid>', 'accept this certificate policy; may be repeated (default: any)', policyOid, [])
    .option('--explicit-policy', 'require a certificate policy', false)
    .option('--inhibit-mapping', 'refuse policies that were mapped', false)
    .option('--inhibit-any', 'let anyPolicy stand for no other', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', help)
    .action((leaf: string, intermediates: string[], options: ChainOptions) => {
      const { verdict, notes } = judge(leaf, intermediates, options)
      if (options.json) terminal.out(JSON.stringify(asJson(verdict, notes), null, 2))
      else print(terminal, verdict, notes)
      terminal.exitCode = verdict.verdict === 'valid' ? 0 : 1
    })
}

const help = `
Revocation:
  With --crl or --ocsp every certificate below the trusted one must be known not to be revoked. Without, revocation is
  not checked, and the answer says so. Delta and indirect CRLs are not processed: they leave the answer undetermined.

Exit codes: 0 valid, 1 invalid or undetermined, 2 could not be judged.

Examples:
  lienthong chain --trust root.pem leaf.pem issuing.pem
  lienthong chain --at 2026-11-21T09:00:00+07:00 --trust root.der --crl root.crl --crl issuing.crl leaf.der issuing.der`

interface Judged {
  readonly verdict: ChainVerdict
  readonly notes: readonly string[]
}

/** @throws {GatewayError} trust-unusable, request-invalid: a file that cannot be read at all */
function judge(leafFile: string, intermediateFiles: readonly string[], options: ChainOptions): Judged {
  const notes: string[] = []
  const revocation = revocationOf(options, notes)
  const store = new TrustStore(options.trust.flatMap(trusted), [], revocation && { revocation })
  const octets = read(leafFile, 'request-invalid')
  const presented = intermediateFiles.map((file) => read(file, 'request-invalid'))
  let leaf: Certificate
  try {
    leaf = readCertificate(octets)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { verdict: unreadable(error), notes }
  }
  const verdict = store.judgeChain({
    leaf,
    presented: presented.flatMap((one, i) => readable(one, intermediateFiles[i] ?? '', notes)),
    at: options.at ?? systemClock.now(),
    purpose: 'any',
    explicitPolicy: options.explicitPolicy,
    inhibitMapping: options.inhibitMapping,
    inhibitAny: options.inhibitAny,
    ...(options.policy.length > 0 && { policies: new Set(options.policy) }),
  })
  if (revocation === undefined) notes.push('revocation was not checked: name CRLs with --crl')
  if (!maySignDocuments(leaf)) notes.push('the key of this certificate is not for signing documents')
  return { verdict, notes }
}

function unreadable(error: GatewayError): ChainVerdict {
  const { code, message } = error
  return {
    verdict: 'invalid',
    path: [],
    reasons: [{ code, en: message, vi: message }],
    revocation: 'not-checked',
    proofs: [],
  }
}

/** One that cannot be read cannot stand in a path. */
function readable(octets: Uint8Array, file: string, notes: string[]): Certificate[] {
  try {
    return pemOrDer(octets)
  } catch (error) {
    notes.push(`${file} is left out: ${messageOf(error)}`)
    return []
  }
}

/** Undefined when nothing was given: then revocation is not asked for. What cannot be read tells nothing. */
export function revocationOf(
  { crl, ocsp }: Pick<ChainOptions, 'crl' | 'ocsp'>,
  notes: string[],
): RevocationData | undefined {
  if (crl.length + ocsp.length === 0) return undefined
  const data = new RevocationData()
  const add = (file: string, take: (octets: Uint8Array) => void): void => {
    const octets = read(file, 'request-invalid')
    try {
      take(octets)
    } catch (error) {
      notes.push(`${file} is left out: ${messageOf(error)}`)
    }
  }
  for (const file of crl) add(file, (octets) => data.addCrl(readCrl(octets)))
  for (const file of ocsp) add(file, (octets) => data.addResponse(readOcspResponse(octets)))
  return data
}

/** @throws {GatewayError} trust-unusable */
export function trusted(file: string): Certificate[] {
  const octets = read(file, 'trust-unusable')
  try {
    return pemOrDer(octets)
  } catch (cause) {
    throw new GatewayError(
      'trust-unusable',
      `${file} holds no certificates that can be read: ${messageOf(cause)}`,
      {},
      { cause },
    )
  }
}

function pemOrDer(octets: Uint8Array): Certificate[] {
  return octets[0] === 0x30 ? [readCertificate(octets)] : readCertificates(Buffer.from(octets).toString('latin1'))
}

function read(file: string, code: 'trust-unusable' | 'request-invalid'): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new GatewayError(code, `${file} cannot be read: ${reasonOf(cause)}`, {}, { cause })
  }
}

function policyOid(value: string, before: string[]): string[] {
  if (!/^[0-2](\.\d{1,15}){1,31}$/.test(value))
    throw new InvalidArgumentError('Write an object identifier such as 1.2.3.4.')
  return [...before, value]
}

function asJson({ verdict, path, reasons, revocation }: ChainVerdict, notes: readonly string[]): object {
  return { verdict, revocation, reasons, path: path.map(describedCertificate), notes }
}

function print(
  terminal: Terminal,
  { verdict, path, reasons, revocation }: ChainVerdict,
  notes: readonly string[],
): void {
  const words = {
    valid: terminal.say('HỢP LỆ', 'VALID'),
    invalid: terminal.say('KHÔNG HỢP LỆ', 'INVALID'),
    undetermined: terminal.say('KHÔNG XÁC ĐỊNH', 'UNDETERMINED'),
  }
  const statuses = {
    good: terminal.say('không bị thu hồi', 'not revoked'),
    revoked: terminal.say('đã bị thu hồi', 'revoked'),
    undetermined: terminal.say('không xác định', 'undetermined'),
    'not-checked': terminal.say('chưa kiểm tra', 'not checked'),
  }
  terminal.out(words[verdict])
  for (const { code, en, vi } of reasons) terminal.out(`  [${code}] ${terminal.say(vi, en)}`)
  if (path.length > 0) terminal.out(`  ${terminal.say('thu hồi', 'revocation')}: ${statuses[revocation]}`)
  for (const { subject, notAfter } of path)
    terminal.out(`  ${subject} (${terminal.say('đến', 'until')} ${notAfter.toISOString().slice(0, 10)})`)
  for (const note of notes) terminal.out(`  ${terminal.say('lưu ý', 'note')}: ${note}`)
}
