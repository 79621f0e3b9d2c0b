import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import busboy from 'busboy'
import { GatewayError, limits, messageOf } from '../base/index.ts'

/** One part of multipart/form-data, in the order of the body (RFC 7578). */
export type Part =
  | { readonly kind: 'text'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'file'
      readonly name: string
      /** As the client wrote it, UTF-8, without a path; '' when it wrote none. */
      readonly fileName: string
      readonly contentType: string
      /** Must be read to its end before the next part comes. */
      readonly content: AsyncIterable<Uint8Array>
    }

/**
 * The parts of a request, one after the other, nothing of a file being kept: what the reader does not take yet stays
 * in the client's hands.
 *
 * @throws {GatewayError} request-invalid: not multipart/form-data, malformed, cut off, or a part that cannot be kept
 * @throws {GatewayError} request-too-large: more parts, or more text in one, than allowed
 * @throws {GatewayError} document-too-large: more bytes than a package may have
 */
export async function* partsOf(request: IncomingMessage): AsyncGenerator<Part> {
  const parser = parserFor(request)
  const parts = new PassThrough({ objectMode: true, highWaterMark: limits.attachments + 2 })
  const fail = (error: Error): void => {
    request.unpipe(parser)
    parts.destroy(error)
    parser.destroy(error)
  }
  const tooMany = (): void =>
    fail(
      new GatewayError('request-too-large', `at most ${limits.attachments} files and one document`, {
        expected: limits.attachments,
      }),
    )
  const delimiters = delimiterCounter(request)
  let octets = 0
  let given = 0
  let open = 0
  let besideFiles = 0
  request.on('data', (bytes: Buffer) => {
    octets += bytes.length
    besideFiles = open > 0 ? 0 : besideFiles + bytes.length
    delimiters.read(bytes)
    if (octets > limits.envelopeBytes) fail(tooLarge())
    else if (delimiters.count() > limits.attachments + 4) tooMany()
    else if (besideFiles > limits.jsonBytes + limits.formHeaderBytes) fail(endless()) // the parser would tell at its end
  })
  request.once('close', () => {
    if (!request.complete) fail(new GatewayError('request-invalid', 'the upload was cut off'))
  })
  parser.on('file', (name: string | undefined, content, info) => {
    content.on('error', () => {}) // whoever reads it hears of it; unread, nobody needs to
    open++
    besideFiles = 0
    content.once('close', () => open--)
    const encoding = info.encoding.toLowerCase()
    if (!['7bit', '8bit', 'binary'].includes(encoding))
      return fail(invalidPart(name, `is ${encoding}; send it as it is`))
    given++
    parts.write({
      kind: 'file',
      name: name ?? '',
      fileName: info.filename ?? '',
      contentType: info.mimeType,
      content: named(content),
    })
  })
  parser.on('field', (name: string | undefined, text, info) => {
    if (info.valueTruncated) return fail(endless(name))
    given++
    parts.write({ kind: 'text', name: name ?? '', text })
  })
  parser.on('filesLimit', tooMany)
  parser.on('fieldsLimit', tooMany)
  parser.on('partsLimit', tooMany)
  parser.on('error', (error) => fail(asGatewayError(error)))
  parser.on('close', () => {
    if (given < delimiters.count() - 1) fail(invalidPart(undefined, 'has no Content-Disposition: form-data'))
    else parts.end()
  })
  request.pipe(parser)
  try {
    for await (const part of parts) yield part as Part
  } finally {
    request.unpipe(parser)
    parser.destroy()
  }
}

function parserFor(request: IncomingMessage): busboy.Busboy {
  if (Number(request.headers['content-length'] ?? 0) > limits.envelopeBytes) throw tooLarge()
  if (request.headers['content-encoding'] !== undefined)
    throw new GatewayError('request-invalid', 'send the form as it is, without Content-Encoding', {
      field: '/headers/content-encoding',
    })
  if (!/^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? ''))
    throw new GatewayError('request-invalid', 'send multipart/form-data: the part `document` (JSON), then the files', {
      field: '/headers/content-type',
    })
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: {
        fields: 2,
        fieldSize: limits.jsonBytes,
        files: limits.attachments + 1, // `document` may come as a file too
        parts: limits.attachments + 3,
      },
    })
  } catch (error) {
    throw asGatewayError(error)
  }
}

/**
 * Counts the delimiters of the form (RFC 2046 §5.1.1), one more than there are parts. The parser passes over a part
 * without Content-Disposition in silence, and a file that is lost in silence is what this gateway must never do.
 */
function delimiterCounter({ headers }: IncomingMessage): { read(bytes: Buffer): void; count(): number } {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^\s;]+))/i.exec(headers['content-type'] ?? '') ?? []
  const delimiter = Buffer.from(`\r\n--${quoted ?? plain ?? ''}`)
  let rest = Buffer.from('\r\n')
  let count = 0
  return {
    read(bytes) {
      const octets = Buffer.concat([rest, bytes])
      let from = 0
      for (let at = octets.indexOf(delimiter); at >= 0; at = octets.indexOf(delimiter, from)) {
        count++
        from = at + delimiter.length
      }
      rest = octets.subarray(Math.max(from, octets.length - delimiter.length + 1))
    },
    count: () => count,
  }
}

async function* named(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content
  } catch (error) {
    throw asGatewayError(error)
  }
}

function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError(
    'request-invalid',
    `the multipart body cannot be read: ${messageOf(error)}`,
    {},
    { cause: error },
  )
}

function invalidPart(name: string | undefined, message: string): GatewayError {
  return new GatewayError('request-invalid', `this part ${message}`, { field: `/parts/${name ?? ''}` })
}

function endless(name?: string): GatewayError {
  return new GatewayError('request-too-large', `a part that is no file may have ${limits.jsonBytes} octets`, {
    field: `/parts/${name ?? ''}`,
    expected: limits.jsonBytes,
  })
}

function tooLarge(): GatewayError {
  return new GatewayError('document-too-large', `a document may have ${limits.envelopeBytes} octets`, {
    expected: limits.envelopeBytes,
  })
}
