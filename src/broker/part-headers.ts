import { GatewayError, limits } from '../base/index.ts'
import { type AgencyCode, type DocumentId, documentId, findAgencyCode } from '../message/index.ts'
import { type PartType, partTypes, type ReceivedPart } from './axis.ts'

/** The headers of a part, typed. `part` counts from 0: part i is chunk i of the envelope. Digests are lower-case hex. */
export interface PartHeaders {
  readonly contractVersion: string
  readonly from: AgencyCode
  readonly to: AgencyCode
  readonly documentId: DocumentId
  /** From 1. */
  readonly attempt: number
  readonly part: number
  readonly parts: number
  readonly partSha256: string
  readonly envelopeSha256: string
}

/** The version of the written contract that this gateway speaks. */
export const contractVersion = '1'

/** The names on the wire (architecture §6). Texts are UTF-8 strings, numbers are integers. */
export const partHeaders = {
  contractVersion: 'contract-version',
  from: 'from',
  to: 'to',
  documentId: 'document-id',
  attempt: 'attempt',
  part: 'part',
  parts: 'parts',
  partSha256: 'part-sha256',
  envelopeSha256: 'envelope-sha256',
} as const satisfies Record<keyof PartHeaders, string>

/** The headers as they travel. */
export function writePartHeaders(headers: Omit<PartHeaders, 'contractVersion'>): Record<string, string | number> {
  return {
    [partHeaders.contractVersion]: contractVersion,
    [partHeaders.from]: headers.from,
    [partHeaders.to]: headers.to,
    [partHeaders.documentId]: headers.documentId,
    [partHeaders.attempt]: headers.attempt,
    [partHeaders.part]: headers.part,
    [partHeaders.parts]: headers.parts,
    [partHeaders.partSha256]: headers.partSha256,
    [partHeaders.envelopeSha256]: headers.envelopeSha256,
  }
}

/**
 * The headers of a part that came in. They are claims until the signed package confirms them. Headers that the
 * contract does not know are ignored.
 * @throws {GatewayError} contract-violation: `detail.field` names the header
 */
export function readPartHeaders(part: Pick<ReceivedPart, 'headers'>): PartHeaders {
  const { headers } = part
  const parts = integer(headers, partHeaders.parts, 1, limits.partsPerPackage)
  return {
    contractVersion: version(headers),
    from: agency(headers, partHeaders.from),
    to: agency(headers, partHeaders.to),
    documentId: identifier(headers, partHeaders.documentId),
    attempt: integer(headers, partHeaders.attempt, 1, 1_000_000),
    part: integer(headers, partHeaders.part, 0, parts - 1),
    parts,
    partSha256: digest(headers, partHeaders.partSha256),
    envelopeSha256: digest(headers, partHeaders.envelopeSha256),
  }
}

/**
 * The two properties that a package is assembled by; the content type must be that of the type.
 * @throws {GatewayError} contract-violation: `detail.field` names the property
 */
export function readPartProperties({
  type,
  messageId,
  contentType,
}: Pick<ReceivedPart, 'type' | 'messageId' | 'contentType'>): { type: PartType; messageId: string } {
  const known = partTypes.find((name) => name === type)
  if (known === undefined) throw violation('type', type, `one of ${partTypes.join(', ')}`, 'property')
  if (messageId === '') throw violation('message_id', undefined, 'the same text for each part', 'property')
  const [mediaType = ''] = contentType.split(';')
  const allowed = mediaTypes[known]
  if (!allowed.includes(mediaType.trim().toLowerCase()))
    throw violation('content_type', contentType, allowed.join(' or '), 'property')
  return { type: known, messageId }
}

const mediaTypes: Readonly<Record<PartType, readonly string[]>> = {
  edoc: ['application/xml'],
  status: ['application/xml'],
  /** A question has no body; a list of missing parts is JSON. */
  query: ['application/xml', 'application/json'],
  /** JWS in JSON (RFC 7515 §9.2.2). */
  directory: ['application/jose+json'],
}

type Headers = ReceivedPart['headers']

function version(headers: Headers): string {
  const value = headers[partHeaders.contractVersion]
  if (value !== contractVersion) throw violation(partHeaders.contractVersion, value, `the text ${contractVersion}`)
  return value
}

function agency(headers: Headers, name: string): AgencyCode {
  const value = headers[name]
  const code = typeof value === 'string' ? findAgencyCode(value) : undefined
  if (code === undefined) throw violation(name, value, 'an agency code in its short form, such as G02 or G12.18')
  return code
}

function identifier(headers: Headers, name: string): DocumentId {
  const value = headers[name]
  if (typeof value !== 'string' || value.length > 200 || !/^\S(.*\S)?$/.test(value) || !canStandInXml(value)) {
    throw violation(name, value, 'a document id of 1 to 200 characters of XML, not null, without white space around it')
  }
  return documentId(value)
}

/** Otherwise no signed package can say the same, and no answer can name it (XML 1.0 §2.2, TOL-07). */
function canStandInXml(value: string): boolean {
  return value !== 'null' && !/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(value)
}

function integer(headers: Headers, name: string, min: number, max: number): number {
  const value = headers[name]
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw violation(name, value, `an integer from ${min} to ${max}`)
  }
  return value
}

function digest(headers: Headers, name: string): string {
  const value = headers[name]
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
    throw violation(name, value, 'a SHA-256 as 64 lower-case hex digits')
  }
  return value
}

function violation(
  name: string,
  value: string | number | undefined,
  expected: string,
  kind: 'header' | 'property' = 'header',
): GatewayError {
  const shown = value === undefined ? undefined : String(value).slice(0, 100)
  const said = shown === undefined ? 'is missing' : `is ${JSON.stringify(shown)}`
  return new GatewayError('contract-violation', `The ${kind} ${name} ${said}; it must be ${expected}.`, {
    field: name,
    value: shown,
    expected,
  })
}
