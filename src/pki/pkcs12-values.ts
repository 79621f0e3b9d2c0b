import forge from 'node-forge'

/** One value of BER: PKCS#12 files need not be DER, and some makers write octet strings in pieces. */
export type Value = forge.asn1.Asn1

/** @throws anything: what cannot be read */
export function parse(octets: Uint8Array): Value {
  return forge.asn1.fromDer(Buffer.from(octets).toString('latin1'), false)
}

/** What a constructed value is made of. @throws Error: it is not there, or not constructed */
export function parts(value: Value | undefined): Value[] {
  if (value === undefined || !Array.isArray(value.value)) throw new Error('a value is missing')
  return value.value
}

export function at(value: Value | undefined, index: number): Value {
  const part = parts(value)[index]
  if (part === undefined) throw new Error('a value is missing')
  return part
}

export function oid(value: Value): string {
  return forge.asn1.derToOid(forge.util.createBuffer(text(value)))
}

/** Of an octet string, whole or in pieces. */
export function octets(value: Value | undefined): Buffer {
  if (value === undefined) throw new Error('a value is missing')
  if (Array.isArray(value.value)) return Buffer.concat(value.value.map(octets))
  return Buffer.from(text(value), 'latin1')
}

export function integer(value: Value | undefined): number {
  const digits = octets(value)
  if (digits.length === 0 || digits.length > 6) throw new Error('a number is too large')
  return digits.readIntBE(0, digits.length)
}

function text({ value }: Value): string {
  if (typeof value !== 'string') throw new Error('a value is constructed that must not be')
  return value
}
