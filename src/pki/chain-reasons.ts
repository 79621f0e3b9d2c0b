import { codeOf, failures, GatewayError, messageOf } from '../base/index.ts'
import type { ChainReason } from './chain-verdict.ts'

/** The rules that have a name of their own, in Vietnamese; the English text is that of the failure, with its details. */
const rules: Readonly<Record<string, string>> = {
  'no-path': 'Không có đường dẫn tới chứng thư số gốc tin cậy',
  'unprocessed-extension': 'Chứng thư số có phần mở rộng bắt buộc mà hệ thống không xử lý',
  'not-for-signing': 'Chứng thư số không được cấp để ký',
  'extended-key-usage': 'Chứng thư số được cấp cho mục đích khác',
  'not-an-authority': 'Bên cấp không phải tổ chức chứng thực',
  'key-usage': 'Khóa của bên cấp không được phép ký chứng thư số hoặc danh sách thu hồi',
  'path-length': 'Đường dẫn chứng thực dài hơn mức cho phép',
  'name-constraints': 'Tên trong chứng thư số nằm ngoài phạm vi của tổ chức chứng thực',
  'policy-required': 'Không có chính sách chứng thư được yêu cầu',
  'policy-mapping-of-any': 'Ánh xạ chính sách chứng thư không hợp lệ',
}

/** A failure as a reason. */
export function reasonOf(error: unknown): ChainReason {
  const code = codeOf(error)
  const rule = error instanceof GatewayError ? error.detail['reason'] : undefined
  const vi = typeof rule === 'string' ? rules[rule] : undefined
  return {
    code: typeof rule === 'string' ? rule : code,
    en: messageOf(error),
    vi: vi === undefined ? failures[code].vi : `${vi}.`,
  }
}

/** Why it is not known whether a certificate is revoked, or when it was. */
export const revocationReasons = {
  revoked: ['it was revoked', 'đã bị thu hồi hoặc tạm dừng'],
  'no-revocation-data': ['no CRL or OCSP response about it is at hand', 'chưa có CRL hoặc phản hồi OCSP'],
  'crl-stale': ['the CRL about it is out of date', 'danh sách thu hồi đã quá hạn'],
  'crl-after-expiry': [
    'the CRL about it was issued after it had expired, and need not name it any more',
    'danh sách thu hồi được phát hành sau khi chứng thư số hết hạn',
  ],
  'crl-from-the-future': [
    'the CRL about it is of a later time',
    'danh sách thu hồi có thời điểm phát hành ở tương lai',
  ],
  'crl-signature': ['the CRL about it was not signed by its issuer', 'chữ ký của danh sách thu hồi không đúng'],
  'crl-scope': [
    'no CRL at hand covers it, or not for all reasons',
    'danh sách thu hồi không bao quát chứng thư số này',
  ],
  'crl-extension': [
    'the CRL has a critical extension that is not processed',
    'danh sách thu hồi có phần mở rộng bắt buộc không xử lý được',
  ],
  'delta-crl': ['delta CRLs are not processed', 'chưa xử lý danh sách thu hồi delta'],
  'indirect-crl': ['indirect CRLs are not processed', 'chưa xử lý danh sách thu hồi gián tiếp'],
  'ocsp-stale': ['the OCSP response about it is out of date', 'phản hồi OCSP đã quá hạn'],
  'ocsp-after-expiry': [
    'the OCSP response about it was made after it had expired, when it may be forgotten',
    'phản hồi OCSP được tạo sau khi chứng thư số hết hạn',
  ],
  'ocsp-from-the-future': ['the OCSP response about it is of a later time', 'phản hồi OCSP có thời điểm ở tương lai'],
  'ocsp-signature': ['the OCSP response was not signed by one who may', 'phản hồi OCSP không do bên có thẩm quyền ký'],
  'ocsp-unknown': ['the OCSP responder does not know it', 'máy chủ OCSP không biết chứng thư số này'],
} as const satisfies Record<string, readonly [en: string, vi: string]>

export type RevocationReason = keyof typeof revocationReasons

export function revocationReason(subject: string, code: RevocationReason, more = ''): ChainReason {
  const [en, vi] = revocationReasons[code]
  return { code, en: `${subject}: ${en}${more}.`, vi: `${subject}: ${vi}${more}.` }
}
