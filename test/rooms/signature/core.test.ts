import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { expect } from 'chai'
import { codeOf, type FailureCode, limits } from '../../../src/base/index.ts'
import { verifyCore } from '../../../src/signature/index.ts'
import { coreDocuments, coreIds } from '../../support/core-documents.ts'
import { jdk, signWithXmlsec1, xmlsec1 } from '../../support/oracles.ts'
import { algorithms, DSIG, edited, resigned, withSignatureValue } from '../../support/packages.ts'
import { toyFile } from '../../support/pki.ts'
import { signingKeys } from '../../support/toy-signers.ts'

const privateKeyPem = toyFile('g02-p256.key')
const privateKey = createPrivateKey(privateKeyPem)
const publicKey = createPublicKey(privateKeyPem)
const documents = coreDocuments(algorithms.ecdsaSha256)

async function coreReason(text: string | Uint8Array, key: KeyObject = publicKey): Promise<FailureCode | 'accepted'> {
  try {
    await verifyCore(Buffer.from(text), key)
    return 'accepted'
  } catch (error) {
    if (codeOf(error) === 'internal') throw error
    return codeOf(error)
  }
}

describe('the core profile', () => {
  for (const { title, template, changes, harmless = [] } of documents)
    it(`believes what xmlsec1 signed, and both judge each change of it alike: ${title}`, async () => {
      const signed = await signWithXmlsec1(template, privateKeyPem, coreIds)
      expect(await coreReason(signed)).to.equal('accepted')
      for (const [from, to] of changes) {
        const changed = edited(signed, from, to)
        expect(await coreReason(changed), `${from} → ${to}`).to.be.oneOf(['digest-mismatch', 'signature-invalid'])
        expect((await xmlsec1(changed, publicKey, coreIds)).accepted, `xmlsec1: ${from} → ${to}`).to.equal(false)
      }
      for (const [from, to] of harmless) {
        const changed = edited(signed, from, to)
        expect(await coreReason(changed), `${from} → ${to}`).to.equal('accepted')
        expect((await xmlsec1(changed, publicKey, coreIds)).accepted, `xmlsec1: ${from} → ${to}`).to.equal(true)
      }
    })

  for (const { title, name, method } of signingKeys)
    it(`believes the same documents under ${title}, as the JDK does`, async () => {
      const keys = { privateKey: createPrivateKey(toyFile(`${name}.key`)) }
      const key = createPublicKey(keys.privateKey)
      for (const { title: form, template, changes } of coreDocuments(method)) {
        const signed = resigned(template, keys)
        expect(await jdk(signed, key, coreIds), form).to.include({ accepted: true })
        expect(await coreReason(signed, key), form).to.equal('accepted')
        const [from, to] = changes[0] ?? ['', '']
        const changed = edited(signed, from, to)
        expect(await jdk(changed, key, coreIds), form).to.include({ accepted: false })
        expect(await coreReason(changed, key), form).to.equal('digest-mismatch')
      }
    })

  it('tells what was signed, so that nothing else is read', async () => {
    const told = async (title: string) => {
      const document = documents.find((candidate) => candidate.title === title)
      return (await verifyCore(Buffer.from(resigned(document?.template ?? '', { privateKey })), publicKey))
        .signedElements
    }
    expect(await told('enveloped, exclusive C14N')).to.deep.equal(['letter'])
    expect(await told('two references by Id')).to.deep.equal(['part#p1', 'part#p2'])
    expect(await told('enveloping')).to.deep.equal(['Object#o1'])
  })

  it('refuses them under the key of a stranger: signature-invalid', async () => {
    const stranger = createPublicKey(toyFile('g22-p256.key'))
    const signed = resigned(documents[0]?.template ?? '', { privateKey })
    expect(await coreReason(signed)).to.equal('accepted')
    expect(await coreReason(signed, stranger)).to.equal('signature-invalid')
    expect(await coreReason(signed, createPublicKey(toyFile('g02-rsa.key')))).to.equal('signature-invalid')
    expect(await coreReason(signed, createPublicKey(toyFile('weak-rsa1024.key')))).to.equal('key-too-short')
  })
})

describe('the core profile refuses', () => {
  const templateOf = (title: string): string => documents.find((candidate) => candidate.title === title)?.template ?? ''
  const enveloped = templateOf('enveloped, exclusive C14N')
  const byId = templateOf('two references by Id')
  type Edit = (text: string) => string | Uint8Array
  const put = (what: string | RegExp, by: string) => (text: string) => edited(text, what, by)

  function refused(title: string, reason: FailureCode, edit: Edit, template = enveloped): void {
    it(`${title}: ${reason}`, async () => {
      const accepted = resigned(template, { privateKey })
      expect(await coreReason(accepted)).to.equal('accepted')
      expect(await coreReason(edit(accepted))).to.equal(reason)
    })
  }
  const refusedThoughSigned = (title: string, reason: FailureCode, edit: (text: string) => string, template?: string) =>
    refused(title, reason, (text) => resigned(edit(text), { privateKey }), template)

  refused('a document type', 'doctype-not-allowed', put('<letter ', '<!DOCTYPE letter>\n<letter '))
  refused(
    'a default attribute',
    'doctype-not-allowed',
    put('<letter ', '<!DOCTYPE letter [<!ATTLIST part paper CDATA "1">]>\n<letter '),
  )
  refused(
    'an external entity',
    'doctype-not-allowed',
    put('<letter ', '<!DOCTYPE letter [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<letter '),
  )
  refused('another encoding', 'encoding-unsupported', put('UTF-8', 'UTF-16'))
  refused('what is no XML', 'not-well-formed', put('</letter>', ''))
  refused('a relative namespace name', 'not-well-formed', put('xmlns:unused="urn:u"', 'xmlns:unused="relative"'))
  refused(
    'an attribute swallowed into a namespace name',
    'not-well-formed',
    put('xmlns:unused="urn:u" b="1"', 'xmlns:unused="urn:u&quot; b=&quot;1"'),
  )
  refused(
    'more than is read whole',
    'envelope-too-large',
    put('</letter>', `${' '.repeat(limits.wholeDocumentBytes)}</letter>`),
  )
  refused('no signature', 'signature-missing', put(/<ds:Signature [\s\S]*<\/ds:Signature>/, ''))
  refused('two signatures', 'signature-repeated', (text) =>
    edited(text, /<ds:Signature [\s\S]*<\/ds:Signature>/, (one) => one + one),
  )
  refused(
    'a second signature inside the first',
    'signature-repeated',
    put('</ds:Signature>', '<ds:Object><ds:Signature/></ds:Object></ds:Signature>'),
  )
  refused('two SignedInfo', 'signature-malformed', (text) =>
    edited(text, /<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/, (one) => one + one),
  )
  refused('two SignatureValues', 'signature-malformed', (text) =>
    edited(text, /<ds:SignatureValue>[\s\S]*<\/ds:SignatureValue>/, (one) => one + one),
  )
  refused('a SignatureValue that is no base64', 'signature-malformed', (text) => withSignatureValue(text, '!!!!'))
  refusedThoughSigned(
    'SignedInfo without references',
    'reference-missing',
    put(/<ds:Reference [\s\S]*<\/ds:Reference>/, ''),
  )
  refusedThoughSigned('too many references', 'reference-limit', (text) =>
    edited(text, /<ds:Reference [\s\S]*?<\/ds:Reference>/, (one) => one.repeat(limits.references + 1)),
  )
  refused('an element in an element without being signed again', 'digest-mismatch', put('Số: 12', 'Số: <b/>12'))

  for (const [name, xml] of [
    [
      'XPath',
      '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>self::node()[0]</ds:XPath></ds:Transform>',
    ],
    ['XPath filter 2', '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>'],
    ['XSLT', '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'],
    ['base64', `<ds:Transform Algorithm="${DSIG}base64"/>`],
    ['unknown', '<ds:Transform Algorithm="urn:x"/>'],
  ] as const)
    refusedThoughSigned(
      `a transform: ${name}`,
      'transform-not-allowed',
      put(`<ds:Transform Algorithm="${algorithms.exclusive}"/>`, xml),
    )
  for (const uri of [
    'http://192.0.2.1/x',
    'file:///etc/passwd',
    'other.xml',
    'cid:a',
    '#nobody',
    '#xpointer(/)',
    "#xpointer(id('p1'))",
  ])
    refusedThoughSigned(`a reference to ${uri}`, 'reference-elsewhere', put('URI="#p1"', `URI="${uri}"`), byId)
  refusedThoughSigned('a reference without URI', 'reference-elsewhere', put(' URI="#p1"', ''), byId)
  for (const [name, value] of [
    ['SHA-1', algorithms.sha1],
    ['MD5', 'http://www.w3.org/2001/04/xmldsig-more#md5'],
  ] as const)
    refusedThoughSigned(`a digest with ${name}`, 'algorithm-forbidden', put(algorithms.sha256, value))
  for (const [name, value] of [
    ['HMAC', algorithms.hmacSha256],
    ['DSA', algorithms.dsaSha1],
    ['ECDSA with SHA-1', algorithms.ecdsaSha1],
  ] as const)
    refusedThoughSigned(`a signature with ${name}`, 'algorithm-forbidden', put(algorithms.ecdsaSha256, value))
  refusedThoughSigned(
    'an unknown canonicalization',
    'algorithm-not-allowed',
    put(/(?<=<ds:CanonicalizationMethod Algorithm=")[^"]*/, 'urn:x'),
  )

  refused('a comment in a digest', 'signature-invalid', (text) =>
    edited(text, /<ds:DigestValue>/, (open) => `${open}AAAA<!-- -->`),
  )
  it('a comment in a digest, under a canonicalization that keeps it or not, is never a second reading of it', async () => {
    for (const { template } of documents) {
      const accepted = resigned(template, { privateKey })
      const digest = /<ds:DigestValue>([^<]*)/.exec(accepted)?.[1] ?? ''
      const before = accepted.replace(
        `<ds:DigestValue>${digest}`,
        `<ds:DigestValue><!--${digest.replace(/^./, 'x')}-->${digest}`,
      )
      expect(await coreReason(before), 'a comment that is not there once it is canonical').to.be.oneOf([
        'accepted',
        'signature-invalid',
        'signature-malformed',
      ])
      const forged = edited(before, 'Số: 12', 'Số: 13')
      expect(await coreReason(forged)).to.be.oneOf(['digest-mismatch', 'signature-invalid', 'signature-malformed'])
    }
  })

  describe('a signed part that is moved while a twin stands in its place', () => {
    const part = '<part Id="p1">Số: 12</part>'
    const twin = '<part Id="p1">Số: 13</part>'
    refused('with the same Id', 'id-not-unique', put(part, twin + part), byId)
    for (const name of ['ID', 'id', 'xml:id'])
      refused(`with the same value as ${name}`, 'id-not-unique', put(part, twin.replace('Id', name) + part), byId)
    refused(
      'with the same Id in an object of the signature',
      'id-not-unique',
      (text) => edited(edited(text, part, twin), '</ds:Signature>', `<ds:Object>${part}</ds:Object></ds:Signature>`),
      byId,
    )
    it('without Id is told apart by what is said to be signed', async () => {
      const accepted = resigned(byId, { privateKey })
      const wrapped = edited(accepted, part, `<evil>${part}</evil><part>Số: 13</part>`)
      expect(await verifyCore(Buffer.from(wrapped), publicKey)).to.deep.include({
        signedElements: ['part#p1', 'part#p2'],
      })
    })
  })
})
