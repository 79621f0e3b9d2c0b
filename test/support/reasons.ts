import { codeOf, type FailureCode } from '../../src/base/index.ts'
import { type TrustMaterial, verify } from '../../src/signature/index.ts'
import { NOON, toyTrust } from './toy-signers.ts'

const trust = toyTrust({ ed25519Agreed: true })

/** The code with which a package is refused, or `accepted`. Whole, and cut as it travels, it must come to the same. */
export async function reasonOf(
  file: string | Uint8Array,
  options: { trust?: TrustMaterial; at?: Date } = {},
): Promise<FailureCode | 'accepted'> {
  const octets = Buffer.from(file)
  const { trust: material = trust, at = NOON } = options
  const whole = await verdict(octets, material, at)
  const parts = await verdict(chunks(octets), material, at)
  if (parts !== whole) throw new Error(`whole it is ${whole}, in parts ${parts}`)
  return whole
}

async function verdict(
  input: Uint8Array | AsyncIterable<Uint8Array>,
  trust: TrustMaterial,
  at: Date,
): Promise<FailureCode | 'accepted'> {
  try {
    await verify(input, trust, at)
    return 'accepted'
  } catch (error) {
    if (codeOf(error) === 'internal') throw error
    return codeOf(error)
  }
}

/** The head, then the attachments in parts of 100 octets, which cut through tags and letters. */
async function* chunks(octets: Buffer): AsyncGenerator<Uint8Array> {
  const tail = octets.indexOf('<AttachmentEncoded')
  yield tail < 0 ? octets : octets.subarray(0, tail)
  for (let at = tail; at >= 0 && at < octets.length; at += 100) yield octets.subarray(at, at + 100)
}
