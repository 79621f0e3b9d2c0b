import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'

/** Makes the identifiers that are ours. */
export interface Ids {
  /** 26 characters of Crockford base32: 48 bits of milliseconds, then 80 random bits; sorts by time. */
  next(): string
  /** 256 random bits, base64url: lease tokens and API keys. Unguessable, and not ordered. */
  secret(): string
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Ids by this clock. Within one process they also sort by the order of the calls, even when the clock steps back. */
export function timeOrderedIds(clock: Clock): Ids {
  let lastMs = -1
  let random = 0n
  return {
    next() {
      const now = clock.now().getTime()
      if (now > lastMs) {
        lastMs = now
        random = BigInt(`0x${randomBytes(10).toString('hex')}`) >> 1n // leaves room to count upwards
      } else random += 1n
      return base32((BigInt(lastMs) << 80n) | random)
    },
    secret: () => randomBytes(32).toString('base64url'),
  }
}

/** Where ids made from this instant on begin: in the order of ids it stands before all of them, and after all earlier ones. */
export function idsFrom(instant: Date): string {
  return base32(BigInt(instant.getTime()) << 80n).slice(0, TIME_CHARACTERS)
}

/** When an id was made; undefined for what is none. */
export function timeOfId(id: string): Date | undefined {
  if (!/^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(id)) return undefined
  let value = 0
  for (const character of id.slice(0, TIME_CHARACTERS)) value = value * 32 + ALPHABET.indexOf(character)
  return new Date(value)
}

/** 48 bits, and the two bits by which 26 characters are longer than 128. */
const TIME_CHARACTERS = 10

function base32(value: bigint): string {
  let text = ''
  for (let rest = value, i = 0; i < 26; i++, rest >>= 5n) text = ALPHABET.charAt(Number(rest & 31n)) + text
  return text
}
