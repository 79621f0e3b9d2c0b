import type { ChainReason } from '../pki/index.ts'

/** Of one signature, and of a file. `undetermined`: what is needed to decide is not there; never to be taken for valid. */
export type PdfVerdict = 'valid' | 'invalid' | 'undetermined'

/** Why a verdict is not `valid`, or what a person should know; `detail` names places and values, never document text. */
export interface Finding {
  readonly code: FindingCode
  readonly detail?: string
}

/** A finding in words. Of chains, `code` is what the chain's judgement says. */
export interface Reason extends ChainReason {
  readonly detail?: string
}

interface Meaning {
  /** What the finding does to the verdict; a notice does nothing. */
  readonly verdict: 'invalid' | 'undetermined' | 'notice'
  readonly en: string
  readonly vi: string
}

const m = (verdict: Meaning['verdict'], en: string, vi: string): Meaning => ({ verdict, en, vi })

/** Everything that can be found in a signed PDF. Codes are a promise to other systems: add freely, never rename. */
export const findings = {
  // the file
  'not-a-pdf': m(
    'undetermined',
    'This is not a PDF; signatures of other formats are not judged.',
    'Tệp không phải PDF; không kiểm tra chữ ký của định dạng khác.',
  ),
  unsigned: m(
    'undetermined',
    'The file carries no digital signature: it is for information only (QĐ 28/2018 Art. 4(2)).',
    'Tệp không có chữ ký số: chỉ để thông tin (QĐ 28/2018 Điều 4 khoản 2).',
  ),
  'pdf-broken': m(
    'undetermined',
    'The file cannot be followed as a PDF without guessing.',
    'Tệp PDF bị hỏng hoặc sai cấu trúc, không đọc được nếu không phỏng đoán.',
  ),
  'pdf-header-displaced': m('undetermined', 'The file does not begin with %PDF.', 'Tệp không bắt đầu bằng %PDF.'),
  'pdf-encrypted': m(
    'undetermined',
    'The PDF is encrypted and is not read.',
    'Tệp PDF được mã hóa nên không đọc được.',
  ),
  'pdf-too-complex': m(
    'undetermined',
    'The file asks for more work than the limits give.',
    'Cấu trúc tệp vượt giới hạn xử lý.',
  ),
  'pdf-too-large': m(
    'undetermined',
    'The file is larger than what is judged.',
    'Dung lượng tệp vượt giới hạn kiểm tra.',
  ),
  'time-limit': m(
    'undetermined',
    'Judging took too long and was ended.',
    'Kiểm tra quá thời gian cho phép nên bị dừng.',
  ),
  'judging-failed': m('undetermined', 'Judging ended before its time.', 'Việc kiểm tra kết thúc bất thường.'),
  'zip-broken': m(
    'undetermined',
    'The ZIP around the file cannot be read without guessing.',
    'Tệp ZIP bao ngoài bị hỏng hoặc mập mờ.',
  ),
  'zip-too-large': m(
    'undetermined',
    'The ZIP around the file unpacks to more than the limits give.',
    'Tệp ZIP bao ngoài giải nén vượt giới hạn.',
  ),
  'signature-elsewhere': m(
    'undetermined',
    'The file holds something like a signature that is not in its form any more.',
    'Tệp chứa dấu vết chữ ký không còn nằm trong biểu mẫu.',
  ),

  // where a signature stands
  'sub-filter-unknown': m(
    'undetermined',
    'The form of the signature is not one that is judged.',
    'Dạng chữ ký không thuộc loại được kiểm tra.',
  ),
  'timestamp-not-judged': m(
    'undetermined',
    'A document time stamp is recorded and not judged yet.',
    'Dấu thời gian của tài liệu được ghi nhận, chưa kiểm tra.',
  ),
  'signature-malformed': m(
    'invalid',
    'The signature dictionary is not written as a signature is.',
    'Từ điển chữ ký sai cấu trúc.',
  ),
  'byte-range-malformed': m(
    'invalid',
    'The byte range is not two ranges that follow each other from the beginning.',
    'Khoảng byte được ký không hợp lệ.',
  ),
  'byte-range-elsewhere': m(
    'invalid',
    'The byte range leaves out something else than the value of its own signature.',
    'Khoảng byte bỏ qua nội dung khác ngoài giá trị của chính chữ ký.',
  ),
  'byte-range-incomplete': m(
    'invalid',
    'The signed octets are not a whole saving of the file.',
    'Phần được ký không phải một phiên bản đầy đủ của tệp.',
  ),
  'contents-malformed': m(
    'invalid',
    'The value of the signature is empty or not written in hexadecimal digits.',
    'Giá trị chữ ký trống hoặc không ở dạng thập lục phân.',
  ),
  'contents-padding': m(
    'invalid',
    'Something other than zeros follows the signature inside of its place.',
    'Sau giá trị chữ ký có dữ liệu lạ.',
  ),

  // what came after it
  'changed-after-signing': m(
    'invalid',
    'The document was changed after this signature.',
    'Tài liệu đã bị thay đổi sau chữ ký này.',
  ),
  'annotated-after-signing': m(
    'undetermined',
    'Annotations or form values were added after this signature; a person must look at them.',
    'Sau chữ ký này có bổ sung chú thích hoặc giá trị biểu mẫu; cần người kiểm tra.',
  ),
  'certification-forbids': m(
    'invalid',
    'The signature allows no change after it, and there is one.',
    'Chữ ký chứng nhận không cho phép thay đổi, nhưng tài liệu đã thay đổi.',
  ),
  'extended-after-signing': m(
    'notice',
    'Further signatures, validation data or metadata were added after this signature.',
    'Sau chữ ký này có thêm chữ ký, dữ liệu kiểm tra hoặc siêu dữ liệu.',
  ),

  // the cryptographic signature
  'cms-malformed': m(
    'invalid',
    'The signature value is not a CMS signature.',
    'Giá trị chữ ký không phải cấu trúc CMS.',
  ),
  'cms-ambiguous': m(
    'invalid',
    'The signature value holds several signers, certificates or attributes where one is allowed.',
    'Giá trị chữ ký có nhiều người ký, chứng thư số hoặc thuộc tính trùng lặp.',
  ),
  'signed-attributes-missing': m(
    'undetermined',
    'The signature has no signed attributes, so it says nothing about its certificate.',
    'Chữ ký không có thuộc tính được ký.',
  ),
  'content-type-mismatch': m(
    'invalid',
    'The signed content type is not that of the content.',
    'Kiểu nội dung được ký không khớp.',
  ),
  'digest-mismatch': m('invalid', 'The signed octets were changed after signing.', 'Nội dung được ký đã bị thay đổi.'),
  'signature-mismatch': m(
    'invalid',
    'The signature was not made by the key of its certificate.',
    'Chữ ký không được tạo bởi khóa của chứng thư số.',
  ),
  'certificate-missing': m(
    'invalid',
    'The signature does not carry the certificate of its signer.',
    'Chữ ký không kèm chứng thư số của người ký.',
  ),
  'certificate-malformed': m(
    'invalid',
    'The certificate of the signer cannot be read.',
    'Không đọc được chứng thư số của người ký.',
  ),
  'signing-certificate-missing': m(
    'invalid',
    'The signature does not name its certificate under the signature, as CAdES asks.',
    'Chữ ký không ràng buộc chứng thư số theo CAdES.',
  ),
  'signing-certificate-mismatch': m(
    'invalid',
    'The signature names another certificate under the signature.',
    'Chữ ký ràng buộc với chứng thư số khác.',
  ),
  'algorithm-forbidden': m('invalid', 'SHA-1, MD5 and DSA are never accepted.', 'Không chấp nhận SHA-1, MD5, DSA.'),
  'algorithm-not-allowed': m(
    'undetermined',
    'The signature uses an algorithm that is not on the list.',
    'Chữ ký dùng thuật toán ngoài danh mục.',
  ),
  'key-too-short': m('invalid', 'The key is shorter than 2048 bits (RSA) or 256 bits (EC).', 'Khóa ký quá ngắn.'),

  // who, and when
  'signing-time-missing': m('notice', 'The signature does not say when it was made.', 'Chữ ký không ghi thời gian ký.'),
  'signing-time-contradictory': m(
    'notice',
    'The two signing times that the signer gave differ.',
    'Hai thời gian ký do người ký khai không khớp nhau.',
  ),
  'signing-time-outside-certificate': m(
    'invalid',
    'The signing time is outside of the validity of the certificate.',
    'Thời gian ký nằm ngoài thời hạn của chứng thư số.',
  ),
  'signing-time-ahead': m(
    'undetermined',
    'The signing time is later than the time at which the signature was judged.',
    'Thời gian ký muộn hơn thời điểm kiểm tra.',
  ),
  'validity-at-signing-unproven': m(
    'undetermined',
    'The certificate was valid at the signing time that the signer claims, but is not at the time of judging, and no verified time stamp proves the time.',
    'Chứng thư số có hiệu lực tại thời gian ký do người ký khai nhưng không còn tại thời điểm kiểm tra; chưa có dấu thời gian chứng minh.',
  ),
  'revocation-unknown': m(
    'undetermined',
    'Whether the certificate was revoked could not be checked.',
    'Không kiểm tra được trạng thái thu hồi chứng thư số.',
  ),
  'revocation-not-asked': m(
    'notice',
    'Revocation was not checked, because nobody asked for it.',
    'Chưa kiểm tra trạng thái thu hồi vì không được yêu cầu.',
  ),
  'certificate-revoked': m('invalid', 'The certificate was revoked.', 'Chứng thư số đã bị thu hồi.'),
  'trust-missing': m('undetermined', 'No trusted certificates were given.', 'Chưa chỉ định chứng thư số gốc tin cậy.'),

  // what is normally there
  'person-signature-missing': m(
    'notice',
    'The signature of a person is missing (NĐ 30/2020 Appendix I).',
    'Thiếu chữ ký số của người có thẩm quyền (NĐ 30/2020 Phụ lục I).',
  ),
  'organisation-signature-missing': m(
    'notice',
    'The signature of the organisation is missing (NĐ 30/2020 Appendix I).',
    'Thiếu chữ ký số của cơ quan, tổ chức (NĐ 30/2020 Phụ lục I).',
  ),
  'organisation-not-sender': m(
    'undetermined',
    'Every organisation that signed is another agency than the sender; a person must decide.',
    'Cơ quan, tổ chức ký số không phải là cơ quan gửi; cần người kiểm tra.',
  ),
  'organisation-unconfirmed': m(
    'notice',
    'The organisation that signed does not bear the name of the sender; compare what is given.',
    'Tên cơ quan, tổ chức ký số không trùng với cơ quan gửi; cần đối chiếu.',
  ),
  'signature-order-unusual': m(
    'notice',
    'The organisation signed before the person.',
    'Cơ quan ký trước người có thẩm quyền.',
  ),
} as const satisfies Record<string, Meaning>

export type FindingCode = keyof typeof findings

export function reasonOf({ code, detail }: Finding): Reason {
  const { en, vi } = findings[code]
  return { code, en, vi, ...(detail !== undefined && { detail }) }
}

/** The verdict that follows from findings: the worst counts. */
export function verdictOf(found: readonly Finding[], otherwise: PdfVerdict = 'valid'): PdfVerdict {
  return worst(
    [otherwise, ...found.map(({ code }) => findings[code].verdict)].filter((verdict) => verdict !== 'notice'),
  )
}

/** One invalid spoils all; else one undetermined. */
export function worst(verdicts: readonly PdfVerdict[]): PdfVerdict {
  if (verdicts.includes('invalid')) return 'invalid'
  return verdicts.includes('undetermined') ? 'undetermined' : 'valid'
}
