import { createHash, hash } from 'node:crypto'
import { GatewayError, limits, messageOf } from '../base/index.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { readAlgorithm, readSigned, readTime, type Signed } from './certificate-fields.ts'
import { bitsOf, context, DerReader, type DerValue, explicit, integerOctets, itemsOf, oidText, tags } from './der.ts'
import { derInteger, derOctets, derOid, derSequence, derTagged } from './der-writer.ts'
import { type DistinguishedName, readName } from './distinguished-name.ts'
import { type RawExtension, readRawExtensions } from './extensions.ts'

/** An answer of an OCSP responder, read once and believed by nobody yet. @see RFC 6960 §4.2 */
export interface OcspResponse extends Signed {
  readonly der: Uint8Array
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  readonly responder: { readonly name: DistinguishedName } | { readonly keySha1: string }
  readonly producedAt: Date
  readonly answers: readonly OcspAnswer[]
  /** Hex; what the request had, if the responder repeats it. */
  readonly nonce: string | undefined
  /** Certificates that came along. */
  readonly certificates: readonly Certificate[]
  /** Names a critical extension that is not processed. */
  readonly unsupported: string | undefined
}

export interface OcspAnswer {
  readonly id: OcspCertificateId
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly revokedAt: Date | undefined
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
}

interface OcspCertificateId {
  readonly hash: 'sha1' | 'sha256' | undefined
  readonly nameHash: string
  readonly keyHash: string
  readonly serialOctets: string
}

const oids = {
  basicResponse: '1.3.6.1.5.5.7.48.1.1',
  nonce: '1.3.6.1.5.5.7.48.1.2',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

/**
 * A request about one certificate (RFC 6960 §4.1). The certificate is named by SHA-1, which every responder knows; it
 * protects nothing here, because the answer is signed and compared with what was asked.
 * @param nonce 16 to 32 octets that nobody can guess (RFC 9654 §2.1)
 */
export function ocspRequest(certificate: Certificate, issuer: Certificate, nonce: Uint8Array): Uint8Array {
  const id = derSequence(
    derSequence(derOid(oids.sha1), Uint8Array.of(0x05, 0x00)),
    derOctets(Buffer.from(hash('sha1', issuer.fields.subjectDer, 'hex'), 'hex')),
    derOctets(Buffer.from(hash('sha1', keyBits(issuer), 'hex'), 'hex')),
    derInteger(Buffer.from(certificate.fields.serialOctets, 'hex')),
  )
  const extension = derSequence(derOid(oids.nonce), derOctets(derOctets(nonce)))
  return derSequence(derSequence(derSequence(derSequence(id)), derTagged(explicit(2), derSequence(extension))))
}

/** @throws {GatewayError} revocation-data-unusable: no successful basic response that can be read */
export function readOcspResponse(octets: Uint8Array): OcspResponse {
  try {
    return readResponse(octets)
  } catch (cause) {
    const text = `The OCSP response cannot be read: ${messageOf(cause)}`
    throw new GatewayError('revocation-data-unusable', text, {}, { cause })
  }
}

/** What the response says of this certificate, if it says anything. */
export function answerAbout(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): OcspAnswer | undefined {
  return response.answers.find(
    ({ id }) =>
      id.hash !== undefined &&
      id.serialOctets === certificate.fields.serialOctets &&
      id.nameHash === hash(id.hash, issuer.fields.subjectDer, 'hex') &&
      id.keyHash === hash(id.hash, keyBits(issuer), 'hex'),
  )
}

/** Whether the response names this certificate's holder as the one who signed it. */
export function isResponder({ responder }: OcspResponse, certificate: Certificate): boolean {
  return 'name' in responder
    ? responder.name.key === certificate.fields.subject.key
    : responder.keySha1 === hash('sha1', keyBits(certificate), 'hex')
}

const ENUMERATED = 0x0a
const SUCCESSFUL = 0

function readResponse(octets: Uint8Array): OcspResponse {
  if (octets.length > limits.ocspBytes) throw new Error(`it is longer than ${limits.ocspBytes} octets`)
  const der = Uint8Array.from(octets)
  const file = new DerReader(der)
  const outer = new DerReader(file.read(tags.sequence, 'The response').content)
  file.end('The response')
  const status = outer.read(ENUMERATED, 'The status of the response').content[0]
  if (status !== SUCCESSFUL) throw new Error(`the responder answered with the error ${status}`)
  const bytes = new DerReader(outer.read(explicit(0), 'The response').content)
  const typed = new DerReader(bytes.read(tags.sequence, 'The response').content)
  if (oidText(typed.read(tags.oid, 'The type of the response').content) !== oids.basicResponse)
    throw new Error('it is not a basic response')
  const basic = typed.read(tags.octetString, 'The response').content
  return { ...readBasic(basic), der, fingerprint: createHash('sha256').update(der).digest('hex') }
}

function readBasic(octets: Uint8Array): Omit<OcspResponse, 'der' | 'fingerprint'> {
  const { signed, algorithm, signature, rest } = readSigned(octets)
  const tagged = rest.readOptional(explicit(0))
  rest.end('The response')
  const tbs = new DerReader(signed.content)
  tbs.readOptional(explicit(0)) // version 1, whatever stands here
  const byName = tbs.readOptional(explicit(1))
  const responder =
    byName === undefined ? { keySha1: keyHashOf(tbs.read(explicit(2), 'The responder')) } : { name: nameOf(byName) }
  const producedAt = readTime(tbs.read(tags.generalizedTime, 'producedAt'))
  const list = itemsOf(tbs.read(tags.sequence, 'The answers'), tags.sequence, 'An answer')
  if (list.length > limits.ocspAnswers) throw new Error(`it has more than ${limits.ocspAnswers} answers`)
  const more = tbs.readOptional(explicit(1))
  tbs.end('The signed part')
  const extensions = more === undefined ? new Map<string, RawExtension>() : readRawExtensions(more)
  const nonce = extensions.get(oids.nonce)?.value
  return {
    signedOctets: signed.encoded,
    signatureAlgorithm: readAlgorithm(algorithm),
    signature,
    responder,
    producedAt,
    answers: list.map(readAnswer),
    nonce: nonce && nonceOf(nonce),
    certificates: tagged === undefined ? [] : readCertificateList(tagged),
    unsupported: [...extensions].find(([oid, { critical }]) => critical && oid !== oids.nonce)?.[0],
  }
}

function readAnswer(value: DerValue): OcspAnswer {
  const reader = new DerReader(value.content)
  const id = new DerReader(reader.read(tags.sequence, 'The id of a certificate').content)
  const { oid } = readAlgorithm(id.read(tags.sequence, 'The hash of an id'))
  const nameHash = hex(id.read(tags.octetString, 'The hash of a name').content)
  const keyHash = hex(id.read(tags.octetString, 'The hash of a key').content)
  const serialOctets = hex(integerOctets(id.read(tags.integer, 'A serial number')))
  const said = reader.readAny('The status of a certificate')
  const thisUpdate = readTime(reader.read(tags.generalizedTime, 'thisUpdate'))
  const next = reader.readOptional(explicit(0))
  reader.readOptional(explicit(1))
  reader.end('An answer')
  return {
    id: {
      hash: oid === oids.sha1 ? 'sha1' : oid === oids.sha256 ? 'sha256' : undefined,
      nameHash,
      keyHash,
      serialOctets,
    },
    ...statusOf(said),
    thisUpdate,
    nextUpdate: next && readTime(new DerReader(next.content).read(tags.generalizedTime, 'nextUpdate')),
  }
}

function statusOf(said: DerValue): Pick<OcspAnswer, 'status' | 'revokedAt'> {
  if (said.tag === context(0)) return { status: 'good', revokedAt: undefined }
  if (said.tag === explicit(1)) {
    const revokedAt = readTime(new DerReader(said.content).read(tags.generalizedTime, 'The time of revocation'))
    return { status: 'revoked', revokedAt }
  }
  return { status: 'unknown', revokedAt: undefined }
}

/** Those that cannot be read are of no help and do no harm. */
function readCertificateList(tagged: DerValue): Certificate[] {
  const list = new DerReader(tagged.content).read(tags.sequence, 'The certificates')
  return itemsOf(list, tags.sequence, 'A certificate')
    .slice(0, limits.certificatesInKeyInfo)
    .flatMap(({ encoded }) => {
      try {
        return [readCertificate(encoded)]
      } catch {
        return []
      }
    })
}

function nameOf(tagged: DerValue): DistinguishedName {
  return readName(new DerReader(tagged.content).read(tags.sequence, 'The name of the responder'))
}

function keyHashOf(tagged: DerValue): string {
  return hex(new DerReader(tagged.content).read(tags.octetString, 'The key of the responder').content)
}

/** RFC 9654 §2.1: an OCTET STRING; some responders leave it out and write the octets as they are. */
function nonceOf(value: Uint8Array): string {
  const reader = new DerReader(value)
  const inner = reader.readOptional(tags.octetString)
  return hex(inner !== undefined && reader.done ? inner.content : value)
}

/** The octets of the key itself, as OCSP digests them: the content of the BIT STRING in SubjectPublicKeyInfo. */
function keyBits({ fields }: Certificate): Uint8Array {
  const info = new DerReader(new DerReader(fields.publicKeyInfo).read(tags.sequence, 'The key').content)
  info.read(tags.sequence, 'The algorithm of the key')
  return bitsOf(info.read(tags.bitString, 'The key')).octets
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
}
