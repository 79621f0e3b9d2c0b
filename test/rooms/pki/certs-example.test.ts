import 'reflect-metadata'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { X509Certificate, X509Crl } from '@peculiar/x509'
import { expect } from 'chai'
import forge from 'node-forge'
import { findAgencyCode, fromThirteenCharacterForm } from '../../../src/message/index.ts'
import { toyCertificate, toyChain, toyFile, toyNow, toyTrustStore } from '../../support/pki.ts'

const folder = join(import.meta.dirname, '../../../certs-example')
const names = readdirSync(folder)
const leaves = names.filter((name) => name.endsWith('.crt')).map((name) => name.slice(0, -'.crt'.length))

interface Row {
  readonly code: string
  readonly wireCode: string
  readonly parent?: string
  readonly certificates: readonly string[]
}
const directory = JSON.parse(toyFile('directory.json')) as readonly Row[]

describe('certs-example', () => {
  it('has for every certificate the private key that fits, and no serial number twice', () => {
    const serials = leaves.map((name) => toyCertificate(name).serialNumber)
    expect(new Set(serials).size).to.equal(leaves.length)
    for (const name of leaves) {
      const key = createPublicKey(createPrivateKey(toyFile(`${name}.key`))).export({ format: 'pem', type: 'spki' })
      expect(key, name).to.equal(toyCertificate(name).publicKey.export({ format: 'pem', type: 'spki' }))
    }
  })

  it('has a directory of six agencies and units, whose certificates are all trusted and bear their codes', () => {
    expect(directory.map(({ code }) => code)).to.deep.equal(['G02', 'G22', 'G12', 'H26', 'G12.18', 'G02.97'])
    for (const { code, wireCode, parent, certificates } of directory) {
      expect(fromThirteenCharacterForm(wireCode)).to.equal(findAgencyCode(code))
      expect(parent).to.equal(code.includes('.') ? code.slice(0, 3) : undefined)
      for (const file of certificates) {
        const [leaf, ...above] = toyChain(file.replace(/\.crt$/, ''))
        if (leaf === undefined) throw new Error(`${file} is empty`)
        expect(toyTrustStore().requirePath(leaf, above, toyNow)).to.have.length(3)
        expect(leaf.subject).to.include(`organizationIdentifier=${code},`)
      }
    }
  })

  it('names every file in its README, and says in capitals that the keys are public', () => {
    const readme = toyFile('README.md')
    expect(readme).to.include('THE PRIVATE KEYS IN THIS FOLDER ARE PUBLIC')
    const agencies = directory.map(({ code }) => code.toLowerCase())
    for (const name of names.filter((each) => /\.(crt|crl|pem|p12|json)$/.test(each))) {
      const stem = name.replace(/\.crt$/, '')
      const agency = agencies.find((code) => stem.startsWith(`${code}-`))
      const named = [`\`${stem}\``, `\`${name}\``, `\`${agency}-*\``].some((text) => readme.includes(text))
      expect(named, name).to.equal(true)
    }
  })

  it('revokes one certificate of the Ministry and no other, by a list that the issuing CA signed', async () => {
    const crl = new X509Crl(toyFile('issuing.crl'))
    const revoked = leaves.filter((name) => crl.findRevoked(new X509Certificate(toyFile(`${name}.crt`))) !== null)
    expect(revoked).to.deep.equal(['g02-revoked'])
    expect(await crl.verify({ publicKey: new X509Certificate(toyFile('issuing.crt')) })).to.equal(true)
  })

  it('holds a PKCS#12 file that opens with its password to the same key', () => {
    const octets = readFileSync(join(folder, 'g02-rsa.p12')).toString('latin1')
    const bags = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(octets), 'example').getBags({
      bagType: forge.pki.oids['pkcs8ShroudedKeyBag'] ?? '',
    })
    const [bag] = Object.values(bags).flat()
    if (bag?.key == null) throw new Error('the file has no key')
    const key = createPrivateKey(forge.pki.privateKeyToPem(bag.key))
    expect(createPublicKey(key).equals(toyCertificate('g02-rsa').publicKey)).to.equal(true)
  })

  it('is judged the same way by OpenSSL', () => {
    const at = String(Math.floor(toyNow.getTime() / 1000))
    const accepts = (name: string): boolean => {
      try {
        execFileSync(
          'openssl',
          ['verify', '-attime', at, '-CAfile', 'root.crt', '-untrusted', 'issuing.crt', `${name}.crt`],
          { cwd: folder, stdio: 'pipe' },
        )
        return true
      } catch {
        return false
      }
    }
    expect(leaves.filter((name) => !accepts(name)).sort()).to.deep.equal([
      'g02-expired',
      'g02-notyet',
      'stranger',
      'stranger-g02',
    ])
  })
})
