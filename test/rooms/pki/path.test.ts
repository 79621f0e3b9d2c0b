import { sign } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import forge from 'node-forge'
import { codeOf, GatewayError, limits } from '../../../src/base/index.ts'
import { type Certificate, readCertificate, TrustStore } from '../../../src/pki/index.ts'
import { Extension, type Fresh, issue, toyCertificate, toyChain, toyNow, toyTrustStore } from '../../support/pki.ts'

type Change = NonNullable<Parameters<typeof issue>[0]>
interface Hierarchy {
  readonly root: Fresh
  readonly middle: Fresh
  readonly leaf: Fresh
}

/** root → middle → leaf, each as given by a change. */
async function hierarchy(change: { root?: Change; middle?: Change; leaf?: Change } = {}): Promise<Hierarchy> {
  const root = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {}, ...change.root })
  const middle = await issue({
    issuer: root,
    subject: { commonName: 'Middle' },
    ca: { pathLength: 0 },
    ...change.middle,
  })
  return { root, middle, leaf: await issue({ issuer: middle, ...change.leaf }) }
}

function verdict({ root, leaf }: Pick<Hierarchy, 'root' | 'leaf'>, at = toyNow): string {
  return verdictOf(new TrustStore([root.certificate]), leaf.certificate, leaf.chain.slice(1), at)
}

/** `trusted`, or the failure's code and, where it is `certificate-untrusted`, the rule. */
function verdictOf(store: TrustStore, leaf: Certificate, presented: readonly Certificate[], at = toyNow): string {
  try {
    store.requirePath(leaf, presented, at)
    return 'trusted'
  } catch (error) {
    const reason = error instanceof GatewayError ? error.detail['reason'] : undefined
    return reason === undefined ? codeOf(error) : `${codeOf(error)} ${String(reason)}`
  }
}

/** An ecdsa-with-SHA256 certificate from its signed part and any signature. */
function certificateOf(signedOctets: Uint8Array, signature: Uint8Array): Uint8Array {
  const bits = forge.asn1.create(0, forge.asn1.Type.BITSTRING, false, `\0${Buffer.from(signature).toString('latin1')}`)
  const algorithm = Buffer.from('300a06082a8648ce3d040302', 'hex')
  const content = Buffer.concat([signedOctets, algorithm, Buffer.from(forge.asn1.toDer(bits).getBytes(), 'latin1')])
  const whole = forge.asn1.create(0, forge.asn1.Type.SEQUENCE, false, content.toString('latin1'))
  const der = Buffer.from(forge.asn1.toDer(whole).getBytes(), 'latin1')
  der.writeUInt8(0x30, 0) // constructed
  return der
}

describe('a path to a trusted certificate', () => {
  it('is found for every valid certificate of the toy directory, leaf first and anchor last', () => {
    for (const name of ['g02-p256', 'g02-rsa', 'g02-rsa3072', 'g02-p384', 'g02-ed25519', 'g12.18-rsa', 'g02.97-p256']) {
      const path = toyTrustStore().requirePath(toyCertificate(name), [], toyNow)
      const expected = [name, 'issuing', 'root'].map((each) => toyCertificate(each).fingerprint)
      expect(
        path.map(({ fingerprint }) => fingerprint),
        name,
      ).to.deep.equal(expected)
    }
  })

  it('may use intermediates that came with the leaf, in any order and with strangers among them', () => {
    const store = new TrustStore([toyCertificate('root')])
    const presented = [toyCertificate('stranger'), toyCertificate('issuing'), toyCertificate('g22-rsa')]
    expect(verdictOf(store, toyCertificate('g02-p256'), presented)).to.equal('trusted')
  })

  it('ends at an intermediate that is itself trusted', () => {
    const store = new TrustStore([toyCertificate('issuing')])
    expect(store.requirePath(toyCertificate('g02-p256'), [], toyNow)).to.have.length(2)
  })

  it('may be the trusted certificate of a partner alone, which is then no authority', async () => {
    const pinned = await issue({ issuer: 'self' })
    const store = new TrustStore([pinned.certificate])
    expect(verdictOf(store, pinned.certificate, [])).to.equal('trusted')
    const child = await issue({ issuer: pinned, subject: { commonName: 'another' } })
    expect(verdictOf(store, child.certificate, [])).to.equal('certificate-untrusted not-an-authority')
  })

  it('is found among authorities of one name, and by the renewed one where the old has expired', async () => {
    const { root, middle, leaf } = await hierarchy({ middle: { notAfter: new Date('2026-06-01T00:00:00Z') } })
    const subject = { commonName: 'Middle' }
    const namesakes = [
      await issue({ issuer: root, subject, ca: {} }),
      await issue({ issuer: root, subject, ca: {}, key: 'rsa' }),
    ]
    const store = new TrustStore(
      [root.certificate],
      [middle, ...namesakes].map(({ certificate }) => certificate),
    )
    expect(verdictOf(store, leaf.certificate, [])).to.equal('certificate-expired')
    const renewed = await issue({
      issuer: root,
      subject,
      ca: { pathLength: 0 },
      key: { privateKeyPem: middle.privateKeyPem },
    })
    expect(verdictOf(store, leaf.certificate, [renewed.certificate])).to.equal('trusted')
  })

  it('lets an authority that changes its key stand twice without counting it twice', async () => {
    const { root, middle } = await hierarchy()
    const newKey = await issue({ issuer: middle, subject: { commonName: 'Middle' }, ca: {} })
    expect(verdict({ root, leaf: await issue({ issuer: newKey }) })).to.equal('trusted')
  })

  it('may be signed with RSA, P-256, P-384 and Ed25519, and by SHA-384', async () => {
    for (const key of ['rsa', 'p256', 'p384', 'ed25519'] as const) {
      expect(
        verdict(await hierarchy({ root: { key }, middle: { key, hash: 'SHA-384' }, leaf: { hash: 'SHA-384' } })),
        key,
      ).to.equal('trusted')
    }
  })

  it('holds at the first and the last instant of its validity, and not a moment longer', async () => {
    const notBefore = new Date('2026-03-01T00:00:00Z')
    const notAfter = new Date('2026-04-01T00:00:00Z')
    const made = await hierarchy({ leaf: { notBefore, notAfter } })
    expect(verdict(made, notBefore)).to.equal('trusted')
    expect(verdict(made, notAfter)).to.equal('trusted')
    expect(verdict(made, new Date(notBefore.getTime() - 1))).to.equal('certificate-not-yet-valid')
    expect(verdict(made, new Date(notAfter.getTime() + 1))).to.equal('certificate-expired')
    expect(verdict(made, new Date('not a date'))).to.equal('certificate-not-yet-valid')
  })
})

// threat: false-certificate
describe('a path is refused, by one change to a good one,', () => {
  const early = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2025-01-01T00:00:00Z') }
  const late = { notBefore: new Date('2035-01-01T00:00:00Z') }
  const unknown = new Extension('1.2.3.4', true, Uint8Array.of(5, 0))
  const harmless = new Extension('1.2.3.4', false, Uint8Array.of(5, 0))
  const names = new Extension('2.5.29.30', false, Uint8Array.of(0x30, 0))

  const changes: Record<string, [expected: string, change: Parameters<typeof hierarchy>[0]]> = {
    'when the leaf has expired': ['certificate-expired', { leaf: early }],
    'when an intermediate has expired': ['certificate-expired', { middle: early }],
    'when the anchor has expired': ['certificate-expired', { root: early }],
    'when the leaf is not valid yet': ['certificate-not-yet-valid', { leaf: late }],
    'when an intermediate is not valid yet': ['certificate-not-yet-valid', { middle: late }],
    'when the anchor is not valid yet': ['certificate-not-yet-valid', { root: late }],
    'when the leaf has a short RSA key': ['key-too-short', { leaf: { key: 'rsa1024' } }],
    'when the leaf has a short EC key': ['key-too-short', { leaf: { key: 'p224' } }],
    'when an intermediate has a short key': ['key-too-short', { middle: { key: 'rsa1024' } }],
    'when the anchor has a short key': ['key-too-short', { root: { key: 'rsa1024' } }],
    'when an intermediate is no authority': [
      'certificate-untrusted not-an-authority',
      { middle: { ca: undefined, keyUsage: ['keyCertSign'] } },
    ],
    'when the anchor is no authority': [
      'certificate-untrusted not-an-authority',
      { root: { ca: undefined, keyUsage: ['keyCertSign'] } },
    ],
    'when an intermediate may not sign certificates': [
      'certificate-untrusted key-usage',
      { middle: { keyUsage: ['cRLSign'] } },
    ],
    'when the anchor may not sign certificates': [
      'certificate-untrusted key-usage',
      { root: { keyUsage: ['cRLSign'] } },
    ],
    'when the anchor allows no authority below it': [
      'certificate-untrusted path-length',
      { root: { ca: { pathLength: 0 } } },
    ],
    'when the leaf may not sign': [
      'certificate-untrusted not-for-signing',
      { leaf: { keyUsage: ['keyEncipherment'] } },
    ],
    'when the leaf has a critical extension that nobody processes': [
      'certificate-untrusted unprocessed-extension',
      { leaf: { extensions: [unknown] } },
    ],
    'when an intermediate has one': [
      'certificate-untrusted unprocessed-extension',
      { middle: { extensions: [unknown] } },
    ],
    'when an intermediate restricts names, even if not marked critical': [
      'certificate-untrusted unprocessed-extension',
      { middle: { extensions: [names] } },
    ],
    'when the leaf was signed with SHA-1': ['certificate-untrusted no-path', { leaf: { hash: 'SHA-1' } }],
    'when an intermediate was signed with SHA-1': ['certificate-untrusted no-path', { middle: { hash: 'SHA-1' } }],
  }
  it('and the good one is trusted, also with extensions that need not be understood', async () => {
    expect(verdict(await hierarchy())).to.equal('trusted')
    expect(verdict(await hierarchy({ leaf: { extensions: [harmless] }, middle: { extensions: [harmless] } }))).to.equal(
      'trusted',
    )
    expect(verdict(await hierarchy({ root: { ca: { pathLength: 1 } } }))).to.equal('trusted')
    expect(verdict(await hierarchy({ leaf: { keyUsage: ['nonRepudiation'] } }))).to.equal('trusted')
    expect(verdict(await hierarchy({ root: { hash: 'SHA-1' } })), "an anchor's own signature says nothing").to.equal(
      'trusted',
    )
  })
  for (const [when, [expected, change]] of Object.entries(changes)) {
    it(when, async () => expect(verdict(await hierarchy(change))).to.equal(expected))
  }

  it('when the anchor is another one of the same name', async () => {
    const { leaf } = await hierarchy()
    expect(verdict({ root: (await hierarchy()).root, leaf })).to.equal('certificate-untrusted no-path')
  })

  it('when the intermediate is missing', async () => {
    const { root, leaf } = await hierarchy()
    expect(verdictOf(new TrustStore([root.certificate]), leaf.certificate, [])).to.equal(
      'certificate-untrusted no-path',
    )
  })

  it('when one octet of the leaf was changed after signing', async () => {
    const { root, leaf } = await hierarchy()
    const der = Buffer.from(leaf.certificate.der)
    der.write('G22', der.lastIndexOf('G02')) // another agency's code in the subject
    const store = new TrustStore([root.certificate])
    expect(verdictOf(store, readCertificate(der), leaf.chain.slice(1))).to.equal('certificate-untrusted no-path')
  })

  it('when an agency issues certificates with its signing key', async () => {
    const { root, leaf } = await hierarchy({ middle: { ca: {} } })
    expect(verdict({ root, leaf: await issue({ issuer: leaf, subject: { code: 'G22' } }) })).to.equal(
      'certificate-untrusted not-an-authority',
    )
  })

  it('when the signature is of another kind than the certificate says', async () => {
    const root = await issue({ issuer: 'self', ca: {} })
    const rsaRoot = await issue({ issuer: 'self', ca: {}, key: 'rsa' })
    const { signedOctets } = (await issue({ issuer: root })).certificate.fields // names ECDSA with SHA-256
    const der = certificateOf(signedOctets, sign('sha256', signedOctets, rsaRoot.privateKeyPem))
    expect(verdictOf(new TrustStore([rsaRoot.certificate]), readCertificate(der), [])).to.equal(
      'certificate-untrusted no-path',
    )
    const right = certificateOf(signedOctets, sign('sha256', signedOctets, root.privateKeyPem))
    expect(verdictOf(new TrustStore([root.certificate]), readCertificate(right), [])).to.equal('trusted')
  })

  it('when there is one authority more than an intermediate allows', async () => {
    const { root, middle } = await hierarchy()
    const below = await issue({ issuer: middle, subject: { commonName: 'Below' }, ca: {} })
    expect(verdict({ root, leaf: await issue({ issuer: below }) })).to.equal('certificate-untrusted path-length')
  })

  it('when it is longer than the limit', async () => {
    let issuer = await issue({ issuer: 'self', subject: { commonName: 'Authority 1' }, ca: {} })
    const store = new TrustStore([issuer.certificate])
    for (let length = 2; length < limits.certificatePathLength; length++)
      issuer = await issue({ issuer, subject: { commonName: `Authority ${length}` }, ca: {} })
    const longest = await issue({ issuer })
    expect(store.requirePath(longest.certificate, longest.chain, toyNow)).to.have.length(limits.certificatePathLength)
    const longer = await issue({ issuer: await issue({ issuer, subject: { commonName: 'One more' }, ca: {} }) })
    expect(verdictOf(store, longer.certificate, longer.chain)).to.equal('certificate-untrusted no-path')
  })

  it('when authorities only certify each other, and the search ends', async () => {
    const a = await issue({ issuer: 'self', subject: { commonName: 'A' }, ca: {} })
    const b = await issue({ issuer: a, subject: { commonName: 'B' }, ca: {} })
    const circle = await issue({
      issuer: b,
      subject: { commonName: 'A' },
      ca: {},
      key: { privateKeyPem: a.privateKeyPem },
    })
    const leaf = await issue({ issuer: a })
    const presented = [a, b, circle].map(({ certificate }) => certificate)
    const search = (): unknown => toyTrustStore().requirePath(leaf.certificate, presented, toyNow)
    expect(search).to.throw('no certificate of its issuer leads to a trusted one') // and not: the path is too long
  })

  it('when more namesakes of the issuer are presented than signatures are tried', async () => {
    const { root, middle, leaf } = await hierarchy()
    const namesakes = await Promise.all(
      Array.from({ length: limits.pathSignatureChecks + 1 }, () =>
        issue({ issuer: 'self', subject: { commonName: 'Middle' }, ca: {} }),
      ),
    )
    const store = new TrustStore([root.certificate])
    const strangers = namesakes.map(({ certificate }) => certificate)
    expect(() => store.requirePath(leaf.certificate, strangers, toyNow)).to.throw('would have to be tried')
    expect(verdictOf(store, leaf.certificate, [middle.certificate, ...strangers.slice(1, 4)])).to.equal('trusted')
  })
})

describe('the toy PKI', () => {
  const expected = {
    'g02-expired': 'certificate-expired',
    'g02-notyet': 'certificate-not-yet-valid',
    'weak-rsa1024': 'key-too-short',
    'stranger-g02': 'certificate-untrusted no-path',
    stranger: 'certificate-untrusted no-path',
    issuing: 'certificate-untrusted not-for-signing',
  }
  for (const [name, code] of Object.entries(expected)) {
    it(`has ${name}, which is ${code}`, () =>
      expect(verdictOf(toyTrustStore(), toyCertificate(name), toyChain(name))).to.equal(code))
  }
})

describe('a trust store that remembers', () => {
  const fromMs = Date.parse('2026-01-01T00:00:00Z')
  const untilMs = Date.parse('2036-01-01T00:00:00Z')

  it('never lets an instant outside of the interval pass, whatever it was asked before', () => {
    const store = toyTrustStore()
    const edges = fc.constantFrom(fromMs - 1, fromMs, fromMs + 1, untilMs - 1, untilMs, untilMs + 1, Number.NaN)
    const anywhere = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2040-01-01') })
    fc.assert(
      fc.property(fc.array(fc.oneof(edges, anywhere), { maxLength: 6 }), (instants) => {
        for (const ms of instants) {
          const expected =
            ms >= fromMs && ms <= untilMs
              ? 'trusted'
              : ms > untilMs
                ? 'certificate-expired'
                : 'certificate-not-yet-valid'
          expect(verdictOf(store, toyCertificate('g02-p256'), [], new Date(ms)), String(ms)).to.equal(expected)
        }
      }),
    )
  })

  it('gives the same path again, and judges another leaf anew', () => {
    const store = toyTrustStore()
    const leaf = toyCertificate('g02-p256')
    expect(store.requirePath(leaf, [], toyNow)).to.equal(store.requirePath(leaf, [], toyNow))
    expect(verdictOf(store, toyCertificate('stranger-g02'), toyChain('stranger-g02'))).to.equal(
      'certificate-untrusted no-path',
    )
  })

  it('holds no refusal against a leaf whose intermediate comes later', () => {
    const store = new TrustStore([toyCertificate('root')])
    expect(verdictOf(store, toyCertificate('g02-rsa'), [])).to.equal('certificate-untrusted no-path')
    expect(verdictOf(store, toyCertificate('g02-rsa'), [toyCertificate('issuing')])).to.equal('trusted')
    expect(verdictOf(store, toyCertificate('g02-rsa'), []), 'the path is known now').to.equal('trusted')
  })

  it('reads a certificate once it is known without reading it again, and never takes one for another', () => {
    const store = toyTrustStore()
    const leaf = store.read(toyCertificate('g02-p256').der)
    expect(store.read(leaf.der)).not.to.equal(leaf)
    store.requirePath(leaf, [], toyNow)
    expect(store.read(leaf.der)).to.equal(leaf)
    expect(store.read(toyCertificate('g02-rsa').der).fingerprint).to.equal(toyCertificate('g02-rsa').fingerprint)
  })

  it('is disturbed by no certificate that names the issuer and has another kind of key', async () => {
    const { root, middle, leaf } = await hierarchy()
    const kinds = ['ed25519', 'rsa', 'p384'] as const
    const namesakes = await Promise.all(
      kinds.map((key) => issue({ issuer: root, subject: { commonName: 'Middle' }, ca: {}, key })),
    )
    for (const { certificate } of namesakes) {
      expect(verdictOf(new TrustStore([root.certificate]), leaf.certificate, [certificate])).to.equal(
        'certificate-untrusted no-path',
      )
      expect(readCertificate(leaf.certificate.der).fingerprint).to.equal(leaf.certificate.fingerprint)
      expect(
        verdictOf(new TrustStore([root.certificate]), leaf.certificate, [certificate, middle.certificate]),
      ).to.equal('trusted')
    }
  })

  it('cannot be made without anything to trust', () => {
    expect(() => new TrustStore([]))
      .to.throw(GatewayError)
      .with.property('code', 'trust-unusable')
  })
})
