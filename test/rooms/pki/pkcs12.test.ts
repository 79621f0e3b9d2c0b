import { constants, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { codeOf, GatewayError, Secret, systemClock } from '../../../src/base/index.ts'
import { openKey, openSigner, readPkcs12 } from '../../../src/pki/index.ts'
import { openssl, pkcs12File } from '../../support/key-files.ts'
import { toyCertificate, toyChain } from '../../support/pki.ts'

const octets = Buffer.from('Kính gửi: Văn phòng Chính phủ')
const password = 'mật-khẩu-canary'

describe('a PKCS#12 file', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pkcs12-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const ways: Record<string, string[]> = {
    'as OpenSSL 3 writes it': [],
    'with more iterations and SHA-512': ['-iter', '20000', '-macalg', 'sha512'],
    'as older ones wrote it, RC2 and 3DES': ['-legacy'],
    'with 3DES throughout': ['-legacy', '-certpbe', 'PBE-SHA1-3DES'],
    'with open certificates': ['-certpbe', 'NONE'],
  }
  for (const [way, options] of Object.entries(ways))
    for (const name of ['g02-rsa', 'g02-p256', 'g02-p384'])
      it(`of ${name} ${way} signs, and its certificates are byte for byte what they were`, async () => {
        const file = pkcs12File(folder, name, 'canary', ...options)
        const { certificates } = await readPkcs12(readFileSync(file), new Secret('canary'))
        const fingerprints = (all: readonly { fingerprint: string }[]) => all.map((one) => one.fingerprint).sort()
        expect(fingerprints(certificates)).to.deep.equal(fingerprints(toyChain(name)))
        writeFileSync(join(folder, 'password'), 'canary\n')
        const signer = await openSigner({ pkcs12File: file, passwordFile: join(folder, 'password') }, systemClock)
        const key = toyCertificate(name).publicKey
        const signature = await signer.sign(octets)
        const hash = name === 'g02-p384' ? 'sha384' : 'sha256'
        const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
        const form = name === 'g02-rsa' ? pss : ({ dsaEncoding: 'ieee-p1363' } as const)
        expect(verify(hash, octets, { key, ...form }, signature)).to.equal(true)
        expect(signer.chain).to.have.length(1)
      })

  it('takes a password with Vietnamese letters', async () => {
    const { privateKey } = await readPkcs12(readFileSync(pkcs12File(folder, 'g02-rsa', password)), new Secret(password))
    expect(privateKey.asymmetricKeyType).to.equal('rsa')
  })

  for (const [way, options] of Object.entries(ways))
    it(`names a wrong password as such: ${way}`, async () => {
      const error = await failureOf(readFileSync(pkcs12File(folder, 'g02-p256', 'canary', ...options)), 'another')
      expect(codeOf(error)).to.equal('key-password-wrong')
      expect(inspect(error)).not.to.match(/canary|another/)
    })

  it('is refused when it is damaged, cut off, without MAC, something else, or holds no key', async () => {
    const good = readFileSync(pkcs12File(folder, 'g02-p256', 'canary'))
    const noMac = readFileSync(pkcs12File(folder, 'g02-p256', 'canary', '-nomac'))
    const noKey = join(folder, 'no-key.p12')
    openssl(
      'pkcs12',
      '-export',
      '-nokeys',
      '-in',
      join(folder, 'g02-p256.crt'),
      '-passout',
      'pass:canary',
      '-out',
      noKey,
    )
    const files = [
      good.subarray(0, 300),
      good.subarray(0, 3),
      Buffer.alloc(0),
      Buffer.from('PEM?'),
      noMac,
      readFileSync(noKey),
    ]
    for (const file of files) expect(codeOf(await failureOf(file, 'canary'))).to.equal('key-unusable')
    for (let i = 0; i < good.length; i += 37) {
      const damaged = Buffer.from(good)
      damaged[i] = (damaged[i] ?? 0) ^ 0x41
      // 'internal': it was read, because the MAC proves that what counts is unchanged
      expect(codeOf(await failureOf(damaged, 'canary'))).to.be.oneOf(['key-unusable', 'key-password-wrong', 'internal'])
    }
  })

  it('asks for no more work than is bounded', async () => {
    const many = readFileSync(pkcs12File(folder, 'g02-p256', 'canary', '-iter', '100000'))
    const rounds = many.lastIndexOf(Buffer.from([0x02, 0x03, 0x01, 0x86, 0xa0])) // of the MAC, in place
    many.set([0x7f, 0xff, 0xff], rounds + 2)
    expect(inspect(await failureOf(many, 'canary'))).to.contain('8388607 iterations')
  })
})

describe('an encrypted private key in PEM', () => {
  it('is opened by its password, and by no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'encrypted-'))
    pkcs12File(folder, 'g02-p256', 'canary')
    const [privateKeyFile, passwordFile] = [join(folder, 'encrypted.key'), join(folder, 'password')]
    openssl('pkcs8', '-topk8', '-in', join(folder, 'g02-p256.key'), '-passout', 'pass:canary', '-out', privateKeyFile)
    writeFileSync(passwordFile, 'canary')
    const { publicKey } = await openKey({ privateKeyFile, passwordFile }, systemClock)
    expect(publicKey.equals(toyCertificate('g02-p256').publicKey)).to.equal(true)
    writeFileSync(passwordFile, 'another')
    expect(await openKey({ privateKeyFile, passwordFile }, systemClock).catch(codeOf)).to.equal('key-password-wrong')
    expect(await openKey({ privateKeyFile }, systemClock).catch(codeOf)).to.equal('key-unusable')
    rmSync(folder, { recursive: true })
  })
})

async function failureOf(file: Uint8Array, text: string): Promise<unknown> {
  try {
    await readPkcs12(file, new Secret(text))
  } catch (error) {
    return error
  }
  return new GatewayError('internal', 'it was read')
}
