import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Command } from 'commander'
import { GatewayError, limits, systemClock, VIETNAM_OFFSET_MS } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import {
  type AttachedFile,
  type AttachmentReport,
  Examiner,
  type JudgeChain,
  type PdfVerdict,
  type Reason,
  reportOn,
  type SignatureReport,
  unexamined,
} from '../pdf/index.ts'
import { TrustStore } from '../pki/index.ts'
import { revocationOf, trusted } from './chain.ts'
import { instant } from './instant.ts'
import { collected, type Terminal } from './terminal.ts'

interface VerifyPdfOptions {
  readonly trust: readonly string[]
  readonly crl: readonly string[]
  readonly ocsp: readonly string[]
  readonly at?: Date
  readonly attachment: boolean
  readonly json: boolean
}

export function verifyPdfCommand(terminal: Terminal): Command {
  return new Command('verify-pdf')
    .summary('judge the signatures inside a PDF without any gateway')
    .description(
      'Judges each signature inside a PDF, or inside a ZIP that holds one PDF, as the gateway does. Needs no store, no network and no configuration.',
    )
    .argument('<file>', 'the PDF')
    .option('--trust <file>', 'trusted certificates (PEM or DER); may be repeated', collected, [])
    .option('--crl <file>', 'a CRL (PEM or DER); may be repeated', collected, [])
    .option('--ocsp <file>', 'an OCSP response (DER); may be repeated', collected, [])
    .option('--at <time>', 'the instant to judge at, ISO 8601 (default: now)', instant)
    .option('--attachment', 'it is a separate attachment, not the main document', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', help)
    .action(async (file: string, options: VerifyPdfOptions) => {
      const { report, notes } = await judge(file, options)
      if (options.json) terminal.out(JSON.stringify({ ...report, notes }, null, 2))
      else print(terminal, report, notes)
      terminal.exitCode = report.verdict === 'valid' ? 0 : 1
    })
}

const help = `
Trust:
  Without --trust nobody is trusted, and no signature is valid.

Revocation:
  With --crl or --ocsp every certificate below the trusted one must be known not to be revoked. Without, revocation is
  not checked, and the answer says so.

Time:
  The signing time is what the signer says. Certificates are judged at the instant given with --at: that of the arrival
  of what was archived.

Exit codes: 0 valid, 1 invalid, undetermined or not signed, 2 could not be judged.

Examples:
  lienthong verify-pdf --trust root.pem "Công văn 7421.pdf"
  lienthong verify-pdf --trust root.pem --crl root.crl --crl issuing.crl --at 2026-11-21T09:00:00+07:00 --json letter.pdf`

/** @throws {GatewayError} request-invalid, trust-unusable: a file that cannot be read at all */
async function judge(path: string, options: VerifyPdfOptions): Promise<{ report: AttachmentReport; notes: string[] }> {
  const notes: string[] = []
  const judgeChain = options.trust.length === 0 ? undefined : chainsOf(options, notes)
  const { file, octets, sha256 } = read(path)
  const examiner = new Examiner()
  try {
    const described = { name: file?.name ?? basename(path), contentType: '', octets, sha256 }
    const examined = file === undefined ? unexamined('pdf-too-large') : await examiner.examine(file)
    const report = reportOn(examined, {
      file: described,
      role: options.attachment ? 'attached' : 'main',
      at: options.at ?? systemClock.now(),
      judgeChain,
      revocation: options.crl.length + options.ocsp.length > 0 ? 'required' : 'not-asked',
    })
    return { report, notes }
  } finally {
    await examiner.stop()
  }
}

function chainsOf(options: VerifyPdfOptions, notes: string[]): JudgeChain {
  const revocation = revocationOf(options, notes)
  const store = new TrustStore(options.trust.flatMap(trusted), [], revocation && { revocation })
  const now = systemClock.now()
  return (leaf, presented, at) => {
    const knownAt = new Date(Math.max(now.getTime(), at.getTime()))
    return store.judgeChain({ leaf, presented, at, knownAt })
  }
}

function read(path: string): { file: AttachedFile | undefined; octets: number; sha256: string } {
  try {
    if (statSync(path).size > limits.pdfBytes) return { file: undefined, octets: statSync(path).size, sha256: '' }
    const octets = Uint8Array.from(readFileSync(path))
    const sha256 = createHash('sha256').update(octets).digest('hex')
    return { file: { octets, name: basename(path), contentType: '' }, octets: octets.length, sha256 }
  } catch (cause) {
    throw new GatewayError('request-invalid', `${path} cannot be read: ${reasonOf(cause)}`, {}, { cause })
  }
}

function print(terminal: Terminal, report: AttachmentReport, notes: readonly string[]): void {
  terminal.out(`${wordOf(terminal, report.verdict)}: ${report.file.name}`)
  printReasons(terminal, report.reasons, '  ')
  for (const [i, signature] of report.signatures.entries()) printSignature(terminal, signature, i + 1)
  for (const note of notes) terminal.out(`  ${terminal.say('lưu ý', 'note')}: ${note}`)
}

function printSignature(terminal: Terminal, signature: SignatureReport, n: number): void {
  const { signer, signingTime, timeStamp, coverage, integrity } = signature
  const line = (vi: string, en: string, text: string | undefined): void => {
    if (text !== undefined && text !== '') terminal.out(`    ${terminal.say(vi, en)}: ${text}`)
  }
  const what =
    signature.kind === 'signature' ? terminal.say('chữ ký', 'signature') : terminal.say('dấu thời gian', 'time stamp')
  terminal.out(`  ${what} ${n}: ${wordOf(terminal, signature.verdict)}`)
  printReasons(terminal, signature.reasons, '    ')
  line('người ký', 'signer', signer?.name)
  line('cơ quan quản lý chứng thư', 'organisation', [signer?.unit, signer?.organisation].filter(Boolean).join(', '))
  line('tổ chức cấp chứng thư', 'issued by', signer?.issuer)
  line(
    'hiệu lực chứng thư',
    'certificate valid',
    signer && `${signer.notBefore.slice(0, 10)} – ${signer.notAfter.slice(0, 10)}`,
  )
  line('thời gian ký (do người ký khai)', 'signing time (claimed)', signingTime && vietnamTime(signingTime.at))
  line('dấu thời gian (chưa kiểm tra)', 'time stamp (not judged)', timeStamp && (timeStamp.claimedTime ?? '?'))
  line(
    'tính toàn vẹn',
    'integrity',
    {
      intact: terminal.say('nguyên vẹn', 'intact'),
      broken: terminal.say('bị thay đổi', 'broken'),
      unknown: terminal.say('không rõ', 'unknown'),
    }[integrity],
  )
  line(
    'phạm vi',
    'covers',
    coverage.wholeFile
      ? terminal.say('toàn bộ tệp', 'the whole file')
      : terminal.say('một phần tệp', 'a part of the file'),
  )
  for (const { kind, what: where } of coverage.addedAfter.slice(0, 20))
    line('thêm sau khi ký', 'added after it', `${kind}: ${where}`)
}

function printReasons(terminal: Terminal, reasons: readonly Reason[], indent: string): void {
  for (const { code, vi, en, detail } of reasons)
    terminal.out(`${indent}[${code}] ${terminal.say(vi, en)}${detail === undefined ? '' : ` (${detail})`}`)
}

function wordOf(terminal: Terminal, verdict: PdfVerdict): string {
  const words = {
    valid: terminal.say('HỢP LỆ', 'VALID'),
    invalid: terminal.say('KHÔNG HỢP LỆ', 'INVALID'),
    undetermined: terminal.say('KHÔNG XÁC ĐỊNH', 'UNDETERMINED'),
  }
  return words[verdict]
}

/** NĐ 30/2020 Appendix I: Vietnam time with its zone. */
function vietnamTime(iso: string): string {
  return `${new Date(Date.parse(iso) + VIETNAM_OFFSET_MS).toISOString().slice(0, 19)}+07:00`
}
