import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import forge from 'node-forge'
import { codeOf, limits } from '../../../src/base/index.ts'
import { isToyCertificate, readCertificate, readCertificates } from '../../../src/pki/index.ts'
import { Extension, issue, toyCertificate, toyFile } from '../../support/pki.ts'

describe('reading a certificate', () => {
  it('agrees with OpenSSL about every certificate of the toy PKI', () => {
    for (const name of [
      'g02-p256',
      'g02-rsa',
      'g02-p384',
      'g02-ed25519',
      'g12.18-rsa',
      'g02.97-p256',
      'issuing',
      'root',
    ]) {
      const ours = toyCertificate(name)
      const theirs = new X509Certificate(toyFile(`${name}.crt`))
      expect(ours.fingerprint, name).to.equal(theirs.fingerprint256.replaceAll(':', '').toLowerCase())
      expect(ours.serialNumber, name).to.equal(theirs.serialNumber)
      expect(ours.notBefore, name).to.deep.equal(new Date(theirs.validFrom))
      expect(ours.notAfter, name).to.deep.equal(new Date(theirs.validTo))
      expect(ours.publicKey.equals(theirs.publicKey), name).to.equal(true)
      expect(ours.fields.basicConstraints?.ca ?? false, name).to.equal(theirs.ca)
      expect(ours.subject.split(',').reverse().join('\n'), name).to.equal(theirs.subject)
    }
  })

  it('takes DER, PEM text and PEM octets alike', () => {
    const pem = toyFile('g02-p256.crt')
    const certificate = readCertificate(pem)
    expect(readCertificate(certificate.der).fingerprint).to.equal(certificate.fingerprint)
    expect(readCertificate(Buffer.from(pem)).fingerprint).to.equal(certificate.fingerprint)
  })

  it('reads all certificates of a PEM text in their order, whatever stands between them', () => {
    const text = `the leaf\n${toyFile('g02-rsa.crt').replaceAll('\n', '\r\n')}and the root\n${toyFile('root.crt')}`
    const expected = ['g02-rsa', 'issuing', 'root'].map((name) => toyCertificate(name).fingerprint)
    expect(readCertificates(text).map(({ fingerprint }) => fingerprint)).to.deep.equal(expected)
  })

  it('keeps its own octets when the caller uses its buffer again', () => {
    const buffer = Buffer.from(toyCertificate('g02-p256').der)
    const certificate = readCertificate(buffer)
    buffer.fill(0)
    expect(new X509Certificate(certificate.der).serialNumber).to.equal(certificate.serialNumber)
  })

  it('shows names so that they cannot forge a log line or another attribute', async () => {
    const { certificate } = await issue({ subject: { commonName: ' G02,O=Bộ\n"Công" \u202e+Thương\\ ', code: '#1' } })
    expect(certificate.subject).to.match(
      /^CN=\\ G02\\,O=Bộ\\0A\\"Công\\" \\E2\\80\\AE\\\+Thương\\\\\\ ,organizationIdentifier=\\#1,/,
    )
  })

  it('knows a toy by its mark, in the authorities and in what they issued', async () => {
    for (const name of ['root', 'issuing', 'g02-p256', 'stranger-g02'])
      expect(isToyCertificate(toyCertificate(name)), name).to.equal(true)
    expect(isToyCertificate((await issue({ issuer: 'self' })).certificate)).to.equal(false)
  })
})

describe('a certificate that is not strict DER of RFC 5280 is malformed', () => {
  const good = Buffer.from(toyCertificate('g02-p256').der)

  it('at any cut, any added octet, any changed octet: it reads, or is malformed, and nothing else happens', () => {
    const octet = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(fc.nat(good.length - 1), octet, fc.constantFrom('cut', 'add', 'change'), (at, value, how) => {
        const bad = Buffer.from(
          how === 'cut' ? good.subarray(0, at) : how === 'add' ? Buffer.concat([good, Buffer.of(value)]) : good,
        )
        if (how === 'change') bad.writeUInt8(value, at)
        const outcome = codeOfReading(bad)
        if (how === 'change') expect(outcome).to.be.oneOf(['read', 'certificate-malformed'])
        else expect(outcome).to.equal('certificate-malformed')
      }),
      { numRuns: 1500 },
    )
  })

  it('when it is arbitrary text or octets', () => {
    const isMalformed = (input: string | Uint8Array): void => {
      expect(codeOfReading(input)).to.equal('certificate-malformed')
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), isMalformed))
    fc.assert(fc.property(fc.string(), isMalformed))
    const inBlock = fc.string().map((text) => `-----BEGIN CERTIFICATE-----${text}-----END CERTIFICATE-----`)
    fc.assert(fc.property(inBlock, isMalformed))
  })

  it('when its PEM block has no end, holds no base64, or is of another kind', () => {
    const pem = toyFile('root.crt')
    const changed = [
      pem.replace(/-----END.*/, ''),
      pem.replace('MI', 'M!I'),
      pem.replaceAll('CERTIFICATE', 'X509 CRL'),
      '',
    ]
    for (const text of changed) {
      expect(codeOfReading(text)).to.equal('certificate-malformed')
      expect(codeOf(thrownBy(() => readCertificates(text)))).to.equal('certificate-malformed')
    }
  })

  it('when a length is indefinite, or longer than it need be', () => {
    const indefinite = Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(4), Buffer.of(0, 0)])
    const long = Buffer.concat([Buffer.of(0x30, 0x83, 0), good.subarray(2)])
    expect(codeOfReading(indefinite)).to.equal('certificate-malformed')
    expect(codeOfReading(long)).to.equal('certificate-malformed')
  })

  it('when its serial number has a leading zero that it does not need', () => {
    const at = good.indexOf(Buffer.from(toyCertificate('g02-p256').serialNumber, 'hex'))
    expect(codeOfReading(withOctets(good, at, 0x00, 0x91))).to.equal('read')
    expect(codeOfReading(withOctets(good, at, 0x00, 0x11))).to.equal('certificate-malformed')
  })

  it('when it is longer than the limit, and at no cost', () => {
    expect(codeOfReading(Buffer.concat([good, Buffer.alloc(limits.certificateBytes)]))).to.equal(
      'certificate-malformed',
    )
  })

  it('when an extension is repeated', async () => {
    const twice = [
      new Extension('1.2.3.4', false, Uint8Array.of(5, 0)),
      new Extension('1.2.3.5', false, Uint8Array.of(5, 0)),
    ]
    const { certificate } = await issue({ extensions: twice })
    const repeated = Buffer.from(certificate.der)
    repeated.writeUInt8(4, repeated.indexOf(Buffer.of(0x06, 3, 0x2a, 3, 5)) + 4)
    expect(codeOfReading(repeated)).to.equal('certificate-malformed')
  })

  const edits: Record<string, (tbs: forge.asn1.Asn1[], whole: forge.asn1.Asn1[]) => void> = {
    'the two names of its signature algorithm differ': (tbs) => setOctets(part(tbs, 2, 0), '2a8648ce3d040303'),
    'a time does not exist': (tbs) => setText(part(tbs, 4, 0), '260230000000Z'),
    'a time has no seconds': (tbs) => setText(part(tbs, 4, 0), '2601010000Z'),
    'a time is not in UTC': (tbs) => setText(part(tbs, 4, 0), '260101000000+0700'),
    'its version is 1 and it has extensions': (tbs) => tbs.shift(),
    'its version is 4': (tbs) => setOctets(part(tbs, 0, 0), '03'),
    'its serial number is longer than 20 octets': (tbs) => setOctets(part(tbs, 1), '11'.repeat(22)),
    'its public key is of no known kind': (tbs) => setOctets(part(tbs, 6, 0, 0), '2a0304'),
    'its point is not on the curve': (tbs) => setOctets(part(tbs, 6, 1), `0004${'11'.repeat(64)}`),
    'something follows the extensions': (tbs) => tbs.push(forge.asn1.create(0, forge.asn1.Type.NULL, false, '')),
    'something follows the signature': (_, whole) => whole.push(forge.asn1.create(0, forge.asn1.Type.NULL, false, '')),
    'its signature has unused bits': (_, whole) => setOctets(part(whole, 2), '0100'),
  }
  for (const [what, edit] of Object.entries(edits)) {
    it(`when ${what}`, () => {
      expect(codeOfReading(edited(good, () => undefined))).to.equal('read')
      expect(codeOfReading(edited(good, edit))).to.equal('certificate-malformed')
    })
  }
})

function codeOfReading(input: string | Uint8Array): string {
  const error = thrownBy(() => readCertificate(input))
  return error === undefined ? 'read' : codeOf(error) // anything but a GatewayError is `internal`
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

function withOctets(der: Buffer, at: number, ...octets: number[]): Buffer {
  return Buffer.concat([der.subarray(0, at), Buffer.from(octets), der.subarray(at + octets.length)])
}

/** The certificate written anew after an edit of its ASN.1 tree; its signature no longer fits, which reading does not ask. */
function edited(der: Buffer, edit: (tbs: forge.asn1.Asn1[], whole: forge.asn1.Asn1[]) => void): Buffer {
  const tree = forge.asn1.fromDer(der.toString('latin1'), { decodeBitStrings: false } as never)
  const whole = tree.value as forge.asn1.Asn1[]
  edit(part(whole, 0).value as forge.asn1.Asn1[], whole)
  return Buffer.from(forge.asn1.toDer(tree).getBytes(), 'latin1')
}

function part(list: forge.asn1.Asn1[], ...path: number[]): forge.asn1.Asn1 {
  const [index = 0, ...rest] = path
  const found = list[index]
  if (found === undefined) throw new Error('the tree has no such part')
  return rest.length === 0 ? found : part(found.value as forge.asn1.Asn1[], ...rest)
}

function setText(node: forge.asn1.Asn1, text: string): void {
  node.value = text
}

function setOctets(node: forge.asn1.Asn1, hex: string): void {
  node.value = Buffer.from(hex, 'hex').toString('latin1')
}
