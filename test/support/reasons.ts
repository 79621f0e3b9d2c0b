import { codeOf, type FailureCode } from '../../src/base/index.ts'
import { type TrustMaterial, verify, verifyHead } from '../../src/signature/index.ts'
import { NOON, toyTrust } from './toy-signers.ts'

const trust = toyTrust({ ed25519Agreed: true })

/**
 * The code with which a package is refused, or `accepted`. Whole, and cut as it travels, it must come to the same; and
 * what the head alone was refused for, all of it must be refused for, and nothing that was accepted.
 */
export async function reasonOf(
  file: string | Uint8Array,
  options: { trust?: TrustMaterial; at?: Date } = {},
): Promise<FailureCode | 'accepted'> {
  const octets = Buffer.from(file)
  const { trust: material = trust, at = NOON } = options
  const whole = await outcome(() => verify(octets, material, at))
  const parts = await outcome(() => verify(chunks(octets), material, at))
  if (parts !== whole) throw new Error(`whole it is ${whole}, in parts ${parts}`)
  const head = await outcome(() => verifyHead(headOf(octets), material, at))
  const isBehind = head === 'signature-missing' && whole !== 'accepted' // it stands behind the attachments
  if (head !== 'accepted' && head !== whole && !isBehind) throw new Error(`whole it is ${whole}, by its head ${head}`)
  return whole
}

async function outcome(judge: () => Promise<unknown>): Promise<FailureCode | 'accepted'> {
  try {
    await judge()
    return 'accepted'
  } catch (error) {
    if (codeOf(error) === 'internal') throw error
    return codeOf(error)
  }
}

/** The head, then the attachments in parts of 100 octets, which cut through tags and letters. */
async function* chunks(octets: Buffer): AsyncGenerator<Uint8Array> {
  const head = headOf(octets)
  yield head
  for (let at = head.length; at < octets.length; at += 100) yield octets.subarray(at, at + 100)
}

function headOf(octets: Buffer): Buffer {
  const tail = octets.indexOf('<AttachmentEncoded')
  return tail < 0 ? octets : octets.subarray(0, tail)
}
