import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { EXCHANGE, queueName } from '../../src/broker/index.ts'
import { type AgencyCode, findAgencyCode } from '../../src/message/index.ts'
import { lienthong } from '../support/command-line.ts'
import { TestVhost } from '../support/rabbitmq.ts'

describe('lienthong axis', () => {
  const H26 = findAgencyCode('H26') as AgencyCode
  let folder: string
  let vhost: TestVhost

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'axis-'))
    vhost = await TestVhost.open()
    writeFileSync(join(folder, 'admin.pw'), `${vhost.broker.admin.password}\n`)
  })
  after(async () => {
    await vhost.broker.management.delete('users', 'hanoi-cli')
    await vhost.close()
    rmSync(folder, { recursive: true })
  })

  const axis = (command: string, ...more: string[]) => {
    const { admin } = vhost.broker
    const api = new URL(process.env['LIENTHONG_TEST_RABBITMQ_API'] ?? '').origin
    const known = ['--api', api, '--admin', admin.user, '--admin-password-file', join(folder, 'admin.pw')]
    return lienthong(['axis', command, ...known, '--vhost', vhost.name, '--user', 'hanoi-cli', ...more])
  }
  const agency = ['--agency', 'H26']
  const passwordFile = () => join(folder, 'hanoi.pw')

  it('provisions an agency, writes a new password where only its owner can read it, and finds all well', async () => {
    const missing = await axis('check', ...agency)
    expect(missing.code).to.equal(1)
    expect(missing.out).to.contain('queue axis.H26.express: missing').and.contain('user hanoi-cli: missing')

    const made = await axis('provision', ...agency, '--password-file', passwordFile(), '--max-parts', '1000')
    expect(made.code, made.err).to.equal(0)
    expect(made.out)
      .to.contain(`  + queue ${queueName(H26, 'express')}`)
      .and.contain('  + user hanoi-cli')
    expect(made.err).to.contain(passwordFile())
    expect(statSync(passwordFile()).mode & 0o777).to.equal(0o600)
    const password = readFileSync(passwordFile(), 'utf8').trim()
    expect(password).to.match(/^[\w-]{43}$/)
    expect(`${made.out}${made.err}`).not.to.contain(password)

    expect((await axis('check', ...agency, '--max-parts', '1000')).code).to.equal(0)
  })

  it('changes nothing the second time, and only what differs the third', async () => {
    const again = await axis('provision', ...agency, '--password-file', passwordFile(), '--max-parts', '1000')
    expect([again.code, again.out.trim()]).to.deep.equal([0, 'unchanged 18'])
    await vhost.broker.management.delete('queues', vhost.name, queueName(H26, 'status'))
    const bounded = await axis('check', ...agency)
    expect(bounded.out).to.contain(`operator policy ${EXCHANGE}: definition is`).and.contain('axis.H26.status: missing')
    const repaired = await axis('provision', ...agency, '--max-parts', '1000')
    expect(repaired.out.split('\n').slice(0, 2)).to.deep.equal([
      '  + queue axis.H26.status',
      '  + binding *.H26.status → axis.H26.status',
    ])
  })

  // threat: leaked-secret
  it('ends with 2 and a sentence when it could not ask, and shows no password', async () => {
    const admin = vhost.broker.admin.password
    writeFileSync(join(folder, 'wrong.pw'), 'not-the-password')
    const none = ['--user', 'hanoi-cli', '--vhost', vhost.name, '--admin', 'admin']
    const attempts = await Promise.all([
      axis('check'),
      axis('check', '--agency', 'nonsense'),
      axis('check', ...agency, '--max-mib', '-1'),
      axis('check', ...agency, '--admin-password-file', join(folder, 'wrong.pw')),
      axis('check', ...agency, '--admin-password-file', join(folder, 'nothing.pw')),
      lienthong([
        'axis',
        'check',
        ...none,
        '--admin-password-file',
        join(folder, 'admin.pw'),
        '--api',
        'http://127.0.0.1:1',
        ...agency,
      ]),
      lienthong(['axis', 'check', ...none, '--admin-password-file', join(folder, 'admin.pw'), '--api', 'x', ...agency]),
    ])
    for (const { code, err } of attempts) {
      expect(code, err).to.equal(2)
      expect(err).to.match(/^lienthong: \[(request-invalid|broker-unavailable)\] .+\n {2}→ .+\n$/)
      expect(err).not.to.contain(admin).and.not.contain('not-the-password')
    }
  })
})
