import { DerReader, type DerValue, itemsOf, malformed, oidText, tags } from './der.ts'

export interface DistinguishedName {
  /** RFC 4514. */
  readonly text: string
  /** Hex of the DER. */
  readonly octets: string
  /** One text for each relative name, most general first; equal when the names match by RFC 5280 §7.1. */
  readonly parts: readonly string[]
  /** All parts in one text: names match when their keys are equal. */
  readonly key: string
}

export function readName(name: DerValue): DistinguishedName {
  const parts = itemsOf(name, tags.set, 'A part of a name').map(matchingPart)
  return {
    text: nameText(name),
    octets: Buffer.from(name.encoded).toString('hex'),
    parts,
    key: parts.join('\n'),
  }
}

/** The name of a distribution point that is given relative to its issuer (RFC 5280 §4.2.1.13). */
export function relativeName(issuer: DistinguishedName, relative: DerValue): string {
  return [...issuer.parts, matchingPart(relative)].join('\n')
}

/**
 * A relative name as it is compared: letters without case, white space without length, whatever kind of string it is.
 * @see RFC 5280 §7.1, RFC 4518 §2
 */
function matchingPart(part: DerValue): string {
  return itemsOf(part, tags.sequence, 'An attribute of a name')
    .map((attribute) => {
      const { oid, value } = readAttribute(attribute)
      const text = stringText(value)
      return JSON.stringify([
        oid,
        text === undefined ? { raw: Buffer.from(value.encoded).toString('hex') } : prepared(text),
      ])
    })
    .sort()
    .join('+')
}

function prepared(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[\p{White_Space}]+/gu, ' ')
    .trim()
}

/** The values of one attribute of a name, as text; those that are no text are left out. */
export function attributeValues(name: DerValue, oid: string): string[] {
  return itemsOf(name, tags.set, 'A part of a name')
    .flatMap((part) => itemsOf(part, tags.sequence, 'An attribute of a name').map(readAttribute))
    .flatMap(({ oid: type, value }) => (type === oid ? [stringText(value) ?? ''] : []))
}

/**
 * A distinguished name as RFC 4514 text, most specific part first. For people and logs only; control characters are
 * escaped, so a name cannot write a line of its own into a log.
 */
function nameText(name: DerValue): string {
  return itemsOf(name, tags.set, 'A part of a name')
    .map((part) => itemsOf(part, tags.sequence, 'An attribute of a name').map(attributeText).join('+'))
    .reverse()
    .join(',')
}

/** RFC 4514 §3, and two that certificates of agencies bear. */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
}

function readAttribute(attribute: DerValue): { oid: string; value: DerValue } {
  const reader = new DerReader(attribute.content)
  const oid = oidText(reader.read(tags.oid, 'The type of a name attribute').content)
  const value = reader.readAny('The value of a name attribute')
  reader.end('A name attribute')
  return { oid, value }
}

function attributeText(attribute: DerValue): string {
  const { oid, value } = readAttribute(attribute)
  const text = stringText(value)
  const type = shortNames[oid]
  if (type === undefined || text === undefined) return `${type ?? oid}=#${Buffer.from(value.encoded).toString('hex')}`
  return `${type}=${escaped(text)}`
}

function stringText(value: DerValue): string | undefined {
  switch (value.tag) {
    case 0x0c: // UTF8String
      return decoded(utf8, value.content)
    case 0x1e: // BMPString
      return decoded(utf16, value.content)
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x14: // TeletexString
    case 0x16: // IA5String
      return Buffer.from(value.content).toString('latin1')
    default:
      return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true })

function decoded(decoder: TextDecoder, octets: Uint8Array): string {
  try {
    return decoder.decode(octets)
  } catch (error) {
    throw malformed(`A name is not valid ${decoder.encoding.toUpperCase()}.`, error)
  }
}

/** RFC 4514 §2.4. */
function escaped(text: string): string {
  return text
    .replace(/[\\",+;<>]/g, '\\$&')
    .replace(/^[ #]|(?<=.) $/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
      Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '\\$&'),
    )
}
