import { tags } from './der.ts'

/** Writes the little DER that we ask others with: requests, never what anybody signs. */
export function derSequence(...items: readonly Uint8Array[]): Uint8Array {
  return derTagged(tags.sequence, ...items)
}

export function derOctets(octets: Uint8Array): Uint8Array {
  return derTagged(tags.octetString, octets)
}

/** @param octets Content octets of an INTEGER, as they were read. */
export function derInteger(octets: Uint8Array): Uint8Array {
  return derTagged(tags.integer, octets)
}

export function derOid(text: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = text.split('.').map(Number)
  return derTagged(tags.oid, Uint8Array.from([first * 40 + second, ...arcs].flatMap(base128)))
}

export function derTagged(tag: number, ...items: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(items)
  return Buffer.concat([Uint8Array.of(tag, ...lengthOctets(content.length)), content])
}

function base128(arc: number): number[] {
  const octets = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) octets.unshift((left % 128) + 128)
  return octets
}

function lengthOctets(length: number): number[] {
  if (length < 128) return [length]
  const octets: number[] = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256)
  return [128 + octets.length, ...octets]
}
