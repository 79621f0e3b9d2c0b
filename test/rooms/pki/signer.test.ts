import { constants, createPrivateKey, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { codeOf, createLog } from '../../../src/base/index.ts'
import { createSigner, describeKey, requireKeyStrength, type Signer } from '../../../src/pki/index.ts'
import { issue, toyAuthority, toyCertificate, toyFile, toySigner } from '../../support/pki.ts'

const octets = Buffer.from('Kính gửi: Văn phòng Chính phủ')

describe('a signer', () => {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const p1363 = { dsaEncoding: 'ieee-p1363' } as const
  const cases = [
    { kind: 'rsa', scheme: 'pss', algorithm: 'rsa-pss-sha256', hash: 'sha256', options: pss, length: 256 },
    { kind: 'rsa3072', scheme: undefined, algorithm: 'rsa-pss-sha256', hash: 'sha256', options: pss, length: 384 },
    { kind: 'rsa', scheme: 'pkcs1', algorithm: 'rsa-pkcs1-sha256', hash: 'sha256', options: {}, length: 256 },
    { kind: 'p256', scheme: undefined, algorithm: 'ecdsa-p256-sha256', hash: 'sha256', options: p1363, length: 64 },
    { kind: 'p384', scheme: undefined, algorithm: 'ecdsa-p384-sha384', hash: 'sha384', options: p1363, length: 96 },
    { kind: 'ed25519', scheme: undefined, algorithm: 'ed25519', hash: null, options: {}, length: 64 },
  ] as const
  for (const { kind, scheme, algorithm, hash, options, length } of cases) {
    it(`with ${kind} and ${scheme ?? 'no scheme named'} makes ${algorithm} signatures that its certificate verifies`, async () => {
      const signer = toySigner('g02', kind, scheme)
      const signature = await signer.sign(octets)
      const key = { key: signer.certificate.publicKey, ...options }
      expect(signer.algorithm).to.equal(algorithm)
      expect(signature.length).to.equal(length)
      expect(verify(hash, octets, key, signature)).to.equal(true)
      expect(verify(hash, Buffer.from('Kính gửi: Bộ Tài chính'), key, signature)).to.equal(false)
    })
  }

  it('signs many things at once, each its own', async () => {
    const signer = toySigner('g22', 'rsa')
    const letters = Array.from({ length: 12 }, (_, i) => Buffer.from(`letter ${i}`))
    const signatures = await Promise.all(letters.map((letter) => signer.sign(letter)))
    letters.forEach((letter, i) => {
      const key = { key: signer.certificate.publicKey, ...pss }
      expect(verify('sha256', letter, key, signatures[i] ?? Buffer.alloc(0))).to.equal(true)
    })
  })

  it('carries its issuers, nearest first, without the root, in whatever order the file has them', () => {
    const leaf = toyFile('g02-p256.crt').split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? ''
    const privateKeyPem = toyFile('g02-p256.key')
    for (const above of [toyFile('trust.pem'), toyFile('issuing.crt') + toyFile('root.crt'), toyFile('issuing.crt')]) {
      const { chain, certificate } = createSigner({ privateKeyPem, certificatePem: leaf + above })
      expect(certificate.fingerprint).to.equal(toyCertificate('g02-p256').fingerprint)
      expect(chain.map(({ fingerprint }) => fingerprint)).to.deep.equal([toyCertificate('issuing').fingerprint])
    }
  })

  it('reads PKCS#1 and SEC 1 keys as well as PKCS#8', () => {
    for (const [kind, type] of [
      ['rsa', 'pkcs1'],
      ['p256', 'sec1'],
    ] as const) {
      const privateKeyPem = createPrivateKey(toyFile(`g02-${kind}.key`)).export({ type, format: 'pem' }) as string
      expect(codeOfSigner({ privateKeyPem, certificatePem: toyFile(`g02-${kind}.crt`) })).to.equal('usable')
    }
  })
})

describe('a key is unusable', () => {
  const good = { privateKeyPem: toyFile('g02-p256.key'), certificatePem: toyFile('g02-p256.crt') }
  const encrypted = createPrivateKey(good.privateKeyPem).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  }) as string

  const changes: Record<string, Partial<typeof good>> = {
    'when it is not that of the certificate': { privateKeyPem: toyFile('g22-p256.key') },
    'when it is another kind than that of the certificate': { privateKeyPem: toyFile('g02-rsa.key') },
    'when it is encrypted': { privateKeyPem: encrypted },
    'when it cannot be read': { privateKeyPem: good.privateKeyPem.replace('MI', 'IM') },
    'when there is none': { privateKeyPem: '' },
    'when there is no certificate': { certificatePem: '' },
    'when the certificate cannot be read': { certificatePem: good.certificatePem.replace('MI', 'IM') },
    'when a stranger stands among its issuers': { certificatePem: good.certificatePem + toyFile('stranger.crt') },
  }
  for (const [when, change] of Object.entries(changes)) {
    it(when, () => {
      expect(codeOfSigner(good)).to.equal('usable')
      expect(codeOfSigner({ ...good, ...change })).to.equal('key-unusable')
    })
  }

  it('when it is short', () => {
    expect(
      codeOfSigner({ privateKeyPem: toyFile('weak-rsa1024.key'), certificatePem: toyFile('weak-rsa1024.crt') }),
    ).to.equal('key-unusable')
  })

  it('when its certificate is not for signing documents', async () => {
    expect(codeOfSigner(toyAuthority('issuing'))).to.equal('key-unusable')
    expect(codeOfSigner(await issue({ keyUsage: ['keyEncipherment'] }))).to.equal('key-unusable')
    expect(codeOfSigner(await issue({ keyUsage: ['nonRepudiation'] }))).to.equal('usable')
  })

  it('when it is on a curve we do not sign with', async () => {
    expect(codeOfSigner(await issue({ key: 'p521' }))).to.equal('key-unusable')
  })
})

describe('a private key cannot be printed', () => {
  const privateKeyPem = toyFile('g02-p256.key')
  const secrets = [
    ...privateKeyPem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-')),
    createPrivateKey(privateKeyPem).export({ format: 'jwk' }).d ?? 'absent',
    Buffer.from(createPrivateKey(privateKeyPem).export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex'),
  ]
  const silent = (text: string): void => {
    for (const secret of secrets) expect(text).not.to.include(secret)
    expect(text).not.to.include('PRIVATE')
  }

  const ways: Record<string, (signer: Signer) => string> = {
    'by inspect': (signer) => inspect(signer, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    'by inspect without its own form': (signer) =>
      inspect(signer, { customInspect: false, depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    'inside of another object': (signer) =>
      inspect({ deps: { signer } }, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    'as JSON': (signer) => JSON.stringify({ signer }),
    'as text': (signer: unknown) => String(signer),
    'by spreading or listing its fields': (signer) =>
      inspect([{ ...signer }, Object.entries(signer), Reflect.ownKeys(signer)], {
        depth: Number.POSITIVE_INFINITY,
        showHidden: true,
      }),
    'on the console': (signer) => printed(() => console.log(signer, '%o', signer)),
    'in the log': (signer) => {
      const lines: string[] = []
      createLog('trace', { write: (line) => lines.push(line) }).info({ signer, deps: { signer } }, 'a signer')
      expect(lines).to.have.length(1)
      return lines.join()
    },
  }
  for (const [how, print] of Object.entries(ways)) it(how, () => silent(print(toySigner('g02', 'p256'))))

  it('by an error about it', () => {
    for (const broken of [
      privateKeyPem.replace('MI', 'IM'),
      privateKeyPem.replace('-----BEGIN PRIVATE', '-----BEGIN'),
      privateKeyPem.slice(0, -60),
    ]) {
      try {
        createSigner({ privateKeyPem: broken, certificatePem: toyFile('g02-p256.crt') })
        expect.fail('the key was readable')
      } catch (error) {
        for (const secret of secrets) expect(inspect(error, { depth: 9, showHidden: true })).not.to.include(secret)
      }
    }
  })
})

describe('the strength of a key', () => {
  it('is told as people call it', async () => {
    const named = {
      'g02-rsa': 'RSA 2048',
      'g02-rsa3072': 'RSA 3072',
      'g02-p256': 'EC P-256',
      'g02-p384': 'EC P-384',
      'g02-ed25519': 'Ed25519',
    }
    for (const [name, text] of Object.entries(named)) {
      expect(describeKey(toyCertificate(name).publicKey)).to.equal(text)
      expect(() => requireKeyStrength(toyCertificate(name).publicKey)).not.to.throw()
    }
  })

  it('is 2048 bits for RSA and 256 for EC, or the key is refused', async () => {
    for (const certificate of [toyCertificate('weak-rsa1024'), (await issue({ key: 'p224' })).certificate]) {
      expect(
        codeFrom(() => requireKeyStrength(certificate.publicKey)),
        certificate.subject,
      ).to.equal('key-too-short')
    }
  })
})

function codeOfSigner(options: { privateKeyPem: string; certificatePem: string }): string {
  return codeFrom(() => createSigner(options)).replace('accepted', 'usable')
}

function codeFrom(work: () => unknown): string {
  try {
    work()
    return 'accepted'
  } catch (error) {
    return codeOf(error)
  }
}

function printed(print: () => void): string {
  const written: string[] = []
  const original = process.stdout.write.bind(process.stdout)
  process.stdout.write = (text: string | Uint8Array) => {
    written.push(String(text))
    return true
  }
  try {
    print()
  } finally {
    process.stdout.write = original
  }
  return written.join('')
}
