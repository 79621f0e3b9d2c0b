import { expect } from 'chai'
import { limits } from '../../../src/base/index.ts'
import { algorithms, DSIG, edited, receiptObject, resigned, withSignatureValue } from '../../support/packages.ts'
import { reasonOf } from '../../support/reasons.ts'
import {
  accepted,
  behind,
  believed,
  inFrontOf,
  put,
  referenceTo,
  refused,
  refusedThoughSigned,
  signer,
  status,
} from '../../support/refusals.ts'

// threat: forged-package
describe('refused for the signature it has not, or has elsewhere', () => {
  const SIGNATURE = /<ds:Signature [\s\S]*<\/ds:Signature>/
  const signature = SIGNATURE.exec(accepted)?.[0] ?? ''
  refused('no signature', 'signature-missing', put(SIGNATURE, ''))
  refused('the signature in the namespace of the standard, as its samples have it', 'signature-missing', (text) =>
    text.replaceAll('<ds:', '<edXML:').replaceAll('</ds:', '</edXML:').replace(`xmlns:ds="${DSIG}"`, ''),
  )
  refused('an empty DigitalSignature', 'signature-missing', put(SIGNATURE, '<edXML:DigitalSignature/>'))
  refused(
    'a signature in another namespace',
    'signature-missing',
    put(`xmlns:ds="${DSIG}"`, 'xmlns:ds="http://www.w3.org/2000/09/xmldsig"'),
  )
  refused('two signatures', 'signature-repeated', behind(signature, signature.replaceAll(/ Id="[^"]*"/g, '')))
  refused('the same signature twice', 'id-not-unique', behind(signature, signature))
  refused(
    'a second signature inside the properties',
    'signature-repeated',
    inFrontOf('</ds:Object>', signature.replaceAll(/ Id="[^"]*"/g, '')),
  )
  refused(
    'a second signature in the body',
    'signature-repeated',
    inFrontOf('</edXML:edXMLManifest>', signature.replaceAll(/ Id="[^"]*"/g, '')),
  )
  refused(
    'a second signature in the attachments',
    'signature-repeated',
    inFrontOf('</AttachmentEncoded>', signature.replaceAll(/ Id="[^"]*"/g, '')),
  )
  const moved = (mark: string) => (text: string) => edited(edited(text, SIGNATURE, ''), mark, () => signature + mark)
  refusedThoughSigned('the signature before the header', 'signature-misplaced', moved('<edXML:MessageHeader '))
  refusedThoughSigned('the signature between header and trace', 'signature-misplaced', moved('<edXML:TraceHeaderList '))
  refusedThoughSigned('the signature in the envelope', 'signature-misplaced', moved('<edXML:edXMLBody '))
  refusedThoughSigned('the signature beside the envelope', 'signature-misplaced', moved('<AttachmentEncoded '))
  refusedThoughSigned('the signature at the end of the root', 'signature-misplaced', moved('</edXML>\n'))
  refusedThoughSigned(
    'the signature inside the header that it signs',
    'signature-misplaced',
    moved('</edXML:MessageHeader>'),
  )
  refusedThoughSigned('the signature inside the body', 'signature-misplaced', moved('</edXML:edXMLManifest>'))
})

describe('refused for its ids and references', () => {
  const subject = '<edXML:Subject>'
  refusedThoughSigned('an Id twice', 'id-not-unique', put(subject, '<edXML:Subject Id="edXMLBody">'))
  refusedThoughSigned(
    'the Id of a signed part once more inside it',
    'id-not-unique',
    put(subject, '<edXML:Subject Id="MessageHeader">'),
  )
  for (const name of ['ID', 'id'])
    refusedThoughSigned(
      `the Id of a signed part once more as ${name}`,
      'id-not-unique',
      put(subject, `<edXML:Subject ${name}="edXMLBody">`),
    )
  for (const name of ['ID', 'id'])
    refusedThoughSigned(
      `the Id of the attachments once more in the head as ${name}`,
      'id-not-unique',
      put(subject, `<edXML:Subject ${name}="AttachmentEncoded">`),
    )
  refusedThoughSigned(
    'an Id twice, once by a number with many zeros',
    'id-not-unique',
    put('<edXML:From>', '<edXML:From Id="&#0000000077;essageHeader">'),
  )
  refusedThoughSigned('an xml:id', 'id-not-unique', put(subject, '<edXML:Subject xml:id="s1">'))
  refusedThoughSigned(
    'the Id of an attachment twice',
    'id-not-unique',
    put('<Attachment>', '<Attachment Id="MessageHeader">'),
  )

  for (const id of ['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded', 'SignedProperties'])
    refusedThoughSigned(`${id} not referenced`, 'reference-missing', put(referenceTo(id), ''))
  refusedThoughSigned('no reference at all', 'reference-missing', (text) =>
    text.replace(/<ds:Reference [\s\S]*<\/ds:Reference>(?=<\/ds:SignedInfo>)/, ''),
  )
  refusedThoughSigned(
    'the receipt of a status not referenced',
    'reference-missing',
    put(referenceTo('NonRepudiationInformation'), ''),
    status,
  )
  refusedThoughSigned('one part referenced twice', 'reference-extra', (text) =>
    edited(text, referenceTo('edXMLBody'), (one) => one + one.replace(/ Id="[^"]*"/, '')),
  )
  refusedThoughSigned('one part more than the contract says', 'reference-extra', (text) =>
    edited(
      put(subject, '<edXML:Subject Id="subject">')(text),
      referenceTo('edXMLBody'),
      (one) => one + one.replaceAll('edXMLBody', 'subject'),
    ),
  )
  refusedThoughSigned('the signature itself referenced', 'reference-extra', (text) =>
    edited(text, referenceTo('edXMLBody'), (one) => one + one.replaceAll('edXMLBody', 'Signature')),
  )
  const elsewhere = (uri: string) => (text: string) => edited(text, 'URI="#TraceHeaderList"', `URI="${uri}"`)
  for (const uri of [
    'http://192.0.2.1/x',
    'file:///etc/passwd',
    'other.xml',
    'cid:a-1',
    '#xpointer(/)',
    "#xpointer(id('TraceHeaderList'))",
    '#nobody',
    'TraceHeaderList',
  ])
    refusedThoughSigned(`a reference to ${uri}`, 'reference-elsewhere', elsewhere(uri))
  refusedThoughSigned('a reference without URI', 'reference-elsewhere', put(' URI="#TraceHeaderList"', ''))
  refusedThoughSigned('a reference to an element inside a signed part', 'reference-elsewhere', (text) =>
    elsewhere('#trace')(put('<edXML:Bussiness>', '<edXML:Bussiness Id="trace">')(text)),
  )
  refusedThoughSigned('a reference to a part of another name at that place', 'unexpected-content', (text) =>
    text
      .replaceAll('edXML:TraceHeaderList ', 'edXML:TraceHeaders ')
      .replaceAll('/edXML:TraceHeaderList', '/edXML:TraceHeaders'),
  )
  for (const id of ['', "xpointer(id('AttachmentEncoded'))", 'a b', 'a/b', 'a%62', 'a#b'])
    refusedThoughSigned(
      `an Id that is no name, which others resolve otherwise or not at all: ${id}`,
      'reference-elsewhere',
      (text) => text.replaceAll('"TraceHeaderList"', `"${id}"`).replaceAll('"#TraceHeaderList"', `"#${id}"`),
    )
  it('believed: other names for the Ids', async () => {
    const renamed = accepted.replace(
      /"(#?)(MessageHeader|TraceHeaderList|edXMLBody|AttachmentEncoded)"/g,
      '"$1của-tôi_$2.1"',
    )
    expect(await reasonOf(resigned(renamed, signer))).to.equal('accepted')
  })
  refusedThoughSigned('more references than allowed', 'reference-limit', (text) =>
    edited(text, referenceTo('edXMLBody'), (one) => one.replace(/ Id="[^"]*"/, '').repeat(limits.references + 1)),
  )
})

describe('refused for what the signature holds', () => {
  const object = (inner: string) => inFrontOf('</ds:Signature>', `<ds:Object>${inner}</ds:Object>`)
  refused('an object that is not expected', 'signature-object-unexpected', object('<x xmlns="urn:x"/>'))
  refused('an empty object', 'signature-object-unexpected', object(''))
  refused('a manifest', 'signature-object-unexpected', object('<ds:Manifest/>'))
  refused('text in an object of its own', 'signature-malformed', object('text'))
  refused('a receipt in a document', 'signature-object-unexpected', object(receiptObject.xml))
  refused(
    'two receipts in a status',
    'signature-object-unexpected',
    object(receiptObject.xml.replace(' Id="NonRepudiationInformation"', '')),
    status,
  )
  refused(
    'something beside the properties in their object',
    'signature-object-unexpected',
    behind('<ds:Object>', '<x xmlns="urn:x"/>'),
  )
  refused(
    'the properties twice',
    'signature-object-unexpected',
    inFrontOf(
      '</ds:Signature>',
      '<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#Signature"/></ds:Object>',
    ),
  )
  refusedThoughSigned('SignedInfo twice', 'signature-malformed', (text) =>
    edited(
      text,
      '</ds:SignedInfo>',
      () =>
        `</ds:SignedInfo>${/<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/.exec(text)?.[0].replaceAll(/ Id="[^"]*"/g, '') ?? ''}`,
    ),
  )
  refusedThoughSigned('a forged SignedInfo before the signed one', 'signature-malformed', (text) =>
    edited(text, '<ds:SignedInfo>', '<ds:SignedInfo></ds:SignedInfo><ds:SignedInfo>'),
  )
  refused(
    'SignatureValue twice',
    'signature-malformed',
    inFrontOf('<ds:SignatureValue>', '<ds:SignatureValue></ds:SignatureValue>'),
  )
  refused('no SignatureValue', 'signature-malformed', put(/<ds:SignatureValue>.*<\/ds:SignatureValue>/, ''))
  refused('KeyInfo twice', 'signature-object-unexpected', behind('</ds:KeyInfo>', '<ds:KeyInfo/>'))
  refused('an unknown child of ds:Signature', 'signature-malformed', inFrontOf('<ds:KeyInfo>', '<ds:Other/>'))
  refused('text in ds:Signature', 'signature-malformed', inFrontOf('<ds:KeyInfo>', 'text'))
  refusedThoughSigned(
    'an output length for the signature',
    'signature-malformed',
    put(
      /<ds:SignatureMethod ([^>]*)\/>/,
      `<ds:SignatureMethod Algorithm="${algorithms.ecdsaSha256}"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>`,
    ),
  )
  refused(
    'a comment inside DigestValue',
    'comment-or-instruction',
    put('<ds:DigestValue>', '<ds:DigestValue><!-- x -->'),
  )
  refused('a comment between two digests', 'comment-or-instruction', (text) =>
    edited(text, /<ds:DigestValue>/, (open) => `${open}<!--AAAA-->`),
  )
  refusedThoughSigned(
    'an element inside SignatureMethod',
    'signature-malformed',
    put(/(?<=<ds:SignatureMethod [^>]*)\/>/, '><x xmlns="urn:x"/></ds:SignatureMethod>'),
  )
  refused(
    'an element inside SignatureValue',
    'signature-malformed',
    put('</ds:SignatureValue>', '<x xmlns="urn:x"/></ds:SignatureValue>'),
  )
  refused('a SignatureValue that is not base64', 'signature-malformed', (text) =>
    withSignatureValue(text, '!!!! no base64 !!!!'),
  )
  refused('an empty SignatureValue', 'signature-malformed', (text) => withSignatureValue(text, ''))
  refused(
    'a DigestValue that is not base64',
    'signature-malformed',
    put(/<ds:DigestValue>..../, '<ds:DigestValue>!!!!'),
  )
  refusedThoughSigned('no XAdES properties', 'reference-missing', (text) =>
    text.replace(/<ds:Object>[\s\S]*<\/ds:Object>/, '').replace(referenceTo('SignedProperties'), ''),
  )
  refusedThoughSigned('properties without the certificate digest', 'signature-malformed', (text) =>
    text.replace(/<xades:SigningCertificateV2>[\s\S]*<\/xades:SigningCertificateV2>/, ''),
  )
  refusedThoughSigned(
    'a signing time that does not exist',
    'signature-malformed',
    put('2026-11-21T03', '2026-13-21T03'),
  )
  believed('believed: white space in SignatureValue', (text) => text.replace(/(<ds:SignatureValue>.{20})/, '$1\n  '))
  believed('believed: a status with its receipt', (text) => text, status)
})
