import { words } from './table.ts'

/** The words of the law where it has them (edXML notes §4.4, §4.5), ours for how far a delivery has come. */
export const states = words({
  'state.accepted': ['Chờ gửi', 'To be sent'],
  'state.sent': ['Chờ biên nhận', 'Receipt awaited'],
  'state.received': ['Đã nhận', 'Received'],
  'state.rejected': ['Bị từ chối', 'Rejected'],
  'state.expired': ['Quá hạn', 'Expired'],
  'state.held': ['Tạm giữ', 'Held'],

  'stateHint.accepted': ['Đã nhận vào hàng gửi, chưa lên trục', 'Durable in the outbox, not yet on the axis'],
  'stateHint.sent': [
    'Trục đã xác nhận, chưa có biên nhận của bên nhận',
    'Confirmed by the axis; the receipt has not come',
  ],
  'stateHint.received': ['Bên nhận đã ký biên nhận', 'The recipient signed a receipt'],
  'stateHint.rejected': ['Bên nhận trả lại, có ký và lý do', 'The recipient refused, signed and with a reason'],
  'stateHint.expired': ['Hết thời hạn mà không có biên nhận', 'No receipt came before the deadline'],
  'stateHint.held': ['Dừng lại cho đến khi có người cho gửi tiếp', 'Stopped until somebody lets it go on'],

  'state.waiting': ['Chờ lấy', 'To be fetched'],
  'state.leased': ['Đang lấy', 'Being fetched'],
  'state.confirmed': ['Đã lấy', 'Fetched'],
  'stateHint.waiting': ['Hệ thống của cơ quan chưa lấy văn bản', 'The agency’s system has not fetched it'],
  'stateHint.leased': ['Hệ thống của cơ quan đang lấy văn bản', 'The agency’s system is fetching it'],
  'stateHint.confirmed': ['Hệ thống của cơ quan đã lưu văn bản', 'The agency’s system has stored it'],
  'state.unfinished': ['Chưa xong', 'Unfinished'],
  'state.failed': ['Không tới nơi', 'Failed'],

  'partner.open': ['Đang gửi', 'Open'],
  'partner.active': ['Đang gửi', 'Open'],
  'partner.paused': ['Tạm dừng', 'Paused'],
  'partner.circuit-open': ['Ngắt mạch', 'Circuit open'],
  'partner.probing': ['Đang thử lại', 'Probing'],
  'partnerHint.open': ['Văn bản được gửi bình thường', 'Documents are sent as usual'],
  'partnerHint.paused': ['Người vận hành đã tạm dừng gửi', 'An operator paused sending'],
  'partnerHint.circuit-open': ['Lỗi nhiều lần liên tiếp, tạm ngừng gửi', 'Too many failures in a row: sending rests'],
  'partnerHint.probing': [
    'Gửi thử một văn bản để xem đã thông chưa',
    'One document is tried, to see whether it works again',
  ],

  'status.01': ['Đã đến', 'Arrived'],
  'status.02': ['Từ chối tiếp nhận', 'Refused'],
  'status.03': ['Đã tiếp nhận', 'Accepted'],
  'status.04': ['Phân công xử lý', 'Assigned'],
  'status.05': ['Đang xử lý', 'In process'],
  'status.06': ['Hoàn thành', 'Finished'],
  'status.13': ['Yêu cầu lấy lại', 'Take-back requested'],
  'status.15': ['Đồng ý cập nhật/lấy lại', 'Take-back or update agreed'],
  'status.16': ['Từ chối cập nhật/lấy lại', 'Take-back or update refused'],

  'lane.express': ['Khẩn', 'Urgent'],
  'lane.ordinary': ['Thường', 'Ordinary'],
  'lane.status': ['Trạng thái', 'Statuses'],

  'priority.0': ['Thường', 'Ordinary'],
  'priority.1': ['Khẩn', 'Urgent'],
  'priority.2': ['Thượng khẩn', 'Very urgent'],
  'priority.3': ['Hỏa tốc', 'Express'],
  'priority.4': ['Hỏa tốc hẹn giờ', 'Express, timed'],

  'operation.new': ['Văn bản mới', 'New document'],
  'operation.recall': ['Thu hồi', 'Recall'],
  'operation.update': ['Cập nhật', 'Update'],
  'operation.replace': ['Thay thế', 'Replacement'],
})
