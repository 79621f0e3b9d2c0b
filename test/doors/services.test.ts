import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { required } from '../support/rabbitmq.ts'

const script = join(import.meta.dirname, '../../scripts/services')

describe('scripts/services', () => {
  const nowhere = '/tmp/lienthong-services-that-are-not-there'

  it('prints what to export, and names where each runs', async () => {
    const { out } = await services(['env'], {})
    for (const variable of ['AMQP_URL', 'RABBITMQ_API', 'AMQPS_URL', 'AMQPS_CA', 'POSTGRES_URL'])
      expect(out).to.match(new RegExp(`^export LIENTHONG_TEST_${variable}='[^']+'$`, 'm'))
    expect((await services(['status'], {})).out).to.match(
      /^rabbitmq: runs as process \d+ in \S+\npostgresql: runs as process/,
    )
  })

  it('starts nothing twice, and leaves alone what the environment names', async () => {
    expect((await services(['start'], {})).err).to.equal(
      'services: rabbitmq: runs already.\nservices: postgresql: runs already.\n',
    )
    const named = { LIENTHONG_TEST_AMQP_URL: 'amqp://127.0.0.1', LIENTHONG_TEST_RABBITMQ_API: 'http://127.0.0.1' }
    const { code, err } = await services(['--dir', nowhere, 'start', 'rabbitmq'], named)
    expect([code, err]).to.deep.equal([0, 'services: rabbitmq: the environment names one already, which is used.\n'])
    expect((await services(['--dir', nowhere, 'stop'], named)).code).to.equal(0)
    expect((await services(['status'], {})).out, 'that stop was for another directory').to.contain('rabbitmq: runs')
  })

  it('says in a sentence what it cannot do', async () => {
    const half = { LIENTHONG_TEST_AMQP_URL: 'amqp://127.0.0.1' }
    const attempts = await Promise.all([
      services(['start', 'kafka'], {}),
      services(['--dir', nowhere, 'restart', 'rabbitmq'], {}),
      services(['restart'], {}),
      services(['start', 'rabbitmq'], half),
      services(['--dir'], {}),
    ])
    for (const { code, err } of attempts) {
      expect(code).to.equal(1)
      expect(err).to.match(/^services: .{20,}\.\n$/)
    }
    expect((await services([], {})).code).to.equal(2)
    await services(['--dir', nowhere, 'stop'], {})
  })
})

/** Runs the script for the directory of this run, with no service named but those given. */
function services(args: string[], env: Record<string, string>): Promise<{ code: number; out: string; err: string }> {
  const own = { PATH: process.env['PATH'] ?? '', LIENTHONG_TEST_SERVICES_DIR: required('LIENTHONG_TEST_SERVICES_DIR') }
  return new Promise((resolve) => {
    execFile(script, args, { env: { ...own, ...env } }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}
