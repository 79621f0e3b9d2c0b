import { createPublicKey } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { lienthong } from '../support/command-line.ts'
import { jdk, packageIds, xmlsec1 } from '../support/oracles.ts'
import { edited } from '../support/packages.ts'
import { toyFile } from '../support/pki.ts'

const packages = ['document.edxml', 'receipt.edxml', 'status-03.edxml', 'status-05.edxml', 'status-06.edxml']

describe('the demo', () => {
  let folder: string
  let out: string
  let told: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'demo-'))
    out = join(folder, 'demo-out')
    const { code, out: printed, err } = await lienthong(['demo', '--once', '--out', out, '--port-base', '18080'])
    expect(code, err).to.equal(0)
    told = printed
  })
  after(() => rmSync(folder, { recursive: true }))

  it('tells the whole journey in its order: accepted, sent, verified, received with 01, fetched, 03, 05, 06', () => {
    const steps = [
      'accepted: signed and durable',
      'sent: the axis confirmed',
      'verified: signature, certificate and sender',
      'received: the signed receipt 01',
      'fetched: the recipient’s system has stored it',
      'learns, under a signature: 03',
      'learns, under a signature: 05',
      'learns, under a signature: 06',
      'waits for a partner who does not answer',
      'refused for a certificate that the directory lacked',
      'Every step succeeded',
    ]
    const places = steps.map((step) => told.indexOf(step))
    expect(places).not.to.include(-1)
    expect(places).to.deep.equal([...places].sort((a, b) => a - b))
  })

  it('leaves what was exchanged, and keeps the keys of the API to its owner', () => {
    for (const name of [...packages, 'trust.pem', 'api-keys.txt'])
      expect(existsSync(join(out, name)), name).to.equal(true)
    expect(statSync(join(out, 'api-keys.txt')).mode & 0o077).to.equal(0)
  })

  it('leaves packages that lienthong verify and foreign verifiers accept, and refuse after one changed octet', async () => {
    for (const name of packages) {
      const { code } = await lienthong(['verify', '--trust', join(out, 'trust.pem'), join(out, name)])
      expect(code, name).to.equal(0)
      const key = createPublicKey(toyFile(name === 'document.edxml' ? 'g02-p256.crt' : 'g22-rsa.crt'))
      const text = readFileSync(join(out, name), 'utf8')
      const changed = edited(text, 'Văn phòng Chính phủ', 'Văn phòng Chính phù')
      for (const oracle of [xmlsec1, jdk]) {
        expect((await oracle(text, key, packageIds)).accepted, name).to.equal(true)
        expect((await oracle(changed, key, packageIds)).accepted, name).to.equal(false)
      }
    }
  })

  it('replaces an earlier demo, and touches no other folder', async () => {
    const again = await lienthong(['demo', '--once', '--out', out, '--port-base', '18080'])
    expect(again.code, again.err).to.equal(0)
    const precious = mkdtempSync(join(folder, 'precious-'))
    writeFileSync(join(precious, 'thesis.txt'), 'years of work')
    const refused = await lienthong(['demo', '--once', '--out', precious])
    expect(refused.code).to.equal(2)
    expect(refused.err).to.contain('is not empty and was not made by a demo')
    expect(readFileSync(join(precious, 'thesis.txt'), 'utf8')).to.equal('years of work')
  })
})
