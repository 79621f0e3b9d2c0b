import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { issueCertificate, issueCrl } from '../../certs-example/issue.ts'
import { limits, timeOrderedIds } from '../../src/base/index.ts'
import { enterAgencies } from '../../src/directory/index.ts'
import type { EnvelopeId } from '../../src/message/index.ts'
import { readCrl } from '../../src/pki/index.ts'
import { validations } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { lienthong } from '../support/command-line.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { Partner } from '../support/partner.ts'
import { toyAuthority, toyCertificate, toySigner } from '../support/pki.ts'
import { type PostgresPlace, postgresPlace } from '../support/postgres.ts'
import type { RestClient } from '../support/rest-client.ts'

const certs = join(import.meta.dirname, '../../certs-example')

interface Judged {
  readonly signer: { readonly revocation: string } | null
  readonly reason: string | null
  readonly notes: readonly string[]
}

describe('whether a signer was revoked', () => {
  let world: World
  let chancery: TestGateway
  let office: RestClient
  let partner: Partner
  let place: PostgresPlace | undefined

  async function open(revocation: object, database?: PostgresPlace, trust: object = {}): Promise<void> {
    world = openWorld({
      clock: new MovableClock(),
      revocation: { ...revocation },
      trust: { ...trust },
      ...(database && { database: () => database.url }),
    })
    chancery = await world.start('G22')
    office = chancery.as('G22')
    partner = await Partner.open(world, 'G02')
  }
  afterEach(async () => {
    await partner.close()
    await world.close()
    await place?.drop()
    place = undefined
  })

  /** The directory still lists a certificate that its authority has revoked. */
  async function listRevoked(): Promise<void> {
    const { gateway } = chancery
    const ministry = gateway.directory.find('G02')
    if (ministry === undefined) throw new Error('the directory has no G02')
    const { fingerprint, notBefore, notAfter } = toyCertificate('g02-revoked')
    const pem = readFileSync(join(certs, 'g02-revoked.crt'), 'utf8')
    const certificates = [...ministry.certificates, { fingerprint, pem, notBefore, notAfter }]
    const deps = { store: gateway.store, ids: timeOrderedIds(world.clock), clock: world.clock }
    await enterAgencies(deps, [{ ...ministry, certificates }], 'test')
    await gateway.directory.reload()
  }

  const answered = (): Promise<string> =>
    world.until('an answer', async () => [...partner.answers('01'), ...partner.answers('02')][0]?.text)

  const arrived = async (): Promise<{ id: EnvelopeId; warnings: { rule: string; message: string }[] }[]> => {
    const { body } = await office.call<{ items: { id: EnvelopeId }[] }>('GET', '/v1/inbox')
    return Promise.all(
      body.items.map(async ({ id }) => {
        const found = await office.call<{ inbox: { warnings: { rule: string; message: string }[] } }>(
          'GET',
          `/v1/inbox/${id}`,
        )
        return { id, warnings: found.body.inbox.warnings }
      }),
    )
  }

  // threat: revoked-signer
  it('is known from a CRL at hand: who is not is received without a word, who is, is refused', async () => {
    await open({})
    await listRevoked()
    await partner.put(await partner.document('tốt'), 'G22')
    expect(await answered()).to.contain('>01<')
    expect((await arrived()).map(({ warnings }) => warnings)).to.deep.equal([[]])
    const signer = toySigner('g02', 'revoked')
    await partner.put(await partner.document('xấu', { documentId: 'D-2' as never }, { signer }), 'G22')
    await world.until('the refusal', async () => partner.answers('02')[0]?.text.includes('[certificate-revoked]'))
    expect(await arrived()).to.have.length(1)
  })

  it('is not known without a CRL: the document is received, and the clerk is warned', async () => {
    await open({ crlFiles: [] })
    await partner.put(await partner.document('không rõ'), 'G22')
    expect(await answered()).to.contain('>01<')
    const [entry] = await arrived()
    expect(entry?.warnings.map(({ rule }) => rule)).to.deep.equal(['revocation-undetermined'])
    expect(entry?.warnings[0]?.message).to.contain('no CRL or OCSP response')
  })

  for (const [who, revocation] of Object.entries({
    'from anybody': { undetermined: 'refuse' },
    'from this sender': { partners: [{ code: 'G02', undetermined: 'refuse' }] },
  }))
    it(`is not known, and nothing uncertain is accepted ${who}: the document is refused by name`, async () => {
      await open({ crlFiles: [], ...revocation })
      await partner.put(await partner.document('không rõ'), 'G22')
      expect(await answered()).to.contain('[revocation-undetermined]')
      expect(await arrived()).to.deep.equal([])
    })

  it('is not asked when that is the configuration', async () => {
    await open({ check: false, crlFiles: [] })
    await partner.put(await partner.document('không hỏi'), 'G22')
    expect(await answered()).to.contain('>01<')
    const [entry] = await arrived()
    expect(entry?.warnings).to.deep.equal([])
    expect((await kept(entry?.id))?.revocation).to.equal('not-checked')
  })

  it('is told with the PKI to which the root belongs', async () => {
    await open({}, undefined, { anchorsFiles: [], congVuFiles: [join(certs, 'trust.pem')] })
    await partner.put(await partner.document('công vụ'), 'G22')
    expect(await answered()).to.contain('>01<')
    const [entry] = await arrived()
    expect(await kept(entry?.id)).to.include({ verdict: 'valid', scope: 'cong-vu' })
  })

  for (const database of ['SQLite', 'PostgreSQL'])
    it(`is kept with what it was known from, each datum once, on ${database}`, async () => {
      place = database === 'PostgreSQL' ? await postgresPlace() : undefined
      await open({}, place)
      for (const text of ['một', 'hai']) {
        await partner.put(await partner.document(text, { documentId: `D-${text}` as never }), 'G22')
        await world.until(text, async () => partner.answers('01').length === (text === 'một' ? 1 : 2))
      }
      const [first, second] = await Promise.all((await arrived()).map(({ id }) => kept(id)))
      expect(first).to.include({ verdict: 'valid', revocation: 'good' })
      expect(first?.data.map(({ kind }) => kind)).to.deep.equal(['certificate', 'certificate', 'crl'])
      expect(first?.data[0]?.fingerprint).to.equal(toyCertificate('g02-p256').fingerprint)
      expect(second?.data.map(({ der }) => Buffer.from(der))).to.deep.equal(
        first?.data.map(({ der }) => Buffer.from(der)),
      )
      const count = await chancery.gateway.store.read.get<{ n: number }>('SELECT COUNT(*) AS n FROM validation_datum')
      expect(count?.n).to.equal(3)
    })

  for (const database of ['SQLite', 'PostgreSQL'])
    it(`goes with the record of the exchange, and is kept anew with the next one, on ${database}`, async () => {
      place = database === 'PostgreSQL' ? await postgresPlace() : undefined
      await open({}, place)
      const { store } = chancery.gateway
      const count = async (table: string) =>
        (await store.read.get<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))?.n
      const data = () => count('validation_datum')
      await partner.put(await partner.document('một', { documentId: 'D-1' as never }), 'G22')
      await world.until('the first, and all that is told of its receipt', async () => {
        return partner.answers('01').length === 1 && (await count('attempt')) === 1 && !(await world.busy())
      })
      expect(await data()).to.equal(3)
      await store.transact(async (tx) => {
        for (const table of ['attempt', 'delivery', 'inbox', 'status', 'attachment', 'envelope'])
          await tx.run(`DELETE FROM ${table}`)
      })
      const clock = world.clock as MovableClock
      await world.until('the sweep', async () => {
        await clock.advance(limits.sweepMs)
        return (await data()) === 0
      })
      await partner.put(await partner.document('hai', { documentId: 'D-2' as never }), 'G22')
      await world.until('the second', async () => {
        await clock.advance(limits.loopWaitMs)
        return partner.answers('01').length === 2
      })
      expect(await data()).to.equal(3)
      const [entry] = await arrived()
      expect((await kept(entry?.id))?.data).to.have.length(3)
    })

  it('can be judged again from the evidence alone, years later and without a network', async () => {
    await open({})
    await partner.put(await partner.document('bằng chứng'), 'G22')
    expect(await answered()).to.contain('>01<')
    const [entry] = await arrived()
    const { body } = await office.call<Record<string, unknown>>('GET', `/v1/inbox/${entry?.id}/evidence`)
    const evidence = join(world.folder, 'evidence.json')
    const document = join(world.folder, 'document.edxml')
    writeFileSync(evidence, JSON.stringify(body))
    writeFileSync(document, await office.bytes(`/v1/inbox/${entry?.id}/envelope`))
    const judged = async (...args: string[]): Promise<Judged & { code: number }> => {
      const { code, out } = await lienthong(['verify', '--json', '--trust', join(certs, 'trust.pem'), ...args])
      return { code, ...(JSON.parse(out) as Judged) }
    }
    const verdict = await judged('--evidence', evidence, document)
    expect(verdict.code, JSON.stringify(verdict)).to.equal(0)
    expect(verdict.signer?.revocation).to.equal('good')
    expect(verdict.notes.join()).to.contain('as it was on arrival')

    const command = [
      'evidence',
      '--store',
      join(world.folder, 'g22.sqlite'),
      '--out',
      join(world.folder, 'whole.json'),
      entry?.id ?? '',
    ]
    expect((await lienthong(command)).code).to.equal(0)
    expect((await judged('--evidence', join(world.folder, 'whole.json'))).code).to.equal(0)

    const crls = [readFileSync(join(certs, 'root.crl'))].map((octets) => readCrl(octets).der)
    const changes = {
      'without its CRL': { crls: [] },
      'with a CRL of another': { crls: crls.map((crl) => Buffer.from(crl).toString('base64')) },
    }
    for (const [what, change] of Object.entries(changes)) {
      writeFileSync(evidence, JSON.stringify({ ...body, ...change }))
      expect((await judged('--evidence', evidence, document)).signer?.revocation, what).to.equal('undetermined')
    }
    writeFileSync(
      evidence,
      JSON.stringify({ ...body, envelope: { ...(body['envelope'] as object), sha256: '0'.repeat(64) } }),
    )
    expect(await judged('--evidence', evidence, document)).to.include({ code: 1, reason: 'evidence-mismatch' })
  })

  it('can be judged again when every certificate and list has expired and only the root of that day is brought, trusted no more today', async () => {
    const [root, today] = [join(certs, 'root.crt'), join(certs, 'stranger.crt')]
    const crlFiles = [join(certs, 'issuing.crl'), join(certs, 'root.crl')]
    await open({ crlFiles }, undefined, { anchorsFiles: [root] })
    await partner.put(await partner.document('về sau'), 'G22')
    expect(await answered()).to.contain('>01<')
    const [entry] = await arrived()
    const { body } = await office.call('GET', `/v1/inbox/${entry?.id}/evidence`)
    const [evidence, document] = [join(world.folder, 'evidence.json'), join(world.folder, 'document.edxml')]
    writeFileSync(evidence, JSON.stringify(body))
    writeFileSync(document, await office.bytes(`/v1/inbox/${entry?.id}/envelope`))
    // no process of ours, and a clock beyond the end of all that was kept
    const later = join(world.folder, 'later.mjs')
    const wallClock = join(import.meta.dirname, '../support/wall-clock.ts')
    writeFileSync(
      later,
      `import { setWallClock } from ${JSON.stringify(wallClock)}\nsetWallClock(${Date.parse('2041-01-01T00:00:00Z')} - Date.now())`,
    )
    await chancery.stop()
    const judged = async (...args: string[]): Promise<Judged & { code: number }> => {
      const env = { NODE_OPTIONS: `--import ${later}` }
      const { code, out } = await lienthong(['verify', '--json', ...args, document], { env })
      return { code, ...(JSON.parse(out) as Judged) }
    }
    expect(await judged('--trust', root)).to.include({ code: 1, reason: 'certificate-expired' })
    const verdict = await judged('--trust', root, '--evidence', evidence)
    expect(verdict.code, JSON.stringify(verdict)).to.equal(0)
    expect(verdict.signer?.revocation).to.equal('good')
    expect(verdict.notes.join()).to.contain('as it was on arrival')
    expect(await judged('--trust', root, '--trust', today, '--evidence', evidence)).to.include({ code: 0 })
    expect(await judged('--trust', today, '--evidence', evidence)).to.include({
      code: 1,
      reason: 'certificate-untrusted',
    })
  })

  it('can be judged again where an authority signs its list with a key of its own: that certificate is kept, too', async () => {
    const [issuer, folder] = [toyAuthority('root'), mkdtempSync(join(tmpdir(), 'lister-'))]
    const subject = {
      organization: 'Lienthong',
      unit: 'TOY - NOT FOR PRODUCTION',
      commonName: 'Lienthong Toy Issuing CA',
    }
    const lister = await issueCertificate({ issuer, subject, ca: {}, keyUsage: ['cRLSign'] })
    const [intermediatesFile, list] = [join(folder, 'between.pem'), join(folder, 'list.crl')]
    writeFileSync(intermediatesFile, readFileSync(join(certs, 'issuing.crt'), 'utf8') + lister.certificatePem)
    writeFileSync(list, await issueCrl(lister, [], new Date('2026-06-01T00:00:00Z')))
    await open({ crlFiles: [list, join(certs, 'root.crl')] }, undefined, {
      anchorsFiles: [join(certs, 'root.crt')],
      intermediatesFile,
    })
    await partner.put(await partner.document('danh sách ký bằng khóa riêng'), 'G22')
    expect(await answered()).to.contain('>01<')
    const [entry] = await arrived()
    expect(entry?.warnings).to.deep.equal([])
    const { body } = await office.call<{ path: string[]; signers?: string[] }>('GET', `/v1/inbox/${entry?.id}/evidence`)
    expect([body.path.length, body.signers?.length]).to.deep.equal([3, 1])
    const document = join(folder, 'document.edxml')
    writeFileSync(document, await office.bytes(`/v1/inbox/${entry?.id}/envelope`))
    const revocationBy = async ({ signers, ...evidence }: typeof body): Promise<string | undefined> => {
      const file = join(folder, `evidence-${signers?.length}.json`)
      writeFileSync(file, JSON.stringify({ ...evidence, ...(signers && { signers }) }))
      const trust = ['--trust', join(certs, 'root.crt')]
      const { out } = await lienthong(['verify', '--json', ...trust, '--evidence', file, document])
      return (JSON.parse(out) as Judged).signer?.revocation
    }
    expect(await revocationBy(body)).to.equal('good')
    const { signers, ...without } = body
    expect(signers, 'who signed the list').to.have.length(1)
    expect(await revocationBy(without)).to.equal('undetermined')
    rmSync(folder, { recursive: true })
  })

  const kept = (id: EnvelopeId | undefined) => validations.find(chancery.gateway.store.read, id ?? ('' as EnvelopeId))
})
