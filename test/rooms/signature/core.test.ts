import { createPrivateKey, createPublicKey } from 'node:crypto'
import { expect } from 'chai'
import { verifyCore } from '../../../src/signature/index.ts'
import { coreDocuments, coreIds } from '../../support/core-documents.ts'
import { jdk, signWithXmlsec1, xmlsec1 } from '../../support/oracles.ts'
import { algorithms, edited, resigned } from '../../support/packages.ts'
import { toyFile } from '../../support/pki.ts'
import { signingKeys } from '../../support/toy-signers.ts'

describe('the core profile', () => {
  const privateKeyPem = toyFile('g02-p256.key')
  const publicKey = createPublicKey(privateKeyPem)
  const verdict = async (text: string) => verifyCore(Buffer.from(text), publicKey)

  for (const { title, template, changes, harmless = [] } of coreDocuments(algorithms.ecdsaSha256))
    it(`believes what xmlsec1 signed, and xmlsec1 and we judge each change of it alike: ${title}`, async () => {
      const signed = await signWithXmlsec1(template, privateKeyPem, coreIds)
      expect(await verdict(signed)).to.include({ verdict: 'accepted' })
      for (const [from, to] of changes) {
        const changed = edited(signed, from, to)
        expect(await verdict(changed), `${from} → ${to}`).to.include({ verdict: 'refused' })
        expect((await xmlsec1(changed, publicKey, coreIds)).accepted, `xmlsec1: ${from} → ${to}`).to.equal(false)
      }
      for (const [from, to] of harmless) {
        const changed = edited(signed, from, to)
        expect(await verdict(changed), `${from} → ${to}`).to.include({ verdict: 'accepted' })
        expect((await xmlsec1(changed, publicKey, coreIds)).accepted, `xmlsec1: ${from} → ${to}`).to.equal(true)
      }
    })

  for (const { title, name, method } of signingKeys)
    it(`believes any core document under ${title} that the JDK believes`, async () => {
      const privateKey = createPrivateKey(toyFile(`${name}.key`))
      const key = createPublicKey(privateKey)
      for (const { title: form, template, changes } of coreDocuments(method)) {
        const signed = resigned(template, { privateKey })
        expect(await jdk(signed, key, coreIds), form).to.include({ accepted: true })
        expect(await verifyCore(Buffer.from(signed), key), form).to.include({ verdict: 'accepted' })
        const [from, to] = changes[0] ?? ['', '']
        const changed = edited(signed, from, to)
        expect(await jdk(changed, key, coreIds), form).to.include({ accepted: false })
        expect(await verifyCore(Buffer.from(changed), key), form).to.include({ verdict: 'refused' })
      }
    })

  it('refuses the same documents under the key of a stranger', async () => {
    const [document] = coreDocuments(algorithms.ecdsaSha256)
    const signed = await signWithXmlsec1(document?.template ?? '', privateKeyPem, coreIds)
    const stranger = createPublicKey(toyFile('g22-p256.key'))
    expect(await verifyCore(Buffer.from(signed), publicKey)).to.include({ verdict: 'accepted' })
    expect(await verifyCore(Buffer.from(signed), stranger)).to.include({
      verdict: 'refused',
      reason: 'signature-invalid',
    })
    expect((await xmlsec1(signed, stranger, coreIds)).accepted).to.equal(false)
    expect((await jdk(signed, stranger, coreIds)).accepted).to.equal(false)
  })
})
