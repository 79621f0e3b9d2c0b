import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { issueCrl } from '../../../certs-example/issue.ts'
import { CrlEntries } from '../../../src/pki/crl-entries.ts'
import { derInteger, derOctets, derOid, derSequence, derTagged } from '../../../src/pki/der-writer.ts'
import { RevocationData, readCrl, TrustStore } from '../../../src/pki/index.ts'
import { Extension, type Fresh, issue, toyNow } from '../../support/pki.ts'

type Change = NonNullable<Parameters<typeof issue>[0]>

/** root → issuing → leaf; what the verdict on the leaf is, and why. */
async function verdictOf(
  change: { root?: Change; issuing?: Change; leaf?: Change },
  policies?: string[],
): Promise<string> {
  const root = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {}, ...change.root })
  const issuing = await issue({ issuer: root, subject: { commonName: 'Issuing' }, ca: {}, ...change.issuing })
  const leaf = await issue({ issuer: issuing, ...change.leaf })
  const { verdict, reasons } = new TrustStore([root.certificate], [issuing.certificate]).judgeChain({
    leaf: leaf.certificate,
    presented: [],
    at: toyNow,
    ...(policies && { policies: new Set(policies) }),
  })
  return [verdict, ...reasons.map(({ code }) => code)].join(' ')
}

const extended = (oid: string, critical: boolean, value: Uint8Array): Extension =>
  new Extension(oid, critical, Uint8Array.from(value))
const ascii = (tag: number, text: string): Uint8Array => derTagged(tag, Buffer.from(text))
const DNS = 0x82
const EMAIL = 0x81
const URI = 0x86
const ADDRESS = 0x87

const constraints = (kind: 'permitted' | 'excluded', ...bases: Uint8Array[]): Extension => {
  const subtrees = derTagged(kind === 'permitted' ? 0xa0 : 0xa1, ...bases.map((base) => derSequence(base)))
  return extended('2.5.29.30', true, derSequence(subtrees))
}
const names = (...all: Uint8Array[]): Extension => extended('2.5.29.17', false, derSequence(...all))
const organization = (text: string): Uint8Array => {
  const attribute = (oid: string, tag: number, value: string): Uint8Array =>
    derTagged(0x31, derSequence(derOid(oid), ascii(tag, value)))
  const name = derSequence(attribute('2.5.4.6', 0x13, 'VN'), attribute('2.5.4.10', 0x0c, text))
  return derTagged(0xa4, name)
}
const policies = (...oids: string[]): Extension =>
  extended('2.5.29.32', false, derSequence(...oids.map((oid) => derSequence(derOid(oid)))))
const requirePolicy = extended('2.5.29.36', true, derSequence(derTagged(0x80, Uint8Array.of(0))))
const mapping = (from: string, to: string): Extension =>
  extended('2.5.29.33', true, derSequence(derSequence(derOid(from), derOid(to))))
const purposes = (critical: boolean, ...oids: string[]): Extension =>
  extended('2.5.29.37', critical, derSequence(...oids.map(derOid)))

const ANY = '2.5.29.32.0'
const [POLICY, OTHER] = ['1.2.3.4', '1.2.3.5']
const SERVER = '1.3.6.1.5.5.7.3.1'
const DOCUMENTS = '1.3.6.1.5.5.7.3.36'

// threat: false-certificate
describe('a chain', () => {
  // threat: false-certificate
  describe('under an authority that may give only some names', () => {
    const cases: [what: string, constraint: Extension, name: Uint8Array[], allowed: boolean][] = [
      ['its organization', constraints('permitted', organization('bộ  CÔNG thương')), [], true],
      ['another organization', constraints('permitted', organization('Bộ Tài chính')), [], false],
      ['no organization that is excluded', constraints('excluded', organization('Bộ Tài chính')), [], true],
      ['an organization that is excluded', constraints('excluded', organization('Bộ Công Thương')), [], false],
      ['a host below its domain', constraints('permitted', ascii(DNS, 'gov.vn')), [ascii(DNS, 'a.gov.vn')], true],
      ['a host that only ends alike', constraints('permitted', ascii(DNS, 'gov.vn')), [ascii(DNS, 'agov.vn')], false],
      ['a mailbox of its host', constraints('permitted', ascii(EMAIL, 'gov.vn')), [ascii(EMAIL, 'a@GOV.VN')], true],
      [
        'a mailbox of another host',
        constraints('permitted', ascii(EMAIL, 'gov.vn')),
        [ascii(EMAIL, 'gov.vn@a.vn')],
        false,
      ],
      [
        'an address with its host',
        constraints('permitted', ascii(URI, '.gov.vn')),
        [ascii(URI, 'https://a.gov.vn:8443/x')],
        true,
      ],
      [
        'an address that hides its host',
        constraints('permitted', ascii(URI, '.gov.vn')),
        [ascii(URI, 'https://a.gov.vn@b.vn/')],
        false,
      ],
      ['an address without host', constraints('excluded', ascii(URI, '.gov.vn')), [ascii(URI, 'urn:a')], false],
      [
        'a number in its network',
        constraints('permitted', derTagged(ADDRESS, Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0))),
        [derTagged(ADDRESS, Uint8Array.of(10, 1, 2, 3))],
        true,
      ],
      [
        'a number in another network',
        constraints('permitted', derTagged(ADDRESS, Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0))),
        [derTagged(ADDRESS, Uint8Array.of(11, 1, 2, 3))],
        false,
      ],
      [
        'a name of a form that nobody compares',
        constraints('permitted', derTagged(0x88, Uint8Array.of(42, 3))),
        [derTagged(0x88, Uint8Array.of(42, 3))],
        false,
      ],
    ]
    for (const [what, constraint, name, allowed] of cases)
      it(`is ${allowed ? 'valid' : 'invalid'} with ${what}`, async () => {
        const leaf = name.length === 0 ? {} : { extensions: [names(...name)] }
        expect(await verdictOf({ issuing: { extensions: [constraint] }, leaf })).to.equal(
          allowed ? 'valid' : 'invalid name-constraints',
        )
        expect(
          await verdictOf({ root: { extensions: [constraint] }, leaf: { ...leaf } }),
          'the anchor is bound by its own',
        ).to.equal(allowed ? 'valid' : 'invalid name-constraints')
      })
  })

  describe('with certificate policies', () => {
    const cases: [
      what: string,
      issuing: Extension[],
      leaf: Extension[],
      asked: string[] | undefined,
      expected: string,
    ][] = [
      ['that nobody asks for', [policies(POLICY)], [policies(OTHER)], undefined, 'valid'],
      ['where one is required and there is none', [requirePolicy], [], undefined, 'invalid policy-required'],
      [
        'where one is required and all have it',
        [policies(POLICY), requirePolicy],
        [policies(POLICY)],
        undefined,
        'valid',
      ],
      [
        'where one is required and the leaf has another',
        [policies(POLICY), requirePolicy],
        [policies(OTHER)],
        undefined,
        'invalid policy-required',
      ],
      ['where any will do on the way', [policies(ANY), requirePolicy], [policies(POLICY)], [POLICY], 'valid'],
      [
        'where another one is asked for',
        [policies(ANY), requirePolicy],
        [policies(POLICY)],
        [OTHER],
        'invalid policy-required',
      ],
      [
        'that are mapped',
        [policies(POLICY), requirePolicy, mapping(POLICY, OTHER)],
        [policies(OTHER)],
        [POLICY],
        'valid',
      ],
      [
        'that are mapped the other way',
        [policies(POLICY), requirePolicy, mapping(POLICY, OTHER)],
        [policies(POLICY)],
        [POLICY],
        'invalid policy-required',
      ],
      [
        'where any is mapped',
        [policies(ANY), mapping(ANY, OTHER)],
        [policies(OTHER)],
        undefined,
        'invalid policy-mapping-of-any',
      ],
    ]
    for (const [what, issuing, leaf, asked, expected] of cases)
      it(`${what} is ${expected}`, async () => {
        const change = { issuing: { extensions: issuing }, leaf: { extensions: leaf } }
        expect(await verdictOf(change, asked)).to.equal(expected)
      })

    it('costs no more than its certificates have policies, however these are mapped', async () => {
      const many = Array.from({ length: 60 }, (_, i) => `1.2.3.${i}`)
      const crossed = many.flatMap((from) => many.slice(0, 1).map((to) => derSequence(derOid(from), derOid(to))))
      const extensions = [policies(...many, ANY), extended('2.5.29.33', true, derSequence(...crossed))]
      let issuer = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {} })
      const root = issuer
      for (let depth = 0; depth < 6; depth++)
        issuer = await issue({ issuer, subject: { commonName: `Depth ${depth}` }, ca: {}, extensions })
      const leaf = await issue({ issuer, extensions: [policies(ANY)] })
      const started = process.cpuUsage().user
      const { verdict } = new TrustStore([root.certificate]).judgeChain({
        leaf: leaf.certificate,
        presented: leaf.chain,
        at: toyNow,
      })
      expect(verdict).to.equal('valid')
      expect((process.cpuUsage().user - started) / 1000, 'ms of CPU').to.be.lessThan(5_000)
    })
  })

  it('is not for signing documents when its critical purposes are others', async () => {
    expect(await verdictOf({ leaf: { extensions: [purposes(true, DOCUMENTS)] } })).to.equal('valid')
    expect(await verdictOf({ leaf: { extensions: [purposes(false, SERVER)] } })).to.equal('valid')
    expect(await verdictOf({ leaf: { extensions: [purposes(true, SERVER)] } })).to.equal('invalid extended-key-usage')
  })

  it('of authorities with one name and key, however many, costs a bounded number of looks', async () => {
    const root = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {} })
    const keys = await Promise.all(
      Array.from({ length: 5 }, (_, i) => issue({ issuer: 'self', subject: { commonName: `A${i}` }, ca: {} })),
    )
    const crossed: Fresh[] = []
    for (const issuer of keys)
      for (const { privateKeyPem } of keys)
        for (let n = 0; n < 2; n++) {
          const index = keys.findIndex((one) => one.privateKeyPem === privateKeyPem)
          crossed.push(await issue({ issuer, subject: { commonName: `A${index}` }, ca: {}, key: { privateKeyPem } }))
        }
    const [first] = keys
    if (first === undefined) throw new Error('no key')
    const leaf = await issue({ issuer: first })
    const { verdict, reasons } = new TrustStore([root.certificate]).judgeChain({
      leaf: leaf.certificate,
      presented: crossed.map(({ certificate }) => certificate),
      at: toyNow,
    })
    expect(verdict).to.equal('invalid')
    expect(reasons[0]?.en).to.match(/would have to be tried|leads to a trusted one|longer than/)
  })

  it('is not tried with a key by which each try costs a hundred times as much', async () => {
    const exponent = 'rsa_keygen_pubexp:4294967311' // beyond 32 bits
    const options = ['genpkey', '-algorithm', 'RSA', '-pkeyopt', exponent]
    const privateKeyPem = execFileSync('openssl', options, { encoding: 'utf8', stdio: 'pipe' })
    const root = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {} })
    const costly = await issue({ issuer: root, subject: { commonName: 'Costly' }, ca: {}, key: { privateKeyPem } })
    const leaf = await issue({ issuer: costly })
    const store = new TrustStore([root.certificate], [costly.certificate])
    const reasonFor = ({ certificate }: Fresh): string =>
      store
        .judgeChain({ leaf: certificate, presented: [], at: toyNow })
        .reasons.map(({ code, en }) => `${code}: ${en}`)
        .join()
    const signer = await issue({ issuer: root, key: { privateKeyPem } })
    expect(reasonFor(signer)).to.match(/^algorithm-not-allowed/)
    expect(reasonFor(leaf)).to.match(/^no-path: .* the key of CN=Costly.* is beyond the limits/)
  })

  it('is revoked by the newer of two lists, and by a list that is out of date', async () => {
    const root = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {} })
    const leaf = await issue({ issuer: root })
    const day = (n: number): Date => new Date(toyNow.getTime() + n * 24 * 60 * 60 * 1000)
    const statusBy = async (...lists: (readonly [revoked: Fresh[], from: Date, until?: Date])[]): Promise<string> => {
      const revocation = new RevocationData()
      for (const [revoked, from, until] of lists)
        revocation.addCrl(readCrl(Buffer.from(await issueCrl(root, revoked, from, until))))
      const store = new TrustStore([root.certificate], [], { revocation })
      return store.judgeChain({ leaf: leaf.certificate, presented: [], at: toyNow }).revocation
    }
    expect(await statusBy([[], day(-2)])).to.equal('good')
    expect(await statusBy([[], day(-2)], [[leaf], day(-1)])).to.equal('revoked')
    expect(await statusBy([[leaf], day(-1)], [[], day(-2)])).to.equal('revoked')
    expect(await statusBy([[], day(-2), day(-1)])).to.equal('undetermined')
    expect(await statusBy([[leaf], day(-2), day(-1)])).to.equal('revoked')
    expect(await statusBy([[leaf], day(1)])).to.equal('undetermined')
  })

  it('is known not to be revoked where one of two paths tells it, whichever is found first', async () => {
    const [old, young] = await Promise.all(
      ['Old root', 'Young root'].map((commonName) => issue({ issuer: 'self', subject: { commonName }, ca: {} })),
    )
    if (old === undefined || young === undefined) throw new Error('no roots')
    const subject = { commonName: 'Issuing' }
    const issuing = await issue({ issuer: old, subject, ca: {} })
    const { privateKeyPem } = issuing
    const crossed = await issue({ issuer: young, subject, ca: {}, key: { privateKeyPem } })
    const leaf = await issue({ issuer: issuing })
    const day = new Date(toyNow.getTime() - 24 * 60 * 60 * 1000)
    for (const knowing of [old, young]) {
      const revocation = new RevocationData()
      for (const one of [knowing, issuing]) revocation.addCrl(readCrl(Buffer.from(await issueCrl(one, [], day))))
      const between = [issuing.certificate, crossed.certificate]
      const store = new TrustStore([old.certificate, young.certificate], between, { revocation })
      expect(store.requireChain(leaf.certificate, [], toyNow).revocation).to.equal('good')
    }
  })

  it('is not known to be unrevoked by a list of after its expiry, which need not name it any more', async () => {
    const root = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {} })
    const at = (hour: number): Date => new Date(toyNow.getTime() + hour * 60 * 60 * 1000)
    const leaf = await issue({ issuer: root, notAfter: at(2) })
    const statusBy = async (...lists: (readonly [revoked: Fresh[], from: Date])[]): Promise<string> => {
      const revocation = new RevocationData()
      for (const [revoked, from] of lists) revocation.addCrl(readCrl(Buffer.from(await issueCrl(root, revoked, from))))
      const store = new TrustStore([root.certificate], [], { revocation })
      const looked = { leaf: leaf.certificate, presented: [], at: at(1), knownAt: at(9) }
      return store.judgeChain(looked).revocation
    }
    expect(await statusBy([[], at(2)])).to.equal('good')
    expect(await statusBy([[], at(3)])).to.equal('undetermined')
    expect(await statusBy([[], at(1)], [[], at(3)])).to.equal('good')
    expect(await statusBy([[leaf], at(0)], [[], at(3)])).to.equal('revoked')
  })
})

describe('the entries of a CRL', () => {
  const TIME = ascii(0x17, '260601000000Z')
  const entry = (serial: number[], ...more: Uint8Array[]): Uint8Array =>
    derSequence(derInteger(Uint8Array.from(serial)), TIME, ...more)
  const extension = (oid: string, critical: boolean, value: Uint8Array): Uint8Array =>
    derSequence(derOid(oid), ...(critical ? [Uint8Array.of(1, 1, 0xff)] : []), derOctets(value))
  const reason = (critical: boolean): Uint8Array => extension('2.5.29.21', critical, Uint8Array.of(0x0a, 1, 6))
  const list = (...entries: Uint8Array[]): CrlEntries => new CrlEntries(Buffer.concat(entries))

  it('are found by the octets of their number, with time and reason', () => {
    const entries = list(entry([1]), entry([0, 0xff], derSequence(reason(false))), entry([0xff]))
    expect(entries.size).to.equal(3)
    expect(entries.get('01')).to.deep.equal({ revokedAt: new Date('2026-06-01T00:00:00Z'), reason: undefined })
    expect(entries.get('00ff')?.reason).to.equal(6)
    expect(entries.get('ff')?.reason).to.equal(undefined)
    expect(entries.get('02')).to.equal(undefined)
    expect(entries.unprocessed).to.equal(undefined)
  })

  it('make the list useless when one has a critical extension that is not processed, wherever it stands', () => {
    const unknown = (value: string): Uint8Array => extension('1.2.3.4', true, Buffer.from(value))
    expect(list(entry([1], derSequence(reason(true)))).unprocessed).to.equal(undefined)
    expect(list(entry([1], derSequence(extension('1.2.3.4', false, Uint8Array.of(1))))).unprocessed).to.equal(undefined)
    expect(list(entry([1], derSequence(unknown('x')))).unprocessed).to.equal('1.2.3.4')
    expect(list(entry([1], derSequence(unknown('260601000000Z')))).unprocessed).to.equal('1.2.3.4')
    expect(list(entry([1], derSequence(unknown('x'), reason(false)))).unprocessed).to.equal('1.2.3.4')
    expect(list(entry([1], derSequence(unknown('x'.repeat(300)))), entry([2])).unprocessed).to.equal('1.2.3.4')
  })

  it('are refused where they are no entries, and count as revoked where only their time cannot be read', () => {
    for (const bad of [
      '0000',
      '3003020101',
      '30',
      '308001',
      '30050202000105',
      '31120201011 70d3236303630313030303030305a'.replace(' ', ''),
    ])
      expect(() => new CrlEntries(Buffer.from(bad, 'hex')), bad).to.throw()
    const broken = list(derSequence(derInteger(Uint8Array.of(7)), ascii(0x17, '269901000000Z')))
    expect(broken.get('07')).to.deep.equal({ revokedAt: new Date(0), reason: undefined })
  })
})
