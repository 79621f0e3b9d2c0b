/** PDFs signed by other people's software, at the time of the test. */
import { expect } from 'chai'
import type { JudgeChain } from '../../../src/pdf/index.ts'
import { codesOf, judgePdf, signers, toyChains } from '../../support/pdf-judging.ts'
import { PdfSoftware } from '../../support/pdf-software.ts'
import { handmade, incremented, objectOf, stream } from '../../support/pdf-tampering.ts'
import { Extension, type Fresh, issue, toyAuthority } from '../../support/pki.ts'

/** extendedKeyUsage: id-kp-timeStamping alone, critical (RFC 3161 §2.3). */
const forTimeStamps = new Extension('2.5.29.37', true, Buffer.from('300a06082b06010505070308', 'hex'))

describe('a PDF signed by other software', () => {
  const root = toyAuthority('root')
  let software: PdfSoftware
  let people: Awaited<ReturnType<typeof signers>>
  let judgeChain: JudgeChain
  let plain: Buffer
  let tsa: Fresh

  before(async () => {
    software = new PdfSoftware()
    people = await signers()
    judgeChain = await toyChains([people.revoked])
    plain = await software.make(2)
    tsa = await issue({ extensions: [forTimeStamps] })
  })

  after(() => software.close())

  for (const [algorithm, label, subFilter] of [
    ['SHA256withRSA', 'RSA PKCS#1 v1.5 SHA-256', 'adbe.pkcs7.detached'],
    ['SHA512withRSA', 'RSA PKCS#1 v1.5 SHA-512', 'ETSI.CAdES.detached'],
    ['SHA256withRSAandMGF1', 'RSASSA-PSS SHA-256', 'ETSI.CAdES.detached'],
    ['SHA384withECDSA', 'ECDSA SHA-384', 'ETSI.CAdES.detached'],
  ] as const)
    it(`is valid with ${label} as ${subFilter}`, async () => {
      const by = algorithm.endsWith('ECDSA') ? people.elliptic : people.organisation
      const pdf = await software.sign(plain, { by, algorithm, subFilter })
      const report = await judgePdf(pdf, { judgeChain, role: 'attached' })
      expect(codesOf(report)).to.deep.equal([[], []])
      expect(report).to.include({ verdict: 'valid', informationOnly: false })
      const [signature] = report.signatures
      expect(signature).to.deep.include({ verdict: 'valid', integrity: 'intact', signatureAlgorithm: label, subFilter })
      expect(signature?.coverage.wholeFile).to.equal(true)
      expect(signature?.chain).to.deep.include({ verdict: 'valid', revocation: 'good' })
      expect(signature?.signer).to.include({ name: 'Bộ Công Thương', kind: 'organisation' })
      expect(signature?.signingTime).to.deep.equal({ at: '2026-11-21T01:00:00.000Z', source: 'signed-attribute' })
      // NSS as Poppler uses it here knows RSA PKCS#1 v1.5 and ECDSA
      if (!label.includes('PSS')) expect(software.judgeByPoppler(pdf, root)).to.deep.equal(['Signature is Valid.'])
    })

  it('is valid with the RSA signature that pdfsig makes with NSS', async () => {
    const pdf = software.signByPoppler(plain, people.organisation, root)
    expect(software.judgeByPoppler(pdf, root)).to.deep.equal(['Signature is Valid.'])
    const report = await judgePdf(pdf, { judgeChain, role: 'attached', at: new Date('2030-01-01T00:00:00Z') })
    expect(report.signatures[0]?.integrity).to.equal('intact')
    expect(codesOf(report)[1]).not.to.include('digest-mismatch')
    expect(report.signatures[0]?.signer?.name).to.equal('Bộ Công Thương')
  })

  it('is valid with the signature of a person and then of the organisation, the first saying what came after it', async () => {
    const first = await software.sign(plain, { by: people.person, at: new Date('2026-11-21T01:00:00Z') })
    const both = await software.sign(first, { by: people.elliptic, algorithm: 'SHA256withECDSA' })
    const report = await judgePdf(both, { judgeChain })
    expect(report.verdict).to.equal('valid')
    expect(codesOf(report)).to.deep.equal([[], ['extended-after-signing'], []])
    expect(report.signatures.map(({ signer }) => signer?.kind)).to.deep.equal(['person', 'organisation'])
    expect(report.signatures.map(({ coverage }) => coverage.wholeFile)).to.deep.equal([false, true])
    expect(report.signatures[0]?.coverage.addedAfter.map(({ kind }) => kind)).to.deep.equal(['signature'])
    expect(software.judgeByPoppler(both, root)).to.deep.equal(['Signature is Valid.', 'Signature is Valid.'])
  })

  it('is read where its objects are in compressed streams with a predicted cross-reference stream', async () => {
    const compressed = software.compressed(plain)
    expect(compressed.includes('/ObjStm')).to.equal(true)
    const first = await software.sign(compressed, { by: people.person })
    const both = software.signByPoppler(first, people.organisation, root)
    const report = await judgePdf(both, { judgeChain, at: new Date('2030-01-01T00:00:00Z') })
    expect(report.signatures.map(({ integrity }) => integrity)).to.deep.equal(['intact', 'intact'])
    expect(
      report.signatures[0]?.coverage.addedAfter.every(({ kind }) => kind === 'signature' || kind === 'metadata'),
    ).to.equal(true)
  })

  it('stays valid when later software writes the numbers of a page with fewer digits', async () => {
    const page = '<</Type /Page /Parent 2 0 R /MediaBox [0 0 595.303937007874 842] /Contents 4 0 R /Resources <<>>>>'
    const first = await software.sign(handmade({ 3: page }), { by: people.person })
    const both = software.signByPoppler(first, people.organisation, root)
    expect(both.includes('595.3039370079 ')).to.equal(true)
    const report = await judgePdf(both, { judgeChain, at: new Date('2030-01-01T00:00:00Z') })
    expect(codesOf(report)[1]).to.deep.equal(['extended-after-signing'])
  })

  it('tells of the time stamp inside of a signature what it claims, and gives it no verdict', async () => {
    const pdf = await software.sign(plain, { by: people.organisation, stampedBy: tsa })
    const report = await judgePdf(pdf, { judgeChain, role: 'attached' })
    expect(report.signatures[0]?.timeStamp).to.deep.equal({
      verdict: 'not-judged',
      claimedTime: '2026-11-21T01:00:00.000Z',
    })
    expect(report.verdict).to.equal('valid')
  })

  it('lacks the signature of the organisation when only a person signed', async () => {
    const report = await judgePdf(await software.sign(plain, { by: people.person }), { judgeChain })
    expect(report.verdict).to.equal('valid')
    expect(codesOf(report)[0]).to.deep.equal(['organisation-signature-missing'])
    expect(report.reasons[0]?.vi).to.include('Thiếu chữ ký số của cơ quan')
  })

  it('lacks the signature of a person when only the organisation signed the main document, and nothing as an attachment', async () => {
    const pdf = await software.sign(plain, { by: people.organisation })
    expect(codesOf(await judgePdf(pdf, { judgeChain }))[0]).to.deep.equal(['person-signature-missing'])
    expect(codesOf(await judgePdf(pdf, { judgeChain, role: 'attached' }))[0]).to.deep.equal([])
  })

  it('is for information only when nobody signed it', async () => {
    const report = await judgePdf(plain, { judgeChain })
    expect(report).to.include({ verdict: 'undetermined', informationOnly: true })
    expect(report.reasons[0]?.vi).to.include('chỉ để thông tin')
  })

  it('is invalid when its certificate was revoked', async () => {
    const pdf = await software.sign(plain, { by: people.revoked, algorithm: 'SHA256withECDSA' })
    const report = await judgePdf(pdf, { judgeChain })
    expect(report.verdict).to.equal('invalid')
    expect(codesOf(report)[1]).to.include('certificate-revoked')
    expect(report.signatures[0]?.chain?.revocation).to.equal('revoked')
  })

  it('is undetermined, and never valid, when revocation cannot be checked or nobody is trusted', async () => {
    const pdf = await software.sign(plain, { by: people.organisation })
    const nobody = await judgePdf(pdf, { role: 'attached' })
    expect(nobody.verdict).to.equal('undetermined')
    expect(codesOf(nobody)[1]).to.deep.equal(['trust-missing'])
    const later = await judgePdf(pdf, {
      role: 'attached',
      judgeChain: (leaf, presented, at) => ({ ...judgeChain(leaf, presented, at), revocation: 'not-checked' }),
    })
    expect(later.verdict).to.equal('undetermined')
    expect(codesOf(later)[1]).to.deep.equal(['revocation-unknown'])
  })

  it('is invalid when its certificate leads to nobody who is trusted', async () => {
    const stranger = await issue({ issuer: toyAuthority('stranger'), key: 'p256' })
    const report = await judgePdf(await software.sign(plain, { by: stranger, algorithm: 'SHA256withECDSA' }), {
      judgeChain,
    })
    expect(report.verdict).to.equal('invalid')
    expect(codesOf(report)[1]).to.deep.equal(['no-path'])
  })

  it('is undetermined when the certificate has expired since the time that the signer claims', async () => {
    const brief = await issue({ key: 'p256', notAfter: new Date('2026-11-21T01:30:00Z') })
    const pdf = await software.sign(plain, { by: brief, algorithm: 'SHA256withECDSA' })
    expect(
      codesOf(await judgePdf(pdf, { judgeChain, role: 'attached', at: new Date('2026-11-21T01:10:00Z') }))[1],
    ).to.deep.equal([])
    const report = await judgePdf(pdf, { judgeChain, role: 'attached' })
    expect(report.verdict).to.equal('undetermined')
    expect(codesOf(report)[1]).to.include('validity-at-signing-unproven')
  })

  it('is invalid when it was signed outside of the validity of its certificate', async () => {
    const pdf = await software.sign(plain, { by: people.organisation, at: new Date('2025-06-01T00:00:00Z') })
    expect(codesOf(await judgePdf(pdf, { judgeChain }))[1]).to.include('signing-time-outside-certificate')
  })

  it('is undetermined when it was signed in the future', async () => {
    const pdf = await software.sign(plain, { by: people.organisation, at: new Date('2026-12-01T00:00:00Z') })
    const report = await judgePdf(pdf, { judgeChain, role: 'attached' })
    expect(report.verdict).to.equal('undetermined')
    expect(codesOf(report)[1]).to.include('signing-time-ahead')
  })

  it('is never valid with SHA-1, with which much was signed once', async () => {
    const pdf = await software.sign(plain, {
      by: people.organisation,
      algorithm: 'SHA1withRSA',
      subFilter: 'adbe.pkcs7.detached',
    })
    const report = await judgePdf(pdf, { judgeChain })
    expect(report.verdict).to.equal('invalid')
    expect(codesOf(report)[1]).to.include('algorithm-forbidden')
  })

  describe('and saved again', () => {
    it('is invalid when a page was changed, and the report names the page', async () => {
      const signed = await software.sign(plain, { by: people.organisation })
      const report = await judgePdf(await software.edit(signed, 'page'), { judgeChain })
      expect(report.verdict).to.equal('invalid')
      expect(codesOf(report)[1]).to.deep.equal(['changed-after-signing'])
      expect(report.signatures[0]?.coverage.addedAfter).to.deep.include({ kind: 'content', what: 'page 1, object 3' })
      expect(report.signatures[0]?.integrity).to.equal('broken')
    })

    it('is undetermined when a note was added, because a person must look at it', async () => {
      const signed = await software.sign(plain, { by: people.organisation })
      const report = await judgePdf(await software.edit(signed, 'annotation'), { judgeChain })
      expect(report.verdict).to.equal('undetermined')
      expect(codesOf(report)[1]).to.deep.equal(['annotated-after-signing'])
    })

    it('stays valid when its metadata were written again', async () => {
      const signed = await software.sign(plain, { by: people.organisation })
      const report = await judgePdf(await software.edit(signed, 'metadata'), { judgeChain, role: 'attached' })
      expect(report.verdict).to.equal('valid')
      expect(report.signatures[0]?.coverage.addedAfter).to.deep.include({ kind: 'metadata', what: 'trailer' })
    })

    it('stays valid when validation data were put beside it', async () => {
      const signed = await software.sign(handmade(), { by: people.organisation })
      const catalog = objectOf(signed, 1).replace('/Pages', '/DSS 90 0 R /Pages')
      const objects = { 1: catalog, 90: '<</Certs [91 0 R]>>', 91: stream('abc') }
      const report = await judgePdf(incremented(signed, { objects }), { judgeChain, role: 'attached' })
      expect(report.verdict).to.equal('valid')
      expect(report.signatures[0]?.coverage.addedAfter.map(({ kind }) => kind)).to.deep.equal(['validation-data'])
    })

    it('stays valid when a document time stamp follows, which is recorded and not judged yet', async () => {
      const signed = await software.sign(handmade(), { by: people.organisation })
      const stamped = await software.sign(signed, { by: tsa, algorithm: 'SHA256withECDSA', subFilter: 'ETSI.RFC3161' })
      const report = await judgePdf(stamped, { judgeChain, role: 'attached' })
      expect(report.signatures.map(({ kind, verdict }) => [kind, verdict])).to.deep.equal([
        ['signature', 'valid'],
        ['time-stamp', 'undetermined'],
      ])
      expect(codesOf(report)[2]).to.deep.equal(['timestamp-not-judged'])
      expect(report.signatures[0]?.coverage.addedAfter.map(({ kind }) => kind)).to.deep.equal(['time-stamp'])
      expect(report.verdict).to.equal('valid')
    })

    it('is invalid when it was certified to stay as it is, and signed again', async () => {
      const certified = await software.sign(plain, { by: people.organisation, permission: 1 })
      expect((await judgePdf(certified, { judgeChain, role: 'attached' })).verdict).to.equal('valid')
      const again = await judgePdf(await software.sign(certified, { by: people.person }), { judgeChain })
      expect(codesOf(again)[1]).to.include('certification-forbids')
      const allowed = await software.sign(plain, { by: people.person, permission: 2 })
      expect(
        (await judgePdf(await software.sign(allowed, { by: people.organisation }), { judgeChain })).verdict,
      ).to.equal('valid')
    })
  })
})
