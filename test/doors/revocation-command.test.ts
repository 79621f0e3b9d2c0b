import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { silentLog, systemClock } from '../../src/base/index.ts'
import { readCrl } from '../../src/pki/index.ts'
import { openStore, revocation } from '../../src/store/index.ts'
import { lienthong } from '../support/command-line.ts'

const certs = join(import.meta.dirname, '../../certs-example')

describe('lienthong revocation', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'revocation-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('shows what is at hand, and ends with 1 when something is missing', async () => {
    const file = join(folder, 'store.sqlite')
    const store = await openStore({ file, clock: systemClock, log: silentLog })
    const { der, fingerprint, nextUpdate } = readCrl(readFileSync(join(certs, 'issuing.crl')))
    const at = systemClock.now()
    await store.transact(async (tx) => {
      for (const url of ['http://a.example/a.crl', 'http://b.example/b.crl'])
        await revocation.addPlace(tx, { place: `crl ${url}`, kind: 'crl', url, certificate: fingerprint })
      await revocation.keep(tx, 'crl http://a.example/a.crl', {
        fingerprint,
        der,
        at,
        validUntil: nextUpdate,
        nextAt: at,
      })
      await revocation.fail(tx, 'crl http://b.example/b.crl', '[revocation-source-unavailable] HTTP 500', at, at)
    })
    await store.close()
    const { code, out } = await lienthong(['revocation', '--store', file])
    expect(code).to.equal(1)
    const [, first, second] = out.split('\n')
    expect(first).to.contain('a.example').and.contain('2036-01-01').and.not.contain('MISSING')
    expect(second).to.match(/^MISSING +crl +http:\/\/b\.example.*HTTP 500/)
  })
})
