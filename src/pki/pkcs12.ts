import {
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  type KeyObject,
  pbkdf2,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { GatewayError, limits, type Secret } from '../base/index.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { at, integer, octets, oid, parse, parts, type Value } from './pkcs12-values.ts'

export interface Pkcs12Contents {
  readonly privateKey: KeyObject
  /** In the order of the file; whose they are is not judged here. */
  readonly certificates: readonly Certificate[]
}

/**
 * The one private key of a PKCS#12 file and its certificates: files of OpenSSL 3 (PBES2, AES) and older ones (3DES, RC2),
 * RSA and EC. The file must carry its MAC, by which a wrong password is told from a damaged file.
 * @throws key-password-wrong
 * @throws key-unusable: not PKCS#12, damaged, protected in another way, or with no or several private keys
 * @see RFC 7292
 */
export async function readPkcs12(file: Uint8Array, password: Secret): Promise<Pkcs12Contents> {
  if (file.length > limits.pkcs12Bytes) throw unusable(`The PKCS#12 file is longer than ${limits.pkcs12Bytes} octets.`)
  try {
    const [version, authSafe, mac] = parts(parse(file))
    if (integer(version) !== 3) throw unusable('The file is not PKCS#12 version 3.')
    const safe = dataOf(authSafe)
    requireMac(mac, safe, password)
    return await readSafe(safe, password)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    // the cause is left out: a parser's message may quote what it could not read
    throw unusable('The file is not PKCS#12, or is damaged.')
  }
}

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
} as const

/** RFC 7292 §5.1: an HMAC over the content, its key made of the password. */
function requireMac(mac: Value | undefined, safe: Buffer, password: Secret): void {
  if (mac === undefined) throw unusable('The PKCS#12 file has no MAC; export it again with one.')
  const [digestInfo, salt, iterations] = parts(mac)
  const [algorithm, expected] = parts(digestInfo)
  const hash = macHashes.get(oid(at(algorithm, 0)))
  if (hash === undefined)
    throw unusable(
      'The MAC of the PKCS#12 file is of a kind that is not read; use HMAC with SHA-1, SHA-256 or SHA-512.',
    )
  const rounds = bounded(iterations === undefined ? 1 : integer(iterations))
  const key = derived(password, octets(salt), MAC_KEY, rounds, hash.length, hash.name)
  const found = createHmac(hash.name, key).update(safe).digest()
  const wanted = octets(expected)
  if (found.length !== wanted.length || !timingSafeEqual(found, wanted))
    throw new GatewayError('key-password-wrong', 'The password of the PKCS#12 file is wrong.')
}

async function readSafe(safe: Buffer, password: Secret): Promise<Pkcs12Contents> {
  const keys: KeyObject[] = []
  const certificates: Certificate[] = []
  for (const info of parts(parse(safe))) {
    const isOpen = oid(at(info, 0)) === oids.data
    const contents = isOpen ? dataOf(info) : await decryptedData(info, password)
    for (const bag of parts(parse(contents))) {
      const value = at(at(bag, 1), 0)
      const kind = oid(at(bag, 0))
      if (kind === oids.keyBag) keys.push(privateKeyOf(value))
      else if (kind === oids.shroudedKeyBag) keys.push(privateKeyOf(value, password))
      else if (kind === oids.certBag && oid(at(value, 0)) === oids.x509Certificate)
        certificates.push(readCertificate(octets(at(at(value, 1), 0))))
    }
  }
  const [privateKey] = keys
  if (privateKey === undefined || keys.length > 1)
    throw unusable(`The PKCS#12 file holds ${keys.length} private keys; it must hold one.`)
  return { privateKey, certificates }
}

function dataOf(info: Value | undefined): Buffer {
  if (oid(at(info, 0)) !== oids.data)
    throw unusable('The PKCS#12 file is signed or sealed with a public key, not with a password.')
  return octets(at(at(info, 1), 0))
}

function privateKeyOf(value: Value, password?: Secret): KeyObject {
  const key = Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1')
  try {
    return createPrivateKey({
      key,
      format: 'der',
      type: 'pkcs8',
      ...(password !== undefined && { passphrase: password.reveal() }),
    })
  } catch {
    throw unusable('The private key in the PKCS#12 file cannot be read: it is damaged, or protected in an unusual way.')
  }
}

async function decryptedData(info: Value, password: Secret): Promise<Buffer> {
  if (oid(at(info, 0)) !== oids.encryptedData) throw unusable('The PKCS#12 file holds sealed data of an unknown kind.')
  const [, content] = parts(at(at(info, 1), 0))
  const [, algorithm, encrypted] = parts(content)
  const name = oid(at(algorithm, 0))
  const parameters = at(algorithm, 1)
  if (name === oids.pbes2) return await decryptPbes2(parameters, octets(encrypted), password)
  const cipher = oldCiphers.get(name)
  if (cipher === undefined) throw unusable(`The PKCS#12 file is encrypted by ${name}, which is not read.`)
  const [salt, iterations] = parts(parameters)
  const rounds = bounded(integer(iterations))
  const key = derived(password, octets(salt), CIPHER_KEY, rounds, cipher.keyOctets, 'sha1')
  const iv = derived(password, octets(salt), CIPHER_IV, rounds, 8, 'sha1')
  return cipher.rc2 ? decryptRc2(octets(encrypted), key, iv) : decrypt('des-ede3-cbc', octets(encrypted), key, iv)
}

/** RFC 8018 §6.2. The key is derived on the thread pool. */
async function decryptPbes2(parameters: Value | undefined, encrypted: Buffer, password: Secret): Promise<Buffer> {
  const [derivation, scheme] = parts(parameters)
  const cipher = newCiphers.get(oid(at(scheme, 0)))
  if (oid(at(derivation, 0)) !== oids.pbkdf2 || cipher === undefined)
    throw unusable('The PKCS#12 file is encrypted in a way that is not read; use PBKDF2 with AES.')
  const [salt, iterations, ...options] = parts(at(derivation, 1))
  const prf = options.find((option) => Array.isArray(option.value))
  const hash = prf === undefined ? 'sha1' : prfHashes.get(oid(at(prf, 0)))
  if (hash === undefined) throw unusable('The PKCS#12 file derives its key by a hash that is not read.')
  const rounds = bounded(integer(iterations))
  const key = await promisify(pbkdf2)(password.reveal(), octets(salt), rounds, cipher.keyOctets, hash)
  return decrypt(cipher.name, encrypted, key, octets(at(scheme, 1)))
}

function decrypt(name: string, encrypted: Buffer, key: Buffer, iv: Buffer): Buffer {
  const cipher = createDecipheriv(name, key, iv)
  return Buffer.concat([cipher.update(encrypted), cipher.final()])
}

/** OpenSSL 3 has RC2 no more, but files that it protects are still about. */
function decryptRc2(encrypted: Buffer, key: Buffer, iv: Buffer): Buffer {
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8)
  cipher.start(iv.toString('latin1'))
  cipher.update(forge.util.createBuffer(encrypted.toString('latin1')))
  if (!cipher.finish()) throw unusable('The PKCS#12 file is damaged.')
  return Buffer.from(cipher.output.getBytes(), 'latin1')
}

/** RFC 7292 Appendix B.3: what the derived octets are for. */
const CIPHER_KEY = 1
const CIPHER_IV = 2
const MAC_KEY = 3

/** RFC 7292 Appendix B.2: octets from a password, a block of the hash at a time. */
function derived(password: Secret, salt: Buffer, use: number, rounds: number, length: number, hash: HashName): Buffer {
  const blockOctets = hash === 'sha384' || hash === 'sha512' ? 128 : 64
  const text = Buffer.from(`${password.reveal()}\0`, 'utf16le').swap16()
  const input = Buffer.concat([salt, text].map((part) => repeated(part, blockOctets)))
  const made: Buffer[] = []
  for (let octetsMade = 0; octetsMade < length; ) {
    let digest: Buffer = Buffer.concat([Buffer.alloc(blockOctets, use), input])
    for (let round = 0; round < rounds; round++) digest = createHash(hash).update(digest).digest()
    made.push(digest)
    octetsMade += digest.length
    for (let start = 0; start < input.length; start += blockOctets)
      addOneAnd(repeated(digest, blockOctets).subarray(0, blockOctets), input.subarray(start, start + blockOctets))
  }
  return Buffer.concat(made).subarray(0, length)
}

/** As often as it takes to fill whole blocks. */
function repeated(octets: Buffer, blockOctets: number): Buffer {
  const length = Math.ceil(octets.length / blockOctets) * blockOctets
  return Buffer.alloc(length, octets)
}

/** block = block + added + 1, without what no longer fits. */
function addOneAnd(added: Buffer, block: Buffer): void {
  let carry = 1
  for (let i = block.length - 1; i >= 0; i--) {
    carry += (block[i] ?? 0) + (added[i] ?? 0)
    block[i] = carry & 0xff
    carry >>= 8
  }
}

/** The derivation of old files runs on this thread: what would hold it up for long is not read. */
function bounded(iterations: number): number {
  if (iterations >= 1 && iterations <= limits.pkcs12Iterations) return iterations
  throw unusable(`The PKCS#12 file asks for ${iterations} iterations; at most ${limits.pkcs12Iterations} are made.`)
}

type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512'

const macHashes: ReadonlyMap<string, { name: HashName; length: number }> = new Map([
  ['1.3.14.3.2.26', { name: 'sha1', length: 20 }],
  ['2.16.840.1.101.3.4.2.1', { name: 'sha256', length: 32 }],
  ['2.16.840.1.101.3.4.2.2', { name: 'sha384', length: 48 }],
  ['2.16.840.1.101.3.4.2.3', { name: 'sha512', length: 64 }],
])

const prfHashes: ReadonlyMap<string, HashName> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
])

const newCiphers: ReadonlyMap<string, { name: string; keyOctets: number }> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyOctets: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyOctets: 24 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', keyOctets: 32 }],
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', keyOctets: 24 }],
])

const oldCiphers: ReadonlyMap<string, { keyOctets: number; rc2: boolean }> = new Map([
  ['1.2.840.113549.1.12.1.3', { keyOctets: 24, rc2: false }],
  ['1.2.840.113549.1.12.1.5', { keyOctets: 16, rc2: true }],
  ['1.2.840.113549.1.12.1.6', { keyOctets: 5, rc2: true }],
])

function unusable(message: string): GatewayError {
  return new GatewayError('key-unusable', message)
}
