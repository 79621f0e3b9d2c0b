import { createHash } from 'node:crypto'
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** Who takes documents: the gateways of one agency, and the key of a client of each. */
export interface Submitting {
  readonly gateways: readonly { readonly url: string; readonly key: string }[]
}

/** Connections are kept: a bench measures gateways, not its own client. */
const agent = new Agent({ keepAlive: true, maxSockets: 200 })
const BOUNDARY = 'lienthong-test-boundary'

/** The JSON part of a submission. */
export function letter(n: number, change: object = {}): object {
  return {
    to: ['G22'],
    code: { codeNumber: String(n), codeNotation: 'BCT-KHTC' },
    promulgationInfo: { place: 'Hà Nội', promulgationDate: '2026/11/20' },
    documentType: { type: '18', typeDetail: '0', typeName: 'Công văn' },
    subject: `V/v báo cáo tình hình thực hiện kế hoạch, văn bản ${n}`,
    signerInfo: { competence: 'KT. BỘ TRƯỞNG', position: 'Thứ trưởng', fullName: 'Nguyễn Văn An' },
    ...change,
  }
}

/** Hands a document over to one of the gateways. @returns its id */
export async function submit(side: Submitting, n: number, document: object, file: Uint8Array): Promise<string> {
  const body = Buffer.concat([Buffer.from(opening(document)), file, Buffer.from(ENDING)])
  return post(side, n, body)
}

/** Hands over one attachment of so many octets, made as it is sent; no PDF, which would be judged whole. @returns its SHA-256 */
export async function submitStream(side: Submitting, document: object, size: number): Promise<string> {
  const hash = createHash('sha256')
  const block = Buffer.alloc(64 * 1024, 'Liên thông văn bản điện tử. ')
  const body = function* (): Generator<Buffer> {
    yield Buffer.from(opening(document, { name: 'Phu luc.bin', type: 'application/octet-stream' }))
    for (let left = size, i = 0; left > 0; left -= block.length, i++) {
      const bytes = Buffer.from(block.subarray(0, Math.min(left, block.length)))
      bytes.writeUInt32LE(i, 0)
      hash.update(bytes)
      yield bytes
    }
    yield Buffer.from(ENDING)
  }
  await post(side, 0, Readable.from(body()))
  return hash.digest('hex')
}

const opening = (document: object, file = { name: 'Cong van.pdf', type: 'application/pdf' }): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="document"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(document)}\r\n` +
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file1"; filename="${file.name}"\r\nContent-Type: ${file.type}\r\n\r\n`
const ENDING = `\r\n--${BOUNDARY}--\r\n`

let keys = 0

/** Takes one document out of the inbox and downloads its first attachment. @returns the SHA-256 of what came */
export async function fetchOne({ gateways }: Submitting): Promise<string> {
  const [gateway] = gateways
  if (gateway === undefined) throw new Error('there is no gateway')
  const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' }
  let id: string | undefined
  while (id === undefined) {
    const leases = { method: 'POST', headers, body: JSON.stringify({ max: 1 }) }
    const { items } = (await (await fetch(`${gateway.url}/v1/inbox/leases`, leases)).json()) as {
      items: { id: string }[]
    }
    id = items[0]?.id
    if (id === undefined) await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const hash = createHash('sha256')
  const { body } = await fetch(`${gateway.url}/v1/inbox/${id}/attachments/1`, { headers })
  if (body === null) throw new Error('the attachment has no body')
  for await (const bytes of body) hash.update(bytes)
  return hash.digest('hex')
}

/** A refusal that will pass is answered as document systems do: the same request again, a little later. */
async function post({ gateways }: Submitting, n: number, body: Buffer | Readable): Promise<string> {
  const gateway = gateways[n % gateways.length]
  if (gateway === undefined) throw new Error('there is no gateway')
  const headers = {
    authorization: `Bearer ${gateway.key}`,
    'idempotency-key': `upload-${process.pid}-${++keys}`,
    'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    ...(Buffer.isBuffer(body) && { 'content-length': body.length }),
  }
  for (;;) {
    const { status, said } = await postOnce(new URL('/v1/documents', gateway.url), headers, body)
    if (status === 202) return (JSON.parse(said) as { id: string }).id
    if (status !== 503 || !Buffer.isBuffer(body)) throw new Error(`submit: ${status} ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

function postOnce(
  url: URL,
  headers: OutgoingHttpHeaders,
  body: Buffer | Readable,
): Promise<{ status: number | undefined; said: string }> {
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      text(response).then((said) => resolve({ status: response.statusCode, said }), reject)
    }
    const sending = request(url, { method: 'POST', headers, agent }, answered)
    sending.on('error', reject)
    if (Buffer.isBuffer(body)) sending.end(body)
    else body.pipe(sending)
  })
}
