import { limits } from '../base/index.ts'
import { unreadable } from './unreadable.ts'

/**
 * The first value, with definite lengths. Much software writes the outer layers of CMS with indefinite ones (X.690
 * §8.1.3.6); nothing else of BER is read. Octet strings in pieces are not put together: a detached signature has none.
 * @returns the value, and how many octets it took
 * @throws pdf-unreadable: cms-malformed
 */
export function definite(octets: Uint8Array): { value: Uint8Array; length: number } {
  const { parts, end } = rewritten(octets, 0, 0)
  return { value: Buffer.concat(parts), length: end }
}

type Rewritten = { readonly parts: readonly Uint8Array[]; readonly end: number }

function rewritten(octets: Uint8Array, at: number, depth: number): Rewritten {
  if (depth > limits.cmsDepth) throw malformed('it is nested too deeply')
  const tag = octetAt(octets, at)
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag is longer than one octet')
  const first = octetAt(octets, at + 1)
  if (first !== INDEFINITE) {
    const end = definiteEnd(octets, at + 1, first)
    return { parts: [octets.subarray(at, end)], end }
  }
  if ((tag & CONSTRUCTED) === 0) throw malformed('a primitive value has an indefinite length')
  const parts: Uint8Array[] = []
  let position = at + 2
  while (octetAt(octets, position) !== 0 || octetAt(octets, position + 1) !== 0) {
    const inner = rewritten(octets, position, depth + 1)
    parts.push(...inner.parts)
    position = inner.end
    if (parts.length > limits.cmsValues) throw malformed('it has too many values')
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return { parts: [Uint8Array.of(tag, ...lengthOctets(length)), ...parts], end: position + 2 }
}

function definiteEnd(octets: Uint8Array, at: number, first: number): number {
  let length = first
  let start = at + 1
  if (first > INDEFINITE) {
    length = 0
    for (let count = first - INDEFINITE; count > 0; count--) length = length * 256 + octetAt(octets, start++)
  }
  if (start + length > octets.length) throw malformed('a value is cut off')
  return start + length
}

function lengthOctets(length: number): number[] {
  if (length < INDEFINITE) return [length]
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return [INDEFINITE + octets.length, ...octets]
}

function octetAt(octets: Uint8Array, at: number): number {
  const octet = octets[at]
  if (octet === undefined) throw malformed('a value is cut off')
  return octet
}

const INDEFINITE = 0x80
const CONSTRUCTED = 0x20

function malformed(why: string): Error {
  return unreadable(`The signature value cannot be read: ${why}.`, 'cms-malformed')
}
