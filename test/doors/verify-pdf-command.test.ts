import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { issueCrl } from '../../certs-example/issue.ts'
import type { AttachmentReport } from '../../src/pdf/index.ts'
import { type Ended, lienthong } from '../support/command-line.ts'
import { signers } from '../support/pdf-judging.ts'
import { PdfSoftware } from '../support/pdf-software.ts'
import { handmade, replaced } from '../support/pdf-tampering.ts'
import { toyAuthority } from '../support/pki.ts'

describe('lienthong verify-pdf', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-verify-pdf-'))
  const at = ['--at', '2026-11-21T09:00:00+07:00']
  const root = file('root.pem', toyAuthority('root').certificatePem)
  let crls: string[]
  let signed: Buffer

  before(async () => {
    const software = new PdfSoftware()
    const { person, elliptic } = await signers()
    const once = await software.sign(handmade(), { by: person })
    signed = await software.sign(once, { by: elliptic, algorithm: 'SHA256withECDSA' })
    software.close()
    const since = new Date('2026-11-20T00:00:00Z')
    const made = await Promise.all((['root', 'issuing'] as const).map((one) => issueCrl(toyAuthority(one), [], since)))
    crls = made.flatMap((crl, i) => ['--crl', file(`${i}.crl`, crl)])
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function file(name: string, content: string | Uint8Array): string {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  function verifyPdf(pdf: Uint8Array, ...args: readonly string[]): Promise<Ended> {
    return lienthong(['verify-pdf', '--trust', root, ...at, ...args, file('Công văn.pdf', pdf)])
  }

  it('accepts a document with both signatures, and shows what TT 15/2025 Art. 6 asks for', async () => {
    const { code, out } = await verifyPdf(signed, ...crls, '--json')
    expect(code).to.equal(0)
    const report = JSON.parse(out) as AttachmentReport
    expect(report.verdict).to.equal('valid')
    for (const { signer, signingTime, integrity, chain } of report.signatures) {
      expect(signer).to.include.keys('name', 'organisation', 'issuer', 'notBefore', 'notAfter')
      expect(signingTime?.at).to.equal('2026-11-21T01:00:00.000Z')
      expect([integrity, chain?.verdict, chain?.revocation]).to.deep.equal(['intact', 'valid', 'good'])
    }
  })

  it('speaks Vietnamese to who does', async () => {
    const { out } = await verifyPdf(signed, '--lang', 'vi')
    expect(out).to.match(/^HỢP LỆ: Công văn\.pdf/)
    expect(out).to.include('người ký: Nguyễn Văn An').and.to.include('tính toàn vẹn: nguyên vẹn')
    expect(out).to.include('2026-11-21T08:00:00+07:00')
  })

  it('says when revocation was not asked for', async () => {
    const { code, out } = await verifyPdf(signed)
    expect(code).to.equal(0)
    expect(out).to.include('[revocation-not-asked]')
  })

  it('refuses what was changed, what is not signed, and what nobody is trusted for', async () => {
    const changed = await verifyPdf(replaced(signed, '100 100 l', '100 900 l'))
    expect(changed.code).to.equal(1)
    expect(changed.out)
      .to.match(/^INVALID/)
      .and.to.include('[digest-mismatch]')
    const unsigned = await verifyPdf(handmade())
    expect(unsigned.code).to.equal(1)
    expect(unsigned.out)
      .to.match(/^UNDETERMINED/)
      .and.to.include('[unsigned]')
    const untrusted = await lienthong(['verify-pdf', ...at, file('a.pdf', signed)])
    expect(untrusted.code).to.equal(1)
    expect(untrusted.out).to.include('[trust-missing]')
  })

  it('ends with 2 when it cannot judge at all', async () => {
    expect((await lienthong(['verify-pdf', join(folder, 'nowhere.pdf')])).code).to.equal(2)
    const trust = await lienthong(['verify-pdf', '--trust', join(folder, 'nowhere.pem'), file('a.pdf', signed)])
    expect(trust.code).to.equal(2)
  })
})
