import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { AgencyCode } from '../../src/message/index.ts'
import { lienthong } from '../support/command-line.ts'
import { openWorld, until } from '../support/gateways.ts'
import { TestVhost } from '../support/rabbitmq.ts'

const certs = join(import.meta.dirname, '../../certs-example')
const toy = (name: string): string => join(certs, name)

describe('lienthong directory', function () {
  this.timeout(180_000) // each command is a process of its own
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'directory-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const entries = (...more: object[]): string => {
    const file = join(folder, `entries-${more.length}.json`)
    const ministry = { code: 'G02', name: 'Bộ Công Thương', certificates: [toy('g02-p256.crt')], local: true }
    const office = { code: 'G22', name: 'Văn phòng Chính phủ', certificates: [toy('g22-p256.crt')] }
    writeFileSync(file, JSON.stringify([ministry, office, ...more]))
    return file
  }
  const key = ['--private-key', toy('h26-p256.key'), '--certificate', toy('h26-p256.crt'), '--axis', 'trial']

  it('shows what a signed directory would change, changes just that, and refuses an older one', async () => {
    const [one, two] = [join(folder, 'one.json'), join(folder, 'two.json')]
    const both = readFileSync(toy('g12-p256.key'), 'utf8') + readFileSync(toy('g12-p256.crt'), 'utf8')
    const [beside, inside] = [{ code: 'G12', name: 'Bộ Tài chính' }, join(folder, 'key-and-certificate.pem')]
    writeFileSync(inside, both)
    const more = { ...beside, certificates: [inside, both] }
    for (const [version, list, out] of [
      ['1', entries(), one],
      ['2', entries(more), two],
    ] as const) {
      const made = await lienthong(['directory', 'publish', list, ...key, '--directory-version', version, '--out', out])
      expect(made.code, made.err).to.equal(0)
    }
    expect(readFileSync(one, 'utf8')).not.to.contain(toy(''))
    const { payload } = JSON.parse(readFileSync(two, 'utf8')) as { payload: string }
    expect(Buffer.from(payload, 'base64url').toString()).to.contain('BEGIN CERTIFICATE').and.not.to.contain('PRIVATE')
    const at = ['--store', join(folder, 'store.db'), '--operator-certificate', toy('h26-p256.crt'), '--axis', 'trial']
    expect((await lienthong(['directory', 'apply', one, ...at])).out).to.contain('added 2')
    const shown = await lienthong(['directory', 'diff', two, ...at])
    expect([shown.code, shown.out]).to.deep.equal([1, shown.out])
    expect(shown.out).to.contain('Version 2 of trial: 1 changes').and.to.contain('+ G12  Bộ Tài chính')
    expect((await lienthong(['directory', 'apply', two, ...at])).code).to.equal(0)
    const older = await lienthong(['directory', 'apply', one, ...at])
    expect([older.code, older.err.includes('[directory-older]')]).to.deep.equal([1, true])
    const out = join(folder, 'fetched.json')
    expect((await lienthong(['directory', 'fetch', '--store', join(folder, 'store.db'), '--out', out])).out).to.contain(
      'in force',
    )
    expect(readFileSync(out, 'utf8')).to.equal(readFileSync(two, 'utf8'))
  })

  it('publishes over RabbitMQ: a running gateway follows, and an agency that is not there is named', async () => {
    const vhost = await TestVhost.open()
    await vhost.provision('AXIS', ['AXIS' as AgencyCode])
    await vhost.provision('G02', ['G02' as AgencyCode])
    const { host, port } = vhost.broker
    const url = `amqp://${host}:${port}`
    const world = openWorld({
      broker: ([code = ''], inside) => {
        const passwordFile = join(inside, `${code}.password`)
        writeFileSync(passwordFile, vhost.passwordOf(code))
        return { kind: 'rabbitmq', urls: [url], vhost: vhost.name, passwordFile }
      },
      settings: () => ({ directory: { axis: 'trial', operatorFiles: [toy('h26-p256.crt')], user: 'AXIS' } }),
    })
    try {
      const { gateway } = await world.start('G02')
      const brokerPasswordFile = join(folder, 'axis.password')
      writeFileSync(brokerPasswordFile, vhost.passwordOf('AXIS'))
      const sending = [
        '--url',
        url,
        '--vhost',
        vhost.name,
        '--from',
        'AXIS',
        '--broker-password-file',
        brokerPasswordFile,
      ]
      const sent = await lienthong(['directory', 'publish', entries(), ...key, '--directory-version', '1', ...sending])
      expect(sent.out, sent.err).to.contain('✔ G02').and.to.contain('✘ G22')
      expect(sent.code).to.equal(1)
      await until('the directory in force', async () => gateway.directory.find('G02')?.origin === 'signed', 60_000)
    } finally {
      await world.close()
      await vhost.close()
    }
  })
})
