import { createPrivateKey } from 'node:crypto'

/** A secret under a name by which a test complains. */
export interface Canary {
  readonly name: string
  /** Every form in which it might come out. */
  readonly forms: readonly string[]
}

export function textCanary(name: string, text: string): Canary {
  const octets = Buffer.from(text)
  const forms = [
    text,
    encodeURIComponent(text),
    octets.toString('base64'),
    octets.toString('base64url'),
    octets.toString('hex'),
  ]
  return {
    name,
    forms: [...forms, JSON.stringify(text).slice(1, -1), Array.from(octets).join(','), Array.from(octets).join(', ')],
  }
}

/** Of an EC key: each line of its PEM, and the number that is the secret, in the ways that numbers are written. */
export function keyCanary(name: string, pem: string): Canary {
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' })
  const octets = Buffer.from(d, 'base64url')
  const lines = pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'))
  const forms = [d, octets.toString('hex'), octets.toString('base64'), BigInt(`0x${octets.toString('hex')}`).toString()]
  return { name, forms: [...lines, ...forms, Array.from(octets).join(','), Array.from(octets).join(', ')] }
}

/** The names of the canaries that stand somewhere in the text, whatever the case of hex. */
export function leaksIn(text: string, canaries: readonly Canary[]): string[] {
  const lower = text.toLowerCase()
  return canaries
    .filter(({ forms }) =>
      forms.some((form) => text.includes(form) || (/^[0-9a-f]{16,}$/.test(form) && lower.includes(form))),
    )
    .map(({ name }) => name)
}
