import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { codeOf, type FailureCode } from '../../../src/base/index.ts'
import { writeStatus } from '../../../src/envelope/index.ts'
import { createSigner } from '../../../src/pki/index.ts'
import { type ReceiptInfo, verify } from '../../../src/signature/index.ts'
import { anyDocument } from '../../support/any-message.ts'
import { documentMessage, statusMessage } from '../../support/messages.ts'
import {
  jdk,
  type Oracle,
  packageIds,
  signWithXmldsigjs,
  signWithXmlsec1,
  xmldsigjs,
  xmlsec1,
} from '../../support/oracles.ts'
import {
  algorithms,
  canonical,
  DSIG,
  documentText,
  edited,
  propertiesText,
  QCVN,
  resigned,
  signatureText,
  signatureValue,
  signedPackage,
  statusText,
  unsignedPackage,
  withSignatureValue,
} from '../../support/packages.ts'
import { toyFile, toySigner } from '../../support/pki.ts'
import { handSigner, NOON, signingKeys, toyTrust } from '../../support/toy-signers.ts'
import { fileOf, written } from '../../support/written.ts'

const trust = toyTrust({ ed25519Agreed: true })
const parts = ['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded']
const receipt: ReceiptInfo = {
  envelopeSha256: createHash('sha256').update('an envelope').digest('hex'),
  references: ['MessageHeader', 'AttachmentEncoded'].map((id) => ({
    uri: `#${id}`,
    digestMethod: algorithms.sha256,
    digestValue: createHash('sha256').update(id).digest('base64'),
  })),
}

/** What the outside engines know, so that nobody mistakes ignorance for refusal. */
function oraclesFor(method: string): readonly (readonly [string, Oracle])[] {
  const known = method !== algorithms.pssSha256 && method !== algorithms.ed25519
  return known
    ? [['xmlsec1', xmlsec1], ['the JDK', jdk], ['xmldsigjs', xmldsigjs]] // biome-ignore format: a table
    : [['the JDK', jdk]]
}

async function reasonOf(text: string): Promise<FailureCode | 'accepted'> {
  try {
    await verify(Buffer.from(text), trust, NOON)
    return 'accepted'
  } catch (error) {
    return codeOf(error)
  }
}

describe('what we sign', () => {
  for (const { title, name, method, ...rest } of signingKeys) {
    const signer = createSigner({
      privateKeyPem: toyFile(`${name}.key`),
      certificatePem: toyFile(`${name}.crt`),
      ...rest,
    })
    const publicKey = handSigner(name).publicKey
    const oracles = oraclesFor(method)
    const names = oracles.map(([oracle]) => oracle).join(', ')

    async function judged(text: string, accepted: boolean, what: string): Promise<void> {
      for (const [oracle, judge] of oracles) {
        const { accepted: verdict, why } = await judge(text, publicKey, packageIds)
        expect(verdict, `${oracle}, ${what}: ${why}`).to.equal(accepted)
      }
    }

    it(`under ${title} is believed by ${names} and by us, and one changed byte by none`, async () => {
      const { head, chunks } = await written(documentMessage(), signer)
      const document = fileOf(head, chunks)
      await judged(document, true, 'unchanged')
      expect(await reasonOf(document)).to.equal('accepted')
      for (const [what, from, to, reason] of documentChanges) {
        const changed = edited(document, from, to)
        await judged(changed, false, what)
        expect(await reasonOf(changed), what).to.equal(reason)
      }
    })

    it(`under ${title} in a status with its receipt object likewise`, async () => {
      const { octets } = await writeStatus(statusMessage({ from: documentMessage().from }), signer, NOON, receipt)
      const status = Buffer.from(octets).toString()
      await judged(status, true, 'unchanged')
      expect(await reasonOf(status)).to.equal('accepted')
      for (const [what, from, to, reason] of statusChanges) {
        const changed = edited(status, from, to)
        await judged(changed, false, what)
        expect(await reasonOf(changed), what).to.equal(reason)
      }
      const content = await verify(Buffer.from(status), trust, NOON)
      expect(content.receipt).to.deep.equal(receipt)
    })
  }

  it('is believed by xmlsec1 and the JDK whatever letters it is made of', async () => {
    const signer = toySigner('g02', 'p256')
    const { publicKey } = handSigner('g02-p256')
    await fc.assert(
      fc.asyncProperty(anyDocument, async (message) => {
        const { head, chunks } = await written(message, signer)
        const document = fileOf(head, chunks)
        expect(await jdk(document, publicKey, packageIds)).to.include({ accepted: true })
        expect((await xmlsec1(document, publicKey, packageIds)).accepted).to.equal(true)
      }),
      { numRuns: 50 },
    )
  })

  type Change = readonly [
    what: string,
    from: string | RegExp,
    to: string | ((match: string) => string),
    reason: FailureCode,
  ]
  const other = (match: string): string => match.slice(0, -1) + (match.endsWith('A') ? 'B' : 'A')
  const common: readonly Change[] = [
    ['MessageHeader', 'Bộ Công Thương', 'Bộ Công Thuơng', 'digest-mismatch'],
    ['SignedProperties', /<xades:SigningTime>2026/, '<xades:SigningTime>2025', 'digest-mismatch'],
    ['SignatureValue', /<ds:SignatureValue[^>]*>\s*[A-Za-z0-9+/]{9}/, other, 'signature-invalid'],
    ['a DigestValue of SignedInfo', /<ds:DigestValue>[A-Za-z0-9+/]{9}/, other, 'signature-invalid'],
  ]
  const documentChanges: readonly Change[] = [
    ...common,
    ['TraceHeaderList', '16:32:08', '16:32:09', 'digest-mismatch'],
    ['edXMLBody', 'Công văn</edXML:Description>', 'Công vần</edXML:Description>', 'digest-mismatch'],
    ['the name of an attachment', '7421.pdf</AttachmentName>', '7422.pdf</AttachmentName>', 'digest-mismatch'],
    ['the content of an attachment', /ContentTransferEncoded[^>]*>[A-Za-z0-9+/]{20}/, other, 'digest-mismatch'],
  ]
  const statusChanges: readonly Change[] = [
    ...common,
    [
      'the receipt: envelope digest',
      /EnvelopeDigest>[\s\S]*?<ds:DigestValue[^>]*>[A-Za-z0-9+/]{9}/,
      other,
      'digest-mismatch',
    ],
    [
      'the receipt: a reference',
      /(?<=NonRepudiationInformation[\s\S]*)URI="#MessageHeader"/,
      'URI="#MessageHeadex"',
      'digest-mismatch',
    ],
  ]
})

describe('what others sign', () => {
  for (const { title, name, method } of signingKeys.filter(({ method }) => oraclesFor(method).length > 1))
    it(`with xmldsigjs under ${title} is believed by us, octet for octet`, async () => {
      const signer = handSigner(name, method)
      for (const text of [documentText, statusText]) {
        const unsigned = unsignedPackage(text, 'SIGNATURE')
        const ids = parts.filter((id) => unsigned.includes(`Id="${id}"`))
        const object = `<ds:Object xmlns:ds="${DSIG}">${propertiesText(ids, signer, NOON.toISOString())}</ds:Object>`
        const own = { hash: 'SHA-256', transforms: ['exc-c14n' as const] }
        const signature = await signWithXmldsigjs(
          unsigned,
          signer.privateKey,
          signer.certificates[0] ?? '',
          [
            ...ids.map((id) => ({ id: `ref-${id}`, uri: `#${id}`, ...own })),
            { uri: '#SignedProperties', type: 'http://uri.etsi.org/01903#SignedProperties', ...own },
          ],
          object,
        )
        const signed = edited(unsigned, 'SIGNATURE', signature)
        const content = await verify(Buffer.from(signed), trust, NOON)
        expect(Buffer.from(content.messageHeader).toString()).to.equal(
          Buffer.from(canonical(unsigned, '//*[@Id="MessageHeader"]')).toString(),
        )
        expect(await reasonOf(edited(signed, 'Bộ Công Thương', 'Bộ Công Thuơng'))).to.equal('digest-mismatch')
      }
    })

  for (const { title, name, method } of signingKeys.filter(({ method }) => oraclesFor(method).length > 1))
    it(`with xmlsec1 under ${title} is believed by us`, async () => {
      const signer = handSigner(name, method)
      const template = unsignedPackage(documentText, signatureText(parts, signer, NOON.toISOString()))
      const signed = await signWithXmlsec1(template, toyFile(`${name}.key`), packageIds)
      expect(await reasonOf(signed)).to.equal('accepted')
      expect(await reasonOf(edited(signed, '16:32:08', '16:32:09'))).to.equal('digest-mismatch')
    })

  it('with lines that end as Java ends them, which XML writes as &#13;, is believed', async () => {
    const signer = handSigner('g02-rsa', algorithms.rsaSha256)
    const lines = (text: string): string =>
      text.replaceAll(/(?<=<ds:(?:DigestValue|SignatureValue|X509Certificate)>)[^<]*/g, (base64) =>
        base64.replaceAll(/[^\s&]{76}(?=[^\s&])/g, (line) => `${line}&#13;\n`),
      )
    const long = signedPackage(documentText, signer).replace(/<ds:SignedInfo[\s\S]*<\/ds:SignedInfo>/, (info) =>
      info.replaceAll(algorithms.sha256, algorithms.sha512),
    )
    const text = lines(resigned(long, signer))
    const value = signatureValue(canonical(text, '//*[local-name()="SignedInfo"]'), signer.method, signer.privateKey)
    const signed = lines(withSignatureValue(text, value.toString('base64')))
    expect(signed).to.match(/<ds:DigestValue>[^<]*&#13;\n[^<]*</)
    expect(await jdk(signed, signer.publicKey, packageIds)).to.include({ accepted: true })
    expect(await reasonOf(signed)).to.equal('accepted')
    expect(await reasonOf(edited(signed, '16:32:08', '16:32:09'))).to.equal('digest-mismatch')
  })

  it('without a prefix for the signature, indented, and with prefixes of its own for the package is believed', async () => {
    const signer = handSigner('g02-p256')
    const template = signatureText(parts, signer, NOON.toISOString())
      .replaceAll(/<(\/?)ds:/g, '<$1')
      .replace('xmlns:ds', 'xmlns')
      .replaceAll('><', '>\n  <')
      .replaceAll(/<([A-Z]\w+Value)>\s+</g, '<$1><')
    const text = unsignedPackage(documentText, template)
      .replaceAll('edXML:', 'e:')
      .replace('xmlns:edXML', 'xmlns:e')
      .replace('<edXML ', '<r:edXML ')
    const prefixed = text
      .replace(' xmlns=', ' xmlns:r=')
      .replace('</edXML>', '</r:edXML>')
      .replace(/<AttachmentEncoded/, `<AttachmentEncoded xmlns="${QCVN}"`)
    const signed = await signWithXmlsec1(prefixed, toyFile('g02-p256.key'), packageIds)
    expect(await jdk(signed, signer.publicKey, packageIds)).to.include({ accepted: true })
    expect(await reasonOf(signed)).to.equal('accepted')
    expect(await reasonOf(edited(signed, '16:32:08', '16:32:09'))).to.equal('digest-mismatch')
  })

  for (const [title, name, method] of [
    ['RSA PKCS#1 v1.5 with SHA-384', 'g02-rsa', algorithms.rsaSha384],
    ['RSA PKCS#1 v1.5 with SHA-512', 'g02-rsa3072', algorithms.rsaSha512],
    ['RSA PSS with SHA-384', 'g02-rsa', algorithms.pssSha384],
    ['RSA PSS with SHA-512', 'g02-rsa3072', algorithms.pssSha512],
    ['ECDSA P-384 with SHA-512', 'g02-p384', algorithms.ecdsaSha512],
    ...signingKeys.map(({ title, name, method }) => [title, name, method] as const),
  ] as const)
    it(`by hand under ${title} is believed by the JDK and by us`, async () => {
      const signer = handSigner(name, method)
      const signed = signedPackage(documentText, signer)
      expect(await jdk(signed, signer.publicKey, packageIds)).to.include({ accepted: true })
      expect(await reasonOf(signed)).to.equal('accepted')
    })
})

describe('the outside verifiers', () => {
  for (const [title, oracle] of oraclesFor(algorithms.ecdsaSha256))
    it(`refuse a package under the key of a stranger: ${title}`, async () => {
      const signer = handSigner('g02-p256')
      const signed = signedPackage(documentText, signer)
      expect((await oracle(signed, signer.publicKey, packageIds)).accepted).to.equal(true)
      expect((await oracle(signed, handSigner('g22-p256').publicKey, packageIds)).accepted).to.equal(false)
    })
})
