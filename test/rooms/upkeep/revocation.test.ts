import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { issueCrl } from '../../../certs-example/issue.ts'
import { type Backoff, limits, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import { ocspRequest, RevocationData, readOcspResponse, TrustStore } from '../../../src/pki/index.ts'
import { openStore, revocation, type Store } from '../../../src/store/index.ts'
import { fetchBounded, RevocationKeeper, type RevocationSettings } from '../../../src/upkeep/index.ts'
import {
  type AuthorityServer,
  type Behaviour,
  openAuthorityServer,
  opensslAnswer,
  opensslOcsp,
  questionWithoutNonce,
} from '../../support/authority-server.ts'
import { MovableClock } from '../../support/clock.ts'
import { until } from '../../support/gateways.ts'
import { largeCrl } from '../../support/large-crl.ts'
import {
  AuthorityInfoAccessExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  type Fresh,
  issue,
} from '../../support/pki.ts'
import { postgresPlace } from '../../support/postgres.ts'

const HOUR = 60 * 60 * 1000
const backoff: Backoff = () => limits.backoffFirstMs

/** root → issuing → leaf; the leaf names a CRL or an OCSP responder at the authority's server. */
interface Hierarchy {
  readonly root: Fresh
  readonly issuing: Fresh
  readonly leaf: Fresh
}

describe('revocation data', () => {
  let server: AuthorityServer
  let store: Store
  let clock: MovableClock
  let now: Date

  beforeEach(async () => {
    server = await openAuthorityServer()
    now = new Date(Math.floor(Date.now() / 1000) * 1000) // OpenSSL tells the time of the machine
    clock = new MovableClock(now.toISOString())
    store = await openStore({ file: ':memory:', clock, log: silentLog })
  })
  afterEach(async () => {
    await store.close()
    await server.close()
  })

  async function hierarchy(names: 'crl' | 'ocsp'): Promise<Hierarchy> {
    const root = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {} })
    const rootCrl = new CRLDistributionPointsExtension([`${server.url}/root.crl`])
    const issuing = await issue({ issuer: root, subject: { commonName: 'Issuing' }, ca: {}, extensions: [rootCrl] })
    const extensions =
      names === 'crl'
        ? [new CRLDistributionPointsExtension([`${server.url}/issuing.crl`])]
        : [new AuthorityInfoAccessExtension({ ocsp: [`${server.url}/ocsp`] })]
    server.answer('/root.crl', await issueCrl(root, [], ago(HOUR)))
    return { root, issuing, leaf: await issue({ issuer: issuing, extensions }) }
  }

  function keeperFor(
    { root, issuing, leaf }: Hierarchy,
    privateHosts = ['127.0.0.1'],
    settings: Partial<RevocationSettings> = {},
    certificates = [leaf.certificate],
    intermediates = [] as Fresh['certificate'][],
  ) {
    const data = new RevocationData()
    const trust = new TrustStore([root.certificate], [issuing.certificate, ...intermediates], { revocation: data })
    const rules = { clock, privateHosts: new Set(privateHosts) }
    const keeper = new RevocationKeeper({
      ...{ store, clock, ids: timeOrderedIds(clock), log: silentLog, backoff, trust, data },
      certificates: () => certificates,
      settings: { crlFiles: [], mirrors: [], requireNonce: false, ...settings },
      fetch: (request, signal) => fetchBounded(request, rules, signal),
    })
    return {
      keeper,
      pass: async () => {
        while (await keeper.runOnce(new AbortController().signal));
      },
      status: () => trust.judgeChain({ leaf: leaf.certificate, presented: [], at: clock.now() }),
      statusAt: (at: Date) => trust.judgeChain({ leaf: leaf.certificate, presented: [], at }),
    }
  }

  const ago = (ms: number): Date => new Date(now.getTime() - ms)
  const errorOf = async (place: string): Promise<string | undefined> =>
    (await revocation.states(store.read)).find((one) => one.place.startsWith(place))?.error

  describe('from CRLs', () => {
    for (const database of ['SQLite', 'PostgreSQL'])
      it(`is fetched ahead of need, decides offline, and is shared through the store, on ${database}`, async () => {
        const place = database === 'PostgreSQL' ? await postgresPlace() : undefined
        if (place !== undefined) {
          await store.close()
          store = await openStore({ url: place.url, clock, log: silentLog })
        }
        const made = await hierarchy('crl')
        server.answer('/issuing.crl', await issueCrl(made.issuing, [], ago(HOUR)))
        const { pass, status } = keeperFor(made)
        expect(status()).to.include({ verdict: 'undetermined', revocation: 'undetermined' })
        await pass()
        expect(status()).to.include({ verdict: 'valid', revocation: 'good' })
        expect(status().proofs.map(({ kind }) => kind)).to.deep.equal(['crl', 'crl'])
        await server.close()
        const another = keeperFor(made)
        await another.keeper.load()
        expect(another.status()).to.include({ verdict: 'valid', revocation: 'good' })
        server = await openAuthorityServer()
        await place?.drop()
      })

    it('is fetched, kept and taken from the store also where it is long, read by a thread of its own', async () => {
      const made = await hierarchy('crl')
      const revoked = made.leaf.certificate.fields.serialOctets
      server.answer('/issuing.crl', await largeCrl(made.issuing, 20_000, [revoked], ago(HOUR)))
      const { pass, status } = keeperFor(made)
      await pass()
      expect(status()).to.include({ verdict: 'invalid', revocation: 'revoked' })
      const another = keeperFor(made)
      await another.keeper.load()
      expect(another.status()).to.include({ verdict: 'invalid', revocation: 'revoked' })
    })

    // threat: revoked-signer
    it('tells a revoked signer, and a revoked authority', async () => {
      const made = await hierarchy('crl')
      const { pass, status } = keeperFor(made)
      server.answer('/issuing.crl', await issueCrl(made.issuing, [made.leaf], ago(HOUR)))
      await pass()
      expect(status()).to.include({ verdict: 'invalid', revocation: 'revoked' })
      server.answer('/issuing.crl', await issueCrl(made.issuing, [], ago(HOUR / 2)))
      server.answer('/root.crl', await issueCrl(made.root, [made.issuing], ago(HOUR / 2)))
      await clock.advance(limits.crlRestMs + 1)
      await pass()
      expect(status()).to.include({ verdict: 'invalid', revocation: 'revoked' })
      expect(
        status()
          .reasons.map(({ en }) => en)
          .join(),
      ).to.contain('CN=Issuing')
    })

    it('is fetched for a certificate that was bound ahead of need, once it is valid', async () => {
      const made = await hierarchy('crl')
      const extensions = [new CRLDistributionPointsExtension([`${server.url}/issuing.crl`])]
      const notBefore = new Date(now.getTime() + HOUR)
      const leaf = await issue({ issuer: made.issuing, extensions, notBefore })
      server.answer('/issuing.crl', await issueCrl(made.issuing, [], ago(HOUR)))
      const { pass, status } = keeperFor({ ...made, leaf })
      await pass()
      expect(status().reasons.map(({ code }) => code)).to.deep.equal(['certificate-not-yet-valid'])
      await clock.advance(HOUR + limits.sweepMs)
      await pass()
      expect(status()).to.include({ verdict: 'valid', revocation: 'good' })
    })

    it('is fetched where its authority signs it with a key of its own, whose status is known already', async () => {
      const made = await hierarchy('crl')
      const rootCrl = new CRLDistributionPointsExtension([`${server.url}/root.crl`])
      const subject = { commonName: 'Issuing' }
      const lister = await issue({ issuer: made.root, subject, ca: {}, keyUsage: ['cRLSign'], extensions: [rootCrl] })
      server.answer('/issuing.crl', await issueCrl(lister, [], ago(HOUR)))
      const { pass, status } = keeperFor(made, undefined, undefined, undefined, [lister.certificate])
      await pass()
      await clock.advance(limits.backoffFirstMs)
      await pass()
      expect(await errorOf(`crl ${server.url}/issuing.crl`)).to.equal(undefined)
      expect(status()).to.include({ verdict: 'valid', revocation: 'good' })
    })

    it('is fetched again before it is out of date, and what was there stays until something better comes', async () => {
      const made = await hierarchy('crl')
      const { pass, status } = keeperFor(made)
      server.answer('/issuing.crl', await issueCrl(made.issuing, [], ago(HOUR), new Date(now.getTime() + 2 * HOUR)))
      await pass()
      server.answer('/issuing.crl', (_, response) => void response.writeHead(500).end())
      await clock.advance(HOUR + 1)
      await pass()
      expect(await errorOf(`crl ${server.url}/issuing.crl`)).to.contain('HTTP 500')
      expect(status().revocation).to.equal('good')
      await clock.advance(HOUR + 1)
      expect(status()).to.include({ verdict: 'undetermined', revocation: 'undetermined' })
      expect(status().reasons[0]?.code).to.equal('crl-stale')
      server.answer('/issuing.crl', await issueCrl(made.issuing, [], clock.now()))
      await pass()
      expect(status().revocation).to.equal('good')
    })

    const misbehaviours: Record<
      string,
      [(made: Hierarchy) => Promise<Behaviour | string> | Behaviour | string, string]
    > = {
      'answers 500': [() => (_, response) => void response.writeHead(500).end(), 'HTTP 500'],
      'gives an old one': [({ issuing }) => issueCrl(issuing, [], ago(3 * HOUR), ago(HOUR)), '[crl-stale]'],
      'gives one of the future': [
        ({ issuing }) => issueCrl(issuing, [], new Date(now.getTime() + HOUR)),
        '[crl-from-the-future]',
      ],
      'gives one of another issuer': [({ root }) => issueCrl(root, [], ago(HOUR)), 'not of'],
      'gives one signed by another key of that name': [
        async ({ root }) => {
          const impostor = await issue({ issuer: 'self', subject: { commonName: 'Issuing' }, ca: {} })
          expect(impostor.certificate.issuer).not.to.equal(root.certificate.subject)
          return issueCrl(impostor, [], ago(HOUR))
        },
        '[crl-signature]',
      ],
      'gives something else': [() => 'no CRL', 'neither DER nor PEM'],
      'gives without end': [
        () => (_, response) => {
          const more = (): void => void (response.destroyed || response.write(Buffer.alloc(1 << 20), more))
          more()
        },
        'longer than',
      ],
      'leads to a file': [
        () => (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
        'is not http',
      ],
      'leads round in a circle': [
        () => (_, response) => void response.writeHead(302, { location: '/issuing.crl' }).end(),
        'redirects',
      ],
      'leads into a closed network': [
        () => (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
        'closed network',
      ],
    }
    for (const [what, [behaviour, expected]] of Object.entries(misbehaviours))
      it(`leaves it undetermined when the server ${what}`, async () => {
        const made = await hierarchy('crl')
        const { pass, status } = keeperFor(made)
        server.answer('/issuing.crl', await behaviour(made))
        await pass()
        expect(await errorOf(`crl ${server.url}/issuing.crl`)).to.contain(expected)
        expect(status()).to.include({ verdict: 'undetermined', revocation: 'undetermined' })
        server.answer('/issuing.crl', await issueCrl(made.issuing, [], ago(HOUR)))
        await clock.advance(limits.backoffFirstMs + 1)
        await pass()
        expect(status().revocation, 'and it is tried again').to.equal('good')
      })

    for (const [what, behaviour] of Object.entries<Behaviour>({
      'is silent': () => {},
      'is slow': (_, response) => void response.writeHead(200).write('-----BEGIN'),
    }))
      it(`waits no longer than the limit for a server that ${what}`, async () => {
        const made = await hierarchy('crl')
        const { pass, status } = keeperFor(made)
        server.answer('/issuing.crl', behaviour)
        const passed = pass()
        await until(
          'the server is asked',
          async () => server.asked.has('/issuing.crl') && server.asked.has('/root.crl'),
        )
        await until('nothing else waits', async () => {
          await clock.advance(1_000)
          return (await errorOf(`crl ${server.url}/issuing.crl`)) !== undefined
        })
        await passed
        expect(await errorOf(`crl ${server.url}/issuing.crl`)).to.contain(`within ${limits.fetchMs} ms`)
        expect(status().revocation).to.equal('undetermined')
      })

    for (const database of ['SQLite', 'PostgreSQL'])
      it(`is kept when it is out of date, until no certificate names its place any more, on ${database}`, async () => {
        const place = database === 'PostgreSQL' ? await postgresPlace() : undefined
        if (place !== undefined) {
          await store.close()
          store = await openStore({ url: place.url, clock, log: silentLog })
        }
        const made = await hierarchy('crl')
        const list = await issueCrl(made.issuing, [made.leaf], ago(HOUR), new Date(now.getTime() + HOUR))
        server.answer('/issuing.crl', list)
        const named = [made.leaf.certificate]
        const { pass, status } = keeperFor(made, undefined, undefined, named)
        await pass()
        const places = async () => (await revocation.states(store.read)).map((one) => one.place.replace(server.url, ''))
        expect(await places()).to.deep.equal(['crl /issuing.crl', 'crl /root.crl'])
        server.answer('/issuing.crl', (_, response) => void response.writeHead(500).end())
        await clock.advance(HOUR + limits.revocationExpiredMs)
        await pass()
        expect(await places()).to.deep.equal(['crl /issuing.crl', 'crl /root.crl'])
        expect(status().revocation).to.equal('revoked')
        named.pop()
        await clock.advance(limits.sweepMs)
        await pass()
        expect(await places()).to.deep.equal(['crl /root.crl']) // which holds until 2036
        await store.close()
        await place?.drop()
        store = await openStore({ file: ':memory:', clock, log: silentLog })
      })

    it('is never taken back to an older list, which somebody on the way may bring again', async () => {
      const made = await hierarchy('crl')
      const { pass, status } = keeperFor(made)
      server.answer('/issuing.crl', await issueCrl(made.issuing, [made.leaf], ago(HOUR)))
      await pass()
      server.answer('/issuing.crl', await issueCrl(made.issuing, [], ago(2 * HOUR)))
      await clock.advance(limits.crlRestMs + 1)
      await pass()
      expect(await errorOf(`crl ${server.url}/issuing.crl`)).to.contain('older than what is at hand')
      expect(status().revocation).to.equal('revoked')
    })

    it('comes from a mirror where one is named, and from files that somebody brings, read again when they change', async () => {
      const root = await issue({ issuer: 'self', subject: { commonName: 'Root' }, ca: {} })
      const named = new CRLDistributionPointsExtension(['http://crl.ca.invalid/lists/root.crl'])
      const made = { root, issuing: root, leaf: await issue({ issuer: root, extensions: [named] }) }
      server.answer('/mirror/root.crl', await issueCrl(root, [], ago(HOUR)))
      const mirrors = [{ from: 'http://crl.ca.invalid/lists/', to: `${server.url}/mirror/` }]
      const mirrored = keeperFor(made, undefined, { mirrors })
      await mirrored.pass()
      expect(mirrored.status().revocation).to.equal('good')

      const folder = mkdtempSync(join(tmpdir(), 'crl-'))
      const file = join(folder, 'root.crl')
      const brought = keeperFor(made, undefined, { crlFiles: [file] })
      await brought.pass()
      writeFileSync(file, await issueCrl(root, [made.leaf], ago(HOUR / 2)))
      await clock.advance(limits.sweepMs)
      await brought.pass()
      expect(brought.status().revocation).to.equal('revoked')
      rmSync(folder, { recursive: true })
    })

    it('is fetched once by processes that share a store', async () => {
      const made = await hierarchy('crl')
      server.answer('/issuing.crl', await issueCrl(made.issuing, [], ago(HOUR)))
      const keepers = [keeperFor(made), keeperFor(made), keeperFor(made)]
      await Promise.all(keepers.map(({ pass }) => pass()))
      await clock.advance(limits.sweepMs)
      await Promise.all(keepers.map(({ pass }) => pass()))
      expect(keepers.map(({ status }) => status().revocation)).to.deep.equal(['good', 'good', 'good'])
      expect(Object.fromEntries(server.asked)).to.deep.equal({ '/root.crl': 1, '/issuing.crl': 1 })
    })

    // threat: led-elsewhere
    it('is not forgotten by a process that looked before another renewed it', async () => {
      const place = 'crl http://a.example/a.crl'
      const got = { fingerprint: 'f', der: Uint8Array.of(1), at: now, nextAt: now }
      const renew = (validUntil: Date) => store.transact((tx) => revocation.keep(tx, place, { ...got, validUntil }))
      await store.transact((tx) =>
        revocation.addPlace(tx, { place, kind: 'crl', url: 'http://a.example/a.crl', certificate: 'c' }),
      )
      await renew(ago(HOUR))
      await store.transact((tx) => revocation.fail(tx, place, 'away', now, now))
      const [leased] = await store.transact((tx) => revocation.leaseDue(tx, { now, leaseUntil: now, limit: 1 }))
      if (leased === undefined) throw new Error('nothing is due')
      const forgotten = () =>
        store.transact((tx) =>
          Promise.all([revocation.forgetFailed(tx, leased), revocation.forgetExpired(tx, place, now)]),
        )
      await renew(new Date(now.getTime() + HOUR))
      expect(await forgotten()).to.deep.equal([false, false])
      await renew(ago(HOUR))
      expect(await forgotten()).to.deep.equal([false, true])
      expect(await revocation.states(store.read)).to.deep.equal([])
    })

    it('is asked for at no address of a closed network, unless an operator named the host', async () => {
      const made = await hierarchy('crl')
      await keeperFor(made, []).pass()
      expect(server.asked.size).to.equal(0)
      expect(await errorOf('crl')).to.contain('closed network')
      for (const url of [
        'http://localhost/',
        'http://2130706433/',
        'http://0x7f.1/',
        'http://[::1]/',
        'http://[::ffff:10.0.0.1]/',
        'http://10.1.2.3/',
      ]) {
        const failure = await fetchBounded({ url, maxOctets: 1 }, { clock, privateHosts: new Set() }).catch(String)
        expect(failure, url).to.contain('closed network')
      }
    })
  })

  // threat: forged-revocation
  describe('from OpenSSL as the OCSP responder', () => {
    const noCheck = new Extension('1.3.6.1.5.5.7.48.1.5', false, Uint8Array.of(5, 0))
    const delegate = (
      issuer: Fresh,
      extensions: Extension[] = [new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.9']), noCheck],
      notBefore?: Date,
    ): Promise<Fresh> =>
      issue({
        ...{ issuer, subject: { commonName: 'Responder' }, keyUsage: ['digitalSignature'], extensions },
        ...(notBefore && { notBefore }),
      })

    for (const [who, signerOf] of Object.entries({
      'a delegate': (issuer: Fresh) => delegate(issuer),
      'the issuer itself': async (issuer: Fresh) => issuer,
    }))
      it(`says good, signed by ${who}`, async () => {
        const made = await hierarchy('ocsp')
        const { pass, status } = keeperFor(made)
        const signer = await signerOf(made.issuing)
        server.answer('/ocsp', opensslOcsp({ issuer: made.issuing, signer, known: [{ certificate: made.leaf }] }))
        await pass()
        expect(await errorOf('ocsp')).to.equal(undefined)
        expect(status()).to.include({ verdict: 'valid', revocation: 'good' })
        expect(status().proofs.map(({ kind }) => kind)).to.deep.equal(['crl', 'ocsp'])
      })

    it('says revoked', async () => {
      const made = await hierarchy('ocsp')
      const { pass, status } = keeperFor(made)
      server.answer(
        '/ocsp',
        opensslOcsp({
          issuer: made.issuing,
          signer: await delegate(made.issuing),
          known: [{ certificate: made.leaf, revoked: true }],
        }),
      )
      await pass()
      expect(status()).to.include({ verdict: 'invalid', revocation: 'revoked' })
    })

    it('says good of an earlier instant, signed by a delegate whose certificate is of a later one', async () => {
      const made = await hierarchy('ocsp')
      const { pass, statusAt } = keeperFor(made)
      const signer = await delegate(made.issuing, undefined, ago(HOUR / 2))
      server.answer('/ocsp', opensslOcsp({ issuer: made.issuing, signer, known: [{ certificate: made.leaf }] }))
      await pass()
      expect(statusAt(ago(HOUR))).to.include({ verdict: 'valid', revocation: 'good' })
    })

    it('is believed as long as its answer holds', async () => {
      const made = await hierarchy('ocsp')
      const { pass, status } = keeperFor(made)
      server.answer(
        '/ocsp',
        opensslOcsp({
          issuer: made.issuing,
          signer: await delegate(made.issuing),
          known: [{ certificate: made.leaf }],
          minutes: 30,
        }),
      )
      await pass()
      expect(status().revocation).to.equal('good')
      await clock.advance(31 * 60_000)
      expect(status().revocation).to.equal('undetermined')
      expect(status().reasons[0]?.code).to.equal('ocsp-stale')
    })

    // threat: forged-revocation
    for (const requireNonce of [false, true])
      it(`may answer in advance, without a nonce: ${requireNonce ? 'not where' : 'unless'} one is required`, async () => {
        const made = await hierarchy('ocsp')
        const { issuing, leaf } = made
        const { pass, status } = keeperFor(made, undefined, { requireNonce })
        const responder = { issuer: issuing, signer: issuing, known: [{ certificate: leaf }] }
        const answer = await opensslAnswer(responder, await questionWithoutNonce(issuing, leaf))
        expect(readOcspResponse(answer).nonce).to.equal(undefined)
        server.answer('/ocsp', (_, response) => void response.end(answer))
        await pass()
        expect(status().revocation).to.equal(requireNonce ? 'undetermined' : 'good')
        if (requireNonce) expect(await errorOf('ocsp')).to.contain('requireNonce')
        else expect(await errorOf('ocsp')).to.equal(undefined)
      })

    const refusals: Record<string, [(made: Hierarchy) => Promise<Behaviour>, string]> = {
      'does not know the certificate': [
        async ({ issuing, root }) => opensslOcsp({ issuer: issuing, signer: issuing, known: [{ certificate: root }] }),
        '[ocsp-unknown]',
      ],
      'has no mandate of the issuer': [
        async ({ issuing, leaf }) =>
          opensslOcsp({ issuer: issuing, signer: await delegate(issuing, []), known: [{ certificate: leaf }] }),
        '[ocsp-signature]',
      ],
      'has the mandate of another authority': [
        async ({ issuing, root, leaf }) =>
          opensslOcsp({ issuer: issuing, signer: await delegate(root), known: [{ certificate: leaf }] }),
        '[ocsp-signature]',
      ],
      'has a delegate of whom it cannot be told whether he was revoked': [
        async ({ issuing, leaf }) =>
          opensslOcsp({
            issuer: issuing,
            signer: await delegate(issuing, [new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.9'])]),
            known: [{ certificate: leaf }],
          }),
        '[ocsp-signature]',
      ],
      'answers about the certificate of another issuer': [
        async ({ root, leaf }) => {
          const issuer = await issue({ issuer: root, subject: { commonName: 'Another' }, ca: {} })
          const asked = ocspRequest(leaf.certificate, issuer.certificate, Buffer.alloc(32))
          const answer = await opensslAnswer({ issuer, signer: issuer, known: [{ certificate: leaf }] }, asked)
          return (_, response) => void response.end(answer)
        },
        'another certificate',
      ],
      'gives again what it answered to somebody else': [
        async ({ issuing, leaf }) => {
          const asked = ocspRequest(leaf.certificate, issuing.certificate, Buffer.alloc(32, 7))
          const responder = { issuer: issuing, signer: issuing, known: [{ certificate: leaf }] }
          const answer = await opensslAnswer(responder, asked)
          return (_, response) => void response.end(answer)
        },
        'another nonce',
      ],
      'answers with an error': [
        async () => (_, response) => void response.end(Buffer.from('30030a0106', 'hex')),
        'answered with the error 6',
      ],
      'answers 500': [async () => (_, response) => void response.writeHead(500).end(), 'HTTP 500'],
    }
    for (const [what, [behaviour, expected]] of Object.entries(refusals))
      it(`is not believed when it ${what}`, async () => {
        const made = await hierarchy('ocsp')
        const { pass, status } = keeperFor(made)
        server.answer('/ocsp', await behaviour(made))
        await pass()
        expect(await errorOf('ocsp')).to.contain(expected)
        expect(status().revocation).to.equal('undetermined')
      })

    // threat: forged-revocation
    it('is not believed when its answer is of the future', async () => {
      const made = await hierarchy('ocsp')
      clock.set(new Date(now.getTime() - HOUR / 2).toISOString())
      const { pass, status } = keeperFor(made)
      server.answer(
        '/ocsp',
        opensslOcsp({ issuer: made.issuing, signer: made.issuing, known: [{ certificate: made.leaf }] }),
      )
      await pass()
      expect(await errorOf('ocsp')).to.contain('[ocsp-from-the-future]')
      expect(status().revocation).to.equal('undetermined')
    })
  })
})
