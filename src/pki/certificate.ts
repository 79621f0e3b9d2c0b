import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { limits } from '../base/index.ts'
import { type CertificateFields, readFields } from './certificate-fields.ts'
import { malformed } from './der.ts'

/** A certificate, read once. `fingerprint` is the SHA-256 of the DER in lower-case hex. */
export interface Certificate {
  readonly der: Uint8Array
  readonly fingerprint: string
  /** RFC 4514 text, for people and logs only: nothing is decided by it. */
  readonly subject: string
  readonly issuer: string
  /** Upper-case hex. */
  readonly serialNumber: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly publicKey: KeyObject
  /** What the path rules read. */
  readonly fields: CertificateFields
}

/**
 * Reads one certificate and believes nothing in it.
 * @param pemOrDer DER octets, or PEM (text or its octets), of which the first certificate counts.
 * @throws certificate-malformed: not strict DER, not RFC 5280 §4.1, a key that cannot be read, or longer than the limit.
 */
export function readCertificate(pemOrDer: string | Uint8Array): Certificate {
  if (typeof pemOrDer !== 'string' && pemOrDer[0] === SEQUENCE) return readDer(pemOrDer)
  const [first] = pemBlocks(typeof pemOrDer === 'string' ? pemOrDer : Buffer.from(pemOrDer).toString('latin1'), 1)
  if (first === undefined) throw malformed('it is neither DER nor PEM.')
  return readDer(first)
}

/**
 * Reads every certificate of a PEM text, in its order; text outside of the blocks is ignored.
 * @throws certificate-malformed: none, too many, or one that cannot be read.
 */
export function readCertificates(pem: string): Certificate[] {
  const blocks = pemBlocks(pem, limits.certificatesInFile + 1)
  if (blocks.length === 0) throw malformed('the text holds no CERTIFICATE block.')
  if (blocks.length > limits.certificatesInFile) throw malformed(`more than ${limits.certificatesInFile} in one text.`)
  return blocks.map(readDer)
}

/** Toy authorities and what they issued bear this mark in O or OU; the gateway warns of them. */
export function isToyCertificate(certificate: Certificate): boolean {
  return [certificate.subject, certificate.issuer].some((name) => name.includes('TOY - NOT FOR PRODUCTION'))
}

const SEQUENCE = 0x30
const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'

function readDer(octets: Uint8Array): Certificate {
  if (octets.length > limits.certificateBytes) throw malformed(`it is longer than ${limits.certificateBytes} octets.`)
  const der = Uint8Array.from(octets) // ours: what the caller does with its buffer later changes nothing here
  const fields = readFields(der)
  return {
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    subject: fields.subject.text,
    issuer: fields.issuer.text,
    serialNumber: fields.serialNumber,
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
    publicKey: readKey(fields.publicKeyInfo),
    fields,
  }
}

function readKey(publicKeyInfo: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' })
  } catch (error) {
    throw malformed('its public key is of no known kind.', error)
  }
}

/** RFC 7468. Found by searching, not by one pattern, so that hostile text costs linear time. */
function pemBlocks(text: string, count: number): Uint8Array[] {
  const blocks: Uint8Array[] = []
  let position = text.indexOf(BEGIN)
  while (position !== -1 && blocks.length < count) {
    const end = text.indexOf(END, position)
    if (end === -1) throw malformed('a CERTIFICATE block has no end.')
    blocks.push(base64(text.slice(position + BEGIN.length, end)))
    position = text.indexOf(BEGIN, end)
  }
  return blocks
}

function base64(text: string): Uint8Array {
  const digits = text.replace(/[ \t\r\n]/g, '')
  const octets = Buffer.from(digits, 'base64')
  if (octets.toString('base64') !== digits) throw malformed('a CERTIFICATE block is not base64.')
  return octets
}
