import { expect } from 'chai'
import { codeOf, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import {
  type Agency,
  applySigned,
  Directory,
  differences,
  enterAgencies,
  keepSigned,
  newestSigned,
  parseDirectory,
  readSignedDirectory,
  type SignedDirectory,
  signDirectory,
  versionInForce,
} from '../../../src/directory/index.ts'
import { notices, openStore, type Store } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { toyCertificate, toyFile, toySigner } from '../../support/pki.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'

const pem = (name: string): string => {
  const text = toyFile(`${name}.crt`)
  return text.slice(text.indexOf('-----BEGIN'), text.indexOf('-----END CERTIFICATE-----') + 25)
}
const fingerprint = (name: string): string => toyCertificate(name).fingerprint

for (const kind of ['SQLite', 'PostgreSQL'] as const)
  describe(`the signed directory and what was entered by hand, on ${kind}`, () => {
    const clock = new MovableClock()
    const ids = timeOrderedIds(clock)
    let place: PostgresPlace | undefined
    let store: Store
    beforeEach(async () => {
      place = kind === 'PostgreSQL' ? await postgresPlace() : undefined
      store = await openStore({
        ...(place === undefined ? { file: ':memory:' } : { url: place.url }),
        clock,
        log: silentLog,
      })
    })
    afterEach(async () => {
      await store.close()
      await place?.drop()
    })

    async function signed(version: number, entries: readonly unknown[]): Promise<SignedDirectory> {
      const about = { axis: 'trial', version, issuedAt: clock.now() }
      const octets = await signDirectory(about, entries, toySigner('h26', 'p256'))
      return readSignedDirectory(octets, { axis: 'trial', operators: [toyCertificate('h26-p256')] }, clock.now())
    }
    const deps = () => ({ store, clock, ids })
    const apply = async (version: number, entries: readonly unknown[]) =>
      applySigned(deps(), await signed(version, entries), 'file', 'operator:lan')
    const enter = (entries: readonly unknown[]) =>
      enterAgencies(deps(), parseDirectory(JSON.stringify(entries), pem), 'operator:lan')
    const find = async (code: string): Promise<Agency | undefined> => (await Directory.load(store)).find(code)
    const certificatesOf = async (code: string): Promise<string[]> =>
      ((await find(code))?.certificates ?? []).map(({ fingerprint }) => fingerprint).sort()

    const byHand = { code: 'G02', name: 'Bộ Công thương (nhập tay)', certificates: ['g02-p256'], local: true }
    const ministry = { code: 'G02', name: 'Bộ Công Thương', certificates: [pem('g02-rsa')], brokerUser: 'bct' }
    const partner = { code: 'G12', name: 'Bộ Tài chính', certificates: ['g12-p256'] }

    it('keeps apart whose word counts: the signed one for whom it names, the hand for the others and for what is ours', async () => {
      await enter([byHand, partner])
      const report = await apply(1, [ministry])
      expect(report).to.deep.equal({ added: [], changed: ['G02'], unchanged: [] })
      expect(await find('G02')).to.deep.include({
        name: 'Bộ Công Thương',
        brokerUser: 'bct',
        local: true,
        origin: 'signed',
      })
      expect(await certificatesOf('G02'), 'entered by hand, it stays').to.deep.equal(
        [fingerprint('g02-p256'), fingerprint('g02-rsa')].sort(),
      )
      expect(await find('G12'))
        .to.deep.include({ name: 'Bộ Tài chính' })
        .and.not.to.have.property('origin')
    })

    it('lets nobody change by hand what it says, but for certificates ahead of need', async () => {
      await apply(1, [ministry])
      expect(codeOf(await enter([byHand]).catch((error: unknown) => error))).to.equal('agency-signed')
      await enter([{ ...ministry, certificates: ['g02-p384'] }])
      expect(await certificatesOf('G02')).to.deep.equal([fingerprint('g02-p384'), fingerprint('g02-rsa')].sort())
    })

    it('withdraws what it once bound, also from a hand that would bring it back', async () => {
      await enter([{ ...byHand, certificates: ['g02-rsa'] }])
      await apply(1, [ministry])
      await apply(2, [{ ...ministry, certificates: [pem('g02-p384')] }])
      expect(await certificatesOf('G02')).to.deep.equal([fingerprint('g02-p384')])
      const again = { ...ministry, certificates: ['g02-rsa'] }
      expect(codeOf(await enter([again]).catch((error: unknown) => error))).to.equal('certificate-withdrawn')
    })

    it('is applied wholly or not at all', async () => {
      await enter([{ ...partner, wireCode: 'TRUC-1' }])
      const clash = { code: 'G77', name: 'Cơ quan khác', wireCode: 'TRUC-1', certificates: [] }
      expect(codeOf(await apply(1, [ministry, clash]).catch((error: unknown) => error))).to.equal(
        'directory-inconsistent',
      )
      expect(await find('G02')).to.equal(undefined)
      expect(await newestSigned(store.read)).to.equal(undefined)
    })

    it('changes nothing the second time, and is audited once', async () => {
      const one = await signed(1, [ministry])
      for (let i = 0; i < 3; i++) await applySigned(deps(), one, 'axis', 'gateway')
      const rows = await store.read.all(`SELECT id FROM audit WHERE action = 'directory-applied'`)
      expect(rows).to.have.length(1)
    })

    it('tells what it would change before it does, and then changes just that', async () => {
      await enter([byHand, partner])
      await apply(1, [ministry, { ...partner, certificates: [pem('g12-p256')] }])
      const next = await signed(2, [
        { ...ministry, certificates: [pem('g02-p384')], name: 'Bộ Công Thương mới' },
        { code: 'G22', name: 'Văn phòng Chính phủ', certificates: [pem('g22-p256')] },
      ])
      await keepSigned(deps(), next, 'axis')
      const told = differences((await Directory.load(store)).list(), next)
      expect(told.map(({ code, kind, local }) => [code, kind, local])).to.deep.equal([
        ['G02', 'changed', true],
        ['G22', 'added', false],
        ['G12', 'ended', false],
      ])
      expect(told[0]?.fields).to.deep.equal([{ field: 'name', before: 'Bộ Công Thương', after: 'Bộ Công Thương mới' }])
      expect(told[0]?.certificates).to.deep.equal({
        added: [fingerprint('g02-p384')],
        removed: [fingerprint('g02-rsa')],
        byHand: [fingerprint('g02-p256')],
      })
      await applySigned(deps(), next, 'axis', 'gateway')
      expect(await certificatesOf('G02')).to.deep.equal([fingerprint('g02-p256'), fingerprint('g02-p384')].sort())
      expect(differences((await Directory.load(store)).list(), next)).to.deep.equal([])
    })

    it('keeps the last ten, and the newest of them is what is fetched', async () => {
      for (let version = 1; version <= 12; version++) await apply(version, [ministry])
      expect((await newestSigned(store.read))?.version).to.equal(12)
      expect(await store.read.all('SELECT version FROM directory_document')).to.have.length(10)
      expect(codeOf(await apply(3, [ministry]).catch((error: unknown) => error))).to.equal('directory-older')
    })

    it('waits under a version that is counted by the clock, and the newest that waits is told', async () => {
      const waiting = async () =>
        (await notices.open(store.read, 'directory-waiting')).map(({ data }) => data['version'])
      const [noon, earlier] = [await signed(202_611_221_200, [ministry]), await signed(202_611_221_100, [ministry])]
      for (const one of [noon, earlier, noon]) {
        await keepSigned(deps(), one, 'axis')
        expect(await waiting()).to.deep.equal([202_611_221_200])
      }
      await keepSigned(deps(), await signed(202_612_010_000, [ministry]), 'axis')
      expect(await waiting()).to.deep.equal([202_612_010_000])
      await apply(202_612_010_001, [ministry])
      expect(await waiting()).to.deep.equal([])
    })

    it('never forgets the one in force, however many newer ones wait', async () => {
      await apply(1, [ministry])
      for (let version = 3; version <= 14; version++)
        await keepSigned(deps(), await signed(version, [ministry]), 'axis')
      await apply(2, [ministry])
      expect((await versionInForce(store.read))?.version).to.equal(2)
      expect(codeOf(await apply(1, [ministry]).catch((error: unknown) => error))).to.equal('directory-older')
    })
  })
