/** Who a certificate names, for people: what may be shown and what is missing is told by it, never a verdict. */
export interface SignerName {
  /** CN. */
  readonly name?: string
  /** O, and the unit inside of it: who manages the certificate. */
  readonly organisation?: string
  readonly unit?: string
  readonly title?: string
  /** organizationIdentifier: of agencies of the axis, their code. */
  readonly identifier?: string
  readonly kind: SignerKind
}

export type SignerKind = 'person' | 'organisation' | 'unknown'

/** @param subject RFC 4514 */
export function signerName(subject: string): SignerName {
  const attributes = partsOf(subject)
  const first = (type: string): string | undefined => attributes.find(([name]) => name === type)?.[1]
  const [name, organisation, unit, title] = [first('CN'), first('O'), first('OU'), first('T') ?? first('2.5.4.12')]
  const identifier = first('organizationIdentifier')
  return {
    ...(name !== undefined && { name }),
    ...(organisation !== undefined && { organisation }),
    ...(unit !== undefined && { unit }),
    ...(title !== undefined && { title }),
    ...(identifier !== undefined && { identifier }),
    kind: kindOf(attributes, name, organisation, unit),
  }
}

/** Identity papers that Vietnamese and European certificates of persons bear (UID; EN 319 412-1 §5.1.3). */
const PERSONAL = /^(CMND|CCCD|HC|PAS|IDC|PNO)/i
const GIVEN_NAME_OR_SURNAME = new Set(['2.5.4.42', '2.5.4.4', 'GN', 'SN', 'givenName', 'surname'])

function kindOf(
  attributes: readonly (readonly [string, string])[],
  name: string | undefined,
  organisation: string | undefined,
  unit: string | undefined,
): SignerKind {
  const isPersonal = ([type, value]: readonly [string, string]): boolean =>
    GIVEN_NAME_OR_SURNAME.has(type) || ((type === 'UID' || type === 'serialNumber') && PERSONAL.test(value))
  if (attributes.some(isPersonal)) return 'person'
  if (name === undefined) return organisation === undefined ? 'unknown' : 'organisation'
  if ([organisation, unit].some((one) => one !== undefined && alike(name).startsWith(alike(one)))) return 'organisation'
  if (attributes.some(([type, value]) => type === 'UID' && /^(MST|MNS)/i.test(value))) return 'organisation'
  return organisation === undefined ? 'unknown' : 'person'
}

function alike(text: string): string {
  return text.normalize('NFC').toLocaleLowerCase('vi').replace(/\s+/g, ' ').trim()
}

/** `CN=A\, B,O=C` → [['CN', 'A, B'], ['O', 'C']]; RFC 4514 §2.4, §3. */
function partsOf(subject: string): [string, string][] {
  return [...subject.matchAll(/(?:^|[,+])([\w.]+)=((?:\\.|[^\\,+])*)/gs)].map(([, type = '', value = '']) => [
    type,
    unescaped(value),
  ])
}

function unescaped(value: string): string {
  const octets = value.replace(/(?:\\[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8'),
  )
  return octets.replace(/\\(.)/gs, '$1').replace(/[\p{Cc}\p{Cf}]/gu, '')
}
