import { scrypt, timingSafeEqual } from 'node:crypto'
import { Gate, GatewayError, type Ids, limits } from '../base/index.ts'

/**
 * `scrypt$N$r$p$salt$hash`, base64url: the parameters stand beside the hash, so that later ones may cost more.
 * @throws {GatewayError} password-weak
 */
export async function hashOf(password: string, ids: Ids): Promise<string> {
  const { cost, blockSize, parallelization } = limits.passwordScrypt
  const salt = Buffer.from(ids.secret(), 'base64url').subarray(0, 16)
  const hash = await derived(password, salt, { N: cost, r: blockSize, p: parallelization })
  return ['scrypt', cost, blockSize, parallelization, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/**
 * Whether `password` is the one that was hashed. Without a hash it takes the same time and says no, so that the time
 * tells nobody which names exist.
 */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const { cost, blockSize, parallelization } = limits.passwordScrypt
  const [kind, N, r, p, salt, expected] = (hash ?? '').split('$')
  if (kind !== 'scrypt' || salt === undefined || expected === undefined) {
    await derived(password, Buffer.alloc(16), { N: cost, r: blockSize, p: parallelization })
    return false
  }
  const found = await derived(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  const right = Buffer.from(expected, 'base64url')
  return found.length === right.length && timingSafeEqual(found, right)
}

/**
 * NIST SP 800-63B §5.1.1.2: length, no rules of composition, nothing that everybody tries first.
 * @throws {GatewayError} password-weak
 */
export function requireStrong(password: string, names: readonly string[]): void {
  const plain = password.normalize('NFC').toLowerCase()
  const weak = (message: string): GatewayError => new GatewayError('password-weak', message, { field: '/next' })
  if ([...plain].length < limits.passwordCharacters)
    throw weak(`a password needs ${limits.passwordCharacters} characters at least`)
  if (new Set(plain).size < 5) throw weak('a password needs five different characters at least')
  const common = [...COMMON, ...names].map((word) => word.toLowerCase()).filter((word) => word.length >= 3)
  const rest = common.reduce((text, word) => text.replaceAll(word, ''), plain)
  if ([...rest].length < limits.passwordCharacters / 2)
    throw weak('a password may not consist of a name, a word that everybody tries, or a row of the keyboard')
}

const COMMON = [
  'lienthong',
  'password',
  'matkhau',
  'mật khẩu',
  'administrator',
  'admin',
  'qwertyuiop',
  'qwerty',
  'asdfgh',
  'vietnam',
  'hanoi',
  '1234567890',
  '123456',
  '654321',
  '000000',
  '111111',
  'abcdef',
  'abc',
  '123',
]

const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** 16 letters without look-alikes in groups of four: 79 bits, read from a screen and typed once. */
export function oneTimePassword(ids: Ids): string {
  let chance = BigInt(`0x${Buffer.from(ids.secret(), 'base64url').toString('hex')}`)
  const letter = (): string => {
    const index = Number(chance % BigInt(LETTERS.length))
    chance /= BigInt(LETTERS.length)
    return LETTERS.charAt(index)
  }
  return Array.from({ length: 4 }, () => Array.from({ length: 4 }, letter).join('')).join('-')
}

/** Each takes 32 MiB and much time: a burst of logins must not take all of either. */
const gate = new Gate(limits.passwordsAtOnce)

async function derived(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  const maxmem = 256 * cost.N * cost.r
  await gate.entered()
  try {
    return await new Promise((resolve, reject) => {
      scrypt(password.normalize('NFC'), salt, 32, { ...cost, maxmem }, (error, key) =>
        error === null ? resolve(key) : reject(error),
      )
    })
  } finally {
    gate.leave()
  }
}
