import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { issueCertificate } from '../../certs-example/issue.ts'
import { writeStatus } from '../../src/envelope/index.ts'
import type { DocumentMessage } from '../../src/message/index.ts'
import { createSigner, type Signer } from '../../src/pki/index.ts'
import { lienthong } from '../support/command-line.ts'
import { coreDocuments } from '../support/core-documents.ts'
import { documentMessage, statusMessage } from '../support/messages.ts'
import { signWithXmlsec1 } from '../support/oracles.ts'
import { algorithms } from '../support/packages.ts'
import { issue, toyAuthority, toyFile, toySigner } from '../support/pki.ts'
import { signVector, vectorText } from '../support/sign-vector.ts'
import { NOON } from '../support/toy-signers.ts'
import { written } from '../support/written.ts'

const certs = join(import.meta.dirname, '../../certs-example')
const toy = (name: string): string => join(certs, name)
const TRUST = ['--trust', toy('trust.pem')]
const AT = ['--at', NOON.toISOString()]

interface Printed {
  readonly verdict: string
  readonly reason: string | null
  readonly message: string
  readonly signedElements: string[]
  readonly signer: { agency: string; binding: string } | null
  readonly algorithms: { signature: string; digests: string[] } | null
}

describe('lienthong verify', () => {
  let folder: string
  let document: string
  let text: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'verify-'))
    text = await signedDocument(toySigner('g02', 'p256'))
    document = file('document.edxml', text)
  })
  after(() => rmSync(folder, { recursive: true }))

  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  async function judged(path: string, ...options: string[]): Promise<Printed & { code: number }> {
    const { code, out, err } = await lienthong(['verify', '--json', ...AT, ...options, path])
    expect(err).to.equal('')
    return { ...(JSON.parse(out) as Printed), code }
  }

  it('accepts what a trusted agency signed, and says what is signed, by whom and how', async () => {
    const { code, ...verdict } = await judged(document, ...TRUST)
    expect(code).to.equal(0)
    expect(verdict).to.include({ verdict: 'accepted', reason: null })
    expect(verdict.signedElements).to.deep.equal(['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded'])
    expect(verdict.signer).to.include({ agency: 'G02', binding: 'certificate', key: 'EC P-256' })
    expect(verdict.algorithms).to.deep.equal({ signature: algorithms.ecdsaSha256, digests: [algorithms.sha256] })
    const spoken = await lienthong(['verify', ...AT, ...TRUST, document])
    expect(spoken.out).to.match(/^ACCEPTED/)
  })

  it('refuses one changed letter, with the reason that the gateway would give, and ends with 1', async () => {
    const changed = file('changed.edxml', text.replace('sản xuất', 'sản xuát'))
    const { code, ...verdict } = await judged(changed, ...TRUST)
    expect(code).to.equal(1)
    expect(verdict).to.deep.include({
      verdict: 'refused',
      reason: 'digest-mismatch',
      signedElements: [],
      signer: null,
      algorithms: null,
    })
    const spoken = await lienthong(['--lang', 'vi', 'verify', ...AT, ...TRUST, changed])
    expect(spoken.code).to.equal(1)
    expect(spoken.out).to.match(/^BỊ TỪ CHỐI \[digest-mismatch\]/)
  })

  it('refuses what is signed well and breaks a rule of edXML, as the gateway would', async () => {
    const [good, future] = await Promise.all(
      ['accepted-document', 'br-09-future'].map(async (name) =>
        file(name, await signVector(vectorText(`${name}.edxml`))),
      ),
    )
    expect(await judged(good ?? '', ...TRUST)).to.include({ code: 0 })
    const verdict = await judged(future ?? '', ...TRUST)
    expect(verdict).to.include({ code: 1, reason: 'business-rule-violation' })
    expect(verdict.message).to.contain('BR-09')
  })

  it('judges statuses and receipts too', async () => {
    const { octets } = await writeStatus(statusMessage(), toySigner('g22', 'rsa', 'pkcs1'), NOON)
    const verdict = await judged(file('status.edxml', octets), ...TRUST)
    expect(verdict).to.include({ code: 0 })
    expect(verdict.signedElements).to.deep.equal(['MessageHeader'])
    expect(verdict.signer).to.include({ agency: 'G22' })
  })

  it('cannot judge without trust, without the file, or with an option it does not know: ends with 2 and prints no verdict', async () => {
    const attempts = [
      [document],
      [...TRUST, join(folder, 'absent.edxml')],
      [...TRUST, folder],
      ['--trust', join(folder, 'absent.pem'), document],
      ['--trust', toy('README.md'), document],
      [...TRUST, '--key', toy('README.md'), document],
      [...TRUST, '--at', 'yesterday', document],
      [...TRUST, '--at', '2026-11-21T09:00:00', document],
      [...TRUST, '--profile', 'lax', document],
      ['--profile', 'core', document],
    ]
    for (const { code, out, err } of await Promise.all(
      attempts.map((options) => lienthong(['verify', '--json', ...options])),
    )) {
      expect(code, err).to.equal(2)
      expect(out).to.equal('')
      expect(err).to.match(/^lienthong: \[(trust-unusable|request-invalid)\] /)
    }
  })

  it('judges at the instant it is told', async () => {
    expect(await judged(document, ...TRUST, '--at', '2036-06-01')).to.include({
      code: 1,
      reason: 'certificate-expired',
    })
    expect(await judged(document, ...TRUST, '--at', '2025-06-01')).to.include({
      code: 1,
      reason: 'certificate-not-yet-valid',
    })
  })

  it('trusts the authorities that are named, and no others', async () => {
    expect(await judged(document, '--trust', toy('root.crt'))).to.include({ code: 0 })
    expect(await judged(document, '--trust', toy('issuing.crt'))).to.include({ code: 0 })
    expect(await judged(document, '--trust', toy('stranger.crt'))).to.include({
      code: 1,
      reason: 'certificate-untrusted',
    })
  })

  it('lets a signer’s certificate or key pin the signer', async () => {
    const leaf = (name: string): string =>
      file(`${name}.leaf`, `${toyFile(`${name}.crt`).split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`)
    expect(await judged(document, '--trust', leaf('g02-p256'))).to.include({ code: 0 })
    expect(await judged(document, '--trust', leaf('g02-rsa'))).to.include({ code: 1, reason: 'certificate-untrusted' })
    expect(await judged(document, ...TRUST, '--trust', leaf('g02-rsa'))).to.include({
      code: 1,
      reason: 'certificate-untrusted',
    })
    for (const ending of ['crt', 'key']) {
      const byKey = await judged(document, '--key', toy(`g02-p256.${ending}`))
      expect(byKey).to.include({ code: 0 })
      expect(byKey.signer).to.include({ binding: 'unchecked' })
      expect(await judged(document, ...TRUST, '--key', toy(`g02-p256.${ending}`))).to.include({ code: 0 })
      expect(await judged(document, ...TRUST, '--key', toy(`g02-rsa.${ending}`))).to.include({
        code: 1,
        reason: 'certificate-untrusted',
      })
      expect(await judged(document, '--key', toy(`g02-rsa.${ending}`))).to.include({
        code: 1,
        reason: 'certificate-untrusted',
      })
    }
  })

  it('lets the directory say who signs for whom', async () => {
    const directory = ['--trust', toy('directory.json')]
    const known = await judged(document, ...TRUST, ...directory)
    expect(known.signer).to.include({ agency: 'G02', binding: 'directory' })
    expect(await judged(document, ...directory)).to.include({ code: 0 })
    const unlisted = await issue({ subject: { code: 'G02' } })
    const other = file('unlisted.edxml', await signedDocument(unlisted.signer()))
    expect(await judged(other, ...TRUST)).to.include({ code: 0 })
    expect(await judged(other, ...TRUST, ...directory)).to.include({ code: 1, reason: 'signer-not-sender' })
  })

  it('without a directory, holds the agency that the certificate names against From, in either form of its code', async () => {
    const cases = [
      { code: 'G02', from: '000.00.00.G02', binding: 'certificate' },
      { code: '000.00.00.G02', from: 'G02', binding: 'certificate' },
      { code: 'G02.97', from: '000.00.00.G02', reason: 'signer-not-sender' },
      { code: 'G02', from: '000.00.97.G02', reason: 'signer-not-sender' },
      { code: 'G22', from: '000.00.00.G02', reason: 'signer-not-sender' },
      { code: undefined, from: '000.00.00.G02', binding: 'unchecked' },
    ]
    for (const [i, { code, from, binding, reason }] of cases.entries()) {
      const signer = await signerNamed(code)
      const signed = await signedDocument(signer, { from: { organId: from, organName: 'Bộ Công Thương' } })
      const verdict = await judged(file(`case-${i}.edxml`, signed), ...TRUST)
      expect(verdict.reason, `${code} signs for ${from}`).to.equal(reason ?? null)
      if (binding !== undefined) expect(verdict.signer).to.include({ binding })
    }
  })

  it('streams a file of any size, and sees one changed octet in it', async () => {
    const content = Buffer.alloc(24 * 1024 * 1024, 'Phụ lục ')
    const large = file('large.edxml', await signedDocument(toySigner('g02', 'p256'), {}, content))
    expect(await judged(large, ...TRUST)).to.include({ code: 0 })
    const octets = readFileSync(large)
    const place = octets.length - 1_000_000
    octets[place] = octets[place] === 0x41 ? 0x42 : 0x41
    expect(await judged(file('large.edxml', octets), ...TRUST)).to.include({ code: 1, reason: 'digest-mismatch' })
  })

  it('verifies any XML signature with a given key in the core profile, and its certificate where trust is given', async () => {
    const [enveloped] = coreDocuments(algorithms.rsaSha256)
    if (enveloped === undefined) throw new Error('there is no core document')
    const signed = await signWithXmlsec1(enveloped.template, toyFile('g02-rsa.key'))
    const path = file('core.xml', signed)
    const core = ['--profile', 'core', '--key']
    const accepted = await judged(path, ...core, toy('g02-rsa.crt'))
    expect(accepted).to.include({ code: 0, signer: null })
    expect(accepted.signedElements).to.deep.equal(['letter'])
    expect(await judged(path, ...core, toy('g22-rsa.crt'))).to.include({ code: 1, reason: 'signature-invalid' })
    const changed = file('core-changed.xml', signed.replace('Số: 12', 'Số: 13'))
    expect(await judged(changed, ...core, toy('g02-rsa.crt'))).to.include({ code: 1, reason: 'digest-mismatch' })
    expect(await judged(path, ...core, toy('g02-rsa.crt'), ...TRUST)).to.include({
      code: 1,
      reason: 'certificate-missing',
    })
    expect(await judged(document, ...core, toy('g02-p256.crt'), ...TRUST)).to.include({ code: 0 })
    expect(await judged(document, ...core, toy('g02-p256.crt'), '--trust', toy('stranger.crt'))).to.include({
      code: 1,
      reason: 'certificate-untrusted',
    })
  })
})

async function signedDocument(
  signer: Signer,
  changes: Partial<DocumentMessage> = {},
  content?: Uint8Array,
): Promise<string> {
  const contents = content === undefined ? undefined : () => content
  const { head, chunks } = await written(documentMessage(changes), signer, NOON, contents, 1024 * 1024)
  return Buffer.concat([head.octets, ...chunks]).toString()
}

/** A signer under the toy issuing CA whose certificate names this agency, or none. */
async function signerNamed(code: string | undefined): Promise<Signer> {
  const issuer = toyAuthority('issuing')
  const subject = { organization: 'Cơ quan thí dụ', commonName: 'Thí dụ', ...(code !== undefined && { code }) }
  const { privateKeyPem, certificatePem } = await issueCertificate({ subject, issuer, keyUsage: ['digitalSignature'] })
  return createSigner({ privateKeyPem, certificatePem: certificatePem + issuer.certificatePem })
}
