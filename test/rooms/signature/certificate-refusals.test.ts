import { createPrivateKey } from 'node:crypto'
import { expect } from 'chai'
import { limits } from '../../../src/base/index.ts'
import type { AgencyCode } from '../../../src/message/index.ts'
import { algorithms, documentText, edited, type HandSigner, signedPackage } from '../../support/packages.ts'
import { issue } from '../../support/pki.ts'
import { reasonOf } from '../../support/reasons.ts'
import { accepted, believed, inFrontOf, put, refused, refusedThoughSigned, signer } from '../../support/refusals.ts'
import { certificatesOf, handSigner, toyTrust } from '../../support/toy-signers.ts'

// threat: false-certificate
describe('refused for the certificate', () => {
  const CERTIFICATES = /<ds:X509Certificate>[\s\S]*<\/ds:X509Certificate>/
  const shown = (...list: readonly string[]) =>
    list.map((one) => `<ds:X509Certificate>${one}</ds:X509Certificate>`).join('')
  const [own = '', issuing = ''] = signer.certificates
  const signedBy = (name: string, method?: string) => () => signedPackage(documentText, handSigner(name, method))
  refused('a stranger who calls himself G02', 'certificate-untrusted', signedBy('stranger-g02'))
  refused('an expired certificate', 'certificate-expired', signedBy('g02-expired'))
  refused('a certificate of the future', 'certificate-not-yet-valid', signedBy('g02-notyet'))
  refused('RSA of 1024 bits', 'key-too-short', signedBy('weak-rsa1024', algorithms.rsaSha256))
  refused('another agency of good standing', 'signer-not-sender', signedBy('g12-p256'))
  refused('another agency named in From', 'signer-not-sender', () =>
    signedPackage({ ...documentText, header: edited(documentText.header, 'G02', 'G22') }, signer),
  )
  refused('two senders named in From', 'signer-not-sender', () =>
    signedPackage(
      {
        ...documentText,
        header: edited(
          documentText.header,
          '</edXML:From>',
          '<edXML:OrganId>000.00.00.G22</edXML:OrganId></edXML:From>',
        ),
      },
      signer,
    ),
  )
  refused('two From', 'signer-not-sender', () =>
    signedPackage(
      {
        ...documentText,
        header: edited(
          documentText.header,
          '<edXML:From>',
          '<edXML:From><edXML:OrganId>000.00.00.G22</edXML:OrganId></edXML:From><edXML:From>',
        ),
      },
      signer,
    ),
  )
  refused('no From', 'signer-not-sender', () =>
    signedPackage(
      { ...documentText, header: edited(documentText.header, /<edXML:From>[\s\S]*<\/edXML:From>/, '') },
      signer,
    ),
  )
  refused('an empty From', 'signer-not-sender', () =>
    signedPackage(
      {
        ...documentText,
        header: edited(documentText.header, '<edXML:OrganId>000.00.00.G02</edXML:OrganId>', '<edXML:OrganId/>'),
      },
      signer,
    ),
  )

  refused('no KeyInfo', 'certificate-missing', put(/<ds:KeyInfo>[\s\S]*<\/ds:KeyInfo>/, ''))
  refused('a KeyInfo without certificate', 'certificate-missing', put(CERTIFICATES, ''))
  refused('an empty certificate', 'certificate-malformed', put(CERTIFICATES, shown('')))
  refused(
    'a key value instead of a certificate',
    'certificate-missing',
    put(
      /<ds:X509Data>[\s\S]*<\/ds:X509Data>/,
      '<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>',
    ),
  )
  refused(
    'a retrieval method instead of a certificate',
    'certificate-missing',
    put(/<ds:X509Data>[\s\S]*<\/ds:X509Data>/, '<ds:RetrievalMethod URI="http://192.0.2.1/c"/>'),
  )
  refused('a certificate that is not base64', 'certificate-malformed', put(CERTIFICATES, shown('!!!!')))
  refused('a certificate that is not DER', 'certificate-malformed', put(CERTIFICATES, shown('AAAA')))
  refused(
    'a certificate with an octet changed',
    'certificate-malformed',
    put(
      CERTIFICATES,
      shown(
        Buffer.from(
          Buffer.from(own, 'base64').map((octet, i, all) => (i === all.length - 3 ? octet ^ 1 : octet)),
        ).toString('base64'),
      ),
    ),
  )
  refused(
    'the certificate of a stranger in place of our own',
    'certificate-malformed',
    put(CERTIFICATES, shown(certificatesOf('stranger-g02.crt')[0] ?? '')),
  )
  refused(
    'the certificate of another key of the same agency',
    'certificate-malformed',
    put(CERTIFICATES, shown(certificatesOf('g02-p384.crt')[0] ?? '')),
  )
  refusedThoughSigned('a digest of another certificate in the properties', 'certificate-malformed', (text) =>
    edited(text, /(?<=<xades:CertDigest>[\s\S]*?<ds:DigestValue>)..../, 'AAAA'),
  )
  refusedThoughSigned(
    'a good certificate beside the key of a stranger',
    'signature-invalid',
    (text) => text,
    accepted,
    handSigner('stranger-g02'),
  )
  refused(
    'more certificates than allowed',
    'structure-limit',
    put(CERTIFICATES, shown(own, ...Array.from({ length: limits.certificatesInKeyInfo }, () => issuing))),
  )
  believed(
    'believed: several certificates, its own among them',
    put(CERTIFICATES, shown(own, issuing, ...certificatesOf('root.crt'))),
  )
  believed(
    'believed: its certificate behind that of its issuer, since the properties say which one it is',
    put(CERTIFICATES, shown(issuing, own)),
  )
  for (const [key, title, reason] of [
    ['p224', 'EC on P-224', 'key-too-short'],
    ['p521', 'EC on P-521', 'accepted'],
  ] as const)
    it(`${title}, of good standing otherwise: ${reason}`, async () => {
      const { privateKeyPem, chain } = await issue({ key })
      const fresh: HandSigner = {
        privateKey: createPrivateKey(privateKeyPem),
        method: algorithms.ecdsaSha256,
        certificates: chain.map(({ der }) => Buffer.from(der).toString('base64')),
      }
      const trust = { ...toyTrust(), agencySigning: () => 'G02' as AgencyCode }
      expect(await reasonOf(accepted, { trust })).to.equal('accepted')
      expect(await reasonOf(signedPackage(documentText, fresh), { trust })).to.equal(reason)
    })
  believed('believed: its certificate alone', put(CERTIFICATES, shown(own)))
  believed(
    'believed: the name of the subject beside the certificate',
    inFrontOf('</ds:X509Data>', '<ds:X509SubjectName>CN=x</ds:X509SubjectName>'),
  )
})
