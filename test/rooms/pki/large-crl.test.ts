import { expect } from 'chai'
import { codeOf, limits } from '../../../src/base/index.ts'
import { type Crl, readCrl, readCrlAside, readCrlHead } from '../../../src/pki/index.ts'
import { largeCrl, serialOf } from '../../support/large-crl.ts'
import { type Fresh, issue } from '../../support/pki.ts'
import { failureOf } from '../store/failure.ts'

/** How often the event loop turned until the work was done. */
async function turnsDuring<T>(work: () => Promise<T>): Promise<{ turns: number; result: T }> {
  let turns = 0
  let isDone = false
  const turn = (): void => {
    turns++
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  const result = await work().finally(() => {
    isDone = true
  })
  return { turns, result }
}

describe('a CRL of a large authority', () => {
  const COUNT = 100_000
  const when = new Date('2026-11-20T00:00:00Z')
  let authority: Fresh
  let der: Buffer

  before(async () => {
    authority = await issue({ issuer: 'self', ca: {} })
    der = await largeCrl(authority, COUNT, ['7f', '00ff', serialOf(5)], when)
    expect(der.length).to.be.greaterThan(limits.crlHereBytes)
  })

  it('is read while everything else goes on', async () => {
    const here = await turnsDuring(async () => readCrl(der))
    expect(here.turns).to.be.lessThan(3)
    const aside = await turnsDuring(() => readCrlAside(der))
    expect(aside.turns).to.be.greaterThan(20)
    expect(aside.result.entries.size).to.equal(COUNT + 3)
  })

  it('says the same wherever it was read: who is on it, in whatever order, and who is not', async () => {
    const [here, aside] = [readCrl(der), await readCrlAside(der)]
    for (const serial of [serialOf(0), serialOf(COUNT / 2), serialOf(COUNT - 1), serialOf(5), '7f', '00ff']) {
      expect(aside.entries.get(serial), serial).to.deep.equal({
        revokedAt: new Date('2026-01-01T00:00:00Z'),
        reason: 1,
      })
      expect(here.entries.get(serial), serial).to.deep.equal(aside.entries.get(serial))
    }
    for (const serial of [serialOf(COUNT), '', '7e', 'ff', '80', `${serialOf(0)}00`])
      expect(aside.entries.get(serial), serial).to.equal(undefined)
    const plain = ({ entries, ...rest }: Crl) => ({ ...rest, places: entries.index })
    expect(plain(aside)).to.deep.equal(plain(here))
    expect(readCrlHead(der)).to.deep.include({ thisUpdate: here.thisUpdate, nextUpdate: here.nextUpdate })
  })

  it('is read from PEM too, leaves the octets to whoever gave them, and is refused by name when it is broken', async () => {
    const lines = der.toString('base64').replace(/(.{64})/g, '$1\n')
    const pem = Buffer.from(`-----BEGIN X509 CRL-----\n${lines}\n-----END X509 CRL-----\n`)
    const [one, other] = await Promise.all([readCrlAside(pem), readCrlAside(der)])
    expect(one.fingerprint).to.equal(other.fingerprint)
    expect(der[0]).to.equal(0x30)
    const broken = Buffer.from(der)
    broken[broken.length >> 1] = 0x99
    const failure = await failureOf(readCrlAside(broken.subarray(0, -1)))
    expect(codeOf(failure)).to.equal('revocation-data-unusable')
    expect(failure.message).to.contain('cut off')
    const endless = await failureOf(readCrlAside(Buffer.alloc(2 * limits.crlBytes, 0x30)))
    expect(codeOf(endless)).to.equal('revocation-data-unusable')
  })
})
