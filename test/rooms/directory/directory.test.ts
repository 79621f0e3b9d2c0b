import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { codeOf, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import {
  type Agency,
  Directory,
  type DirectoryReport,
  enterAgencies,
  parseDirectory,
} from '../../../src/directory/index.ts'
import { readCertificate, readCertificates, TrustStore } from '../../../src/pki/index.ts'
import { openStore, type Store, sequenceAudit, verifyAudit } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { failureOf } from '../store/failure.ts'

const example = (name: string): string =>
  readFileSync(new URL(`../../../certs-example/${name}`, import.meta.url), 'utf8')

describe('the directory', () => {
  const clock = new MovableClock()
  const ids = timeOrderedIds(clock)
  const now = clock.now()
  let store: Store
  let directory: Directory

  beforeEach(async () => {
    store = await openStore({ file: ':memory:', clock, log: silentLog })
    directory = await Directory.load(store)
    await enter(JSON.parse(example('directory.json')))
  })
  afterEach(() => store.close())

  const parse = (entries: unknown): Agency[] => parseDirectory(JSON.stringify(entries), example)
  async function enter(entries: unknown): Promise<DirectoryReport> {
    const report = await enterAgencies({ store, ids, clock }, parse(entries), 'operator:lan')
    await directory.reload()
    return report
  }
  const invalid = async (entries: unknown): Promise<string> => {
    const failure = await failureOf(Promise.resolve().then(() => enter(entries)))
    expect(codeOf(failure)).to.equal('config-invalid')
    return failure.message
  }
  const unknown = (code: string, at = now): string => {
    try {
      directory.requireActive(code, at)
    } catch (error) {
      expect(codeOf(error)).to.equal('agency-unknown')
      return error instanceof Error ? error.message : ''
    }
    throw new Error(`${code} is known`)
  }
  const storeParts = (): Omit<Store, 'transact'> => ({
    dialect: store.dialect,
    read: store.read,
    clock: store.clock,
    compact: () => store.compact(),
    close: () => store.close(),
  })
  const unit = { code: 'G02.18', name: 'Cục Ví dụ', parent: 'G02' }

  describe('codes', () => {
    it('are one agency in every form, trimmed and otherwise exact', () => {
      for (const form of ['G12.18', '000.00.18.G12', ' 000.00.18.G12\n'])
        expect(directory.identify(form)).to.equal('G12.18')
      for (const form of ['g12.18', '0000018G12', '000.00.18.G12.', '000.00.19.G12', ''])
        expect(directory.identify(form)).to.equal(undefined)
    })

    it('go out in the form that the directory gives for that agency, with its own name and contact', async () => {
      await enter([{ ...unit, wireCode: 'G02.18', contact: { email: 'cuc@bct.example' } }])
      expect(directory.wireCodeOf('G02.18')).to.equal('G02.18')
      expect(directory.partyOf('G02.18')).to.deep.equal({
        organId: 'G02.18',
        organName: 'Cục Ví dụ',
        email: 'cuc@bct.example',
      })
      expect(directory.identify('000.00.18.G02')).to.equal('G02.18')
    })

    it('belong to whom the directory says, also where the rule of the 13 characters says otherwise', async () => {
      await enter([{ code: 'G02.77', name: 'Đơn vị đánh số lại', wireCode: '000.00.18.G02', parent: 'G02' }])
      await enter([{ ...unit, wireCode: 'G02-18' }])
      expect(directory.identify('000.00.18.G02')).to.equal('G02.77')
      expect(directory.identify('000.00.77.G02')).to.equal('G02.77')
      expect(directory.identify('G02-18')).to.equal('G02.18')
    })

    it('have the 13 characters as default form', async () => {
      await enter([unit])
      expect(directory.wireCodeOf('G02.18')).to.equal('000.00.18.G02')
    })

    it('that are unknown are named, with what was meant perhaps', () => {
      expect(unknown('G92')).to.contain('no agency "G92"').and.to.contain('G02 (Bộ Công Thương)')
      expect(unknown('g22')).to.contain('G22 (Văn phòng Chính phủ)')
      expect(unknown('000.00.18.G12')).to.contain('Perhaps G12.18')
      expect(unknown('bộ tài chính')).to.contain('Perhaps G12 ')
      expect(unknown('H62')).to.contain('H26')
      expect(unknown('Z99.1234')).to.equal('The directory has no agency "Z99.1234".')
    })

    it('end and begin at an instant, and name who follows', async () => {
      await enter([{ ...unit, validFrom: '2026-01-01', validTo: '2027-01-01', successor: 'G22' }])
      const at = (iso: string): Date => new Date(iso)
      expect(directory.requireActive('G02.18', at('2025-12-31T17:00:00Z')).name).to.equal('Cục Ví dụ')
      expect(directory.isActive('G02.18', at('2025-12-31T16:59:59Z'))).to.equal(false)
      expect(unknown('G02.18', at('2025-12-31T16:59:59Z'))).to.contain('takes part from 2025-12-31T17:00:00.000Z on')
      expect(directory.isActive('G02.18', at('2026-12-31T16:59:59Z'))).to.equal(true)
      expect(unknown('G02.18', at('2026-12-31T17:00:00Z'))).to.contain('its successor is G22')
    })
  })

  describe('certificates', () => {
    const trust = (): ReturnType<Directory['trust']> =>
      directory.trust(new TrustStore(readCertificates(example('trust.pem'))))

    it('sign for the agency they are bound to, in any form of its code', () => {
      const g02 = readCertificate(example('g02-p256.crt'))
      expect(trust().agencySigning(g02, '000.00.00.G02')).to.equal('G02')
      expect(trust().agencySigning(g02, ' G02 ')).to.equal('G02')
      expect(trust().agencySigning(g02, '000.00.00.G22')).to.equal(undefined)
      expect(trust().agencySigning(g02, 'nobody')).to.equal(undefined)
    })

    it('that nobody entered sign for nobody, whatever their subject says', () => {
      expect(trust().agencySigning(readCertificate(example('stranger-g02.crt')), '000.00.00.G02')).to.equal(undefined)
    })

    it('of a ministry sign for a unit only if entered so', async () => {
      const g02 = readCertificate(example('g02-p256.crt'))
      expect(trust().agencySigning(g02, '000.00.97.G02')).to.equal(undefined)
      await enter([{ code: 'G02.97', name: 'Cục Thí dụ', parent: 'G02', certificates: ['g02-p256.crt'] }])
      expect(trust().agencySigning(g02, '000.00.97.G02')).to.equal('G02.97')
      expect(trust().agencySigning(g02, '000.00.00.G02')).to.equal('G02')
    })

    it('that are entered no more sign no more, and the store remembers them', async () => {
      const unitCertificate = readCertificate(example('g02.97-p256.crt'))
      expect(trust().agencySigning(unitCertificate, 'G02.97')).to.equal('G02.97')
      const material = trust()
      await enter([{ code: 'G02.97', name: 'Cục Thí dụ', parent: 'G02', certificates: ['g02.97-rsa.crt'] }])
      expect(material.agencySigning(unitCertificate, 'G02.97')).to.equal(undefined)
      const row = await store.read.get('SELECT removed_at FROM certificate WHERE fingerprint = ?', [
        unitCertificate.fingerprint,
      ])
      expect(row).to.deep.equal({ removed_at: now.getTime() })
    })

    it('may be written into the entry itself, the leaf first', async () => {
      const chain = `${example('g02.97-rsa.crt')}${example('issuing.crt')}`
      await enter([{ ...unit, code: 'G02.97', certificates: [chain] }])
      expect(directory.find('G02.97')?.certificates.map(({ fingerprint }) => fingerprint)).to.deep.equal([
        readCertificate(example('g02.97-rsa.crt')).fingerprint,
      ])
    })

    it('with Ed25519 keys count only where that was agreed', async () => {
      await enter([{ ...unit, ed25519Agreed: true }])
      const [agreed, other] = [directory.identify('G02.18'), directory.identify('G02')]
      expect([agreed, other].map((code) => code !== undefined && trust().ed25519Agreed(code))).to.deep.equal([
        true,
        false,
      ])
    })
  })

  describe('the axis', () => {
    it('lets a user speak for the agencies entered for it, by default for the one it is named as', async () => {
      expect(directory.speaksFor('G22')).to.deep.equal(['G22'])
      expect(directory.speaksFor('nobody')).to.deep.equal([])
      await enter([
        { ...unit, brokerUser: 'moit' },
        { code: 'G02', name: 'Bộ Công Thương', brokerUser: 'moit' },
      ])
      expect(directory.speaksFor('moit')).to.deep.equal(['G02', 'G02.18'])
      expect(directory.speaksFor('G02')).to.deep.equal([])
    })

    it('knows which agencies are ours', async () => {
      expect(directory.locals()).to.deep.equal([])
      await enter([{ ...unit, local: true }])
      expect(directory.locals()).to.deep.equal(['G02.18'])
    })
  })

  describe('the list', () => {
    const found = (query: string): string[] => directory.list({ query }).map(({ code }) => code)

    it('is in the order of the codes', () => {
      expect(directory.list().map(({ code }) => code)).to.deep.equal(['G02', 'G02.97', 'G12', 'G12.18', 'G22', 'H26'])
    })

    it('is searched by words of a name without regard to diacritics, and by code', () => {
      expect(found('bo cong')).to.deep.equal(['G02'])
      expect(found('Thuế')).to.deep.equal(['G12.18'])
      expect(found('ministry')).to.deep.equal(['G02', 'G12'])
      expect(found('00.18.g12')).to.deep.equal(['G12.18'])
      expect(found('đ')).to.include('G02.97')
    })
  })

  describe('entering', () => {
    it('tells what was added, changed and left, and audits each change', async () => {
      const [g02, g22] = JSON.parse(example('directory.json')) as [object, object]
      const report = await enter([g02, { ...g22, name: 'VPCP' }, unit])
      expect(report).to.deep.equal({ added: ['G02.18'], changed: ['G22'], unchanged: ['G02'] })
      expect(directory.find('G22')?.name).to.equal('VPCP')
      const rows = await store.read.all('SELECT actor, action, subject FROM audit ORDER BY id DESC LIMIT 2')
      expect(rows).to.deep.equal([
        { actor: 'operator:lan', action: 'agency-added', subject: 'G02.18' },
        { actor: 'operator:lan', action: 'agency-changed', subject: 'G22' },
      ])
      await sequenceAudit(store)
      expect((await verifyAudit(store, [])).rows).to.equal(8)
    })

    it('leaves the rest of the directory alone', async () => {
      await enter([unit])
      expect(directory.list()).to.have.length(7)
      expect(directory.identify('000.00.00.H26')).to.equal('H26')
    })

    it('is not seen by a directory in memory before it reloads', async () => {
      const other = await Directory.load(store)
      await enter([unit])
      expect(other.find('G02.18')).to.equal(undefined)
      await other.reload()
      expect(other.find('G02.18')?.name).to.equal('Cục Ví dụ')
    })

    it('is not undone in memory by a look that began before it and ends after it, as they may on PostgreSQL', async () => {
      const goOn = Promise.withResolvers<void>()
      let looks = 0
      const transact: Store['transact'] = async (work, options) => {
        const found = await store.transact(work, options)
        if (++looks === 2) await goOn.promise
        return found
      }
      const other = await Directory.load({ ...storeParts(), transact })
      const early = other.reload()
      await enter([unit])
      await other.reload()
      goOn.resolve()
      await early
      expect(other.find('G02.18')?.name).to.equal('Cục Ví dụ')
    })

    it('refuses two agencies under one form of a code, by name', async () => {
      const message = await invalid([{ ...unit, wireCode: '000.00.00.G22' }])
      expect(message).to.contain('G22 and G02.18 would both be written 000.00.00.G22')
    })

    it('refuses a wire form that is the code of another', async () => {
      expect(await invalid([{ ...unit, wireCode: 'G22' }])).to.contain('would both be written G22')
    })

    it('refuses one certificate for two strangers, by name', async () => {
      const message = await invalid([{ code: 'G06', name: 'Bộ Khoa học và Công nghệ', certificates: ['g22-rsa.crt'] }])
      expect(message).to.contain('would sign for').and.to.contain('G22').and.to.contain('G06')
    })

    it('refuses one certificate for two units without the ministry above them', async () => {
      const message = await invalid([{ ...unit, certificates: ['g02.97-rsa.crt'] }])
      expect(message).to.contain('G02.97').and.to.contain('G02.18')
    })

    it('takes one certificate for a ministry and two of its units', async () => {
      await enter([
        { ...unit, certificates: ['g02-rsa.crt'] },
        { code: 'G02.19', name: 'Cục khác', parent: 'G02', certificates: ['g02-rsa.crt'] },
      ])
    })

    it('refuses an agency that stands twice, or below itself, or below one that is not there', async () => {
      expect(await invalid([unit, unit])).to.contain('G02.18 stands twice')
      expect(await invalid([{ ...unit, parent: 'G77' }])).to.contain('names G77 as its parent')
      expect(await invalid([{ ...unit, successor: 'G77' }])).to.contain('names G77 as its successor')
      const circle = [unit, { code: 'G02', name: 'Bộ Công Thương', parent: 'G02.18' }]
      expect(await invalid(circle)).to.contain('above itself')
    })

    it('keeps nothing when one entry is refused', async () => {
      await invalid([unit, { code: 'G06', name: 'Bộ Khoa học và Công nghệ', wireCode: '000.00.00.G22' }])
      expect(directory.find('G02.18')).to.equal(undefined)
    })
  })

  describe('a file', () => {
    for (const [fault, entry, told] of [
      ['a code that is none', { ...unit, code: 'g02.18' }, 'Entry 2 (g02.18): ✖ write the short form of a code'],
      ['a missing name', { code: 'G02.18' }, 'Entry 2 (G02.18)'],
      ['an unknown field', { ...unit, wirecode: 'x' }, '"wirecode"'],
      ['a date that is none', { ...unit, validFrom: '2026-02-30' }, 'write a date such as 2025-07-01'],
      [
        'an end before the beginning',
        { ...unit, validFrom: '2026-02-02', validTo: '2026-02-01' },
        'it ends before it begins',
      ],
      ['a scheme that is none', { ...unit, signatureScheme: 'sha1' }, 'signatureScheme'],
      [
        'a certificate file that is not there',
        { ...unit, certificates: ['absent.crt'] },
        'Entry 2 (G02.18): the certificate absent.crt',
      ],
      [
        'a certificate that is none',
        { ...unit, certificates: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'] },
        'Entry 2 (G02.18): a certificate cannot be read',
      ],
      ['no object', 'G02', 'Entry 2: '],
    ] as const)
      it(`with ${fault} is refused, naming the entry`, async () => {
        expect(await invalid([{ code: 'G06', name: 'Bộ Khoa học và Công nghệ' }, entry])).to.contain(told)
      })

    it('that is not a list is refused', async () => {
      expect(await invalid({ agencies: [] })).to.contain('a list of agencies')
      expect(() => parseDirectory('[{', example)).to.throw('The directory is not JSON')
    })
  })
})
