import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { codeOf, messageOf, type Secret } from '../../src/base/index.ts'
import { settings, variableFor } from '../../src/config/index.ts'
import { describeConfig, loadConfig, makeConfig, preferredLanguage, storePlaceOf } from '../../src/config.ts'

const certs = join(import.meta.dirname, '../../certs-example')
const key = { privateKeyFile: `${certs}/g02-rsa.key`, certificateFile: `${certs}/g02-rsa.crt` }

/** The least that a gateway needs. */
const least = () => ({
  store: { file: 'lienthong.db' },
  agencies: [{ code: 'G02', keys: [key] }],
  trust: { anchorsFiles: [`${certs}/root.crt`] },
  allowToyTrust: true,
})

/** The lines of what is wrong. */
function complaints(written: unknown, environment: Record<string, string> = {}): string[] {
  try {
    makeConfig(written, {}, environment)
  } catch (error) {
    expect(codeOf(error)).to.equal('config-invalid')
    return messageOf(error)
      .split('\n')
      .slice(1)
      .map((line) => line.replace('  - ', ''))
  }
  return []
}

describe('the configuration', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('needs a store, an agency with a key, and trust; the rest has defaults', () => {
    const config = makeConfig(least())
    expect(config.http).to.deep.equal({ host: '127.0.0.1', port: 8080, requestsPerSecond: 500 })
    expect(config.delivery.receiptWaitSeconds).to.equal(120)
    expect(complaints({}).map((line) => line.split(' is missing')[0])).to.deep.equal(['store', 'agencies', 'trust'])
  })

  it('is frozen to its leaves', () => {
    const config = makeConfig(least())
    expect(() => Object.assign(config.http, { port: 1 })).to.throw(TypeError)
    expect(() => Object.assign(config.agencies[0]?.keys[0] ?? {}, { scheme: 'pss' })).to.throw(TypeError)
  })

  it('names everything that is wrong at once, each with its value, its source and what to write', () => {
    const file = join(folder, 'c.json')
    const wrong = { ...least(), http: { port: 'abc', prot: 1 }, agencies: [{ code: 'g02', keys: [] }] }
    writeFileSync(file, JSON.stringify(wrong))
    const attempt = () => loadConfig({ file, environment: { LIENTHONG_LOG_LEVEL: 'loud' } })
    expect(attempt).to.throw('5 setting(s) cannot be used')
    expect(attempt).to.throw(`http.port is "abc" (file ${file}): write a number from 0 to 65535`)
    expect(attempt).to.throw('http.prot is not a setting: known here are host, port, behindProxy')
    expect(attempt).to.throw(`agencies[0].code is "g02" (file ${file}): write the short form`)
    expect(attempt).to.throw('agencies[0].keys is []')
    expect(attempt).to.throw('log.level is "loud" (environment LIENTHONG_LOG_LEVEL): write "error"')
  })

  it('takes single keys from the environment over the file, and tells where each value came from', () => {
    const file = join(folder, 'c.json')
    writeFileSync(file, JSON.stringify({ ...least(), http: { port: 8081 }, log: { level: 'warn' } }))
    const environment = { LIENTHONG_CONFIG: file, LIENTHONG_HTTP_PORT: '0', LIENTHONG_ALLOW_TOY_TRUST: 'true' }
    const config = loadConfig({ environment })
    expect(config.http.port).to.equal(0)
    const sources = Object.fromEntries(describeConfig(config).map((one) => [one.key, one.source]))
    expect(sources['http.port']).to.equal('environment LIENTHONG_HTTP_PORT')
    expect(sources['log.level']).to.equal(`file ${file}`)
    expect(sources['http.host']).to.equal('default')
    expect(sources['agencies[0].keys[0].privateKeyFile']).to.equal(`file ${file}`)
  })

  it('can come from the environment alone', () => {
    const config = loadConfig({
      environment: {
        LIENTHONG_STORE_FILE: join(folder, 'a.db'),
        LIENTHONG_AGENCIES: JSON.stringify(least().agencies),
        LIENTHONG_TRUST_ANCHORS_FILES: `${certs}/root.crt, ${certs}/issuing.crt`,
        LIENTHONG_ALLOW_TOY_TRUST: 'true',
      },
    })
    expect(config.trust.anchorsFiles).to.deep.equal([`${certs}/root.crt`, `${certs}/issuing.crt`])
  })

  it('refuses a variable that names no setting, so that a misspelt one is not silently ignored', () => {
    expect(complaints(least(), { LIENTHONG_HTTP_PROT: '1' })[0]).to.contain('LIENTHONG_HTTP_PROT names no setting')
  })

  it('minds no variable of the tests, such as those that scripts/services prints', () => {
    makeConfig(least(), {}, { LIENTHONG_TEST_AMQP_URL: 'amqp://127.0.0.1' })
  })

  it('sees the paths of a file from the folder of the file', () => {
    const file = join(folder, 'c.json')
    writeFileSync(file, JSON.stringify(least()))
    expect(loadConfig({ file, environment: {} }).store).to.deep.equal({ file: join(folder, 'lienthong.db') })
  })

  it('takes a database in place of a file, and reads its password anew at each connection', () => {
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, 'first\n')
    const config = makeConfig({ ...least(), store: { url: 'postgres://lienthong@127.0.0.1/lienthong', passwordFile } })
    const place = storePlaceOf(config)
    const password = (): Secret | undefined => ('password' in place ? place.password?.() : undefined)
    expect(password()?.reveal()).to.equal('first')
    writeFileSync(passwordFile, 'second\n')
    expect(password()?.reveal()).to.equal('second')
    expect(inspect([place, password()], { depth: 9, showHidden: true })).not.to.contain('second')
    expect(
      describeConfig(config)
        .map(({ value }) => value)
        .join(),
    ).not.to.contain('first')
  })

  it('wants either a file or a database, and knows the address of one', () => {
    const both = { file: 'a.db', url: 'postgres://a@127.0.0.1/b' }
    for (const store of [{}, both, { file: 'a.db', passwordFile: `${certs}/README.md` }])
      expect(complaints({ ...least(), store })[0]).to.contain('for SQLite, or { "url"')
    expect(complaints({ ...least(), store: { url: 'mysql://a/b' } })[0]).to.contain('store.url is "mysql://a/b"')
  })

  it('neither keeps nor shows a password in the address of the database', () => {
    const [line] = complaints({ ...least(), store: { url: 'postgres://a:hunter2@127.0.0.1/b' } })
    expect(line).to.contain('store.passwordFile').and.not.contain('hunter2')
    const wrong = complaints({ ...least(), store: { url: 'http://a:hunter2@127.0.0.1/b' } })
    expect(wrong.join()).to.contain('store.url').and.not.contain('hunter2')
  })

  it('asks how the way to a database on another machine is encrypted', () => {
    const line = (url: string): string | undefined => complaints({ ...least(), store: { url } })[0]
    expect(line('postgres://a@db.example.vn/b')).to.contain('sslmode=verify-full')
    for (const url of [
      'postgres://a@db.example.vn/b?sslmode=verify-full',
      'postgres://a@[::1]/b',
      'postgres:///b?host=/run/postgresql&user=a',
    ])
      expect(line(url)).to.equal(undefined)
  })

  describe('for RabbitMQ', () => {
    const passwordFile = `${certs}/README.md`
    const rabbitmq = { kind: 'rabbitmq', urls: ['amqp://127.0.0.1:5672'], passwordFile }
    const tls = { caFile: `${certs}/root.crt`, certFile: key.certificateFile, keyFile: key.privateKeyFile }
    const wrong = (axis: Record<string, unknown>): string => complaints({ ...least(), axis }).join()

    it('takes addresses, a password file and what else there may be; the embedded axis is the default', () => {
      expect(makeConfig(least()).axis).to.deep.equal({ kind: 'embedded' })
      expect(makeConfig({ ...least(), axis: rabbitmq }).axis).to.deep.equal(rabbitmq)
      const full = {
        ...rabbitmq,
        urls: ['amqps://a.example.vn', 'amqps://b.example.vn:5671'],
        vhost: 'axis',
        user: 'bct',
        tls,
      }
      expect(makeConfig({ ...least(), axis: full }).axis).to.deep.equal(full)
      const environment = { LIENTHONG_AXIS_URLS: 'amqp://127.0.0.1,amqp://[::1]:5673' }
      expect(makeConfig({ ...least(), axis: rabbitmq }, {}, environment).axis).to.include({ kind: 'rabbitmq' })
    })

    it('says what is missing, and what does not belong to the embedded axis', () => {
      expect(wrong({ kind: 'rabbitmq' }))
        .to.contain('axis.urls is missing')
        .and.contain('axis.passwordFile is missing')
      expect(wrong({ urls: rabbitmq.urls })).to.contain('axis.kind is missing: write "embedded", or "rabbitmq"')
      expect(wrong({ kind: 'kafka' })).to.contain('axis.kind is "kafka"')
      expect(wrong({ ...rabbitmq, passwordFile: '/nowhere/pw' })).to.contain('axis.passwordFile names /nowhere/pw')
      expect(wrong({ ...rabbitmq, tls: { caFile: tls.caFile, certFile: tls.certFile } })).to.contain(
        'a certificate or a key alone',
      )
      expect(wrong({ ...rabbitmq, urls: ['amqps://127.0.0.1'] })).to.contain('axis.tls is missing')
    })

    it('neither takes nor shows a password in an address', () => {
      const line = wrong({ ...rabbitmq, urls: ['amqp://bct:hunter2@127.0.0.1'] })
      expect(line).to.contain('axis.urls[0]').and.not.contain('hunter2')
    })

    it('goes to another machine only with certificates on both sides, or into a network that somebody vouches for', () => {
      const urls = ['amqps://127.0.0.1', 'amqps://broker.example.vn']
      expect(wrong({ ...rabbitmq, urls: ['amqp://broker.example.vn'] })).to.contain('another machine')
      expect(wrong({ ...rabbitmq, urls, tls: { caFile: tls.caFile } })).to.contain('another machine')
      makeConfig({ ...least(), axis: { ...rabbitmq, urls, tls } })
      const closedNetwork = 'a network of containers that nobody else is in'
      makeConfig({ ...least(), axis: { ...rabbitmq, urls: ['amqp://rabbitmq:5672'], closedNetwork } })
    })
  })

  it('opens no door beyond loopback without HTTPS or a sentence about the proxy', () => {
    const open = { ...least(), http: { host: '0.0.0.0' } }
    expect(complaints(open)[0]).to.contain('http.host is "0.0.0.0", which other machines can reach, without HTTPS')
    expect(
      complaints({ ...least(), http: { host: '0.0.0.0', behindProxy: 'nginx on this host ends TLS' } }),
    ).to.deep.equal([])
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
      expect(complaints({ ...least(), http: { host } })).to.deep.equal([])
  })

  // threat: toy-trust
  it('refuses the toy root, whose private key is public, unless toys are allowed', () => {
    const [line] = complaints({ ...least(), allowToyTrust: false })
    expect(line).to.contain('toy certificate')
    expect(line).to.contain('anybody could sign for any agency')
  })

  it('names each file that cannot be read, and each that holds no certificate', () => {
    const missing = { ...least(), agencies: [{ code: 'G02', keys: [{ ...key, privateKeyFile: '/nowhere/g02.key' }] }] }
    expect(complaints(missing)[0]).to.contain('agencies[0].keys[0].privateKeyFile names /nowhere/g02.key')
    expect(complaints({ ...least(), trust: { anchorsFiles: [`${certs}/README.md`] } })[0]).to.contain(
      'trust.anchorsFiles[0]',
    )
  })

  it('wants at least one root, in whichever of its sets', () => {
    expect(complaints({ ...least(), trust: {} })[0]).to.contain('trust.anchorsFiles names no root certificate')
    for (const set of ['anchorsFiles', 'congVuFiles', 'congCongFiles'])
      expect(complaints({ ...least(), trust: { [set]: [`${certs}/trust.pem`] } }), set).to.deep.equal([])
    expect(complaints({ ...least(), trust: { congVuFiles: [`${certs}/nowhere.pem`] } })[0]).to.contain(
      'trust.congVuFiles[0]',
    )
  })

  it('refuses an agency that is written twice', () => {
    const twice = { ...least(), agencies: [...least().agencies, ...least().agencies] }
    expect(complaints(twice)[0]).to.contain('agencies names "G02" twice')
  })

  it('never shows a key that was pasted in place of its path, nor quotes a file that is not JSON', () => {
    const pem = readFileSync(key.privateKeyFile, 'utf8')
    const secret = pem.split('\n')[3] ?? ''
    const pasted = { ...least(), agencies: [{ code: 'G02', keys: [{ ...key, privateKeyFile: pem }] }] }
    expect(complaints(pasted).join()).to.contain('PEM text (not shown)').and.not.contain(secret)
    const file = join(folder, 'c.json')
    writeFileSync(file, `{ "agencies": ${pem}`)
    try {
      loadConfig({ file, environment: {} })
      expect.fail('it was taken')
    } catch (error) {
      expect(messageOf(error)).to.contain('is not JSON').and.not.contain(pem.slice(0, 20))
    }
  })

  it('stands in the README, every setting with its variable', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'))
    for (const [name, { about }] of Object.entries(settings)) {
      const row = rows.find((line) => line.startsWith(`| \`${name}\` |`))
      expect(row, name).to.contain(about)
      if (!name.includes('[]')) expect(row, name).to.contain(`\`${variableFor(name)}\``)
    }
  })

  it('speaks Vietnamese where the locale does', () => {
    expect(preferredLanguage({ LANG: 'vi_VN.UTF-8' })).to.equal('vi')
    expect(preferredLanguage({ LANG: 'vi_VN.UTF-8', LC_ALL: 'C.UTF-8' })).to.equal('en')
    expect(preferredLanguage({})).to.equal('en')
  })
})
