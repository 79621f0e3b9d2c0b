import { constants, sign as signOctets } from 'node:crypto'
import { expect } from 'chai'
import {
  algorithms,
  canonical,
  DSIG,
  documentText,
  edited,
  resigned,
  signedPackage,
  withSignatureValue,
} from '../../support/packages.ts'
import { reasonOf } from '../../support/reasons.ts'
import { put, refused, refusedThoughSigned, signer, status } from '../../support/refusals.ts'
import { handSigner, toyTrust } from '../../support/toy-signers.ts'

// threat: weak-algorithm
describe('refused for its algorithms', () => {
  const everyTransform = (by: string) => (text: string) =>
    edited(text, `<ds:Transform Algorithm="${algorithms.exclusive}"/>`, by)
  const transform = (uri: string, inner = '') => `<ds:Transform Algorithm="${uri}">${inner}</ds:Transform>`
  for (const [name, xml] of [
    ['XPath', transform('http://www.w3.org/TR/1999/REC-xpath-19991116', '<ds:XPath>1=1</ds:XPath>')],
    ['XPath filter 2', transform('http://www.w3.org/2002/06/xmldsig-filter2')],
    [
      'XSLT',
      transform(
        'http://www.w3.org/TR/1999/REC-xslt-19991116',
        '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/>',
      ),
    ],
    ['base64', transform(`${DSIG}base64`)],
    ['enveloped signature on a part', transform(algorithms.enveloped) + transform(algorithms.exclusive)],
    ['exclusive twice', transform(algorithms.exclusive).repeat(2)],
    ['exclusive with comments', transform(algorithms.exclusiveWithComments)],
    ['inclusive', transform(algorithms.inclusive)],
    ['C14N 1.1', transform(algorithms.inclusive11)],
    ['the URI of the samples, which does not exist', transform('http://www.w3.org/TR/xml-exc-c14n#')],
    ['one that nobody knows', transform('urn:x')],
  ] as const)
    refusedThoughSigned(`a transform: ${name}`, 'transform-not-allowed', everyTransform(xml))
  refusedThoughSigned('no transform', 'transform-not-allowed', put(/<ds:Transforms>[\s\S]*?<\/ds:Transforms>/, ''))
  refusedThoughSigned(
    'an empty list of transforms',
    'transform-not-allowed',
    put(/<ds:Transforms>[\s\S]*?<\/ds:Transforms>/, '<ds:Transforms/>'),
  )

  const signatureMethod = (uri: string) => put(/(?<=<ds:SignatureMethod Algorithm=")[^"]*/, uri)
  const digestMethod = (uri: string) => put(/(?<=<ds:DigestMethod Algorithm=")[^"]*/, uri)
  const c14nMethod = (uri: string) => put(/(?<=<ds:CanonicalizationMethod Algorithm=")[^"]*/, uri)
  const rsa = handSigner('g02-rsa', algorithms.rsaSha256)
  const byRsa = signedPackage(documentText, rsa)
  refusedThoughSigned('a signature algorithm that nobody knows', 'algorithm-not-allowed', signatureMethod('urn:x'))
  refusedThoughSigned(
    'PSS with parameters',
    'algorithm-not-allowed',
    signatureMethod('http://www.w3.org/2007/05/xmldsig-more#rsa-pss'),
    byRsa,
    rsa,
  )
  refusedThoughSigned('a digest that nobody knows', 'algorithm-not-allowed', digestMethod('urn:x'))
  refusedThoughSigned('SHA-224', 'algorithm-not-allowed', digestMethod('http://www.w3.org/2001/04/xmldsig-more#sha224'))
  refusedThoughSigned('no algorithm for a digest', 'algorithm-not-allowed', digestMethod(''))
  for (const [name, uri] of [
    ['inclusive', algorithms.inclusive],
    ['inclusive 1.1', algorithms.inclusive11],
    ['with comments', algorithms.exclusiveWithComments],
    ['unknown', 'urn:x'],
  ] as const)
    refusedThoughSigned(`a canonicalization of SignedInfo: ${name}`, 'algorithm-not-allowed', c14nMethod(uri))
  refusedThoughSigned('SHA-1 as digest', 'algorithm-forbidden', digestMethod(algorithms.sha1))
  refusedThoughSigned(
    'MD5 as digest',
    'algorithm-forbidden',
    digestMethod('http://www.w3.org/2001/04/xmldsig-more#md5'),
  )
  refusedThoughSigned('RSA with SHA-1', 'algorithm-forbidden', signatureMethod(algorithms.rsaSha1), byRsa, rsa)
  refusedThoughSigned('ECDSA with SHA-1', 'algorithm-forbidden', signatureMethod(algorithms.ecdsaSha1))
  refusedThoughSigned(
    'PSS with SHA-1',
    'algorithm-forbidden',
    signatureMethod('http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1'),
    byRsa,
    rsa,
  )
  refusedThoughSigned('DSA', 'algorithm-forbidden', signatureMethod(algorithms.dsaSha1))
  refusedThoughSigned(
    'DSA with SHA-256',
    'algorithm-forbidden',
    signatureMethod('http://www.w3.org/2009/xmldsig11#dsa-sha256'),
  )
  refusedThoughSigned('HMAC', 'algorithm-forbidden', signatureMethod(algorithms.hmacSha256))
  refusedThoughSigned('HMAC with SHA-1', 'algorithm-forbidden', signatureMethod(`${DSIG}hmac-sha1`))
  const namespaces = `<ec:InclusiveNamespaces xmlns:ec="${algorithms.exclusive}" PrefixList="edXML"/>`
  refusedThoughSigned(
    'InclusiveNamespaces in a transform',
    'inclusive-namespaces',
    everyTransform(transform(algorithms.exclusive, namespaces)),
  )
  refusedThoughSigned(
    'InclusiveNamespaces for SignedInfo',
    'inclusive-namespaces',
    put(/(?<=<ds:CanonicalizationMethod [^>]*)\/>/, `>${namespaces}</ds:CanonicalizationMethod>`),
  )

  refusedThoughSigned(
    'RSA under the name of ECDSA',
    'signature-invalid',
    signatureMethod(algorithms.ecdsaSha256),
    byRsa,
    rsa,
  )
  refusedThoughSigned('ECDSA under the name of RSA', 'signature-invalid', signatureMethod(algorithms.rsaSha256))
  refused('a digest under the name of another', 'signature-invalid', digestMethod(algorithms.sha512))
  refused('a digest of another length, signed', 'digest-mismatch', (text) => {
    const digest = /<ds:DigestValue>([^<]*)/.exec(text)?.[1] ?? ''
    return resigned(digestMethod(algorithms.sha512)(text), { ...signer, firstDigest: digest })
  })

  it('Ed25519 where it was not agreed: algorithm-not-allowed', async () => {
    const signed = signedPackage(documentText, handSigner('g02-ed25519', algorithms.ed25519))
    expect(await reasonOf(signed, { trust: toyTrust({ ed25519Agreed: true }) })).to.equal('accepted')
    expect(await reasonOf(signed, { trust: toyTrust({ ed25519Agreed: false }) })).to.equal('algorithm-not-allowed')
  })
})

describe('refused for the value of the signature', () => {
  const signedInfo = (text: string) => canonical(text, '(//*[local-name()="SignedInfo"])[1]', algorithms.exclusive)
  const valued = (value: (octets: Uint8Array, old: Buffer) => Uint8Array) => (text: string) => {
    const old = Buffer.from(/<ds:SignatureValue>([^<]*)/.exec(text)?.[1] ?? '', 'base64')
    return withSignatureValue(text, Buffer.from(value(signedInfo(text), old)).toString('base64'))
  }
  refused(
    'ECDSA in DER, as OpenSSL writes it',
    'signature-invalid',
    valued((octets) => signOctets('sha256', octets, signer.privateKey)),
  )
  refused(
    'ECDSA with r and s of zero',
    'signature-invalid',
    valued(() => Buffer.alloc(64)),
  )
  refused(
    'ECDSA with r and s of the order of the group',
    'signature-invalid',
    valued(() => Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.repeat(2), 'hex')),
  )
  refused(
    'ECDSA with a zero in front of r and s',
    'signature-invalid',
    valued((_, old) => Buffer.concat([Buffer.alloc(1), old.subarray(0, 32), Buffer.alloc(1), old.subarray(32)])),
  )
  refused(
    'ECDSA with one octet more',
    'signature-invalid',
    valued((_, old) => Buffer.concat([old, Buffer.alloc(1)])),
  )
  refused(
    'one changed octet',
    'signature-invalid',
    valued((_, old) => old.map((octet, i) => (i === 7 ? octet ^ 1 : octet))),
  )
  refused('the signature of another package', 'signature-invalid', (text) =>
    withSignatureValue(text, /<ds:SignatureValue>([^<]*)/.exec(status)?.[1] ?? ''),
  )

  const pss = signedPackage(documentText, handSigner('g02-rsa', algorithms.pssSha256))
  const key = handSigner('g02-rsa').privateKey
  const salted = (saltLength: number) =>
    valued((octets) => signOctets('sha256', octets, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }))
  for (const salt of [0, 20, 64, constants.RSA_PSS_SALTLEN_MAX_SIGN])
    refused(
      `PSS with a salt of ${salt === constants.RSA_PSS_SALTLEN_MAX_SIGN ? 'the greatest length' : `${salt} octets`}`,
      'signature-invalid',
      salted(salt),
      pss,
    )
  refused(
    'PKCS#1 v1.5 under the name of PSS',
    'signature-invalid',
    valued((octets) => signOctets('sha256', octets, key)),
    pss,
  )
  refused(
    'RSA with a zero in front',
    'signature-invalid',
    valued((_, old) => Buffer.concat([Buffer.alloc(1), old])),
    pss,
  )
  refused('a changed header', 'digest-mismatch', put('7421', '7422'))
  refused('changed properties', 'digest-mismatch', put('T03:00:00Z', 'T03:00:01Z'))
  refused(
    'a changed receipt',
    'digest-mismatch',
    put(/(?<=NonRepudiationInformation[\s\S]*)URI="#MessageHeader"/, 'URI="#MessageHeadex"'),
    status,
  )
})
