/** May the same thing be tried again? `permanent` stops, `transient` is retried, `unknown` is retried a few times, then held. */
export type Retry = 'permanent' | 'transient' | 'unknown'
/** Who acts: the REST client, the sending agency (by a signed 02), or our operator. */
export type Audience = 'caller' | 'sender' | 'operator'

interface Failure {
  readonly http: number
  readonly retry: Retry
  readonly tell: Audience
  readonly en: string
  readonly vi: string
  /** What to do about it. */
  readonly remedyEn: string
  readonly remedyVi: string
}

const f = (http: number, retry: Retry, tell: Audience, text: readonly [en: string, vi: string], remedy: readonly [en: string, vi: string]): Failure => ({ http, retry, tell, en: text[0], vi: text[1], remedyEn: remedy[0], remedyVi: remedy[1] })

const SIGN_AGAIN = ['Sign the package again as the contract says and send it again.', 'Ký lại gói tin theo đúng hợp đồng kết nối rồi gửi lại.'] as const
const REPACK = ['Correct the package and send it again.', 'Sửa gói tin rồi gửi lại.'] as const
const CORRECT = ['Correct the named field and submit again.', 'Sửa trường được nêu rồi gửi lại.'] as const
const RENEW = ['Sign with a certificate that is valid now and known to the directory.', 'Ký bằng chứng thư số còn hiệu lực và đã đăng ký trong danh bạ.'] as const
const WAIT = ['Nothing: the gateway tries again by itself.', 'Không cần làm gì: hệ thống tự thử lại.'] as const
const LOOK = ['Look into the log under the given id.', 'Tra nhật ký theo mã đã cho.'] as const

/** Every failure the gateway names. Codes are a promise to other systems: add freely, never rename. */
export const failures = {
  // what a client asks for
  'request-invalid': f(400, 'permanent', 'caller', ['The request is not as the API describes it.', 'Yêu cầu không đúng mô tả của API.'], CORRECT),
  'request-too-large': f(413, 'permanent', 'caller', ['The request is larger than allowed.', 'Yêu cầu vượt quá dung lượng cho phép.'], ['Send less at once.', 'Gửi ít dữ liệu hơn trong một lần.']),
  'request-too-slow': f(408, 'transient', 'caller', ['The request arrives too slowly.', 'Yêu cầu được gửi đến quá chậm.'], ['Send it again over a better line.', 'Gửi lại qua đường truyền tốt hơn.']),
  unauthenticated: f(401, 'permanent', 'caller', ['No valid API key was given.', 'Thiếu khóa API hợp lệ.'], ['Send a valid key in the header Authorization: Bearer.', 'Gửi khóa hợp lệ trong tiêu đề Authorization: Bearer.']),
  forbidden: f(403, 'permanent', 'caller', ['This key does not act for that agency.', 'Khóa này không đại diện cho cơ quan đó.'], ['Use a key bound to the agency.', 'Dùng khóa gắn với cơ quan.']),
  'not-found': f(404, 'permanent', 'caller', ['There is nothing with this id for you.', 'Không có dữ liệu với mã này.'], ['Check the id and the agency.', 'Kiểm tra lại mã và cơ quan.']),
  'method-not-allowed': f(405, 'permanent', 'caller', ['This resource does not know that method.', 'Tài nguyên không hỗ trợ phương thức này.'], ['See /docs.', 'Xem /docs.']),
  'range-not-satisfiable': f(416, 'permanent', 'caller', ['The attachment has no such range.', 'Tệp đính kèm không có khoảng byte này.'], ['Ask for bytes within the length.', 'Yêu cầu khoảng byte trong độ dài tệp.']),
  'too-many-requests': f(429, 'transient', 'caller', ['This client makes too many requests.', 'Hệ thống gọi quá nhiều yêu cầu.'], ['Wait as long as Retry-After says, and ask less often.', 'Chờ hết thời gian nêu trong Retry-After và giảm tần suất gọi.']),
  'cursor-invalid': f(400, 'permanent', 'caller', ['The cursor was not made by this list.', 'Con trỏ trang không hợp lệ.'], ['Start again without a cursor.', 'Bắt đầu lại không dùng con trỏ.']),
  'idempotency-key-missing': f(400, 'permanent', 'caller', ['A submission needs an Idempotency-Key header.', 'Thiếu tiêu đề Idempotency-Key.'], ['Send a key of 1 to 200 visible ASCII characters, new for each document.', 'Gửi khóa 1–200 ký tự ASCII, mỗi văn bản một khóa mới.']),
  'idempotency-key-reused': f(409, 'permanent', 'caller', ['This Idempotency-Key was used for another request.', 'Idempotency-Key đã dùng cho yêu cầu khác.'], ['Use a new key for a new document.', 'Dùng khóa mới cho văn bản mới.']),
  'request-in-progress': f(409, 'transient', 'caller', ['The same submission is being accepted right now.', 'Yêu cầu giống hệt đang được xử lý.'], ['Repeat the request in a moment.', 'Gửi lại yêu cầu sau giây lát.']),
  'document-already-submitted': f(409, 'permanent', 'caller', ['A document with this id was already submitted.', 'Văn bản với mã định danh này đã được gửi.'], ['See the linked document.', 'Xem văn bản đã liên kết.']),
  'lease-lost': f(409, 'permanent', 'caller', ['The lease is over or belongs to somebody else.', 'Quyền giữ văn bản đã hết hạn hoặc thuộc hệ thống khác.'], ['Lease the document again.', 'Nhận lại quyền giữ văn bản.']),
  'secrecy-not-allowed': f(422, 'permanent', 'caller', ['The axis carries no state secrets (QĐ 28/2018 Art. 1).', 'Trục liên thông không chuyển văn bản mật (QĐ 28/2018 Điều 1).'], ['Send secret documents by the channel the law provides.', 'Gửi văn bản mật theo kênh do pháp luật quy định.']),
  'status-not-allowed': f(409, 'permanent', 'caller', ['This processing status does not follow from the last one.', 'Trạng thái xử lý không phù hợp với trạng thái trước.'], ['Report a later status.', 'Báo trạng thái tiếp theo.']),

  // who uses the console
  'session-required': f(401, 'permanent', 'caller', ['You are not signed in, or the session is over.', 'Chưa đăng nhập hoặc phiên làm việc đã hết.'], ['Sign in.', 'Đăng nhập.']),
  'login-failed': f(401, 'permanent', 'caller', ['Name or password is wrong.', 'Sai tên hoặc mật khẩu.'], ['Try again, or have an administrator reset the password.', 'Thử lại hoặc nhờ quản trị viên đặt lại mật khẩu.']),
  'login-throttled': f(429, 'transient', 'caller', ['Too many logins were tried.', 'Đăng nhập sai quá nhiều lần.'], ['Wait as long as Retry-After says.', 'Chờ hết thời gian nêu trong Retry-After.']),
  'password-change-required': f(403, 'permanent', 'caller', ['The one-time password must be changed first.', 'Phải đổi mật khẩu dùng một lần trước.'], ['Choose a password of your own.', 'Đặt mật khẩu của riêng bạn.']),
  'password-weak': f(422, 'permanent', 'caller', ['This password is too easy to guess.', 'Mật khẩu quá dễ đoán.'], ['Choose a longer one, such as a short sentence.', 'Chọn mật khẩu dài hơn, ví dụ một câu ngắn.']),
  'role-missing': f(403, 'permanent', 'caller', ['Your role does not allow this.', 'Vai trò của bạn không cho phép việc này.'], ['Ask an administrator.', 'Liên hệ quản trị viên.']),
  'cross-site-request': f(403, 'permanent', 'caller', ['The request does not come from a page of the console.', 'Yêu cầu không đến từ trang điều hành.'], ['Reload the page and try again.', 'Tải lại trang rồi thử lại.']),
  'too-many-streams': f(429, 'transient', 'caller', ['Too many pages are open.', 'Mở quá nhiều trang cùng lúc.'], ['Close some of them.', 'Đóng bớt trang.']),
  'user-exists': f(409, 'permanent', 'caller', ['There is a user with this name already.', 'Đã có người dùng với tên này.'], ['Choose another name.', 'Chọn tên khác.']),
  'last-administrator': f(409, 'permanent', 'caller', ['Somebody must be left who can manage users.', 'Phải còn ít nhất một quản trị viên.'], ['Make somebody else administrator first.', 'Cấp quyền quản trị cho người khác trước.']),

  // the document itself
  'document-invalid': f(422, 'permanent', 'caller', ['The document does not meet the rules of edXML.', 'Văn bản không đáp ứng quy tắc edXML.'], CORRECT),
  'document-too-large': f(413, 'permanent', 'caller', ['The document is larger than the gateway carries.', 'Văn bản vượt quá dung lượng cho phép.'], ['Send smaller attachments.', 'Giảm dung lượng tệp đính kèm.']),
  'schema-violation': f(422, 'permanent', 'sender', ['The package does not match the edXML schema.', 'Gói tin không đúng lược đồ edXML.'], REPACK),
  'business-rule-violation': f(422, 'permanent', 'sender', ['The package breaks a business rule.', 'Gói tin vi phạm quy tắc nghiệp vụ.'], REPACK),
  'operation-not-supported': f(422, 'permanent', 'sender', ['This gateway does not process recall, update or replacement packages yet.', 'Hệ thống chưa xử lý gói thu hồi, cập nhật hoặc thay thế.'], ['Agree with the recipient by another way.', 'Liên hệ bên nhận bằng cách khác.']),
  'element-repeated': f(422, 'permanent', 'sender', ['An element stands twice where only one is allowed.', 'Phần tử bị lặp lại.'], REPACK),
  'not-edxml': f(422, 'permanent', 'sender', ['This is XML, but not an edXML package of QCVN 102:2016.', 'Đây không phải gói edXML theo QCVN 102:2016.'], ['Follow the written contract, or the samples of the standard.', 'Theo đúng hợp đồng kết nối hoặc gói mẫu của quy chuẩn.']),
  'attachments-incomplete': f(422, 'permanent', 'sender', ['Manifest and attachments do not match one to one.', 'Danh mục và tệp đính kèm không khớp.'], REPACK),
  'attachment-damaged': f(422, 'permanent', 'sender', ['An attachment is not valid base64 or is empty.', 'Tệp đính kèm bị hỏng.'], REPACK),
  'secret-mark': f(
    422,
    'permanent',
    'sender',
    ['The package bears a mark of secrecy; the axis carries no state secrets.', 'Gói tin mang dấu độ mật; trục liên thông không chuyển văn bản mật.'],
    ['Send it by the channel the law provides, and report the incident.', 'Gửi theo kênh do pháp luật quy định và báo cáo sự việc.'],
  ),
  'document-conflict': f(409, 'permanent', 'sender', ['Another document was already accepted under this id.', 'Đã tiếp nhận văn bản khác với cùng mã định danh.'], ['Give the new document an id of its own, or ask the recipient.', 'Dùng mã định danh mới hoặc liên hệ bên nhận.']),
  'recipient-not-named': f(422, 'permanent', 'operator', ['The package is not addressed to the agency it was sent to.', 'Gói tin không ghi cơ quan nhận này.'], ['Ask the sender to address it correctly.', 'Yêu cầu bên gửi ghi đúng nơi nhận.']),
  'agency-unknown': f(422, 'permanent', 'caller', ['The directory does not know this agency, or it is not active.', 'Danh bạ không có cơ quan này hoặc đã ngừng hoạt động.'], ['Use a code from GET /v1/agencies.', 'Dùng mã trong GET /v1/agencies.']),

  // the signed bytes
  'envelope-too-large': f(422, 'permanent', 'sender', ['The package header is larger than allowed.', 'Phần đầu gói tin vượt quá dung lượng cho phép.'], REPACK),
  'structure-limit': f(422, 'permanent', 'sender', ['The package is nested or repeated beyond the limits.', 'Cấu trúc gói tin vượt giới hạn.'], REPACK),
  'reference-limit': f(422, 'permanent', 'sender', ['The signature has more references than allowed.', 'Chữ ký có quá nhiều tham chiếu.'], SIGN_AGAIN),
  'encoding-unsupported': f(422, 'permanent', 'sender', ['The package is not UTF-8.', 'Gói tin không phải UTF-8.'], REPACK),
  'doctype-not-allowed': f(422, 'permanent', 'sender', ['The package has a document type declaration.', 'Gói tin có khai báo DOCTYPE.'], REPACK),
  'not-well-formed': f(422, 'permanent', 'sender', ['The package is not well-formed XML.', 'Gói tin không phải XML đúng dạng.'], REPACK),
  'comment-or-instruction': f(422, 'permanent', 'sender', ['The package has a comment or processing instruction inside.', 'Gói tin chứa chú thích hoặc chỉ thị xử lý.'], REPACK),
  'xsi-attribute': f(422, 'permanent', 'sender', ['The package uses xsi: attributes, whose meaning the signature would not cover.', 'Gói tin dùng thuộc tính xsi:.'], REPACK),
  'unexpected-content': f(422, 'permanent', 'sender', ['Something stands where only the signed parts may stand.', 'Có nội dung ngoài các phần được ký.'], REPACK),
  'id-not-unique': f(422, 'permanent', 'sender', ['Ids must be attributes named Id, each different.', 'Thuộc tính Id phải là duy nhất.'], SIGN_AGAIN),
  'signature-missing': f(422, 'permanent', 'sender', ['The package carries no XML signature.', 'Gói tin không có chữ ký XML.'], SIGN_AGAIN),
  'signature-repeated': f(422, 'permanent', 'sender', ['The package carries more than one signature.', 'Gói tin có nhiều hơn một chữ ký.'], SIGN_AGAIN),
  'signature-misplaced': f(422, 'permanent', 'sender', ['The signature is not the last child of edXMLHeader.', 'Chữ ký không nằm cuối edXMLHeader.'], SIGN_AGAIN),
  'signature-malformed': f(422, 'permanent', 'sender', ['The signature does not have the shape of the contract.', 'Chữ ký không đúng cấu trúc.'], SIGN_AGAIN),
  'signature-object-unexpected': f(422, 'permanent', 'sender', ['The signature holds an object that is not expected.', 'Chữ ký chứa đối tượng không mong đợi.'], SIGN_AGAIN),
  'reference-missing': f(422, 'permanent', 'sender', ['A part that must be signed is not.', 'Thiếu tham chiếu tới phần phải ký.'], SIGN_AGAIN),
  'reference-extra': f(422, 'permanent', 'sender', ['The signature refers to more than the contract says.', 'Chữ ký có tham chiếu thừa.'], SIGN_AGAIN),
  'reference-elsewhere': f(422, 'permanent', 'sender', ['A reference points outside, or to an element that is not at its place.', 'Tham chiếu trỏ tới phần tử không đúng vị trí.'], SIGN_AGAIN),
  'algorithm-not-allowed': f(422, 'permanent', 'sender', ['A signature, digest or canonicalization algorithm is not on the list.', 'Thuật toán không được phép.'], SIGN_AGAIN),
  'algorithm-forbidden': f(422, 'permanent', 'sender', ['SHA-1, DSA and HMAC are never accepted.', 'Không chấp nhận SHA-1, DSA, HMAC.'], SIGN_AGAIN),
  'transform-not-allowed': f(422, 'permanent', 'sender', ['A reference has a transform that is not allowed.', 'Phép biến đổi không được phép.'], SIGN_AGAIN),
  'inclusive-namespaces': f(422, 'permanent', 'sender', ['InclusiveNamespaces is not allowed.', 'Không cho phép InclusiveNamespaces.'], SIGN_AGAIN),
  'key-too-short': f(422, 'permanent', 'sender', ['The signing key is shorter than 2048 bits (RSA) or 256 bits (EC).', 'Khóa ký quá ngắn.'], RENEW),
  'signature-invalid': f(422, 'permanent', 'sender', ['The signature value does not match.', 'Giá trị chữ ký không đúng.'], SIGN_AGAIN),
  'digest-mismatch': f(422, 'permanent', 'sender', ['A signed part was changed after signing.', 'Nội dung đã bị thay đổi sau khi ký.'], SIGN_AGAIN),
  'certificate-missing': f(422, 'permanent', 'sender', ['The signature does not carry its certificate.', 'Chữ ký không kèm chứng thư số.'], SIGN_AGAIN),
  'certificate-malformed': f(422, 'permanent', 'sender', ['The certificate cannot be read, or its digest is another one.', 'Không đọc được chứng thư số hoặc dấu vết không khớp.'], SIGN_AGAIN),
  'certificate-untrusted': f(422, 'permanent', 'sender', ['No trusted path leads to the signing certificate.', 'Chứng thư số không được tin cậy.'], RENEW),
  'certificate-expired': f(422, 'permanent', 'sender', ['The signing certificate, or one above it, has expired.', 'Chứng thư số đã hết hạn.'], RENEW),
  'certificate-not-yet-valid': f(422, 'permanent', 'sender', ['The signing certificate, or one above it, is not valid yet.', 'Chứng thư số chưa có hiệu lực.'], RENEW),
  'certificate-revoked': f(422, 'permanent', 'sender', ['The signing certificate, or one above it, was revoked.', 'Chứng thư số đã bị thu hồi hoặc tạm dừng.'], RENEW),
  'revocation-undetermined': f(
    422,
    'permanent',
    'sender',
    ['It cannot be told whether the certificate was revoked, and the recipient accepts nothing uncertain.', 'Không kiểm tra được tình trạng thu hồi của chứng thư số, bên nhận không chấp nhận trường hợp này.'],
    ['Ask the recipient and the certification authority why there is no CRL or OCSP answer, then send again.', 'Hỏi bên nhận và tổ chức chứng thực vì sao không có CRL hoặc phản hồi OCSP, rồi gửi lại.'],
  ),
  'evidence-mismatch': f(422, 'permanent', 'caller', ['The evidence is about another package.', 'Bằng chứng không thuộc gói tin này.'], ['Name the evidence of this package.', 'Chỉ định bằng chứng của đúng gói tin.']),
  'signer-not-sender': f(422, 'permanent', 'sender', ['The signer is not the agency named in From.', 'Người ký không phải cơ quan ghi trong From.'], RENEW),
  'signing-time-out-of-bounds': f(422, 'permanent', 'sender', ['The claimed signing time is too far from the time of arrival.', 'Thời gian ký lệch quá xa thời điểm nhận.'], ['Set the clock and sign again.', 'Chỉnh đồng hồ rồi ký lại.']),

  // attached files; what is wrong with them stands in their reports
  'pdf-unreadable': f(422, 'permanent', 'operator', ['The PDF cannot be read without guessing, or asks for more than the limits give.', 'Không đọc được tệp PDF hoặc tệp vượt giới hạn xử lý.'], ['Make and sign the PDF again.', 'Tạo và ký lại tệp PDF.']),

  // the wire
  'contract-violation': f(422, 'permanent', 'operator', ['A message on the axis does not follow the contract.', 'Bản tin trên trục không đúng hợp đồng kết nối.'], ['Tell the partner which header is wrong.', 'Báo đối tác tiêu đề sai.']),
  'headers-contradict-envelope': f(422, 'permanent', 'sender', ['The message headers say something else than the signed package.', 'Tiêu đề bản tin mâu thuẫn với gói tin đã ký.'], ['Send with headers that match the package.', 'Gửi lại với tiêu đề khớp gói tin.']),
  'sender-not-entitled': f(403, 'permanent', 'operator', ['The broker user may not speak for this agency.', 'Tài khoản trục không được đại diện cho cơ quan này.'], ['Correct the entitlement in the directory, or tell the partner.', 'Sửa quyền trong danh bạ hoặc báo đối tác.']),
  'part-too-large': f(413, 'permanent', 'operator', ['A part is larger than the limit.', 'Phần gói tin vượt giới hạn.'], ['Tell the partner to cut smaller parts.', 'Đề nghị đối tác chia phần nhỏ hơn.']),
  'part-mismatch': f(422, 'permanent', 'operator', ['Parts of one package contradict each other or their digest.', 'Các phần của gói tin không khớp nhau.'], ['Tell the partner; the package is sent again whole.', 'Báo đối tác; gói tin sẽ được gửi lại.']),
  'stage-quota-exceeded': f(429, 'transient', 'operator', ['This sender has too much unverified content waiting.', 'Bên gửi có quá nhiều dữ liệu chưa kiểm chứng.'], ['Find out why its packages stay incomplete.', 'Tìm hiểu vì sao gói tin không đầy đủ.']),
  'stage-expired': f(422, 'permanent', 'operator', ['A package stayed incomplete for too long; its bytes were freed.', 'Gói tin không đầy đủ quá lâu đã bị hủy.'], ['Nothing, unless the sender asks: it sends again.', 'Không cần làm gì trừ khi bên gửi hỏi.']),
  'receipt-unmatched': f(422, 'permanent', 'operator', ['A receipt answers nothing that we sent, or other bytes.', 'Biên nhận không khớp gói tin đã gửi.'], ['Compare it with the delivery and ask the partner.', 'Đối chiếu và hỏi đối tác.']),
  'refused-by-recipient': f(422, 'permanent', 'caller', ['The recipient refused the document.', 'Bên nhận từ chối văn bản.'], ['Read the reason, correct, and submit again.', 'Đọc lý do, sửa và gửi lại.']),
  'deadline-passed': f(504, 'permanent', 'caller', ['No receipt came before the deadline.', 'Không có biên nhận trước thời hạn.'], ['Ask the recipient; re-send, or send paper.', 'Liên hệ bên nhận; gửi lại hoặc gửi giấy.']),
  'receipt-awaited': f(504, 'transient', 'operator', ['The recipient has not answered yet.', 'Bên nhận chưa trả lời.'], WAIT),
  'broker-unavailable': f(503, 'transient', 'operator', ['The axis cannot be reached.', 'Không kết nối được trục liên thông.'], WAIT),
  'broker-unroutable': f(503, 'transient', 'operator', ['The axis has no queue for the recipient.', 'Trục không có hàng đợi cho bên nhận.'], ['Check the topology of the axis.', 'Kiểm tra cấu hình hàng đợi trên trục.']),
  'broker-full': f(503, 'transient', 'operator', ['The queue of the recipient is full.', 'Hàng đợi của bên nhận đã đầy.'], WAIT),

  // what an operator orders
  'command-id-reused': f(409, 'permanent', 'caller', ['Another command was given under this id.', 'Mã lệnh này đã dùng cho lệnh khác.'], ['Make a new id for a new command.', 'Tạo mã mới cho lệnh mới.']),
  'incident-gone': f(404, 'permanent', 'caller', ['This group holds no incidents any more.', 'Nhóm này không còn sự cố nào.'], ['They were repaired meanwhile: look at the incidents again.', 'Sự cố đã được xử lý: xem lại danh sách sự cố.']),
  'transition-not-allowed': f(409, 'permanent', 'operator', ['What is in this state cannot be ordered so.', 'Không thể ra lệnh này ở trạng thái hiện tại.'], ['Choose another command, or leave it.', 'Chọn lệnh khác hoặc để nguyên.']),
  'content-gone': f(410, 'permanent', 'operator', ['Its bytes were destroyed.', 'Nội dung đã bị hủy.'], ['Submit the document again.', 'Gửi lại văn bản từ đầu.']),
  'redrive-not-possible': f(409, 'permanent', 'operator', ['Not all of it was kept that a second judgement needs.', 'Không còn đủ dữ liệu để xét lại.'], ['Ask the sender to send it again.', 'Đề nghị bên gửi gửi lại.']),
  'expired-by-operator': f(504, 'permanent', 'caller', ['An operator ended the delivery before its deadline.', 'Người vận hành đã kết thúc việc gửi trước thời hạn.'], ['Ask the operator; re-send, or send paper.', 'Hỏi người vận hành; gửi lại hoặc gửi giấy.']),
  'held-by-operator': f(503, 'transient', 'operator', ['An operator holds the delivery.', 'Người vận hành đang giữ lại.'], ['Release it when the cause is mended.', 'Cho gửi tiếp khi đã xử lý nguyên nhân.']),

  // the directory of the axis
  'directory-malformed': f(422, 'permanent', 'operator', ['This is not a signed directory as schemas/directory.schema.json describes it.', 'Đây không phải danh bạ đã ký đúng định dạng.'], ['Ask the operator of the axis for the right file.', 'Hỏi đơn vị vận hành trục.']),
  'directory-untrusted': f(422, 'permanent', 'operator', ['The directory is not signed by the operator of the axis.', 'Danh bạ không do đơn vị vận hành trục ký.'], ['Keep it, tell the operator of the axis, and apply nothing.', 'Giữ lại, báo đơn vị vận hành trục và không áp dụng.']),
  'directory-other-axis': f(422, 'permanent', 'operator', ['The directory is of another axis.', 'Danh bạ thuộc trục khác.'], ['Take the directory of the axis that directory.axis names.', 'Dùng danh bạ của trục nêu trong directory.axis.']),
  'directory-older': f(409, 'permanent', 'operator', ['The directory is older than the one in force.', 'Danh bạ cũ hơn danh bạ đang áp dụng.'], ['Take the newest one.', 'Dùng danh bạ mới nhất.']),
  'directory-conflict': f(409, 'permanent', 'operator', ['Another directory was published under the version in force.', 'Có danh bạ khác mang cùng số phiên bản.'], ['Tell the operator of the axis: a version is published once.', 'Báo đơn vị vận hành trục: mỗi phiên bản chỉ phát hành một lần.']),
  'directory-inconsistent': f(
    422,
    'permanent',
    'operator',
    ['Agencies of the directory contradict each other, or one that was entered by hand.', 'Danh bạ có cơ quan mâu thuẫn với nhau hoặc với cơ quan nhập tay.'],
    ['Correct the entry that the message names, then apply the directory again.', 'Sửa mục nêu trong thông báo rồi áp dụng lại danh bạ.'],
  ),
  'agency-signed': f(
    409,
    'permanent',
    'operator',
    ['The signed directory of the axis says this of the agency; it is not changed by hand.', 'Thông tin này do danh bạ đã ký của trục quy định, không sửa bằng tay.'],
    ['Ask the operator of the axis to change it, or enter only certificates.', 'Đề nghị đơn vị vận hành trục sửa, hoặc chỉ nhập chứng thư số.'],
  ),
  'certificate-withdrawn': f(409, 'permanent', 'operator', ['The operator of the axis has withdrawn this certificate.', 'Đơn vị vận hành trục đã rút chứng thư số này.'], ['Leave it out.', 'Không nhập chứng thư số này.']),
  'lane-not-served': f(422, 'permanent', 'caller', ['The recipient takes no documents of this urgency.', 'Bên nhận không nhận văn bản ở mức độ khẩn này.'], ['Send it with another priority, or ask the recipient.', 'Chọn mức độ khẩn khác hoặc liên hệ bên nhận.']),

  // ourselves
  'config-invalid': f(500, 'permanent', 'operator', ['The configuration cannot be used.', 'Cấu hình không dùng được.'], ['Write what the message says.', 'Sửa theo thông báo.']),
  'key-unusable': f(500, 'permanent', 'operator', ['A private key or certificate of ours cannot be used.', 'Khóa hoặc chứng thư số của hệ thống không dùng được.'], ['Check the files named in the configuration.', 'Kiểm tra tệp nêu trong cấu hình.']),
  'key-password-wrong': f(
    500,
    'permanent',
    'operator',
    ['The password or PIN of a signing key of ours is wrong.', 'Mật khẩu hoặc mã PIN của khóa ký không đúng.'],
    ['Write the right one into its file; until then it is not tried again, because a token locks itself.', 'Ghi đúng mật khẩu vào tệp; trước đó hệ thống không thử lại vì thiết bị có thể bị khóa.'],
  ),
  'key-token-unavailable': f(503, 'transient', 'operator', ['The token with our signing key cannot be reached.', 'Không truy cập được thiết bị chứa khóa ký.'], ['Put the token back, or look after its service; signing goes on by itself.', 'Cắm lại thiết bị hoặc kiểm tra dịch vụ của thiết bị; hệ thống tự ký tiếp.']),
  'key-token-unsupported': f(500, 'permanent', 'operator', ['This installation cannot speak PKCS#11.', 'Bản cài đặt này không hỗ trợ PKCS#11.'], ['Install a C++ compiler and run npm ci again, or use a key in a file.', 'Cài trình biên dịch C++ rồi chạy lại npm ci, hoặc dùng khóa trong tệp.']),
  'key-expires-too-soon': f(503, 'permanent', 'operator', ['Our signing certificate expires before the deadline of the document.', 'Chứng thư số của cơ quan hết hạn trước thời hạn gửi.'], ['Install the next certificate.', 'Cài đặt chứng thư số mới.']),
  'trust-unusable': f(500, 'permanent', 'operator', ['No usable trust was given.', 'Thiếu chứng thư số gốc tin cậy.'], ['Name a file with trusted certificates.', 'Chỉ định tệp chứng thư số gốc.']),
  'revocation-data-unusable': f(422, 'transient', 'operator', ['A CRL or OCSP response cannot be used.', 'CRL hoặc phản hồi OCSP không dùng được.'], ['Check the address or file it comes from.', 'Kiểm tra địa chỉ hoặc tệp nguồn.']),
  'revocation-source-unavailable': f(
    503,
    'transient',
    'operator',
    ['A CRL or an OCSP responder cannot be reached.', 'Không truy cập được CRL hoặc máy chủ OCSP.'],
    ['Check the way to the named address, or name a mirror in trust.revocation.mirrors.', 'Kiểm tra đường tới địa chỉ được nêu, hoặc chỉ định trust.revocation.mirrors.'],
  ),
  'store-unavailable': f(503, 'transient', 'operator', ['The store cannot be used right now.', 'Kho dữ liệu tạm thời không dùng được.'], ['Check disk space and the database.', 'Kiểm tra dung lượng đĩa và cơ sở dữ liệu.']),
  'store-not-empty': f(409, 'permanent', 'operator', ['The store to copy to is not empty.', 'Kho dữ liệu đích không trống.'], ['Copy to a new file or an empty database.', 'Sao chép sang tệp mới hoặc cơ sở dữ liệu trống.']),
  'store-version': f(500, 'permanent', 'operator', ['The store was made by a newer version.', 'Kho dữ liệu thuộc phiên bản mới hơn.'], ['Start the newer version.', 'Chạy phiên bản mới hơn.']),
  'audit-broken': f(500, 'permanent', 'operator', ['The audit chain does not fit together.', 'Chuỗi nhật ký kiểm toán bị đứt.'], ['Keep the store as it is and call the auditor.', 'Giữ nguyên kho dữ liệu và báo kiểm toán.']),
  stopping: f(503, 'transient', 'caller', ['The gateway is stopping.', 'Hệ thống đang dừng.'], ['Repeat the request in a moment.', 'Gửi lại sau giây lát.']),
  internal: f(500, 'unknown', 'operator', ['Something unexpected happened.', 'Lỗi không lường trước.'], LOOK),
} as const satisfies Record<string, Failure>

export type FailureCode = keyof typeof failures
