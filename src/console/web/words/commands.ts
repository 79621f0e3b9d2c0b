import { words } from './table.ts'

export const commands = words({
  'command.resend': ['Gửi lại', 'Resend'],
  'command.hold': ['Tạm giữ', 'Hold'],
  'command.release': ['Cho gửi tiếp', 'Release'],
  'command.expire': ['Kết thúc', 'Expire'],
  'command.redrive': ['Xử lý lại', 'Process again'],
  'command.discard': ['Hủy gói tin', 'Discard'],
  'command.pause': ['Tạm dừng gửi', 'Pause'],
  'command.resume': ['Gửi tiếp', 'Resume'],
  'command.close-circuit': ['Đóng mạch', 'Close circuit'],

  'commandHint.resend': [
    'Gửi lại đúng gói tin đã ký, cùng mã định danh. Bên nhận đã có sẽ chỉ trả lại biên nhận cũ, không bị trùng.',
    'Sends the same signed package again, under the same id. A recipient that has it answers with its old receipt: nothing is doubled.',
  ],
  'commandHint.hold': [
    'Dừng gửi cho đến khi có người cho gửi tiếp, hoặc hết hạn giữ.',
    'Sending stops until somebody releases it, or its holding time is over.',
  ],
  'commandHint.release': [
    'Đưa trở lại hàng gửi và gửi ngay khi có thể.',
    'Goes back to the outbox and is sent as soon as possible.',
  ],
  'commandHint.expire': [
    'Kết thúc là quá hạn: hệ thống văn bản của cơ quan được báo để gửi bằng cách khác. Biên nhận đến muộn vẫn được ghi nhận.',
    'Ends as expired: the agency’s system is told, so that it can send in another way. A late receipt still counts.',
  ],
  'commandHint.redrive': [
    'Kiểm tra lại gói tin từ đầu, với chứng thư số và danh bạ hiện nay.',
    'Judges the package anew, with the certificates and directory of today.',
  ],
  'commandHint.discard': [
    'Nội dung bị hủy hẳn; mã băm và dấu vết được giữ lại.',
    'The bytes are destroyed for good; digest and trace stay.',
  ],
  'commandHint.pause': [
    'Ngừng gửi tới đơn vị này. Văn bản mới vẫn được nhận và chờ trong hàng.',
    'Nothing is sent to this agency. New documents are accepted and wait.',
  ],
  'commandHint.resume': [
    'Gửi tiếp những gì đang chờ, văn bản khẩn trước.',
    'What waits is sent, urgent documents first.',
  ],
  'commandHint.close-circuit': [
    'Coi như đơn vị đã thông trở lại và gửi ngay, không chờ lần thử kế tiếp.',
    'Takes the agency to be well again and sends at once, without waiting for the next probe.',
  ],

  'ask.preview': ['Sẽ xảy ra', 'What would happen'],
  'ask.previewing': ['Đang thử trước, chưa thay đổi gì…', 'Trying it out; nothing is changed…'],
  'ask.changes': ['{n} trong {total} sẽ thay đổi', '{n} of {total} would change'],
  'ask.nothing': ['Không có gì để thực hiện', 'There is nothing to do'],
  'ask.leftOut': ['{n} được bỏ qua:', '{n} are left out:'],
  'ask.first': ['Chỉ hiện những mục đầu tiên.', 'Only the first ones are shown.'],
  'ask.reason': ['Lý do', 'Reason'],
  'ask.reasonHint': [
    'Ghi vào nhật ký cùng tên của bạn. Ít nhất 3 ký tự.',
    'Stands in the audit log with your name. At least 3 characters.',
  ],
  'ask.reasonMissing': ['Hãy ghi lý do.', 'A reason is needed.'],
  'ask.confirm': ['{command} ({n})', '{command} ({n})'],
  'ask.failed': [
    'Chưa thực hiện được. Bấm lại cũng không làm hai lần.',
    'It was not done. Pressing again never does it twice.',
  ],
  'ask.item': ['Mục', 'Item'],
  'ask.from': ['Đang là', 'Is'],
  'ask.to': ['Sẽ là', 'Would be'],
  'ask.was': ['Trước', 'Before'],
  'ask.became': ['Sau', 'After'],
  'ask.same': ['giữ nguyên', 'stays'],

  'job.tray': ['Công việc', 'Jobs'],
  'job.running': ['{n} đang chạy', '{n} running'],
  'job.none': ['Chưa có công việc nào.', 'No jobs yet.'],
  'job.goesOn': [
    'Bạn có thể đóng hộp này hoặc tải lại trang; công việc vẫn chạy tiếp.',
    'You may close this or reload the page; the work goes on.',
  ],
  'job.progress': ['{done} trong {total}', '{done} of {total}'],
  'job.progressOpen': ['{done} đã xong', '{done} so far'],
  'job.changed': ['{n} đã thay đổi', '{n} changed'],
  'job.waiting': ['Chờ chạy', 'Waiting'],
  'job.state.waiting': ['Chờ chạy', 'Waiting'],
  'job.state.running': ['Đang chạy', 'Running'],
  'job.state.done': ['Xong', 'Done'],
  'job.state.failed': ['Lỗi', 'Failed'],
  'job.state.cancelled': ['Đã dừng', 'Cancelled'],
  'job.cancel': ['Dừng công việc', 'Stop the job'],
  'job.file': ['Tải tệp {name}', 'Download {name}'],
  'job.fileUntil': ['Giữ đến {time}', 'Kept until {time}'],
  'job.effects': ['Kết quả từng mục', 'Result of each'],
  'job.by': ['Người yêu cầu', 'Asked by'],

  'quarantine.kept': ['Đang cách ly', 'Quarantined'],
  'quarantine.redriving': ['Đang xử lý lại', 'Being processed again'],
  'quarantine.redriven': ['Đã xử lý lại', 'Processed again'],
  'quarantine.discarded': ['Đã hủy', 'Discarded'],
})
