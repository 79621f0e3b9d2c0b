import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { lienthong } from '../support/command-line.ts'
import { ServeProcess } from '../support/serve-process.ts'

const repository = join(import.meta.dirname, '../..')

describe('lienthong serve', () => {
  let folder: string
  let config: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'serve-'))
    config = join(folder, 'lienthong.json')
    const key = { privateKeyFile: toy('g02-p256.key'), certificateFile: toy('g02-p256.crt') }
    const written = {
      http: { port: 0 },
      store: { file: 'lienthong.db' },
      agencies: [{ code: 'G02', keys: [key] }],
      trust: { anchorsFiles: [toy('root.crt')], intermediatesFile: toy('issuing.crt') },
      directoryFile: toy('directory.json'),
      allowToyTrust: true,
    }
    writeFileSync(config, JSON.stringify(written))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('serves until SIGTERM, lets in a client that was created meanwhile, and ends in order with 0', async () => {
    const gateway = new ServeProcess(config)
    const url = (await gateway.heard('gateway started')).url ?? ''
    expect((await fetch(`${url}/healthz`)).status).to.equal(200)
    const { out: apiKey } = await lienthong([
      'client',
      'create',
      '--name',
      'iMOIT',
      '--agency',
      'G02',
      '--config',
      config,
    ])
    const headers = { authorization: `Bearer ${apiKey.trim()}` }
    expect((await fetch(`${url}/v1/agencies`, { headers })).status).to.equal(200)
    gateway.process.kill('SIGTERM')
    expect((await gateway.heard('gateway stopping')).signal).to.equal('SIGTERM')
    await gateway.heard('gateway stopped')
    expect(await gateway.exitCode).to.equal(0)
  })

  it('says in one sentence that its port is taken, and ends with 2', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const { code, err } = await lienthong(['serve', '--config', config], { env: { LIENTHONG_HTTP_PORT: String(port) } })
    taken.close()
    expect(code).to.equal(2)
    expect(err)
      .to.match(new RegExp(`^lienthong: \\[config-invalid\\] .*${port}`))
      .and.not.match(/^\s+at /m)
  })

  it('does not start with an agency that its directory does not know', async () => {
    const unknown = [
      { code: 'G77', keys: [{ privateKeyFile: toy('g02-p256.key'), certificateFile: toy('g02-p256.crt') }] },
    ]
    const { code, err } = await lienthong(['serve', '--config', config], {
      env: { LIENTHONG_AGENCIES: JSON.stringify(unknown) },
    })
    expect(code).to.equal(2)
    expect(err).to.contain('[agency-unknown]').and.to.contain('G77')
  })
})

function toy(name: string): string {
  return join(repository, 'certs-example', name)
}
