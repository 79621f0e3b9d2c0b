import { type FailureCode, failures } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { EventType } from '../store/index.ts'
import type { AgencyName, Cause, Text } from './shapes-common.ts'

/** Small words that several pages say. */

export function named(directory: Directory, code: string): AgencyName {
  return { code: code as AgencyCode, name: directory.find(code)?.name ?? code }
}

/** The row of the table of failures; a code that this version does not know is unexpected. */
export function causeOf(code: string): Cause {
  const known: FailureCode = Object.hasOwn(failures, code) ? (code as FailureCode) : 'internal'
  const { vi, en, remedyVi, remedyEn, retry, tell } = failures[known]
  return { code: known, vi, en, remedy: { vi: remedyVi, en: remedyEn }, retry, acts: tell }
}

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** `{ [name]: ISO text }`, or nothing for null. */
export function instantIf<N extends string>(name: N, ms: number | null): { [key in N]?: string } {
  return (ms === null ? {} : { [name]: iso(ms) }) as { [key in N]?: string }
}

export function numberOf({
  codeNumber,
  codeNotation,
}: {
  codeNumber: string | null
  codeNotation: string | null
}): string {
  return `${codeNumber ?? ''}/${codeNotation ?? ''}`
}

export function text(vi: string, en: string): Text {
  return { vi, en }
}

/** What an event of the timeline says. */
export const EVENT_TEXTS: Readonly<Record<EventType, Text>> = {
  'document-accepted': text('Đã tiếp nhận vào hàng gửi', 'Accepted for sending'),
  'document-sent': text('Đã đưa lên trục', 'Sent: the axis has confirmed every part'),
  'document-sent-again': text('Đã gửi lại lên trục', 'Sent once more'),
  'receipt-queried': text('Đã hỏi bên nhận về biên nhận', 'Asked the recipient for its receipt'),
  'attempt-failed': text('Một lần gửi không thành công', 'An attempt failed'),
  'document-held': text('Tạm giữ', 'Held'),
  'receipt-verified': text('Bên nhận đã ký biên nhận', 'The recipient’s signed receipt was verified'),
  'late-receipt': text('Biên nhận đến muộn', 'A receipt came late'),
  'document-rejected': text('Bên nhận từ chối', 'The recipient refused it'),
  'document-expired': text('Quá hạn, không có biên nhận', 'No receipt came before the deadline'),
  'document-verified': text('Đã kiểm tra chữ ký số', 'The signature was verified'),
  'document-arrived': text('Đã vào hộp đến, biên nhận đã ký', 'In the inbox; the receipt is signed'),
  'repeat-answered': text('Bên gửi gửi lặp, đã trả lời lại', 'A repeat was answered again'),
  'document-fetched': text('Hệ thống của cơ quan đã lấy', 'Fetched by the agency’s system'),
  'document-confirmed': text('Hệ thống của cơ quan đã xác nhận lưu', 'Confirmed by the agency’s system'),
  'lease-released': text('Hệ thống của cơ quan trả lại', 'Given back by the agency’s system'),
  'status-reported': text('Đã báo trạng thái xử lý', 'A processing status was reported'),
  'status-expired': text('Trạng thái xử lý quá hạn gửi', 'A processing status expired'),
  'status-received': text('Nhận trạng thái xử lý', 'A processing status came'),
  'status-unmatched': text('Trạng thái không khớp văn bản nào', 'A status matches no document'),
  'package-refused': text('Gói tin bị từ chối', 'A package was refused'),
  'package-quarantined': text('Gói tin bị cách ly', 'A package was quarantined'),
  'stage-expired': text('Gói tin không đủ phần, đã hủy', 'An incomplete package was let go'),
  'attachment-report': text(
    'Đã kiểm tra chữ ký trong tệp đính kèm',
    'The signatures inside an attachment were checked',
  ),
  'certificate-expiring': text('Chứng thư số sắp hết hạn', 'A certificate ends soon'),
  'document-resent': text('Người vận hành cho gửi lại', 'Resent by an operator'),
  'document-released': text('Người vận hành cho gửi tiếp', 'Released by an operator'),
  'circuit-opened': text('Ngắt mạch: tạm nghỉ gửi tới đối tác', 'The circuit opened: sending to the partner rests'),
  'circuit-closed': text('Đóng mạch: gửi lại tới đối tác', 'The circuit closed: sending goes on'),
  'partner-paused': text('Tạm dừng gửi tới đối tác', 'Sending to the partner was paused'),
  'partner-resumed': text('Tiếp tục gửi tới đối tác', 'Sending to the partner was resumed'),
}

/** What an entry of the audit says; an action without words is shown as it is. */
export const ACTION_TEXTS: Readonly<Record<string, Text>> = {
  'signed-in': text('Đăng nhập', 'Signed in'),
  'signed-out': text('Đăng xuất', 'Signed out'),
  'login-throttled': text('Đăng nhập sai nhiều lần', 'Many logins were tried'),
  'user-created': text('Thêm người dùng', 'Added a user'),
  'user-changed': text('Sửa người dùng', 'Changed a user'),
  'user-disabled': text('Khóa người dùng', 'Disabled a user'),
  'user-enabled': text('Mở khóa người dùng', 'Enabled a user'),
  'user-reset': text('Đặt lại mật khẩu', 'Reset a password'),
  'password-changed': text('Đổi mật khẩu', 'Changed the password'),
  'content-read': text('Xem nội dung văn bản', 'Read what a document says'),
  'content-downloaded': text('Tải nội dung', 'Downloaded content'),
  'evidence-downloaded': text('Tải bằng chứng kiểm tra chữ ký', 'Downloaded evidence'),
  'documents-exported': text('Xuất danh sách văn bản', 'Exported a list of documents'),
  'command-given': text('Ra lệnh xử lý', 'Gave a command'),
  'delivery-resent': text('Gửi lại', 'Resent a delivery'),
  'delivery-held': text('Tạm giữ', 'Held a delivery'),
  'delivery-released': text('Cho gửi tiếp', 'Released a delivery'),
  'delivery-expired': text('Kết thúc gửi', 'Expired a delivery'),
  'partner-paused': text('Tạm dừng đối tác', 'Paused a partner'),
  'partner-resumed': text('Tiếp tục với đối tác', 'Resumed a partner'),
  'circuit-closed': text('Đóng ngắt mạch', 'Closed a circuit'),
  'circuit-opened': text('Ngắt mạch', 'Opened a circuit'),
  'audit-checked': text('Kiểm tra chuỗi nhật ký', 'Checked the chain of the audit'),
  'document-accepted': text('Tiếp nhận văn bản để gửi', 'Accepted a document for sending'),
  'agency-imported': text('Nhập danh bạ', 'Imported an agency'),
  'agency-added': text('Thêm đơn vị', 'Added an agency'),
  'agency-changed': text('Sửa đơn vị', 'Changed an agency'),
  'directory-applied': text('Áp dụng danh bạ đã ký', 'Put a signed directory into force'),
  'directory-refused': text('Từ chối danh bạ đã ký', 'Refused a signed directory'),
  'client-created': text('Tạo khóa API', 'Created an API key'),
  'client-revoked': text('Thu hồi khóa API', 'Revoked an API key'),
  'stage-expired': text('Hủy gói tin không đủ phần', 'Let go of an incomplete package'),
  'receipt-verified': text('Đã kiểm tra biên nhận', 'Verified a receipt'),
  'refusal-verified': text('Đã kiểm tra thư từ chối', 'Verified a refusal'),
  'status-reported': text('Báo trạng thái xử lý', 'Reported a processing status'),
  'status-unmatched': text('Trạng thái không khớp văn bản nào', 'A status matched no document'),
  'document-confirmed': text('Hệ thống xác nhận đã lưu văn bản', 'A system confirmed that it has a document'),
  'package-received': text('Nhận và ký biên nhận gói tin', 'Received a package and signed its receipt'),
  'package-refused': text('Từ chối gói tin', 'Refused a package'),
  'package-quarantined': text('Cách ly gói tin', 'Quarantined a package'),
  'part-quarantined': text('Cách ly một phần gói tin', 'Quarantined a part of a package'),
  'quarantine-redriven': text('Đưa gói tin cách ly vào xử lý lại', 'Had a quarantined package judged again'),
  'quarantine-discarded': text('Hủy gói tin cách ly', 'Discarded a quarantined package'),
  'reports-again': text('Kiểm tra lại chữ ký trong tệp', 'Had the signatures inside of files judged again'),
}

export function wordsFor(table: Readonly<Record<string, Text>>, name: string): Text {
  return table[name] ?? text(name, name)
}
