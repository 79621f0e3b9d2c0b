/** Whether the organisation that signed is the sender: what is compared, and what follows from it. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import { Directory, enterAgencies, parseDirectory } from '../../../src/directory/index.ts'
import { verdictOf } from '../../../src/pdf/findings.ts'
import { senderFindings } from '../../../src/pdf/sender.ts'
import { signerName } from '../../../src/pdf/signer-name.ts'
import { openStore, type Store } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { toyCertificate } from '../../support/pki.ts'

describe('the organisation that signed a PDF', () => {
  let store: Store
  let directory: Directory

  before(async () => {
    const clock = new MovableClock()
    store = await openStore({ file: ':memory:', clock, log: silentLog })
    const example = (name: string): string =>
      readFileSync(new URL(`../../../certs-example/${name}`, import.meta.url), 'utf8')
    const agencies = parseDirectory(example('directory.json'), example)
    await enterAgencies({ store, ids: timeOrderedIds(clock), clock }, agencies, 'operator:lan')
    directory = await Directory.load(store)
  })
  after(() => store.close())

  /** What is found when `sender` sent a document that these certificates signed. */
  function found(sender: string, subjects: readonly string[], role: 'main' | 'attached' = 'main'): string[] {
    const signers = subjects.map((subject, i) => ({ ...signerName(subject), fingerprint: `${i}` }))
    return codes(senderFindings(signers, directory.senderOf(sender), role))
  }
  const codes = (list: readonly { code: string }[]): string[] => list.map(({ code }) => code)

  it('is the sender by its code in either form, whatever its name', () => {
    expect(found('G02', ['CN=MOIT,O=MOIT,organizationIdentifier=G02'])).to.deep.equal([])
    expect(found('G02', ['CN=MOIT,O=MOIT,organizationIdentifier=000.00.00.G02'])).to.deep.equal([])
  })

  it('is the sender by its name as organisation, unit or subject, in any case, in English, and without diacritics throughout', () => {
    for (const subject of [
      'CN=Bộ Công Thương,O=Bộ Công Thương',
      'CN=BỘ  CÔNG THƯƠNG',
      'CN=Văn phòng,OU=Bộ Công Thương,O=Chính phủ',
      'CN=Bo Cong Thuong,O=Bo Cong Thuong',
      `CN=${'Bộ Công Thương'.normalize('NFD')}`,
      'CN=x,O=Ministry of Industry and Trade',
    ])
      expect(found('G02', [subject]), subject).to.deep.equal([])
  })

  it('is the sender by the certificate that the directory binds, before anything that stands in it', () => {
    const { fingerprint } = toyCertificate('g12-rsa')
    const signer = { ...signerName('CN=Bộ Công Thương,organizationIdentifier=G02'), fingerprint }
    expect(codes(senderFindings([signer], directory.senderOf('G12'), 'main'))).to.deep.equal([])
    expect(codes(senderFindings([signer], directory.senderOf('G02'), 'main'))).to.deep.equal([
      'organisation-not-sender',
    ])
  })

  it('is another agency by code, so that a main document is for a person to decide, and an attachment is told of', () => {
    const [finding] = senderFindings(
      [{ ...signerName('CN=Bộ Công Thương,O=Bộ Công Thương,organizationIdentifier=G12'), fingerprint: '0' }],
      directory.senderOf('G02'),
      'main',
    )
    expect(finding).to.deep.equal({
      code: 'organisation-not-sender',
      detail:
        'sender G02 (Bộ Công Thương); certificate: O=Bộ Công Thương, CN=Bộ Công Thương, organizationIdentifier=G12; by code G12 (Bộ Tài chính)',
    })
    expect(verdictOf(finding === undefined ? [] : [finding])).to.equal('undetermined')
    expect(found('G02', ['CN=x,organizationIdentifier=G12'], 'attached')).to.deep.equal(['organisation-unconfirmed'])
  })

  it('is told of, and spoils nothing, where only names speak: they are written in many forms', () => {
    for (const [sender, subject] of [
      ['H26', 'CN=UBND TP. Hà Nội,O=UBND TP. Hà Nội'], // another spelling
      ['G02', 'CN=Bo Cong Thương,O=Bo Cong Thương'], // half without diacritics
      ['G02', 'CN=Bộ Tài chính,O=Bộ Tài chính'], // the name of another agency
      ['G02', 'CN=MOIT,O=MOIT,organizationIdentifier=VATVN-0100109106'], // no code of an agency
    ] as const)
      expect(found(sender, [subject]), subject).to.deep.equal(['organisation-unconfirmed'])
    expect(verdictOf([{ code: 'organisation-unconfirmed' }])).to.equal('valid')
  })

  it('is told of where it stands above or below the sender', () => {
    expect(found('G12.18', ['CN=Bộ Tài chính,organizationIdentifier=G12'])).to.deep.equal(['organisation-unconfirmed'])
    expect(found('G12', ['CN=Tổng cục Thuế,organizationIdentifier=G12.18'])).to.deep.equal(['organisation-unconfirmed'])
    expect(found('G12', ['CN=Tổng cục Thuế,O=Bộ Tài chính'])).to.deep.equal([])
  })

  it('is the sender among several who signed together; one that may be the sender leaves the rest open', () => {
    const [other, own] = ['CN=Bộ Tài chính,organizationIdentifier=G12', 'CN=Bộ Công Thương']
    expect(found('G02', [other, own])).to.deep.equal([])
    expect(found('G02', [other, 'CN=Bộ Công thương và Năng lượng'])).to.deep.equal(['organisation-unconfirmed'])
    expect(found('G02', [other, 'CN=x,organizationIdentifier=G22'])).to.deep.equal(['organisation-not-sender'])
  })

  it('is nobody where no organisation signed, which is told elsewhere', () => {
    expect(found('G02', [])).to.deep.equal([])
  })
})
