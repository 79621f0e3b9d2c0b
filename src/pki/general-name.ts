import { context, DerReader, type DerValue, explicit, malformed, tags } from './der.ts'
import { type DistinguishedName, readName } from './distinguished-name.ts'

/** A name of RFC 5280 §4.2.1.6. `other` names nothing that we compare; its form is the context tag's number. */
export type GeneralName =
  | { readonly form: 'directory'; readonly name: DistinguishedName }
  | { readonly form: 'email' | 'dns' | 'uri'; readonly text: string }
  | { readonly form: 'ip'; readonly octets: Uint8Array }
  | { readonly form: 'other'; readonly tag: number }

export type GeneralNameForm = GeneralName['form']

const DIRECTORY = explicit(4)

export function readGeneralName(value: DerValue): GeneralName {
  switch (value.tag) {
    case context(1):
      return { form: 'email', text: ascii(value.content) }
    case context(2):
      return { form: 'dns', text: ascii(value.content) }
    case context(6):
      return { form: 'uri', text: ascii(value.content) }
    case context(7):
      return { form: 'ip', octets: value.content }
    case DIRECTORY: {
      const reader = new DerReader(value.content)
      const name = readName(reader.read(tags.sequence, 'A directory name'))
      reader.end('A directory name')
      return { form: 'directory', name }
    }
    default:
      return { form: 'other', tag: value.tag & 0x1f }
  }
}

/** GeneralNames, the content of a list. */
export function readGeneralNames(list: DerValue, most: number): GeneralName[] {
  const reader = new DerReader(list.content)
  const names: GeneralName[] = []
  while (!reader.done) {
    if (names.length === most) throw malformed(`A list has more than ${most} names.`)
    names.push(readGeneralName(reader.readAny('A name')))
  }
  return names
}

function ascii(octets: Uint8Array): string {
  if (octets.some((octet) => octet < 0x20 || octet > 0x7e)) throw malformed('A name is not visible ASCII.')
  return Buffer.from(octets).toString('latin1')
}
