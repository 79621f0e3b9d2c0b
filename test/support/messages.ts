import { type DocumentMessage, documentId, type StatusMessage } from '../../src/message/index.ts'

/** A complete new document of G02 to G22 with one attachment, dated on the day of the toy PKI. */
export function documentMessage(changes: Partial<DocumentMessage> = {}): DocumentMessage {
  return {
    form: 'document',
    from: { organId: '000.00.00.G02', organName: 'Bộ Công Thương' },
    to: [{ organId: '000.00.00.G22', organName: 'Văn phòng Chính phủ' }],
    documentId: documentId('000.00.00.G02,2026/11/20,7421/BCT-KHTC'),
    code: { codeNumber: '7421', codeNotation: 'BCT-KHTC' },
    promulgationInfo: { place: 'Hà Nội', promulgationDate: '2026/11/20' },
    documentType: { type: '18', typeDetail: '0', typeName: 'Công văn' },
    subject: 'V/v báo cáo tình hình sản xuất & kế hoạch năm 2027',
    signerInfo: { competence: 'KT. BỘ TRƯỞNG', position: 'Thứ trưởng', fullName: 'Nguyễn Văn An' },
    otherInfo: { priority: '0', direction: 'false' },
    responseFor: [],
    toPlaces: ['Như trên', 'Lưu: VT'],
    traceHeaders: [{ organId: '000.00.00.G02', timestamp: '2026/11/20 16:32:08' }],
    bussiness: { bussinessDocType: 'new' },
    attachments: [
      {
        contentId: 'a-1',
        contentType: 'application/pdf',
        description: 'Công văn',
        attachmentName: 'công văn 7421.pdf',
      },
    ],
    ...changes,
  }
}

/** Status 03 of G22 about that document. */
export function statusMessage(changes: Partial<StatusMessage> = {}): StatusMessage {
  return {
    form: 'status',
    from: { organId: '000.00.00.G22', organName: 'Văn phòng Chính phủ' },
    responseFor: {
      organId: '000.00.00.G02',
      code: '7421/BCT-KHTC',
      promulgationDate: '2026/11/20',
      documentId: documentId('000.00.00.G02,2026/11/20,7421/BCT-KHTC'),
    },
    staffInfo: { department: 'Văn thư', staff: 'Phạm Thị Dung' },
    statusCode: '03',
    description: 'Đã tiếp nhận, số đến 30215',
    timestamp: '2026/11/20 16:55:12',
    ...changes,
  }
}
