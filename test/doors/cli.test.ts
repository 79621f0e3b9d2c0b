import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import packageJson from '../../package.json' with { type: 'json' }
import { silentLog, systemClock } from '../../src/base/index.ts'
import { openStore, type Store, sequenceAudit } from '../../src/store/index.ts'
import { lienthong } from '../support/command-line.ts'

const certs = join(import.meta.dirname, '../../certs-example')
const toy = (name: string): string => join(certs, name)

describe('the command line', () => {
  let folder: string
  let store: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cli-'))
    store = join(folder, 'lienthong.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const onStore = (...args: string[]) => lienthong([...args, '--store', store])

  it('teaches: every command has help with its exit codes', async () => {
    const commands = [
      ['serve'],
      ['demo'],
      ['verify'],
      ['migrate'],
      ['agency', 'add'],
      ['agency', 'import'],
      ['client', 'create'],
      ['client', 'revoke'],
      ['key', 'make'],
      ['key', 'inspect'],
      ['audit', 'verify'],
      ['axis', 'provision'],
      ['axis', 'check'],
      ['delivery', 'resend'],
      ['quarantine', 'redrive'],
      ['partner', 'pause'],
    ]
    const helps = await Promise.all(commands.map((command) => lienthong([...command, '--help'])))
    for (const [i, { code, out }] of helps.entries()) {
      expect(code, commands[i]?.join(' ')).to.equal(0)
      expect(out, commands[i]?.join(' ')).to.contain('Exit codes: 0')
    }
    const { code, out } = await lienthong(['--help'])
    expect(code).to.equal(0)
    for (const [name = ''] of commands) expect(out).to.contain(`  ${name}`)
  })

  it('says which version it is', async () => {
    expect(await lienthong(['--version'])).to.deep.equal({ code: 0, out: `${packageJson.version}\n`, err: '' })
  })

  it('says what is wrong in one line and what to do in another, without a stack, and ends with 2 when it could not run', async () => {
    const wrong = await Promise.all([
      lienthong([]),
      lienthong(['nonsense']),
      lienthong(['verify', '--bogus']),
      lienthong(['key']),
      lienthong(['serve']),
      lienthong(['serve', '--config', join(folder, 'nothing.json')]),
      lienthong(['migrate', '--store', join(folder, 'nowhere', 'x.db')]),
      lienthong(['agency', 'import', join(folder, 'nothing.json'), '--store', store]),
    ])
    for (const { code, err } of wrong) {
      expect(code).to.equal(2)
      expect(err).to.match(/lienthong: \[[a-z-]+\] .+\n(.+\n)* {2}→ .+\n$/)
      expect(err).not.to.match(/^\s+at /m)
    }
  })

  it('speaks Vietnamese when asked, and where the locale does', async () => {
    const asked = await lienthong(['--lang', 'vi', 'migrate', '--store', store])
    expect(asked.out).to.contain('Kho dữ liệu ở phiên bản')
    const byLocale = await lienthong(['verify', join(folder, 'nothing')], { env: { LANG: 'vi_VN.UTF-8' } })
    expect(byLocale.err).to.contain('Xem lienthong --help')
  })

  it('checks a configuration without starting, and shows where each value comes from', async () => {
    const config = join(folder, 'lienthong.json')
    const key = { privateKeyFile: toy('g02-p256.key'), certificateFile: toy('g02-p256.crt') }
    const written = {
      store: { file: store },
      agencies: [{ code: 'G02', keys: [key] }],
      trust: { anchorsFiles: [toy('root.crt')] },
    }
    writeFileSync(config, JSON.stringify(written))
    const refused = await lienthong(['serve', '--check', '--config', config])
    expect(refused.code).to.equal(2)
    expect(refused.err).to.contain('toy certificate')
    const taken = await lienthong(['serve', '--check'], {
      env: { LIENTHONG_CONFIG: config, LIENTHONG_ALLOW_TOY_TRUST: 'true' },
    })
    expect(taken.code).to.equal(0)
    expect(taken.out).to.match(/^allowToyTrust +true +environment LIENTHONG_ALLOW_TOY_TRUST$/m)
    expect(taken.out).to.match(/^http\.port +8080 +default$/m)
  })

  it('makes a store and says its version; doing it again changes nothing', async () => {
    const first = await onStore('migrate')
    const second = await onStore('migrate')
    expect(first).to.deep.equal(second)
    expect(first.out).to.match(/version \d+/)
    expect(statSync(store).mode & 0o077, 'nobody else reads the store').to.equal(0)
  })

  it('keeps the directory: imports it, adds to it, finds names without diacritics', async () => {
    expect((await onStore('agency', 'import', toy('directory.json'))).out).to.contain('added 6, changed 0')
    expect((await onStore('agency', 'import', toy('directory.json'))).out).to.contain('added 0, changed 0, unchanged 6')
    const added = await onStore(
      'agency',
      'add',
      'G99',
      '--name',
      'Cơ quan thí dụ',
      '--certificate',
      toy('stranger-g02.crt'),
    )
    expect(added.code).to.equal(0)
    const again = await onStore('agency', 'add', 'G99', '--name', 'Cơ quan khác')
    expect(again.code).to.equal(2)
    const found = await onStore('agency', 'list', 'thi du', '--json')
    const agencies = JSON.parse(found.out) as { code: string; wireCode: string; name: string }[]
    expect(agencies.map(({ code, wireCode }) => [code, wireCode])).to.deep.include(['G99', '000.00.00.G99'])
    expect((await onStore('agency', 'list')).out.trim().split('\n')).to.have.length(8)
  })

  it('creates API keys bound to agencies, tells each once, and ends them', async () => {
    await onStore('agency', 'import', toy('directory.json'))
    const created = await onStore('client', 'create', '--name', 'iMOIT', '--agency', 'G02', '--agency', 'G02.97')
    expect(created.code).to.equal(0)
    const id = /^lt_([a-z0-9]{26})_/.exec(created.out)?.[1] ?? ''
    const listed = await onStore('client', 'list')
    expect(listed.out).to.contain(id).and.to.contain('G02 G02.97')
    expect(listed.out).not.to.contain(created.out.trim())
    expect((await onStore('client', 'revoke', id)).code).to.equal(0)
    expect((await onStore('client', 'revoke', id)).code, 'there is nothing left to revoke').to.equal(1)
    expect((await onStore('client', 'create', '--name', 'x', '--agency', 'G77')).err).to.contain('agency-unknown')
    expect((await onStore('client', 'create', '--name', 'x', '--agency', 'g02')).code).to.equal(2)
  })

  it('makes keys of every kind with a request for their certificate, and never writes over one', async () => {
    const kinds = { p256: 'EC P-256', p384: 'EC P-384', rsa2048: 'RSA 2048', rsa3072: 'RSA 3072', ed25519: 'Ed25519' }
    const make = (kind: string) => {
      const out = join(folder, kind)
      return lienthong(['key', 'make', '--agency', 'G02', '--name', 'Bộ Công Thương', '--out', out, '--kind', kind])
    }
    await Promise.all(
      Object.entries(kinds).map(async ([kind, description]) => {
        expect((await make(kind)).code).to.equal(0)
        const inspected = await lienthong(['key', 'inspect', '--json', join(folder, `${kind}.key`)])
        const { contents } = JSON.parse(inspected.out) as { contents: unknown }
        expect(contents).to.deep.equal([{ kind: 'private key', key: description }])
        expect(statSync(join(folder, `${kind}.key`)).mode & 0o077, 'nobody else reads the key').to.equal(0)
        expect(readFileSync(join(folder, `${kind}.csr`), 'utf8')).to.contain('BEGIN CERTIFICATE REQUEST')
      }),
    )
    const made = readFileSync(join(folder, 'p256.key'), 'utf8')
    const again = await make('p256')
    expect(again.code).to.equal(2)
    expect(again.err).to.contain('it is there already')
    expect(readFileSync(join(folder, 'p256.key'), 'utf8')).to.equal(made)
  })

  it('inspects certificates, and ends with 1 when one cannot be signed with now', async () => {
    const [good, expired, weak, none] = await Promise.all(
      ['g22-rsa.crt', 'g02-expired.crt', 'weak-rsa1024.key', 'README.md'].map((name) =>
        lienthong(['key', 'inspect', toy(name)]),
      ),
    )
    expect(good).to.include({ code: 0 })
    expect(good?.out).to.contain('organizationIdentifier=G22')
    expect(expired).to.include({ code: 1 })
    expect(expired?.out).to.contain('it has expired')
    expect(weak).to.include({ code: 1 })
    expect(weak?.out).to.contain('[key-too-short]')
    expect(none).to.include({ code: 2 })
  })

  it('proves the audit chain, and shows where a row was changed', async () => {
    await onStore('agency', 'import', toy('directory.json'))
    await onStoreItself(async (opened) => expect(await sequenceAudit(opened)).to.equal(6))
    const whole = await onStore('audit', 'verify', '--json')
    expect(whole.code).to.equal(0)
    expect(JSON.parse(whole.out)).to.include({ rows: 6, heads: 0, signedUpTo: 0 })
    // the configuration says whose signatures count, also where the store is named apart
    const unread = await onStore('audit', 'verify', '--config', `${store}.none`)
    expect(unread).to.include({ code: 2 })
    expect(unread.err).to.contain('[config-invalid]')
    await onStoreItself((opened) => opened.transact((tx) => tx.run(`UPDATE audit SET actor = 'nobody' WHERE seq = 3`)))
    const broken = await onStore('audit', 'verify')
    expect(broken.code).to.equal(1)
    expect(broken.err).to.contain('[audit-broken] Row 3 was changed')
  })

  async function onStoreItself(work: (opened: Store) => Promise<unknown>): Promise<void> {
    const opened = await openStore({ file: store, clock: systemClock, log: silentLog })
    await work(opened)
    await opened.close()
  }
})
