import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { lienthong } from '../support/command-line.ts'
import { openssl, pkcs12File, type SoftToken, softToken } from '../support/key-files.ts'
import { toyCertificate } from '../support/pki.ts'

describe('lienthong key', () => {
  let folder: string
  let token: SoftToken
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'key-command-'))
    token = softToken('bct', 'pin-canary')
  })
  after(() => {
    token.remove()
    rmSync(folder, { recursive: true })
  })

  const subject = ['--agency', 'G02', '--name', 'Bộ Công Thương']

  it('asks for a certificate for a key in PEM, in PKCS#12 or on a token, which openssl finds in order', async () => {
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, 'mật khẩu canary')
    const p12 = pkcs12File(folder, 'g02-p384', 'mật khẩu canary')
    const { moduleFile, token: label, key, pinFile } = token.hold('g02-rsa')
    token.hold('g02-p256')
    const onToken = ['--module', moduleFile, '--token', label, '--pin-file', pinFile]
    const places: [name: string, place: string[]][] = [
      ['g02-ed25519', ['--private-key', join(import.meta.dirname, '../../certs-example/g02-ed25519.key')]],
      ['g02-p384', ['--pkcs12', p12, '--password-file', passwordFile]],
      ['g02-rsa', [...onToken, '--key', key]],
      ['g02-p256', [...onToken, '--key', `id:${Buffer.from('g02-p256').toString('hex')}`]],
    ]
    for (const [name, place] of places) {
      const out = join(folder, `${name}.csr`)
      const made = await lienthong(['key', 'csr', ...subject, '--out', out, ...place], { env: softHsm() })
      expect(made.code, made.err).to.equal(0)
      expect(made.out + made.err).not.to.contain('canary')
      const said = openssl('req', '-in', out, '-noout', '-verify', '-subject', '-nameopt', 'utf8,sep_comma_plus')
      expect(said, name).to.contain('C=VN,O=Bộ Công Thương,organizationIdentifier=G02,CN=Bộ Công Thương')
      const publicKey = openssl('req', '-in', out, '-noout', '-pubkey')
      expect(publicKey.trim()).to.equal(
        String(toyCertificate(name).publicKey.export({ type: 'spki', format: 'pem' })).trim(),
      )
    }
  })

  it('asks for nothing when the place of the key is not clear, or the PIN is wrong', async () => {
    const out = join(folder, 'never.csr')
    const { moduleFile, token: label, key, pinFile } = token.hold('g12-p256')
    const place = ['--module', moduleFile, '--token', label, '--key', key]
    const unclear = [[], ['--private-key', 'a.key', '--pkcs12', 'a.p12'], place]
    for (const options of unclear)
      expect(
        (await lienthong(['key', 'csr', ...subject, '--out', out, ...options], { env: softHsm() })).err,
      ).to.contain('[request-invalid]')
    token.write('pin-wrong')
    const wrong = await lienthong(['key', 'csr', ...subject, '--out', out, ...place, '--pin-file', pinFile], {
      env: softHsm(),
    })
    expect([wrong.code, wrong.err]).to.satisfy(
      ([code, err]: [number, string]) => code === 2 && err.includes('[key-password-wrong]'),
    )
    expect(wrong.err).not.to.contain('pin-wrong')
  })

  it('says what is in a PKCS#12 file, and never the key itself', async () => {
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, 'canary')
    const p12 = pkcs12File(folder, 'g22-rsa', 'canary')
    const { code, out } = await lienthong(['key', 'inspect', p12, '--password-file', passwordFile])
    expect(code).to.equal(0)
    expect(out)
      .to.match(/private key\n {2}key +RSA 2048\ncertificate\n/)
      .and.to.contain(toyCertificate('g22-rsa').fingerprint)
    const wrong = await lienthong(['key', 'inspect', p12])
    expect([wrong.code, wrong.err.includes('[key-password-wrong]')]).to.deep.equal([2, true])
  })

  function softHsm(): Record<string, string> {
    return { SOFTHSM2_CONF: process.env['SOFTHSM2_CONF'] ?? '' }
  }
})
