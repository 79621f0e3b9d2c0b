import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { expect } from 'chai'
import { codeOf, type FailureCode, GatewayError } from '../../../src/base/index.ts'
import { type DirectoryTrust, readSignedDirectory, signDirectory } from '../../../src/directory/index.ts'
import { openssl } from '../../support/key-files.ts'
import { issue, toyCertificate, toyFile, toyNow, toySigner } from '../../support/pki.ts'

const trust: DirectoryTrust = { axis: 'trial', operators: [toyCertificate('h26-p256'), toyCertificate('h26-rsa')] }
const about = { axis: 'trial', version: 7, issuedAt: toyNow, nextUpdate: new Date('2026-12-21T00:00:00Z') }
const ministry = {
  code: 'G02',
  name: 'Bộ Công Thương',
  certificates: [toyFile('g02-p256.crt').slice(0, toyFile('g02-p256.crt').indexOf('-----END') + 25)],
}
const tax = {
  code: 'G12.18',
  wireCode: '000.00.18.G12',
  name: 'Cục Thuế',
  brokerUser: 'mof',
  lanes: ['ordinary', 'status'],
  validFrom: '2025-03-01',
  validTo: '2030-01-01',
  successor: 'G02',
  contact: { email: 'vanthu@gdt.example.vn' },
}

const signed = (change: object = {}, entries: readonly unknown[] = [ministry, tax]): Promise<Uint8Array> =>
  signDirectory({ ...about, ...change }, entries, toySigner('h26', 'p256'))

// threat: old-directory
describe('a signed directory', () => {
  it('is read as it was signed, whatever the operator signs with', async () => {
    for (const [kind, scheme] of [
      ['p256', undefined],
      ['rsa', 'pss'],
      ['rsa', 'pkcs1'],
    ] as const) {
      const octets = await signDirectory(about, [ministry, tax], toySigner('h26', kind, scheme))
      const { version, agencies, signer, issuedAt, nextUpdate } = readSignedDirectory(octets, trust, toyNow)
      expect({ version, issuedAt, nextUpdate }).to.deep.equal({
        version: 7,
        issuedAt: toyNow,
        nextUpdate: about.nextUpdate,
      })
      expect(signer).to.equal(toyCertificate(`h26-${kind}`).fingerprint)
      expect(agencies.map(({ code, wireCode, origin }) => [code, wireCode, origin])).to.deep.equal([
        ['G02', '000.00.00.G02', 'signed'],
        ['G12.18', '000.00.18.G12', 'signed'],
      ])
      expect(agencies[0]?.certificates.map(({ fingerprint }) => fingerprint)).to.deep.equal([
        toyCertificate('g02-p256').fingerprint,
      ])
      expect(agencies[1]).to.deep.include({ brokerUser: 'mof', lanes: ['ordinary', 'status'], successor: 'G02' })
    }
  })

  it('is a JWS that other software verifies, and matches the published schema', async () => {
    const octets = await signDirectory(about, [ministry, tax], toySigner('h26', 'rsa', 'pkcs1'))
    const jws = JSON.parse(Buffer.from(octets).toString()) as { protected: string; payload: string; signature: string }
    const folder = mkdtempSync(join(tmpdir(), 'jws-'))
    const [input, signature, key] = ['input', 'signature', 'key'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(input, `${jws.protected}.${jws.payload}`)
    writeFileSync(signature, Buffer.from(jws.signature, 'base64url'))
    writeFileSync(key, String(toyCertificate('h26-rsa').publicKey.export({ type: 'spki', format: 'pem' })))
    expect(openssl('dgst', '-sha256', '-verify', key, '-signature', signature, input)).to.contain('Verified OK')
    rmSync(folder, { recursive: true })
    const schema = JSON.parse(
      readFileSync(new URL('../../../schemas/directory.schema.json', import.meta.url), 'utf8'),
    ) as { $defs: object }
    const ajv = new Ajv({ strict: false })
    addFormats.default(ajv)
    const read = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString())
    for (const [name, value] of Object.entries({ jws, header: read(jws.protected), payload: read(jws.payload) })) {
      const validate = ajv.compile({ ...schema, $id: `urn:test:${name}`, $ref: `#/$defs/${name}` })
      expect(validate(value), `${name}: ${ajv.errorsText(validate.errors)}`).to.equal(true)
      expect(validate({ ...(value as object), more: 1 }), `${name} with more`).to.equal(false)
    }
  })

  const other = { ...about, axis: 'production' }
  const refused: Record<string, [FailureCode, () => Promise<Uint8Array>]> = {
    'signed by somebody else whom the same authority certified': [
      'directory-untrusted',
      () => signDirectory(about, [ministry], toySigner('g22', 'p256')),
    ],
    'signed by a stranger who claims to be the operator': [
      'directory-untrusted',
      async () => {
        const real = JSON.parse(Buffer.from(await signed()).toString()) as Record<string, string>
        const forged = JSON.parse(
          Buffer.from(await signDirectory(about, [ministry], toySigner('g22', 'p256'))).toString(),
        ) as Record<string, string>
        return Buffer.from(JSON.stringify({ ...forged, protected: real['protected'] }))
      },
    ],
    'with another payload under the signature': [
      'directory-untrusted',
      () =>
        changed('payload', (text) =>
          Buffer.from(Buffer.from(text, 'base64url').toString().replace('G02', 'G03')).toString('base64url'),
        ),
    ],
    'with a byte of the signature changed': [
      'directory-untrusted',
      () => changed('signature', (text) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`),
    ],
    'with the algorithm none': ['directory-malformed', () => changedHeader({ alg: 'none' })],
    'with HMAC, its key being the public certificate': ['directory-malformed', () => changedHeader({ alg: 'HS256' })],
    'with the algorithm of another kind of key': ['directory-untrusted', () => changedHeader({ alg: 'RS256' })],
    'with a header that is not understood': ['directory-malformed', () => changedHeader({ crit: ['b64'], b64: false })],
    'of another type': ['directory-malformed', () => changedHeader({ typ: 'JWT' })],
    'of another axis': ['directory-other-axis', () => signDirectory(other, [ministry], toySigner('h26', 'p256'))],
    'from the future': ['directory-malformed', () => signed({ issuedAt: new Date(toyNow.getTime() + 3_600_000) })],
    'from before the operator’s certificate was valid': [
      'directory-untrusted',
      () => signed({ issuedAt: new Date('2020-01-01T00:00:00Z') }),
    ],
    'with a version that is no number': ['directory-malformed', () => signed({ version: '8' })],
    'that says which agencies are ours': ['directory-malformed', () => signed({}, [{ ...ministry, local: true }])],
    'that names a file of ours': [
      'directory-malformed',
      () => signed({}, [{ ...ministry, certificates: ['/etc/passwd'] }]),
    ],
    'with a code that is none': ['directory-malformed', () => signed({}, [{ ...ministry, code: '../../etc' }])],
    'with a lane that is none': ['directory-malformed', () => signed({}, [{ ...ministry, lanes: ['status', 'fast'] }])],
    'without the lane on which answers come': [
      'directory-malformed',
      () => signed({}, [{ ...ministry, lanes: ['ordinary'] }]),
    ],
    'with a field that is not known': ['directory-malformed', () => signed({}, [{ ...ministry, trusted: true }])],
    'that is no JSON': ['directory-malformed', async () => Buffer.from('PK')],
    'that is not UTF-8': ['directory-malformed', async () => Buffer.from([0x22, 0xff, 0x22])],
    'that is too long': ['directory-malformed', async () => Buffer.alloc(17 * 2 ** 20, 0x20)],
    'that is nested deeply': ['directory-malformed', async () => Buffer.from('['.repeat(200_000))],
  }
  for (const [what, [code, make]] of Object.entries(refused))
    it(`is refused ${what}`, async () => {
      expect(failureOf(await make())).to.equal(code)
    })

  it('is refused once the operator’s certificate has ended', async () => {
    const operator = await issue({ notAfter: new Date('2026-12-01T00:00:00Z') })
    const octets = await signDirectory(about, [ministry], operator.signer())
    const pinned = { axis: 'trial', operators: [operator.certificate] }
    expect(readSignedDirectory(octets, pinned, toyNow).version).to.equal(7)
    expect(() => readSignedDirectory(octets, pinned, new Date('2026-12-02T00:00:00Z')))
      .to.throw(GatewayError)
      .with.property('code', 'directory-untrusted')
  })

  async function changed(part: 'payload' | 'signature', change: (text: string) => string): Promise<Uint8Array> {
    const jws = JSON.parse(Buffer.from(await signed()).toString()) as Record<string, string>
    return Buffer.from(JSON.stringify({ ...jws, [part]: change(jws[part] ?? '') }))
  }

  async function changedHeader(change: object): Promise<Uint8Array> {
    const jws = JSON.parse(Buffer.from(await signed()).toString()) as Record<string, string>
    const header = JSON.parse(Buffer.from(jws['protected'] ?? '', 'base64url').toString()) as object
    const written = Buffer.from(JSON.stringify({ ...header, ...change })).toString('base64url')
    return Buffer.from(JSON.stringify({ ...jws, protected: written }))
  }
})

function failureOf(octets: Uint8Array): string {
  try {
    readSignedDirectory(octets, trust, toyNow)
    return 'accepted'
  } catch (error) {
    return codeOf(error)
  }
}
