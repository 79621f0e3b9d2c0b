import type { FailureCode } from '../../src/base/index.ts'

/** A vector is an accepted package with one change, and what must come of it. */
export interface Vector {
  /** File in `test/vectors`, named for the rule. */
  readonly file: string
  /** The file that it differs from. */
  readonly base: string
  /** The one change: each occurrence of the text, or of what the expression finds. */
  readonly change: readonly [from: string | RegExp, to: string]
}

export interface RejectedVector extends Vector {
  /** Title of its test, behind the rule: `BR-14: …`. */
  readonly promise: string
  readonly code: FailureCode
  /** JSON pointer of the field that the error names. */
  readonly field?: string
  /** Line of the file that the error names. */
  readonly line?: number
}

const DOCUMENT = 'accepted-document.edxml'
const STATUS = 'accepted-status.edxml'
const RECALL = 'accepted-recall.edxml'
const UPDATE = 'accepted-update.edxml'
const REPLACE = 'accepted-replace.edxml'
const BARE_RECALL = 'accepted-recall-bare.edxml'

/** An element with its indentation and line break. */
const element = (name: string): RegExp => new RegExp(` *<edXML:${name}>[\\s\\S]*?</edXML:${name}>\\n`)

const OPERATION = / {10}<edXML:BussinessDocType>[\s\S]*?<\/edXML:BussinessDocReason>\n/

/** Packages that are read. Those with `base` differ from another accepted one by one change as well. */
export const acceptedVectors: readonly Vector[] = [
  {
    file: RECALL,
    base: DOCUMENT,
    change: [
      OPERATION,
      '          <edXML:BussinessDocType>1</edXML:BussinessDocType>\n          <edXML:BussinessDocReason>Thu hồi do sai số liệu</edXML:BussinessDocReason>\n',
    ],
  },
  {
    file: BARE_RECALL,
    base: RECALL,
    change: [
      / {4}<edXML:edXMLBody>[\s\S]*?<\/edXML:edXMLBody>\n| {2}<AttachmentEncoded>[\s\S]*?<\/AttachmentEncoded>\n/g,
      '',
    ],
  },
  {
    file: UPDATE,
    base: DOCUMENT,
    change: [
      OPERATION,
      `          <edXML:BussinessDocType>2</edXML:BussinessDocType>
          <edXML:BussinessDocReason>Cập nhật thời hạn</edXML:BussinessDocReason>
          <edXML:BussinessDocumentInfo>
            <edXML:DocumentInfo>1</edXML:DocumentInfo>
            <edXML:DocumentReceiver>0</edXML:DocumentReceiver>
          </edXML:BussinessDocumentInfo>
`,
    ],
  },
  {
    file: REPLACE,
    base: DOCUMENT,
    change: [
      OPERATION,
      `          <edXML:BussinessDocType>3</edXML:BussinessDocType>
          <edXML:BussinessDocReason>Thay thế do điều chỉnh số liệu</edXML:BussinessDocReason>
          <edXML:ReplacementInfoList>
            <edXML:ReplacementInfo>
              <edXML:DocumentId>000.00.00.G02,2026/11/02,7000/BCT-KHTC</edXML:DocumentId>
              <edXML:OrganIdList>
                <edXML:OrganId>000.00.00.G22</edXML:OrganId>
              </edXML:OrganIdList>
            </edXML:ReplacementInfo>
          </edXML:ReplacementInfoList>
`,
    ],
  },
  { file: 'tol-01-no-prefix.edxml', base: DOCUMENT, change: [/(<\/?)edXML:/g, '$1'] },
  { file: 'tol-01-other-prefix.edxml', base: DOCUMENT, change: [/edXML(?=:)|(?<=xmlns:)edXML/g, 'q'] },
  {
    file: 'tol-03-order.edxml',
    base: DOCUMENT,
    change: [/( {8}<edXML:From>[\s\S]*<\/edXML:SignerInfo>\n)( {8}<edXML:DueDate>[\s\S]*<\/edXML:ToPlaces>\n)/, '$2$1'],
  },
  {
    file: 'tol-03-bussiness-first.edxml',
    base: DOCUMENT,
    change: [
      /( {8}<edXML:TraceHeader>[\s\S]*<\/edXML:TraceHeader>\n)( {8}<edXML:Bussiness>[\s\S]*<\/edXML:Bussiness>\n)/,
      '$2$1',
    ],
  },
  {
    file: 'tol-03-status-order.edxml',
    base: STATUS,
    change: [/( {8}<edXML:From>[\s\S]*<\/edXML:From>\n)( {8}<edXML:ResponseFor>[\s\S]*<\/edXML:Timestamp>\n)/, '$2$1'],
  },
  { file: 'tol-05-manifest.edxml', base: DOCUMENT, change: [/edXMLManifest version="1.0"|edXMLManifest/g, 'Manifest'] },
  {
    file: 'tol-05-xlink.edxml',
    base: DOCUMENT,
    change: [
      /<edXML:Reference>/g,
      '<edXML:Reference xmlns:xlink="http://www.w3.org/1999/xlink" xlink:type="simple" xlink:href="cid:a-1">',
    ],
  },
  { file: 'tol-06-bom.edxml', base: DOCUMENT, change: ['<?xml ', '\uFEFF<?xml '] },
  {
    file: 'tol-07-empty.edxml',
    base: DOCUMENT,
    change: [
      / {8}<edXML:SteeringType>1<\/edXML:SteeringType>\n/,
      `        <edXML:ResponseFor/>
        <edXML:ResponseFor>
          <edXML:OrganId>null</edXML:OrganId>
          <edXML:Code></edXML:Code>
        </edXML:ResponseFor>
        <edXML:SteeringType/>
        <edXML:Content>
        </edXML:Content>
`,
    ],
  },
  { file: 'tol-07-no-organ-name.edxml', base: DOCUMENT, change: [element('OrganName'), ''] },
  { file: 'tol-08-code-number.edxml', base: DOCUMENT, change: ['>7421<', '>7421/QĐ-2026-bổ sung lần 2<'] },
  { file: 'tol-09-codes.edxml', base: DOCUMENT, change: ['000.00.00.G12', 'vxp.saas.03'] },
  { file: 'tol-09-units.edxml', base: DOCUMENT, change: ['000.00.00.G12', '28.22.H17'] },
  { file: 'tol-10-day-first.edxml', base: DOCUMENT, change: ['Date>2026/11/20<', 'Date>20/11/2026<'] },
  { file: 'tol-10-with-time.edxml', base: DOCUMENT, change: ['Date>2026/11/20<', 'Date>2026/11/20 08:15:00<'] },
  { file: 'tol-10-iso.edxml', base: DOCUMENT, change: ['Date>2026/11/20<', 'Date>2026-11-19T23:30:00Z<'] },
  { file: 'tol-10-impossible.edxml', base: DOCUMENT, change: ['Date>2026/11/20<', 'Date>2026/02/30<'] },
  {
    file: 'tol-11-trace-without-organ.edxml',
    base: DOCUMENT,
    change: [/(<edXML:TraceHeader>\n) *<edXML:OrganId>.*\n/, '$1'],
  },
  { file: 'tol-12-no-bussiness.edxml', base: DOCUMENT, change: [element('Bussiness'), ''] },
  { file: 'tol-12-no-trace.edxml', base: DOCUMENT, change: [element('TraceHeaderList'), ''] },
  { file: 'br-02-absent.edxml', base: DOCUMENT, change: [element('BussinessDocType'), ''] },
  { file: 'br-06-without-cid.edxml', base: DOCUMENT, change: [/<ContentId>cid:/g, '<ContentId>'] },
  { file: 'br-09-tomorrow.edxml', base: DOCUMENT, change: ['Date>2026/11/20<', 'Date>2026/11/22<'] },
  { file: 'br-09-due-before.edxml', base: DOCUMENT, change: ['2026/11/30', '2026/11/01'] },
  {
    file: 'br-12-false-alarm.edxml',
    base: DOCUMENT,
    change: ['V/v báo cáo', 'V/v bảo mật thông tin và mật độ xây dựng; báo cáo'],
  },
  {
    file: 'foreign-element.edxml',
    base: DOCUMENT,
    change: ['<edXML:SignerInfo>\n', '<edXML:SignerInfo>\n          <x:Seal xmlns:x="urn:example:seal">đỏ</x:Seal>\n'],
  },
  { file: 'status-code-1.edxml', base: STATUS, change: ['>02<', '>1<'] },
]

/** What only a directory or a store can judge: test/flow/package-rules.test.ts. */
export const flowVectors: readonly Vector[] = [
  { file: 'br-08-recipient-not-named.edxml', base: DOCUMENT, change: ['000.00.00.G22', '000.00.00.G15'] },
  {
    file: 'br-08-another-sender.edxml',
    base: DOCUMENT,
    change: [/(<edXML:From>\s*<edXML:OrganId>000\.00\.00\.)G02/, '$1G12'],
  },
  { file: 'br-10-other-content.edxml', base: DOCUMENT, change: ['V/v báo cáo', 'V/v đính chính báo cáo'] },
  {
    file: 'br-13-unknown-document.edxml',
    base: STATUS,
    change: [
      /From>[\s\S]*<\/edXML:ResponseFor>/,
      `From>
          <edXML:OrganId>000.00.00.G02</edXML:OrganId>
          <edXML:OrganName>Bộ Công Thương</edXML:OrganName>
        </edXML:From>
        <edXML:ResponseFor>
          <edXML:OrganId>000.00.00.G22</edXML:OrganId>
          <edXML:DocumentId>000.00.00.G22,2026/11/20,404/VPCP-TH</edXML:DocumentId>
        </edXML:ResponseFor>`,
    ],
  },
]

export const rejectedVectors: readonly RejectedVector[] = [
  {
    file: 'tol-01-invented-namespace.edxml',
    base: DOCUMENT,
    change: ['<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">', '<edXML xmlns="http://www.go.vn/eDoc">'],
    promise: 'TOL-01: another namespace is not edXML',
    code: 'not-edxml',
  },
  {
    file: 'tol-01-invented-namespace-inside.edxml',
    base: DOCUMENT,
    change: ['<edXML:MessageHeader>', '<edXML:MessageHeader xmlns:edXML="http://www.go.vn/eDoc">'],
    promise: 'TOL-01: another namespace further inside is not edXML either',
    code: 'unexpected-content',
  },
  {
    file: 'tol-04-root.edxml',
    base: DOCUMENT,
    change: [/(<\/?)edXML(?=[ >])/g, '$1EdXML'],
    promise: 'TOL-04: another root than edXML is refused',
    code: 'not-edxml',
  },
  {
    file: 'tol-05-undeclared-prefix.edxml',
    base: DOCUMENT,
    change: [/<edXML:Reference>/g, '<edXML:Reference xlink:href="cid:a-1">'],
    promise: 'TOL-05: a prefix that nobody declared is refused',
    code: 'not-well-formed',
  },
  {
    file: 'tol-06-junk.edxml',
    base: DOCUMENT,
    change: ['<?xml ', 'edXML:\n<?xml '],
    promise: 'TOL-06: junk before the declaration is refused',
    code: 'not-well-formed',
  },
  {
    file: 'tol-08-code-number-51.edxml',
    base: DOCUMENT,
    change: ['>7421<', `>${'7'.repeat(51)}<`],
    promise: 'TOL-08: a code number of 51 characters is refused',
    code: 'schema-violation',
    field: '/code/codeNumber',
    line: 21,
  },
  {
    file: 'tol-15-signer.edxml',
    base: DOCUMENT,
    change: [/edXML:SignerInfo/g, 'edXML:Signer'],
    promise: 'TOL-15: an invented Signer is diagnosed as not edXML',
    code: 'not-edxml',
    line: 34,
  },
  {
    file: 'tol-15-file-name.edxml',
    base: DOCUMENT,
    change: [/edXML:AttachmentName/g, 'edXML:FileName'],
    promise: 'TOL-15: an invented FileName is diagnosed as not edXML',
    code: 'not-edxml',
    line: 70,
  },
  { ...missing('To'), change: [/ {8}<edXML:To>[\s\S]*<\/edXML:To>\n/, ''], field: '/to', line: 5 },
  { ...missing('DocumentId'), field: '/documentId', line: 5 },
  { ...missing('Code'), field: '/code/codeNumber', line: 5 },
  { ...missing('CodeNotation'), field: '/code/codeNotation', line: 20 },
  { ...missing('PromulgationInfo'), field: '/promulgationInfo/promulgationDate', line: 5 },
  { ...missing('Subject'), field: '/subject', line: 5 },
  { ...missing('ResponseFor', STATUS), field: '/responseFor', line: 5 },
  { ...missing('StatusCode', STATUS), field: '/statusCode', line: 5 },
  { ...missing('Timestamp', STATUS), field: '/timestamp', line: 5 },
  {
    file: 'br-01-both-forms.edxml',
    base: DOCUMENT,
    change: [
      '      </edXML:MessageHeader>',
      '        <edXML:StatusCode>03</edXML:StatusCode>\n      </edXML:MessageHeader>',
    ],
    promise: 'BR-01: a document that is also a status is refused',
    code: 'business-rule-violation',
    field: '/to/0',
    line: 11,
  },
  {
    file: 'br-01-status-with-trace.edxml',
    base: STATUS,
    change: [
      '    </edXML:edXMLHeader>',
      '      <edXML:TraceHeaderList><edXML:TraceHeader/></edXML:TraceHeaderList>\n    </edXML:edXMLHeader>',
    ],
    promise: 'BR-01: a status with a TraceHeaderList is refused',
    code: 'business-rule-violation',
    field: '/statusCode',
    line: 20,
  },
  {
    file: 'br-01-unknown-status.edxml',
    base: STATUS,
    change: ['>02<', '>07<'],
    promise: 'BR-01: a status code that does not exist is refused',
    code: 'business-rule-violation',
    field: '/statusCode',
    line: 20,
  },
  {
    file: 'br-02-unknown-operation.edxml',
    base: DOCUMENT,
    change: ['DocType>0<', 'DocType>7<'],
    promise: 'BR-02: an operation that does not exist is refused',
    code: 'business-rule-violation',
    field: '/bussiness/bussinessDocType',
    line: 58,
  },
  ...[RECALL, UPDATE, REPLACE].map(
    (base): RejectedVector => ({
      file: base.replace('accepted-', 'br-03-').replace('.', '-without-reason.'),
      base,
      change: [element('BussinessDocReason'), ''],
      promise: `BR-03: ${base.replace(/accepted-|\.edxml/g, '')} without a reason is refused`,
      code: 'business-rule-violation',
      field: '/bussiness/bussinessDocReason',
      line: 57,
    }),
  ),
  {
    file: 'br-04-update-without-info.edxml',
    base: UPDATE,
    change: [element('BussinessDocumentInfo'), ''],
    promise: 'BR-04: an update that does not tell what changed is refused',
    code: 'business-rule-violation',
    field: '/bussiness/bussinessDocumentInfo',
    line: 57,
  },
  {
    file: 'br-04-replace-nothing.edxml',
    base: REPLACE,
    change: [element('ReplacementInfoList'), ''],
    promise: 'BR-04: a replacement that names no old document is refused',
    code: 'business-rule-violation',
    field: '/bussiness/replacementInfoList',
    line: 57,
  },
  {
    file: 'br-04-replace-itself.edxml',
    base: REPLACE,
    change: ['000.00.00.G02,2026/11/02,7000/BCT-KHTC', '000.00.00.G02,2026/11/20,7421/BCT-KHTC'],
    promise: 'BR-04: a replacement that names only itself is refused',
    code: 'business-rule-violation',
    field: '/bussiness/replacementInfoList',
    line: 60,
  },
  {
    file: 'br-06-not-attached.edxml',
    base: DOCUMENT,
    change: [/ {4}<Attachment>\n {6}<ContentId>cid:a-2[\s\S]*?<\/Attachment>\n/, ''],
    promise: 'BR-06: a file in the manifest that is not attached is refused',
    code: 'attachments-incomplete',
    field: '/attachments',
  },
  {
    file: 'br-06-not-in-manifest.edxml',
    base: DOCUMENT,
    change: [/ {8}<edXML:Reference>\n {10}<edXML:ContentId>cid:a-2[\s\S]*?<\/edXML:Reference>\n/, ''],
    promise: 'BR-06: an attachment that is not in the manifest is refused',
    code: 'attachments-incomplete',
    field: '/attachments',
  },
  {
    file: 'br-06-no-manifest.edxml',
    base: DOCUMENT,
    change: [element('edXMLBody'), ''],
    promise: 'BR-06: attachments without a manifest are refused',
    code: 'attachments-incomplete',
    field: '/attachments',
  },
  {
    file: 'br-06-named-twice.edxml',
    base: DOCUMENT,
    change: ['<edXML:ContentId>cid:a-2', '<edXML:ContentId>cid:a-1'],
    promise: 'BR-06: one attachment named twice is refused',
    code: 'attachments-incomplete',
    field: '/attachments',
  },
  {
    file: 'br-07-no-attachments.edxml',
    base: BARE_RECALL,
    change: ['DocType>1<', 'DocType>0<'],
    promise: 'BR-07: a new document without attachments is refused',
    code: 'business-rule-violation',
    field: '/attachments',
  },
  {
    file: 'br-09-future.edxml',
    base: DOCUMENT,
    change: ['Date>2026/11/20<', 'Date>2026/11/23<'],
    promise: 'BR-09: a document dated two days ahead is refused',
    code: 'business-rule-violation',
    field: '/promulgationInfo/promulgationDate',
    line: 26,
  },
  ...(
    [
      ['subject', 'V/v báo cáo', 'TỐI MẬT: V/v báo cáo', '/subject', 33],
      ['decomposed', 'V/v báo cáo', `${'(Mật) '.normalize('NFD')}V/v báo cáo`, '/subject', 33],
      ['sphere', 'Lưu hành nội bộ', 'Lưu hành nội bộ, tuyệt mật', '/otherInfo/sphereOfPromulgation', 42],
      ['place', 'Lưu: VT, KHTC', 'Lưu: VT (MẬT), KHTC', '/toPlaces/1', 49],
      ['attachment', /(?<=Description>)Công văn 7421/g, 'MẬT - Công văn 7421', '/attachments/0/description', 69],
    ] as const
  ).map(
    ([name, from, to, field, line]): RejectedVector => ({
      file: `br-12-secret-${name}.edxml`,
      base: DOCUMENT,
      change: [from, to],
      promise: `BR-12: a mark of secrecy is found: ${name}`,
      code: 'secret-mark',
      field,
      line,
    }),
  ),
  {
    file: 'br-14-refusal-without-reason.edxml',
    base: STATUS,
    change: [element('Description'), ''],
    promise: 'BR-14: a refusal without a reason is refused',
    code: 'business-rule-violation',
    field: '/description',
    line: 5,
  },
  {
    file: 'br-14-change-refused-without-reason.edxml',
    base: STATUS,
    change: [
      / {8}<edXML:StatusCode>02[\s\S]*?<\/edXML:Description>\n/,
      '        <edXML:StatusCode>16</edXML:StatusCode>\n',
    ],
    promise: 'BR-14: refusing a take-back without a reason is refused',
    code: 'business-rule-violation',
    field: '/description',
    line: 5,
  },
  {
    file: 'br-15-doctype.edxml',
    base: DOCUMENT,
    change: ['?>\n', '?>\n<!DOCTYPE edXML>\n'],
    promise: 'BR-15: a document type declaration is refused',
    code: 'doctype-not-allowed',
  },
  {
    file: 'br-15-external-entity.edxml',
    base: DOCUMENT,
    change: ['?>\n', '?>\n<!DOCTYPE edXML [<!ENTITY secret SYSTEM "file:///etc/hostname">]>\n'],
    promise: 'BR-15: an external entity is refused',
    code: 'doctype-not-allowed',
  },
  {
    file: 'br-15-encoding.edxml',
    base: DOCUMENT,
    change: ['encoding="UTF-8"', 'encoding="windows-1258"'],
    promise: 'BR-15: another declared encoding is refused',
    code: 'encoding-unsupported',
  },
  {
    file: 'br-15-depth.edxml',
    base: DOCUMENT,
    change: ['<edXML:SignerInfo>\n', `<edXML:SignerInfo>\n${'<x xmlns="urn:x">'.repeat(30)}${'</x>'.repeat(30)}\n`],
    promise: 'BR-15: elements nested without end are refused',
    code: 'structure-limit',
  },
  {
    file: 'schema-text-in-container.edxml',
    base: DOCUMENT,
    change: ['<edXML:SignerInfo>\n', '<edXML:SignerInfo>người ký\n'],
    promise: 'the read schema is applied: text among elements is refused',
    code: 'schema-violation',
    field: '/signerInfo',
    line: 34,
  },
  {
    file: 'schema-unknown-element.edxml',
    base: DOCUMENT,
    change: [/edXML:SteeringType/g, 'edXML:Steering'],
    promise: 'the read schema is applied: an element that edXML does not have is refused',
    code: 'schema-violation',
    field: '/steering',
    line: 46,
  },
  {
    file: 'element-repeated-subject.edxml',
    base: DOCUMENT,
    change: [
      '        <edXML:SignerInfo>\n',
      '        <edXML:Subject>V/v việc khác</edXML:Subject>\n        <edXML:SignerInfo>\n',
    ],
    promise: 'a second Subject is refused: no reader may choose',
    code: 'element-repeated',
    field: '/subject',
    line: 34,
  },
  {
    file: 'element-repeated-organ-id.edxml',
    base: DOCUMENT,
    change: [/(<edXML:To>\n)/, '$1          <edXML:OrganId>000.00.00.H26</edXML:OrganId>\n'],
    promise: 'a second OrganId in one To is refused',
    code: 'element-repeated',
    field: '/to/0/organId',
    line: 13,
  },
  {
    file: 'element-repeated-manifest.edxml',
    base: DOCUMENT,
    change: ['    </edXML:edXMLBody>', '      <edXML:Manifest/>\n    </edXML:edXMLBody>'],
    promise: 'a manifest under each of its two names is refused',
    code: 'element-repeated',
    line: 78,
  },
  {
    file: 'element-repeated-response-for.edxml',
    base: STATUS,
    change: [
      '        <edXML:StaffInfo>\n',
      '        <edXML:ResponseFor><edXML:OrganId>000.00.00.G12</edXML:OrganId></edXML:ResponseFor>\n        <edXML:StaffInfo>\n',
    ],
    promise: 'a status about two documents is refused',
    code: 'element-repeated',
    field: '/responseFor',
    line: 16,
  },
]

/** The text of a vector as its declared change makes it. */
export function changed(base: string, [from, to]: Vector['change']): string {
  const result = typeof from === 'string' ? base.replaceAll(from, () => to) : base.replace(from, to)
  if (result === base) throw new Error(`the change of ${String(from)} changes nothing`)
  return result
}

function missing(name: string, base = DOCUMENT): RejectedVector {
  const form = base === STATUS ? 'a status' : 'a document'
  return {
    file: `br-01-no-${name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()}.edxml`,
    base,
    change: [element(name), ''],
    promise: `BR-01: ${form} without ${name} is refused`,
    code: 'business-rule-violation',
  }
}
