import { expect } from 'chai'
import { codeOf } from '../../../src/base/index.ts'
import { findSecretMark, findSecretMarkInHead } from '../../../src/envelope/index.ts'
import { verifyHead } from '../../../src/signature/index.ts'
import { changed } from '../../support/edxml-vectors.ts'
import { documentMessage, statusMessage } from '../../support/messages.ts'
import { readPackage, signVector, vectorText } from '../../support/sign-vector.ts'
import { NOON, toyTrust } from '../../support/toy-signers.ts'

describe('a mark of secrecy', () => {
  for (const [text, mark] of [
    ['MẬT', 'mật'],
    ['mật', 'mật'],
    ['Tối mật.', 'tối mật'],
    ['*** TUYỆT MẬT ***', 'tuyệt mật'],
    ['MẬT: V/v kế hoạch', 'mật'],
    ['MẬT V/v kế hoạch', 'mật'],
    ['V/v đón đoàn İstanbul (MẬT)', 'mật'],
    ['Mật - V/v kế hoạch', 'mật'],
    ['Tối mật V/v kế hoạch', 'tối mật'],
    ['TUYỆT MẬT KẾ HOẠCH', 'tuyệt mật'],
    ['V/v kế hoạch (mật)', 'mật'],
    ['V/v kế hoạch [Tối  Mật]', 'tối mật'],
    ['V/v kế hoạch (độ mật: tuyệt mật)', 'tuyệt mật'],
    ['Độ mật: Mật', 'mật'],
    ['MẬT_123.pdf', 'mật'],
    ['(MẬT) kế hoạch.docx', 'mật'],
  ] as const) {
    it(`BR-12: is seen in «${text}», in either normalisation form`, () => {
      for (const form of ['NFC', 'NFD'] as const) {
        const found = findSecretMark(documentMessage({ subject: text.normalize(form) }))
        expect(found).to.deep.equal({ field: '/subject', mark })
      }
    })
  }

  for (const text of [
    'V/v bảo mật thông tin',
    'V/v bảo vệ bí mật nhà nước',
    'Mật độ xây dựng năm 2027',
    'Mật ong rừng U Minh',
    'MẬT ONG RỪNG U MINH',
    'Mật khẩu truy cập hệ thống',
    'Mật mã dân sự',
    'mật_mã_học.pdf',
    'V/v (bảo mật) hệ thống',
    'V/v cấp chứng chỉ (an toàn, bảo mật)',
    'Danh mục bí mật nhà nước thuộc lĩnh vực Công Thương',
    'Công tác bảo mật: báo cáo quý III',
    'Thân mật',
    'mat',
  ]) {
    it(`BR-12: is not seen in «${text}»`, () => {
      for (const form of ['NFC', 'NFD'] as const) {
        expect(findSecretMark(documentMessage({ subject: text.normalize(form) }))).to.equal(undefined)
      }
    })
  }

  it('BR-12: is looked for wherever a clerk may have put it', () => {
    const base = documentMessage()
    const [attachment] = base.attachments
    if (attachment === undefined) return expect.fail('the document has an attachment')
    for (const [field, message] of [
      ['/otherInfo/sphereOfPromulgation', { ...base, otherInfo: { sphereOfPromulgation: 'Tối mật' } }],
      ['/otherInfo/typerNotation', { ...base, otherInfo: { typerNotation: 'Tối mật' } }],
      ['/otherInfo/priority', { ...base, otherInfo: { priority: 'Tối mật' } }],
      ['/otherInfo/appendixes/1', { ...base, otherInfo: { appendixes: ['Phụ lục 1', 'Phụ lục 2 (tối mật)'] } }],
      ['/documentType/typeName', { ...base, documentType: { typeName: 'Công văn (tối mật)' } }],
      ['/content', { ...base, content: 'Tối mật: kế hoạch' }],
      ['/toPlaces/0', { ...base, toPlaces: ['Như trên (tối mật)'] }],
      [
        '/bussiness/bussinessDocReason',
        { ...base, bussiness: { bussinessDocType: 'new', bussinessDocReason: 'Tối mật' } },
      ],
      ['/attachments/0/description', { ...base, attachments: [{ ...attachment, description: 'Tối mật' }] }],
      [
        '/attachments/0/attachmentName',
        { ...base, attachments: [{ ...attachment, attachmentName: 'Tối mật - kế hoạch.pdf' }] },
      ],
    ] as const) {
      expect(findSecretMark(message)).to.deep.equal({ field, mark: 'tối mật' })
    }
  })

  it('BR-12: is seen in a verified head before the rest has arrived', async () => {
    for (const [file, expected] of [
      ['accepted-document.edxml', undefined],
      ['br-12-secret-subject.edxml', { field: '/subject', mark: 'tối mật' }],
      ['br-12-secret-place.edxml', { field: '/toPlaces/1', mark: 'mật' }],
    ] as const) {
      const octets = Buffer.from(await signVector(vectorText(file)))
      const head = octets.subarray(0, octets.indexOf('<AttachmentEncoded'))
      const verdict = await verifyHead(head, toyTrust(), NOON)
      if (verdict.kind !== 'verified') return expect.fail('the head was not verified')
      expect(findSecretMarkInHead(verdict.messageHeader)).to.deep.equal(expected)
    }
  })

  it('BR-12: is seen whatever else is wrong with the package', async () => {
    const marked = vectorText('br-12-secret-attachment.edxml')
    for (const change of [
      [/ *<edXML:Subject>.*\n/, ''],
      ['DocType>0<', 'DocType>7<'],
      [/<edXML:ContentId>cid:a-2/, '<edXML:ContentId>cid:a-9'],
      [/SteeringType/g, 'Steering'],
    ] as const) {
      const refusal = await readPackage(changed(marked, change)).catch((error: unknown) => error)
      expect(codeOf(refusal)).to.equal('secret-mark')
    }
  })

  it('BR-12: is seen beside the file itself, too, where the manifest says nothing of it', async () => {
    const innocent = vectorText('accepted-document.edxml')
    for (const change of [
      ['<Description>Công văn', '<Description>TUYỆT MẬT - Công văn'],
      ['<AttachmentName>phụ lục 01.csv', '<AttachmentName>MẬT_1 phụ lục 01.csv'],
    ] as const) {
      const refusal = await readPackage(changed(innocent, change)).catch((error: unknown) => error)
      expect(codeOf(refusal)).to.equal('secret-mark')
    }
  })

  it('BR-12: may be named by the status that refuses it', () => {
    expect(findSecretMark(statusMessage({ description: 'Từ chối: văn bản đóng dấu (MẬT)' }))).to.equal(undefined)
  })
})
