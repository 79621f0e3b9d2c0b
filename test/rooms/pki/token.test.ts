import { constants, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { codeOf, GatewayError, systemClock } from '../../../src/base/index.ts'
import { openKey, openSigner, type Signer, type TokenPlace } from '../../../src/pki/index.ts'
import { loadBinding } from '../../../src/pki/token-binding.ts'
import { TokenThread } from '../../../src/pki/token-thread.ts'
import { type SoftToken, softHsm, softToken } from '../../support/key-files.ts'
import { toyCertificate, toyFile } from '../../support/pki.ts'

const octets = Buffer.from('Kính gửi: Văn phòng Chính phủ')

// threat: locked-token, leaked-secret
describe('a key on a token', () => {
  let token: SoftToken
  let folder: string
  const open: Signer[] = []
  before(() => {
    token = softToken()
    folder = mkdtempSync(join(tmpdir(), 'token-'))
  })
  after(() => {
    token.remove()
    rmSync(folder, { recursive: true })
  })
  afterEach(async () => {
    token.write('2468-canary')
    for (const signer of open.splice(0)) await signer.close?.()
  })

  async function signerFor(place: TokenPlace, name = place.key, scheme?: 'pss' | 'pkcs1'): Promise<Signer> {
    const certificateFile = join(folder, `${name}.crt`)
    writeFileSync(certificateFile, toyFile(`${name}.crt`))
    const signer = await openSigner({ token: place, certificateFile, ...(scheme && { scheme }) }, systemClock)
    open.push(signer)
    return signer
  }

  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const p1363 = { dsaEncoding: 'ieee-p1363' } as const
  for (const [name, scheme, hash, options] of [
    ['g02-rsa', 'pss', 'sha256', pss],
    ['g02-rsa3072', 'pkcs1', 'sha256', {}],
    ['g02-p256', undefined, 'sha256', p1363],
    ['g02-p384', undefined, 'sha384', p1363],
    ['g02-ed25519', undefined, null, {}],
  ] as const) {
    it(`signs as one in a file does: ${name} ${scheme ?? ''}`, async () => {
      const signer = await signerFor(token.hold(name), name, scheme)
      const signature = await signer.sign(octets)
      expect(verify(hash, octets, { key: toyCertificate(name).publicKey, ...options }, signature)).to.equal(true)
      expect(signer.obstacle).to.equal(undefined)
    })
  }

  it('signs while the main thread goes on', async () => {
    const signer = await signerFor(
      { ...token.hold('g22-rsa3072'), key: `id:${Buffer.from('g22-rsa3072').toString('hex')}` },
      'g22-rsa3072',
    )
    let turns = 0
    let isDone = false
    const turn = (): void => {
      turns++
      if (!isDone) setImmediate(turn)
    }
    turn()
    await Promise.all(Array.from({ length: 20 }, () => signer.sign(octets)))
    isDone = true
    expect(turns).to.be.greaterThan(20)
  })

  it('finds its sessions again when somebody has ended them', async () => {
    const signer = await signerFor(token.hold('g12-p256'))
    await signer.sign(octets)
    endAllSessions()
    expect(await signer.sign(octets)).to.have.length(64)
  })

  it('is named as unavailable while the token is away, and signs again when it is back', async () => {
    const signer = await signerFor(token.hold('h26-p256'))
    await signer.sign(octets)
    token.takeAway()
    endAllSessions()
    expect(await failureOf(signer.sign(octets))).to.equal('key-token-unavailable')
    expect(codeOf(signer.obstacle)).to.equal('key-token-unavailable')
    token.putBack()
    expect(await signer.sign(octets)).to.have.length(64)
    expect(signer.obstacle).to.equal(undefined)
  })

  it('does not try a wrong PIN twice, and takes the right one once it is written', async () => {
    const place = token.hold('g12.18-p256')
    const signer = await signerFor(place)
    token.write('13579-wrong')
    for (const said of [/refuses the PIN/, /not tried again/]) {
      const error = await signer.sign(octets).catch((cause: unknown) => cause)
      expect(codeOf(error)).to.equal('key-password-wrong')
      expect(inspect(error)).to.match(said).and.not.contain('13579')
    }
    token.write('2468-canary')
    expect(await signer.sign(octets)).to.have.length(64)
  })

  it('is refused when the token does not have it, or has another under its name', async () => {
    const place = token.hold('g22-p256')
    const missing = await signerFor({ ...place, key: 'nothing' }, 'g22-p256')
    expect(await failureOf(missing.sign(octets))).to.equal('key-unusable')
    const another = await signerFor(place, 'g02-p256')
    expect(await failureOf(another.sign(octets))).to.equal('key-unusable')
  })

  it('tells its public half, so that a certificate can be asked for', async () => {
    for (const name of ['g22-rsa', 'g12.18-rsa', 'g02.97-p256', 'g22-p384']) {
      const key = await openKey({ token: token.hold(name) }, systemClock)
      expect(key.publicKey.equals(toyCertificate(name).publicKey), name).to.equal(true)
      await key.close()
    }
  })

  it('is named as unsupported where the package that speaks to tokens could not be built', () => {
    expect(() => loadBinding('pkcs11js-that-is-nowhere'))
      .to.throw(GatewayError)
      .with.property('code', 'key-token-unsupported')
  })

  it('signs again at once when its thread has crashed, before all of that thread is gone', async () => {
    const [binding, crash, pinFile] = ['binding.cjs', 'crash', 'pin'].map((name) => join(folder, name))
    if (binding === undefined || crash === undefined || pinFile === undefined) throw new Error('no files')
    writeFileSync(crash, '')
    writeFileSync(pinFile, '1')
    // what cannot be sent to another thread ends this one
    writeFileSync(
      binding,
      `const { existsSync, unlinkSync } = require('node:fs')
      const sign = () => existsSync(${JSON.stringify(crash)}) ? (unlinkSync(${JSON.stringify(crash)}), () => {}) : Buffer.from('signed')
      const does = { C_GetSlotList: () => [1], C_GetTokenInfo: () => ({ label: 'toy', flags: 0 }), C_FindObjects: () => [1], C_Sign: sign }
      exports.PKCS11 = class { constructor() { return new Proxy(does, { get: (all, name) => all[name] ?? (() => 1) }) } }`,
    )
    const thread = new TokenThread({ moduleFile: 'none', binding }, systemClock)
    const place = { moduleFile: 'none', token: 'toy', key: 'key', pinFile }
    const sign = () => thread.ask({ ask: 'sign', place, mechanism: 'ecdsa', input: octets })
    expect(codeOf(await sign().catch((error: unknown) => error))).to.equal('key-token-unavailable')
    expect(Buffer.from(await sign()).toString()).to.equal('signed')
    await thread.close()
  })

  it('is named as unavailable when there is no such module or token', async () => {
    const place = token.hold('g02.97-rsa')
    for (const wrong of [{ moduleFile: '/nowhere/libpkcs11.so' }, { token: 'another' }]) {
      const signer = await signerFor({ ...place, ...wrong }, 'g02.97-rsa')
      expect(await failureOf(signer.sign(octets))).to.equal('key-token-unavailable')
    }
  })

  it('prints without its PIN', async () => {
    const signer = await signerFor(token.hold('g12-rsa'))
    await signer.sign(octets)
    for (const text of [inspect(signer, { depth: 9, showHidden: true }), JSON.stringify(signer)])
      expect(text).not.to.contain('canary')
  })
})

async function failureOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    (error: unknown) => codeOf(error),
  )
}

/** What a person does who pulls the token, or its service when it starts again: the module is one in a process. */
function endAllSessions(): void {
  const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as typeof import('pkcs11js')
  const module = new PKCS11()
  module.load(softHsm)
  for (const slot of module.C_GetSlotList(true)) module.C_CloseAllSessions(slot)
}
