/** What a report says to people. */
import { expect } from 'chai'
import { findings, reasonOf } from '../../../src/pdf/findings.ts'
import { findingCodes } from '../../../src/pdf/index.ts'
import { signerName } from '../../../src/pdf/signer-name.ts'
import { pdfTime } from '../../../src/pdf/times.ts'

describe('the words of a report', () => {
  it('give each finding a sentence in Vietnamese and one in English', () => {
    for (const code of findingCodes) {
      const { vi, en } = reasonOf({ code })
      expect(en, code).to.match(/^[A-Z].*\.$/)
      expect(vi, code).to.match(/^\p{Lu}.*\.$/u)
      expect(vi.normalize('NFC'), code).to.equal(vi)
      expect(findings[code].verdict).to.be.oneOf(['invalid', 'undetermined', 'notice'])
    }
  })

  it('tell persons from organisations by what Vietnamese certificates bear', () => {
    const kinds: Readonly<Record<string, string>> = {
      'CN=Nguyễn Văn An,OU=Văn phòng Bộ,O=Bộ Công Thương,C=VN': 'person',
      'UID=CCCD:001080000001,CN=Nguyễn Văn An,C=VN': 'person',
      'serialNumber=IDCVN-001080000001,CN=Nguyễn Văn An,C=VN': 'person',
      'CN=Bộ Công Thương,O=Bộ Công Thương,C=VN': 'organisation',
      'CN=Vụ Pháp chế,OU=Vụ  pháp chế,O=Bộ Công Thương,C=VN': 'organisation',
      'UID=MST:0100109106,CN=Tập đoàn X,O=Y,C=VN': 'organisation',
      'O=Bộ Công Thương,C=VN': 'organisation',
      'CN=Nguyễn Văn An': 'unknown',
    }
    for (const [subject, kind] of Object.entries(kinds)) expect(signerName(subject).kind, subject).to.equal(kind)
  })

  it('read names as RFC 4514 writes them', () => {
    expect(signerName('CN=A\\, B\\+C,O=D\\C3\\A9')).to.include({ name: 'A, B+C', organisation: 'Dé' })
  })

  it('read the times of PDF where they are instants', () => {
    expect(pdfTime("D:20261121090000+07'00'")?.toISOString()).to.equal('2026-11-21T02:00:00.000Z')
    expect(pdfTime('D:20261121090000Z')?.toISOString()).to.equal('2026-11-21T09:00:00.000Z')
    expect(pdfTime("D:20261121090000-03'30")?.toISOString()).to.equal('2026-11-21T12:30:00.000Z')
    for (const text of ['D:20261121090000', 'D:20260230090000Z', 'D:2026', '20261121090000Z', undefined])
      expect(pdfTime(text), text).to.equal(undefined)
  })
})
