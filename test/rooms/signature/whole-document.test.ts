import { expect } from 'chai'
import { limits } from '../../../src/base/index.ts'
import { type SignedContent, verify } from '../../../src/signature/index.ts'
import { jdk, signWithXmlsec1, xmlsec1 } from '../../support/oracles.ts'
import {
  algorithms,
  documentText,
  edited,
  resigned,
  statusText,
  unsignedPackage,
  wholeSignatureText,
} from '../../support/packages.ts'
import { toyFile } from '../../support/pki.ts'
import { reasonOf } from '../../support/reasons.ts'
import { accepted, believed, inFrontOf, put, refused, refusedThoughSigned, signer } from '../../support/refusals.ts'
import { handSigner, NOON, signingKeys, toyTrust } from '../../support/toy-signers.ts'

const whole = resigned(unsignedPackage(documentText, wholeSignatureText(signer)), signer)
const wholeStatus = resigned(unsignedPackage(statusText, wholeSignatureText(signer)), signer)

describe('a signature over the whole document', () => {
  for (const { title, name, method } of signingKeys)
    for (const [form, uri] of [
      ['exclusive', algorithms.exclusive],
      ['inclusive', algorithms.inclusive],
    ] as const)
      it(`is believed under ${title} and ${form} C14N by the JDK and by us, and one changed byte by none`, async () => {
        const by = handSigner(name, method)
        for (const text of [documentText, statusText]) {
          const signed = resigned(unsignedPackage(text, wholeSignatureText(by, uri)), by)
          expect(await jdk(signed, by.publicKey, [])).to.include({ accepted: true })
          expect(await reasonOf(signed)).to.equal('accepted')
          const changed = edited(signed, 'Bộ Công Thương', 'Bộ Công Thuơng')
          expect(await jdk(changed, by.publicKey, [])).to.include({ accepted: false })
          expect(await reasonOf(changed)).to.equal('digest-mismatch')
        }
      })

  it('made by xmlsec1 is believed by us', async () => {
    const signed = await signWithXmlsec1(
      unsignedPackage(documentText, wholeSignatureText(signer)),
      toyFile('g02-p256.key'),
    )
    expect((await xmlsec1(signed, signer.publicKey, [])).accepted).to.equal(true)
    expect(await reasonOf(signed)).to.equal('accepted')
  })

  it('hands on the same parts as a signature by Id', async () => {
    const content = await verify(Buffer.from(whole), toyTrust(), NOON)
    expect(Buffer.from(content.messageHeader).toString()).to.match(
      /^<edXML:MessageHeader xmlns:edXML=.*Id="MessageHeader">/,
    )
    const byId = await verify(Buffer.from(accepted), toyTrust(), NOON)
    const digests = ({ attachments }: SignedContent) => attachments.map(({ contentId, sha256 }) => [contentId, sha256])
    expect(digests(content)).to.deep.equal(digests(byId))
  })

  refused('a changed attachment', 'digest-mismatch', put(/(?<=<ContentTransferEncoded>)..../, 'AAAA'), whole)
  refused(
    'white space between the parts',
    'digest-mismatch',
    put('</edXML:edXMLHeader>', ' </edXML:edXMLHeader>'),
    whole,
  )
  refused('an instruction put before the root', 'digest-mismatch', inFrontOf('<edXML ', '<?x y?>\n'), whole)
  refused(
    'an element put into the header',
    'digest-mismatch',
    inFrontOf('</edXML:MessageHeader>', '<edXML:Subject>x</edXML:Subject>'),
    whole,
  )
  refused(
    'an element put around the parts',
    'unexpected-content',
    inFrontOf('<edXML:edXMLBody', '<edXML:Extra></edXML:Extra>'),
    whole,
  )
  refused(
    'a comment in a code, which canonicalization drops',
    'comment-or-instruction',
    put('000.00.00.G02</edXML:OrganId>', '000.00.00.G0<!-- -->2</edXML:OrganId>'),
    whole,
  )
  refused(
    'an object in the signature, which the transform cuts out',
    'signature-object-unexpected',
    inFrontOf('</ds:Signature>', '<ds:Object><x xmlns="urn:x"/></ds:Object>'),
    whole,
  )
  refused(
    'a package in an object of the signature',
    'signature-object-unexpected',
    (text) =>
      edited(
        text,
        '</ds:Signature>',
        `<ds:Object>${/<edXML:MessageHeader [\s\S]*<\/edXML:MessageHeader>/.exec(text)?.[0].replace(' Id="MessageHeader"', '')}</ds:Object></ds:Signature>`,
      ),
    whole,
  )
  refused(
    'an instruction in the signature, which the transform cuts out',
    'comment-or-instruction',
    inFrontOf('<ds:KeyInfo>', '<?x y?>'),
    whole,
  )
  refused(
    'a second signature',
    'signature-repeated',
    inFrontOf('<ds:Signature ', /<ds:Signature [\s\S]*<\/ds:Signature>/.exec(whole)?.[0] ?? ''),
    whole,
  )
  refused(
    'more than is read whole',
    'envelope-too-large',
    put('<edXML:edXMLEnvelope', `${' '.repeat(limits.wholeDocumentBytes)}<edXML:edXMLEnvelope`),
    whole,
  )

  refusedThoughSigned(
    'a signature elsewhere',
    'signature-misplaced',
    (text) => {
      const signature = /<ds:Signature [\s\S]*<\/ds:Signature>/.exec(text)?.[0] ?? ''
      return edited(edited(text, signature, ''), '</edXML>\n', `${signature}</edXML>\n`)
    },
    whole,
  )
  refusedThoughSigned(
    'the transforms in the other order',
    'transform-not-allowed',
    (text) =>
      edited(text, /(<ds:Transform [^>]*>)(<ds:Transform [^>]*>)/, (both) =>
        both.replace(/(<[^>]*>)(<[^>]*>)/, '$2$1'),
      ),
    whole,
  )
  refusedThoughSigned(
    'no cutting out',
    'transform-not-allowed',
    put(`<ds:Transform Algorithm="${algorithms.enveloped}"/>`, ''),
    whole,
  )
  refusedThoughSigned(
    'no canonicalization',
    'transform-not-allowed',
    put(`<ds:Transform Algorithm="${algorithms.exclusive}"/>`, ''),
    whole,
  )
  refusedThoughSigned(
    'an XPath that cuts out more',
    'transform-not-allowed',
    put(
      `<ds:Transform Algorithm="${algorithms.enveloped}"/>`,
      '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>',
    ),
    whole,
  )
  refusedThoughSigned(
    'the whole twice',
    'reference-extra',
    (text) => edited(text, /<ds:Reference [\s\S]*<\/ds:Reference>/, (one) => one + one),
    whole,
  )
  refusedThoughSigned(
    'the whole and a part of it',
    'reference-extra',
    (text) =>
      edited(
        text,
        /<ds:Reference [\s\S]*<\/ds:Reference>/,
        (one) =>
          one + one.replace('URI=""', 'URI="#MessageHeader"').replace(/<ds:Transform [^>]*enveloped-signature"\/>/, ''),
      ),
    whole,
  )
  refusedThoughSigned(
    'InclusiveNamespaces',
    'inclusive-namespaces',
    put(
      `<ds:Transform Algorithm="${algorithms.exclusive}"/>`,
      `<ds:Transform Algorithm="${algorithms.exclusive}"><ec:InclusiveNamespaces xmlns:ec="${algorithms.exclusive}" PrefixList="edXML"/></ds:Transform>`,
    ),
    whole,
  )
  believed('believed: a comment before the root', inFrontOf('<edXML ', '<!-- x -->'), whole)
  believed('believed: a status', (text) => text, wholeStatus)
})
