import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../base/index.ts'

/**
 * Octet text: a string with one character (U+0000 to U+00FF) per octet of the UTF-8 file. Markup is ASCII, so it can
 * be searched as a string, and every offset is an offset into the file.
 */
export function octetText(octets: Uint8Array): string {
  return view(octets).toString('latin1')
}

export function octetsOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** What octet text says to a person. */
export function readable(text: string): string {
  return octetsOf(text).toString()
}

/** Bytes as a Buffer over the same memory. */
export function view(octets: Uint8Array): Buffer {
  return Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}

/**
 * The byte gate: UTF-8 and nothing else, whatever the declaration says; XML 1.0; a byte order mark is dropped.
 * libxml2 would believe a declared encoding, and drop a second mark, so both are settled before it sees the text.
 * @throws {GatewayError} encoding-unsupported | not-well-formed
 */
export function requireUtf8(octets: Uint8Array): Buffer {
  const bytes = view(octets)
  // ASCII in UTF-16 or UTF-32 is valid UTF-8 too, and its zeros come first (XML 1.0 Appendix F).
  if (!isUtf8(octets) || bytes.subarray(0, 4).includes(0)) {
    throw new GatewayError('encoding-unsupported', 'The octets of the package are not valid UTF-8.')
  }
  const plain = startsWithMark(bytes) ? bytes.subarray(3) : bytes
  if (startsWithMark(plain)) throw new GatewayError('not-well-formed', 'The package begins with two byte order marks.')
  requirePlainDeclaration(plain)
  return plain
}

function startsWithMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}

function requirePlainDeclaration(bytes: Buffer): void {
  if (!DECLARED.test(bytes.toString('latin1', 0, 6))) return
  const [declaration, version = '', encoding] =
    DECLARATION.exec(bytes.toString('latin1', 0, bytes.indexOf('?>') + 2)) ?? []
  if (declaration === undefined) throw new GatewayError('not-well-formed', 'The XML declaration cannot be read.')
  if (encoding !== undefined && !/^utf-8$/i.test(encoding)) {
    throw new GatewayError('encoding-unsupported', `The package declares the encoding ${encoding}; UTF-8 is right.`, {
      value: encoding,
    })
  }
  if (version !== '1.0') {
    throw new GatewayError('not-well-formed', `The package declares XML ${version}; 1.0 is right.`, { value: version })
  }
}

const DECLARED = /^<\?xml[ \t\r\n]/
/** XML 1.0 §2.8, production 23. */
const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*["']([\w.:-]*)["'](?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["']([\w.:-]*)["'])?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*["'](?:yes|no)["'])?[ \t\r\n]*\?>$/

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Octet text with its character references and the five named ones replaced; unknown ones stay, for libxml2 to refuse. */
export function decodeReferences(text: string): string {
  return text.replace(
    /&(?:#(\d+)|#x([0-9a-fA-F]+)|([a-z]+));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? whole
      const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
      return point > 0x10ffff || (point >= 0xd800 && point < 0xe000)
        ? whole
        : octetText(Buffer.from(String.fromCodePoint(point)))
    },
  )
}

/** What an XML text says; undefined when it is no text of well-formed XML (XML 1.0 §2.2, §4.1). */
export function decodeText(text: string): string | undefined {
  if (PLAIN_ASCII.test(text)) return text
  if (!isUtf8(octetsOf(text)) || UNKNOWN_REFERENCE.test(text)) return undefined
  for (const [, hex, decimal] of text.matchAll(/&#(?:x([0-9a-fA-F]+)|(\d+));/g)) {
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (point > 0x10ffff || ILLEGAL.test(String.fromCodePoint(point))) return undefined
  }
  const said = readable(decodeReferences(text))
  return ILLEGAL.test(said) ? undefined : said
}

const PLAIN_ASCII = /^[\n\x20-\x25\x27-\x7e]*$/
const UNKNOWN_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/
const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

/** Text as Canonical XML 1.0 §2.3 writes it. */
export function canonicalText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character)
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' }
