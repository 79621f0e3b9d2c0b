import { words } from './table.ts'

export const documents = words({
  'table.count': ['{n} dòng', '{n} rows'],
  'table.countMore': ['{n} dòng đầu, cuộn để xem tiếp', 'the first {n} rows; scroll for more'],
  'table.found': ['Tìm thấy {n}', '{n} found'],
  'table.choose': ['Chọn {what}', 'Choose {what}'],
  'table.chosen': ['{n} đã chọn', '{n} chosen'],

  'filter.label': ['Bộ lọc', 'Filters'],
  'filter.show': ['Bộ lọc ({n})', 'Filters ({n})'],
  'filter.text': ['Tìm kiếm', 'Search'],
  'filter.textHint': ['Số, ký hiệu, trích yếu, cơ quan; gõ không dấu cũng được', 'Number, symbol, subject, agency'],
  'filter.state': ['Trạng thái', 'State'],
  'filter.recipient': ['Nơi nhận', 'Recipient'],
  'filter.sender': ['Nơi gửi', 'Sender'],
  'filter.agency': ['Cơ quan của ta', 'Our agency'],
  'filter.lane': ['Độ khẩn', 'Urgency'],
  'filter.from': ['Từ ngày', 'From'],
  'filter.to': ['Đến ngày', 'To'],
  'filter.dayForm': ['ngày/tháng/năm', 'dd/mm/yyyy'],
  'filter.dayWrong': ['Viết như 21/11/2026', 'Write it as 21/11/2026'],

  'documents.leadOut': [
    'Văn bản các cơ quan của hệ thống này gửi đi, và đã tới đâu.',
    'What the agencies of this gateway sent, and how far it came.',
  ],
  'documents.leadIn': [
    'Văn bản đã kiểm chứng chữ ký, và hệ thống của cơ quan đã lấy chưa.',
    'Documents whose signature was verified, and whether the agency’s system has fetched them.',
  ],
  'documents.none': ['Không tìm thấy văn bản nào', 'No documents were found'],
  'documents.noneHint': ['Thử bỏ bớt điều kiện lọc.', 'Try with fewer filters.'],
  'documents.noneYet': ['Chưa có văn bản nào', 'No documents yet'],
  'documents.noneYetOut': [
    'Văn bản xuất hiện ở đây ngay khi hệ thống quản lý văn bản giao cho gateway.',
    'Documents appear here as soon as the document system hands them over.',
  ],
  'documents.noneYetIn': [
    'Văn bản xuất hiện ở đây sau khi chữ ký được kiểm chứng.',
    'Documents appear here once their signature is verified.',
  ],

  'column.number': ['Số/ký hiệu', 'Number/symbol'],
  'column.subject': ['Trích yếu', 'Subject'],
  'column.recipients': ['Nơi nhận', 'Recipients'],
  'column.sender': ['Nơi gửi', 'Sender'],
  'column.state': ['Trạng thái', 'State'],
  'column.storedOut': ['Giao gửi lúc', 'Submitted at'],
  'column.storedIn': ['Đến lúc', 'Arrived at'],
  'column.promulgated': ['Ngày ban hành', 'Date of issue'],
  'column.lane': ['Độ khẩn', 'Urgency'],
  'column.agency': ['Cơ quan', 'Agency'],
  'column.octets': ['Dung lượng', 'Size'],
  'column.documentId': ['Mã định danh', 'Document id'],
  'column.operation': ['Nghiệp vụ', 'Operation'],
  'column.more': ['+{n} nơi khác', '+{n} more'],
})
