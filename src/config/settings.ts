import { limits } from '../base/index.ts'

/** How the text of an environment variable becomes a value; `files` is a list with commas, or JSON. */
export type Kind = 'text' | 'file' | 'number' | 'flag' | 'files' | 'json'

/** One row per setting: how its environment variable is read, what it is, and what to write. The README's table says the same. */
export const settings: Readonly<Record<string, { kind: Kind; about: string; aboutVi: string; write: string }>> = {
  'http.host': {
    kind: 'text',
    about: 'address to listen on',
    aboutVi: 'địa chỉ lắng nghe',
    write: 'an address or name such as "127.0.0.1"',
  },
  'http.port': {
    kind: 'number',
    about: 'port to listen on',
    aboutVi: 'cổng lắng nghe',
    write: 'a number from 0 to 65535, such as 8080 (0 takes a free one)',
  },
  'http.behindProxy': {
    kind: 'text',
    about: 'needed when the host is not loopback and there is no TLS of our own: who speaks HTTPS in front of us',
    aboutVi:
      'cần khi địa chỉ không phải loopback và không có TLS riêng: thiết bị hoặc phần mềm nào đứng trước làm HTTPS',
    write: 'a sentence that names the proxy, such as "nginx on this host ends TLS, port 443"',
  },
  'http.requestsPerSecond': {
    kind: 'number',
    about:
      'requests that each client may make in a second, after a burst of twice as many; beyond it 429 with Retry-After',
    aboutVi:
      'số yêu cầu mỗi hệ thống được gửi trong một giây, ban đầu được gấp đôi; vượt quá thì nhận 429 kèm Retry-After',
    write: 'a number from 1 to 100000',
  },
  'http.tls': {
    kind: 'json',
    about: 'HTTPS of our own',
    aboutVi: 'HTTPS của chính cổng này',
    write: '{ "keyFile": …, "certFile": … }',
  },
  'http.tls.keyFile': {
    kind: 'file',
    about: 'its private key, PEM',
    aboutVi: 'khóa bí mật của HTTPS, PEM',
    write: 'the path of a PEM file',
  },
  'http.tls.certFile': {
    kind: 'file',
    about: 'its certificate and issuers, PEM',
    aboutVi: 'chứng thư số của HTTPS và các bên cấp, PEM',
    write: 'the path of a PEM file',
  },
  store: {
    kind: 'json',
    about: 'where documents are kept: in a file, or in a database that several gateways share',
    aboutVi: 'nơi lưu văn bản: trong một tệp, hoặc trong cơ sở dữ liệu mà nhiều cổng dùng chung',
    write: '{ "file": … } for SQLite, or { "url": …, "passwordFile": … } for PostgreSQL',
  },
  'store.file': {
    kind: 'file',
    about: 'the SQLite database',
    aboutVi: 'cơ sở dữ liệu SQLite',
    write: 'the path of a file, such as "data/lienthong.db"; it is made when absent',
  },
  'store.url': {
    kind: 'text',
    about: 'instead of the file: the PostgreSQL database, 15 or later, without its password',
    aboutVi: 'thay cho tệp: cơ sở dữ liệu PostgreSQL từ bản 15, không kèm mật khẩu',
    write: 'an address such as "postgres://lienthong@db.example.vn/lienthong?sslmode=verify-full"',
  },
  'store.passwordFile': {
    kind: 'file',
    about: 'the password for the database, read again at each connection',
    aboutVi: 'mật khẩu của cơ sở dữ liệu, đọc lại ở mỗi lần kết nối',
    write: 'the path of a file that holds the password and nothing else',
  },
  'axis.kind': {
    kind: 'text',
    about: 'what carries the messages: the axis within this process, or RabbitMQ',
    aboutVi: 'trục chuyển gói tin: trục trong tiến trình này, hoặc RabbitMQ',
    write: '"embedded", or "rabbitmq" when any other key of the axis is given',
  },
  'axis.urls': {
    kind: 'files',
    about: 'the nodes of the RabbitMQ cluster; whichever answers is used',
    aboutVi: 'các nút của cụm RabbitMQ; nút nào trả lời thì dùng nút đó',
    write: 'a list of addresses such as "amqps://broker.example.vn:5671", without user and password',
  },
  'axis.vhost': {
    kind: 'text',
    about: 'the virtual host on it (default /)',
    aboutVi: 'virtual host trên trục (mặc định /)',
    write: 'the name of a virtual host',
  },
  'axis.user': {
    kind: 'text',
    about: 'the user of the broker that speaks for our agencies (default: that of the first agency in the directory)',
    aboutVi:
      'người dùng của broker nhân danh các cơ quan của cổng này (mặc định: người dùng của cơ quan đầu tiên, theo danh bạ)',
    write: 'the name of a user',
  },
  'axis.passwordFile': {
    kind: 'file',
    about: 'its password, read again at each connection',
    aboutVi: 'mật khẩu của người dùng đó, đọc lại ở mỗi lần kết nối',
    write: 'the path of a file that holds the password and nothing else',
  },
  'axis.tls': {
    kind: 'json',
    about: 'TLS with certificates on both sides, for amqps',
    aboutVi: 'TLS với chứng thư số ở cả hai đầu, cho amqps',
    write: '{ "caFile": …, "certFile": …, "keyFile": … }',
  },
  'axis.tls.caFile': {
    kind: 'file',
    about: 'who may have issued the certificate of the broker, PEM',
    aboutVi: 'bên được phép cấp chứng thư số của broker, PEM',
    write: 'the path of a PEM file',
  },
  'axis.tls.certFile': {
    kind: 'file',
    about: 'our certificate on this link, PEM',
    aboutVi: 'chứng thư số của cổng này trên đường truyền, PEM',
    write: 'the path of a PEM file',
  },
  'axis.tls.keyFile': {
    kind: 'file',
    about: 'its private key, PEM',
    aboutVi: 'khóa bí mật của chứng thư số đó, PEM',
    write: 'the path of a PEM file',
  },
  'axis.closedNetwork': {
    kind: 'text',
    about:
      'needed when the broker is on another machine and the link is without TLS and certificates: who closes the network',
    aboutVi: 'cần khi broker ở máy khác mà đường truyền không có TLS với chứng thư số: ai bảo đảm mạng kín',
    write: 'a sentence that says why nobody else can listen there',
  },
  agencies: {
    kind: 'json',
    about: 'the agencies this gateway serves',
    aboutVi: 'các cơ quan mà cổng này phục vụ',
    write: '[{ "code": "G02", "keys": [{ "privateKeyFile": …, "certificateFile": … }] }]',
  },
  'agencies[].code': {
    kind: 'text',
    about: 'the agency',
    aboutVi: 'mã cơ quan',
    write: 'the short form of the code, such as "G02" or "G12.18"',
  },
  'agencies[].keys': {
    kind: 'json',
    about: 'its signing keys; of those that may sign now, the one that is valid longest signs',
    aboutVi: 'các khóa ký của cơ quan; trong số khóa đang được ký, khóa còn hiệu lực lâu nhất sẽ ký',
    write: 'at least one { "privateKeyFile": …, "certificateFile": … }',
  },
  'agencies[].keys[]': {
    kind: 'json',
    about: 'one key: in a PEM file, in a PKCS#12 file, or on a token',
    aboutVi: 'một khóa: trong tệp PEM, trong tệp PKCS#12, hoặc trên thiết bị',
    write: 'exactly one of privateKeyFile, pkcs12File and token, and the certificateFile',
  },
  'agencies[].keys[].privateKeyFile': {
    kind: 'file',
    about: 'private key, PKCS#8 PEM',
    aboutVi: 'khóa bí mật, PKCS#8 PEM',
    write: 'the path of a PEM file',
  },
  'agencies[].keys[].pkcs12File': {
    kind: 'file',
    about: 'instead: private key and certificates, PKCS#12 (.p12, .pfx)',
    aboutVi: 'thay vào đó: khóa bí mật và chứng thư số, PKCS#12 (.p12, .pfx)',
    write: 'the path of a PKCS#12 file',
  },
  'agencies[].keys[].passwordFile': {
    kind: 'file',
    about: 'the password of an encrypted private key, or of the PKCS#12 file',
    aboutVi: 'mật khẩu của khóa bí mật được mã hóa hoặc của tệp PKCS#12',
    write: 'the path of a file that holds the password and nothing else; a token has a pinFile in its place',
  },
  'agencies[].keys[].token': {
    kind: 'json',
    about: 'instead: a key on a token or HSM, by PKCS#11',
    aboutVi: 'thay vào đó: khóa trên thiết bị hoặc HSM, qua PKCS#11',
    write: '{ "moduleFile": …, "token": …, "key": …, "pinFile": … }',
  },
  'agencies[].keys[].token.moduleFile': {
    kind: 'file',
    about: 'the PKCS#11 module of the maker',
    aboutVi: 'mô-đun PKCS#11 của nhà sản xuất',
    write: 'the path of a shared library such as "/usr/lib/softhsm/libsofthsm2.so"',
  },
  'agencies[].keys[].token.token': {
    kind: 'text',
    about: 'the label of the token',
    aboutVi: 'nhãn của thiết bị',
    write: 'a label of 1 to 32 characters',
  },
  'agencies[].keys[].token.key': {
    kind: 'text',
    about: 'the private key on it: its label, or id: and its CKA_ID in hex',
    aboutVi: 'khóa bí mật trên thiết bị: nhãn của khóa, hoặc id: và CKA_ID dạng hex',
    write: 'a label such as "g02-2027", or "id:a1b2"',
  },
  'agencies[].keys[].token.pinFile': {
    kind: 'file',
    about: 'the PIN of the token; one that was refused is not tried again before the file changes',
    aboutVi: 'mã PIN của thiết bị; mã đã bị từ chối không được thử lại trước khi tệp thay đổi',
    write: 'the path of a file that holds the PIN and nothing else',
  },
  'agencies[].keys[].certificateFile': {
    kind: 'file',
    about: 'its certificate, then the issuers, PEM; a PKCS#12 file may bring them',
    aboutVi: 'chứng thư số của khóa, rồi đến các bên cấp, PEM; tệp PKCS#12 có thể mang theo',
    write: 'the path of a PEM file',
  },
  'agencies[].keys[].scheme': {
    kind: 'text',
    about: 'how an RSA key signs (default pss)',
    aboutVi: 'cách khóa RSA ký (mặc định pss)',
    write: '"pss" or "pkcs1"',
  },
  'agencies[].keys[].from': {
    kind: 'text',
    about: 'it signs from then on (default: as soon as its certificate is valid)',
    aboutVi: 'khóa ký từ thời điểm này (mặc định: ngay khi chứng thư số có hiệu lực)',
    write: 'a date such as "2027-01-01", which begins in Vietnam, or an instant with its offset',
  },
  'trust.anchorsFiles': {
    kind: 'files',
    about: 'root certificates that are trusted, PEM',
    aboutVi: 'các chứng thư số gốc được tin cậy, PEM',
    write: 'a list of paths of PEM files',
  },
  'trust.congVuFiles': {
    kind: 'files',
    about: 'the same for công vụ: roots of Ban Cơ yếu Chính phủ',
    aboutVi: 'như trên, cho công vụ: gốc của Ban Cơ yếu Chính phủ',
    write: 'a list of paths of PEM files',
  },
  'trust.congCongFiles': {
    kind: 'files',
    about: 'the same for công cộng: roots of NEAC',
    aboutVi: 'như trên, cho công cộng: gốc của NEAC',
    write: 'a list of paths of PEM files',
  },
  'trust.intermediatesFile': {
    kind: 'file',
    about: 'known issuing certificates, PEM',
    aboutVi: 'các chứng thư số trung gian đã biết, PEM',
    write: 'the path of a PEM file',
  },
  'trust.revocation.check': {
    kind: 'flag',
    about: 'whether it is asked if certificates were revoked',
    aboutVi: 'có kiểm tra chứng thư số bị thu hồi hay không',
    write: 'true or false',
  },
  'trust.revocation.undetermined': {
    kind: 'text',
    about: 'what becomes of a package when it cannot be told whether its signer was revoked',
    aboutVi: 'xử lý gói tin thế nào khi không xác định được bên ký có bị thu hồi hay không',
    write: '"warn" (TT 15/2025) or "refuse"',
  },
  'trust.revocation.partners': {
    kind: 'json',
    about: 'the same for single senders, by code',
    aboutVi: 'như trên, cho từng bên gửi, theo mã',
    write: '[{ "code": "G22", "undetermined": "refuse" }]',
  },
  'trust.revocation.partners[].code': {
    kind: 'text',
    about: 'the sender',
    aboutVi: 'bên gửi',
    write: 'the short form of the code, such as "G22"',
  },
  'trust.revocation.partners[].undetermined': {
    kind: 'text',
    about: 'what becomes of its packages',
    aboutVi: 'xử lý gói tin của bên gửi đó thế nào',
    write: '"warn" or "refuse"',
  },
  'trust.revocation.crlFiles': {
    kind: 'files',
    about: 'CRLs that something else brings to this machine, PEM or DER, read again each minute',
    aboutVi: 'các CRL được nơi khác đưa vào máy này, PEM hoặc DER, đọc lại mỗi phút',
    write: 'a list of paths of files',
  },
  'trust.revocation.fetch': {
    kind: 'flag',
    about: 'whether CRLs and OCSP responses are fetched from where certificates say',
    aboutVi: 'có tải CRL và phản hồi OCSP từ địa chỉ ghi trong chứng thư số hay không',
    write: 'true or false',
  },
  'trust.revocation.mirrors': {
    kind: 'json',
    about: 'where to fetch from instead, by the beginning of the address',
    aboutVi: 'nơi tải thay thế, theo phần đầu của địa chỉ',
    write:
      '[{ "from": "http://ocsp.ca.ptc/", "to": "http://ocsp.ca.gov.vn/" }], each address with a slash after its host',
  },
  'trust.revocation.mirrors[].from': {
    kind: 'text',
    about: 'how the address in a certificate begins',
    aboutVi: 'phần đầu của địa chỉ trong chứng thư số',
    write: 'an address such as "http://ocsp.ca.ptc/"',
  },
  'trust.revocation.mirrors[].to': {
    kind: 'text',
    about: 'how the address that is asked begins',
    aboutVi: 'phần đầu của địa chỉ được hỏi thay',
    write: 'an address such as "http://mirror.example.vn/"',
  },
  'trust.revocation.requireNonce': {
    kind: 'flag',
    about: 'whether an OCSP response must repeat our nonce; responders that answer in advance cannot',
    aboutVi: 'phản hồi OCSP có phải lặp lại nonce của cổng này hay không; bên trả lời trước thì không thể',
    write: 'true or false',
  },
  'trust.revocation.privateHosts': {
    kind: 'files',
    about: 'hosts that may be asked although their addresses are private; those of mirrors always may',
    aboutVi: 'các máy được hỏi dù có địa chỉ nội bộ; máy trong mirrors luôn được hỏi',
    write: 'a list of host names or addresses',
  },
  directoryFile: {
    kind: 'file',
    about: 'the directory to import when the store has none yet, JSON',
    aboutVi: 'danh bạ được nhập khi kho chưa có danh bạ nào, JSON',
    write: 'the path of a JSON file',
  },
  directory: {
    kind: 'json',
    about: 'the signed directory that the operator of the axis publishes; without it none is taken from the axis',
    aboutVi: 'danh bạ đã ký do đơn vị vận hành trục phát hành; không có thì không nhận danh bạ nào từ trục',
    write: '{ "axis": …, "operatorFiles": […], "user": … }',
  },
  'directory.axis': {
    kind: 'text',
    about: 'the name of the axis, as its directory bears it',
    aboutVi: 'tên của trục, như ghi trong danh bạ của trục',
    write: 'the name that the operator of the axis tells you',
  },
  'directory.operatorFiles': {
    kind: 'files',
    about: "the operator's certificates, PEM, pinned: the directory must be signed by one of them",
    aboutVi: 'các chứng thư số của đơn vị vận hành, PEM, được ghim: danh bạ phải do một trong số đó ký',
    write: 'a list of paths of PEM files',
  },
  'directory.user': {
    kind: 'text',
    about: 'the broker user that publishes it',
    aboutVi: 'người dùng của broker phát hành danh bạ',
    write: 'the name of a user of the broker',
  },
  'directory.apply': {
    kind: 'text',
    about: 'whether a newer one comes into force at once, or waits for lienthong directory apply',
    aboutVi: 'danh bạ mới hơn có hiệu lực ngay, hay chờ lệnh lienthong directory apply',
    write: '"at-once" or "by-hand"',
  },
  'delivery.chunkBytes': {
    kind: 'number',
    about: 'octets of one chunk, which is one message on the axis',
    aboutVi: 'số octet của một phần, tức một thông điệp trên trục',
    write: `a number from 65536 to ${limits.chunkBytesMax}`,
  },
  'delivery.deadlines.expressMinutes': {
    kind: 'number',
    about: 'an urgent document without receipt expires after',
    aboutVi: 'văn bản khẩn chưa có biên nhận thì hết hạn sau',
    write: 'a number of minutes from 1 to 525600',
  },
  'delivery.deadlines.ordinaryMinutes': {
    kind: 'number',
    about: 'any other document without receipt expires after',
    aboutVi: 'văn bản khác chưa có biên nhận thì hết hạn sau',
    write: 'a number of minutes from 1 to 525600',
  },
  'delivery.deadlines.statusMinutes': {
    kind: 'number',
    about: 'a processing status without receipt expires after',
    aboutVi: 'trạng thái xử lý chưa có biên nhận thì hết hạn sau',
    write: 'a number of minutes from 1 to 525600',
  },
  'delivery.receiptWaitSeconds': {
    kind: 'number',
    about: 'what was sent is sent again when no receipt came after',
    aboutVi: 'đã gửi mà chưa có biên nhận thì gửi lại sau',
    write: 'a number of seconds from 1 to 86400',
  },
  'metrics.tokenFile': {
    kind: 'file',
    about: 'the token with which /metrics is read from elsewhere; without it, only from this machine',
    aboutVi: 'mã để đọc /metrics từ nơi khác; không có thì chỉ đọc được từ máy này',
    write: 'the path of a file that holds 32 random characters or more and nothing else',
  },
  'log.level': {
    kind: 'text',
    about: 'the least severe lines that are written',
    aboutVi: 'mức thấp nhất của các dòng được ghi',
    write: '"error", "warn", "info", "debug" or "silent"',
  },
  allowToyTrust: {
    kind: 'flag',
    about: 'accepts the public toy root of certs-example: demonstrations and tests only',
    aboutVi: 'chấp nhận gốc giả công khai của certs-example: chỉ để trình diễn và kiểm thử',
    write: 'true or false',
  },
}

/** `delivery.chunkBytes` → `LIENTHONG_DELIVERY_CHUNK_BYTES`. */
export function variableFor(key: string): string {
  return `LIENTHONG_${key
    .replaceAll('.', '_')
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`
}
