import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { codeOf, GatewayError, systemClock } from '../../../src/base/index.ts'
import { type AgencyCode, findAgencyCode } from '../../../src/message/index.ts'
import { KeyRing, type RingSource, type Signer } from '../../../src/pki/index.ts'
import { type Fresh, issue } from '../../support/pki.ts'

const bct = findAgencyCode('G02') as AgencyCode
const at = (day: string): Date => new Date(`${day}T00:00:00Z`)

describe('the keys of an agency', () => {
  let old: Fresh
  let next: Fresh
  before(async () => {
    old = await issue({ notBefore: at('2026-01-01'), notAfter: at('2027-01-31') })
    next = await issue({ notBefore: at('2026-12-01'), notAfter: at('2028-12-31') })
  })

  function chosen(ring: KeyRing, day: string): string {
    return ring.signerFor(bct, at(day), at(day)).certificate.fingerprint
  }

  it('overlap, and the one that is valid longest signs', () => {
    const ring = new KeyRing([
      { agency: bct, signer: next.signer() },
      { agency: bct, signer: old.signer() },
    ])
    expect(chosen(ring, '2026-11-30')).to.equal(old.certificate.fingerprint)
    expect(chosen(ring, '2026-12-02')).to.equal(next.certificate.fingerprint)
    expect(chosen(ring, '2027-02-01')).to.equal(next.certificate.fingerprint)
    expect(() => chosen(ring, '2029-01-01'))
      .to.throw(GatewayError)
      .with.property('code', 'key-unusable')
  })

  it('begin to sign on the day that was set for them, so that partners can learn of them before', () => {
    const ring = new KeyRing([
      { agency: bct, signer: old.signer() },
      { agency: bct, signer: next.signer(), from: at('2027-01-15') },
    ])
    expect(chosen(ring, '2027-01-14')).to.equal(old.certificate.fingerprint)
    expect(chosen(ring, '2027-01-15')).to.equal(next.certificate.fingerprint)
  })

  it('stand in for one that cannot sign just now', () => {
    const obstacle = new GatewayError('key-token-unavailable', 'away')
    const { algorithm, certificate, chain } = next.signer()
    const broken: Signer = { algorithm, certificate, chain, sign: () => Promise.reject(obstacle), obstacle }
    const both = new KeyRing([
      { agency: bct, signer: broken },
      { agency: bct, signer: old.signer() },
    ])
    expect(chosen(both, '2027-01-01')).to.equal(old.certificate.fingerprint)
    expect(both.obstacles([bct], at('2027-01-01'))).to.deep.equal([])
    const alone = new KeyRing([{ agency: bct, signer: broken }])
    expect(alone.obstacles([bct], at('2027-01-01')).map(({ reason }) => reason.code)).to.deep.equal([
      'key-token-unavailable',
    ])
  })
})

describe('an exchange of keys', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'key-ring-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function source(name: string): Promise<RingSource> {
    const { privateKeyPem, certificatePem } = await issue()
    const [privateKeyFile, certificateFile] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
    writeFileSync(privateKeyFile, privateKeyPem)
    writeFileSync(certificateFile, certificatePem)
    return { agency: bct, privateKeyFile, certificateFile }
  }

  it('keeps the signer of what did not change, adds what is new, and lets go of what is named no more', async () => {
    const [a, b, c] = [await source('a'), await source('b'), await source('c')]
    const ring = await KeyRing.open([a, b], systemClock)
    const [ofA, ofB] = ring.list()
    const { added, removed } = await ring.exchange([b, c], systemClock)
    expect(removed).to.deep.equal([ofA])
    expect(ring.list()).to.have.length(2).and.include(ofB)
    expect(added.map(({ agency }) => agency)).to.deep.equal([bct])
    expect(await ring.exchange([b, c], systemClock)).to.deep.equal({ added: [], removed: [] })
  })

  it('sees that a file holds another key under the same name', async () => {
    const a = await source('a')
    const ring = await KeyRing.open([a], systemClock)
    const before = ring.list()[0]?.signer.certificate.fingerprint
    await source('a')
    await ring.exchange([a], systemClock)
    expect(ring.list()[0]?.signer.certificate.fingerprint).not.to.equal(before)
  })

  it('happens wholly or not at all', async () => {
    const a = await source('a')
    const ring = await KeyRing.open([a], systemClock)
    const before = ring.list()
    const good = await source('good')
    const half = await source('half')
    writeFileSync(join(folder, 'half.crt'), (await issue()).certificatePem)
    const failure = await ring.exchange([good, half], systemClock).catch(codeOf)
    expect(failure).to.equal('key-unusable')
    expect(ring.list()).to.equal(before)
  })
})
