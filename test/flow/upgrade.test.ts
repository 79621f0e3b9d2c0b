import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type AgencyCode, findAgencyCode } from '../../src/message/index.ts'
import { lienthong } from '../support/command-line.ts'
import { databaseSettings, until } from '../support/gateways.ts'
import { numbered, sha256, textFile } from '../support/letters.ts'
import { type PostgresPlace, postgresPlace } from '../support/postgres.ts'
import { TestVhost } from '../support/rabbitmq.ts'
import { RestClient } from '../support/rest-client.ts'
import { LIENTHONG, ServeProcess } from '../support/serve-process.ts'

const repository = join(import.meta.dirname, '../..')
const toy = (name: string): string => join(repository, 'certs-example', name)
const [G02, G22] = ['G02', 'G22'].map((code) => findAgencyCode(code)) as [AgencyCode, AgencyCode]
const WAIT_MS = 60_000

/** The gateway that 0.1.0 was beside the gateway of now: the same processes, brokers and databases as in operation. */
describe('an upgrade without a stop', function () {
  this.timeout(400_000)
  let folder: string
  let vhost: TestVhost
  let places: Record<'G02' | 'G22', PostgresPlace>
  let earlier: string
  const running = new Set<ServeProcess>()

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'upgrade-'))
    execFileSync('tar', ['-xzf', join(repository, 'test/fixtures/gateway-0.1.0.tar.gz'), '-C', folder])
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
    earlier = join(folder, 'src/lienthong.js')
    vhost = await TestVhost.open()
    await vhost.provision('G02', [G02])
    await vhost.provision('G22', [G22])
    places = { G02: await postgresPlace(), G22: await postgresPlace() }
  })
  after(async () => {
    await Promise.all([...running].map((gateway) => gateway.stop()))
    await Promise.all(Object.values(places).map((place) => place.drop()))
    await vhost.close()
    rmSync(folder, { recursive: true })
  })

  it('goes on letter by letter while gateways of both versions work on one database, on both sides', async () => {
    const old = [await start('G02', earlier), await start('G02', earlier), await start('G22', earlier)] as const
    const ministry = await client('G02', earlier)
    const office = await client('G22', earlier)
    const got = new Map<string, string>()
    const sent = new Map<string, string>()
    let written = 0
    /** Each of these gateways takes some letters. */
    const submit = async (...gateways: ServeProcess[]): Promise<void> => {
      for (const gateway of gateways)
        for (let n = 0; n < 10; n++) {
          const file = textFile(`Văn bản số ${++written}`)
          const { status, body } = await ministry(gateway).submit(numbered(written), [file])
          expect(status, JSON.stringify(body)).to.equal(202)
          sent.set(body.documentId, sha256(file.bytes))
        }
    }
    /** Takes what is there by way of this gateway, until everything that was sent was taken. */
    const fetchAll = (gateway: ServeProcess): Promise<boolean> =>
      until(
        `the letters at the office, ${got.size} of ${sent.size}`,
        async () => {
          for (const { id, token } of await office(gateway).lease(10)) {
            const { documentId, attachments } = await office(gateway).document(id)
            expect(got.has(documentId), `${documentId} was handed over before`).to.equal(false)
            got.set(documentId, attachments[0]?.sha256 ?? '')
            expect((await office(gateway).confirm(id, token)).status).to.be.oneOf([200, 204])
          }
          return got.size === sent.size
        },
        WAIT_MS,
      )

    await submit(old[0], old[1])
    await old[0].stop() // what it had under way lies in the outbox
    const first = await start('G02', LIENTHONG) // brings the database to the new version while the other works on
    await submit(first, old[1])
    await fetchAll(old[2])
    const second = await start('G22', LIENTHONG)
    await submit(old[1], first)
    await fetchAll(second)
    await old[1].stop()
    const again = await start('G02', earlier) // the earlier version also starts on a database that has been expanded
    await submit(again, first)
    await fetchAll(old[2])
    await Promise.all([again.stop(), old[2].stop()])
    await submit(first)
    await fetchAll(second)
    expect(got).to.deep.equal(sent)

    await until(
      'every receipt',
      async () => (await places.G02.ask(`SELECT 1 FROM delivery WHERE state <> 'received'`)).length === 0,
      WAIT_MS,
    )
    expect(await places.G02.ask('SELECT COUNT(*)::int AS n FROM delivery')).to.deep.equal([{ n: sent.size }])
    for (const code of ['G02', 'G22'] as const) {
      const audit = await lienthong(['audit', 'verify', '--config', config(code)])
      expect(audit.code, audit.err).to.equal(0)
    }
    const known = await places.G02.ask<{ name: string }>('SELECT name FROM migration ORDER BY version')
    expect(known.length, 'the later version brought steps of its own').to.be.greaterThan(2)
    for (const { name } of known.slice(2)) expect(name).to.match(/^\d{4}-expand-/)
  })

  async function start(code: 'G02' | 'G22', command: string): Promise<ServeProcess> {
    const gateway = new ServeProcess(config(code), command)
    running.add(gateway)
    gateway.process.once('exit', () => running.delete(gateway))
    return gateway.started()
  }

  /** One API key, good at every gateway of the agency. */
  async function client(code: 'G02' | 'G22', command: string): Promise<(gateway: ServeProcess) => RestClient> {
    const made = execFileSync(
      process.execPath,
      [command, 'client', 'create', '--name', code, '--agency', code, '--config', config(code)],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    return (gateway) => new RestClient(() => gateway.url, made.toString().trim(), code)
  }

  function config(code: 'G02' | 'G22'): string {
    const file = join(folder, `${code}.json`)
    const passwordFile = join(folder, `${code}.password`)
    writeFileSync(passwordFile, vhost.passwordOf(code))
    const { host, port } = vhost.broker
    const key = `${code.toLowerCase()}-p256`
    const written = {
      http: { port: 0 },
      store: databaseSettings(folder, places[code].url),
      axis: { kind: 'rabbitmq', urls: [`amqp://${host}:${port}`], vhost: vhost.name, passwordFile },
      agencies: [{ code, keys: [{ privateKeyFile: toy(`${key}.key`), certificateFile: toy(`${key}.crt`) }] }],
      trust: { anchorsFiles: [toy('trust.pem')] },
      directoryFile: toy('directory.json'),
      allowToyTrust: true,
    }
    writeFileSync(file, JSON.stringify(written))
    return file
  }
})
